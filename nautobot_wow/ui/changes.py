"""A Plan on a page: what would happen to what. Bounded, however large the plan is.

The overview shows the first PER_KIND changes of every kind; one kind, chosen with ?kind= and ?action=, is shown in
pages of PER_PAGE. With ?search= only what has every word of it is shown, of changes and of notes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
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
from ..models import Claim, Plan
from ..records import Kind
from .text import choice_badge, full_text, shown

PER_KIND = 100
PER_PAGE = 500
LINES = 40
NOTES = 100
LONGEST_QUERY = 200


@dataclass(frozen=True, kw_only=True)
class Line:
    """One attribute: what it is and what it becomes; of a list also what comes and what goes."""

    name: str
    old: str
    new: str
    is_list: bool = False
    added: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)


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
    """What the reader wants to see: one kind, one action, what has some words, from where on. Empty is everything."""

    kind: str = ""
    action: str = ""
    q: str = ""
    offset: int = 0

    @classmethod
    def of(cls, request: HttpRequest) -> Choice:
        """Read it from the address of the page; nonsense counts as not said."""
        offset = request.GET.get("offset", "")
        return cls(
            kind=request.GET.get("kind", ""),
            action=request.GET.get("action", ""),
            q=" ".join(request.GET.get("search", "")[:LONGEST_QUERY].split()),
            offset=int(offset) if offset.isascii() and offset.isdigit() else 0,
        )

    def picks(self, change: dict[str, Any]) -> bool:
        """Tell whether the reader wants to see this change."""
        chosen = self.kind in ("", change["kind"]) and self.action in ("", change["action"])
        return chosen and (not self.q or self.finds(_words_of(change)))

    def finds(self, text: str) -> bool:
        """Tell whether a text has every word that is searched for."""
        folded = text.casefold()
        return all(word in folded for word in self.q.casefold().split())


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
        """Return the first notes that have what is searched for, and how many more there are."""
        choice = Choice.of(context["request"])
        notes = get_obj_from_context(context).content["notes"]
        found = [note for note in notes if choice.finds(str(note))]
        return {
            **super().get_extra_context(context),
            "notes": [shown(note) for note in found[:NOTES]],
            "more": max(len(found) - NOTES, 0),
            "q": choice.q,
            "total": len(notes),
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
        found = groups(plan, choice, request.user)
        return {
            **super().get_extra_context(context),
            "groups": found,
            "found": sum(group.total for group in found),
            "stored": len(stored),
            "choice": choice,
            "is_chosen": bool(choice.kind or choice.action or choice.q),
            "kinds": [(kind, title_of(kind)) for kind in sorted(plan.summary, key=_place)],
            "actions": list(plan.totals),
            "overview_url": _address(plan),
            "page_url": plan.get_absolute_url(),
            "not_stored": max(sum(plan.totals.values()) - len(stored), 0) if plan.truncated else 0,
        }


def groups(plan: Plan, choice: Choice, user: AbstractBaseUser) -> list[Group]:
    """Return what to show of the plan: one group per kind, in the order in which things are written."""
    picked: dict[str, list[dict[str, Any]]] = {}
    for change in plan.content.get("changes", []):
        if choice.picks(change):
            picked.setdefault(change["kind"], []).append(change)
    return [_group(plan, choice, kind, changes, user) for kind, changes in picked.items()]


def counts(plan: Plan) -> list[tuple[str, str, int]]:
    """Return what the plan does to each kind: its title, how much of which action, and how much in all."""
    return [
        (title_of(kind), ", ".join(f"{number} {action}" for action, number in _actions(plan, kind)), total)
        for kind in sorted(plan.summary, key=_place)
        if (total := sum(plan.summary[kind].values()))
    ]


def _actions(plan: Plan, kind: str) -> list[tuple[str, int]]:
    """Return the actions of a kind in the order in which people ask; PostgreSQL has one of its own."""
    return [(action, plan.summary[kind][action]) for action in Action.values() if plan.summary[kind].get(action)]


def _words_of(change: dict[str, Any]) -> str:
    """Return everything of a change that can be searched for: as it is shown, and as it is stored."""
    attrs = change.get("attrs") or {}
    values = (text for pair in attrs.values() for value in pair for text in (full_text(value), str(value)))
    names = (text for name in attrs for text in (name, name.replace("_", " ")))
    return "\n".join([change.get("label") or "", change["key"], change.get("note") or "", *names, *values])


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
    ids = _object_ids(plan, kind, page)
    urls = _object_urls(kind, ids.values(), user)
    rest = len(changes) > start + len(page)
    return Group(
        title=title_of(kind),
        rows=[_row(change, urls.get(ids.get(change["key"], ""))) for change in page],
        total=len(changes),
        first=start + 1,
        last=start + len(page),
        all_url=_address(plan, kind=kind, action=choice.action, search=choice.q) if rest and not choice.kind else None,
        previous_url=_address(plan, choice, offset=max(start - size, 0)) if start else None,
        next_url=_address(plan, choice, offset=start + size) if rest and choice.kind else None,
    )


def _row(change: dict[str, Any], url: str | None) -> Row:
    # PostgreSQL keeps the names of a JSON object in an order of its own.
    attrs = sorted((change.get("attrs") or {}).items(), key=lambda item: (item[0] != "name", item[0]))
    is_new = change["action"] == Action.CREATE
    lines = [_line(name, pair) for name, pair in attrs[:LINES] if not (is_new and pair[1] in (None, "", []))]
    return Row(
        action=choice_badge(Action, change["action"]),
        label=shown(change.get("label") or change["key"]),
        key="" if change["key"] in (change.get("label") or change["key"]) else shown(change["key"]),
        note=shown(change["note"]) if change.get("note") else "",
        url=url,
        is_new=is_new,
        lines=lines,
    )


def _line(name: str, pair: Sequence[Any]) -> Line:
    old, new = pair
    is_list = isinstance(old, list) and isinstance(new, list)
    return Line(
        name=name.replace("_", " "),
        old=shown(old),
        new=shown(new),
        is_list=is_list,
        added=[shown(item) for item in new if item not in old] if is_list else [],
        removed=[shown(item) for item in old if item not in new] if is_list else [],
    )


def _object_ids(plan: Plan, kind: str, changes: Iterable[dict[str, Any]]) -> dict[str, str]:
    """Return the object of each change by its key; what an applied plan created is found by its claim, in one query."""
    ids = {change["key"]: change["object_id"] for change in changes if change.get("object_id")}
    created = [change["key"] for change in changes if not change.get("object_id")]
    if created and plan.applied_at:
        claims = Claim.objects.filter(system=plan.system_id, kind=kind, external_id__in=created).order_by()
        ids.update({key: str(pk) for key, pk in claims.values_list("external_id", "object_id")})
    return ids


def _object_urls(kind: str, ids: Iterable[str], user: AbstractBaseUser) -> dict[str, str]:
    """Return the pages of the objects that are still there and that the reader may see; one query."""
    from ..diffsync_models import KINDS  # the engine is not needed to load the pages

    ids = list(ids)
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
        params = {"kind": choice.kind, "action": choice.action, "search": choice.q, **params}
    query = urlencode({name: value for name, value in params.items() if value})
    return f"{plan.get_absolute_url()}{'?' if query else ''}{query}#changes"
