"""What other Systems claim of clusters, nodes and guests: so that twins stay apart, and what moves stays one.

the other claim                          this System's record
────────────────────────────────────     ────────────────────────────────────────────────────────────────
same kind of system, still there         is another object, whatever it is called; alike ones are a conflict
gone there, same UUID or MACs + name     is that guest, which moved here: the object is kept with all it has
another kind of system                   may be the same object; matched by natural key as ever
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from nautobot.extras.models import Note, ObjectChange

from ..diffsync_models.view import Claimed, View
from ..models import Claim
from ..records import GuestRecord, Kind
from .disputes import ConflictKind, Dispute, Severity
from .identity import SEPARATOR, name_in
from .plan import Action, Change

COLUMNS = (
    "kind",
    "external_id",
    "object_id",
    "fingerprint",
    "missed_runs",
    "retired",
    "system_id",
    "system__name",
    "system__kind",
    "system__enabled",
    "system__created",
)
MANY = 5
"""More twins than that of one System are one conflict: somebody copied a cluster, or entered it twice."""


@dataclass(slots=True, frozen=True)
class Elsewhere:
    """One claim of another System."""

    kind: str
    key: str
    object_id: uuid.UUID
    fingerprint: frozenset[str]
    missed_runs: int
    retired: bool
    system_id: uuid.UUID
    system: str
    system_kind: str
    enabled: bool
    since: datetime

    @property
    def is_gone(self) -> bool:
        """Whether the other System did not see it any more, or is not asked any more."""
        return bool(self.missed_runs or self.retired or not self.enabled)


@dataclass
class Neighbours:
    """The claims of other Systems, by what they are looked up by."""

    claims: list[Elsewhere] = field(default_factory=list)
    by_token: dict[str, list[Elsewhere]] = field(default_factory=lambda: defaultdict(list))

    def alike(self, record: GuestRecord) -> list[Elsewhere]:
        """Return the guests elsewhere that have a token of the record's fingerprint."""
        found = {one.object_id: one for token in record.fingerprint for one in self.by_token.get(token, ())}
        return sorted(found.values(), key=lambda one: (one.system, one.key))


def look_around(view: View) -> Neighbours:
    """Read what other Systems claim, in one query; the view learns which objects are not up for adoption."""
    around = Neighbours()
    kinds = [kind.value for kind in (Kind.CLUSTER, Kind.DEVICE, Kind.GUEST) if view.records[kind]]
    rows = Claim.objects.filter(kind__in=kinds).exclude(system=view.system).order_by().values_list(*COLUMNS)
    for kind, key, object_id, fingerprint, *rest in rows if kinds else ():
        one = Elsewhere(kind, key, object_id, frozenset(fingerprint), *rest)
        around.claims.append(one)
        if one.system_kind == view.system.kind and not one.is_gone:
            view.taken.add(one.object_id)
        if one.kind == Kind.GUEST.value:
            for token in one.fingerprint:
                around.by_token[token].append(one)
    return around


# -------------------------------------------------------------------------------------------------------------- moves


def find_moved(view: View, around: Neighbours) -> None:
    """Tell the view which guests came from another System; each keeps the object that it had there."""
    for key, record in view.records[Kind.GUEST].items():
        if not isinstance(record, GuestRecord) or not record.fingerprint:
            continue
        same = {one.object_id for one in around.alike(record) if one.is_gone and is_same(record, one)}
        claim = view.claims[Kind.GUEST].get(key)
        if len(same) != 1 or (claim and (claim.object_id in same or not _may_hand_over(claim, around))):
            continue
        view.moved[key] = same.pop()
        if claim is not None:
            view.superseded[key] = claim.object_id


def is_same(record: GuestRecord, other: Elsewhere) -> bool:
    """Tell whether two guests are one: by their UUID, or, where there is none, by all their MACs and their name."""
    if other.key.partition("/")[0] != record.type.value:
        return False
    ours, theirs = _uuids(record.fingerprint), _uuids(other.fingerprint)
    if ours or theirs:
        return bool(ours & theirs)
    macs = {token for token in other.fingerprint if token.startswith("mac:")}
    return macs == record.fingerprint and name_in(other.fingerprint) == record.name


def _may_hand_over(claim: Claimed, around: Neighbours) -> bool:
    """Tell whether the object that this System had made for the guest can go: nobody else's, touched by nobody."""
    if not claim.created_object or any(one.object_id == claim.object_id for one in around.claims):
        return False
    return not touched_by_people(claim.object_id)


def touched_by_people(pk: uuid.UUID) -> bool:
    """Tell whether a person edited an object, through pages or REST, or wrote a note about it."""
    edited = ObjectChange.objects.filter(changed_object_id=pk, change_context="web")
    return edited.exists() or Note.objects.filter(assigned_object_id=pk).exists()


def _uuids(tokens: Iterable[str]) -> set[str]:
    return {token for token in tokens if token.startswith("uuid:")}


