"""A Plan on a page: what would happen to what. Bounded, however large the plan is.

The overview shows the first PER_KIND changes of every kind; one kind, chosen with ?kind= and ?action=, is shown in
pages of PER_PAGE.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.http import HttpRequest
from django.template import Context
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from nautobot.apps.ui import Panel
from nautobot.apps.utils import get_route_for_model
from nautobot.apps.views import get_obj_from_context

from ..choices import Action
from ..models import Plan
from ..records import Kind
from .text import choice_badge, shown

PER_KIND = 100
PER_PAGE = 500
LINES = 40
NOTES = 100


@dataclass(frozen=True, kw_only=True)
class Line:
    """One attribute: what it is and what it becomes."""

    name: str
    old: str
    new: str


@dataclass(frozen=True, kw_only=True)
class Row:
    """One object and what happens to it."""

    action: SafeString
    label: str
    key: str
    note: str
    url: str | None
    is_new: bool
    lines: list[Line]


@dataclass(frozen=True, kw_only=True)
class Group:
    """The changes of one kind that are shown, and where the others are."""

    title: str
    rows: list[Row]
    total: int
    first: int
    last: int
    all_url: str | None
    previous_url: str | None
    next_url: str | None


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What the reader wants to see: one kind, one action, from where on. Empty is everything."""

    kind: str = ""
    action: str = ""
    offset: int = 0

    @classmethod
    def of(cls, request: HttpRequest) -> Choice:
        """Read it from the address of the page; nonsense counts as not said."""
        offset = request.GET.get("offset", "")
        return cls(
            kind=request.GET.get("kind", ""),
            action=request.GET.get("action", ""),
            offset=int(offset) if offset.isascii() and offset.isdigit() else 0,
        )

    def picks(self, change: dict[str, Any]) -> bool:
        """Tell whether the reader wants to see this change."""
        return self.kind in ("", change["kind"]) and self.action in ("", change["action"])


class SummaryPanel(Panel):
    """How many changes, by kind and action, each leading to them."""

    body_wrapper_template_path = "components/panel/body_wrapper_table.html"
    body_content_template_path = "nautobot_wow/plan_summary.html"

    def get_extra_context(self, context: Context) -> dict[str, Any]:
        """Return the actions that occur, and one row per kind."""
        plan: Plan = get_obj_from_context(context)
        actions = list(plan.totals)
        return {
            **super().get_extra_context(context),
            "actions": [choice_badge(Action, action) for action in actions],
            "kinds": [
                (title_of(kind), _address(plan, kind=kind), [_cell(plan, kind, action) for action in actions])
                for kind in sorted(plan.summary, key=_place)
            ],
        }


class NotesPanel(Panel):
    """What the run noticed while planning."""

    body_content_template_path = "nautobot_wow/plan_notes.html"

    def should_render(self, context: Context) -> bool:
        """Tell whether there are notes."""
        return super().should_render(context) and bool(get_obj_from_context(context).content.get("notes"))

    def get_extra_context(self, context: Context) -> dict[str, Any]:
        """Return the first notes and how many more there are."""
        notes = get_obj_from_context(context).content["notes"]
        return {
            **super().get_extra_context(context),
            "notes": [shown(note) for note in notes[:NOTES]],
            "more": max(len(notes) - NOTES, 0),
        }


class ChangesPanel(Panel):
    """The changes, kind by kind."""

    body_content_template_path = "nautobot_wow/plan_changes.html"

    def get_extra_context(self, context: Context) -> dict[str, Any]:
        """Return the groups of changes to show."""
        plan: Plan = get_obj_from_context(context)
        request: HttpRequest = context["request"]
        choice = Choice.of(request)
        stored = plan.content.get("changes", [])
        return {
            **super().get_extra_context(context),
            "groups": groups(plan, choice, request.user),
            "choice": choice,
            "choice_title": " ".join(part for part in (choice.action, title_of(choice.kind).lower()) if part),
            "overview_url": _address(plan),
            "not_stored": max(sum(plan.totals.values()) - len(stored), 0) if plan.truncated else 0,
        }


