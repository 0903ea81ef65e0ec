"""From a snapshot and what Nautobot holds to a plan: who is who, what is gone, what differs, what cannot be.

Nothing is written here. The steps follow each other because each needs what the one before found.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from ..diffsync_models import KINDS
from ..diffsync_models.base import KindModel
from ..diffsync_models.switching import unknown_vids
from ..diffsync_models.view import Claimed, Current, View, Wanted
from ..records import GuestInterfaceRecord, InterfaceRecord, Kind, Record
from ..snapshot import Refusal
from . import claims, merge
from .absence import absent
from .carriers import carry
from .disputes import ConflictKind, Dispute, Severity
from .elsewhere import find_moved, look_around, superseded, twins
from .guards import Extent
from .identity import resolve, sort_records, step_aside
from .names import name_guests, name_hosts
from .plan import Action, Change, Draft


@dataclass
class Decision:
    """All that a run found out before it writes."""

    draft: Draft = field(default_factory=Draft)
    refused: list[Refusal] = field(default_factory=list)
    disputes: list[Dispute] = field(default_factory=list)
    assertions: dict[tuple[Kind, str], dict[str, Any]] = field(default_factory=dict)
    extents: dict[Kind, Extent] = field(default_factory=dict)


def decide(view: View) -> Decision:
    """Return what this run would do. Reads Nautobot a fixed number of times."""
    decision = Decision(refused=list(view.snapshot.refused))
    decision.refused += sort_records(view)
    decision.disputes += step_aside(view)
    around = look_around(view)
    find_moved(view, around)
    _take(decision, resolve(view))
    view.others = claims.of_others(view)
    decision.disputes += twins(view, around) + name_hosts(view)
    # An address is gone for good only if its guest is; what becomes of guests decides names and addresses.
    absence = absent(view, {(refusal.kind, refusal.key) for refusal in decision.refused})
    decision.disputes += absence.disputes
    decision.disputes += name_guests(view, absence.changes)
    _take(decision, carry(view))
    absence.changes = [change for change in absence.changes if (change.kind, change.key) not in view.spared]
    decision.disputes += _unknown_vlans(view)
    for kind in Kind:
        for record in view.records[kind].values():
            if not view.is_context(record):
                _compare(view, record, decision)
    _clear_moved_primaries(view, decision.draft, absence.changes)
    decision.draft.changes += absence.changes + superseded(view)
    decision.draft.changes.sort(key=lambda change: (ORDER[change.kind], change.key))
    decision.draft.notes += _notes(decision)
    decision.extents = _extents(view, decision.draft, absence.newly)
    return decision


ORDER = {kind: number for number, kind in enumerate(Kind)}

RULED = {(Kind.RANGE, "first"), (Kind.RANGE, "last")}
"""Of what a rule of the ledger tells in one sentence (conflicts.rules.range_disagreement), runs make no disputes."""


def _take(decision: Decision, found: tuple[list[Refusal], list[Dispute]]) -> None:
    decision.refused += found[0]
    decision.disputes += found[1]


def _compare(view: View, record: Record, decision: Decision) -> None:
    """Merge one record with its object; what differs is a change, what the system asserts is its claim."""
    kind, model = record.kind, KINDS[record.kind]
    pk = view.pk[kind, record.key]
    current = view.current[kind].get(pk)
    claim = view.claims[kind].get(record.key)
    wanted = model.want(record, view)
    theirs = current.values if current else {}
    decision.assertions[kind, record.key] = {name: value for name, value in wanted.values.items() if value is not None}
    if claim and current and _is_settled(view, claim, current, wanted):
        return
    found = (kind, record.key) not in view.created and (kind, record.key) not in view.adopted
    merged = merge.merge(
        wanted.values,
        theirs,
        _base(view, model, claim, current) if claim and current and found else _inherited(view, record, current),
        mode=merge.Mode(view.system.mode),
        sets=model.sets,
        kept=model.kept,
        refilled=model.refilled,
        others=view.others.get(pk, ()),
    )
    attrs = model.settle({**merge.fill(wanted.gaps, {**theirs, **merged.changes}), **merged.changes}, theirs)
    for name in merged.collisions:  # until somebody decides, both sides have moved
        del decision.assertions[kind, record.key][name]
    decision.disputes += [
        _disagreement(view, record, item)
        for item in merged.disagreements
        if (kind, item.attribute) not in RULED and item.attribute not in model.prose
    ]
    decision.disputes += [collision(view, record, *item) for item in merged.collisions.items()]
    decision.draft.notes += [
        f"{model.label(record.key, theirs.get('name'))}: {name} was edited in Nautobot ({_show(have)} instead of "
        f"{_show(said)}) and stays"
        for name, (said, have) in sorted(merged.edits.items())
    ]
    action = _action(view, record, attrs, claim)
    if action is not None:
        name = merged.changes.get("name", (None, theirs.get("name")))[1]
        decision.draft.changes.append(
            Change(
                kind=kind,
                key=record.key,
                label=model.label(record.key, name),
                action=action,
                object_id=pk,
                attrs=attrs,
                note="seen again" if claim and (claim.retired or claim.missed_runs) else "",
                record=record,
            )
        )


def _is_settled(view: View, claim: Claimed, current: Current, wanted: Wanted) -> bool:
    """Tell in one glance whether Nautobot already has what is wanted: almost every object of almost every run."""
    if claim.object_id != current.pk or claim.retired or claim.missed_runs or current.pk in view.others:
        return False
    theirs = current.values
    differs = any(value is not None and theirs.get(name) != value for name, value in wanted.values.items())
    return not differs and not merge.fill(wanted.gaps, theirs)


def _base(view: View, model: type[KindModel], claim: Claimed, current: Current) -> dict[str, Any]:
    """What we last asserted; for what retiring changed, that is what Nautobot holds now.

    What was removed in Nautobot and comes again in this run was not taken out of a set by an operator.
    """
    base = dict(claim.values)
    for name in model.sets & base.keys():
        base[name] = [element for element in base[name] if not view.is_new(element)]
    if claim.retired:
        base.update((name, current.values.get(name)) for name in model.retire(current, claim.external_id, view))
    return base


def _inherited(view: View, record: Record, current: Current | None) -> dict[str, Any]:
    """What the System that had the object before last asserted: what Nautobot still has of it is no operator's edit."""
    former = next((other for other in view.others.get(current.pk, ()) if not other.present), None) if current else None
    if former is None or current is None:
        return {}
    base = dict(former.values)
    if former.retired:
        gone = KINDS[record.kind].retire(current, record.key, view)
        base.update((name, current.values.get(name)) for name in gone)
    return base


