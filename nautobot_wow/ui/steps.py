"""How far a guest request is: its stage, every step that was and will be taken, and links to what they touched.

While the request is under way the panel asks again every two seconds; the answer after its end loads the whole page.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.template import Context
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from nautobot.apps.templatetags import hyperlinked_object
from nautobot.apps.ui import Panel
from nautobot.apps.views import get_obj_from_context

from ..choices import RequestStage, StepState
from ..models import GuestRequest
from ..provisioning.words import WORDS, in_words
from .text import ago_text, choice_badge, code, shown

TO_COME = format_html('<span class="text-secondary">{}</span>', "to come")
LEFT_OUT: tuple[Any, ...] = ("", None, [])
COLORS = {RequestStage.FAILED: "danger", RequestStage.WAITING: "warning"}


@dataclass(frozen=True, kw_only=True)
class Line:
    """One step as it is shown."""

    name: str
    words: str
    state: SafeString
    at: SafeString | str = ""
    details: SafeString | str = ""


class StepsPanel(Panel):
    """The steps in their order: what each does, what became of it, when, and what it found out."""

    body_wrapper_template_path = "components/panel/body_wrapper_table.html"
    body_content_template_path = "nautobot_wow/steps.html"

    def get_extra_context(self, context: Context) -> dict[str, Any]:
        """Return the lines, and how many of them are done."""
        request: GuestRequest = get_obj_from_context(context)
        lines = list(lines_of(request))
        done = sum(step.get("state") == StepState.DONE for step in known_steps(request))
        return {
            **super().get_extra_context(context),
            "request_row": request,
            "stage": choice_badge(RequestStage, request.stage),
            "lines": lines,
            "done": done,
            "total": len(lines),
            "percent": done * 100 // len(lines) if lines else 0,
            "color": COLORS.get(request.stage, "success" if request.is_over else "primary"),
            "runs": not request.is_over,
            "has_bar": bool(lines) and request.stage != RequestStage.FAILED,
        }


def lines_of(request: GuestRequest) -> Iterable[Line]:
    """Yield the steps that were taken, and as long as the request goes on those that will be."""
    taken = {str(step.get("name", "")): step for step in known_steps(request)}
    for name, step in taken.items():
        yield Line(
            name=name,
            words=in_words(request.action, name),
            state=choice_badge(StepState, str(step.get("state", ""))),
            at=ago_text(step.get("at")),
            details=_details(request, step.get("detail") or {}),
        )
    if not request.is_over and not request.undoing:
        for name, words in WORDS.get(request.action, {}).items():
            if name not in taken:
                yield Line(name=name, words=words, state=TO_COME)


def known_steps(request: GuestRequest) -> list[dict[str, Any]]:
    """Return what is recorded of the steps that can be read."""
    return [step for step in request.steps if isinstance(step, dict)]


def _details(request: GuestRequest, detail: dict[str, Any]) -> SafeString:
    is_registered = request.guest is not None and str(detail.get("id")) == str(request.guest_id)
    lines = [
        (name.replace("_", " "), _value(request, name, value))
        for name, value in detail.items()
        if value not in LEFT_OUT and not (name == "id" and is_registered)
    ]
    return format_html_join("", '<div><span class="text-secondary">{}</span> {}</div>', lines) or format_html("")


def _value(request: GuestRequest, name: str, value: Any) -> SafeString | str:
    """Return one thing that was found out; what is in Nautobot still is a link to it."""
    given = {one.cidr: one.address for one in (request.allocation, request.allocation6) if one is not None}
    if name == "guest" and request.guest is not None and str(request.guest) == value:
        return hyperlinked_object(request.guest)
    if name in ("address", "address6") and given.get(str(value)):
        return hyperlinked_object(given[str(value)])
    return code(shown(value)) if name in ("task", "key", "id", "mac") else shown(value)
