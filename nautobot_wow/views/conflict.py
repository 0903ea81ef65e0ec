"""The pages of Conflicts: who says what, and a person's answer to it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.template import Context
from nautobot.apps.choices import ButtonActionColorChoices
from nautobot.apps.templatetags import hyperlinked_object, placeholder
from nautobot.apps.ui import (
    Button,
    DataTablePanel,
    KeyValueTablePanel,
    ObjectDetailContent,
    ObjectFieldsPanel,
    PostButton,
    SectionChoices,
)
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
from ..conflicts.registry import RULES
from ..errors import NotAllowed, Unusable
from ..filters import ConflictFilterSet
from ..forms import ConflictAcknowledgeForm, ConflictBulkEditForm, ConflictFilterForm, ConflictForm
from ..models import Conflict
from ..tables import ConflictTable
from ..ui.conflicts import groups
from ..ui.cures import AdoptButton, EditButton, MoveButton
from ..ui.text import ago, ago_or_nothing, ago_text, choice_badge, shown
from ..ui.who_has import who_has_button
from ..wiring.connect import can_connect, connect


class StateButton(PostButton):
    """Changes the state; only shown where that would change anything."""

    hidden_in: tuple[str, ...] = ()

    def should_render(self, context: Context) -> bool:
        """Tell whether the button does anything, for this user."""
        return super().should_render(context) and get_obj_from_context(context).state not in self.hidden_in


class AcknowledgeButton(Button):
    """Leads to the page that asks why it may stay, and until when; only while it is open."""

    def should_render(self, context: Context) -> bool:
        """Tell whether there is something to acknowledge, for this user."""
        return super().should_render(context) and get_obj_from_context(context).state == ConflictState.OPEN


class ConnectButton(PostButton):
    """Writes the proposed cable down; only shown where one is proposed."""

    def should_render(self, context: Context) -> bool:
        """Tell whether there is something to connect, for this user."""
        return super().should_render(context) and can_connect(get_obj_from_context(context))


class AnswerPanel(ObjectFieldsPanel):
    """Who acknowledged it, why and until when."""

    def should_render(self, context: Context) -> bool:
        """Tell whether somebody did."""
        return super().should_render(context) and get_obj_from_context(context).state == ConflictState.ACKNOWLEDGED


class MeaningPanel(KeyValueTablePanel):
    """What a rule means by it, and what to do about it."""

    def should_render(self, context: Context) -> bool:
        """Tell whether there is anything to say."""
        return super().should_render(context) and bool(self.get_data(context))

    def get_data(self, context: Context) -> dict[str, Any]:
        """Return the rule's explanation, and the cure."""
        conflict: Conflict = get_obj_from_context(context)
        rule = RULES.get(conflict.kind)
        data = {"It means": rule.explanation if rule else "", "What to do": conflict.cure}
        return {name: text for name, text in data.items() if text}

    def render_key(self, key: str, value: Any, context: Context) -> str:
        """Return the key as it is."""
        return key


class HistoryPanel(DataTablePanel):
    """What became of it, the latest first."""

    def should_render(self, context: Context) -> bool:
        """Tell whether anything did."""
        return super().should_render(context) and bool(get_obj_from_context(context).history)

    def get_extra_context(self, context: Context) -> dict[str, Any]:
        """Return the rows of the table."""
        lines = reversed([line for line in get_obj_from_context(context).history if isinstance(line, dict)])
        return {**super().get_extra_context(context), "data": [_told(line) for line in lines]}


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


