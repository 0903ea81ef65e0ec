"""Carry a request out, and find those that a killed worker left behind."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from ..choices import RequestAction, RequestStage
from ..errors import ConfigurationError
from ..models import GuestRequest
from ..systems.credentials import connection_of
from . import create, move, remove
from .flow import Work, carry_out

STALE = timedelta(minutes=2)
FLOWS = {
    RequestAction.CREATE: (create.STEPS, RequestStage.ACTIVE),
    RequestAction.MOVE: (move.STEPS, RequestStage.ACTIVE),
    RequestAction.DECOMMISSION: (remove.STEPS, RequestStage.RELEASED),
}


def run(
    request: GuestRequest, user: Any, tell: Callable[[str], None] = lambda text: None, **facts: Any
) -> GuestRequest:
    """Carry the request out, here and now."""
    system = request.system
    kind = system.system_kind
    if kind.provisioner is None:
        raise ConfigurationError(f"{system}: guests cannot be created on a {kind.name}")
    if not system.enabled:
        raise ConfigurationError(f"{system} is not enabled; enable it and ask again")
    steps, done = FLOWS[request.action]
    with kind.provisioner(connection_of(system, writes=True), kind.options(**system.options)) as provisioner:
        return carry_out(Work(request=request, provisioner=provisioner, user=user, tell=tell, facts=facts), steps, done)


def left_behind(now: datetime) -> list[GuestRequest]:
    """Return the requests that are under way and that nothing has happened to for a while."""
    waiting = (*RequestStage.FINAL, RequestStage.WAITING)
    rows = GuestRequest.objects.exclude(stage__in=waiting).order_by("created")
    return [request for request in rows if last_moved(request) < now - STALE]


def last_moved(request: GuestRequest) -> datetime:
    """Return when something last happened to a request."""
    times: list[datetime] = [request.created, *(datetime.fromisoformat(row["at"]) for row in request.steps)]
    return max(times)
