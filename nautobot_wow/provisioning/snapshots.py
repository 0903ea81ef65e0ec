"""The snapshots that a policy wants around the automation: taken, remembered in the request, removed in time.

    default       before, kept 24 hours
    standard      before, 48 hours; after, 7 days
    production    before, 7 days; after, 30 days

Only what a request remembers is removed, and only from the guest that carries the request's mark.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from django.utils import timezone

from ..choices import RequestAction, RequestStage, SnapshotPolicy
from ..errors import Busy, WowError
from ..models import GuestRequest
from ..systems.credentials import connection_of
from .flow import Work, held

BEFORE, AFTER = "before", "after"


def take(work: Work, step: str, when: str) -> dict[str, Any]:
    """Take the snapshot of a step, unless it is there; its name is kept before, so that no second one is taken."""
    request = work.request
    hours = SnapshotPolicy.KEPT_HOURS[request.snapshot_policy].get(when)
    if hours is None:
        return {"policy": request.snapshot_policy}
    name = request.detail(step).get("snapshot")
    if name is None:
        name = _new_name(request)
        until = timezone.now() + timedelta(hours=hours)
        request.note(step, policy=request.snapshot_policy, when=when, snapshot=name, until=until.isoformat())
    work.provisioner.snapshot(request.vmid, name)
    return {"snapshot": name}


def _new_name(request: GuestRequest) -> str:
    """Return `{policy}-{epoch}`; two of one request never have the same second."""
    taken = [int(row["detail"]["snapshot"].rpartition("-")[2]) for row in request.steps if "snapshot" in row["detail"]]
    return f"{request.snapshot_policy}-{max([int(time.time()), *(epoch + 1 for epoch in taken)])}"


# ------------------------------------------------------------------------------------------------------------- pruning


@dataclass
class Pruned:
    """What became of the snapshots that are over their time, by request."""

    removed: list[str] = field(default_factory=list)
    left: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)


def prune(now: datetime) -> Pruned:
    """Remove what is over its time; one guest or System that fails does not keep the others from it."""
    pruned = Pruned()
    made = GuestRequest.objects.filter(action=RequestAction.CREATE, stage=RequestStage.ACTIVE)
    made = (
        made.exclude(snapshot_policy=SnapshotPolicy.NONE)
        .select_related("system", "image")
        .order_by("system", "created")
    )
    due = [request for request in made if any(overdue(request, now))]
    for system, requests in groupby(due, key=lambda request: request.system):
        _prune_system(system, list(requests), now, pruned)
    return pruned


def overdue(request: GuestRequest, now: datetime) -> Iterator[tuple[str, str]]:
    """Yield step and name of the snapshots that are over their time and were not removed yet."""
    for row in request.steps:
        detail = row["detail"]
        if "snapshot" in detail and "removed" not in detail and datetime.fromisoformat(detail["until"]) <= now:
            yield row["name"], detail["snapshot"]


def _prune_system(system: Any, requests: list[GuestRequest], now: datetime, pruned: Pruned) -> None:
    kind = system.system_kind
    if not system.enabled or kind.provisioner is None:
        pruned.left[str(system)] = "it is not enabled"
        return
    try:
        provisioner = kind.provisioner(connection_of(system, writes=True), kind.options(**system.options))
    except WowError as error:
        pruned.failed[str(system)] = str(error)
        return
    with provisioner:
        for request in requests:
            try:
                with held(request):
                    _prune_request(request, provisioner, now, pruned)
            except Busy:
                pruned.left[str(request)] = "another worker is at it"
            except WowError as error:
                pruned.failed[str(request)] = str(error)


def _prune_request(request: GuestRequest, provisioner: Any, now: datetime, pruned: Pruned) -> None:
    request.refresh_from_db()
    if request.stage != RequestStage.ACTIVE:
        return
    found = provisioner.find(request.vmid)
    if found is not None and (found.key, found.request_id) != (request.guest_key, str(request.pk)):
        pruned.left[str(request)] = f"{found.key} ({found.name}) does not carry its mark; nothing of it is touched"
        return
    for step, name in list(overdue(request, now)):
        if found is not None:
            provisioner.delete_snapshot(request.vmid, name)
        request.note(step, removed=timezone.now().isoformat())
        pruned.removed.append(f"{request.name}: {name}")