def _told(line: dict[str, Any]) -> dict[str, Any]:
    texts = {name: str(line.get(name, "")) for name in ("what", "by", "why")}
    return {**texts, "at": ago_text(line.get("at"))}


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
                    "prefix",
                    "location",
                    "first_seen",
                    "last_found",
                    "times_opened",
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
            MeaningPanel(weight=200, section=SectionChoices.LEFT_HALF, label="What it means, and what to do"),
            AnswerPanel(
                weight=50,
                section=SectionChoices.RIGHT_HALF,
                label="Acknowledged",
                fields=["reason", "acknowledged_by", "acknowledged_at", "acknowledged_until"],
                key_transforms={
                    "acknowledged_by": "By",
                    "acknowledged_at": "When",
                    "acknowledged_until": "Until",
                },
                value_transforms={"acknowledged_at": [ago]},
            ),
            HistoryPanel(
                weight=200,
                section=SectionChoices.RIGHT_HALF,
                label="History",
                context_data_key="data",
                columns=["what", "by", "why", "at"],
                column_headers=["What", "Who", "Why", "When"],
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
            MoveButton(
                weight=50,
                label="Move the guest",
                icon="mdi-transit-connection-variant",
                color=ButtonActionColorChoices.RUN,
                required_permissions=["extras.run_job"],
            ),
            AdoptButton(weight=60, label="Write it down", icon="mdi-plus-thick", color=ButtonActionColorChoices.ADD),
            ConnectButton(
                weight=65,
                label="Connect",
                icon="mdi-ethernet-cable",
                color=ButtonActionColorChoices.ADD,
                link_name="plugins:nautobot_wow:conflict_connect",
                required_permissions=["dcim.add_cable"],
            ),
            EditButton(weight=70, label="Correct the object", icon="mdi-pencil", color=ButtonActionColorChoices.EDIT),
            who_has_button(weight=80),
            AcknowledgeButton(
                weight=100,
                label="Acknowledge",
                icon="mdi-check",
                color=ButtonActionColorChoices.INFO,
                link_name="plugins:nautobot_wow:conflict_acknowledge",
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

    def get_extra_context(self, request: HttpRequest, instance: Conflict | None = None) -> dict[str, Any]:
        """Return what is open by sort, above the list."""
        more = {"conflict_groups": groups(request)} if self.action == "list" else {}
        return {**super().get_extra_context(request, instance), **more}

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Refuse a GET where only POST is meant; routed actions replace this method on their instance."""
        return HttpResponseNotAllowed(["POST"])

    @action(detail=True, methods=["get", "post"], custom_view_base_action="change")
    def acknowledge(self, request: HttpRequest, pk: str | None = None) -> HttpResponse:
        """Ask why it may stay and until when; a POST notes it."""
        conflict = self.get_object()
        conflict.state = ConflictState.ACKNOWLEDGED
        form = ConflictAcknowledgeForm(request.POST or None, instance=conflict)
        if request.method == "POST" and form.is_valid():
            form.save()
            messages.success(request, f"{conflict} is acknowledged now.")
            return redirect(conflict.get_absolute_url())
        context = {
            "title": "Acknowledge this conflict?",
            "conflict": conflict,
            "form": form,
            "return_url": conflict.get_absolute_url(),
            "card_class": "info",
            "button_class": "primary",
        }
        return render(request, "nautobot_wow/conflict_acknowledge.html", context)

    @action(detail=True, methods=["post"], custom_view_base_action="change")
    def reopen(self, request: HttpRequest, pk: str | None = None) -> HttpResponse:
        """Open it again."""
        return self._answer(request, ConflictState.OPEN)

    @action(detail=True, methods=["post"], custom_view_base_action="view")
    def connect(self, request: HttpRequest, pk: str | None = None) -> HttpResponse:
        """Write down the cable that it proposes."""
        conflict = self.get_object()
        try:
            cable = connect(conflict, request.user)
        except (NotAllowed, Unusable) as reason:
            messages.error(request, f"{reason}.")
        else:
            messages.success(request, f"{cable} is written down now.")
        return redirect(conflict.get_absolute_url())

    def _answer(self, request: HttpRequest, state: str) -> HttpResponse:
        conflict = self.get_object()
        conflict.state = state
        conflict.validated_save()
        messages.success(request, f"{conflict} is {state} now.")
        return redirect(conflict.get_absolute_url())
