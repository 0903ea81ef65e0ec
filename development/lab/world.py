"""The world: what really exists in the lab, whoever is asked about it.

    Network   a prefix with its VLAN and gateway
    Node      a machine that carries guests, with its own ports and parts
    Sdn       networks that a hypervisor defines itself, as written down and as applied
    Storage   a place where guests keep their disks
    Guest     a virtual machine or container, with the `record` its hypervisor was told
    Nic       one end of a guest on the wire: MAC, bridge, VLAN and the addresses it really answers on
    Fabric    switches, firewalls and cables, and everybody else who is on the wire

A server renders the world in its system's words and changes it through that system's rules. What two servers say about
one MAC address agrees because both read the same `Nic`.
"""

from __future__ import annotations

import copy
import ipaddress
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from development.lab.fabric import Fabric

VM = "vm"
CONTAINER = "container"


class WorldError(Exception):
    """A change that the world cannot make; the text says why."""


@dataclass
class Network:
    """A prefix on a VLAN. `dhcp` is the first and last address of its pool, or None without a DHCP server."""

    prefix: str
    vlan: int | None
    name: str
    gateway: str | None = None
    dhcp: tuple[str, str] | None = None
    description: str = ""

    @property
    def network(self) -> ipaddress.IPv4Network:
        """The prefix as an object."""
        return ipaddress.IPv4Network(self.prefix)


@dataclass
class Port:
    """A network interface of a node, described by `values` in the words of the node's system."""

    name: str
    kind: str
    values: dict[str, Any] = field(default_factory=dict)


@dataclass
class Node:
    """A machine that carries guests. An offline node answers nothing, and its guests are not running.

    `version` is what is installed on it, empty where it is what the endpoint's others have; `disks` and `pci` are parts
    in the words of the node's system.
    """

    name: str
    address: str
    cpu_model: str = ""
    sockets: int = 1
    cores: int = 1
    threads: int = 1
    memory_mb: int = 1024
    disk_gb: int = 32
    ports: list[Port] = field(default_factory=list)
    native_vlans: dict[str, int] = field(default_factory=dict)
    online: bool = True
    version: dict[str, str] = field(default_factory=dict)
    disks: list[dict[str, Any]] = field(default_factory=list)
    pci: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Storage:
    """A place for disks and images. `nodes` empty means every node; `files` are images, not guests' disks."""

    name: str
    kind: str
    content: list[str]
    shared: bool
    size_gb: int
    used_gb: int
    options: dict[str, Any] = field(default_factory=dict)
    nodes: list[str] = field(default_factory=list)
    files: list[dict[str, Any]] = field(default_factory=list)


Sections = dict[str, dict[str, dict[str, Any]]]


def _sections() -> Sections:
    return {"zones": {}, "vnets": {}, "subnets": {}}


@dataclass
class Sdn:
    """Software defined networks: zones, vnets and subnets by their ids.

    `config` is what somebody wrote down, `running` what was applied last; only that is on the wire.
    """

    config: Sections = field(default_factory=_sections)
    running: Sections = field(default_factory=_sections)

    def apply(self) -> None:
        """Make what is written down real."""
        self.running = copy.deepcopy(self.config)

    def vlan_of(self, vnet: str) -> int | None:
        """Return the VLAN that a vnet's frames travel in; only zones of the type vlan put them into one."""
        found = self.running["vnets"][vnet]
        zone = self.running["zones"].get(found["zone"], {})
        return found.get("tag") if zone.get("type") == "vlan" else None


@dataclass
class Nic:
    """One end of a running guest on the wire; `addresses` are interface addresses such as 172.16.100.2/24."""

    index: int
    name: str
    mac: str
    bridge: str
    vlan: int | None
    addresses: list[str] = field(default_factory=list)
    link: bool = True


@dataclass
class OperatingSystem:
    """What is installed in a guest. `agent` False means that no guest agent is installed."""

    id: str
    name: str
    version: str
    pretty_name: str
    kernel: str
    agent: bool = True
    cloud_init: bool = True


@dataclass
class Guest:
    """A guest. `nics` is empty unless it runs; `inside` holds addresses set by hand in the guest, by NIC index."""

    id: int
    kind: str
    name: str | None
    node: str
    record: dict[str, Any] = field(default_factory=dict)
    pending: dict[str, Any] = field(default_factory=dict)
    os: OperatingSystem | None = None
    running: bool = False
    template: bool = False
    pool: str | None = None
    inside: dict[int, list[str]] = field(default_factory=dict)
    nics: list[Nic] = field(default_factory=list)
    snapshots: list[dict[str, Any]] = field(default_factory=list)
    agent_alive: bool = True
    cloud_init_done: bool = True
    reported: bool = True
    started_at: float = 0.0
    docker: bool = False
    ssh_keys: list[str] = field(default_factory=list)


