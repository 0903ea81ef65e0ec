"""The vocabulary: what systems can say, one frozen record per kind.

A field that is None means "this system does not say"; it never blanks anything. An empty text or an empty set means
"known to be empty". `key` is what the system itself never changes during the life of the object; names are attributes.

    kind             key (Proxmox VE)            says
    cluster          cluster                     name, version
    vlan             vlan/130                    name, description
    prefix           prefix/172.16.130.0/24      VLAN, description
    node             node/wow-prox1              online, platform, version, primary address
    part             node/wow-prox1/part/disk/…  name, model, serial, description
    interface        node/wow-prox1/vmbr0        type, enabled, MTU, MAC, bond, bridge, parent, VLANs, description
    guest            lxc/210, qemu/211           name, power, size, node, platform, tags, primary address
    guest_interface  lxc/210/net0                MAC, enabled, MTU, VLANs
    address          172.16.100.10               mask, type, the interfaces that carry it
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import ClassVar


class Kind(str, Enum):
    """What there is, in the order in which it is written (deleted in reverse)."""

    CLUSTER = "cluster"
    VLAN = "vlan"
    PREFIX = "prefix"
    NODE = "node"
    PART = "part"
    INTERFACE = "interface"
    GUEST = "guest"
    GUEST_INTERFACE = "guest_interface"
    ADDRESS = "address"


ALL_VLANS: frozenset[int] = frozenset({0})
"""A trunk that lets every VLAN through. It is not a list of 4,094 VLANs: nobody has that many."""


class GuestType(str, Enum):
    """What runs the guest; the values are those the operator's automation reads in `proxmox_vmtype`."""

    LXC = "lxc"
    VM = "qemu"


class Power(str, Enum):
    """Whether a guest or node runs. A system that does not know says None instead."""

    ON = "on"
    OFF = "off"


class AddressType(str, Enum):
    """How an interface came by its address; the values are Nautobot's `IPAddress.type`."""

    HOST = "host"
    DHCP = "dhcp"
    SLAAC = "slaac"


class PortType(str, Enum):
    """What an interface of a node is; the values are Nautobot's interface types."""

    BRIDGE = "bridge"
    LAG = "lag"
    VIRTUAL = "virtual"
    OTHER = "other"


@dataclass(frozen=True, kw_only=True)
class Record:
    """What every record has.

    `scopes` name the listings that would have shown this object: it can only be missing when all of them were seen
    completely. `fingerprint` holds tokens that survive a rename but not a rebuild (UUID, MAC addresses).
    """

    kind: ClassVar[Kind]
    key: str
    scopes: tuple[str, ...]
    fingerprint: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class ClusterRecord(Record):
    """A group of hypervisors that is managed as one; a standalone hypervisor is a cluster of itself."""

    kind: ClassVar[Kind] = Kind.CLUSTER
    name: str | None = None
    cluster_type: str | None = None


@dataclass(frozen=True, kw_only=True)
class VlanRecord(Record):
    """A VLAN that the system itself defines. One that is only in use somewhere is a number on an interface instead."""

    kind: ClassVar[Kind] = Kind.VLAN
    vid: int
    name: str | None = None
    description: str | None = None


@dataclass(frozen=True, kw_only=True)
class PrefixRecord(Record):
    """A network that the system itself defines, such as 172.16.130.0/24. `vid` is its VLAN; 0 means none."""

    kind: ClassVar[Kind] = Kind.PREFIX
    network: str
    vid: int | None = None
    description: str | None = None


@dataclass(frozen=True, kw_only=True)
class NodeRecord(Record):
    """A machine that runs guests."""

    kind: ClassVar[Kind] = Kind.NODE
    cluster: str
    name: str
    power: Power | None = None
    platform: str | None = None
    version: str | None = None
    primary_ip4: str | None = None
    primary_ip6: str | None = None


@dataclass(frozen=True, kw_only=True)
class PartRecord(Record):
    """A part of a node: its processors, its memory, a disk, a network adapter. `node` is the key of a NodeRecord."""

    kind: ClassVar[Kind] = Kind.PART
    node: str
    name: str
    manufacturer: str | None = None
    model: str | None = None
    serial: str | None = None
    description: str | None = None


@dataclass(frozen=True, kw_only=True)
class InterfaceRecord(Record):
    """A port, bridge, bond or VLAN interface of a node. `node` is the key of a NodeRecord.

    `lag`, `bridge` and `parent` are names of interfaces of the same node ("" means none): the bond it is a member of,
    the bridge it is a port of, the interface a VLAN interface stands on. `vid` is the VLAN of its untagged frames; 0
    means none. `tagged` are the VLANs it carries with a tag, ALL_VLANS where it lets every one through.
    """

    kind: ClassVar[Kind] = Kind.INTERFACE
    node: str
    name: str
    type: PortType | None = None
    enabled: bool | None = None
    mtu: int | None = None
    mac: str | None = None
    description: str | None = None
    lag: str | None = None
    bridge: str | None = None
    parent: str | None = None
    vid: int | None = None
    tagged: frozenset[int] | None = None


@dataclass(frozen=True, kw_only=True)
class GuestRecord(Record):
    """A virtual machine or container. `cluster` is the key of a ClusterRecord, `node` the name of its node.

    `platform` is a full name as the operator's automation reads it ("Ubuntu 24.04"); `platform_family` ("Ubuntu") is
    only good to fill a gap. Sizes are cores, MB and GB (powers of 1024).
    """

    kind: ClassVar[Kind] = Kind.GUEST
    cluster: str
    type: GuestType
    vmid: int
    name: str | None = None
    power: Power | None = None
    node: str | None = None
    vcpus: int | None = None
    memory_mb: int | None = None
    disk_gb: int | None = None
    platform: str | None = None
    platform_family: str | None = None
    description: str | None = None
    tags: frozenset[str] | None = None
    primary_ip4: str | None = None
    primary_ip6: str | None = None


@dataclass(frozen=True, kw_only=True)
class GuestInterfaceRecord(Record):
    """A network card of a guest, named as the hypervisor names it (net0). `guest` is the key of a GuestRecord.

    `vid` is the VLAN tag the hypervisor puts on; 0 means untagged and None unknown. `tagged` are the VLANs in which the
    guest itself tags, ALL_VLANS where the hypervisor lets every one through.
    """

    kind: ClassVar[Kind] = Kind.GUEST_INTERFACE
    guest: str
    name: str
    mac: str | None = None
    enabled: bool | None = None
    mtu: int | None = None
    vid: int | None = None
    tagged: frozenset[int] | None = None
    description: str | None = None


@dataclass(frozen=True, kw_only=True)
class AddressRecord(Record):
    """An address in use. `key` is the host in its shortest form; `interfaces` are keys of (guest) interfaces."""

    kind: ClassVar[Kind] = Kind.ADDRESS
    mask_length: int | None = None
    type: AddressType | None = None
    interfaces: frozenset[str] | None = None


RECORDS: dict[Kind, type[Record]] = {
    record.kind: record
    for record in (
        ClusterRecord,
        VlanRecord,
        PrefixRecord,
        NodeRecord,
        PartRecord,
        InterfaceRecord,
        GuestRecord,
        GuestInterfaceRecord,
        AddressRecord,
    )
}
