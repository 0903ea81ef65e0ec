"""The practical floor: the same rows in bulk, fields validated, change log and sync log kept, and nothing else.

No Job, no claims, no plan, no merging, no conflicts: what is left is about what Nautobot's own promises cost.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from django.db import transaction
from django.db.models import Model
from django.utils import timezone
from nautobot.dcim.models import Platform
from nautobot.extras.models import Status
from nautobot.ipam.models import VLAN, IPAddress, IPAddressToInterface, Namespace, Prefix
from nautobot.virtualization.models import Cluster, VirtualMachine, VMInterface
from nautobot_ssot.models import Sync as SyncRow
from nautobot_ssot.models import SyncLogEntry

from nautobot_wow.diffsync_models.references import References
from nautobot_wow.reconcile.changelog import ChangeLog
from nautobot_wow.reconcile.writer import delete_rows

from . import outcome, world
from .contestant import Sync
from .seed import NAMESPACE
from .world import Card, Guest

BATCH = 2000

Key = Any
"""The name of a guest, (guest, card), or a host."""


def prepare(user: Any) -> Sync:
    """Nothing to prepare."""

    def sync(guests: Sequence[Guest]) -> None:
        Floor(ChangeLog.from_user(user, "measurement")).sync(guests)

    return sync


class Table(NamedTuple):
    """One model: what it is called in the log, and the columns that are compared and updated."""

    model: type[Model]
    columns: tuple[str, ...]


MACHINES = Table(
    VirtualMachine,
    ("status", "platform", "vcpus", "memory", "disk", "_custom_field_data"),
)
CARDS = Table(VMInterface, ("enabled", "mac_address", "status", "mode", "untagged_vlan"))
ADDRESSES = Table(IPAddress, ("mask_length", "status"))
TABLES = (MACHINES, CARDS, ADDRESSES)

Rows = dict[Key, tuple[Any, ...]]
"""Values of the columns, foreign keys as primary keys."""


@dataclass
class Difference:
    """What to do with one table."""

    new: list[Key]
    changed: dict[Key, UUID]
    gone: list[UUID]


class Floor:
    """One run."""

    def __init__(self, log: ChangeLog) -> None:
        self.log = log
        self.entries: list[tuple[str, str]] = []
        self.cluster = Cluster.objects.get(name=world.CLUSTER)
        self.active = Status.objects.get(name="Active")
        self.platforms = {row.name: row for row in Platform.objects.all()}
        self.vlans = {row.vid: row for row in VLAN.objects.all()}
        self.references = References(namespace=Namespace.objects.get(name=NAMESPACE), location=None)

    def sync(self, guests: Sequence[Guest]) -> None:
        """Bring Nautobot to these guests."""
        row = SyncRow.objects.create(source="measurement", target="Nautobot", start_time=timezone.now(), diff={})
        wanted = self._wanted(guests)
        differences = [_compare(rows, *_found(table)) for table, rows in zip(TABLES, wanted, strict=True)]
        with transaction.atomic():
            self._create(guests, *(set(difference.new) for difference in differences))
            for table, rows, difference in zip(TABLES, wanted, differences, strict=True):
                self._update(table, rows, difference.changed)
            for table, difference in reversed(list(zip(TABLES, differences, strict=True))):
                self._delete(table, difference.gone)
            self.log.flush()
            entries = (SyncLogEntry(sync=row, action=a, status="success", object_repr=o) for a, o in self.entries)
            SyncLogEntry.objects.bulk_create(entries, batch_size=BATCH)
        self.log.dispatch()

    def _wanted(self, guests: Sequence[Guest]) -> tuple[Rows, Rows, Rows]:
        active = self.active.pk
        machines = {guest.name: self._machine_values(guest) for guest in guests}
        cards = {
            (guest.name, card.name): (card.enabled, card.mac, active, "access", self.vlans[card.vid].pk)
            for guest in guests
            for card in guest.cards
        }
        addresses = {
            host: (world.MASK_LENGTH, active) for guest in guests for card in guest.cards for host in card.hosts
        }
        return machines, cards, addresses

    def _machine_values(self, guest: Guest) -> tuple[Any, ...]:
        return (
            self.active.pk,
            self.platforms[guest.platform].pk,
            guest.vcpus,
            guest.memory_mb,
            guest.disk_gb,
            outcome.custom_fields(guest),
        )

    # -------------------------------------------------------------------------------------------------------- create
    def _create(self, guests: Sequence[Guest], machines: set[Key], cards: set[Key], addresses: set[Key]) -> None:
        """Build rows that point at each other, so that nothing has to be read back to log them."""
        if not machines:
            return
        new: dict[Table, list[Any]] = {MACHINES: [], CARDS: [], ADDRESSES: []}
        links: list[Any] = []
        for guest in guests:
            if guest.name in machines:
                machine = self._machine(guest)
                new[MACHINES].append(machine)
                for card in guest.cards:
                    row = self._card(machine, card)
                    hosts = [self._address(host) for host in card.hosts]
                    new[CARDS].append(self.log.with_empty_m2m(row, ip_addresses=hosts))
                    new[ADDRESSES] += [self.log.with_empty_m2m(host, vm_interfaces=[row]) for host in hosts]
                    links += [IPAddressToInterface(ip_address=host, vm_interface=row) for host in hosts]
                    machine.primary_ip4 = machine.primary_ip4 or next(iter(hosts), None)
        for table in TABLES:
            _check(new[table])
            table.model.objects.bulk_create(new[table], batch_size=BATCH)
        IPAddressToInterface.objects.bulk_create(links, batch_size=BATCH)
        for table in TABLES:
            self._log(new[table], "create")

    def _machine(self, guest: Guest) -> Any:
        machine = VirtualMachine(
            name=guest.name,
            cluster=self.cluster,
            status=self.active,
            platform=self.platforms[guest.platform],
            vcpus=guest.vcpus,
            memory=guest.memory_mb,
            disk=guest.disk_gb,
            _custom_field_data=outcome.custom_fields(guest),
        )
        return self.log.with_empty_m2m(machine)

    def _card(self, machine: Any, card: Card) -> Any:
        return VMInterface(
            virtual_machine=machine,
            name=card.name,
            enabled=card.enabled,
            mac_address=card.mac,
            status=self.active,
            mode="access",
            untagged_vlan=self.vlans[card.vid],
        )

    def _address(self, host: str) -> Any:
        network = self.references.network_of(host)
        assert network is not None
        return IPAddress(
            host=host,
            mask_length=world.MASK_LENGTH,
            ip_version=network.version,
            status=self.active,
            parent=self._parents[network.pk],
        )

    @property
    def _parents(self) -> dict[UUID, Any]:
        if "_prefixes" not in vars(self):
            self._prefixes = Prefix.objects.select_related("namespace").in_bulk()
        return self._prefixes

    # --------------------------------------------------------------------------------------------- update and delete
    def _update(self, table: Table, rows: Rows, changed: dict[Key, UUID]) -> None:
        if not changed:
            return
        found = table.model.objects.in_bulk(list(changed.values()))
        now = timezone.now()
        attributes = [table.model._meta.get_field(name).attname for name in table.columns]
        for key, pk in changed.items():
            for name, value in zip(attributes, rows[key], strict=True):
                setattr(found[pk], name, value)
            found[pk].last_updated = now
        _check(found.values())
        columns = [*table.columns, "last_updated"]
        table.model.objects.bulk_update(found.values(), columns, batch_size=BATCH)
        self._log(self.log.fetch(table.model, found), "update")

    def _delete(self, table: Table, gone: list[UUID]) -> None:
        rows = self.log.fetch(table.model, gone) if gone else []
        self._log(rows, "delete")
        delete_rows(list(rows))

    def _log(self, rows: Iterable[Any], action: str) -> None:
        rows = list(rows)
        for start in range(0, len(rows), BATCH):
            self.log.add(rows[start : start + BATCH], action)
            self.log.flush()
        self.entries += [(action, str(row)) for row in rows]


def _check(rows: Iterable[Any]) -> None:
    """Validate fields; what they point at was read a moment ago."""
    for row in rows:
        row.clean_fields(exclude=[field.name for field in row._meta.fields if field.is_relation])


def _found(table: Table) -> tuple[Rows, dict[Key, UUID]]:
    """Return what Nautobot holds of a table, by the same keys as what is wanted."""
    keys = {
        VirtualMachine: ("name",),
        VMInterface: ("virtual_machine__name", "name"),
        IPAddress: ("host",),
    }[table.model]
    rows: Rows = {}
    pks: dict[Key, UUID] = {}
    found = table.model.objects.order_by().values_list("pk", *keys, *table.columns)
    for pk, *values in found:
        key = tuple(values[: len(keys)]) if len(keys) > 1 else values[0]
        rows[key] = tuple(_plain(value) for value in values[len(keys) :])
        pks[key] = pk
    return rows, pks


def _plain(value: Any) -> Any:
    return value if isinstance(value, (str, int, float, bool, dict, UUID, type(None))) else str(value)


def _compare(wanted: Rows, found: Rows, pks: dict[Key, UUID]) -> Difference:
    return Difference(
        new=[key for key in wanted if key not in found],
        changed={key: pks[key] for key, values in wanted.items() if key in found and found[key] != values},
        gone=[pk for key, pk in pks.items() if key not in wanted],
    )
