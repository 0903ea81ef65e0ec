"""Read the wires from Nautobot: every port, its VLANs and cables, and who switches. Five queries, however much it is.

A device switches when its role says so ("Switch", "Core switch"), or when a port of it has a MAC table.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from django.db.models import Q
from nautobot.dcim.models import CableToCableTermination, Device, Interface

from ..choices import SightingSource
from ..models import Claim, Sighting
from ..records import Kind
from .ports import BRIDGE, LAG, PHYSICAL, VIRTUAL, Port, Wiring

KINDS = {"bridge": BRIDGE, "lag": LAG, "virtual": VIRTUAL}
NOT_PLUGGED_IN = ("Planned", "Decommissioning")
"""Statuses of cables that no frame goes through."""

COLUMNS = (
    "pk", "name", "device_id", "device__name", "type", "enabled", "mode", "untagged_vlan__vid", "mac_address",
    "lag_id", "bridge_id", "parent_interface_id",
)  # fmt: skip


def load() -> Wiring:
    """Return the wires as Nautobot has them now."""
    ports = _ports()
    return Wiring(ports=ports, far_ends=_far_ends(ports), switches=_switches())


def _ports() -> dict[uuid.UUID, Port]:
    tagged = _tagged()
    said = _said()
    rows = Interface.objects.exclude(device=None).order_by().values_list(*COLUMNS)
    return {row[0]: _port(row, tagged.get(row[0], frozenset()), row[0] in said) for row in rows}


def _port(row: tuple[Any, ...], tagged: frozenset[int], said: bool) -> Port:
    pk, name, device, device_name, type_, enabled, mode, untagged, mac, lag, bridge, parent = row
    return Port(
        pk=pk,
        name=name,
        device=device,
        device_name=device_name or "a device without a name",
        kind=KINDS.get(type_, PHYSICAL),
        enabled=enabled,
        mode=mode or "",
        untagged=untagged,
        tagged=tagged,
        said=said,
        mac=str(mac or "").upper(),
        lag=lag,
        bridge=bridge,
        parent=parent,
    )


def _tagged() -> dict[uuid.UUID, frozenset[int]]:
    found: dict[uuid.UUID, set[int]] = defaultdict(set)
    for pk, vid in Interface.tagged_vlans.through.objects.values_list("interface_id", "vlan__vid"):
        found[pk].add(vid)
    return {pk: frozenset(vids) for pk, vids in found.items()}


def _said() -> frozenset[uuid.UUID]:
    """Return the ports of which a system says which VLANs they carry, also where those are none."""
    claims = Claim.objects.filter(kind=Kind.INTERFACE.value, missed_runs=0, system__enabled=True)
    return frozenset(claims.filter(values__mode__isnull=False).order_by().values_list("object_id", flat=True))


def _far_ends(ports: Mapping[uuid.UUID, Port]) -> dict[uuid.UUID, frozenset[uuid.UUID]]:
    """Return what each port is connected with; a breakout cable connects one port with several."""
    rows = CableToCableTermination.objects.exclude(cable__status__name__in=NOT_PLUGGED_IN).exclude(interface=None)
    ends: dict[uuid.UUID, dict[str, set[uuid.UUID]]] = defaultdict(lambda: defaultdict(set))
    for cable, end, port in rows.order_by().values_list("cable_id", "cable_end", "interface_id"):
        if port in ports:
            ends[cable][end].add(port)
    found: dict[uuid.UUID, set[uuid.UUID]] = defaultdict(set)
    for sides in ends.values():
        for here, there in (("A", "B"), ("B", "A")):
            for port in sides[here]:
                found[port] |= sides[there]
    return {port: frozenset(others) for port, others in found.items() if others}


def _switches() -> frozenset[uuid.UUID]:
    tables = Sighting.objects.filter(source=SightingSource.MAC_TABLE).exclude(interface=None)
    by_table = tables.order_by().values("interface__device_id").distinct()
    devices = Device.objects.filter(Q(role__name__icontains="switch") | Q(pk__in=by_table))
    return frozenset(devices.order_by().values_list("pk", flat=True))
