"""The button that leads from an address, a sighting or a conflict to the page that says who has it."""

from __future__ import annotations

from typing import Any

from django.template import Context
from django.urls import reverse
from django.utils.http import urlencode
from nautobot.apps.choices import ButtonActionColorChoices
from nautobot.apps.ui import Button
from nautobot.apps.views import get_obj_from_context
from nautobot.ipam.models import IPAddress


class WhoHasButton(Button):
    """Asks who has what the page is about; only where that is an address or a card."""

    def should_render(self, context: Context) -> bool:
        """Tell whether there is anything to ask for, and the reader may see sightings."""
        return super().should_render(context) and bool(_asked(get_obj_from_context(context)).get("q"))

    def get_link(self, context: Context) -> str:
        """Return the page with its answer."""
        return who_has_url(**_asked(get_obj_from_context(context)))


def who_has_button(weight: int = 400) -> WhoHasButton:
    """Return the button for a page."""
    return WhoHasButton(
        weight=weight,
        label="Who has it?",
        icon="mdi-account-question",
        color=ButtonActionColorChoices.INFO,
        required_permissions=["nautobot_wow.view_sighting"],
    )


def who_has_url(**asked: Any) -> str:
    """Return the address of the page with an answer."""
    return f"{reverse('plugins:nautobot_wow:who_has')}?{urlencode(asked)}"


def _asked(row: Any) -> dict[str, Any]:
    if isinstance(row, IPAddress):
        return {"q": row.host, "namespace": row.parent.namespace_id}
    asked = {"q": getattr(row, "host", None) or getattr(row, "mac", "")}
    prefix = getattr(row, "prefix", None)
    namespace = prefix.namespace_id if prefix is not None else getattr(row, "namespace_id", None)
    return {**asked, "namespace": namespace} if namespace else asked
