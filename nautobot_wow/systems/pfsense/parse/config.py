"""What the configuration says, typed: interfaces, VLANs, LAGGs, bridges, virtual IPs, gateways, routes, host overrides.

An element that cannot be read stops itself only: `troubles` names it, and nothing of its listing counts as missing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from ....errors import ParseError
from .dhcp import Scope, parse_scope
from .sections import Section
from .values import Interface, quoted, to_address, to_interface, to_number, to_vid

DYNAMIC4 = frozenset({"dhcp", "pppoe", "pptp", "l2tp", "ppp"})
DYNAMIC6 = frozenset({"dhcp6", "slaac", "6rd", "6to4", "track6", "pppoe"})
VIP_MODES = frozenset({"carp", "ipalias", "proxyarp", "other"})
KEA = "kea"

Found = TypeVar("Found")


@dataclass(frozen=True, kw_only=True)
class Assigned:
    """An interface as people know it: `tag` is its name in the file (wan, opt3), `port` that of the system (ix4).

    `static` are the addresses it was given; `dynamic` the ways in which it gets others (dhcp, pppoe, slaac).
    """

    tag: str
    port: str
    title: str
    enabled: bool
    static: tuple[Interface, ...] = ()
    dynamic: tuple[str, ...] = ()
    upstream: bool = False


@dataclass(frozen=True, kw_only=True)
class Vlan:
    """A VLAN interface on a parent. Of a QinQ it is the outer tag: the inner ones are nobody's VLANs here."""

    port: str
    parent: str
    vid: int
    title: str = ""


@dataclass(frozen=True, kw_only=True)
class Group:
    """A LAGG or bridge with the system's names of its members."""

    port: str
    members: tuple[str, ...]
    title: str = ""


@dataclass(frozen=True, kw_only=True)
class Vip:
    """A virtual IP. `interface` is a tag, or another VIP ("_vip4f…"); proxied ones may be a whole network."""

    mode: str
    interface: str
    address: Interface
    vhid: int | None = None
    title: str = ""

    @property
    def is_network(self) -> bool:
        """Tell whether the box answers for every address of the network; a CARP VIP or alias has it as its mask."""
        net = self.address.network
        return self.mode in ("proxyarp", "other") and net.num_addresses > 1


@dataclass(frozen=True, kw_only=True)
class Gateway:
    """A gateway that was entered; `address` is None where it comes with the connection (dynamic)."""

    name: str
    interface: str
    address: str | None
    default: bool = False
    disabled: bool = False
    title: str = ""


@dataclass(frozen=True, kw_only=True)
class Route:
    """A static route; `network` may be the name of an alias."""

    network: str
    gateway: str
    disabled: bool = False
    title: str = ""


@dataclass(frozen=True, kw_only=True)
class Override:
    """A name that the resolver of the box answers itself."""

    name: str
    addresses: str
    title: str = ""


@dataclass(kw_only=True)
class Config:
    """Everything that is kept, typed. `troubles` are what could not be read: (listing, element, why)."""

    schema: str
    hostname: str
    domain: str
    backend: str
    interfaces: dict[str, Assigned] = field(default_factory=dict)
    vlans: list[Vlan] = field(default_factory=list)
    laggs: list[Group] = field(default_factory=list)
    bridges: list[Group] = field(default_factory=list)
    vips: list[Vip] = field(default_factory=list)
    gateways: list[Gateway] = field(default_factory=list)
    routes: list[Route] = field(default_factory=list)
    overrides: list[Override] = field(default_factory=list)
    scopes: list[Scope] = field(default_factory=list)
    troubles: list[tuple[str, str, str]] = field(default_factory=list)

    def port_of(self, tag: str) -> str:
        """Return the system's name of an interface, empty for one that is not assigned."""
        found = self.interfaces.get(tag)
        return found.port if found else ""

    @property
    def vid_by_port(self) -> dict[str, int]:
        """Return the VLAN of the untagged frames of VLAN interfaces."""
        return {vlan.port: vlan.vid for vlan in self.vlans}


def parse_config(root: Section) -> Config:
    """Return the configuration. Raises ParseError where it is none: a box has a name and interfaces."""
    system = root.first("system")
    hostname = system.words("hostname")
    if not hostname or not root.has("interfaces"):
        missing = "interfaces" if hostname else "system/hostname"
        raise ParseError(f"config.xml: {missing} is missing; this is no configuration of a running box")
    config = Config(
        schema=root.words("version"),
        hostname=hostname,
        domain=system.words("domain"),
        backend=KEA if root.words("dhcpbackend") == KEA else "isc",
    )
    for section in root.under("interfaces", "*"):
        if found := _tried(config, "interfaces", section.name, _assigned, section):
            config.interfaces[found.tag] = found
    _fill(config, root)
    return config


