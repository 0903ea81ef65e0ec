"""The pages of NetworkProfiles: where a guest is plugged in, what is given out, and how much of it is left."""

from __future__ import annotations

from django.db.models import QuerySet
from nautobot.apps.choices import ButtonActionColorChoices
from nautobot.apps.models import count_related
from nautobot.apps.ui import ObjectDetailContent, ObjectFieldsPanel, ObjectsTablePanel, SectionChoices
from nautobot.apps.views import NautobotUIViewSet

from ..api.serializers import NetworkProfileSerializer
from ..choices import AllocationState
from ..filters import NetworkProfileFilterSet
from ..forms import NetworkProfileBulkEditForm, NetworkProfileFilterForm, NetworkProfileForm
from ..models import Allocation, NetworkProfile
from ..tables import AllocationTable, GuestRequestTable, NetworkProfileTable
from ..ui.addresses import AllocateButton, StandingAllocationsPanel, UsagePanel
from ..ui.guests import CreateOnNetworkButton
from ..ui.text import shown_or_nothing
from ..ui.wiring import ProfileWaysPanel


class NetworkProfileUIViewSet(NautobotUIViewSet):
    """List, detail, add, edit and delete NetworkProfiles."""

    queryset = NetworkProfile.objects.select_related("prefix", "prefix6")
    serializer_class = NetworkProfileSerializer
    filterset_class = NetworkProfileFilterSet
    filterset_form_class = NetworkProfileFilterForm
    form_class = NetworkProfileForm
    bulk_update_form_class = NetworkProfileBulkEditForm
    table_class = NetworkProfileTable

    object_detail_content = ObjectDetailContent(
        panels=[
            ObjectFieldsPanel(
                weight=100,
                section=SectionChoices.LEFT_HALF,
                label="Network",
                fields=[
                    "name",
                    "description",
                    "prefix",
                    "gateway",
                    "prefix6",
                    "gateway6",
                    "bridge",
                    "vlan_tag",
                    "dns_servers",
                    "search_domain",
                    "ntp_servers",
                ],
                key_transforms={"vlan_tag": "VLAN tag", "dns_servers": "DNS servers", "ntp_servers": "NTP servers"},
                value_transforms={"dns_servers": [shown_or_nothing], "ntp_servers": [shown_or_nothing]},
            ),
            UsagePanel(weight=100, section=SectionChoices.RIGHT_HALF, label="What is given out"),
            ProfileWaysPanel(
                weight=300,
                section=SectionChoices.FULL_WIDTH,
                label="Way to the gateway",
                required_permissions=["dcim.view_interface"],
            ),
            ObjectFieldsPanel(
                weight=200,
                section=SectionChoices.RIGHT_HALF,
                label="Rules",
                fields=["enabled", "is_default", "restricted", "probe", "hold_minutes", "quarantine_hours"],
                key_transforms={
                    "is_default": "Default for new guests",
                    "restricted": "Wants a justification",
                    "probe": "Looks for signs of life",
                    "hold_minutes": "Unused addresses return after",
                    "quarantine_hours": "Returned addresses rest for",
                },
                value_transforms={
                    "hold_minutes": [lambda value: f"{value} minutes"],
                    "quarantine_hours": [lambda value: f"{value} hours"],
                },
            ),
            ObjectsTablePanel(
                weight=150,
                section=SectionChoices.FULL_WIDTH,
                table_class=GuestRequestTable,
                table_filter="profile",
                table_title="Latest guest requests",
                exclude_columns=["profile"],
                add_button_route=None,
                max_display_count=10,
                required_permissions=["nautobot_wow.view_guestrequest"],
            ),
            StandingAllocationsPanel(
                weight=100,
                section=SectionChoices.FULL_WIDTH,
                table_class=AllocationTable,
                table_title="Held, or resting after they were given back",
                related_field_name="profile",
                exclude_columns=["profile"],
                add_button_route=None,
                max_display_count=20,
                required_permissions=["nautobot_wow.view_allocation"],
            ),
        ],
        extra_buttons=[
            CreateOnNetworkButton(
                weight=90,
                label="Create a guest",
                icon="mdi-plus-box-outline",
                color=ButtonActionColorChoices.RUN,
                required_permissions=["extras.run_job"],
            ),
            AllocateButton(
                weight=100,
                label="Allocate an address",
                icon="mdi-ip-network-outline",
                color=ButtonActionColorChoices.RUN,
                required_permissions=["extras.run_job", "nautobot_wow.allocate_networkprofile"],
            ),
        ],
    )

    def get_queryset(self) -> QuerySet[NetworkProfile]:
        """Return the profiles; the list also counts what of each is held and used."""
        queryset = super().get_queryset()
        if self.action != "list":
            return queryset
        return queryset.annotate(
            held_count=count_related(Allocation, "profile", filter_dict={"state": AllocationState.HELD}),
            used_count=count_related(Allocation, "profile", filter_dict={"state": AllocationState.USED}),
        )
