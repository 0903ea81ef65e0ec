"""What the app adds to the pages of Nautobot's own objects."""

from __future__ import annotations

from typing import Any

from nautobot.apps.choices import ButtonActionColorChoices
from nautobot.apps.ui import SectionChoices, TemplateExtension

from .records import Kind
from .ui.claims import ClaimsPanel
from .ui.connection import TestResultPanel
from .ui.only import SyncOnlyButton

CLAIMED_MODELS = (
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
READ_ALONE = {"virtualization.virtualmachine": (Kind.GUEST, "guest"), "dcim.device": (Kind.NODE, "node")}
"""What can be synced by itself: the kind of its claim, and what people call it."""


def _extension(model: str) -> type[TemplateExtension]:
    panels = [_panel(section=SectionChoices.RIGHT_HALF), _panel(section=SectionChoices.FULL_WIDTH, is_wide=True)]
    body: dict[str, Any] = {"model": model, "object_detail_panels": panels}
    if model in READ_ALONE:
        body["object_detail_buttons"] = [_button(*READ_ALONE[model])]
    return type("ClaimsExtension", (TemplateExtension,), body)


def _panel(**more: Any) -> ClaimsPanel:
    allowed = ["nautobot_wow.view_claim"]
    return ClaimsPanel(weight=650, label="What each system claims", required_permissions=allowed, **more)


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


template_extensions = [*(_extension(model) for model in CLAIMED_MODELS), TestResultExtension]
