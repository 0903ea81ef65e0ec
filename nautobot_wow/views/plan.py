"""The pages of Plans; read-only, with the way to approve one."""

from __future__ import annotations

from nautobot.apps.choices import ButtonActionColorChoices
from nautobot.apps.ui import ObjectDetailContent, ObjectFieldsPanel, SectionChoices
from nautobot.apps.views import ObjectDetailViewMixin, ObjectListViewMixin

from ..api.serializers import PlanSerializer
from ..choices import PlanState
from ..filters import PlanFilterSet
from ..forms import PlanFilterForm
from ..models import Plan
from ..tables import PlanTable
from ..ui.changes import ChangesPanel, NotesPanel, SummaryPanel
from ..ui.jobs import ApproveButton
from ..ui.text import ago, ago_or_nothing, choice_badge, code, shown_or_nothing


class PlanUIViewSet(ObjectDetailViewMixin, ObjectListViewMixin):
    """List and detail of Plans."""

    queryset = Plan.objects.all()
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
                    "state",
                    "refused",
                    "digest",
                    "created",
                    "requested_by",
                    "expires",
                    "applied_at",
                    "applied_by",
                    "job_result",
                ],
                hide_if_unset=("applied_by",),
                value_transforms={
                    "state": [lambda value: choice_badge(PlanState, value)],
                    "digest": [code],
                    "created": [ago],
                    "refused": [shown_or_nothing],
                    "applied_at": [ago_or_nothing],
                },
            ),
            SummaryPanel(weight=100, section=SectionChoices.RIGHT_HALF, label="Summary"),
            NotesPanel(weight=200, section=SectionChoices.RIGHT_HALF, label="Notes"),
            ChangesPanel(weight=100, section=SectionChoices.FULL_WIDTH, label="Changes"),
        ],
        extra_buttons=[
            ApproveButton(
                weight=100,
                label="Apply this plan",
                icon="mdi-check-decagram-outline",
                color=ButtonActionColorChoices.RUN,
                required_permissions=["extras.run_job", "nautobot_wow.apply_system"],
            ),
        ],
    )
