"""Write a decided plan: sets of rows, one transaction, change log kept, claims with the rows they speak of.

    rows of new objects, parents first  ─►  changed rows  ─►  links  ─►  deletes, children first  ─►  change log, claims

Everything of one run is one transaction: a killed worker leaves the world before the run or the world after it, and
foreign keys (deferred in Nautobot's schema) may point at rows that come later in it. A row that the database or a rule
refuses is found by halving its batch, taken out with what hangs on it, and named; all others are written.
"""

from __future__ import annotations

import functools
import operator
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError, transaction
from django.db.models import Model, ProtectedError, Q
from django.db.models.deletion import Collector
from django.db.models.sql import DeleteQuery
from nautobot.dcim.models import Interface as InterfaceRow
from nautobot.virtualization.models import VMInterface

from ..diffsync_models import KINDS
from ..diffsync_models.view import View
from ..records import Kind
from ..snapshot import Refusal
from .changelog import ChangeLog
from .fresh import FreshRows
from .links import TABLES, added, dropped
from .plan import Action, Change
from .validation import check_of, reason

BATCH = 1000
PRIMARIES = ("primary_ip4", "primary_ip6")
PARTS: dict[Kind, tuple[type[Model], str]] = {
    Kind.GUEST: (VMInterface, "virtual_machine_id"),
    Kind.DEVICE: (InterfaceRow, "device_id"),
    Kind.INTERFACE: (InterfaceRow, "parent_interface_id"),
}
"""What goes with a row that is deleted, and could be somebody else's."""
PLACES = (
    (frozenset({"position", "rack", "face"}), ("position",)),
    (frozenset({"installed_device", "installed"}), ("installed_device",)),
)
"""Places that only one can have: who moves leaves first, so that two can swap. By what changes, and what is left."""
REFUSALS = (IntegrityError, DataError, ProtectedError, ValidationError, ValueError)


@dataclass
class Written:
    """What became of the changes: those written, and those refused with the reason."""

    done: list[Change] = field(default_factory=list)
    refused: dict[tuple[Kind, str], Refusal] = field(default_factory=dict)

    def refuse(self, change: Change, why: str) -> None:
        """Take note that one change was not written."""
        self.refused[change.kind, change.key] = Refusal(kind=change.kind, key=change.key, reason=why)

    def accepts(self, change: Change) -> bool:
        """Tell whether the change was not refused so far."""
        return (change.kind, change.key) not in self.refused


