"""Software defined networks: vnets and subnets as VLANs and prefixes.

    zone of type vlan       its vnets are VLANs: the tag is a VLAN id
    any other zone          the tag is a VNI, or a VLAN inside another one, or there is none: no VLAN of the site

Several vnets may have one tag (on several bridges), and several subnets one prefix (in zones that do not touch): they
are one record, of which the first by name speaks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from ipaddress import ip_network

from ....errors import ParseError
from ....records import Kind, PrefixRecord, VlanRecord
from ....snapshot import Refusal
from .values import Row, shorten
from .vlans import vlan_id

SCOPES = ("sdn",)
VLAN_ZONE = "vlan"
VNET_NAME = re.compile(r"[A-Za-z][\w-]{0,63}", re.ASCII)
# An object that waits to be made, or to be deleted, is not what is meant to be; see `state` in the API's schema.
NOT_IN_FORCE = frozenset({"new", "deleted"})


@dataclass(frozen=True, kw_only=True)
class Vnet:
    """A network that guests are plugged into. `vid` is its VLAN, None where it has none or where that is not known."""

    name: str
    zone: str
    vid: int | None = None
    alias: str = ""


@dataclass(frozen=True, kw_only=True)
class Subnet:
    """A prefix of a vnet."""

    vnet: Vnet
    network: str
    gateway: str | None = None
    snat: bool = False

    @property
    def description(self) -> str:
        """Return what Nautobot has no field for."""
        gateway = f", gateway {self.gateway}" if self.gateway else ""
        return f"VNet {self.vnet.name}{gateway}{', source NAT' if self.snat else ''}"


@dataclass(kw_only=True)
class Sdn:
    """What an endpoint defines of networks. `ending` are vnets that are about to be deleted: guests still use them."""

    zones: dict[str, str] = field(default_factory=dict)
    vnets: dict[str, Vnet] = field(default_factory=dict)
    subnets: list[Subnet] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    ending: set[str] = field(default_factory=set)

    @property
    def vids(self) -> dict[str, int | None]:
        """Return the VLAN of every vnet by its name."""
        return {name: vnet.vid for name, vnet in self.vnets.items()}

    @property
    def records(self) -> list[VlanRecord | PrefixRecord]:
        """Return a record for each VLAN and each prefix."""
        return [*self._vlans(), *self._prefixes()]

    def _vlans(self) -> Iterable[VlanRecord]:
        found: dict[int, list[Vnet]] = {}
        for name, vnet in sorted(self.vnets.items()):
            if vnet.vid and name not in self.ending:
                found.setdefault(vnet.vid, []).append(vnet)
        for vid, vnets in sorted(found.items()):
            alias = next((vnet.alias for vnet in vnets if vnet.alias), "")
            yield VlanRecord(key=f"vlan/{vid}", scopes=SCOPES, vid=vid, name=vnets[0].name, description=alias)

    def _prefixes(self) -> Iterable[PrefixRecord]:
        found: dict[str, Subnet] = {}
        for subnet in sorted(self.subnets, key=lambda subnet: (subnet.vnet.vid is None, subnet.vnet.name)):
            found.setdefault(subnet.network, subnet)
        for network, subnet in sorted(found.items()):
            yield PrefixRecord(
                key=f"prefix/{network}",
                scopes=SCOPES,
                network=network,
                vid=subnet.vnet.vid,
                description=subnet.description,
            )


Add = Callable[[Sdn, Row], None]


def parse_sdn(zones: list[object], vnets: list[object]) -> Sdn:
    """Return zones and vnets; a row that cannot be read is refused by name."""
    sdn = Sdn()
    for number, item in enumerate(zones, start=1):
        _take(sdn, Kind.VLAN, "zone", number, item, _add_zone)
    for number, item in enumerate(vnets, start=1):
        _take(sdn, Kind.VLAN, "vnet", number, item, _add_vnet)
    return sdn


def add_subnets(sdn: Sdn, vnet: str, payload: list[object]) -> None:
    """Take in the subnets of a vnet."""
    for number, item in enumerate(payload, start=1):
        _take(sdn, Kind.PREFIX, f"vnet {vnet}: subnet", number, item, lambda sdn, row: _add_subnet(sdn, vnet, row))


def _take(sdn: Sdn, kind: Kind, what: str, number: int, item: object, add: Add) -> None:
    fields = item if isinstance(item, dict) else {}
    name = next((str(fields[key]) for key in ("cidr", "vnet", "zone") if fields.get(key)), f"row {number}")
    try:
        row = Row(f"{what} {name}", item)
        if row.text_or_none("state") not in NOT_IN_FORCE:
            add(sdn, row)
    except ParseError as error:
        sdn.refused.append(Refusal(kind=kind, key=f"{what} {name[:64]}", reason=str(error)))


def _add_zone(sdn: Sdn, row: Row) -> None:
    sdn.zones[row.text("zone")] = row.text("type")


def _add_vnet(sdn: Sdn, row: Row) -> None:
    name, zone = row.text("vnet"), row.text("zone")
    if not VNET_NAME.fullmatch(name):  # it becomes part of a path
        raise ParseError(f"{row.what}: {shorten(name)} is not the name of a vnet")
    is_vlan = sdn.zones.get(zone) == VLAN_ZONE
    vid = vlan_id(row.text("tag"), f"{row.what}: tag") if is_vlan else None
    sdn.vnets[name] = Vnet(name=name, zone=zone, vid=vid, alias=(row.text_or_none("alias") or "").strip())


def _add_subnet(sdn: Sdn, vnet: str, row: Row) -> None:
    text = row.text("cidr")
    try:
        network = str(ip_network(text))
    except ValueError:
        raise ParseError(f"{row.what}: expected a network such as 10.0.0.0/24, found {shorten(text)}") from None
    gateway = row.text_or_none("gateway")
    sdn.subnets.append(Subnet(vnet=sdn.vnets[vnet], network=network, gateway=gateway, snat=row.flag("snat")))
