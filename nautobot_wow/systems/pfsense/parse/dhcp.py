"""The DHCP server of one interface, as it was set up: its pools and static mappings.

A scope serves only where `<enable>` is there, even empty. Its first range stands by itself, further ones in pools.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ....errors import ParseError
from .sections import Section
from .values import Address, to_address, to_mac


@dataclass(frozen=True, kw_only=True)
class Pool:
    """Addresses that the server gives to whoever asks, the last one included."""

    first: Address
    last: Address
    title: str = ""


@dataclass(frozen=True, kw_only=True)
class StaticMap:
    """What one client is always given. `mac` is empty where its identifier (`cid`, or a DUID) tells it, `host` where
    only its name is fixed."""

    mac: str
    cid: str
    host: str
    name: str = ""
    domain: str = ""
    title: str = ""


@dataclass(frozen=True, kw_only=True)
class Scope:
    """The server of an interface (`tag`), for IPv4 or IPv6. `gateway` is what it tells clients, empty for its own.

    `troubles` are elements that could not be read, and why.
    """

    tag: str
    version: int
    enabled: bool
    pools: tuple[Pool, ...] = ()
    static: tuple[StaticMap, ...] = ()
    gateway: str = ""
    domain: str = ""
    dns: tuple[str, ...] = ()
    troubles: tuple[tuple[str, str], ...] = ()


def parse_scope(section: Section, version: int) -> Scope:
    """Return the scope; a pool or mapping that cannot be read is named in `troubles`."""
    troubles: list[tuple[str, str]] = []
    pools = tuple(_pools(section, version, troubles))
    static = tuple(_static(section, troubles))
    return Scope(
        tag=section.name,
        version=version,
        enabled=section.has("enable"),
        pools=pools,
        static=static,
        gateway=section.words("gateway"),
        domain=section.words("domain"),
        dns=tuple(one.text.strip() for one in section.all("dnsserver") if one.text.strip()),
        troubles=tuple(troubles),
    )


def _pools(section: Section, version: int, troubles: list[tuple[str, str]]) -> Iterator[Pool]:
    for owner in (section, *section.all("pool")):
        for number, one in enumerate(owner.all("range"), start=1):
            first, last = one.words("from"), one.words("to")
            what = f"{section.name}: range {first} to {last}"
            if not first and not last:
                continue
            if version == 6 and first.startswith("::"):  # counted from a prefix that the provider gives (track6)
                continue
            try:
                yield _pool(first, last, owner.words("descr"), what)
            except ParseError as error:
                troubles.append((f"{section.name} range {number}", str(error)))


def _pool(first: str, last: str, title: str, what: str) -> Pool:
    start, end = to_address(first, what), to_address(last, what)
    if start.version != end.version or int(start) > int(end):
        raise ParseError(f"{what}: it ends before it begins")
    return Pool(first=start, last=end, title=title)


def _static(section: Section, troubles: list[tuple[str, str]]) -> Iterator[StaticMap]:
    for number, one in enumerate(section.all("staticmap"), start=1):
        host = one.words("ipaddr") or one.words("ipaddrv6")
        what = f"{section.name}: static mapping {host or one.words('hostname') or number}"
        try:
            yield StaticMap(
                mac=to_mac(one.words("mac"), what) if one.words("mac") else "",
                cid=one.words("cid") or one.words("duid"),
                host=str(to_address(host, what)) if host else "",
                name=one.words("hostname"),
                domain=one.words("domain"),
                title=one.words("descr"),
            )
        except ParseError as error:
            troubles.append((f"{section.name} static mapping {number}", str(error)))
