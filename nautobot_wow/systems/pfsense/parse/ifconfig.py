"""FreeBSD's interfaces as they are now, `ifconfig -a`: a line that begins at its start opens an interface.

    ix5: flags=1008843<UP,BROADCAST,RUNNING,SIMPLEX,MULTICAST,LOWER_UP> metric 0 mtu 1500
            ether 90:ec:77:1f:00:05
            inet 172.16.110.1 netmask 0xffffff00 broadcast 172.16.110.255
            media: Ethernet autoselect (10Gbase-SR <full-duplex,rxpause,txpause>)
            status: active

What a line says is decided by its first word. Lines whose word is read must be readable; lines of other words (modules,
statistics, wireless) are kept aside as `unread`, so that somebody can look at them.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from ....errors import ParseError
from .values import Interface, quoted, to_interface, to_mac, to_number

WHAT = "ifconfig -a"
HEAD = re.compile(
    r"(?P<name>\S+): flags=[0-9a-f]+<(?P<flags>[A-Z0-9_,]*)>(?: metric [0-9]+)?(?: mtu (?P<mtu>[0-9]+))?.*"
)
INET = re.compile(
    r"(?P<host>[0-9.]+)(?:/(?P<length>[0-9]+))?(?: --> [0-9.]+)?(?: netmask 0x(?P<mask>[0-9a-f]{1,8}))?(?: .*)?"
)
INET6 = re.compile(r"(?P<host>[0-9a-fA-F:.]+)(?:%\S+)?(?: --> \S+)?(?:/| prefixlen )(?P<length>[0-9]+)(?: .*)?")
VLAN = re.compile(r"(?P<vid>[0-9]+)(?: .*)? parent interface: (?P<parent>\S+)")
CARP = re.compile(r"(?P<state>[A-Z]+) vhid (?P<vhid>[0-9]+)(?: .*)?")
SPEED = re.compile(r"(?P<number>[0-9]{1,4})(?P<giga>G?)[Bb]ase")
CLONED = frozenset(
    {
        *("bridge", "carp", "enc", "epair", "gif", "gre", "ipsec", "lagg", "lo", "openvpn", "ovpn", "pflog", "pfsync"),
        *("ppp", "stf", "tap", "tun", "vlan", "vxlan", "wg", "WireGuard"),
    }
)
"""Groups (ifconfig(8)) of interfaces that software makes; pfSense adds openvpn and WireGuard."""


@dataclass(kw_only=True)
class LivePort:
    """An interface as it is. `status` is "active", "no carrier" or what else the driver says, empty without a link.

    `addresses` leaves link-local ones out. `unread` are lines that nothing was made of.
    """

    name: str
    up: bool
    mtu: int | None = None
    mac: str | None = None
    status: str = ""
    media: str = ""
    description: str = ""
    vid: int | None = None
    parent: str = ""
    addresses: list[Interface] = field(default_factory=list)
    lag_ports: list[str] = field(default_factory=list)
    members: list[str] = field(default_factory=list)
    carp: dict[int, str] = field(default_factory=dict)
    groups: frozenset[str] = frozenset()
    unread: list[str] = field(default_factory=list)

    @property
    def is_card(self) -> bool:
        """Tell whether there is a card behind it, not only software."""
        return bool(self.mac and self.media) and not self.groups & CLONED and self.vid is None

    @property
    def speed_kbps(self) -> int | None:
        """Return how fast the link is, None where there is none."""
        match = SPEED.search(self.media.partition("(")[2] or self.media)
        if self.status != "active" or match is None:
            return None
        return int(match["number"]) * (1_000_000 if match["giga"] else 1000)


def parse_ifconfig(text: str) -> dict[str, LivePort]:
    """Return the interfaces by name. Raises ParseError that quotes the line it cannot read."""
    found: dict[str, LivePort] = {}
    lines = text.split("\n")
    if lines[-1]:
        raise ParseError(f"{WHAT}: the answer ends in the middle of line {len(lines)}: {quoted(lines[-1])}")
    port: LivePort | None = None
    for line in lines[:-1]:
        if line[:1] not in ("", " ", "\t"):
            port = _opened(line)
            if port.name in found:
                raise ParseError(f"{WHAT}: {port.name} is there twice: {quoted(line)}")
            found[port.name] = port
        elif port is None:
            if line.strip():
                raise ParseError(f"{WHAT}: cannot read {quoted(line)}: it belongs to no interface")
        elif line.strip():
            _read(port, line.strip())
    if not found:
        raise ParseError(f"{WHAT}: the answer has no interface in it")
    return found


def _opened(line: str) -> LivePort:
    match = HEAD.fullmatch(line)
    if match is None:
        raise ParseError(f"{WHAT}: cannot read {quoted(line)}")
    mtu = to_number(match["mtu"], f"{WHAT}: mtu") if match["mtu"] else None
    return LivePort(name=match["name"], up="UP" in match["flags"].split(","), mtu=mtu)


def _read(port: LivePort, line: str) -> None:
    word, _, rest = line.partition(" ")
    reader = READERS.get(word)
    if reader is None:
        port.unread.append(line)
        return
    try:
        reader(port, rest.strip())
    except ParseError as error:
        raise ParseError(f"{WHAT}: {port.name}: cannot read {quoted(line)} ({error})") from None


def _require(match: re.Match[str] | None) -> re.Match[str]:
    if match is None:
        raise ParseError("another form than the manual page says")
    return match


def _ether(port: LivePort, rest: str) -> None:
    port.mac = to_mac(rest, "ether")


def _hwaddr(port: LivePort, rest: str) -> None:
    """The card's own address, where another one is used. Some drivers go on in the same line."""
    _, _, more = rest.partition(" ")
    if more.strip():
        _read(port, more.strip())