class BulkWriter:
    """Writes changes of one run. Use inside one transaction; the log is flushed here and dispatched by the caller."""

    def __init__(self, view: View, log: ChangeLog) -> None:
        self.view = view
        self.log = log
        self.fresh = FreshRows(log)
        self.written = Written()

    def write(self, changes: Sequence[Change]) -> Written:
        """Write every change that touches an object, and return what became of each."""
        if not transaction.get_connection().in_atomic_block:
            raise RuntimeError("BulkWriter.write() must run inside a transaction")
        by_kind: dict[Kind, list[Change]] = defaultdict(list)
        for change in changes:
            by_kind[change.kind].append(change)
        for kind in Kind:
            self._prepare(kind, by_kind[kind])
        for kind in Kind:
            accepted = [change for change in by_kind[kind] if self.written.accepts(change)]
            self._create(kind, [change for change in accepted if change.action is Action.CREATE])
            self._forget_refused_networks(kind)
            self._update(kind, [change for change in accepted if self._is_update(change)])
        self._forget_refused_primaries([*by_kind[Kind.DEVICE], *by_kind[Kind.GUEST]])
        self._forget_refused_ports()
        linked = self._link(changes)
        self._log(by_kind, linked)
        for kind in reversed(Kind):
            self._delete(kind, [change for change in by_kind[kind] if change.action is Action.DELETE])
        self.log.flush()
        self.written.done = [change for change in changes if self.written.accepts(change)]
        return self.written

    # ------------------------------------------------------------------------------------------------------- rows

    @staticmethod
    def _is_update(change: Change) -> bool:
        return bool(change.attrs) and change.action not in (Action.CREATE, Action.DELETE)

    def _prepare(self, kind: Kind, changes: list[Change]) -> None:
        staying = [change for change in changes if change.action is not Action.DELETE]
        try:
            KINDS[kind].prepare([change.new for change in staying], self.view)
        except ValidationError:  # of which of them it is, is found one by one
            for change in staying:
                try:
                    KINDS[kind].prepare([change.new], self.view)
                except ValidationError as error:
                    self.written.refuse(change, reason(error))

    def _create(self, kind: Kind, changes: list[Change]) -> None:
        model = KINDS[kind]
        check = check_of(model.orm) if changes else None
        rows: list[tuple[Change, Any]] = []
        for change in changes:
            if self._drop_orphan(change):
                continue
            try:
                row = model.new(change.object_id, change.record, self.view)
                model.assign(row, change.new, self.view)
                self._assign_primaries(row, change)
                if check is not None:
                    check(row)
            except REFUSALS as error:
                self.written.refuse(change, reason(error))
            else:
                rows.append((change, row))
        self._insert(model.orm, rows)
        self.fresh.add(model.orm, (row for _, row in rows))
        if rows:
            model.once_written([row for change, row in rows if self.written.accepts(change)], self.view)

    def _drop_orphan(self, change: Change) -> bool:
        parent = KINDS[change.kind].parent(change.record) if change.record else None
        if parent in self.written.refused:
            self.written.refuse(change, f"its {parent[0].value} {parent[1]} was refused")
            return True
        carriers = change.new.get("interfaces") if change.kind is Kind.ADDRESS else None
        if carriers and all(self._was_refused(key) for key in carriers):
            self.written.refuse(change, f"its interface {', '.join(carriers)} was refused")
            return True
        return False

    def _was_refused(self, interface: str) -> bool:
        return any((kind, interface) in self.written.refused for kind in (Kind.INTERFACE, Kind.GUEST_INTERFACE))

    def _insert(self, model: type[Model], rows: list[tuple[Change, Any]]) -> None:
        self._halve(rows, lambda some: model.objects.bulk_create([row for _, row in some]))

    def _update(self, kind: Kind, changes: list[Change]) -> None:
        model = KINDS[kind]
        found = self._rows(model.orm, [change.object_id for change in changes])
        check = check_of(model.orm) if changes else None
        if changes:
            self.log.before_update(model.orm, list(found))
        rows: list[tuple[Change, Any]] = []
        touched: set[str] = set()
        for change in changes:
            row = found.get(change.object_id)
            if row is None:
                self.written.refuse(change, "it was removed while the run went on")
                continue
            try:
                names = model.assign(row, change.new, self.view) | self._assign_primaries(row, change)
                if check is not None:
                    check(row)
            except REFUSALS as error:
                self.written.refuse(change, reason(error))
            else:
                touched |= names
                rows.append((change, row))
        self._save(model.orm, rows, touched)
        model.tidy({change.object_id: change.new for change, _ in rows})

    def _save(self, model: type[Model], rows: list[tuple[Change, Any]], touched: set[str]) -> None:
        """Update the touched columns of all rows; `bulk_update` leaves out what `save()` computes."""
        fields = [model._meta.get_field(name) for name in sorted(touched | {"last_updated"})]
        for _, row in rows:
            for column in fields:
                setattr(row, column.attname, column.pre_save(row, False))
        if "name" in touched:
            self._make_way(model, rows)
        for place, columns in PLACES:
            if place & touched:
                moving = [row.pk for change, row in rows if place & change.attrs.keys()]
                model.objects.filter(pk__in=moving).update(**dict.fromkeys(columns))
        names = [column.name for column in fields]
        self._halve(rows, lambda some: model.objects.bulk_update([row for _, row in some], names))

    @staticmethod
    def _make_way(model: type[Model], rows: list[tuple[Change, Any]]) -> None:
        """Let names swap: where they are unique in the database, one of two has to step aside first."""
        leaving = {change.old.get("name"): row.pk for change, row in rows if "name" in change.attrs}
        swapping = [leaving[row.name] for _, row in rows if row.name in leaving and leaving[row.name] != row.pk]
        parked = list(model.objects.filter(pk__in=swapping)) if swapping else []
        for row in parked:
            row.name = f"{row.name[:200]} {row.pk}"
        if parked:
            model.objects.bulk_update(parked, ["name"])

    @staticmethod
    def _rows(model: type[Model], pks: list[uuid.UUID]) -> dict[uuid.UUID, Any]:
        return model.objects.in_bulk(pks) if pks else {}

    def _halve(self, rows: list[tuple[Change, Any]], write: Callable[[list[tuple[Change, Any]]], Any]) -> None:
        """Write in batches; halve a refused batch until the row that is to blame stands alone."""
        queue = [rows[start : start + BATCH] for start in range(0, len(rows), BATCH)]
        while queue:
            some = queue.pop(0)
            try:
                with transaction.atomic():
                    write(some)
            except REFUSALS as error:
                if len(some) == 1:
                    self.written.refuse(some[0][0], reason(error))
                else:
                    middle = len(some) // 2
                    queue[:0] = [some[:middle], some[middle:]]

    # ---------------------------------------------------------------------------------------------- primary addresses

    def _assign_primaries(self, row: Any, change: Change) -> set[str]:
        touched = {name for name in PRIMARIES if name in change.attrs}
        for name in touched:
            host = change.new[name]
            setattr(row, f"{name}_id", self.view.pk[Kind.ADDRESS, host] if host else None)
        return touched

    def _forget_refused_primaries(self, changes: list[Change]) -> None:
        """An address that was refused, or whose interface was, cannot be the primary address of the machine."""
        if not self.written.refused:
            return
        for name in PRIMARIES:
            lost = [change for change in changes if change.new.get(name) and not self._has(change, change.new[name])]
            for kind in (Kind.DEVICE, Kind.GUEST):
                pks = [change.object_id for change in lost if change.kind is kind]
                KINDS[kind].orm.objects.filter(pk__in=pks).update(**{name: None})

    def _forget_refused_networks(self, kind: Kind) -> None:
        """No address can be in a prefix that was refused; one around it takes it, if there is one."""
        for which, key in self.written.refused if kind is Kind.PREFIX else ():
            if which is Kind.PREFIX and (which, key) in self.view.created:
                self.view.refs.forget_network(self.view.pk[which, key])

    def _forget_refused_ports(self) -> None:
        """Nothing is a member, port or child of an interface that was refused."""
        keys = [key for kind, key in self.written.refused if kind is Kind.INTERFACE]
        pks = [self.view.pk[Kind.INTERFACE, key] for key in keys if (Kind.INTERFACE, key) in self.view.created]
        for column in ("lag", "bridge", "parent_interface") if pks else ():
            InterfaceRow.objects.filter(**{f"{column}_id__in": pks}).update(**{column: None})

    def _has(self, change: Change, host: str) -> bool:
        """Tell whether the machine really has the address that was to be its primary one."""
        if (Kind.ADDRESS, host) in self.written.refused:
            return False
        carriers = [key for key in self.view.carriers.get(host) or () if self.view.machine_of(key) == change.object_id]
        return not carriers or not all(self._was_refused(key) for key in carriers)

    # ---------------------------------------------------------------------------------------------------------- links

    def _link(self, changes: Iterable[Change]) -> dict[type[Model], set[uuid.UUID]]:
        """Add and take away links; return the objects on both sides, whose change log Nautobot would update."""
        new: dict[type[Model], list[Model]] = defaultdict(list)
        old: dict[type[Model], list[Q]] = defaultdict(list)
        for change in changes:
            if change.action is Action.DELETE or not self.written.accepts(change):
                continue
            for attribute in KINDS[change.kind].sets & change.attrs.keys():
                table = TABLES[change.kind, attribute]
                rows = (table.row(self.view, change, element) for element in self._kept(change, attribute))
                new[table.model] += [row for row in rows if row is not None]
                finds = (table.find(self.view, change, element) for element in dropped(change, attribute))
                old[table.model] += [find for find in finds if find is not None]
        gone = {model: _found(model, finds_of) for model, finds_of in old.items()}
        sides = self.log.sides([row for rows_of in [*new.values(), *gone.values()] for row in rows_of])
        for model, pks in sides.items():
            self.log.before_update(model, pks)
        for rows_of in gone.values():
            delete_rows(rows_of)
        for model, rows_of in new.items():
            model.objects.bulk_create(rows_of, batch_size=BATCH, ignore_conflicts=True)
            self.fresh.link(rows_of)
        return sides

    def _kept(self, change: Change, attribute: str) -> list[Any]:
        """The new elements whose own row was not refused."""
        refused = {key for _, key in self.written.refused}
        return [element for element in added(change, attribute) if element not in refused]

    # ------------------------------------------------------------------------------------------------------ change log

    def _log(self, by_kind: dict[Kind, list[Change]], linked: dict[type[Model], set[uuid.UUID]]) -> None:
        for kind in Kind:
            model = KINDS[kind].orm
            changes = [change for change in by_kind[kind] if self.written.accepts(change)]
            new = [change.object_id for change in changes if change.action is Action.CREATE]
            changed = [change.object_id for change in changes if self._is_update(change)]
            changed += sorted(linked.get(model, set()) - set(new) - set(changed))
            # After a refusal the rows as they were built are not what the database holds.
            ready = self.log.fetch if self.written.refused else self.fresh.ready
            self._log_all(ready(model, new), "create")
            for start in range(0, len(changed), BATCH):
                self._log_all(self.log.fetch(model, changed[start : start + BATCH]), "update")

    def _log_all(self, objects: list[Any], action: str) -> None:
        for start in range(0, len(objects), BATCH):
            self.log.add(objects[start : start + BATCH], action)
            self.log.flush()

    # --------------------------------------------------------------------------------------------------------- deletes

    def _delete(self, kind: Kind, changes: list[Change]) -> None:
        if not changes:
            return
        model = KINDS[kind].orm
        rows = self._rows(model, [change.object_id for change in changes])
        foreign = self._foreign_parts(kind, list(rows))
        pairs = []
        for change in changes:
            if change.object_id in foreign:
                names = ", ".join(sorted(foreign[change.object_id]))
                self.written.refuse(change, f"it has interfaces that we did not create ({names}); remove it by hand")
            elif change.object_id in rows:
                pairs.append((change, rows[change.object_id]))
        self._halve(pairs, lambda some: self._delete_rows([row for _, row in some]))

    def _delete_rows(self, rows: list[Any]) -> None:
        """Delete rows with what hangs on them; everything that has a change log is logged, as Nautobot does."""
        collector = _collect(rows)
        for model, instances in collector.data.items():
            if hasattr(model, "to_objectchange"):
                self.log.add(self.log.fetch(model, [instance.pk for instance in instances]), "delete")
        _delete_collected(collector)

    def _foreign_parts(self, kind: Kind, pks: list[uuid.UUID]) -> dict[uuid.UUID, list[str]]:
        """Return the interfaces that would go with their machine, or the one they stand on, and are not ours."""
        table = PARTS.get(kind)
        found: dict[uuid.UUID, list[str]] = {}
        if table is not None and pks:
            model, owner = table
            for pk, parent, name in model.objects.filter(**{f"{owner}__in": pks}).values_list("pk", owner, "name"):
                if not self._is_ours(pk):
                    found.setdefault(parent, []).append(name)
        return found

    def _is_ours(self, pk: uuid.UUID) -> bool:
        return pk in self._own_interfaces

    @functools.cached_property
    def _own_interfaces(self) -> set[uuid.UUID]:
        """The interfaces that this System created."""
        claims = self.view.claims
        return {
            claim.object_id
            for kind in (Kind.INTERFACE, Kind.GUEST_INTERFACE)
            for claim in claims[kind].values()
            if claim.created_object
        }


def _found(model: type[Model], conditions: list[Q]) -> list[Any]:
    """Return the rows that any of the conditions finds."""
    found: list[Any] = []
    for start in range(0, len(conditions), BATCH):
        found += model.objects.filter(functools.reduce(operator.or_, conditions[start : start + BATCH]))
    return found


def delete_rows(rows: list[Any]) -> None:
    """Delete rows of one model with what hangs on them, without a signal or a change-log entry for each."""
    _delete_collected(_collect(rows))


def _collect(rows: list[Any]) -> Collector:
    """Return what goes with the rows. Raises ProtectedError where something forbids it."""
    collector = Collector(using="default", origin=rows[0] if rows else None)
    if rows:
        collector.collect(rows)
    return collector


def _delete_collected(collector: Collector) -> None:
    """Delete what was collected, as `Model.delete()` does, but without a signal for each row."""
    for fast in collector.fast_deletes:
        fast._raw_delete("default")
    for (column, value), instances in collector.field_updates.items():
        pks = [instance.pk for group in instances for instance in group]
        column.model._base_manager.filter(pk__in=pks).update(**{column.name: value})
    collector.sort()
    for model, instances in collector.data.items():
        DeleteQuery(model).delete_batch([instance.pk for instance in instances], "default")
