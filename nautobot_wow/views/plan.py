"""The pages of Plans: what a run would do, and the way to have exactly that done."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from nautobot.apps.choices import ButtonActionColorChoices
from nautobot.apps.ui import ObjectDetailContent, ObjectFieldsPanel, SectionChoices
from nautobot.apps.views import ObjectDetailViewMixin, ObjectListViewMixin
from rest_framework.decorators import action

from ..api.serializers import PlanSerializer
from ..choices import PlanState
from ..filters import PlanFilterSet
from ..forms import PlanFilterForm
from ..models import Plan
from ..tables import PlanTable
from ..ui.approval import ApprovalPanel
from ..ui.changes import ChangesPanel, NotesPanel, SummaryPanel, counts
from ..ui.jobs import ApplyButton, lead_to, refused
from ..ui.start import NotStarted, apply_plan, demand
from ..ui.text import ago, choice_badge, code, shown_or_nothing


class PlanUIViewSet(ObjectDetailViewMixin, ObjectListViewMixin):
    """List and detail of Plans, and applying one."""

    queryset = Plan.objects.select_related("system", "job_result__job_model", "requested_by", "applied_by")
    serializer_class = PlanSerializer
    filterset_class = PlanFilterSet
    filterset_form_class = PlanFilterForm
    table_class = PlanTable
    action_buttons = ("export",)

    object_detail_content = ObjectDetailContent(
        panels=[
            ObjectFieldsPanel(
                weight=100,
                section=SectionChoices.LEFT_HALF,
                label="Plan",
                fields=[
                    "system",
                    "direction",
                    "state",
                    "only",
                    "refused",
                    "digest",
                    "created",
                    "requested_by",
                    "job_result",
                ],
                key_transforms={"only": "Limited to", "job_result": "Made by", "refused": "Why it was refused"},
                value_transforms={
                    "state": [lambda value: choice_badge(PlanState, value)],
                    "only": [shown_or_nothing],
                    "digest": [code],
                    "created": [ago],
                    "refused": [shown_or_nothing],
                },
            ),
            ApprovalPanel(weight=200, section=SectionChoices.LEFT_HALF, label="Approval"),
            SummaryPanel(weight=100, section=SectionChoices.RIGHT_HALF, label="Summary"),
            NotesPanel(weight=200, section=SectionChoices.RIGHT_HALF, label="Notes"),
            ChangesPanel(weight=100, section=SectionChoices.FULL_WIDTH, label="Changes"),
        ],
        extra_buttons=[
            ApplyButton(
                weight=100,
                label="Apply this plan",
                icon="mdi-check-decagram-outline",
                color=ButtonActionColorChoices.RUN,
                link_name="plugins:nautobot_wow:plan_apply",
                required_permissions=["extras.run_job", "nautobot_wow.apply_system"],
            ),
        ],
    )

    @action(
        detail=True,
        methods=["get", "post"],
        custom_view_base_action="view",
        custom_view_additional_permissions=["extras.run_job", "nautobot_wow.apply_system"],
    )
    def apply(self, request: HttpRequest, pk: str | None = None) -> HttpResponse:
        """Ask whether to apply the plan; a POST does, and leads to the result."""
        plan: Plan = self.get_object()
        try:
            if request.method == "POST":
                return lead_to(request, apply_plan(request.user, plan))
            return self._ask(request, plan)
        except NotStarted as reason:
            return refused(request, reason, plan)

    def _ask(self, request: HttpRequest, plan: Plan) -> HttpResponse:
        demand(request.user, "apply", plan.system)
        if not plan.approvable:
            raise NotStarted(f"This plan cannot be applied: it {plan.why_not}.", 409)
        context: dict[str, Any] = {
            "title": "Apply this plan?",
            "plan": plan,
            "counts": counts(plan),
            "return_url": plan.get_absolute_url(),
            "card_class": "warning" if plan.refused else "info",
            "button_class": "warning" if plan.refused else "primary",
        }
        return render(request, "nautobot_wow/plan_apply.html", context)
