"""Write the claims of a run: what is new, what the system now says, what is missing, what is gone."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.contenttypes.models import ContentType

from ..diffsync_models import KINDS
from ..diffsync_models.view import Claimed, View
from ..models import Allocation, Claim
from ..records import Kind
from .decide import Decision
from .identity import tokens_of
from .plan import Action, Change
from .writer import Written, delete_rows

BATCH = 1000
COLUMNS = (
    "external_id",
    "scopes",
    "object_id",
    "values",
    "fingerprint",
    "origin",
    "created_object",
    "missing_since",
    "missed_runs",
    "retired",
)


def store(view: View, decision: Decision, written: Written, now: datetime) -> None:
    """Bring the claims of this System up to date; a row that did not change is not written."""
    new: list[Claim] = []
    ours = _given_out(view)
    types = {kind: ContentType.objects.get_for_model(model.orm) for kind, model in KINDS.items()}
    changed: dict[Any, Claimed] = {claim.pk: claim for claim in view.rekeyed.values()}
    for (kind, key), values in decision.assertions.items():
        if (kind, key) in written.refused:
            continue
        values = _held(values, written)
        claim = view.claims[kind].get(key)
        if claim is None:
            new.append(_new(view, kind, key, values, types[kind], ours))
        elif _confirm(view, claim, kind, values):
            changed[claim.pk] = claim
    gone = _absences(view, decision, written, now, changed)
    # Keys that changed hands: those that step aside go first, or the unique constraint would stop the new one.
    rekeyed = [claim for claim in changed.values() if claim in view.rekeyed.values()]
    others = [claim for claim in changed.values() if claim not in rekeyed]
    delete_rows([Claim(pk=claim.pk) for claim in gone])
    _pass_on(gone)
    for some in (rekeyed, others):
        if some:
            Claim.objects.bulk_update([_row(claim) for claim in some], COLUMNS, batch_size=BATCH)
    Claim.objects.bulk_create(new, batch_size=BATCH)


def _row(claim: Claimed) -> Claim:
    return Claim(pk=claim.pk, **{name: getattr(claim, name) for name in COLUMNS})


def _held(values: dict[str, Any], written: Written) -> dict[str, Any]:
    """Leave out the interfaces that were refused: no operator took the address off them."""
    refused = {key for _, key in written.refused}
    carriers = values.get("interfaces")
    if not carriers or refused.isdisjoint(carriers):
        return values
    return {**values, "interfaces": [key for key in carriers if key not in refused]}


def _given_out(view: View) -> set[Any]:
    """Return the adopted addresses that the app itself had given out: it made them, and may take them away."""
    adopted = [view.pk[name] for name in view.adopted if name[0] is Kind.ADDRESS and name in view.pk]
    rows = Allocation.objects.filter(address__in=adopted) if adopted else None
    return set(rows.values_list("address_id", flat=True)) if rows is not None else set()


def _new(view: View, kind: Kind, key: str, values: dict[str, Any], object_type: ContentType, ours: set[Any]) -> Claim:
    record = view.records[kind][key]
    return Claim(
        system_id=view.system.pk,
        kind=kind.value,
        external_id=key,
        scopes=sorted(set(record.scopes)),
        object_type_id=object_type.pk,
        object_id=view.pk[kind, key],
        values=values,
        fingerprint=tokens_of(record),
        origin=record.origin,
        created_object=(kind, key) in view.created or view.pk[kind, key] in ours,
    )


def _confirm(view: View, claim: Claimed, kind: Kind, values: dict[str, Any]) -> bool:
    """Put into the claim what the system says now; return whether that changed anything."""
    key = claim.external_id
    record = view.records[kind][key]
    scopes, before = set(record.scopes), set(claim.scopes)
    if not before <= scopes and not view.snapshot.covers(before):  # what was not seen this time still belongs to it
        scopes |= before
    now = {
        "scopes": sorted(scopes),
        "object_id": view.pk[kind, key],
        "values": {**claim.values, **values},
        "fingerprint": tokens_of(record, claim.fingerprint),
        "origin": record.origin,
        "created_object": claim.created_object or (kind, key) in view.created,
        "missing_since": None,
        "missed_runs": 0,
        "retired": False,
    }
    differs = [name for name, value in now.items() if getattr(claim, name) != value]
    for name in differs:
        setattr(claim, name, now[name])
    return bool(differs)


def _absences(
    view: View, decision: Decision, written: Written, now: datetime, changed: dict[Any, Claimed]
) -> list[Claimed]:
    """Note what is missing and retired; return the claims whose object is gone."""
    gone = []
    for change in decision.draft.changes:
        if change.action not in (Action.MISSING, Action.RETIRE, Action.DELETE, Action.RELEASE):
            continue
        claim = view.claims[change.kind].get(change.key)
        if claim is None:  # an object that had no claim of its own any more (see elsewhere.superseded)
            continue
        if _is_over(view, change, written):
            gone.append(claim)
            changed.pop(claim.pk, None)
            continue
        _miss(claim, change, written, now)
        changed[claim.pk] = claim
    return gone


def _is_over(view: View, change: Change, written: Written) -> bool:
    """Tell whether the claim goes with what happened to its object."""
    if change.action is Action.RELEASE:
        return True
    return written.accepts(change) and (change.action is Action.DELETE or view.releasing)


def _pass_on(gone: list[Claimed]) -> None:
    """What the app created and another System has now, that System may remove one day."""
    created = [claim.object_id for claim in gone if claim.created_object]
    if created:
        Claim.objects.filter(object_id__in=created, created_object=False).update(created_object=True)


def _miss(claim: Claimed, change: Change, written: Written, now: datetime) -> None:
    claim.missed_runs += 1
    claim.missing_since = claim.missing_since or now
    claim.retired = claim.retired or (change.action is Action.RETIRE and written.accepts(change))