def _fill(config: Config, root: Section) -> None:
    config.vlans += _each(config, "vlans", root.under("vlans", "vlan"), _vlan)
    config.vlans += _each(config, "vlans", root.under("qinqs", "qinqentry"), _vlan)
    config.laggs += _each(config, "interfaces", root.under("laggs", "lagg"), lambda one: _group(one, "laggif", config))
    config.bridges += _each(
        config, "interfaces", root.under("bridges", "bridged"), lambda one: _group(one, "bridgeif", config)
    )
    config.vips += _each(config, "addresses", root.under("virtualip", "vip"), _vip)
    defaults = {root.first("gateways").words(name) for name in ("defaultgw4", "defaultgw6")}
    config.gateways += _each(
        config, "addresses", root.under("gateways", "gateway_item"), lambda one: _gateway(one, defaults)
    )
    config.routes += [_route(one) for one in root.under("staticroutes", "route")]
    for resolver in (*root.under("unbound"), *root.under("dnsmasq")):
        if resolver.has("enable"):
            config.overrides += [override for one in resolver.all("hosts") for override in _overrides(one)]
    for name, version in (("dhcpd", 4), ("dhcpdv6", 6)):
        for one in root.under(name, "*"):
            scope = parse_scope(one, version)
            config.scopes.append(scope)
            config.troubles += [("dhcp", f"{name}/{what}", why) for what, why in scope.troubles]


def _each(
    config: Config, listing: str, sections: Iterator[Section], read: Callable[[Section], Found]
) -> Iterator[Found]:
    for number, section in enumerate(sections, start=1):
        found = _tried(config, listing, f"{section.name} {number}", read, section)
        if found is not None:
            yield found


def _tried(config: Config, listing: str, name: str, read: Callable[[Section], Found], section: Section) -> Found | None:
    try:
        return read(section)
    except ParseError as error:
        config.troubles.append((listing, name, str(error)))
        return None


def _assigned(section: Section) -> Assigned:
    tag, port = section.name, section.words("if")
    if not port:
        raise ParseError(f"interface {tag}: it has no port (if)")
    static, dynamic = [], []
    for address, length, ways in (("ipaddr", "subnet", DYNAMIC4), ("ipaddrv6", "subnetv6", DYNAMIC6)):
        text = section.words(address)
        if text in ways:
            dynamic.append(text)
        elif text:
            static.append(to_interface(text, section.words(length), f"interface {tag}"))
    return Assigned(
        tag=tag,
        port=port,
        title=section.words("descr") or tag.upper(),
        enabled=section.has("enable"),
        static=tuple(static),
        dynamic=tuple(dynamic),
        upstream=bool(section.words("gateway") or section.words("gatewayv6")) or bool(dynamic and not static),
    )


def _vlan(section: Section) -> Vlan:
    parent, tag = section.words("if"), section.words("tag")
    what = f"VLAN {tag} on {parent or 'nothing'}"
    if not parent:
        raise ParseError(f"{what}: it has no parent (if)")
    return Vlan(
        port=section.words("vlanif") or f"{parent}.{tag}",
        parent=parent,
        vid=to_vid(tag, what),
        title=section.words("descr"),
    )


def _group(section: Section, named: str, config: Config) -> Group:
    """Return a LAGG, which names ports, or a bridge, which names interfaces by their tags."""
    port = section.words(named)
    if not port:
        raise ParseError(f"{section.name}: it has no name ({named})")
    members = [member.strip() for member in section.words("members").split(",") if member.strip()]
    return Group(
        port=port,
        members=tuple(config.port_of(member) or member for member in members),
        title=section.words("descr"),
    )


def _vip(section: Section) -> Vip:
    mode, text = section.words("mode"), section.words("subnet")
    what = f"virtual IP {text or 'without an address'}"
    if mode not in VIP_MODES:
        raise ParseError(f"{what}: its mode {quoted(mode)} is none of {', '.join(sorted(VIP_MODES))}")
    bits = section.words("subnet_bits") or str(to_address(text, what).max_prefixlen)
    return Vip(
        mode=mode,
        interface=section.words("interface"),
        address=to_interface(text, bits, what),
        vhid=to_number(section.words("vhid"), f"{what}: vhid", 255) if section.words("vhid") else None,
        title=section.words("descr"),
    )


def _gateway(section: Section, defaults: set[str]) -> Gateway:
    name, text = section.words("name"), section.words("gateway")
    dynamic = text in ("", "dynamic", "dynamic6")
    return Gateway(
        name=name,
        interface=section.words("interface"),
        address=None if dynamic else str(to_address(text.partition("%")[0], f"gateway {name}")),
        default=name in defaults,
        disabled=section.has("disabled"),
        title=section.words("descr"),
    )


def _route(section: Section) -> Route:
    return Route(
        network=section.words("network"),
        gateway=section.words("gateway"),
        disabled=section.has("disabled"),
        title=section.words("descr"),
    )


def _overrides(section: Section) -> Iterator[Override]:
    addresses, title = section.words("ip"), section.words("descr")
    for one in (section, *section.under("aliases", "item")):
        name = ".".join(part for part in (one.words("host"), one.words("domain")) if part)
        yield Override(name=name, addresses=addresses, title=title)
