"""The open conflicts of an object on its page, and of everything by rule above the list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Count, Model, Q, QuerySet
from django.http import HttpRequest
from django.template import Context
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from nautobot.apps.ui import Panel
from nautobot.apps.views import get_obj_from_context
from nautobot.ipam.models import Prefix

from ..choices import ConflictState, Severity, conflict_kinds
from ..models import Conflict
from .text import ago, choice_badge

SHOWN = 10
WORST_FIRST = tuple(reversed(Severity.values()))


@dataclass(frozen=True, kw_only=True)
class Group:
    """The open conflicts of one sort: how many of each severity, the worst first, each with its colour and address."""

    name: str
    counts: list[tuple[str, str, int, str]]
    url: str


class ConflictsPanel(Panel):
    """The open conflicts that an object is part of; of a prefix also those of what is in it. One query for a page."""

    body_wrapper_template_path = "components/panel/body_wrapper_table.html"
    body_content_template_path = "nautobot_wow/conflicts_panel.html"

    def should_render(self, context: Context) -> bool:
        """Tell whether there are any that the reader may see."""
        return super().should_render(context) and bool(_on_page(context))

    def get_extra_context(self, context: Context) -> dict[str, Any]:
        """Return the conflicts, the worst first."""
        found, row = _on_page(context), get_obj_from_context(context)
        query = {"state": ConflictState.OPEN, "prefix" if isinstance(row, Prefix) else "involves": row.pk}
        return {
            **super().get_extra_context(context),
            "conflicts": [(one, severity_badge(one), ago(one.first_seen)) for one in found[:SHOWN]],
            "more": len(found) > SHOWN,
            "all_url": list_url(**query),
        }


def open_on(user: AbstractBaseUser, row: Model) -> QuerySet[Conflict]:
    """Return the open conflicts that an object is part of, as far as the user may see them; the worst come first."""
    about = Q(object_id=row.pk) | Q(involved__contains=[str(row.pk)])
    if isinstance(row, Prefix):
        about |= Q(prefix=row)
    found = Conflict.objects.restrict(user, "view").filter(about, state=ConflictState.OPEN)
    return found.order_by("severity", "title")  # critical, info, warning: brought in order where they are shown


def _on_page(context: Context) -> list[Conflict]:
    request, row = context["request"], get_obj_from_context(context)
    cached = getattr(request, "_wow_conflicts", None)
    if cached is None or cached[0] != row.pk:
        found = list(open_on(request.user, row)[: 5 * SHOWN])
        cached = (row.pk, sorted(found, key=lambda one: (WORST_FIRST.index(one.severity), one.title)))
        request._wow_conflicts = cached
    return list(cached[1])


def severity_badge(conflict: Conflict) -> SafeString:
    """Return the badge of the severity of a conflict."""
    return choice_badge(Severity, conflict.severity)


def groups(request: HttpRequest) -> list[Group]:
    """Return the open conflicts by sort, in the order of the rules: one query."""
    counted = _open(request.user).values("kind", "severity").annotate(count=Count("pk"))
    by_kind: dict[str, dict[str, int]] = {}
    for kind, severity, count in counted.values_list("kind", "severity", "count"):
        by_kind.setdefault(kind, {})[severity] = count
    return [
        Group(name=name, counts=badges(by_kind[kind], kind=kind), url=list_url(kind=kind, state=ConflictState.OPEN))
        for kind, name in conflict_kinds()
        if kind in by_kind
    ]


def totals(user: AbstractBaseUser) -> list[tuple[str, str, int, str]]:
    """Return how many open conflicts of each severity there are, the worst first: one query."""
    counted = _open(user).values("severity").annotate(count=Count("pk"))
    return badges(dict(counted.values_list("severity", "count")))


def badges(counts: dict[str, int], **query: Any) -> list[tuple[str, str, int, str]]:
    """Return severity, colour, number and address of a list for each severity that there is, the worst first."""
    return [
        (one, Severity.CSS_CLASSES[one], counts[one], list_url(**query, state=ConflictState.OPEN, severity=one))
        for one in WORST_FIRST
        if counts.get(one)
    ]


def list_url(**query: Any) -> str:
    """Return the address of the list, filtered."""
    return f"{reverse('plugins:nautobot_wow:conflict_list')}?{urlencode(query)}"


def _open(user: AbstractBaseUser) -> QuerySet[Conflict]:
    return Conflict.objects.restrict(user, "view").filter(state=ConflictState.OPEN).order_by()
