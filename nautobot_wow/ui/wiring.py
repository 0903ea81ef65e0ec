"""What pages show of the wires.

Way to the gateway       of guests and network profiles: machine by machine, with the port in red at which it breaks
What the machines see    of a cable: whether both ends confirm it, and by what
Ports of machines        of a VLAN: which ports carry it, with a tag or without
"""

from __future__ import annotations

from itertools import groupby
from typing import Any

from django.template import Context
from django.urls import reverse
from django.utils import timezone
from nautobot.apps.ui import Panel
from nautobot.apps.views import get_obj_from_context
from nautobot.dcim.models import CableToCableTermination, Interface

from ..app_settings import sightings_count_for
from ..wiring.cables import Standing
from ..wiring.evidence import seen_since
from ..wiring.path import Way
from ..wiring.shown import visible_ports, way_shown
from ..wiring.topology import load
from ..wiring.ways import GuestWay, Ways
from .text import ago

MOST_PORTS = 500
STANDING_COLORS = {
    Standing.CONFIRMED: "success",
    Standing.ONE_END: "info",
    Standing.CONTRADICTED: "danger",
    Standing.UNSEEN: "secondary",
}
COLORS = {"found": "success", "broken": "danger", "unknown": "warning"}
WORDS = {
    "found": "reaches its gateway",
    "broken": "does not reach its gateway",
    "unknown": "is not known all the way to its gateway",
}


class WaysPanel(Panel):
    """One chain for each way; what a way is of is said above it."""

    body_content_template_path = "nautobot_wow/ways.html"

    def should_render(self, context: Context) -> bool:
        """Tell whether there is anything to follow."""
        return super().should_render(context) and bool(self._ways(context))

    def get_extra_context(self, context: Context) -> dict[str, Any]:
        """Return the chains."""
        ways = self._ways(context)
        visible = visible_ports(context["request"].user, [way for _, way, _ in ways if way is not None])
        chains = [_chain(title, way, reason, visible) for title, way, reason in ways]
        return {**super().get_extra_context(context), "chains": chains}

    def _ways(self, context: Context) -> list[tuple[str, Way | None, str]]:
        """Return title, way and, without one, the reason: asked once for a page."""
        request = context["request"]
        if not hasattr(request, "_wow_ways"):
            request._wow_ways = self.ways_of(get_obj_from_context(context))
        return list(request._wow_ways)

    def ways_of(self, row: Any) -> list[tuple[str, Way | None, str]]:
        """Return the ways of the object of the page."""
        raise NotImplementedError


class GuestWaysPanel(WaysPanel):
    """Of a guest: a way for each address of each card."""

    def ways_of(self, row: Any) -> list[tuple[str, Way | None, str]]:
        """Return the ways of its cards."""
        return [(_title(one), one.way, one.reason) for one in Ways().of_guests([row.pk])]


class ProfileWaysPanel(WaysPanel):
    """Of a network profile: a way from each bridge of its name."""

    def ways_of(self, row: Any) -> list[tuple[str, Way | None, str]]:
        """Return the ways from the nodes."""
        return [(f"From {row.bridge} of {one.device}", one.way, "") for one in Ways().of_profile(row)]


class CablePanel(Panel):
    """Whether the machines at the ends of a cable see each other there, and since when nobody looked."""

    body_wrapper_template_path = "components/panel/body_wrapper_table.html"
    body_content_template_path = "nautobot_wow/cable_seen.html"

    def should_render(self, context: Context) -> bool:
        """Tell whether it is a cable between two ports that the reader may see."""
        return super().should_render(context) and _ends(context) is not None

    def get_extra_context(self, context: Context) -> dict[str, Any]:
        """Return how it stands, and the evidence."""
        ends = _ends(context)
        assert ends is not None
        seen = seen_since(load(), timezone.now() - sightings_count_for())
        standing, notes = seen.standing(*ends)
        rows = [(note.source, note.says, ago(note.at)) for note in notes]
        more = {"standing": standing.value, "color": STANDING_COLORS[standing], "notes": rows}
        return {**super().get_extra_context(context), **more}


