"""Everything that a router answered, and what could not be had of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from .parse.addresses import OwnAddress
from .parse.bridge import Bridge, BridgeHost, BridgePort, BridgeVlan
from .parse.device import Resource, Routerboard
from .parse.dhcp import DhcpServer, Lease, Pool
from .parse.heard import ArpRow, NeighbourRow
from .parse.interfaces import InterfaceRow, Link, VlanInterface

ROUTER = "router"
"""The key of the Device: one System is one router, also after its hardware was replaced."""

# Interfaces that are made for a session and go with it; nobody cables them, and nobody looks for them in Nautobot.
LASTING = frozenset({"ether", "bond", "bridge", "vlan", "vrrp", "loopback"})


@dataclass(frozen=True, kw_only=True)
class Answers:
    """The answers of one reading. What is None could not be had; `unseen` says why, by scope."""

    identity: str
    resource: Resource
    board: Routerboard | None = None
    interfaces: Mapping[str, InterfaceRow] | None = None
    ethernet: Mapping[str, str] | None = None
    bonds: Mapping[str, str] | None = None
    vlan_interfaces: Mapping[str, VlanInterface] | None = None
    bridges: Mapping[str, Bridge] | None = None
    bridge_ports: Mapping[str, BridgePort] | None = None
    bridge_vlans: tuple[BridgeVlan, ...] | None = None
    links: Mapping[str, Link] = field(default_factory=dict)
    addresses: tuple[OwnAddress, ...] | None = None
    addresses6: tuple[OwnAddress, ...] | None = None
    servers: Mapping[str, DhcpServer] | None = None
    pools: Mapping[str, Pool] | None = None
    networks: tuple[Mapping[str, str], ...] = ()
    leases: tuple[Lease, ...] = ()
    arp: tuple[ArpRow, ...] = ()
    neighbours: tuple[NeighbourRow, ...] = ()
    hosts: tuple[BridgeHost, ...] = ()
    routes: tuple[Mapping[str, str], ...] = ()
    unseen: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def lasting(self) -> dict[str, InterfaceRow]:
        """Return the interfaces that stay, by name."""
        rows = (self.interfaces or {}).items()
        return {name: row for name, row in rows if not row.dynamic or row.type in LASTING}

    @cached_property
    def own(self) -> tuple[OwnAddress, ...]:
        """Return the router's own addresses that are in force and that others can reach."""
        both = (*(self.addresses or ()), *(self.addresses6 or ()))
        return tuple(one for one in both if one.enabled and one.is_of_the_network)

    @cached_property
    def own_hosts(self) -> frozenset[str]:
        """Return the hosts of the router's own addresses."""
        return frozenset(str(one.address.ip) for one in self.own)

    @cached_property
    def own_macs(self) -> frozenset[str]:
        """Return the router's own cards."""
        return frozenset(row.mac for row in (self.interfaces or {}).values() if row.mac)

    @property
    def model(self) -> str:
        """Return the product number, else what the board is called."""
        return (self.board.model if self.board else "") or self.resource.board

    def port(self, name: str) -> str:
        """Return the key of an interface, empty where there is none of that name."""
        return key_of(name) if name in self.lasting else ""

    def vid_of(self, interface: str) -> int | None:
        """Return the VLAN that a VLAN interface stands in, None where that is not known."""
        row = (self.vlan_interfaces or {}).get(interface)
        is_inner = row is not None and row.parent in (self.vlan_interfaces or {})
        return None if row is None or row.service_tag or is_inner else row.vid


def key_of(interface: str) -> str:
    """Return the key of an interface of the router."""
    return f"{ROUTER}/{interface}"
