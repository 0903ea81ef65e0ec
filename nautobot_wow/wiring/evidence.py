"""Read from Nautobot what was seen of cables lately: neighbours, MAC tables, where guests run. Three queries more."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from ..choices import SightingSource
from ..models import Sighting
from .cables import Look, Seen, newest
from .ports import Wiring

COLUMNS = ("interface_id", "mac", "name", "far_port", "seen_by", "last_seen")


def seen_since(wiring: Wiring, since: datetime) -> Seen:
    """Return what was seen since then."""
    rows = Sighting.objects.filter(last_seen__gte=since).exclude(interface=None).order_by("last_seen")
    return Seen(
        wiring=wiring,
        neighbours=newest(_looks(rows.filter(source=SightingSource.NEIGHBOUR))),
        heard=_last_heard(wiring, _looks(rows.filter(source=SightingSource.MAC_TABLE))),
        guests=_guests(wiring, rows),
    )


def _looks(rows: Any) -> list[Look]:
    return [
        Look(port=port, mac=mac.upper(), name=name, far_port=far_port, seen_by=seen_by, at=at)
        for port, mac, name, far_port, seen_by, at in rows.values_list(*COLUMNS)
    ]


def _last_heard(wiring: Wiring, looks: list[Look]) -> tuple[Look, ...]:
    """Return where each machine heard a card last: one that was plugged in elsewhere is not there any more."""
    found: dict[tuple[uuid.UUID, str], Look] = {}
    for look in looks:  # the oldest come first
        if look.port in wiring.ports:
            found[wiring.ports[look.port].device, look.mac] = look
    return tuple(found.values())


def _guests(wiring: Wiring, rows: Any) -> dict[str, uuid.UUID]:
    """Return which device runs the guest with a MAC address, as its hypervisor said last."""
    bridges = rows.filter(source=SightingSource.BRIDGE).values_list("mac", "interface_id")
    return {mac.upper(): wiring.ports[port].device for mac, port in bridges if port in wiring.ports}
