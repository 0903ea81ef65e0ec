"""The wires of the world: boxes that forward frames, what is plugged in where, and who can be heard on which port.

    Station   somebody with a MAC address on the wire: a guest's NIC, a node's VLAN interface, a printer nobody knows
    Box       a switch or firewall with ports, and with interfaces of its own that have addresses
    Link      two ports and the cable between them

Every table of a switch or firewall is computed: a station is heard where its frames really arrive, so a VLAN that one
port on the way does not carry is missing in every table behind that port.
"""

from __future__ import annotations

import ipaddress
from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from development.lab.world import Guest, World


End = tuple[str, str]
"""A port: the name of its device, and its own."""

UNTAGGED = 1
"""The VLAN that a switch puts frames into that nothing else was said about."""


@dataclass
class BoxPort:
    """A port of a box. `native` is the VLAN of its untagged frames, None where it takes only tagged ones."""

    name: str
    mac: str
    speed_mbps: int = 1000
    media: str = "copper"
    enabled: bool = True
    description: str = ""
    native: int | None = UNTAGGED
    tagged: list[int] = field(default_factory=list)
    lag: str = ""

    def carries(self, vlan: int) -> bool:
        """Tell whether frames of the VLAN pass."""
        return self.enabled and (vlan == self.native or vlan in self.tagged)


@dataclass
class BoxInterface:
    """An interface of the box itself that has addresses: on a port, or in a VLAN of its switching part."""

    name: str
    mac: str
    vlan: int
    port: str = ""
    parent: str = ""
    addresses: list[str] = field(default_factory=list)
    description: str = ""


@dataclass
class Box:
    """A switch or firewall. `bridged` are the ports that it switches between; a firewall has none.

    `values` is what only its own system has words for: firmware, users, DHCP options.
    """

    name: str
    kind: str
    model: str
    serial: str
    version: str
    mac: str
    ports: dict[str, BoxPort] = field(default_factory=dict)
    interfaces: list[BoxInterface] = field(default_factory=list)
    vlans: dict[int, str] = field(default_factory=dict)
    bridged: bool = True
    unbridged: list[str] = field(default_factory=list)
    lldp: bool = True
    up: bool = True
    values: dict[str, Any] = field(default_factory=dict)

    def switches(self, port: str) -> bool:
        """Tell whether the box forwards frames between this port and others."""
        return self.bridged and port not in self.unbridged


@dataclass(frozen=True)
class Link:
    """A cable between two ports."""

    a: End
    b: End

    def other(self, end: End) -> End | None:
        """Return the far end, None where this is not one of its ends."""
        return {self.a: self.b, self.b: self.a}.get(end)


@dataclass(frozen=True)
class Station:
    """Somebody on the wire: where it is plugged in, the VLAN of its frames there, and the addresses it answers on."""

    name: str
    mac: str
    end: End
    vlan: int
    addresses: tuple[str, ...] = ()
    dhcp: bool = False
    hostname: str = ""


@dataclass(frozen=True)
class Heard:
    """A station as a port hears it."""

    station: Station
    port: str


@dataclass(frozen=True)
class Neighbour:
    """The box at the far end of a port, where both speak LLDP."""

    port: str
    box: Box
    far_port: BoxPort


