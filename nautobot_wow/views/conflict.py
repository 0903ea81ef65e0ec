"""The pages of Conflicts: who says what, and a person's answer to it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template import Context
from nautobot.apps.choices import ButtonActionColorChoices
from nautobot.apps.templatetags import hyperlinked_object, placeholder
from nautobot.apps.ui import DataTablePanel, ObjectDetailContent, ObjectFieldsPanel, PostButton, SectionChoices
from nautobot.apps.views import (
    ObjectBulkUpdateViewMixin,
    ObjectChangeLogViewMixin,
    ObjectDetailViewMixin,
    ObjectEditViewMixin,
    ObjectListViewMixin,
    ObjectNotesViewMixin,
    get_obj_from_context,
)
from rest_framework.decorators import action

from ..api.serializers import ConflictSerializer
from ..choices import ConflictState, Severity
from ..filters import ConflictFilterSet
from ..forms import ConflictBulkEditForm, ConflictFilterForm, ConflictForm
from ..models import Conflict
from ..tables import ConflictTable
from ..ui.text import ago, ago_or_nothing, ago_text, choice_badge, shown


class StateButton(PostButton):
    """Changes the state; only shown where that would change anything."""

    hidden_in: tuple[str, ...] = ()

    def should_render(self, context: Context) -> bool:
        """Tell whether the button does anything, for this user."""
        return super().should_render(context) and get_obj_from_context(context).state not in self.hidden_in


class EvidencePanel(DataTablePanel):
    """What each side says."""

    def get_extra_context(self, context: Context) -> dict[str, Any]:
        """Return the rows of the table."""
        return {**super().get_extra_context(context), "data": self._rows(get_obj_from_context(context))}

    def _rows(self, conflict: Conflict) -> list[dict[str, Any]]:
        return [
            {"source": shown(row.get("source")), "says": shown(row.get("says")), "at": ago_text(row.get("at"))}
            for row in conflict.evidence
            if isinstance(row, dict)
        ]


class ConflictUIViewSet(
    ObjectDetailViewMixin,
    ObjectListViewMixin,
    ObjectEditViewMixin,
    ObjectBulkUpdateViewMixin,
    ObjectChangeLogViewMixin,
    ObjectNotesViewMixin,
):
    """List, detail and state of Conflicts; runs find and resolve them, nobody adds or deletes one."""

    queryset = Conflict.objects.all()
    serializer_class = ConflictSerializer
    filterset_class = ConflictFilterSet
    filterset_form_class = ConflictFilterForm
    update_form_class = ConflictForm
    bulk_update_form_class = ConflictBulkEditForm
    table_class = ConflictTable
    action_buttons = ("export",)

    object_detail_content = ObjectDetailContent(
        panels=[
            ObjectFieldsPanel(
                weight=100,
                section=SectionChoices.LEFT_HALF,
                label="Conflict",
                fields=[
                    "title",
                    "severity",
                    "state",
                    "kind",
                    "message",
                    "system",
                    "object",
                    "first_seen",
                    "last_found",
                    "resolved_at",
                ],
                key_transforms={"last_found": "Last found"},
                value_transforms={
                    "severity": [lambda value: choice_badge(Severity, value)],
                    "state": [lambda value: choice_badge(ConflictState, value)],
                    "object": [hyperlinked_object, placeholder],
                    "first_seen": [ago],
                    "last_found": [ago],
                    "resolved_at": [ago_or_nothing],
                },
            ),
            EvidencePanel(
                weight=100,
                section=SectionChoices.RIGHT_HALF,
                label="Evidence",
                context_data_key="evidence",
                columns=["source", "says", "at"],
                column_headers=["Who", "Says", "When"],
            ),
        ],
        extra_buttons=[
            StateButton(
                weight=100,
                label="Acknowledge",
                icon="mdi-check",
                color=ButtonActionColorChoices.INFO,
                link_name="plugins:nautobot_wow:conflict_acknowledge",
                hidden_in=(ConflictState.ACKNOWLEDGED, ConflictState.RESOLVED),
                required_permissions=["nautobot_wow.change_conflict"],
            ),
            StateButton(
                weight=200,
                label="Reopen",
                icon="mdi-restore",
                color=ButtonActionColorChoices.EDIT,
                link_name="plugins:nautobot_wow:conflict_reopen",
                hidden_in=(ConflictState.OPEN,),
                required_permissions=["nautobot_wow.change_conflict"],
            ),
        ],
    )

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Refuse a GET where only POST is meant; routed actions replace this method on their instance."""
        return HttpResponseNotAllowed(["POST"])

    @action(detail=True, methods=["post"], custom_view_base_action="change")
    def acknowledge(self, request: HttpRequest, pk: str | None = None) -> HttpResponse:
        """Note that a person has seen it and that it may stay."""
        return self._answer(request, ConflictState.ACKNOWLEDGED)

    @action(detail=True, methods=["post"], custom_view_base_action="change")
    def reopen(self, request: HttpRequest, pk: str | None = None) -> HttpResponse:
        """Open it again."""
        return self._answer(request, ConflictState.OPEN)

    def _answer(self, request: HttpRequest, state: str) -> HttpResponse:
        conflict = self.get_object()
        conflict.state = state
        conflict.validated_save()
        messages.success(request, f"{conflict} is {state} now.")
        return redirect(conflict.get_absolute_url())
