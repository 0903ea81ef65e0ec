"""What a site design may say, section by section; the JSON Schema for editors is made of this.

A section that is not there says nothing. One that is there is complete: what it does not list is gone, and goes the way
of the delete rules.
"""

from __future__ import annotations

import ipaddress
import json
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

Name = Annotated[str, Field(min_length=1, max_length=255)]
Number = Annotated[int, Field(strict=True)]
Flag = Annotated[bool, Field(strict=True)]
Vid = Annotated[Number, Field(ge=1, le=4094)]


def _address(text: str) -> str:
    return str(ipaddress.ip_address(text))


def _network(text: str) -> str:
    return str(ipaddress.ip_network(text))


def _maker_and_model(text: str) -> str:
    maker, slash, model = text.partition("/")
    if not (maker.strip() and slash and model.strip()):
        raise ValueError("a device type is written as Manufacturer/Model, such as Dell/FC630")
    return text


def _port(text: str) -> str:
    device, slash, port = text.partition("/")
    if not (device.strip() and slash and port.strip()):
        raise ValueError("an end of a cable is written as device/port, such as cisco-sg300-28/gi28")
    return text


Address = Annotated[str, AfterValidator(_address)]
Network = Annotated[str, AfterValidator(_network)]
TypeRef = Annotated[str, AfterValidator(_maker_and_model)]
PortRef = Annotated[str, AfterValidator(_port)]


