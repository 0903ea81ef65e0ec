"""The panel on the home page: every System with the health of its last run, and all conflicts. Five queries for all."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Count, Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.safestring import SafeString

from ..choices import ConflictState, RequestStage, RunStatus
from ..models import Conflict, GuestRequest, Plan, System
from .conflicts import badges, totals
from .text import ago, badge, choice_badge

SHOWN_SYSTEMS = 50
FAILED_LATELY = timedelta(days=7)
UNDER_WAY = tuple(stage for stage in RequestStage.values() if stage not in (*RequestStage.FINAL, RequestStage.WAITING))
REQUESTS = (
    ("failed lately", "danger", (RequestStage.FAILED,)),
    ("waiting for approval", "warning", (RequestStage.WAITING,)),
    ("under way", "info", UNDER_WAY),
)
"""Which guest requests want somebody's eye: how they are called, in which colour, and the stages."""


@dataclass(frozen=True, kw_only=True)
class SystemLine:
    """One System: how its last run ended, what is disputed, what waits for a person."""

    system: System
    status: SafeString
    good: SafeString
    conflicts: list[tuple[str, str, int, str]] = field(default_factory=list)
    plan: Plan | None = None
    requests: list[tuple[str, str, int, str]] = field(default_factory=list)


def overview(request: HttpRequest) -> dict[str, Any]:
    """Return what the reader may see; nothing is asked of the database for who may see no System."""
    if not request.user.has_perm("nautobot_wow.view_system"):
        return {"lines": [], "conflicts": [], "more": False}
    systems = list(System.objects.restrict(request.user, "view")[: SHOWN_SYSTEMS + 1])
    conflicts, plans, requests = _conflicts(request.user), _plans(request.user), _requests(request.user)
    return {
        "conflicts": totals(request.user),
        "lines": [_line(system, conflicts, plans, requests) for system in systems[:SHOWN_SYSTEMS]],
        "more": len(systems) > SHOWN_SYSTEMS,
    }


def _line(
    system: System,
    conflicts: dict[UUID, dict[str, int]],
    plans: dict[UUID, Plan],
    requests: dict[UUID, dict[str, int]],
) -> SystemLine:
    return SystemLine(
        system=system,
        status=choice_badge(RunStatus, system.last_status) if system.enabled else badge("Not enabled", "secondary"),
        good=ago(system.last_success_at),
        conflicts=badges(conflicts.get(system.pk, {}), system=system.pk),
        plan=plans.get(system.pk),
        requests=[
            (label, color, count, _requests_url(system, stages))
            for label, color, stages in REQUESTS
            if (count := sum(requests.get(system.pk, {}).get(stage, 0) for stage in stages))
        ],
    )


def _conflicts(user: AbstractBaseUser) -> dict[UUID, dict[str, int]]:
    """Return how many open conflicts of which severity each System has."""
    is_open = Conflict.objects.restrict(user, "view").filter(state=ConflictState.OPEN, system__isnull=False)
    found: dict[UUID, dict[str, int]] = defaultdict(dict)
    counted = is_open.order_by().values("system", "severity").annotate(count=Count("pk"))
    for system, severity, count in counted.values_list("system", "severity", "count"):
        found[system][severity] = count
    return found


def _plans(user: AbstractBaseUser) -> dict[UUID, Plan]:
    """Return the plan of each System that waits to be applied, the newest where there are several."""
    waiting = Plan.objects.restrict(user, "view").filter(applied_at=None, expires__gt=timezone.now())
    newest = waiting.order_by("system_id", "-created").distinct("system_id").defer("content")
    return {plan.system_id: plan for plan in newest if plan.totals}


def _requests(user: AbstractBaseUser) -> dict[UUID, dict[str, int]]:
    """Return how many guest requests in which stage each System has; those that failed, of the last days."""
    wanted = Q(stage__in=(RequestStage.WAITING, *UNDER_WAY))
    wanted |= Q(stage=RequestStage.FAILED, finished__gte=timezone.now() - FAILED_LATELY)
    found: dict[UUID, dict[str, int]] = defaultdict(dict)
    rows = GuestRequest.objects.restrict(user, "view").filter(wanted).order_by()
    for system, stage, count in (
        rows.values("system", "stage").annotate(count=Count("pk")).values_list("system", "stage", "count")
    ):
        found[system][stage] = count
    return found


def _requests_url(system: System, stages: tuple[str, ...]) -> str:
    query = urlencode({"system": system.pk, "stage": stages}, doseq=True)
    return f"{reverse('plugins:nautobot_wow:guestrequest_list')}?{query}"
