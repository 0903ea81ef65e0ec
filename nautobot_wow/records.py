"""The vocabulary: what systems can say, one frozen record per kind.

A field that is None means "this system does not say"; it never blanks anything. An empty text or an empty set means
"known to be empty". `key` is what the system itself never changes during the life of the object; names are attributes.

    kind             key (an example)            says
    location         location/Tampa/WOW-DC       name, types of itself and its parents
    rack             rack/RACK 1                 location, height, role
    device_type      device_type/Dell/FC630      height, depth, ports, bays
    vlan_group       vlan_group/WOW-DC           location
    range            range/machine-pool/0        first, last, role
    profile          profile/apps                prefix, ranges, gateway, bridge and VLAN tag
    size             size/small                  cores, memory, disk
    image            image/wow-proxmox/debian12  its source on a System, type, platform, user
    bay              bay/wow-fx2s/slot 1         the device that is in it
    cable            cable/a/gi1--b/ix4          its two ends
    cluster          cluster                     name, version
    vlan             vlan/130                    name, description
    prefix           prefix/172.16.130.0/24      VLAN, description
    device           node/wow-prox1              online, platform, version, primary address
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

    LOCATION = "location"
    RACK = "rack"
    DEVICE_TYPE = "device_type"
    CLUSTER = "cluster"
    VLAN_GROUP = "vlan_group"
    VLAN = "vlan"
    PREFIX = "prefix"
    RANGE = "range"
    PROFILE = "profile"
    SIZE = "size"
    DEVICE = "device"
    BAY = "bay"
    PART = "part"
    INTERFACE = "interface"
    GUEST = "guest"
    GUEST_INTERFACE = "guest_interface"
    ADDRESS = "address"
    CABLE = "cable"
    IMAGE = "image"


ALL_VLANS: frozenset[int] = frozenset({0})
"""A trunk that lets every VLAN through. It is not a list of 4,094 VLANs: nobody has that many."""


class GuestType(str, Enum):
    """What runs the guest; the values are those the operator's automation reads in `proxmox_vmtype`."""

    LXC = "lxc"
    VM = "qemu"


class Power(str, Enum):
    """Whether a guest or device runs. A system that does not know says None instead."""

    ON = "on"
    OFF = "off"


class AddressType(str, Enum):
    """How an interface came by its address; the values are Nautobot's `IPAddress.type`."""

    HOST = "host"
    DHCP = "dhcp"
    SLAAC = "slaac"


class PortType(str, Enum):
    """What an interface of a device is; the values are Nautobot's interface types.

    A system that only knows that there is a port says OTHER: that is no news where another one knows which.
    """

    BRIDGE = "bridge"
    LAG = "lag"
    VIRTUAL = "virtual"
    COPPER_1G = "1000base-t"
    SFP_1G = "1000base-x-sfp"
    COPPER_10G = "10gbase-t"
    SFP_10G = "10gbase-x-sfpp"
    SFP_25G = "25gbase-x-sfp28"
    QSFP_40G = "40gbase-x-qsfpp"
    QSFP_100G = "100gbase-x-qsfp28"
    OTHER = "other"


@dataclass(frozen=True, kw_only=True)
class Record:
    """What every record has.

    `scopes` name the listings that would have shown this object: it can only be missing when all of them were seen
    completely. `fingerprint` holds tokens that survive a rename but not a rebuild (UUID, MAC addresses).
    `origin` is where a person finds it: a document and its line ("inventory.md:118"); empty where a system was asked.
    """

    kind: ClassVar[Kind]
    key: str
    scopes: tuple[str, ...]
    fingerprint: frozenset[str] = frozenset()
    origin: str = ""


@dataclass(frozen=True, kw_only=True)
class LocationRecord(Record):
    """A place. `parent` is the key of a LocationRecord, "" at the top.

    `types` are the names of its location type and of those above it, from the top: ("City", "Data Center").
    """

    kind: ClassVar[Kind] = Kind.LOCATION
    name: str
    parent: str | None = None
    types: tuple[str, ...] | None = None
    description: str | None = None


@dataclass(frozen=True, kw_only=True)
class RackRecord(Record):
    """A rack. `location` is the key of a LocationRecord; units are numbered from the bottom unless it descends."""

    kind: ClassVar[Kind] = Kind.RACK
    name: str
    location: str
    height_u: int | None = None
    descending: bool | None = None
    role: str | None = None
    serial: str | None = None
    description: str | None = None


