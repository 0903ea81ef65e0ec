"""The panel "What each system claims" on every object that a system says something about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.template import Context
from django.utils.safestring import SafeString
from nautobot.apps.ui import Panel
from nautobot.apps.views import get_obj_from_context

from ..choices import ConflictState, Severity
from ..models import Claim, Conflict
from .text import choice_badge, shown

SHOWN_CLAIMS = 10
SHOWN_CONFLICTS = 10
UNKNOWN = object()
"""Stands for a value of Nautobot that cannot be read off the object itself."""


@dataclass(frozen=True, kw_only=True)
class Cell:
    """What one system says of one attribute; `differs` from what Nautobot has now."""

    text: str
    differs: bool


@dataclass(frozen=True, kw_only=True)
class AttributeRow:
    """One attribute: what Nautobot has now, and what each system says."""

    name: str
    now: str
    cells: list[Cell]


class ClaimsPanel(Panel):
    """Attribute by attribute what each system says, beside what Nautobot has; and the open conflicts of the object."""

    body_wrapper_template_path = "components/panel/body_wrapper_table.html"
    body_content_template_path = "nautobot_wow/claims_panel.html"

    def should_render(self, context: Context) -> bool:
        """Tell whether any system says anything about the object."""
        return super().should_render(context) and any(self._found(context))

    def get_extra_context(self, context: Context) -> dict[str, Any]:
        """Return the claims, their attributes and the conflicts."""
        claims, conflicts = self._found(context)
        return {
            **super().get_extra_context(context),
            "claims": claims[:SHOWN_CLAIMS],
            "attributes": attributes(get_obj_from_context(context), claims[:SHOWN_CLAIMS]),
            "more_claims": len(claims) > SHOWN_CLAIMS,
            "conflicts": [(conflict, severity_badge(conflict)) for conflict in conflicts],
        }

    def _found(self, context: Context) -> tuple[list[Claim], list[Conflict]]:
        """Return claims and open conflicts of the object: two queries, once for a page."""
        request, row = context["request"], get_obj_from_context(context)
        cached = getattr(request, "_wow_claims", None)
        if cached is None or cached[0] != row.pk:
            about = {"object_type": ContentType.objects.get_for_model(row), "object_id": row.pk}
            claims = Claim.objects.restrict(request.user, "view").filter(**about).select_related("system")
            conflicts = Conflict.objects.restrict(request.user, "view").filter(**about, state=ConflictState.OPEN)
            cached = (row.pk, (list(claims[: SHOWN_CLAIMS + 1]), list(conflicts[:SHOWN_CONFLICTS])))
            request._wow_claims = cached
        return cached[1]


def attributes(row: Model, claims: list[Claim]) -> list[AttributeRow]:
    """Return a row for every attribute that any system says something about."""
    names = sorted({name for claim in claims for name, value in claim.values.items() if value is not None})
    return [_attribute(row, name, claims) for name in names]


def severity_badge(conflict: Conflict) -> SafeString:
    """Return the badge of the severity of a conflict."""
    return choice_badge(Severity, conflict.severity)


def value_now(row: Any, name: str) -> Any:
    """Return what Nautobot has now, in the words in which claims are made, or UNKNOWN where that takes more queries."""
    custom = getattr(row, "_custom_field_data", {})
    if name in custom:
        return custom[name]
    if name not in READERS and name not in PLAIN or not hasattr(row, name):
        return UNKNOWN
    return READERS[name](row) if name in READERS else getattr(row, name)


def _attribute(row: Model, name: str, claims: list[Claim]) -> AttributeRow:
    now = value_now(row, name)
    return AttributeRow(
        name=name.replace("_", " "),
        now="" if now is UNKNOWN else shown(now),
        cells=[_cell(claim.values.get(name), now) for claim in claims],
    )


def _cell(says: Any, now: Any) -> Cell:
    if says is None:
        return Cell(text="", differs=False)
    return Cell(text=shown(says), differs=now is not UNKNOWN and _differs(says, now))


def _differs(says: Any, now: Any) -> bool:
    """Tell whether Nautobot has something else. Of a list it may have more: other systems and people add to it."""
    if isinstance(says, list) and isinstance(now, list):
        return any(item not in now for item in says)
    return shown(says) != shown(now)


def _named(field: str) -> Any:
    return lambda row: str(getattr(row, field, None) or "")


def _host(field: str) -> Any:
    return lambda row: str(address.host) if (address := getattr(row, field, None)) else ""


PLAIN = frozenset(
    {"name", "vcpus", "memory", "disk", "comments", "description", "enabled", "mtu", "mode", "type", "mask_length"}
)
READERS = {
    "status": _named("status"),
    "platform": _named("platform"),
    "software_version": lambda row: row.software_version.version if row.software_version else "",
    "primary_ip4": _host("primary_ip4"),
    "primary_ip6": _host("primary_ip6"),
    "mac_address": lambda row: str(row.mac_address or "").upper(),
    "untagged_vlan": lambda row: row.untagged_vlan.vid if row.untagged_vlan else 0,
    "tags": lambda row: sorted(tag.name for tag in row.tags.all()),
}
