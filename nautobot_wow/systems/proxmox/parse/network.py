"""The network of a node: its ports, bridges, bonds and VLAN interfaces, with their addresses.

Who belongs to whom is written down at the owner: a bond names its members, a bridge its ports. A port such as eno1.2
need not be listed itself: the bridge makes it. What VLANs mean to an interface:

    VLAN interface, OVS port      the untagged frames of it are in its VLAN
    bridge, VLAN aware            its VLANs are tagged on it; what is untagged is the business of the switch
    bridge, not VLAN aware        knows no VLANs; all of it is in the VLAN of its port, if that is a VLAN interface
    physical port, bond           does not say
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from ....errors import ParseError
from ....records import ALL_VLANS, AddressType, InterfaceRecord, Kind, PortType
from ....snapshot import Refusal
from .addresses import HeldAddress
from .values import Interface, Row, is_noise, to_interface, to_mac
from .vlans import vlan_id, vlan_ids

PORT_TYPE = {
    "bridge": PortType.BRIDGE,
    "OVSBridge": PortType.BRIDGE,
    "bond": PortType.LAG,
    "OVSBond": PortType.LAG,
    "vlan": PortType.VIRTUAL,
    "alias": PortType.VIRTUAL,
    "vnet": PortType.VIRTUAL,
    "fabric": PortType.VIRTUAL,
    "OVSPort": PortType.VIRTUAL,
    "OVSIntPort": PortType.VIRTUAL,
    "eth": PortType.OTHER,
}
ADDRESS_TYPE = {"static": AddressType.HOST, "dhcp": AddressType.DHCP, "auto": AddressType.SLAAC}
# The alternative name that systemd makes of the permanent MAC address (release 9).
NAME_OF_MAC = re.compile(r"enx([0-9a-f]{12})")
NAME_WITH_VLAN = re.compile(r"(?:(?P<raw>.+)\.|vlan)(?P<vid>[0-9]{1,4})")
MEMBERS = {"slaves": "lag", "ovs_bonds": "lag", "bridge_ports": "bridge", "ovs_ports": "bridge"}


@dataclass(kw_only=True)
class NodeNetwork:
    """What one node answered. `bridges` are the names that a guest's card can be plugged into without a VLAN."""

    records: list[InterfaceRecord] = field(default_factory=list)
    held: list[HeldAddress] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    bridges: set[str] = field(default_factory=set)
    gateways: dict[int, list[Interface]] = field(default_factory=dict)
    owners: dict[tuple[str, str], set[str]] = field(default_factory=dict)

    def primary(self, version: int, resolved: str | None = None) -> str | None:
        """Return the address that stands for the node: beside its gateway, else what its name resolves to."""
        beside = [str(interface.ip) for interface in self.gateways.get(version, ())]
        own = [one.interface for one in self.held if one.interface.version == version]
        named = [str(interface.ip) for interface in own if str(interface.ip) == resolved]
        return next(iter((*beside, *named)), None)


def parse_node_network(node: str, payload: list[object], *, sees_bridges: bool = True) -> NodeNetwork:
    """Return the network of a node; a row that cannot be read is refused, the others are not touched by it.

    Without the right to see bridges there are none in the answer; then nobody knows what is a port of one.
    """
    network = NodeNetwork()
    for number, item in enumerate(payload, start=1):
        name = item.get("iface") if isinstance(item, dict) else None
        key = f"node/{node}/{name if isinstance(name, str) and name else f'row {number}'}"
        try:
            _add(network, node, Row(key, item))
        except ParseError as error:
            network.refused.append(Refusal(kind=Kind.INTERFACE, key=key, reason=str(error)))
    network.records += _implied(network)
    _relate(network, sees_bridges)
    return network


def _add(network: NodeNetwork, node: str, row: Row) -> None:
    name = row.text("iface")
    if name == "lo":
        return
    kind = PORT_TYPE.get(row.text_or_none("type") or "")
    key = f"node/{node}/{name}"
    if any(record.key == key for record in network.records):
        raise ParseError(f"{key}: listed twice")
    owned = [(MEMBERS[field], member) for field in MEMBERS for member in (row.text_or_none(field) or "").split()]
    parent, vid, tagged = _vlans(row, name)
    addresses = [(version, *found) for version in (4, 6) if (found := _address(row, version))]
    record = InterfaceRecord(
        key=key,
        scopes=(f"nodes/{node}/interfaces",),
        device=f"node/{node}",
        name=name,
        type=kind,
        enabled=row.flag("active"),
        mtu=row.integer_or_none("mtu"),
        mac=_permanent_mac(row),
        description=(row.text_or_none("comments") or "").strip(),
        parent=parent,
        vid=vid,
        tagged=tagged,
    )
    for relation, member in owned:
        network.owners.setdefault((relation, member), set()).add(name)
    if row.has("ovs_bridge"):
        network.owners.setdefault(("bridge", name), set()).add(row.text("ovs_bridge"))
    network.records.append(record)
    if kind is PortType.BRIDGE:
        network.bridges.add(name)
    for version, interface, way in addresses:
        network.held.append(HeldAddress(interface=interface, type=way, carrier=key, scope=record.scopes[0]))
        if row.has("gateway" if version == 4 else "gateway6"):
            network.gateways.setdefault(version, []).append(interface)


