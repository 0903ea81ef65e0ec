"""The pages of Allocations: to look at; what changes them are the Job, REST, and time."""

from __future__ import annotations

from nautobot.apps.ui import ObjectDetailContent, ObjectFieldsPanel, SectionChoices
from nautobot.apps.views import ObjectDetailViewMixin, ObjectListViewMixin

from ..api.serializers import AllocationSerializer
from ..choices import AllocationState
from ..filters import AllocationFilterSet
from ..forms import AllocationFilterForm
from ..models import Allocation
from ..tables import AllocationTable, GuestRequestTable
from ..ui.guests import RequestsPanel
from ..ui.text import ago, ago_or_nothing, choice_badge, code


class AllocationUIViewSet(ObjectDetailViewMixin, ObjectListViewMixin):
    """List and detail of Allocations."""

    queryset = Allocation.objects.select_related("profile", "namespace", "address", "requested_by")
    serializer_class = AllocationSerializer
    filterset_class = AllocationFilterSet
    filterset_form_class = AllocationFilterForm
    table_class = AllocationTable
    action_buttons = ("export",)

    object_detail_content = ObjectDetailContent(
        panels=[
            ObjectFieldsPanel(
                weight=100,
                section=SectionChoices.LEFT_HALF,
                label="Allocation",
                fields=["cidr", "state", "profile", "namespace", "address", "key"],
                key_transforms={"cidr": "Address", "address": "In Nautobot"},
                value_transforms={"state": [lambda value: choice_badge(AllocationState, value)], "key": [code]},
            ),
            ObjectFieldsPanel(
                weight=100,
                section=SectionChoices.RIGHT_HALF,
                label="Who asked, and for how long",
                fields=[
                    "requested_by",
                    "purpose",
                    "justification",
                    "created",
                    "expires",
                    "released",
                    "rests_until",
                ],
                key_transforms={"created": "First given"},
                value_transforms={"created": [ago], "released": [ago_or_nothing]},
            ),
            RequestsPanel(
                weight=100,
                section=SectionChoices.FULL_WIDTH,
                about=("allocation", "allocation6"),
                table_class=GuestRequestTable,
                table_filter=["allocation", "allocation6"],
                table_title="Guest requests",
                exclude_columns=["address", "address6", "profile"],
                enable_related_link=False,
                add_button_route=None,
                required_permissions=["nautobot_wow.view_guestrequest"],
            ),
        ]
    )