def superseded(view: View) -> list[Change]:
    """Take away what this System had made for a guest before it was known that it had moved here."""
    changes = []
    for key, pk in view.superseded.items():
        current = view.current[Kind.GUEST].get(pk)
        if current is not None and (Kind.GUEST, key) in view.adopted:
            change = Change(
                kind=Kind.GUEST,
                key=f"{key}{SEPARATOR}{pk.hex[:8]}",
                label=f"{current.values['name']} ({key})",
                action=Action.DELETE,
                object_id=pk,
                note="it is a guest that moved here, and keeps the object that it had",
            )
            change.attrs = {
                name: (value, None) for name, value in current.values.items() if value not in (None, "", [])
            }
            changes.append(change)
    return changes


# -------------------------------------------------------------------------------------------------------------- twins


def twins(view: View, around: Neighbours) -> list[Dispute]:
    """Return one conflict for each group of guests that have a UUID or MAC address in common."""
    holders: dict[str, set[str]] = defaultdict(set)
    records = {key: record for key, record in view.records[Kind.GUEST].items() if isinstance(record, GuestRecord)}
    for key, record in records.items():
        for token in record.fingerprint:
            holders[token].add(key)
    groups = {frozenset(keys): token for token, keys in sorted(holders.items()) if len(keys) > 1}
    disputes = [_twins(view, sorted(keys), token) for keys, token in groups.items()]
    return disputes + _abroad(view, records.values(), around)


def _abroad(view: View, records: Iterable[GuestRecord], around: Neighbours) -> list[Dispute]:
    """Twins in two Systems are reported by the one that was added later, so that there is one conflict for them."""
    found: dict[str, list[tuple[GuestRecord, Elsewhere]]] = defaultdict(list)
    ours = (view.system.created, str(view.system.pk))
    for record in records:
        for one in around.alike(record):
            is_older = (one.since, str(one.system_id)) < ours
            if is_older and not one.is_gone and view.pk.get((Kind.GUEST, record.key)) != one.object_id:
                found[one.system].append((record, one))
    disputes: list[Dispute] = []
    for system, pairs in sorted(found.items()):
        if len(pairs) > MANY:
            disputes.append(_many_twins(view, system, pairs))
        else:
            disputes += [_twin_abroad(view, record, one) for record, one in pairs]
    return disputes


def _twins(view: View, keys: list[str], token: str) -> Dispute:
    records = [view.records[Kind.GUEST][key] for key in keys]
    labels = [f"{getattr(record, 'name', None) or record.key} ({record.key})" for record in records]
    return Dispute(
        kind=ConflictKind.TWIN,
        severity=Severity.WARNING,
        subject=(Kind.GUEST, keys[-1]),
        title=f"{' and '.join(labels)} have the same {_in_words(token)}",
        message=f"{view.system.name}: {', '.join(labels)} share {_in_words(token)} {token.partition(':')[2]}. Each has "
        "an object of its own. A clone wants new ones; on one network they would disturb each other.",
        evidence=tuple((view.system.name, f"{token.partition(':')[2]} on {key}") for key in keys),
        detail=" ".join(keys),
        scopes=tuple(sorted({scope for record in records for scope in record.scopes})),
    )


def _twin_abroad(view: View, record: GuestRecord, one: Elsewhere) -> Dispute:
    token = min(record.fingerprint & one.fingerprint)
    name = record.name or record.key
    return Dispute(
        kind=ConflictKind.TWIN,
        severity=Severity.WARNING,
        subject=(Kind.GUEST, record.key),
        title=f"{name} ({record.key}) has the same {_in_words(token)} as {one.key} of {one.system}",
        message=f"{view.system.name} and {one.system} both have a guest with {_in_words(token)} "
        f"{token.partition(':')[2]}. Each has an object of its own. If it moved, the next run of {one.system} will "
        "say so, and it becomes one object again; if it is a clone, give it new ones.",
        evidence=((view.system.name, record.key), (one.system, one.key)),
        detail=f"{one.system_id} {one.key}",
        scopes=record.scopes,
    )


def _many_twins(view: View, system: str, pairs: list[tuple[GuestRecord, Elsewhere]]) -> Dispute:
    return Dispute(
        kind=ConflictKind.TWIN,
        severity=Severity.WARNING,
        subject=(Kind.CLUSTER, pairs[0][0].cluster),
        title=f"{len(pairs)} guests of {view.system.name} look like guests of {system}",
        message=f"{len(pairs)} guests of {view.system.name} have UUIDs or MAC addresses of guests of {system}. Either "
        "one endpoint was entered twice, then release and remove one of the two Systems; or a cluster was copied, then "
        "its guests want new ones. Each has an object of its own meanwhile.",
        evidence=tuple((record.key, f"like {one.key} of {one.system}") for record, one in pairs[:MANY]),
        detail=str(pairs[0][1].system_id),
        scopes=("guests",),
    )


def _in_words(token: str) -> str:
    return "UUID" if token.startswith("uuid:") else "MAC address"