def _inet(port: LivePort, rest: str) -> None:
    match = _require(INET.fullmatch(rest))
    if match["length"] is None and match["mask"] is None:
        raise ParseError("the length of the network is missing")
    port.addresses.append(to_interface(match["host"], match["length"] or _length_of(match["mask"]), "inet"))


def _length_of(mask: str) -> str:
    try:
        return str(ipaddress.ip_network(f"0.0.0.0/{ipaddress.ip_address(int(mask, 16))}").prefixlen)
    except ValueError:
        raise ParseError(f"netmask: 0x{mask} is none") from None


def _inet6(port: LivePort, rest: str) -> None:
    match = _require(INET6.fullmatch(rest))
    address = to_interface(match["host"], match["length"], "inet6")
    if not address.is_link_local:
        port.addresses.append(address)


def _vlan(port: LivePort, rest: str) -> None:
    match = _require(VLAN.fullmatch(rest))
    port.vid = to_number(match["vid"], "vlan", 4095)
    port.parent = "" if match["parent"] == "<none>" else match["parent"]


def _carp(port: LivePort, rest: str) -> None:
    match = _require(CARP.fullmatch(rest))
    port.carp[to_number(match["vhid"], "vhid", 255)] = match["state"]


def _media(port: LivePort, rest: str) -> None:
    port.media = rest


def _status(port: LivePort, rest: str) -> None:
    port.status = rest


def _description(port: LivePort, rest: str) -> None:
    port.description = rest


def _groups(port: LivePort, rest: str) -> None:
    port.groups = frozenset(rest.split())


def _lag_port(port: LivePort, rest: str) -> None:
    port.lag_ports.append(rest.partition(" ")[0])


def _member(port: LivePort, rest: str) -> None:
    port.members.append(rest.partition(" ")[0])


READERS: dict[str, Callable[[LivePort, str], None]] = {
    "ether": _ether,
    "hwaddr": _hwaddr,
    "inet": _inet,
    "inet6": _inet6,
    "vlan:": _vlan,
    "carp:": _carp,
    "media:": _media,
    "status:": _status,
    "description:": _description,
    "groups:": _groups,
    "laggport:": _lag_port,
    "member:": _member,
}