@dataclass(frozen=True, kw_only=True)
class PortTemplate:
    """A port that every device of a type has; `type` is one of Nautobot's interface types."""

    name: str
    type: str
    mgmt_only: bool = False


@dataclass(frozen=True, kw_only=True)
class DeviceTypeRecord(Record):
    """A model of hardware. `subdevice_role` is "parent" for a chassis, "child" for a blade, "" for neither."""

    kind: ClassVar[Kind] = Kind.DEVICE_TYPE
    manufacturer: str
    model: str
    part_number: str | None = None
    u_height: int | None = None
    is_full_depth: bool | None = None
    subdevice_role: str | None = None
    ports: tuple[PortTemplate, ...] | None = None
    bays: tuple[str, ...] | None = None


@dataclass(frozen=True, kw_only=True)
class ClusterRecord(Record):
    """A group of hypervisors that is managed as one; a standalone hypervisor is a cluster of itself."""

    kind: ClassVar[Kind] = Kind.CLUSTER
    name: str | None = None
    cluster_type: str | None = None


@dataclass(frozen=True, kw_only=True)
class VlanGroupRecord(Record):
    """A group in which VLAN ids are unique. `location` is the key of a LocationRecord."""

    kind: ClassVar[Kind] = Kind.VLAN_GROUP
    name: str
    location: str | None = None
    description: str | None = None


@dataclass(frozen=True, kw_only=True)
class VlanRecord(Record):
    """A VLAN that the system itself defines. One that is only in use somewhere is a number on an interface instead.

    `group` is the key of a VlanGroupRecord; None means the group of the System's location. `location` is the name of a
    place; None means the place of the System. `title` is what a new VLAN is called by who knows no name for it, only
    what people wrote beside it; it is not compared.
    """

    kind: ClassVar[Kind] = Kind.VLAN
    vid: int
    title: str = ""
    group: str | None = None
    location: str | None = None
    name: str | None = None
    description: str | None = None


@dataclass(frozen=True, kw_only=True)
class PrefixRecord(Record):
    """A network that the system itself defines, such as 172.16.130.0/24. `vid` is its VLAN; 0 means none.

    `location` is the name of a place; None means the place of the System. `type` is one of Nautobot's: network,
    container or pool. A gateway is an AddressRecord with role Gateway.
    """

    kind: ClassVar[Kind] = Kind.PREFIX
    network: str
    vid: int | None = None
    type: str | None = None
    role: str | None = None
    location: str | None = None
    description: str | None = None


@dataclass(frozen=True, kw_only=True)
class RangeRecord(Record):
    """Addresses that belong together: a DHCP scope, a load balancer pool, a static range.

    `first` and `last` belong to it. `role` is "DHCP", "Load Balancer Pool", "NAT" or "Reserved" where it is not for
    hosts that people give addresses to, "" where it is.
    """

    kind: ClassVar[Kind] = Kind.RANGE
    first: str
    last: str
    name: str | None = None
    role: str | None = None
    description: str | None = None


@dataclass(frozen=True, kw_only=True)
class ProfileRecord(Record):
    """A network that a person may ask for a guest on: a NetworkProfile.

    `prefix` and `prefix6` are networks; `ranges` are keys of RangeRecords. Who knows the network and not what its
    profile is called leaves the name out: it is the profile of that prefix, and where there is none a new one, called
    `title` and not enabled, for a person to look at.
    """

    kind: ClassVar[Kind] = Kind.PROFILE
    name: str | None = None
    title: str = ""
    prefix: str
    prefix6: str | None = None
    ranges: frozenset[str] | None = None
    description: str | None = None
    gateway: str | None = None
    gateway6: str | None = None
    bridge: str | None = None
    vlan_tag: int | None = None
    dns_servers: tuple[str, ...] | None = None
    search_domain: str | None = None
    ntp_servers: tuple[str, ...] | None = None
    is_default: bool | None = None
    restricted: bool | None = None


@dataclass(frozen=True, kw_only=True)
class SizeRecord(Record):
    """How large a guest is, by name: cores, MB and GB, for containers and for virtual machines."""

    kind: ClassVar[Kind] = Kind.SIZE
    name: str
    container: tuple[int, int, int]
    vm: tuple[int, int, int]
    description: str | None = None


