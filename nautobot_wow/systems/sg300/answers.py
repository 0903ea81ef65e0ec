"""What the switch answered, and what becomes of it: one Device, its ports and VLANs, and who was heard where.

scope       shown by                            holds
device      show version, system, system id     the switch
parts       show inventory                      transceivers, further units of a stack
interfaces  show interfaces …                   ports; below it `channels`: port channels
vlans       show vlan                           VLANs that somebody made here
addresses   show ip interface                   the switch's addresses and the interfaces that carry them
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ...macs import is_junk
from ...records import (
    AddressRecord,
    AddressType,
    DeviceRecord,
    InterfaceRecord,
    PartRecord,
    PortType,
    Record,
    VlanRecord,
)
from ...snapshot import Seen, Snapshot
from .parse.addresses import Addresses, OwnAddress
from .parse.config import RunningConfig
from .parse.device import Item, SystemFacts
from .parse.interfaces import PortStatus
from .parse.lldp import Neighbour
from .parse.mac_table import MacRow
from .parse.ports import LAG, VLAN
from .parse.vlans import VlanRow

SWITCH = "switch"
"""The key of the Device: one System is one switch, also after its hardware was replaced."""

PLATFORM = "Cisco Small Business"
ROLE = "Switch"
# A combo port is both, whichever of the two has the link at the moment.
PORT_TYPES = {
    "1G-Copper": PortType.COPPER_1G,
    "1G-Fiber": PortType.SFP_1G,
    "10G-Copper": PortType.COPPER_10G,
    "10G-Fiber": PortType.SFP_10G,
}
OUT_OF_BAND = "oob"


@dataclass(frozen=True, kw_only=True)
class PortVlans:
    """The VLANs of a port: of its untagged frames (0 for none, None for not known) and those with a tag."""

    vid: int | None
    tagged: frozenset[int]


@dataclass(frozen=True, kw_only=True)
class Ports:
    """What the tables of interfaces say, by port. `descriptions` and `lag_of` are None where they could not be read."""

    status: Mapping[str, PortStatus]
    enabled: Mapping[str, bool]
    descriptions: Mapping[str, str] | None
    lag_of: Mapping[str, str] | None

    @property
    def names(self) -> list[str]:
        """Return the ports, and the port channels that anybody uses."""
        used = {*(self.lag_of or {}).values(), *(name for name, text in (self.descriptions or {}).items() if text)}
        return [name for name, row in self.status.items() if row.up is not None or name in used]


@dataclass(frozen=True, kw_only=True)
class Answers:
    """Everything that was read. What is None or empty could not be read, and `unseen` says why."""

    hostname: str
    privilege: int
    version: str
    system: SystemFacts
    serial: str | None
    items: tuple[Item, ...]
    ports: Ports | None
    vlans: Mapping[int, VlanRow] | None
    port_vlans: Mapping[str, PortVlans] | None
    addresses: Addresses | None
    heard: tuple[MacRow, ...]
    neighbours: tuple[Neighbour, ...]
    config: RunningConfig | None
    learned: Mapping[str, str] = field(default_factory=dict)
    unseen: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Return the name of the switch."""
        return self.system.name or self.hostname

    @property
    def model(self) -> str:
        """Return the product number of the first unit, else what the switch calls itself."""
        return next((item.product for item in self.items if item.is_unit), self.system.description)


SCOPES = ("device", "parts", "interfaces", "vlans", "addresses")


def snapshot_of(answers: Answers, endpoint: str) -> Snapshot:
    """Return what the answers come to. `endpoint` is the host that was asked: of several addresses the primary one."""
    return Snapshot(
        records=tuple(_records(answers, endpoint)),
        observed=frozenset(SCOPES),
        unseen=dict(answers.unseen),
        facts=_facts(answers),
        seen=tuple(sorted(_seen(answers), key=lambda one: (one.source, one.where, one.vid or 0, one.mac, one.name))),
        context=_context(answers),
        learned=dict(answers.learned),
    )


# -------------------------------------------------------------------------------------------------------- records


def _records(answers: Answers, endpoint: str) -> Iterable[Record]:
    yield DeviceRecord(
        key=SWITCH,
        scopes=("device",),
        name=answers.name,
        role=ROLE,
        serial=answers.serial,
        platform=PLATFORM,
        version=answers.version,
        primary_ip4=_primary(answers.addresses, endpoint),
    )
    yield from (_part(item) for item in answers.items if not (item.is_unit and item.name == "1"))
    yield from _ports(answers)
    yield from _vlans(answers)
    yield from _own(answers)


