"""Interfaces as records: what a port is, whose member it is, and which VLANs it carries."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...records import ALL_VLANS, InterfaceRecord, PartRecord, PortType, VlanRecord
from .answers import ROUTER, Answers, key_of
from .parse.interfaces import InterfaceRow

# The name a port left the factory with says what it is; the longer ones first.
FACTORY_NAMES = (
    (re.compile(r"qsfp28-"), PortType.QSFP_100G),
    (re.compile(r"qsfpplus"), PortType.QSFP_40G),
    (re.compile(r"sfp28-"), PortType.SFP_25G),
    (re.compile(r"sfp-sfpplus|sfpplus"), PortType.SFP_10G),
    (re.compile(r"sfp\d"), PortType.SFP_1G),
    (re.compile(r"combo"), PortType.COPPER_1G),
)
TYPES = {"bridge": PortType.BRIDGE, "bond": PortType.LAG, "ether": PortType.OTHER}
MEDIA = re.compile(r"(?P<speed>[0-9.]+[MG])-baseT")
COPPER = {"10G": PortType.COPPER_10G, "2.5G": PortType.OTHER, "5G": PortType.OTHER}
EVERY_VLAN = frozenset(range(2, 4095))
VLAN_SCOPES = ("vlans", "interfaces/bridge", "interfaces/vlan")
LONGEST_SPAN = 64
"""A row of more VLANs than that lets traffic through; it does not define them."""


def port_records(answers: Answers) -> Iterator[InterfaceRecord]:
    """Yield the interfaces that stay."""
    for row in answers.lasting.values():
        link = answers.links.get(row.name)
        vid, tagged = vlans_of(answers, row)
        yield InterfaceRecord(
            key=key_of(row.name),
            scopes=("interfaces",),
            device=ROUTER,
            name=row.name,
            type=_type(answers, row),
            speed_kbps=link.speed_kbps if link else None,
            enabled=row.enabled,
            mtu=row.mtu,
            mac=row.mac or None,
            description=row.comment,
            lag=_named(answers, None if answers.bonds is None else answers.bonds.get(row.name, "")),
            bridge=_named(answers, _bridge(answers, row)),
            parent=_named(answers, _parent(answers, row)),
            vid=vid,
            tagged=tagged,
        )


def _named(answers: Answers, name: str | None) -> str | None:
    """Return the name of an interface that is read as well, None where it is not."""
    return name if name is None or name == "" or name in answers.lasting else None


def _bridge(answers: Answers, row: InterfaceRow) -> str | None:
    if answers.bridge_ports is None:
        return None
    port = answers.bridge_ports.get(row.name)
    return port.bridge if port else ""


def _parent(answers: Answers, row: InterfaceRow) -> str | None:
    if row.type != "vlan":
        return ""
    found = (answers.vlan_interfaces or {}).get(row.name)
    return found.parent if found else None


def _type(answers: Answers, row: InterfaceRow) -> PortType | None:
    if row.type != "ether":
        return TYPES.get(row.type, PortType.VIRTUAL)
    factory = (answers.ethernet or {}).get(row.name) or row.default_name
    found = next((kind for pattern, kind in FACTORY_NAMES if pattern.match(factory)), None)
    if found is not None:
        return found
    if answers.board is None:
        return None
    if not answers.board.is_routerboard or not factory.startswith("ether"):
        return PortType.OTHER  # the card of a PC or a virtual machine: the name says nothing
    return _copper(answers, row.name)


def _copper(answers: Answers, name: str) -> PortType | None:
    """Return what a copper port can do at most; releases before 7.12 do not say, and such ports were slow then."""
    link = answers.links.get(name)
    if link is None:
        return None
    able = {found["speed"] for rate in link.rates if (found := MEDIA.match(rate))}
    return next((kind for speed, kind in COPPER.items() if speed in able), PortType.COPPER_1G)


# ------------------------------------------------------------------------------------------------------------- VLANs


def vlans_of(answers: Answers, row: InterfaceRow) -> tuple[int | None, frozenset[int] | None]:
    """Return the VLAN of untagged frames (0 for none) and those with a tag; None for what is not known."""
    if row.type == "vlan":
        return answers.vid_of(row.name), frozenset()
    if answers.bridges is None or answers.bridge_ports is None:
        return None, None
    own = answers.bridges.get(row.name)
    port = own.own if own else answers.bridge_ports.get(row.name)
    if port is None:
        return _routed(answers, row)
    bridge = answers.bridges.get(port.bridge)
    if bridge is None or not bridge.filtering:
        return None, None
    if answers.bridge_vlans is None:
        return port.pvid, None
    return port.pvid, _tagged(answers, row.name, bridge.name, port.pvid)


def _routed(answers: Answers, row: InterfaceRow) -> tuple[int | None, frozenset[int] | None]:
    """Return the VLANs of a port that is in no bridge: those of the VLAN interfaces that stand on it."""
    if answers.vlan_interfaces is None or row.type not in ("ether", "bond") or row.name in (answers.bonds or {}):
        return None, None
    above = (name for name, vlan in answers.vlan_interfaces.items() if vlan.parent == row.name)
    return None, frozenset(vid for name in above if (vid := answers.vid_of(name)) is not None)


def _tagged(answers: Answers, port: str, bridge: str, pvid: int) -> frozenset[int]:
    """Return the VLANs that a port carries with a tag, ALL_VLANS where it lets every one through."""
    found: set[int] = set()
    for row in answers.bridge_vlans or ():
        if row.bridge == bridge and port in row.tagged:
            found.update(vid for first, last in row.spans for vid in range(first, last + 1))
    return ALL_VLANS if found >= EVERY_VLAN else frozenset(found - {pvid})


def vlan_records(answers: Answers) -> Iterator[VlanRecord]:
    """Yield the VLANs that the router has: in a bridge that looks at tags, of its ports, or as an interface."""
    names: dict[int, str] = {}
    filtering = {name for name, bridge in (answers.bridges or {}).items() if bridge.filtering}
    for row in answers.bridge_vlans or ():
        spans = [span for span in row.spans if span[1] - span[0] < LONGEST_SPAN]
        vids = [vid for first, last in spans for vid in range(first, last + 1)]
        if row.configured and row.bridge in filtering:
            for vid in vids:
                names[vid] = names.get(vid) or (row.comment if len(vids) == 1 else "")
    for port in (answers.bridge_ports or {}).values():
        if port.pvid and port.bridge in filtering:
            names.setdefault(port.pvid, "")
    for name in answers.vlan_interfaces or ():
        if (found := answers.vid_of(name)) is not None:
            names.setdefault(found, "")
    for vid, name in sorted(names.items()):
        yield VlanRecord(key=f"vlan/{vid}", scopes=VLAN_SCOPES, vid=vid, name=name or None)


def part_records(answers: Answers) -> Iterator[PartRecord]:
    """Yield the modules in the ports that say who made them."""
    for name, link in answers.links.items():
        if name in answers.lasting and (link.part or link.serial or link.vendor):
            yield PartRecord(
                key=f"{ROUTER}/part/{name}",
                scopes=("parts", "interfaces"),
                device=ROUTER,
                name=name,
                manufacturer=link.vendor or None,
                model=link.part or None,
                serial=link.serial or None,
                description=link.module or None,
            )
