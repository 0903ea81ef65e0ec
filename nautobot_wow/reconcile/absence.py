"""What is claimed and was not seen: whether it may count as missing, and what then becomes of it.

not in a scope that was read completely      nothing at all
gone in Nautobot, too                        release the claim
within the grace, or policy "keep"           missing: note it, change nothing
another System of no less precedence has it  release the claim after the grace: it lives on there
not created by us, or claimed by others      missing, and after the grace a conflict: people decide
policy "retire"                              status, name and primary address say that it is gone
policy "delete"                              delete; but a VLAN or prefix, on which others stand, is only retired
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ..choices import DeletePolicy
from ..diffsync_models import KINDS
from ..diffsync_models.view import Claimed, View
from ..records import Kind
from ..snapshot import ancestry
from .disputes import ConflictKind, Dispute, Severity
from .plan import Action, Change


@dataclass
class Absence:
    """The claims that were not confirmed, and what to do about them."""

    changes: list[Change] = field(default_factory=list)
    disputes: list[Dispute] = field(default_factory=list)
    newly: dict[Kind, int] = field(default_factory=dict)


def absent(view: View, refused: set[tuple[Kind, str]]) -> Absence:
    """Judge every claim that has no record. A refused record is not an absent one, nor is what hangs on it."""
    absence = Absence()
    unread = {key for _, key in refused}
    for kind in Kind:
        for key, claim in sorted(view.claims[kind].items()):
            if key in view.records[kind] or (unread and _hangs_on(claim, unread)):
                continue
            if view.only and not view.snapshot.covers(claim.scopes):
                continue
            if claim.object_id not in view.current[kind]:
                absence.changes.append(change_of(view, claim, Action.RELEASE, "it was removed in Nautobot"))
            elif view.snapshot.covers(claim.scopes):
                _judge(view, claim, absence)
    return absence


def _hangs_on(claim: Claimed, keys: set[str]) -> bool:
    """Tell whether the object is one of these, part of one (lxc/210/net0 of lxc/210), or an address on one."""
    names = (claim.external_id, *(claim.values.get("interfaces") or ()))
    return any(part in keys for name in names for part in ancestry(name))


def _judge(view: View, claim: Claimed, absence: Absence) -> None:
    kind = Kind(claim.kind)
    policy = view.system.delete_policy
    if claim.missed_runs == 0:
        absence.newly[kind] = absence.newly.get(kind, 0) + 1
    missed = claim.missed_runs + 1
    over = missed >= view.system.grace_runs
    heirs = [other.system for other in view.others.get(claim.object_id, ()) if other.present and other.equal_or_more]
    if over and heirs:
        absence.changes.append(change_of(view, claim, Action.RELEASE, f"gone here; {', '.join(heirs)} has it"))
        return
    if over and not removable(view, claim):
        absence.disputes.append(_gone(view, claim))
    if claim.retired and (policy != DeletePolicy.DELETE or KINDS[kind].outlives):
        return
    if not over or policy == DeletePolicy.KEEP or not removable(view, claim):
        if claim.missed_runs < view.system.grace_runs:
            note = f"not seen in {missed} complete run{'s' if missed > 1 else ''}"
            absence.changes.append(change_of(view, claim, Action.MISSING, note))
    elif policy == DeletePolicy.RETIRE or KINDS[kind].outlives:
        absence.changes.append(retirement(view, claim, "gone at its source"))
    else:
        absence.changes.append(change_of(view, claim, Action.DELETE, "gone at its source"))


def removable(view: View, claim: Claimed) -> bool:
    """Tell whether the object is ours alone: created by this System, claimed by no other."""
    return claim.created_object and claim.object_id not in view.others


def retirement(view: View, claim: Claimed, note: str) -> Change:
    """Return the change after which an object says that it is gone."""
    kind = Kind(claim.kind)
    current = view.current[kind][claim.object_id]
    wanted = KINDS[kind].retire(current, claim.external_id, view)
    change = change_of(view, claim, Action.RETIRE, note)
    change.attrs = {
        name: (current.values.get(name), value) for name, value in wanted.items() if current.values.get(name) != value
    }
    return change


def change_of(view: View, claim: Claimed, action: Action, note: str) -> Change:
    """Return what becomes of a claimed object."""
    kind = Kind(claim.kind)
    current = view.current[kind].get(claim.object_id)
    name = current.values.get("name") if current else None
    change = Change(
        kind=kind,
        key=claim.external_id,
        label=KINDS[kind].label(claim.external_id, name),
        action=action,
        object_id=claim.object_id,
        note=note,
    )
    if action is Action.DELETE and current is not None:
        change.attrs = {name: (value, None) for name, value in current.values.items() if value not in (None, "", [])}
    return change


def _gone(view: View, claim: Claimed) -> Dispute:
    kind = Kind(claim.kind)
    name = view.current[kind][claim.object_id].values.get("name")
    label = KINDS[kind].label(claim.external_id, name)
    why = "another system claims it, too" if claim.created_object else "it was not created by this system"
    return Dispute(
        kind=ConflictKind.GONE_AT_SOURCE,
        severity=Severity.WARNING,
        subject=(kind, claim.external_id),
        title=f"{label} is gone in {view.system.name}",
        message=f"{view.system.name} no longer has {kind.value} {label}. It stays in Nautobot, because {why}: "
        "remove it by hand if it is really gone.",
        scopes=tuple(claim.scopes),
    )