def _primary(addresses: Addresses | None, endpoint: str) -> str | None:
    """Return the address that was asked, else the one beside the gateway, else the only one."""
    if addresses is None:
        return None
    own = [address.interface for address in addresses.own]
    asked = [one for one in own if str(one.ip) == endpoint]
    beside = [one for one in own if any(gateway in map(str, one.network) for gateway in addresses.gateways[:1])]
    chosen = asked or beside or (own if len(own) == 1 else [])
    return str(chosen[0].ip) if chosen else None


def _part(item: Item) -> PartRecord:
    name = f"Unit {item.name}" if item.is_unit else item.name
    return PartRecord(
        key=f"{SWITCH}/part/{name}",
        scopes=("parts",),
        device=SWITCH,
        name=name,
        model=item.product,
        serial=item.serial,
        description=item.description,
    )


def _ports(answers: Answers) -> Iterable[InterfaceRecord]:
    ports = answers.ports
    for name in ports.names if ports else ():
        assert ports is not None
        row = ports.status[name]
        vlans = answers.port_vlans.get(name) if answers.port_vlans is not None else None
        yield InterfaceRecord(
            key=key_of(name),
            scopes=("interfaces/channels" if name.startswith(LAG) else "interfaces",),
            device=SWITCH,
            name=name,
            type=PortType.LAG if name.startswith(LAG) else PORT_TYPES.get(row.type, PortType.OTHER),
            speed_kbps=row.speed_kbps,
            enabled=ports.enabled[name],
            description=ports.descriptions[name] if ports.descriptions is not None else None,
            lag=ports.lag_of.get(name, "") if ports.lag_of is not None else None,
            vid=vlans.vid if vlans else None,
            tagged=vlans.tagged if vlans else None,
        )


def _vlans(answers: Answers) -> Iterable[VlanRecord]:
    full_names = answers.config.vlan_names if answers.config else {}
    for vid, row in (answers.vlans or {}).items():
        if not row.is_learned:
            name = full_names.get(vid) or row.name
            yield VlanRecord(key=f"vlan/{vid}", scopes=("vlans",), vid=vid, name=name or None)


def _own(answers: Answers) -> Iterable[Record]:
    """Yield the switch's own addresses, and the interfaces that carry them as far as they are no ports."""
    own = answers.addresses.own if answers.addresses else ()
    for carrier in sorted({address.carrier for address in own}):
        vlan = VLAN.fullmatch(carrier)
        if vlan or carrier == OUT_OF_BAND:
            yield InterfaceRecord(
                key=key_of(carrier),
                scopes=("addresses",),
                device=SWITCH,
                name=carrier,
                type=PortType.VIRTUAL if vlan else PortType.OTHER,
                mgmt_only=True if carrier == OUT_OF_BAND else None,
                enabled=True,
                mac=answers.system.mac if vlan else None,
                vid=int(vlan["vid"]) if vlan else None,
                tagged=frozenset() if vlan else None,
            )
    yield from (_address(address) for address in _once(own))


def _once(own: Iterable[OwnAddress]) -> Iterable[OwnAddress]:
    return {address.interface.ip: address for address in own}.values()


def _address(address: OwnAddress) -> AddressRecord:
    return AddressRecord(
        key=str(address.interface.ip),
        scopes=("addresses",),
        mask_length=address.interface.network.prefixlen,
        type=AddressType.DHCP if address.is_dhcp else AddressType.HOST,
        interfaces=frozenset({key_of(address.carrier)}),
    )


def key_of(interface: str) -> str:
    """Return the key of a port or interface of the switch."""
    return f"{SWITCH}/{interface}"


# ---------------------------------------------------------------------------------------- evidence, facts, context


def _seen(answers: Answers) -> Iterable[Seen]:
    for row in answers.heard:
        if not row.is_own and row.mac != answers.system.mac and not is_junk(row.mac):
            yield Seen(source="mac-table", mac=row.mac, where=row.port, port=key_of(row.port), vid=row.vid)
    for far in answers.neighbours:
        yield Seen(
            source="neighbour",
            mac=far.mac,
            where=far.port,
            port=key_of(far.port),
            name=far.name or ("" if far.mac else far.device_id),
            far_port=far.far_port,
        )


def _facts(answers: Answers) -> dict[str, str]:
    return {
        "version": answers.version,
        "model": answers.model,
        "privilege": str(answers.privilege),
        "ports": str(len(answers.ports.names)) if answers.ports else "unread",
        "vlans": str(len(answers.vlans)) if answers.vlans is not None else "unread",
        "heard": str(len(answers.heard)),
        "neighbours": str(len(answers.neighbours)),
    }


def _context(answers: Answers) -> dict[str, tuple[Mapping[str, str], ...]]:
    gateways = answers.addresses.gateways if answers.addresses else ()
    return {"Default gateways": tuple({"gateway": gateway} for gateway in gateways)} if gateways else {}
