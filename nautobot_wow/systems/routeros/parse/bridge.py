"""Bridges: their ports, the VLANs that they let through, and whom they heard.

What is configured and what is in force differ: an access port is in its VLAN only by its pvid, so that it stands in a
dynamic row (`current-untagged`), and a port that is down is in no `current` list. A port carries what either says.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..menus import BRIDGE_HOSTS, BRIDGE_PORTS, BRIDGE_VLANS, BRIDGES, Answer
from .rows import Row, rows_of
from .values import vlan_ids

ONLY_TAGGED = "admit-only-vlan-tagged"
DEFAULT_PVID = 1


@dataclass(frozen=True, kw_only=True)
class BridgePort:
    """A port of a bridge, or the bridge itself. `pvid` is the VLAN of untagged frames, 0 where it takes none."""

    interface: str
    bridge: str
    pvid: int


@dataclass(frozen=True, kw_only=True)
class Bridge:
    """A bridge. Without `filtering` it looks at no tag, and everything said of VLANs is not in force."""

    name: str
    filtering: bool
    own: BridgePort


@dataclass(frozen=True, kw_only=True)
class BridgeVlan:
    """VLANs of a bridge, as spans with both ends, and who carries them."""

    bridge: str
    spans: tuple[tuple[int, int], ...]
    tagged: frozenset[str]
    untagged: frozenset[str]
    configured: bool
    comment: str


@dataclass(frozen=True, kw_only=True)
class BridgeHost:
    """A card that a bridge heard. `is_own` where it is the bridge's or a port's own."""

    mac: str
    vid: int | None
    interface: str
    bridge: str
    is_own: bool


def parse_bridges(answers: Sequence[Answer]) -> dict[str, Bridge]:
    """Return the bridges by name."""
    found = {}
    for row in rows_of(BRIDGES, answers):
        name = row.required("name")
        own = BridgePort(interface=name, bridge=name, pvid=_pvid(row))
        found[name] = Bridge(name=name, filtering=row.flag("vlan-filtering"), own=own)
    return found


def parse_bridge_ports(answers: Sequence[Answer]) -> dict[str, BridgePort]:
    """Return the ports of bridges by interface; a port that is switched off is none."""
    found = {}
    for row in rows_of(BRIDGE_PORTS, answers):
        if not row.flag("disabled"):
            interface = row.required("interface")
            found[interface] = BridgePort(interface=interface, bridge=row.required("bridge"), pvid=_pvid(row))
    return found


def _pvid(row: Row) -> int:
    vid = row.vid("pvid")
    return 0 if row.text("frame-types") == ONLY_TAGGED else vid or DEFAULT_PVID


def parse_bridge_vlans(answers: Sequence[Answer]) -> tuple[BridgeVlan, ...]:
    """Return the VLANs of the bridges; rows that are switched off are not in force."""
    return tuple(_vlan(row) for row in rows_of(BRIDGE_VLANS, answers) if not row.flag("disabled"))


def _vlan(row: Row) -> BridgeVlan:
    try:
        spans = vlan_ids(row.text("vlan-ids"))
    except ValueError:
        raise row.error("vlan-ids", "VLANs such as 10,20-22") from None
    return BridgeVlan(
        bridge=row.required("bridge"),
        spans=spans,
        tagged=frozenset((*row.names("tagged"), *row.names("current-tagged"))),
        untagged=frozenset((*row.names("untagged"), *row.names("current-untagged"))),
        configured=not row.flag("dynamic"),
        comment=row.text("comment"),
    )


def parse_bridge_hosts(answers: Sequence[Answer]) -> tuple[BridgeHost, ...]:
    """Return the cards; rows that are switched off or of no port any more were not heard."""
    return tuple(
        BridgeHost(
            mac=row.mac("mac-address"),
            vid=row.vid("vid"),
            interface=row.text("on-interface") or row.text("interface"),
            bridge=row.text("bridge"),
            is_own=row.flag("local"),
        )
        for row in rows_of(BRIDGE_HOSTS, answers)
        if not row.flag("disabled") and not row.flag("invalid")
    )