def _ends(context: Context) -> tuple[Any, Any] | None:
    request, cable = context["request"], get_obj_from_context(context)
    if not hasattr(request, "_wow_ends"):
        rows = CableToCableTermination.objects.filter(cable=cable, interface__isnull=False)
        pks = list(rows.order_by("cable_end").values_list("interface_id", flat=True))
        mine = Interface.objects.restrict(request.user, "view").filter(pk__in=pks).count()
        request._wow_ends = tuple(pks) if len(pks) == 2 == mine else None
    found: tuple[Any, Any] | None = request._wow_ends
    return found


class VlanPortsPanel(Panel):
    """The ports that carry a VLAN, by device."""

    body_wrapper_template_path = "components/panel/body_wrapper_table.html"
    body_content_template_path = "nautobot_wow/vlan_ports.html"

    def should_render(self, context: Context) -> bool:
        """Tell whether any port that the reader may see carries it."""
        return super().should_render(context) and bool(self._rows(context))

    def get_extra_context(self, context: Context) -> dict[str, Any]:
        """Return device, ports without a tag, and ports with one."""
        return {**super().get_extra_context(context), "devices": self._rows(context)}

    @staticmethod
    def _rows(context: Context) -> list[tuple[Any, list[Any], list[Any]]]:
        request, vlan = context["request"], get_obj_from_context(context)
        if not hasattr(request, "_wow_vlan_ports"):
            request._wow_vlan_ports = _by_device(Interface.objects.restrict(request.user, "view"), vlan)
        return list(request._wow_vlan_ports)


def _by_device(ports: Any, vlan: Any) -> list[tuple[Any, list[Any], list[Any]]]:
    """Return the ports by device, in two queries: those without a tag, and those with one."""
    found: dict[Any, tuple[Any, list[Any], list[Any]]] = {}
    for place, about in ((1, {"untagged_vlan": vlan}), (2, {"tagged_vlans": vlan})):
        for port in ports.filter(**about).exclude(device=None).select_related("device").order_by("_name")[:MOST_PORTS]:
            found.setdefault(port.device.pk, (port.device, [], []))[place].append(port)
    return sorted(found.values(), key=lambda row: str(row[0]))


def _title(one: GuestWay) -> str:
    return f"{one.card}, {one.host}"


def _chain(title: str, way: Way | None, reason: str, visible: frozenset[Any]) -> dict[str, Any]:
    if way is None:
        return {"title": title, "word": "", "color": "secondary", "reason": reason, "boxes": []}
    seen = way_shown(way, visible)
    boxes = [_box(device, list(hops)) for device, hops in groupby(seen["hops"], key=lambda hop: hop["device"])]
    return {
        "title": title,
        "gateway": seen["gateway"],
        "word": WORDS[seen["verdict"]],
        "color": COLORS[seen["verdict"]],
        "reason": seen["reason"],
        "boxes": boxes,
    }


def _box(device: str, hops: list[dict[str, Any]]) -> dict[str, Any]:
    is_bad = any(hop["problem"] for hop in hops)
    is_open = any(hop["unknown"] for hop in hops)
    return {
        "device": device,
        "color": "danger" if is_bad else "warning" if is_open else "success",
        "ports": [_port(hop) for hop in hops],
    }


def _port(hop: dict[str, Any]) -> dict[str, Any]:
    pk = hop["interface"]
    frames = "" if pk is None else "untagged" if hop["tag"] is None else f"tagged {hop['tag']}"
    return {
        "name": hop["port"],
        "url": reverse("dcim:interface", kwargs={"pk": pk}) if pk else "",
        "frames": frames,
        "vid": hop["vid"],
        "problem": hop["problem"],
        "unknown": hop["unknown"],
    }
