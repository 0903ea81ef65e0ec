"""Send to a system what people changed of its guests in Nautobot: decided three-way, planned, and applied by digest.

    it last said    it says now    Nautobot    answer
    x               x              y           send y
    x               y              y           nothing: it is so already
    x               z              y           both moved: a conflict, and nothing is sent

Tags are merged one by one. Only guests that the System claims and sees, only fields that its options name. What another
System says is no person's edit. Nautobot's objects are never changed here; the claim then says what was sent, so that
the next sync finds nothing to do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from django.db.models import QuerySet

from ..diffsync_models.adapters import NautobotAdapter, RecordAdapter
from ..diffsync_models.guest import Guest
from ..diffsync_models.references import References
from ..diffsync_models.view import Claimed, Current, View
from ..errors import AuthenticationError, ConfigurationError, NotFound, Unreachable, WowError
from ..models import Claim, Plan, System
from ..records import GuestRecord, Kind
from ..snapshot import Refusal, Snapshot
from ..systems.outbound import Outbound, Sent
from ..systems.provisioner import Mismatch
from . import claims, disputes
from .decide import Decision, collision
from .guards import Extent
from .identity import NAME, is_another, name_in, sort_records
from .plan import Action, Change
from .run import Run
from .writer import Written

TO_SYSTEM = "to system"
ATTRIBUTES = {Sent.NAME: "name", Sent.TAGS: "tags", Sent.DESCRIPTION: "comments"}
"""What a field is called in Nautobot and in claims."""
NOTHING = Snapshot(records=(), observed=frozenset())


def outbound_of(system: System) -> tuple[Outbound, frozenset[Sent]]:
    """Return how a System takes what people changed, and which fields; or say what it takes to be asked."""
    kind = system.system_kind
    fields = kind.outbound.fields(kind.options(**system.options)) if kind.outbound else frozenset()
    if kind.outbound is None or not fields:
        raise ConfigurationError(
            f"{system.name}: its options do not allow that anything is sent to it; "
            'name what may be in its option push, for example {"push": ["name", "tags"]}'
        )
    return kind.outbound, fields


def edited_guests(system: System) -> frozenset[str]:
    """Return the keys of the guests that people changed: nobody else has to be asked of the system."""
    view = _view(system, NOTHING)
    return frozenset(key for key, _, _, _ in _edited(view, *outbound_of(system)))


def _view(system: System, snapshot: Snapshot) -> View:
    refs = References(namespace=system.namespace, location=system.location)
    view = View(system=system, snapshot=snapshot, refs=refs, claims=claims.of_system(system))
    _read(view)
    return view


def _read(view: View) -> None:
    sort_records(view)
    view.current[Kind.GUEST] = Guest.read(view)
    for key, claim in view.claims[Kind.GUEST].items():
        if claim.object_id in view.current[Kind.GUEST]:
            view.bind(Kind.GUEST, key, claim.object_id)
    view.others = claims.of_others(view)


# -------------------------------------------------------------------------------------------------------- what differs


@dataclass(frozen=True, kw_only=True)
class Edit:
    """What a person made of one field. `added` and `removed` are for tags alone."""

    field: Sent
    value: str = ""
    added: frozenset[str] = frozenset()
    removed: frozenset[str] = frozenset()


def _edited(
    view: View, outbound: Outbound, fields: Iterable[Sent]
) -> Iterable[tuple[str, Claimed, Current, list[Edit]]]:
    """Yield every guest that is there and that somebody changed, with what was changed."""
    for key, claim in sorted(view.claims[Kind.GUEST].items()):
        current = view.current[Kind.GUEST].get(claim.object_id)
        if current is None or claim.missed_runs or claim.retired:
            continue
        edits = [edit for name in sorted(fields) if (edit := _edit(view, outbound, name, claim, current))]
        if edits:
            yield key, claim, current, edits


def _edit(view: View, outbound: Outbound, field: Sent, claim: Claimed, current: Current) -> Edit | None:
    name = ATTRIBUTES[field]
    base = claim.values.get(name)
    if base is None:  # it never said anything of it
        return None
    theirs = current.values[name]
    said = [other.values[name] for other in view.others.get(current.pk, ()) if other.values.get(name) is not None]
    if field is Sent.TAGS:
        return _edit_of_tags(outbound, set(theirs or ()), set(base), {tag for tags in said for tag in tags})
    if theirs in said or outbound.normal(field, theirs or "") == outbound.normal(field, base):
        return None
    value = outbound.normal(field, theirs or "")
    return Edit(field=field, value=_bare(value, claim) if field is Sent.NAME else value)


def _edit_of_tags(outbound: Outbound, theirs: set[str], base: set[str], elsewhere: set[str]) -> Edit | None:
    normal = {outbound.normal(Sent.TAGS, tag) for tag in theirs}
    added = {outbound.normal(Sent.TAGS, tag) for tag in theirs - elsewhere} - base
    removed = base - normal
    return Edit(field=Sent.TAGS, added=frozenset(added), removed=frozenset(removed)) if added or removed else None


def _bare(name: str, claim: Claimed) -> str:
    """Return a name without the "(VMID)" that tells it apart in Nautobot."""
    return name.removesuffix(f" ({claim.external_id.rpartition('/')[2]})")


# ------------------------------------------------------------------------------------------------------------- the run


@dataclass
class Push(Run):
    """A run the other way: what it decides is sent, and nothing is written but claims, conflicts and the plan."""

    direction: ClassVar[str] = TO_SYSTEM
    kept: dict[tuple[str, Sent], Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.outbound, self.fields = outbound_of(self.system)
        self.view = _view(self.system, self.snapshot)
        self.source = RecordAdapter(name="Nautobot")
        self.target = NautobotAdapter(name=self.system.name, on_queue=lambda kind, key: self.queued.add((kind, key)))

    def _stored(self) -> dict[str, Any]:
        return {"direction": TO_SYSTEM}

    def _open_plans(self) -> QuerySet[Plan]:
        return Plan.objects.filter(system=self.system, applied_at=None, content__direction=TO_SYSTEM)

    def _decide(self) -> Decision:
        decision = Decision()
        for key, claim, current, edits in _edited(self.view, self.outbound, self.fields):
            record = self.view.records[Kind.GUEST].get(key)
            if not isinstance(record, GuestRecord) or is_another(claim, record):
                decision.draft.notes.append(f"{_label(key, current)}: it is not there as it was; nothing is sent to it")
                continue
            attrs: dict[str, tuple[Any, Any]] = {}
            for edit in edits:
                self._weigh(decision, attrs, edit, claim, record, current)
            if attrs:
                decision.draft.changes.append(_change(key, current, attrs, record))
        decision.draft.notes += [f"{item.key} was refused: {item.reason}" for item in decision.refused]
        decision.extents = {Kind.GUEST: self._extent(len(decision.draft.changes))}
        return decision

    def _extent(self, updated: int) -> Extent:
        known = sum(not claim.retired for claim in self.view.claims[Kind.GUEST].values())
        return Extent(claimed=known, gone=0, created=0, updated=updated)

    def _weigh(
        self,
        decision: Decision,
        attrs: dict[str, tuple[Any, Any]],
        edit: Edit,
        claim: Claimed,
        record: GuestRecord,
        current: Current,
    ) -> None:
        """Put into `attrs` what is sent of one edit, or say why it is not."""
        name = ATTRIBUTES[edit.field]
        said = _said(edit.field, record)
        if said is None:
            decision.draft.notes.append(f"{_label(record.key, current)}: it does not say its {edit.field.value} now")
        elif edit.field is Sent.TAGS:
            self._weigh_tags(decision, attrs, edit, record, current)
        elif edit.value == said:
            return
        elif said != _last_said(edit.field, claim):
            decision.disputes.append(collision(self.view, record, name, (said, current.values[name])))
        elif why := self.outbound.complaint(edit.field, edit.value):
            decision.refused.append(Refusal(kind=Kind.GUEST, key=record.key, reason=f"{edit.field.value}: {why}"))
        else:
            attrs[name] = (said, edit.value)

    def _weigh_tags(
        self,
        decision: Decision,
        attrs: dict[str, tuple[Any, Any]],
        edit: Edit,
        record: GuestRecord,
        current: Current,
    ) -> None:
        said = set(record.tags or ())
        unfit = {tag: why for tag in sorted(edit.added) if (why := self.outbound.complaint(Sent.TAGS, tag))}
        decision.draft.notes += [f"{_label(record.key, current)}: {why}; it is left out" for why in unfit.values()]
        wanted = (said | (edit.added - unfit.keys())) - edit.removed
        if wanted != said:
            attrs["tags"] = (sorted(said), sorted(wanted))

    # ------------------------------------------------------------------------------------------------------- applying

    def send(self, provisioner: Any, *, job_result: Any = None, user: Any = None, approved: str = "") -> Written:
        """Send what was asked for, several guests at once; one that fails does not keep the others from it."""
        self.conflicts = disputes.add(self.decision.disputes, self.view, self.now)
        written = Written()
        hopeless: list[WowError] = []  # what would meet every other guest as well
        wanted = [change for change in self.changes if (change.kind, change.key) in self.queued]
        for delivery in provisioner.as_answered(lambda change: self._try(change, provisioner, hopeless), wanted):
            self._record(delivery, written)
        if written.done or (approved and not written.refused):
            self._record_applied(approved, job_result, user)
        return written

    def _try(self, change: Change, provisioner: Any, hopeless: list[WowError]) -> Delivery:
        """Send one change, in a thread; what cannot work for any guest is not tried for those that come after."""
        delivery = Delivery(change=change)
        if hopeless:
            delivery.failure = f"not tried: {hopeless[0]}"
            return delivery
        try:
            self._send(delivery, provisioner)
        except WowError as error:
            delivery.failure = str(error)
            if isinstance(error, (AuthenticationError, Unreachable)):
                hopeless.append(error)
        return delivery

    def _record(self, delivery: Delivery, written: Written) -> None:
        """Let the claim say what was sent, also where something failed after it, and the run what became of it."""
        for field_, value in delivery.sent:
            self._keep(delivery.change.key, field_, value)
        if delivery.failure:
            written.refuse(delivery.change, delivery.failure)
        else:
            written.done.append(delivery.change)

    def _send(self, delivery: Delivery, provisioner: Any) -> None:
        change = delivery.change
        record = change.record
        assert isinstance(record, GuestRecord)
        found = provisioner.find(record.vmid)
        if found is None:
            raise NotFound(f"{self.system.name}: {change.key} is not there any more; sync the System")
        if (found.key, found.name) != (change.key, record.name):
            raise Mismatch(f"{self.system.name}: {change.key} is {found.name} by now; nothing was sent to it")
        tell = {Sent.NAME: provisioner.rename, Sent.TAGS: provisioner.set_tags, Sent.DESCRIPTION: provisioner.set_notes}
        for field_, name in ATTRIBUTES.items():
            if name in change.attrs:
                value = change.new[name]
                tell[field_](record.vmid, tuple(value) if field_ is Sent.TAGS else value)
                delivery.sent.append((field_, value))

    def _keep(self, key: str, field: Sent, sent: Any) -> None:
        claim = self.view.claims[Kind.GUEST][key]
        theirs = self.view.current[Kind.GUEST][claim.object_id].values
        claim.values = {**claim.values, ATTRIBUTES[field]: self._asserted(field, sent, theirs)}
        if field is Sent.NAME:
            others = [token for token in claim.fingerprint if not token.startswith(NAME)]
            claim.fingerprint = sorted([*others, f"{NAME}{sent}"])
        Claim.objects.filter(pk=claim.pk).update(values=claim.values, fingerprint=claim.fingerprint)

    def _asserted(self, field: Sent, sent: Any, theirs: Mapping[str, Any]) -> Any:
        """Return what the System stands for now in Nautobot.

        Tags that it had and Nautobot does not are still to come; a name that another guest has, too, keeps its suffix.
        """
        if field is Sent.TAGS:
            return sorted(set(sent) & {self.outbound.normal(field, tag) for tag in theirs["tags"] or ()})
        if field is Sent.NAME and any(row.values["name"] == sent for row in self.view.current[Kind.GUEST].values()):
            return theirs["name"]
        return sent


@dataclass(kw_only=True)
class Delivery:
    """What became of one change on its way to the system: the fields that arrived, and why the next one did not."""

    change: Change
    sent: list[tuple[Sent, Any]] = field(default_factory=list)
    failure: str = ""


def _said(field: Sent, record: GuestRecord) -> Any:
    return {Sent.NAME: record.name, Sent.TAGS: record.tags, Sent.DESCRIPTION: record.description}[field]


def _last_said(field: Sent, claim: Claimed) -> Any:
    """Return what the system itself last called it; the claim has the name as Nautobot shows it."""
    return (name_in(claim.fingerprint) if field is Sent.NAME else None) or claim.values[ATTRIBUTES[field]]


def _label(key: str, current: Current) -> str:
    return Guest.label(key, current.values["name"])


def _change(key: str, current: Current, attrs: dict[str, tuple[Any, Any]], record: GuestRecord) -> Change:
    return Change(
        kind=Kind.GUEST,
        key=key,
        label=_label(key, current),
        action=Action.UPDATE,
        object_id=current.pk,
        attrs=attrs,
        record=record,
    )