def groups(plan: Plan, choice: Choice, user: AbstractBaseUser) -> list[Group]:
    """Return what to show of the plan: one group per kind, in the order in which things are written."""
    picked: dict[str, list[dict[str, Any]]] = {}
    for change in plan.content.get("changes", []):
        if choice.picks(change):
            picked.setdefault(change["kind"], []).append(change)
    return [_group(plan, choice, kind, changes, user) for kind, changes in picked.items()]


def _place(kind: str) -> int:
    """Return where a kind stands in the order in which things are written; one that is not known comes last."""
    return next((place for place, known in enumerate(Kind) if known.value == kind), len(Kind))


def title_of(kind: str) -> str:
    """Return the kind as the heading of a group."""
    return kind.replace("_", " ").capitalize()


def _group(plan: Plan, choice: Choice, kind: str, changes: list[dict[str, Any]], user: AbstractBaseUser) -> Group:
    size = PER_PAGE if choice.kind else PER_KIND
    start = choice.offset if choice.kind and choice.offset < len(changes) else 0
    page = changes[start : start + size]
    urls = _object_urls(kind, page, user)
    rest = len(changes) > start + len(page)
    return Group(
        title=title_of(kind),
        rows=[_row(change, urls) for change in page],
        total=len(changes),
        first=start + 1,
        last=start + len(page),
        all_url=_address(plan, kind=kind, action=choice.action) if rest and not choice.kind else None,
        previous_url=_address(plan, choice, offset=max(start - size, 0)) if start else None,
        next_url=_address(plan, choice, offset=start + size) if rest and choice.kind else None,
    )


def _row(change: dict[str, Any], urls: dict[str, str]) -> Row:
    # PostgreSQL keeps the names of a JSON object in an order of its own.
    attrs = sorted((change.get("attrs") or {}).items(), key=lambda item: (item[0] != "name", item[0]))
    is_new = change["action"] == Action.CREATE
    lines = [_line(name, pair) for name, pair in attrs[:LINES] if not (is_new and pair[1] in (None, "", []))]
    return Row(
        action=choice_badge(Action, change["action"]),
        label=shown(change.get("label") or change["key"]),
        key="" if change["key"] in (change.get("label") or change["key"]) else shown(change["key"]),
        note=shown(change["note"]) if change.get("note") else "",
        url=urls.get(change.get("object_id") or ""),
        is_new=is_new,
        lines=lines,
    )


def _line(name: str, pair: Sequence[Any]) -> Line:
    old, new = pair
    return Line(name=name.replace("_", " "), old=shown(old), new=shown(new))


def _object_urls(kind: str, changes: Iterable[dict[str, Any]], user: AbstractBaseUser) -> dict[str, str]:
    """Return the pages of the objects that are still there and that the reader may see; one query."""
    from ..diffsync_models import KINDS  # the engine is not needed to load the pages

    ids = [change["object_id"] for change in changes if change.get("object_id")]
    if not ids or kind not in set(Kind):
        return {}
    model = KINDS[Kind(kind)].orm
    route = get_route_for_model(model, "")
    there = model.objects.restrict(user, "view").filter(pk__in=ids).values_list("pk", flat=True)
    return {str(pk): reverse(route, kwargs={"pk": pk}) for pk in there}


def _cell(plan: Plan, kind: str, action: str) -> tuple[int, str]:
    return plan.summary[kind].get(action, 0), _address(plan, kind=kind, action=action)


def _address(plan: Plan, choice: Choice | None = None, **params: Any) -> str:
    if choice:
        params = {"kind": choice.kind, "action": choice.action, **params}
    query = urlencode({name: value for name, value in params.items() if value})
    return f"{plan.get_absolute_url()}{'?' if query else ''}{query}#changes"