def _action(view: View, record: Record, attrs: dict[str, Any], claim: Claimed | None) -> Action | None:
    if (record.kind, record.key) in view.created:
        return Action.CREATE
    if (record.kind, record.key) in view.adopted:
        return Action.ADOPT
    if attrs or (claim and (claim.missed_runs or claim.retired)):
        return Action.UPDATE
    return None


def _clear_moved_primaries(view: View, draft: Draft, absences: list[Change]) -> None:
    """A machine that loses the assignment of its primary address loses the primary address with it."""
    losses: dict[tuple[Any, str], str] = {}
    for change in draft.changes:
        if change.kind is Kind.ADDRESS and "interfaces" in change.attrs:
            before, after = change.attrs["interfaces"]
            keep = {view.machine_of(key) for key in after}
            lost = {view.machine_of(key) for key in before or ()} - keep
            losses.update(((machine, change.key), "") for machine in lost if machine)
    if not losses:
        return
    planned = {(change.kind, change.key): change for change in [*draft.changes, *absences]}
    for machine, host in losses:
        _clear_primary(view, draft, planned, machine, host)


def _clear_primary(view: View, draft: Draft, planned: dict[tuple[Kind, str], Change], machine: Any, host: str) -> None:
    for kind in (Kind.DEVICE, Kind.GUEST):
        row = view.current[kind].get(machine)
        key = view.key.get(kind, {}).get(machine)
        if row is None or key is None:
            continue
        for name in ("primary_ip4", "primary_ip6"):
            change = planned.get((kind, key))
            if row.values[name] != host or (change and name in change.attrs):
                continue
            if change is None or change.action is Action.MISSING:
                label = KINDS[kind].label(key, row.values["name"])
                change = Change(kind=kind, key=key, label=label, action=Action.UPDATE, object_id=machine)
                change.note = f"{host} moved to another machine"
                draft.changes.append(change)
            change.attrs[name] = (host, "")


