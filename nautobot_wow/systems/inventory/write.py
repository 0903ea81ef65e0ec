"""The other way: from networks, ranges and addresses to a page of the same shape, which is read back as it was.

    ## 172.16.110.0/24 - proxmox-mgmt (VLAN 110)

    ### Network Information                       gateway, VLAN, bridge, DNS servers, purpose, restriction
    ### Ranges                                    a table: what each is called, its role, what it is for
    ### Addresses
    #### DHCP Pool (172.16.110.50-99)             a table for each range that has addresses in use
    #### Other addresses                          and one for those in no range

The tables have columns for the role and the tags, so that the reader takes them as written and reads nothing out of
words. A text that Markdown could not give back is written as "-": the reader then says nothing of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from .parse.blocks import inline_text
from .parse.cells import DNS_NAME, IpAddress, IpNetwork, Stretch, speaks_of_addresses
from .parse.items import TAGGING
from .parse.words import NOBODY, STATUSES, Status, bare, is_nothing

ADDRESS_COLUMNS = ("IP", "Hostname", "Type", "Role", "Tags", "Description", "Status")
RANGE_COLUMNS = ("IP Range", "Name", "Role", "Description", "Status")
DEEPEST = 4
MARKS = re.compile(r"([\\`*_\[\]<>&|~])")
TITLE = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _.,-]*")
WORDS = {"Active": "In Use", "Reserved": "Reserved", "Deprecated": "Deprecated"}


@dataclass(frozen=True, kw_only=True)
class Address:
    """An address as Nautobot has it. `type` is what carries it, in words; `mode` is DHCP, SLAAC or ""."""

    address: IpAddress
    mask_length: int
    dns_name: str = ""
    type: str = ""
    mode: str = ""
    role: str = ""
    tags: frozenset[str] = frozenset()
    description: str = ""
    status: str = "Active"


@dataclass(frozen=True, kw_only=True)
class AddressRange:
    """A range as Nautobot has it."""

    stretch: Stretch
    name: str = ""
    role: str = ""
    description: str = ""


@dataclass(kw_only=True)
class AddressNetwork:
    """A network with what lies directly in it: in none of the smaller networks on the page."""

    network: IpNetwork
    type: str = "network"
    vid: int | None = None
    vlan_name: str = ""
    description: str = ""
    bridge: str = ""
    dns_servers: tuple[str, ...] = ()
    is_restricted: bool = False
    ranges: list[AddressRange] = field(default_factory=list)
    addresses: list[Address] = field(default_factory=list)


def write_page(title: str, networks: Iterable[AddressNetwork]) -> str:
    """Return the page. Networks come in order, each below the one that contains it."""
    lines = [f"# {escaped(title)}"]
    above: list[IpNetwork] = []
    for one in sorted(networks, key=lambda one: (one.network.version, int(one.network[0]), one.network.prefixlen)):
        while above and not _lies_in(one.network, above[-1]):
            above.pop()
        lines += _network(one, level=min(2 + len(above), DEEPEST))
        above.append(one.network)
    return "\n".join(lines) + "\n"


def is_writable(one: Address, network: IpNetwork) -> bool:
    """Tell whether a page may list an address: the first and the last of a network are none of a host."""
    small = network.prefixlen >= network.max_prefixlen - 1
    return small or network.version == 6 or one.address not in (network.network_address, network.broadcast_address)


def _lies_in(inner: IpNetwork, outer: IpNetwork) -> bool:
    return inner.version == outer.version and inner.subnet_of(outer)  # type: ignore[arg-type]


def _network(one: AddressNetwork, level: int) -> Iterator[str]:
    title = f" - {one.vlan_name}" if TITLE.fullmatch(one.vlan_name) else ""
    kind = f" ({one.type.capitalize()})" if one.type in ("container", "pool") else ""
    vlan = f" (VLAN {one.vid})" if one.vid else ""
    yield from ("", f"{'#' * level} {one.network}{title}{kind}{vlan}", "")
    yield from (f"{'#' * (level + 1)} Network Information", "", *_information(one))
    if one.ranges:
        yield from ("", f"{'#' * (level + 1)} Ranges", "")
        yield from _table(RANGE_COLUMNS, map(_range_row, sorted(one.ranges, key=lambda each: int(each.stretch.first))))
    if one.addresses:
        yield from ("", f"{'#' * (level + 1)} Addresses")
        for heading, addresses in _groups(one):
            yield from ("", f"{'#' * (level + 2)} {heading}", "")
            yield from _table(ADDRESS_COLUMNS, (_address_row(each, one.network) for each in addresses))


def _information(one: AddressNetwork) -> Iterator[str]:
    gateways = [each.address for each in one.addresses if each.role == "Gateway"]
    if len(gateways) == 1:
        yield f"- **Gateway:** {gateways[0]}"
    yield f"- **Subnet:** {one.network}"
    if one.vid:
        yield f"- **VLAN:** {one.vid}{f' ({escaped(one.vlan_name)})' if _is_tellable(one.vlan_name) else ''}"
    if one.bridge:
        yield f"- **Bridge:** {_cell(one.bridge)}"
    if one.dns_servers:
        yield f"- **DNS Servers:** {', '.join(one.dns_servers)}"
    yield f"- **Purpose:** {_cell(one.description)}"
    if one.is_restricted:
        yield "- **RESTRICTED**"


def _is_tellable(name: str) -> bool:
    """Tell whether the name of a VLAN is read back from the parentheses behind its number."""
    is_clear = name == name.strip() and "(" not in name and ")" not in name and reads_back(name)
    return bool(name) and is_clear and not any(word in name.lower() for word in TAGGING)


# --------------------------------------------------------------------------------------------------------------- tables


def _groups(one: AddressNetwork) -> Iterator[tuple[str, list[Address]]]:
    """Yield the addresses under the range that each lies in, in the order of the ranges, and then the others."""
    left = sorted(one.addresses, key=lambda each: int(each.address))
    for each in sorted(one.ranges, key=lambda each: int(each.stretch.first)):
        first, last = int(each.stretch.first), int(each.stretch.last)
        inside = [address for address in left if first <= int(address.address) <= last]
        if inside:
            left = [address for address in left if address not in inside]
            yield f"{_title(each.name)} ({short(each.stretch)})", inside
    if left:
        yield "Other addresses", left


def _title(name: str) -> str:
    return name if TITLE.fullmatch(name) and not speaks_of_addresses(name) else "Range"


def short(stretch: Stretch) -> str:
    """Return a range as people write it: 172.16.100.50-99."""
    first, last = str(stretch.first), str(stretch.last)
    is_near = stretch.first.version == 4 and first.rpartition(".")[0] == last.rpartition(".")[0]
    return f"{first}-{last.rpartition('.')[2] if is_near else last}"


def _table(columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(columns)} |"
    yield f"|{'|'.join('-' * (len(column) + 2) for column in columns)}|"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _range_row(one: AddressRange) -> tuple[str, ...]:
    return short(one.stretch), _cell(one.name), _cell(one.role), _cell(one.description), "In Use"


def _address_row(one: Address, network: IpNetwork) -> tuple[str, ...]:
    mask = "" if one.mask_length == network.prefixlen else f"/{one.mask_length}"
    # The reader tags what came by DHCP; where Nautobot has no such tag, the page says nothing of how it came.
    mode = "" if one.mode == "DHCP" and "dhcp" not in one.tags else one.mode
    return (
        f"{one.address}{mask}{f' ({mode})' if mode else ''}",
        _cell(one.dns_name) if _is_host(one.dns_name) else "-",
        _cell(one.type),
        _cell(one.role),
        _cell(", ".join(sorted(tag for tag in one.tags if tag == tag.strip() and "," not in tag and reads_back(tag)))),
        _cell(one.description),
        WORDS.get(one.status, "-"),
    )


def _is_host(name: str) -> bool:
    is_free = STATUSES.get(bare(name)) is Status.FREE
    return DNS_NAME.fullmatch(name) is not None and bare(name) not in NOBODY and not is_free


# ---------------------------------------------------------------------------------------------------------------- texts


def _cell(text: str) -> str:
    """Return a text for a cell; "-" where it says nothing, or where it would be read as something else."""
    return "-" if is_nothing(text) or not reads_back(text) else escaped(text)


def reads_back(text: str) -> bool:
    """Tell whether the reader gets the same text out of what is written for it."""
    return text.isascii() and text.isprintable() and text == text.strip() or inline_text(escaped(text)) == text


def escaped(text: str) -> str:
    """Return a text with everything that Markdown would take for a mark of its own written as a character."""
    safe = "".join(_entity(character) if _is_odd(character) else character for character in MARKS.sub(r"\\\1", text))
    inner = safe.strip(" ")
    before, after = len(safe) - len(safe.lstrip(" ")), len(safe) - len(safe.rstrip(" "))
    return f"{'&#32;' * before}{inner}{'&#32;' * after}" if inner else "&#32;" * len(safe)


def _is_odd(character: str) -> bool:
    return character == "\ufffd" or (character.isspace() and character != " ")


def _entity(character: str) -> str:
    return f"&#{ord(character)};"
