"""What the app adds to the pages of Nautobot's own objects."""

from __future__ import annotations

from nautobot.apps.ui import SectionChoices, TemplateExtension

from .ui.claims import ClaimsPanel


def _extension(model: str) -> type[TemplateExtension]:
    panel = ClaimsPanel(
        weight=650,
        section=SectionChoices.RIGHT_HALF,
        label="What each system claims",
        required_permissions=["nautobot_wow.view_claim"],
    )
    return type("ClaimsExtension", (TemplateExtension,), {"model": model, "object_detail_panels": [panel]})


CLAIMED_MODELS = (
    "virtualization.cluster",
    "virtualization.virtualmachine",
    "virtualization.vminterface",
    "dcim.device",
    "dcim.interface",
    "ipam.ipaddress",
)

template_extensions = [_extension(model) for model in CLAIMED_MODELS]
