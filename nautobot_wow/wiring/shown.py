"""A way as a person may see it: ports that the reader may not look at are not named, nor is what is wrong there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from nautobot.dcim.models import Interface

from .path import Hop, Way

HIDDEN = "a port that you may not see"


def visible_ports(user: Any, ways: Iterable[Way]) -> frozenset[Any]:
    """Return the ports on the ways that the user may see: one query."""
    pks = {hop.port.pk for way in ways for hop in way.hops}
    return frozenset(Interface.objects.restrict(user, "view").filter(pk__in=pks).values_list("pk", flat=True))


def way_shown(way: Way, visible: frozenset[Any]) -> dict[str, Any]:
    """Return verdict, reason, gateway and hops, as REST and pages show them."""
    whole = all(hop.port.pk in visible for hop in way.hops)
    reason = way.reason if whole or not way.reason else f"it ends at or behind {HIDDEN}"
    return {
        "verdict": way.verdict.value,
        "reason": reason,
        "gateway": way.gateway,
        "hops": [_hop(hop, hop.port.pk in visible) for hop in way.hops],
    }


def _hop(hop: Hop, is_visible: bool) -> dict[str, Any]:
    if not is_visible:
        return {
            "device": HIDDEN, "port": "", "interface": None, "tag": None, "vid": None, "problem": "", "unknown": "",
        }  # fmt: skip
    return {
        "device": hop.port.device_name,
        "port": hop.port.name,
        "interface": hop.port.pk,
        "tag": hop.tag,
        "vid": hop.vid,
        "problem": hop.problem,
        "unknown": hop.unknown,
    }
