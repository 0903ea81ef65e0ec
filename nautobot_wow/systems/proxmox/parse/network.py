"""The network of a node: its ports, bridges, bonds and VLAN interfaces, with their addresses."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ....errors import ParseError
from ....records import AddressType, InterfaceRecord, Kind, PortType
from ....snapshot import Refusal
from .addresses import HeldAddress
from .values import Interface, Row, is_noise, to_interface, to_mac

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


@dataclass(kw_only=True)
class NodeNetwork:
    """What one node answered. `bridges` are the names that a guest's card can be plugged into without a VLAN."""

    records: list[InterfaceRecord] = field(default_factory=list)
    held: list[HeldAddress] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    bridges: set[str] = field(default_factory=set)
    gateways: dict[int, list[Interface]] = field(default_factory=dict)

    def primary(self, version: int, resolved: str | None = None) -> str | None:
        """Return the address that stands for the node: beside its gateway, else what its name resolves to."""
        beside = [str(interface.ip) for interface in self.gateways.get(version, ())]
        own = [one.interface for one in self.held if one.interface.version == version]
        named = [str(interface.ip) for interface in own if str(interface.ip) == resolved]
        return next(iter((*beside, *named)), None)


def parse_node_network(node: str, payload: list[object]) -> NodeNetwork:
    """Return the network of a node; a row that cannot be read is refused, the others are not touched by it."""
    network = NodeNetwork()
    for number, item in enumerate(payload, start=1):
        name = item.get("iface") if isinstance(item, dict) else None
        key = f"node/{node}/{name if isinstance(name, str) and name else f'row {number}'}"
        try:
            _add(network, node, Row(key, item))
        except ParseError as error:
            network.refused.append(Refusal(kind=Kind.INTERFACE, key=key, reason=str(error)))
    return network


def _add(network: NodeNetwork, node: str, row: Row) -> None:
    name = row.text("iface")
    if name == "lo":
        return
    kind = PORT_TYPE.get(row.text_or_none("type") or "")
    key = f"node/{node}/{name}"
    if any(record.key == key for record in network.records):
        raise ParseError(f"{key}: listed twice")
    addresses = [(version, *found) for version in (4, 6) if (found := _address(row, version))]
    record = InterfaceRecord(
        key=key,
        scopes=(f"nodes/{node}/interfaces",),
        node=f"node/{node}",
        name=name,
        type=kind,
        enabled=row.flag("active"),
        mtu=row.integer_or_none("mtu"),
        mac=_permanent_mac(row),
        description=(row.text_or_none("comments") or "").strip(),
    )
    network.records.append(record)
    if kind is PortType.BRIDGE:
        network.bridges.add(name)
    for version, interface, way in addresses:
        network.held.append(HeldAddress(interface=interface, type=way, carrier=key, scope=record.scopes[0]))
        if row.has("gateway" if version == 4 else "gateway6"):
            network.gateways.setdefault(version, []).append(interface)


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
