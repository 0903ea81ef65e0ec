"""The pages of guest requests: what was asked, how far it is, and every step that was taken or undone."""

from __future__ import annotations

from typing import Any

from django.template import Context
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from nautobot.apps.templatetags import hyperlinked_object, placeholder
from nautobot.apps.ui import Button, DataTablePanel, ObjectDetailContent, ObjectFieldsPanel, SectionChoices
from nautobot.apps.views import (
    ObjectChangeLogViewMixin,
    ObjectDetailViewMixin,
    ObjectListViewMixin,
    ObjectNotesViewMixin,
    get_obj_from_context,
)

from ..api.serializers import GuestRequestSerializer
from ..choices import RequestAction, RequestStage, StepState
from ..filters import GuestRequestFilterSet
from ..forms import GuestRequestFilterForm
from ..models import GuestRequest
from ..tables import GuestRequestTable
from ..ui.text import ago, ago_or_nothing, ago_text, choice_badge, shown, shown_or_nothing

CARRY_OUT = "nautobot_wow.jobs.provision.CarryOutRequest"


class StepsPanel(DataTablePanel):
    """The steps in their order: what became of each, when, and what it found out."""

    def get_extra_context(self, context: Context) -> dict[str, Any]:
        """Return the rows of the table."""
        return {**super().get_extra_context(context), "data": self._rows(get_obj_from_context(context))}

    def _rows(self, request: GuestRequest) -> list[dict[str, Any]]:
        return [
            {
                "step": shown(row.get("name")),
                "state": choice_badge(StepState, str(row.get("state", ""))),
                "when": ago_text(row.get("at")),
                "detail": _details(row.get("detail") or {}),
            }
            for row in request.steps
            if isinstance(row, dict)
        ]


class GoOnButton(Button):
    """Leads to the Job that goes on with a request that is not over."""

    def should_render(self, context: Context) -> bool:
        """Tell whether there is something left to do."""
        request = get_obj_from_context(context)
        is_open = not request.is_over and request.stage != RequestStage.WAITING
        return super().should_render(context) and is_open

    def get_link(self, context: Context) -> str:
        """Return the run page with the request filled in."""
        page = reverse("extras:job_run_by_class_path", kwargs={"class_path": CARRY_OUT})
        return f"{page}?request={get_obj_from_context(context).pk}"


class GuestRequestUIViewSet(
    ObjectDetailViewMixin,
    ObjectListViewMixin,
    ObjectChangeLogViewMixin,
    ObjectNotesViewMixin,
):
    """List and detail of guest requests; they are made by Jobs and REST."""

    queryset = GuestRequest.objects.select_related("system", "profile", "allocation", "guest")
    serializer_class = GuestRequestSerializer
    filterset_class = GuestRequestFilterSet
    filterset_form_class = GuestRequestFilterForm
    table_class = GuestRequestTable
    action_buttons = ("export",)

    object_detail_content = ObjectDetailContent(
        panels=[
            ObjectFieldsPanel(
                weight=100,
                section=SectionChoices.LEFT_HALF,
                label="Asked for",
                fields=[
                    "action",
                    "name",
                    "system",
                    "profile",
                    "size",
                    "image",
                    "node",
                    "application_list",
                    "snapshot_policy",
                    "wait_for",
                    "backup_storage",
                    "justification",
                    "requested_by",
                    "created",
                    "key",
                ],
                hide_if_unset=("profile", "size", "image", "node", "backup_storage"),
                value_transforms={
                    "action": [lambda value: dict(RequestAction.CHOICES).get(value, value)],
                    "application_list": [shown],
                    "justification": [shown_or_nothing],
                    "created": [ago],
                },
            ),
            ObjectFieldsPanel(
                weight=100,
                section=SectionChoices.RIGHT_HALF,
                label="How far it is",
                fields=["stage", "allocation", "vmid", "mac", "target_node", "guest", "error", "attempts", "finished"],
                hide_if_unset=("mac", "target_node"),
                value_transforms={
                    "stage": [lambda value: choice_badge(RequestStage, value)],
                    "guest": [hyperlinked_object, placeholder],
                    "error": [shown_or_nothing],
                    "finished": [ago_or_nothing],
                },
            ),
            StepsPanel(
                weight=100,
                section=SectionChoices.FULL_WIDTH,
                label="Steps",
                columns=["step", "state", "when", "detail"],
                column_headers=["Step", "State", "When", "Found out"],
                context_data_key="data",
            ),
        ],
        extra_buttons=[
            GoOnButton(weight=100, label="Go on", icon="mdi-play", required_permissions=["extras.run_job"]),
        ],
    )


def _details(detail: dict[str, Any]) -> SafeString:
    lines = [(name.replace("_", " "), shown(value)) for name, value in detail.items() if value not in ("", None, [])]
    return format_html_join("", '<div><span class="text-secondary">{}</span> {}</div>', lines) or format_html("")