@dataclass
class World:
    """Everything that exists, by name or id.

    `cluster` is the name of the nodes' cluster, None for a standalone node; `quorum` is None where the nodes that are
    online decide. New guests get an id of `id_range`, its end excluded.
    """

    networks: list[Network] = field(default_factory=list)
    nodes: dict[str, Node] = field(default_factory=dict)
    storages: dict[str, Storage] = field(default_factory=dict)
    pools: dict[str, str] = field(default_factory=dict)
    guests: dict[int, Guest] = field(default_factory=dict)
    reservations: dict[str, str] = field(default_factory=dict)
    images: dict[str, OperatingSystem] = field(default_factory=dict)
    leases: dict[str, str] = field(default_factory=dict)
    cluster: str | None = None
    quorum: bool | None = None
    id_range: tuple[int, int] = (100, 1_000_000)
    sdn: Sdn = field(default_factory=Sdn)
    fabric: Fabric = field(default_factory=Fabric)

    @property
    def quorate(self) -> bool:
        """Whether the nodes that are online may decide for the cluster."""
        online = sum(node.online for node in self.nodes.values())
        return online * 2 > len(self.nodes) if self.quorum is None else self.quorum

    def guest(self, guest_id: int) -> Guest:
        """Return the guest, or raise WorldError."""
        try:
            return self.guests[guest_id]
        except KeyError:
            raise WorldError(f"there is no guest {guest_id}") from None

    def node(self, name: str) -> Node:
        """Return the node, or raise WorldError."""
        try:
            return self.nodes[name]
        except KeyError:
            raise WorldError(f"there is no node {name}") from None

    def plugs(self, node: str) -> set[str]:
        """Return the names that a guest's NIC can be plugged into on a node: its bridges and the vnets."""
        bridges = {port.name for port in self.nodes[node].ports if port.kind == "bridge"}
        return bridges | set(self.sdn.running["vnets"])

    def vlan_of(self, guest: Guest, nic: Nic) -> int | None:
        """Return the VLAN of the NIC's frames: that of its vnet, else its tag, else the bridge's native one."""
        if nic.bridge in self.sdn.running["vnets"]:
            return self.sdn.vlan_of(nic.bridge)
        return nic.vlan if nic.vlan is not None else self.nodes[guest.node].native_vlans.get(nic.bridge)

    def wire(self) -> Iterator[tuple[Guest, Nic]]:
        """Every NIC that is up, of every running guest on a node that is online."""
        for guest in self.guests.values():
            if guest.running and self.nodes[guest.node].online:
                for nic in guest.nics:
                    if nic.link:
                        yield guest, nic

    def lease(self, mac: str, vlan: int | None) -> str | None:
        """Return the interface address DHCP gives `mac` in `vlan`: always the same one; None if nobody serves it."""
        network = next((net for net in self.networks if net.vlan == vlan and net.dhcp), None)
        if network is None or network.dhcp is None:
            return None
        mac = mac.upper()
        address = self.reservations.get(mac) or self.leases.get(mac)
        if address is None or ipaddress.IPv4Address(address) not in network.network:
            address = self._free_lease(*network.dhcp)
        if address is None:
            return None
        self.leases[mac] = address
        return f"{address}/{network.network.prefixlen}"

    def _free_lease(self, first: str, last: str) -> str | None:
        taken = set(self.leases.values()) | set(self.reservations.values())
        for number in range(int(ipaddress.IPv4Address(first)), int(ipaddress.IPv4Address(last)) + 1):
            address = str(ipaddress.IPv4Address(number))
            if address not in taken:
                return address
        return None

    def copied(self) -> World:
        """Return a world of its own with the same content."""
        return copy.deepcopy(self)

    def become(self, other: World) -> None:
        """Take over the content of `other`; whoever holds this world sees it."""
        for name, value in vars(other.copied()).items():
            setattr(self, name, value)


def uptime_s(guest: Guest) -> int:
    """Return the seconds since the guest was started, 0 when it is stopped."""
    return int(time.time() - guest.started_at) if guest.running else 0
