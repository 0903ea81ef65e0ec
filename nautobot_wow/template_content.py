"""What the app adds to the pages of Nautobot's own objects."""

from __future__ import annotations

from typing import Any

from nautobot.apps.choices import ButtonActionColorChoices
from nautobot.apps.ui import SectionChoices, TemplateExtension

from .records import Kind
from .tables import AllocationTable, GuestRequestTable
from .ui.addresses import AllocationsOfPrefixPanel, GivenOutPanel, WhyPanel
from .ui.claims import ClaimsPanel
from .ui.conflicts import ConflictsPanel
from .ui.connection import TestResultPanel
from .ui.guests import DECOMMISSION_JOB, MOVE_JOB, CreateOnClusterButton, GuestJobButton, RequestsPanel
from .ui.only import SyncOnlyButton
from .ui.who_has import who_has_button
from .ui.wiring import CablePanel, GuestWaysPanel, VlanPortsPanel

CLAIMED_MODELS = (
    "dcim.location",
    "dcim.rack",
    "dcim.devicetype",
    "dcim.devicebay",
    "dcim.cable",
    "ipam.vlangroup",
    "ipam.ipaddressrange",
    "nautobot_wow.networkprofile",
    "nautobot_wow.guestsize",
    "nautobot_wow.guestimage",
    "virtualization.cluster",
    "virtualization.virtualmachine",
    "virtualization.vminterface",
    "dcim.device",
    "dcim.interface",
    "dcim.inventoryitem",
    "ipam.ipaddress",
    "ipam.prefix",
    "ipam.vlan",
)
DISPUTED_MODELS = (*CLAIMED_MODELS, "ipam.ipaddressrange", "dcim.location", "dcim.rack", "nautobot_wow.networkprofile")
READ_ALONE = {"virtualization.virtualmachine": (Kind.GUEST, "guest"), "dcim.device": (Kind.DEVICE, "node")}
"""What can be synced by itself: the kind of its claim, and what people call it."""


GUEST_BUTTONS = {
    "virtualization.cluster": [
        CreateOnClusterButton(
            weight=510,
            label="Create a guest",
            icon="mdi-plus-box-outline",
            color=ButtonActionColorChoices.RUN,
            required_permissions=["extras.run_job"],
        )
    ],
    "virtualization.virtualmachine": [
        GuestJobButton(
            weight=510,
            label="Move to another network",
            icon="mdi-transit-connection-variant",
            color=ButtonActionColorChoices.RUN,
            class_path=MOVE_JOB,
            required_permissions=["extras.run_job"],
        ),
        GuestJobButton(
            weight=520,
            label="Decommission",
            icon="mdi-trash-can-outline",
            color=ButtonActionColorChoices.DELETE,
            class_path=DECOMMISSION_JOB,
            permission="nautobot_wow.destroy_guestrequest",
            required_permissions=["extras.run_job"],
        ),
    ],
}
"""What can be done with a guest, or made on a cluster."""


MORE_PANELS = {
    "virtualization.virtualmachine": [
        GuestWaysPanel(
            weight=600,
            section=SectionChoices.FULL_WIDTH,
            label="Way to the gateway",
            required_permissions=["dcim.view_interface"],
        ),
        RequestsPanel(
            weight=660,
            section=SectionChoices.FULL_WIDTH,
            table_class=GuestRequestTable,
            table_filter="guest",
            table_title="Guest requests",
            exclude_columns=["guest", "vmid"],
            add_button_route=None,
            max_display_count=10,
            required_permissions=["nautobot_wow.view_guestrequest"],
        ),
    ],
    "dcim.cable": [
        CablePanel(
            weight=600,
            section=SectionChoices.FULL_WIDTH,
            label="What the machines see",
            required_permissions=["nautobot_wow.view_sighting"],
        )
    ],
    "ipam.vlan": [
        VlanPortsPanel(
            weight=600,
            section=SectionChoices.FULL_WIDTH,
            label="Ports of machines",
            required_permissions=["dcim.view_interface"],
        )
    ],
}
"""What else is shown of an object, such as what was asked for a guest, and what is on its wires."""


def _extension(model: str) -> type[TemplateExtension]:
    panels: list[Any] = [
        _panel(section=SectionChoices.RIGHT_HALF),
        _panel(section=SectionChoices.FULL_WIDTH, is_wide=True),
    ]
    panels.extend(MORE_PANELS.get(model, ()))
    body: dict[str, Any] = {"model": model, "object_detail_panels": panels}
    buttons = [_button(*READ_ALONE[model])] if model in READ_ALONE else []
    body["object_detail_buttons"] = [*buttons, *GUEST_BUTTONS.get(model, ())]
    return type("ClaimsExtension", (TemplateExtension,), body)


def _panel(**more: Any) -> ClaimsPanel:
    allowed = ["nautobot_wow.view_claim"]
    return ClaimsPanel(weight=650, label="What each system claims", required_permissions=allowed, **more)


def _conflicts(model: str) -> type[TemplateExtension]:
    panel = ConflictsPanel(
        weight=90,
        section=SectionChoices.RIGHT_HALF,
        label="Conflicts",
        required_permissions=["nautobot_wow.view_conflict"],
    )
    return type("ConflictsExtension", (TemplateExtension,), {"model": model, "object_detail_panels": [panel]})


def _button(kind: Kind, noun: str) -> SyncOnlyButton:
    return SyncOnlyButton(
        weight=500,
        label=f"Sync this {noun}",
        icon="mdi-sync",
        color=ButtonActionColorChoices.RUN,
        kind=kind.value,
        required_permissions=["extras.run_job"],
    )


class TestResultExtension(TemplateExtension):
    """What a test of a connection found, as a table on the page of its JobResult."""

    __test__ = False  # its name looks like one of pytest's own

    model = "extras.jobresult"
    object_detail_panels = [TestResultPanel(weight=150, section=SectionChoices.FULL_WIDTH, label="Connection")]


class PrefixExtension(TemplateExtension):
    """What profiles give out of a prefix."""

    model = "ipam.prefix"
    object_detail_panels = [
        GivenOutPanel(
            weight=600,
            section=SectionChoices.RIGHT_HALF,
            label="Given out here",
            required_permissions=["nautobot_wow.view_networkprofile"],
        ),
        AllocationsOfPrefixPanel(
            weight=600,
            section=SectionChoices.FULL_WIDTH,
            table_class=AllocationTable,
            table_title="Allocations",
            related_field_name="prefix",
            enable_related_link=False,
            add_button_route=None,
            max_display_count=10,
            required_permissions=["nautobot_wow.view_allocation"],
        ),
    ]


class AddressExtension(TemplateExtension):
    """Who says what of an address."""

    model = "ipam.ipaddress"
    object_detail_panels = [WhyPanel(weight=600, section=SectionChoices.RIGHT_HALF, label="Who says what of it")]
    object_detail_buttons = [who_has_button()]


template_extensions = [
    *(_extension(model) for model in CLAIMED_MODELS),
    *(_conflicts(model) for model in dict.fromkeys(DISPUTED_MODELS)),
    TestResultExtension,
    PrefixExtension,
    AddressExtension,
]