@dataclass(frozen=True, kw_only=True)
class ImageRecord(Record):
    """What a guest is made of on the System of that name: a template's id, or the volume of a container image."""

    kind: ClassVar[Kind] = Kind.IMAGE
    name: str
    system: str
    guest_type: GuestType
    source: str
    platform: str | None = None
    user: str | None = None


@dataclass(frozen=True, kw_only=True)
class DeviceRecord(Record):
    """A machine with a name and a place: a node that runs guests, a switch, a firewall, a chassis, a blade.

    `cluster` is the key of a ClusterRecord; a device that runs no guests has none. `device_type`, `location` and `rack`
    are keys of their records. `position` is its lowest unit and `face` "front" or "rear"; 0 and "" where it is in no
    unit of its own, as a blade. What is not said (type, role, place) is only set when the device is created.
    """

    kind: ClassVar[Kind] = Kind.DEVICE
    name: str
    cluster: str | None = None
    role: str | None = None
    device_type: str | None = None
    serial: str | None = None
    asset_tag: str | None = None
    location: str | None = None
    rack: str | None = None
    position: int | None = None
    face: str | None = None
    description: str | None = None
    power: Power | None = None
    platform: str | None = None
    version: str | None = None
    primary_ip4: str | None = None
    primary_ip6: str | None = None


@dataclass(frozen=True, kw_only=True)
class BayRecord(Record):
    """A bay of a chassis. `device` is the key of the chassis, `installed` that of the blade in it; "" means empty."""

    kind: ClassVar[Kind] = Kind.BAY
    device: str
    name: str
    installed: str | None = None


@dataclass(frozen=True, kw_only=True)
class PartRecord(Record):
    """A part of a device: processors, memory, a disk, a network adapter. `device` is the key of a DeviceRecord."""

    kind: ClassVar[Kind] = Kind.PART
    device: str
    name: str
    manufacturer: str | None = None
    model: str | None = None
    serial: str | None = None
    description: str | None = None


@dataclass(frozen=True, kw_only=True)
class InterfaceRecord(Record):
    """A port, bridge, bond or VLAN interface of a device. `device` is the key of a DeviceRecord.

    `lag`, `bridge` and `parent` are names of interfaces of the same device ("" means none): the bond it is a member of,
    the bridge it is a port of, the interface a VLAN interface stands on. `vid` is the VLAN of its untagged frames; 0
    means none. `tagged` are the VLANs it carries with a tag, ALL_VLANS where it lets every one through.
    """

    kind: ClassVar[Kind] = Kind.INTERFACE
    device: str
    name: str
    type: PortType | None = None
    speed_kbps: int | None = None
    mgmt_only: bool | None = None
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
    """An address in use. `key` is the host in its shortest form; `interfaces` are keys of (guest) interfaces.

    `role` is "VIP", "Gateway" or another of Nautobot's roles for addresses, "" for an ordinary host; `status` is only
    said where it is not Active (Reserved). `tags` come on top of those that the System's kind gives every address.
    """

    kind: ClassVar[Kind] = Kind.ADDRESS
    mask_length: int | None = None
    type: AddressType | None = None
    interfaces: frozenset[str] | None = None
    role: str | None = None
    status: str | None = None
    dns_name: str | None = None
    description: str | None = None
    tags: frozenset[str] | None = None


@dataclass(frozen=True, kw_only=True)
class CableRecord(Record):
    """A cable between two interfaces. The ends are keys of InterfaceRecords, the smaller one first."""

    kind: ClassVar[Kind] = Kind.CABLE
    a: str
    b: str
    type: str | None = None
    color: str | None = None
    status: str | None = None


RECORDS: dict[Kind, type[Record]] = {
    record.kind: record
    for record in (
        LocationRecord,
        RackRecord,
        DeviceTypeRecord,
        ClusterRecord,
        VlanGroupRecord,
        VlanRecord,
        PrefixRecord,
        RangeRecord,
        ProfileRecord,
        SizeRecord,
        DeviceRecord,
        BayRecord,
        PartRecord,
        InterfaceRecord,
        GuestRecord,
        GuestInterfaceRecord,
        AddressRecord,
        CableRecord,
        ImageRecord,
    )
}
