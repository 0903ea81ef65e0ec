"""Which Nautobot object a record is: the one it is claimed for, else one that matches by natural key, else a new one.

An id that the system gave to something else is noticed by the fingerprint: the old claim then steps aside under a key
of its own, and the record is a new object.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from ..diffsync_models import KINDS
from ..diffsync_models.view import Claimed, View
from ..records import GuestRecord, Kind, Record
from ..snapshot import Refusal, ancestry
from .disputes import ConflictKind, Dispute, Severity

SEPARATOR = "~"
# A listing that nobody ever reads: what happened once stays open until a person has seen it.
EVENT = "events"
NAME = "name:"


def sort_records(view: View) -> list[Refusal]:
    """Put the records in order of kind and key; the second of two with one key is refused."""
    refused = []
    for kind in Kind:
        view.records[kind] = {}
    for record in sorted(view.snapshot.records, key=lambda record: record.key):
        if record.key in view.records[record.kind]:
            refused.append(Refusal(kind=record.kind, key=record.key, reason="the system reports this key twice"))
        else:
            view.records[record.kind][record.key] = record
    return refused


def step_aside(view: View) -> list[Dispute]:
    """Give the claims of guests whose id was re-used a key of their own, with everything that belongs to them."""
    disputes = []
    for key, record in view.records[Kind.GUEST].items():
        claim = view.claims[Kind.GUEST].get(key)
        if claim is not None and isinstance(record, GuestRecord) and is_another(claim, record):
            _rekey(view, key, f"{key}{SEPARATOR}{claim.pk.hex[:8]}")
            disputes.append(_reused(claim, record))
    return disputes


def is_another(claim: Claimed, record: GuestRecord) -> bool:
    """Tell whether the record is another guest than the one claimed under its id.

    A UUID decides where both have one. Containers have none: there it takes another name *and* no MAC in common.
    """
    before, now = set(claim.fingerprint), set(record.fingerprint)
    uuids = [{token for token in tokens if token.startswith("uuid:")} for tokens in (before, now)]
    if all(uuids):
        return not uuids[0] & uuids[1]
    macs = [{token for token in tokens if token.startswith("mac:")} for tokens in (before, now)]
    names = [name_in(before), record.name]
    return all(macs) and not macs[0] & macs[1] and all(names) and names[0] != names[1]


def tokens_of(record: Record, known: Iterable[str] = ()) -> list[str]:
    """Return what a claim keeps to know the object again: the record's fingerprint and the name the system uses.

    What the record does not say this time (its configuration was not readable) stays as it was `known`.
    """
    name = getattr(record, "name", None) or name_in(known)
    fingerprint = record.fingerprint or {token for token in known if not token.startswith(NAME)}
    return sorted({*fingerprint, *([f"{NAME}{name}"] if name else ())})


def name_in(tokens: Iterable[str]) -> str | None:
    """Return the name among the tokens of a claim."""
    return next((token[len(NAME) :] for token in tokens if token.startswith(NAME)), None)


def _reused(claim: Claimed, record: GuestRecord) -> Dispute:
    was = name_in(claim.fingerprint) or record.key
    return Dispute(
        kind=ConflictKind.REUSED_ID,
        severity=Severity.INFO,
        subject=(Kind.GUEST, record.key),
        title=f"{record.key} was {was} and is now {record.name}",
        message=f"The id {record.key} was given to another guest. {was} counts as gone; {record.name} is a new object.",
        evidence=(("before", was), ("now", str(record.name))),
        detail=claim.pk.hex,
        scopes=(EVENT,),
    )


def _rekey(view: View, old: str, new: str) -> None:
    """Rename a guest's claim, those of its cards, and every mention of the cards in claims on addresses."""
    for kind in (Kind.GUEST, Kind.GUEST_INTERFACE):
        for key in [key for key in view.claims[kind] if key == old or key.startswith(f"{old}/")]:
            claim = view.claims[kind].pop(key)
            claim.external_id = new + key[len(old) :]
            view.claims[kind][claim.external_id] = claim
            view.rekeyed[kind, claim.external_id] = claim
    for key, claim in view.claims[Kind.ADDRESS].items():
        cards = claim.values.get("interfaces") or []
        if any(card.startswith(f"{old}/") for card in cards):
            moved = [new + card[len(old) :] if card.startswith(f"{old}/") else card for card in cards]
            claim.values = {**claim.values, "interfaces": moved}
            view.rekeyed[Kind.ADDRESS, key] = claim


def resolve(view: View) -> tuple[list[Refusal], list[Dispute]]:
    """Read every kind and give each record its object; what cannot be told apart is refused and disputed."""
    refused: list[Refusal] = []
    disputes: list[Dispute] = []
    for kind, model in KINDS.items():
        is_met = bool(view.records[kind] or view.claims[kind])
        view.current[kind] = model.read(view) if is_met else {}
        taken = _bind_claims(view, kind)
        for key, record in list(view.records[kind].items()):
            if (kind, key) in view.pk:
                continue
            problem = _orphan(view, record) or _bind_record(view, record, taken)
            if problem is not None:
                refused.append(problem)
                del view.records[kind][key]
                if problem.reason.startswith(AMBIGUOUS):
                    disputes.append(_ambiguous(view, problem))
        model.announce(view)
    return refused, disputes


AMBIGUOUS = "it may be any of "


def _bind_claims(view: View, kind: Kind) -> set[uuid.UUID]:
    """Bind every claim whose object is still there; return those objects."""
    taken = set()
    for key, claim in view.claims[kind].items():
        if any(part in view.superseded for part in ancestry(key)):
            continue
        if claim.object_id in view.current[kind]:
            view.bind(kind, key, claim.object_id)
            taken.add(claim.object_id)
    return taken


def _orphan(view: View, record: Record) -> Refusal | None:
    parent = KINDS[record.kind].parent(record)
    if parent is None or parent in view.pk and parent[1] in view.records[parent[0]]:
        return None
    return Refusal(kind=record.kind, key=record.key, reason=f"its {parent[0].value} {parent[1]} was not accepted")


def _bind_record(view: View, record: Record, taken: set[uuid.UUID]) -> Refusal | None:
    model = KINDS[record.kind]
    others = view.taken - {view.system.cluster_id}  # which cluster the System is may have been said by a person
    matches = [pk for pk in model.candidates(record, view) if pk not in taken and pk not in others]
    if len(matches) > 1:
        names = ", ".join(sorted(str(pk) for pk in matches))
        return Refusal(kind=record.kind, key=record.key, reason=f"{AMBIGUOUS}{len(matches)} objects: {names}")
    if view.is_context(record):
        return _not_here_yet(view, record)
    pk = matches[0] if matches else uuid.uuid4()
    view.bind(record.kind, record.key, pk)
    (view.adopted if matches else view.created).add((record.kind, record.key))
    taken.add(pk)
    return None


def _not_here_yet(view: View, record: Record) -> Refusal:
    reason = f"{view.system.name} has not claimed it yet; run the System once as a whole, then single guests and nodes"
    return Refusal(kind=record.kind, key=record.key, reason=reason)


def _ambiguous(view: View, problem: Refusal) -> Dispute:
    return Dispute(
        kind=ConflictKind.AMBIGUOUS,
        severity=Severity.WARNING,
        subject=(problem.kind, problem.key),
        title=f"{problem.key} matches several objects",
        message=f"{view.system.name}: {problem.kind.value} {problem.key}: {problem.reason}. "
        "Rename or remove all but one; nothing was guessed.",
    )