@dataclass
class Fabric:
    """Boxes by name, links, and the stations that are neither guests nor boxes."""

    boxes: dict[str, Box] = field(default_factory=dict)
    links: list[Link] = field(default_factory=list)
    hosts: list[Station] = field(default_factory=list)

    def box(self, name: str) -> Box:
        """Return the box, or raise KeyError."""
        return self.boxes[name]

    def far(self, end: End) -> End | None:
        """Return what is plugged in at the other side, if anything."""
        return next((other for link in self.links if (other := link.other(end)) is not None), None)

    def is_up(self, box: Box, port: BoxPort) -> bool:
        """Tell whether the link of a port is up: something is plugged in there, and it runs."""
        far = self.far((box.name, port.name))
        if not box.up or not port.enabled or far is None:
            return False
        there = self.boxes.get(far[0])
        return there is None or (there.up and there.ports[far[1]].enabled)

    def stations(self, world: World) -> list[Station]:
        """Return everybody on the wire: boxes, hosts, and the NICs of running guests."""
        return [*self._of_boxes(), *self.hosts, *_of_guests(world)]

    def _of_boxes(self) -> Iterator[Station]:
        for box in self.boxes.values():
            for interface in box.interfaces if box.up else ():
                port = interface.port or f"vlan{interface.vlan}"
                addresses = tuple(interface.addresses)
                yield Station(box.name, interface.mac, (box.name, port), interface.vlan, addresses, hostname=box.name)

    def heard(self, name: str, world: World) -> list[Heard]:
        """Return whom a switch hears, by port: its MAC table without its own addresses."""
        found = []
        for station in self.stations(world):
            port = self.port_towards(name, station) if station.end[0] != name else None
            if port is not None:
                found.append(Heard(station, port))
        return found

    def port_towards(self, name: str, station: Station, at: str = "") -> str | None:
        """Return the port of the box on which frames of the station arrive, None where they do not.

        Asked for a port (`at`) it says whether they arrive there as well: a box may hear on a port that it does not
        switch what it forwards itself on others.
        """
        seen = {station.end}
        start = self._first_hop(station)
        queue: deque[End] = deque([start] if start else [])
        while queue:
            device, port = queue.popleft()
            box = self.boxes.get(device)
            if box is None or not box.up or not box.ports[port].carries(station.vlan):
                continue
            if device == name and at in ("", port):
                return port
            if not box.switches(port):
                continue
            for out in box.ports.values():
                end = (device, out.name)
                if out.name == port or end in seen or not box.switches(out.name) or not out.carries(station.vlan):
                    continue
                seen.add(end)
                far = self.far(end)
                if far is not None and far not in seen:
                    seen.add(far)
                    queue.append(far)
        return None

    def _first_hop(self, station: Station) -> End | None:
        """Return the port at which frames of a station enter the fabric."""
        box = self.boxes.get(station.end[0])
        if box is None or station.end[1] in box.ports and not box.switches(station.end[1]):
            return self.far(station.end)
        ways = (port for port in box.ports.values() if box.switches(port.name) and port.carries(station.vlan))
        return next((far for port in ways if (far := self.far((box.name, port.name))) is not None), None)

    def answering(self, name: str, world: World) -> list[tuple[BoxInterface, str, Station]]:
        """Return (interface, host, station) for everybody whom an interface of the box can reach: its ARP table."""
        box = self.boxes[name]
        found = []
        for station in self.stations(world):
            if station.end[0] == name:
                continue
            for interface in box.interfaces:
                if interface.vlan != station.vlan or not self._meets(box, interface, station):
                    continue
                found += [(interface, host, station) for host in _within(station.addresses, interface.addresses)]
        return found

    def _meets(self, box: Box, interface: BoxInterface, station: Station) -> bool:
        return self.port_towards(box.name, station, interface.parent or interface.port) is not None

    def neighbours(self, name: str) -> list[Neighbour]:
        """Return the boxes that a box hears LLDP frames of."""
        box = self.boxes[name]
        found = []
        for port in box.ports.values():
            far = self.far((name, port.name))
            there = self.boxes.get(far[0]) if far else None
            if far and there and box.lldp and there.lldp and self.is_up(box, port):
                found.append(Neighbour(port.name, there, there.ports[far[1]]))
        return found


def _within(addresses: tuple[str, ...], ours: list[str]) -> Iterator[str]:
    """Return the hosts that are in one of our networks."""
    networks = [ipaddress.ip_interface(address).network for address in ours]
    for address in addresses:
        host = ipaddress.ip_interface(address).ip
        if any(host in network for network in networks):
            yield str(host)


def _of_guests(world: World) -> Iterator[Station]:
    """Return the NICs of running guests, at the port that their bridge has on the wire."""
    for guest, nic in world.wire():
        port = uplink_of(world, guest.node, nic.bridge)
        vlan = world.vlan_of(guest, nic)
        if port is not None and vlan is not None:
            yield Station(
                guest.name or f"guest {guest.id}",
                nic.mac,
                (guest.node, port),
                vlan,
                tuple(nic.addresses),
                dhcp=_is_dhcp(world, guest, nic.mac),
                hostname=guest.name or "",
            )


def _is_dhcp(world: World, guest: Guest, mac: str) -> bool:
    return mac.upper() in world.leases


def uplink_of(world: World, node: str, bridge: str) -> str | None:
    """Return the port of a node that a bridge stands on, None where it stands on none."""
    found = next((port for port in world.nodes[node].ports if port.name == bridge), None)
    names = str(found.values.get("bridge_ports", "")).split() if found else []
    return names[0] if names else None


def members(box: Box) -> dict[int, tuple[list[str], list[str]]]:
    """Return the ports of every VLAN of a switch: those that send its frames untagged, and those with a tag."""
    found: dict[int, tuple[list[str], list[str]]] = defaultdict(lambda: ([], []))
    for vid in box.vlans:
        found[vid]  # noqa: B018  (a VLAN without ports is one as well)
    for port in box.ports.values():
        if not box.switches(port.name) or port.lag:
            continue
        if port.native is not None:
            found[port.native][0].append(port.name)
        for vid in port.tagged:
            found[vid][1].append(port.name)
    return dict(sorted(found.items()))
