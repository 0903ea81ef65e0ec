"""The panel "What each system claims" on every object that a system says something about.

Whose value is in force is shown attribute by attribute, by the rule by which runs write:

    Nautobot has now              in force is
    what the believed one says    its value; believed is the highest precedence, among equals the older claim
    what another system says      that one's value, until the believed one writes again
    what nobody says              an operator's value

A system that is not enabled, or that does not see the object any more, is not believed; what it had said before is no
operator's value all the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Exists, F, Model, OuterRef
from django.http import HttpRequest
from django.template import Context
from nautobot.apps.ui import Panel
from nautobot.apps.views import get_obj_from_context

from ..models import Claim
from .text import shown

SHOWN_CLAIMS = 10
UNKNOWN = object()
"""Stands for a value of Nautobot that cannot be read off the object itself."""


@dataclass(frozen=True, kw_only=True)
class Cell:
    """What one system says of one attribute, or last said; `differs` from what Nautobot has now, or is in force."""

    text: str
    differs: bool
    in_force: bool = False
    is_present: bool = True


@dataclass(frozen=True, kw_only=True)
class AttributeRow:
    """One attribute: what Nautobot has now, and what each system says."""

    name: str
    now: str
    cells: list[Cell]
    is_operators: bool = False
    is_anothers: bool = False


class ClaimsPanel(Panel):
    """Attribute by attribute what each system says, beside what Nautobot has.

    Several systems need the whole width of the page: of the two panels of a page `is_wide` one is for that.
    """

    is_wide = False
    body_wrapper_template_path = "components/panel/body_wrapper_table.html"
    body_content_template_path = "nautobot_wow/claims_panel.html"

    def should_render(self, context: Context) -> bool:
        """Tell whether any system says anything about the object, and whether that fits here."""
        if not super().should_render(context):
            return False
        claims = self._found(context)
        return bool(claims) and self.is_wide == (len(claims) > 1)

    def get_extra_context(self, context: Context) -> dict[str, Any]:
        """Return the claims and their attributes."""
        claims = self._found(context)
        row = get_obj_from_context(context)
        return {
            **super().get_extra_context(context),
            "claims": [(claim, is_present(claim)) for claim in claims[:SHOWN_CLAIMS]],
            "attributes": attributes(row, claims[:SHOWN_CLAIMS], claims_on(context["request"], row)),
            "more_claims": len(claims) > SHOWN_CLAIMS,
        }

    def _found(self, context: Context) -> list[Claim]:
        """Return the claims on the object that the reader may see: one query, once for a page."""
        request, row = context["request"], get_obj_from_context(context)
        return [claim for claim in claims_on(request, row) if claim.is_visible]


def claims_on(request: HttpRequest, row: Model) -> list[Claim]:
    """Return the claims on an object, the believed ones first, each with `is_visible`: one query for a page.

    Those that the reader may not see are there to tell an operator's value from another system's.
    """
    cached = getattr(request, "_wow_claims", None)
    if cached is None or cached[0] != row.pk:
        visible = Claim.objects.restrict(request.user, "view").filter(pk=OuterRef("pk"))
        claims = Claim.objects.filter(**_about(row)).select_related("system").annotate(is_visible=Exists(visible))
        believed = claims.order_by(F("system__precedence").desc(), "created", "pk")
        cached = (row.pk, sorted(believed[: SHOWN_CLAIMS + 1], key=lambda claim: not is_present(claim)))
        request._wow_claims = cached
    return list(cached[1])


def is_present(claim: Claim) -> bool:
    """Tell whether the system still says it."""
    return bool(claim.system.enabled and not claim.missed_runs and not claim.retired)


def _about(row: Model) -> dict[str, Any]:
    return {"object_type": ContentType.objects.get_for_model(row), "object_id": row.pk}


def attributes(row: Model, claims: list[Claim], every: Iterable[Claim] = ()) -> list[AttributeRow]:
    """Return a row for every attribute that any of the shown claims says something about; the believed come first.

    `every` also has the claims that are not shown.
    """
    names = sorted({name for claim in claims for name, value in claim.values.items() if value is not None})
    shown_pks = {claim.pk for claim in claims}
    hidden = [claim for claim in every if claim.pk not in shown_pks]
    return [_attribute(row, name, claims, hidden) for name in sorted(names, key=lambda name: (name != "name", name))]


def value_now(row: Any, name: str) -> Any:
    """Return what Nautobot has now, in the words in which claims are made, or UNKNOWN where that takes more queries."""
    custom = getattr(row, "_custom_field_data", {})
    if name in custom:
        return custom[name]
    if name not in READERS and name not in PLAIN or not hasattr(row, name):
        return UNKNOWN
    return READERS[name](row) if name in READERS else getattr(row, name)


def _attribute(row: Model, name: str, claims: list[Claim], hidden: list[Claim]) -> AttributeRow:
    now = value_now(row, name)
    said = [claim.values.get(name) for claim in claims]
    in_force = _in_force(said, now)
    said_elsewhere = [value for claim in hidden if (value := claim.values.get(name)) is not None]
    is_anothers = now is not UNKNOWN and any(not _differs(value, now) for value in said_elsewhere)
    is_nobodys = now is not UNKNOWN and not in_force and not is_anothers
    return AttributeRow(
        name=name.replace("_", " "),
        now="" if now is UNKNOWN else _shown(name, now),
        cells=[_cell(name, claim, now, place in in_force) for place, claim in enumerate(claims)],
        is_operators=is_nobodys and not (name in REFILLED and now == ""),
        is_anothers=is_anothers and not in_force,
    )


def _in_force(said: list[Any], now: Any) -> set[int]:
    """Return the places of the claims whose value is in force: the first one that is met, of lists every one."""
    met = [
        place for place, value in enumerate(said) if value is not None and (now is UNKNOWN or not _differs(value, now))
    ]
    return set(met if isinstance(now, list) else met[:1])


def _cell(name: str, claim: Claim, now: Any, in_force: bool) -> Cell:
    says = claim.values.get(name)
    if says is None:
        return Cell(text="", differs=False)
    differs = now is not UNKNOWN and _differs(says, now)
    return Cell(text=_shown(name, says), differs=differs, in_force=in_force, is_present=is_present(claim))


def _shown(name: str, value: Any) -> str:
    """Return a value as people read it: the VLAN 0 is how a claim says that there is none."""
    return "none" if name in VIDS and not value else shown(value)


def _differs(says: Any, now: Any) -> bool:
    """Tell whether Nautobot has something else. Of a list it may have more: other systems and people add to it."""
    if isinstance(says, list) and isinstance(now, list):
        return any(item not in now for item in says)
    return shown(says) != shown(now)


def _named(field: str) -> Any:
    return lambda row: str(getattr(row, field, None) or "")


def _named_port(field: str) -> Any:
    """Read an interface by its name; a network profile names its bridge itself."""
    return lambda row: str(getattr(port, "name", port)) if (port := getattr(row, field, None)) else ""


def _host(field: str) -> Any:
    return lambda row: str(address.host) if (address := getattr(row, field, None)) else ""


def _vid(field: str) -> Any:
    return lambda row: vlan.vid if (vlan := getattr(row, field, None)) else 0


VIDS = frozenset({"vlan", "untagged_vlan"})
PLAIN = frozenset(
    {
        "name", "label", "serial", "part_id", "asset_tag", "vid", "vcpus", "memory", "disk", "comments", "description",
        "enabled", "discovered", "mtu", "mode", "type", "mask_length", "dns_name", "speed", "duplex",
        "u_height", "desc_units", "part_number", "is_full_depth", "mgmt_only", "default_user", "source", "guest_type",
        "bridge", "gateway", "search_domain", "restricted", "is_default",
    }
)  # fmt: skip
READERS = {
    "status": _named("status"),
    "cluster": _named("cluster"),
    "role": _named("role"),
    "face": _named("face"),
    "subdevice_role": _named("subdevice_role"),
    "color": _named("color"),
    "position": lambda row: row.position or 0,
    "platform": _named("platform"),
    "manufacturer": _named("manufacturer"),
    "software_version": lambda row: row.software_version.version if row.software_version else "",
    "primary_ip4": _host("primary_ip4"),
    "primary_ip6": _host("primary_ip6"),
    "mac_address": lambda row: str(row.mac_address or "").upper(),
    "untagged_vlan": _vid("untagged_vlan"),
    "vlan": _vid("vlan"),
    "lag": _named_port("lag"),
    "bridge": _named_port("bridge"),
    "parent_interface": _named_port("parent_interface"),
    "tagged_vlans": lambda row: sorted(vlan.vid for vlan in row.tagged_vlans.all()),
    "locations": lambda row: sorted(place.name for place in row.locations.all()),
    "tags": lambda row: sorted(tag.name for tag in row.tags.all()),
}
REFILLED = frozenset({"primary_ip4", "primary_ip6"})
"""What Nautobot blanks by itself: a blank there is nobody's decision."""