def _vlans(row: Row, name: str) -> tuple[str, int | None, frozenset[int] | None]:
    """Return the interface it stands on, the VLAN of its untagged frames, and the VLANs that it carries with a tag."""
    kind = row.text_or_none("type")
    if kind == "vlan":
        spelled = NAME_WITH_VLAN.fullmatch(name)
        vid = row.text_or_none("vlan-id") or (spelled["vid"] if spelled else None)
        raw = row.text_or_none("vlan-raw-device") or (spelled["raw"] if spelled else None)
        return raw or "", vlan_id(vid, f"{row.what}: vlan-id") if vid else None, frozenset()
    if kind == "alias":
        return name.partition(":")[0], None, None
    if kind in ("OVSPort", "OVSIntPort"):
        return "", vlan_id(row.text("ovs_tag"), f"{row.what}: ovs_tag") if row.has("ovs_tag") else 0, None
    return "", *_vlans_of_bridge(row, kind)


def _vlans_of_bridge(row: Row, kind: str | None) -> tuple[int | None, frozenset[int] | None]:
    if kind == "OVSBridge":
        return None, ALL_VLANS
    if kind != "bridge":
        return None, None
    if row.flag("bridge_vlan_aware"):
        ids = row.text_or_none("bridge_vids") or ""
        return None, vlan_ids(ids, f"{row.what}: bridge_vids") if ids.strip() else ALL_VLANS
    ports = (NAME_WITH_VLAN.fullmatch(port) for port in (row.text_or_none("bridge_ports") or "").split())
    vids = {vlan_id(port["vid"], f"{row.what}: bridge_ports") for port in ports if port and port["raw"]}
    return (vids.pop() if len(vids) == 1 else 0), frozenset()


def _implied(network: NodeNetwork) -> Iterable[InterfaceRecord]:
    """Yield the VLAN interfaces that only their bridge or bond names, as far as what they stand on is listed."""
    known = {record.name: record for record in network.records}
    for name in sorted({member for _, member in network.owners} - set(known)):
        spelled = NAME_WITH_VLAN.fullmatch(name)
        if spelled and spelled["raw"] in known:
            below = known[spelled["raw"]]
            yield InterfaceRecord(
                key=f"{below.device}/{name}",
                scopes=below.scopes,
                device=below.device,
                name=name,
                type=PortType.VIRTUAL,
                parent=below.name,
                vid=int(spelled["vid"]),
                tagged=frozenset(),
            )


def _relate(network: NodeNetwork, sees_bridges: bool) -> None:
    """Say of every interface whose member it is; nobody's, if every owner could be read."""
    names = {record.name for record in network.records}
    knows = {"lag": not network.refused, "bridge": not network.refused and sees_bridges}
    for at, record in enumerate(network.records):
        found = {relation: network.owners.get((relation, record.name), set()) & (names - {record.name})
                 for relation in knows}  # fmt: skip
        owner = {relation: min(found[relation], default="" if knows[relation] else None) for relation in knows}
        parent = record.parent if record.parent in {*names, ""} - {record.name} else None
        network.records[at] = replace(record, lag=owner["lag"], bridge=owner["bridge"], parent=parent)


def _address(row: Row, version: int) -> tuple[Interface, AddressType | None] | None:
    suffix = "" if version == 4 else "6"
    if row.has(f"cidr{suffix}"):
        text = row.text(f"cidr{suffix}")
    elif row.has(f"address{suffix}"):
        text = f"{row.text(f'address{suffix}')}/{row.text(f'netmask{suffix}')}"
    else:
        return None
    interface = to_interface(text, f"{row.what}: address{suffix}")
    way = ADDRESS_TYPE.get(row.text_or_none(f"method{suffix}") or "")
    return None if is_noise(interface) else (interface, way)


def _permanent_mac(row: Row) -> str | None:
    """Return the MAC that an alternative name spells, None where there is none: the API has no field for it."""
    names = row.fields.get("altnames")
    spelled = [match[1] for name in names or () if isinstance(name, str) and (match := NAME_OF_MAC.fullmatch(name))]
    return to_mac(":".join(spelled[0][at : at + 2] for at in range(0, 12, 2)), row.what) if spelled else None