class Part(BaseModel):
    """Something in a design; what is misspelt is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class LocationPart(Part):
    """A place."""

    name: Name
    type: Name = Field(description="Its location type, such as City or Data Center; made if there is none.")
    parent: Name | None = Field(default=None, description="The place that it is in.")
    description: str | None = None


class RackPart(Part):
    """A rack."""

    name: Name
    location: Name
    height: Number | None = Field(default=42, ge=1, le=500, description="Rack units.")
    descending: Flag | None = Field(default=None, description="Whether unit 1 is at the top.")
    role: str | None = None
    serial: str | None = None


class InterfacePart(Part):
    """A port that every device of a type has."""

    name: Name
    type: Name = Field(description="One of Nautobot's interface types, such as 1000base-t or 10gbase-x-sfpp.")
    mgmt_only: Flag = False


class DeviceTypePart(Part):
    """A model of hardware."""

    manufacturer: Name
    model: Name
    part_number: str | None = None
    u_height: Number = Field(default=1, ge=0, le=100)
    is_full_depth: Flag = True
    subdevice_role: Literal["parent", "child", ""] = Field(
        default="", description="parent for a chassis with bays, child for what goes into one."
    )
    interfaces: tuple[InterfacePart, ...] = ()
    bays: tuple[Name, ...] = ()

    @model_validator(mode="after")
    def _fits(self) -> DeviceTypePart:
        if self.bays and self.subdevice_role != "parent":
            raise ValueError("a type with bays is a chassis: subdevice_role: parent")
        if self.subdevice_role == "child" and self.u_height != 0:
            raise ValueError("what goes into a bay takes no rack units: u_height: 0")
        names = [port.name for port in self.interfaces]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"there are two interfaces named {', '.join(twice)}")
        return self


class DevicePart(Part):
    """A machine: in a rack, in a bay of a chassis, or just at a place."""

    name: Name
    type: TypeRef = Field(description="Manufacturer/Model of a device type.")
    role: Name
    location: Name | None = Field(default=None, description="Where it is, if it is in no rack and no chassis.")
    rack: Name | None = None
    position: Number | None = Field(default=None, ge=1, le=500, description="The lowest unit that it takes.")
    face: Literal["front", "rear"] | None = None
    chassis: Name | None = Field(default=None, description="The device whose bay it is in.")
    bay: Name | None = None
    serial: str | None = None
    asset_tag: str | None = None

    @model_validator(mode="after")
    def _is_somewhere(self) -> DevicePart:
        if (self.chassis is None) != (self.bay is None):
            raise ValueError("chassis and bay go together")
        if self.chassis and (self.rack or self.position or self.face):
            raise ValueError("what is in a bay has no rack, position or face of its own")
        if (self.position is None) != (self.face is None):
            raise ValueError("position and face go together")
        if self.position and not self.rack:
            raise ValueError("a position is one in a rack; name the rack")
        if not (self.rack or self.chassis or self.location):
            raise ValueError("name a rack, a chassis with a bay, or a location")
        return self


class VlanGroupPart(Part):
    """A group in which VLAN ids are unique."""

    name: Name
    location: Name | None = None
    description: str | None = None


class VlanPart(Part):
    """A VLAN."""

    vid: Vid
    name: Name
    group: Name
    location: Name | None = Field(default=None, description="Where it is; left out, where its group is.")
    description: str | None = None


class PrefixPart(Part):
    """A network."""

    prefix: Network
    type: Literal["network", "container", "pool"] = "network"
    vlan: Vid | None = None
    role: str | None = None
    location: Name | None = None
    gateway: Address | None = Field(default=None, description="It becomes an address with the role Gateway.")
    description: str | None = None

    @model_validator(mode="after")
    def _holds_its_gateway(self) -> PrefixPart:
        if self.gateway and ipaddress.ip_address(self.gateway) not in ipaddress.ip_network(self.prefix):
            raise ValueError(f"the gateway {self.gateway} is not in {self.prefix}")
        return self


class RangePart(Part):
    """Addresses that belong together. A role says that they are not for hosts that people give addresses to."""

    first: Address
    last: Address
    name: Name
    role: Literal["DHCP", "Load Balancer Pool", "NAT Pool", "Reserved"] | None = None
    description: str | None = None

    @model_validator(mode="after")
    def _is_a_range(self) -> RangePart:
        first, last = ipaddress.ip_address(self.first), ipaddress.ip_address(self.last)
        if first.version != last.version or int(first) > int(last):
            raise ValueError(f"{self.first} to {self.last} is no range")
        return self


class ProfilePart(Part):
    """A network that a person may ask for a guest on."""

    name: Name
    description: str = ""
    prefix: Network
    prefix6: Network | None = None
    ranges: tuple[Name, ...] = Field(default=(), description="Names of ranges that addresses are given out of.")
    gateway: Address | None = None
    gateway6: Address | None = None
    bridge: str = ""
    vlan_tag: Vid | None = None
    dns_servers: tuple[Address, ...] = ()
    search_domain: str = ""
    ntp_servers: tuple[str, ...] = ()
    is_default: Flag = False
    restricted: Flag = False


class Amount(Part):
    """How large a guest is."""

    cores: Number = Field(ge=1)
    memory_mb: Number = Field(ge=16)
    disk_gb: Number = Field(ge=1)


class SizePart(Part):
    """How large a guest is, by name: one size for containers, one for virtual machines."""

    name: Name
    description: str = ""
    container: Amount
    vm: Amount


class ImagePart(Part):
    """What a guest is made of on one System."""

    name: Name
    system: Name = Field(description="The System that has it.")
    type: Literal["lxc", "qemu"]
    source: Name = Field(description="The id of a template, or the volume of a container image.")
    platform: Name
    user: Name


class CablePart(Part):
    """A cable between two ports."""

    a: PortRef
    b: PortRef
    type: str | None = Field(default=None, description="One of Nautobot's cable types, such as cat6 or mmf-om4.")
    color: str | None = Field(default=None, pattern=r"^[0-9a-f]{6}$")
    status: Literal["Connected", "Planned"] | None = None


class Design(Part):
    """One file of a site design. A section that is in no file says nothing; one that is there is complete."""

    locations: tuple[LocationPart, ...] = ()
    racks: tuple[RackPart, ...] = ()
    device_types: tuple[DeviceTypePart, ...] = ()
    devices: tuple[DevicePart, ...] = ()
    vlan_groups: tuple[VlanGroupPart, ...] = ()
    vlans: tuple[VlanPart, ...] = ()
    prefixes: tuple[PrefixPart, ...] = ()
    ranges: tuple[RangePart, ...] = ()
    profiles: tuple[ProfilePart, ...] = ()
    sizes: tuple[SizePart, ...] = ()
    images: tuple[ImagePart, ...] = ()
    cables: tuple[CablePart, ...] = ()


SECTIONS: dict[str, type[Part]] = {name: get_args(info.annotation)[0] for name, info in Design.model_fields.items()}
"""What each section is a list of."""


PUBLISHED = "static/nautobot_wow/site-design.schema.json"
"""Where the JSON Schema is in the package, and with /static/ before it on a Nautobot that has the app."""


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of one file, for editors."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Design.model_json_schema(),
        "title": "Site design",
    }


def published() -> str:
    """Return the text of the published file."""
    return json.dumps(json_schema(), indent=2, sort_keys=True) + "\n"
