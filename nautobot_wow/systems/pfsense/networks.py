"""Networks and addresses of the box, its virtual IPs, and the gateways beside it.

An interface without a way upstream is the gateway of its network, unless its DHCP scope names another one or a CARP
address stands in for it. Where several things are said of one address, the first of these counts: its own address,
a virtual IP, a gateway, a static mapping, a lease.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from ...records import AddressRecord, AddressType, PrefixRecord, RangeRecord
from .parse.config import Assigned, Config, Vip
from .parse.dhcp import Scope, StaticMap
from .parse.ifconfig import LivePort
from .parse.leases import Lease
from .parse.values import Interface
from .ports import port_key

SCOPES = ("config/interfaces", "config/addresses", "config/dhcp")
LIVE_SCOPES = (*SCOPES, "live")
LEASE_SCOPES = (*SCOPES, "leases")
GATEWAY, VIP, NAT = "Gateway", "VIP", "NAT"
DNS_NAME = re.compile(r"(?=.{1,255}$)[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,62}\.?)*")
WAYS = {"slaac": AddressType.SLAAC, "track6": AddressType.SLAAC}


@dataclass(frozen=True, kw_only=True)
class Networks:
    """The networks that the box stands in: what its interfaces were given, and what they got by themselves."""

    config: Config
    live: dict[str, LivePort] | None = None

    @cached_property
    def static(self) -> dict[Interface, Assigned]:
        """Return the given addresses with whose they are, host routes left out."""
        return _given(self.config)

    @cached_property
    def dynamic(self) -> dict[Interface, Assigned]:
        """Return the addresses that interfaces got from outside, as they are now."""
        given = {address.ip for one in self.config.interfaces.values() for address in one.static}
        given |= {vip.address.ip for vip in self.config.vips}
        return {
            address: one
            for one in self.config.interfaces.values()
            if one.enabled and one.dynamic and (port := (self.live or {}).get(one.port))
            for address in port.addresses
            if address.ip not in given and not _is_single(address)
        }

    @cached_property
    def all(self) -> dict[Interface, Assigned]:
        """Return the addresses of both sorts."""
        return {**self.dynamic, **self.static}

    def holder(self, host: str) -> tuple[Interface, Assigned] | None:
        """Return the own address and the interface in whose network a host is."""
        return _holder(host, self.all)

    def serving(self) -> Iterator[tuple[Scope, Assigned]]:
        """Yield the DHCP scopes that serve, with their interface; the file may keep those of deleted ones."""
        for scope in self.config.scopes:
            one = self.config.interfaces.get(scope.tag)
            if scope.enabled and one is not None and one.enabled:
                yield scope, one

    def is_within(self, scope: Scope, *hosts: str) -> bool:
        """Tell whether hosts are in a network of the interface of a scope."""
        own = [address.network for address, one in self.all.items() if one.tag == scope.tag]
        return all(any(ipaddress.ip_address(host) in network for network in own) for host in hosts)


def prefix_records(networks: Networks) -> Iterator[PrefixRecord]:
    """Yield every network once, with its VLAN where the box itself tags its frames."""
    vids = networks.config.vid_by_port
    found: dict[str, PrefixRecord] = {}
    aliases = {
        vip.address: one
        for vip in networks.config.vips
        if vip.mode in ("carp", "ipalias") and (one := networks.config.interfaces.get(vip.interface)) is not None
        if one.enabled and not _is_single(vip.address)
    }
    for held, scopes in ((networks.static, SCOPES), (networks.dynamic, LIVE_SCOPES), (aliases, SCOPES)):
        for address, one in held.items():
            network = str(address.network)
            record = PrefixRecord(
                key=f"prefix/{network}", scopes=scopes, network=network, vid=vids.get(one.port), description=one.title
            )
            found.setdefault(network, record)
    return iter(found.values())


def address_records(networks: Networks, leases: Iterable[Lease]) -> list[AddressRecord]:
    """Return every address once; `leases` are those that shall be records."""
    found: dict[str, AddressRecord] = {}
    for record in (
        *_own(networks),
        *_virtual(networks),
        *_gateways(networks),
        *_mapped(networks),
        *_leased(networks, leases),
    ):
        found.setdefault(record.key, record)
    return list(found.values())


def _own(networks: Networks) -> Iterator[AddressRecord]:
    vips = {vip.address.network for vip in networks.config.vips if vip.mode == "carp"}
    told = {scope.tag: scope.gateway for scope, _ in networks.serving() if scope.gateway and scope.version == 4}
    for one in networks.config.interfaces.values():
        for address in one.static if one.enabled else ():
            host = str(address.ip)
            another = address.network in vips or (address.version == 4 and told.get(one.tag, host) != host)
            is_gateway = not (one.upstream or _is_single(address) or another)
            yield AddressRecord(
                key=host,
                scopes=SCOPES,
                mask_length=address.network.prefixlen,
                type=AddressType.HOST,
                interfaces=frozenset({port_key(one.port)}),
                role=GATEWAY if is_gateway else "",
                description=one.title,
            )
    for address, one in networks.dynamic.items():
        way = next((WAYS[name] for name in one.dynamic if address.version == 6 and name in WAYS), AddressType.DHCP)
        yield AddressRecord(
            key=str(address.ip),
            scopes=LIVE_SCOPES,
            mask_length=address.network.prefixlen,
            type=way,
            interfaces=frozenset({port_key(one.port)}),
            description=one.title,
        )


def _virtual(networks: Networks) -> Iterator[AddressRecord]:
    for vip in networks.config.vips:
        if vip.is_network:
            continue
        holder = networks.holder(str(vip.address.ip))
        single = _is_single(vip.address) and holder is not None
        yield AddressRecord(
            key=str(vip.address.ip),
            scopes=SCOPES,
            mask_length=holder[0].network.prefixlen if single and holder else vip.address.network.prefixlen,
            interfaces=_carrier(networks.config, vip),
            role=VIP,
            description=vip.title or _kind_of(vip),
        )


def _carrier(config: Config, vip: Vip) -> frozenset[str] | None:
    """Return who carries a virtual IP; of a CARP address nobody says: it moves between boxes as it likes."""
    port = config.port_of(vip.interface)
    return frozenset({port_key(port)}) if vip.mode == "ipalias" and port else None


def _kind_of(vip: Vip) -> str:
    words = {"carp": f"CARP {vip.vhid or ''}".strip(), "ipalias": "IP alias", "proxyarp": "Proxy ARP"}
    return words.get(vip.mode, "Virtual IP")


def vip_ranges(networks: Networks) -> Iterator[RangeRecord]:
    """Yield the networks that the box answers for without having their addresses: nobody else may have one."""
    for vip in networks.config.vips:
        if vip.is_network:
            net = vip.address.network
            yield RangeRecord(
                key=f"range/vip/{net}",
                scopes=("config/addresses",),
                first=str(net[0]),
                last=str(net[-1]),
                name=vip.title or f"{_kind_of(vip)} {net}",
                role=NAT,
            )


def _gateways(networks: Networks) -> Iterator[AddressRecord]:
    """Yield gateways in networks of the box; one that is elsewhere says nothing about a network that is known here."""
    entered = [(one.address, one.title or one.name) for one in networks.config.gateways if one.address]
    told = [
        (scope.gateway, f"Gateway of {one.title}")
        for scope, one in networks.serving()
        if scope.gateway not in ("", "none") and networks.is_within(scope, scope.gateway)
    ]
    for host, title in (*entered, *told):
        if holder := networks.holder(host):
            yield AddressRecord(
                key=host, scopes=SCOPES, mask_length=holder[0].network.prefixlen, role=GATEWAY, description=title
            )


def _mapped(networks: Networks) -> Iterator[AddressRecord]:
    for scope, _ in networks.serving():
        for one in scope.static:
            holder = networks.holder(one.host) if one.host and networks.is_within(scope, one.host) else None
            if holder:
                yield AddressRecord(
                    key=one.host,
                    scopes=SCOPES,
                    mask_length=holder[0].network.prefixlen,
                    type=AddressType.DHCP,
                    dns_name=_dns_name(one),
                    description=one.title or one.name,
                )


def _dns_name(one: StaticMap) -> str | None:
    """Return the name of a static mapping as it was written, None where there is none, or none that DNS could hold.

    The domain is added only where the mapping has one of its own: whether the box puts these names into its DNS, and
    under which domain, is another setting.
    """
    name = f"{one.name}.{one.domain}" if one.name and one.domain and "." not in one.name else one.name
    return name if DNS_NAME.fullmatch(name) else None


def _leased(networks: Networks, leases: Iterable[Lease]) -> Iterator[AddressRecord]:
    for lease in leases:
        if holder := networks.holder(lease.host):
            yield AddressRecord(
                key=lease.host,
                scopes=LEASE_SCOPES,
                mask_length=holder[0].network.prefixlen,
                type=AddressType.DHCP,
            )


def _given(config: Config) -> dict[Interface, Assigned]:
    """Return the addresses that the enabled interfaces were given, with whose they are; host routes are no networks."""
    return {
        address: one
        for one in config.interfaces.values()
        if one.enabled
        for address in one.static
        if not _is_single(address)
    }


def _is_single(address: Interface) -> bool:
    """Tell whether there is no network around an address."""
    return address.network.prefixlen == address.max_prefixlen


def _holder(host: str, networks: dict[Interface, Assigned]) -> tuple[Interface, Assigned] | None:
    """Return the interface in whose network an address is, the smallest network first."""
    address = ipaddress.ip_address(host)
    found = [(own, one) for own, one in networks.items() if address in own.network]
    return max(found, key=lambda pair: pair[0].network.prefixlen, default=None)
