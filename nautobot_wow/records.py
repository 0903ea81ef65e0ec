"""The vocabulary: what systems can say, one frozen record per kind.

A field that is None means "this system does not say"; it never blanks anything. An empty text or an empty set means
"known to be empty". `key` is what the system itself never changes during the life of the object; names are attributes.

    kind             key (Proxmox VE)            says
    cluster          cluster                     name, version
    node             node/wow-prox1              online, platform, version, primary address
    interface        node/wow-prox1/vmbr0        type, enabled, MTU, MAC, description
    guest            lxc/210, qemu/211           name, power, size, node, platform, tags, primary address
    guest_interface  lxc/210/net0                MAC, enabled, MTU, VLAN
    address          172.16.100.10               mask, type, the interfaces that carry it
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import ClassVar


class Kind(str, Enum):
    """What there is, in the order in which it is written (deleted in reverse)."""

    CLUSTER = "cluster"
    NODE = "node"
    INTERFACE = "interface"
    GUEST = "guest"
    GUEST_INTERFACE = "guest_interface"
    ADDRESS = "address"


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
class InterfaceRecord(Record):
    """A port, bridge, bond or VLAN interface of a node. `node` is the key of a NodeRecord."""

    kind: ClassVar[Kind] = Kind.INTERFACE
    node: str
    name: str
    type: PortType | None = None
    enabled: bool | None = None
    mtu: int | None = None
    mac: str | None = None
    description: str | None = None


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

    `vid` is the VLAN tag the hypervisor puts on; 0 means untagged and None unknown. `trunk` is True where the guest
    itself tags.
    """

    kind: ClassVar[Kind] = Kind.GUEST_INTERFACE
    guest: str
    name: str
    mac: str | None = None
    enabled: bool | None = None
    mtu: int | None = None
    vid: int | None = None
    trunk: bool | None = None
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
    for record in (ClusterRecord, NodeRecord, InterfaceRecord, GuestRecord, GuestInterfaceRecord, AddressRecord)
}
