"""From the parts of a design to records, once everything that they name is there.

Keys are made of names: renaming something in a design is another thing, because a design has nothing that never changes
but its names. A device that has a serial number is known by that again.
"""

from __future__ import annotations

import ipaddress
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from ...records import (
    AddressRecord,
    BayRecord,
    CableRecord,
    DeviceRecord,
    DeviceTypeRecord,
    GuestType,
    ImageRecord,
    InterfaceRecord,
    LocationRecord,
    PortTemplate,
    PortType,
    PrefixRecord,
    ProfileRecord,
    RackRecord,
    RangeRecord,
    Record,
    SizeRecord,
    VlanGroupRecord,
    VlanRecord,
)
from .parse import Parts, Placed
from .text import Problem

GATEWAY = "Gateway"
SECTION_OF = {"device type": "device_types", "VLAN group": "vlan_groups"}
PORT_TYPES = {port.value: port for port in PortType}


class Site:
    """The parts by their names. `problems` are names that nothing has, or that two have."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.problems: list[Problem] = []
        self.locations = self._by("locations", lambda part: part.name)
        self.racks = self._by("racks", lambda part: part.name)
        self.types = self._by("device_types", lambda part: f"{part.manufacturer}/{part.model}")
        self.devices = self._by("devices", lambda part: part.name)
        self.groups = self._by("vlan_groups", lambda part: part.name)
        self.vlans = self._by("vlans", lambda part: f"{part.group} {part.vid}")
        self.prefixes = self._by("prefixes", lambda part: part.prefix)
        self.ranges = self._by("ranges", lambda part: part.name)
        for section in ("profiles", "sizes"):
            self._by(section, lambda part: part.name)
        self._by("images", lambda part: f"{part.system} {part.name}")

    def _by(self, section: str, name: Any) -> dict[str, Placed]:
        found: dict[str, Placed] = {}
        for placed in self.parts.of[section]:
            key = str(name(placed.part))
            if key in found:
                self.problems.append(placed.problem(f"{key} is in {section} already, at {found[key].origin}"))
            else:
                found[key] = placed
        return found

    def records(self) -> Iterator[Record]:
        """Yield the records; what a part names and nothing has is a problem, and the part is left out."""
        for make, section in (
            (self._location, "locations"),
            (self._rack, "racks"),
            (self._type, "device_types"),
            (self._group, "vlan_groups"),
            (self._vlan, "vlans"),
            (self._prefix, "prefixes"),
            (self._range, "ranges"),
            (self._profile, "profiles"),
            (self._size, "sizes"),
            (self._image, "images"),
            (self._device, "devices"),
            (self._cable, "cables"),
        ):
            for placed in self.parts.of[section]:
                yield from make(placed)
        self._check_units()

    def _has(self, placed: Placed, field: str, known: dict[str, Placed], what: str) -> bool:
        name = getattr(placed.part, field)
        if name is None or name in known:
            return True
        section = SECTION_OF.get(what, f"{what}s")
        if (section, name) not in self.parts.broken:
            self.problems.append(placed.problem(f"there is no {what} {name} in the design", field))
        return False

    # ---------------------------------------------------------------------------------------------------------- places

    def _place(self, name: str) -> str:
        """Return the key of a place: the names from the top."""
        names: list[str] = []
        while name and name not in names:
            names.insert(0, name)
            found = self.locations.get(name)
            name = (found.part.parent or "") if found else ""
        return "location/" + "/".join(names)

    def _types(self, name: str) -> tuple[str, ...]:
        keys = self._place(name).split("/")[1:]
        return tuple(self.locations[key].part.type for key in keys if key in self.locations)

    def _location(self, placed: Placed) -> Iterator[Record]:
        part = placed.part
        if not self._has(placed, "parent", self.locations, "location"):
            return
        if part.parent and self._place(part.name).count("/") > len(self.locations):
            self.problems.append(placed.problem(f"{part.name} is in itself, by its parents", "parent"))
            return
        yield LocationRecord(
            key=self._place(part.name),
            scopes=("locations",),
            origin=placed.origin,
            name=part.name,
            parent=self._place(part.parent) if part.parent else "",
            types=self._types(part.name),
            description=part.description,
        )

    def _rack(self, placed: Placed) -> Iterator[Record]:
        part = placed.part
        if self._has(placed, "location", self.locations, "location"):
            yield RackRecord(
                key=f"rack/{part.name}",
                scopes=("racks",),
                origin=placed.origin,
                name=part.name,
                location=self._place(part.location),
                height_u=part.height,
                descending=part.descending,
                role=part.role,
                serial=part.serial,
            )

    def _type(self, placed: Placed) -> Iterator[Record]:
        part = placed.part
        yield DeviceTypeRecord(
            key=f"device_type/{part.manufacturer}/{part.model}",
            scopes=("device_types",),
            origin=placed.origin,
            manufacturer=part.manufacturer,
            model=part.model,
            part_number=part.part_number,
            u_height=part.u_height,
            is_full_depth=part.is_full_depth,
            subdevice_role=part.subdevice_role,
            ports=tuple(
                PortTemplate(name=port.name, type=port.type, mgmt_only=port.mgmt_only) for port in part.interfaces
            ),
            bays=part.bays,
        )

    # --------------------------------------------------------------------------------------------------------- devices

    def _device(self, placed: Placed) -> Iterator[Record]:
        part = placed.part
        named = [
            self._has(placed, "type", self.types, "device type"),
            self._has(placed, "location", self.locations, "location"),
            self._has(placed, "rack", self.racks, "rack"),
            self._has(placed, "chassis", self.devices, "device"),
        ]
        if not all(named):
            return
        around = self.devices[part.chassis] if part.chassis else placed
        type_ = self.types[part.type].part
        self._check_bay(placed, around, type_)
        key = f"device/{part.name}"
        yield DeviceRecord(
            key=key,
            scopes=("devices",),
            origin=placed.origin,
            name=part.name,
            role=part.role,
            device_type=f"device_type/{part.type}",
            serial=part.serial,
            asset_tag=part.asset_tag,
            location=self._where(around),
            rack=f"rack/{around.part.rack}" if around.part.rack else "",
            position=part.position or 0,
            face=part.face or "",
        )
        yield from self._ports(placed, key, type_)
        yield from self._bays(placed, key, type_)

    def _where(self, placed: Placed) -> str:
        part = placed.part
        rack = self.racks.get(part.rack) if part.rack else None
        return self._place(rack.part.location if rack else part.location or "")

    def _ports(self, placed: Placed, key: str, type_: Any) -> Iterator[Record]:
        for port in type_.interfaces:
            yield InterfaceRecord(
                key=f"{key}/{port.name}",
                scopes=("devices",),
                origin=placed.origin,
                device=key,
                name=port.name,
                type=PORT_TYPES.get(port.type),
                mgmt_only=port.mgmt_only,
            )

    def _bays(self, placed: Placed, key: str, type_: Any) -> Iterator[Record]:
        blades = {
            blade.part.bay: f"device/{blade.part.name}"
            for blade in self.parts.of["devices"]
            if blade.part.chassis == placed.part.name
        }
        for bay in type_.bays:
            yield BayRecord(
                key=f"bay/{placed.part.name}/{bay}",
                scopes=("devices",),
                origin=placed.origin,
                device=key,
                name=bay,
                installed=blades.get(bay, ""),
            )

    def _check_bay(self, placed: Placed, around: Placed, type_: Any) -> None:
        part = placed.part
        if not part.chassis:
            if type_.subdevice_role == "child" and part.position:
                self.problems.append(placed.problem(f"a {part.type} goes into a bay, not into a rack", "position"))
            if part.position and not type_.u_height:
                self.problems.append(placed.problem(f"a {part.type} takes no rack units", "position"))
            return
        if type_.subdevice_role != "child":
            self.problems.append(placed.problem(f"a {part.type} is nothing that goes into a bay", "bay"))
        chassis = self.types.get(around.part.type)
        if chassis is not None and part.bay not in chassis.part.bays:
            known = ", ".join(chassis.part.bays) or "none"
            self.problems.append(placed.problem(f"{part.chassis} has no bay {part.bay}; it has {known}", "bay"))
        rivals = [
            one for one in self.parts.of["devices"] if (one.part.chassis, one.part.bay) == (part.chassis, part.bay)
        ]
        if rivals[0] is not placed:
            self.problems.append(placed.problem(f"{part.bay} of {part.chassis} is taken, at {rivals[0].origin}", "bay"))

    def _check_units(self) -> None:
        """Two devices do not take one unit of a rack; half-depth ones may, one at the front and one at the rear."""
        taken: dict[tuple[str, int, str], Placed] = {}
        for placed in self.parts.of["devices"]:
            part, type_ = placed.part, self.types.get(placed.part.type)
            rack = self.racks.get(part.rack) if part.rack else None
            if not part.position or type_ is None or rack is None:
                continue
            last = part.position + type_.part.u_height - 1
            if rack.part.height and last > rack.part.height:
                says = f"it would reach unit {last} of {part.rack}, which has {rack.part.height}"
                self.problems.append(placed.problem(says, "position"))
            faces = ("front", "rear") if type_.part.is_full_depth else (part.face,)
            units = [(part.rack, unit, face) for unit in range(part.position, last + 1) for face in faces]
            other = next((taken[unit] for unit in units if unit in taken), None)
            if other is not None:
                says = f"unit {part.position} of {part.rack} is taken by {other.part.name}, at {other.origin}"
                self.problems.append(placed.problem(says, "position"))
            taken.update((unit, placed) for unit in units)

    def _cable(self, placed: Placed) -> Iterator[Record]:
        ends = sorted((placed.part.a, placed.part.b))
        for field, end in (("a", placed.part.a), ("b", placed.part.b)):
            device, _, port = end.partition("/")
            known = self.devices.get(device)
            type_ = self.types.get(known.part.type) if known else None
            if type_ is None or port not in {one.name for one in type_.part.interfaces}:
                self.problems.append(placed.problem(f"there is no port {port} of a device {device}", field))
                return
        others = [one for one in self.parts.of["cables"] if {one.part.a, one.part.b} & set(ends)]
        if others[0] is not placed:
            self.problems.append(placed.problem(f"one of its ports has a cable already, at {others[0].origin}"))
            return
        a, b = (f"device/{end}" for end in ends)
        yield CableRecord(
            key=f"cable/{ends[0]}--{ends[1]}",
            scopes=("cables",),
            origin=placed.origin,
            a=a,
            b=b,
            type=placed.part.type,
            color=placed.part.color,
            status=placed.part.status,
        )

    # -------------------------------------------------------------------------------------------------------- networks

    def _group(self, placed: Placed) -> Iterator[Record]:
        part = placed.part
        if self._has(placed, "location", self.locations, "location"):
            yield VlanGroupRecord(
                key=f"vlan_group/{part.name}",
                scopes=("vlan_groups",),
                origin=placed.origin,
                name=part.name,
                location=self._place(part.location) if part.location else "",
                description=part.description,
            )

    def _vlan(self, placed: Placed) -> Iterator[Record]:
        part = placed.part
        if not (
            self._has(placed, "group", self.groups, "VLAN group")
            and self._has(placed, "location", self.locations, "location")
        ):
            return
        yield VlanRecord(
            key=f"vlan/{part.group}/{part.vid}",
            scopes=("vlans",),
            origin=placed.origin,
            vid=part.vid,
            name=part.name,
            group=f"vlan_group/{part.group}",
            location=part.location or self.groups[part.group].part.location or "",
            description=part.description,
        )

    def _prefix(self, placed: Placed) -> Iterator[Record]:
        part = placed.part
        vids = {vlan.part.vid for vlan in self.vlans.values()}
        if part.vlan and part.vlan not in vids:
            self.problems.append(placed.problem(f"there is no VLAN {part.vlan} in the design", "vlan"))
        if not self._has(placed, "location", self.locations, "location"):
            return
        yield PrefixRecord(
            key=f"prefix/{part.prefix}",
            scopes=("prefixes",),
            origin=placed.origin,
            network=part.prefix,
            vid=part.vlan or 0,
            type=part.type,
            role=part.role,
            location=part.location,
            description=part.description,
        )
        if part.gateway:
            yield AddressRecord(
                key=part.gateway,
                scopes=("prefixes",),
                origin=placed.origin,
                mask_length=ipaddress.ip_network(part.prefix).prefixlen,
                role=GATEWAY,
            )

    def _range(self, placed: Placed) -> Iterator[Record]:
        part = placed.part
        yield RangeRecord(
            key=f"range/{part.name}",
            scopes=("ranges",),
            origin=placed.origin,
            first=part.first,
            last=part.last,
            name=part.name,
            role=part.role or "",
            description=part.description,
        )

    # ---------------------------------------------------------------------------------------- what a person may ask for

    def _profile(self, placed: Placed) -> Iterator[Record]:
        part = placed.part
        missing = [name for name in part.ranges if name not in self.ranges]
        for name in missing:
            self.problems.append(placed.problem(f"there is no range {name} in the design", "ranges"))
        if missing:
            return
        values = {name: getattr(part, name) for name in ("description", "bridge", "search_domain", "restricted")}
        yield ProfileRecord(
            key=f"profile/{part.name}",
            scopes=("profiles",),
            origin=placed.origin,
            name=part.name,
            prefix=part.prefix,
            prefix6=part.prefix6 or "",
            ranges=frozenset(f"range/{name}" for name in part.ranges),
            gateway=part.gateway or "",
            gateway6=part.gateway6 or "",
            vlan_tag=part.vlan_tag or 0,
            dns_servers=part.dns_servers,
            ntp_servers=part.ntp_servers,
            is_default=part.is_default,
            **values,
        )

    def _size(self, placed: Placed) -> Iterator[Record]:
        part = placed.part
        amounts = [(amount.cores, amount.memory_mb, amount.disk_gb) for amount in (part.container, part.vm)]
        yield SizeRecord(
            key=f"size/{part.name}",
            scopes=("sizes",),
            origin=placed.origin,
            name=part.name,
            container=amounts[0],
            vm=amounts[1],
            description=part.description,
        )

    def _image(self, placed: Placed) -> Iterator[Record]:
        part = placed.part
        yield ImageRecord(
            key=f"image/{part.system}/{part.name}",
            scopes=("images",),
            origin=placed.origin,
            name=part.name,
            system=part.system,
            guest_type=GuestType(part.type),
            source=part.source,
            platform=part.platform,
            user=part.user,
        )


def overlaps(site: Site) -> list[Problem]:
    """Return which ranges of the design have addresses in common."""
    by_version: dict[int, list[tuple[int, int, Placed]]] = defaultdict(list)
    for placed in site.parts.of["ranges"]:
        first, last = ipaddress.ip_address(placed.part.first), ipaddress.ip_address(placed.part.last)
        by_version[first.version].append((int(first), int(last), placed))
    found = []
    for spans in by_version.values():
        spans.sort(key=lambda span: span[:2])
        for (_, end, one), (start, _, other) in zip(spans, spans[1:], strict=False):
            if start <= end:
                found.append(other.problem(f"it has addresses of {one.part.name} in it, at {one.origin}", "first"))
    return found
