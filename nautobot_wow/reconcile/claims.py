"""Claims: who says what of which object. Read at the start of a run, written with the rows they speak of."""

from __future__ import annotations

import uuid
from collections import defaultdict
from dataclasses import fields
from typing import Any

from django.db.models import Q

from ..diffsync_models.view import Claimed, View
from ..models import Claim, System
from ..records import Kind
from .merge import Claimant

COLUMNS = tuple(column.name for column in fields(Claimed))


def of_system(system: System) -> dict[Kind, dict[str, Claimed]]:
    """Return the claims of a System by kind and key, in one query."""
    found: dict[Kind, dict[str, Claimed]] = {kind: {} for kind in Kind}
    for row in Claim.objects.filter(system=system).order_by().values_list(*COLUMNS):
        claim = Claimed(*row)
        found[Kind(claim.kind)][claim.external_id] = claim
    return found


def of_others(view: View) -> dict[uuid.UUID, list[Claimant]]:
    """Return what other Systems claim of the objects that this run touches, in one query."""
    objects = Claim.objects.filter(system=view.system).order_by().values("object_id")
    adopted = [view.pk[name] for name in view.adopted]
    rows = (
        Claim.objects.filter(Q(object_id__in=objects) | Q(object_id__in=adopted))
        .exclude(system=view.system)
        .order_by("created", "pk")
        .values_list(*OTHERS)
    )
    found: dict[uuid.UUID, list[Claimant]] = defaultdict(list)
    for object_id, name, precedence, enabled, created, missed, retired, values in rows:
        believed = precedence > view.system.precedence or (
            precedence == view.system.precedence and _came_first(view, object_id, created)
        )
        claimant = Claimant(
            system=name,
            believed_more=believed,
            values=values,
            present=enabled and not missed and not retired,
            retired=retired,
            equal_or_more=precedence >= view.system.precedence,
        )
        found[object_id].append(claimant)
    return dict(found)


OTHERS = (
    "object_id",
    "system__name",
    "system__precedence",
    "system__enabled",
    "created",
    "missed_runs",
    "retired",
    "values",
)


def _came_first(view: View, object_id: uuid.UUID, created: Any) -> bool:
    """Tell whether a claim of that age is older than ours on the same object; equals are settled by who came first."""
    for kind in Kind:
        key = view.key.get(kind, {}).get(object_id)
        ours = view.claims[kind].get(key) if key else None
        if ours is not None:
            return bool(created < ours.created)
    return True


def interfaces(system: System, keys: set[str]) -> dict[str, uuid.UUID]:
    """Return the Interfaces that a System reports under these keys, in one query; none for no keys."""
    if not keys:
        return {}
    rows = Claim.objects.filter(system=system, kind=Kind.INTERFACE.value, external_id__in=keys)
    return dict(rows.order_by().values_list("external_id", "object_id"))