def _unknown_vlans(view: View) -> list[Dispute]:
    disputes = []
    for kind in (Kind.INTERFACE, Kind.GUEST_INTERFACE):
        for record in view.records[kind].values():
            if not isinstance(record, (InterfaceRecord, GuestInterfaceRecord)):
                continue
            unknown = unknown_vids(record.vid, record.tagged, view)
            if unknown:
                disputes.append(_unknown_vlan(view, record, unknown))
    return disputes


def _unknown_vlan(view: View, record: InterfaceRecord | GuestInterfaceRecord, vids: list[int]) -> Dispute:
    known = {vid: len(view.refs.vlans.get(vid, ())) for vid in vids}
    several = [vid for vid in vids if known[vid]]
    what = (
        f"Nautobot has {known[several[0]]} of number {several[0]} here" if several else "Nautobot does not know it here"
    )
    numbers = _some(vids)
    return Dispute(
        kind=ConflictKind.UNKNOWN_VLAN,
        severity=Severity.WARNING,
        subject=(record.kind, record.key),
        title=f"{record.key} is on VLAN {numbers}, and {what}",
        message=f"{view.system.name} puts {record.key} on VLAN {numbers}; {what}. The interface was "
        "left without it. Add the VLAN at the System's location.",
        scopes=record.scopes,
    )


def _some(numbers: list[int], limit: int = 10) -> str:
    more = f" and {len(numbers) - limit} more" if len(numbers) > limit else ""
    return ", ".join(map(str, numbers[:limit])) + more


def _disagreement(view: View, record: Record, item: merge.Disagreement) -> Dispute:
    ours, theirs = _show(item.ours), _show(item.theirs)
    name = getattr(record, "name", None)
    return Dispute(
        kind=ConflictKind.DISAGREEMENT,
        severity=Severity.WARNING,
        subject=(record.kind, record.key),
        title=f"{KINDS[record.kind].label(record.key, name)}: {item.attribute} is {ours} or {theirs}",
        message=f"{view.system.name} says {item.attribute} is {ours}; {item.system} says {theirs}. "
        "The System with the higher precedence is shown.",
        evidence=((view.system.name, ours), (item.system, theirs)),
        detail=f"{item.attribute} {item.system}",
        scopes=record.scopes,
    )


def collision(view: View, record: Record, attribute: str, values: tuple[Any, Any]) -> Dispute:
    """Return that the system and a person changed one field to different values."""
    said, have = _show(values[0]), _show(values[1])
    name = getattr(record, "name", None)
    return Dispute(
        kind=ConflictKind.EDITED_BOTH_SIDES,
        severity=Severity.WARNING,
        subject=(record.kind, record.key),
        title=f"{KINDS[record.kind].label(record.key, name)}: {attribute} changed on both sides",
        message=f"{view.system.name} now says {said}, and somebody set {have} in Nautobot since the last sync. "
        "Nautobot's value was kept: set it to what is right.",
        evidence=((view.system.name, said), ("Nautobot", have)),
        detail=attribute,
        scopes=record.scopes,
    )


def _notes(decision: Decision) -> list[str]:
    return [f"{item.kind.value} {item.key} was refused: {item.reason}" for item in decision.refused]


def _extents(view: View, draft: Draft, newly: dict[Kind, int]) -> dict[Kind, Extent]:
    """Count per kind what the guards look at. Retired objects are not part of the estate any more."""
    counts = Counter((change.kind, change.action) for change in draft.changes)
    updated = Counter(change.kind for change in draft.changes if change.action is Action.UPDATE and change.attrs)
    return {
        kind: Extent(
            claimed=sum(not claim.retired for claim in view.claims[kind].values()),
            gone=max(newly.get(kind, 0), counts[kind, Action.RETIRE] + counts[kind, Action.DELETE]),
            created=counts[kind, Action.CREATE],
            updated=updated[kind],
        )
        for kind in Kind
    }


def _show(value: Any) -> str:
    return "nothing" if value in (None, "", []) else str(value)
