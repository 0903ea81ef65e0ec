"""What one cell says: an address, a range of addresses, a host with an alias, a type with an id.

172.16.100.10            Host                    wow-ts01 (truenas)    wow-ts01, truenas
172.16.110.76 (DHCP)     Host, remark DHCP       LXC (101)             lxc, 101
172.16.100.3-9           Stretch .3 to .9        VM 211                vm, 211

Each function takes the text as a reader sees it. What it cannot read it raises as Unclear, with the reason.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

from .words import bare, is_nothing

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
IpNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network

DASHES = str.maketrans({"–": "-", "—": "-", "‑": "-", "−": "-"})
DOTTED = re.compile(r"\d{1,3}\.\d{1,3}\.\d{1,3}\.\d")
DNS_NAME = re.compile(r"[0-9A-Za-z_*-][0-9A-Za-z_.-]{0,253}")


class Unclear(ValueError):
    """A cell that cannot be read; the text is the reason."""


@dataclass(frozen=True, kw_only=True)
class Host:
    """One address. `mask_length` is only known where the cell says it."""

    address: IpAddress
    mask_length: int | None = None
    remark: str = ""


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """Addresses from the first to the last; both belong to it."""

    first: IpAddress
    last: IpAddress
    remark: str = ""

    @property
    def size(self) -> int:
        """How many addresses it has."""
        return int(self.last) - int(self.first) + 1

    def holds(self, other: Stretch) -> bool:
        """Tell whether all of the other is in it."""
        return self._is_comparable(other) and self.first <= other.first and other.last <= self.last  # type: ignore[operator]

    def meets(self, other: Stretch) -> bool:
        """Tell whether they have an address in common."""
        return self._is_comparable(other) and self.first <= other.last and other.first <= self.last  # type: ignore[operator]

    def _is_comparable(self, other: Stretch) -> bool:
        return self.first.version == other.first.version

    def __str__(self) -> str:
        return f"{self.first}-{self.last}"


def place_in(text: str) -> Host | Stretch:
    """Return the address or the range that a cell holds. Raises Unclear."""
    body, remark = split_remark(text.strip().translate(DASHES))
    if not body:
        raise Unclear("there is no address")
    return _stretch(body, remark) if "-" in body else _host(body, remark)


def _host(body: str, remark: str) -> Host:
    address, slash, length = body.partition("/")
    try:
        if not slash:
            return Host(address=_address(address), remark=remark)
        interface = ipaddress.ip_interface(f"{address.strip()}/{_number(length)}")
    except ValueError as error:
        raise Unclear(f"{_short(body)} is no address") from error
    return Host(address=interface.ip, mask_length=interface.network.prefixlen, remark=remark)


def _stretch(body: str, remark: str) -> Stretch:
    start, _, end = (part.strip() for part in body.partition("-"))
    try:
        first = _address(start)
        last = _address(_completed(start, end) if first.version == 4 else end)
    except ValueError as error:
        raise Unclear(f"{_short(body)} is no range of addresses") from error
    if first.version != last.version or int(first) > int(last):
        raise Unclear(f"{_short(body)} ends before it begins")
    return Stretch(first=first, last=last, remark=remark)


def _address(text: str) -> IpAddress:
    if "%" in text:
        raise ValueError(text)
    return ipaddress.ip_address(text.strip())


def _completed(start: str, end: str) -> str:
    """Return the last address where only its end is written, as in 172.16.100.3-9."""
    parts = end.split(".")
    return ".".join([*start.split(".")[: 4 - len(parts)], *parts])


def _number(text: str) -> int:
    text = text.strip()
    if not (text.isascii() and text.isdecimal()):
        raise ValueError(text)
    return int(text)


def network_in(text: str) -> IpNetwork:
    """Return the network that a text is, such as 172.16.100.0/24. Raises Unclear."""
    address, _, length = text.strip().partition("/")
    try:
        return ipaddress.ip_network(f"{address}/{_number(length)}")
    except ValueError as error:
        raise Unclear(f"{_short(text)} is no network: an address with nothing behind the mask is expected") from error


def split_remark(text: str) -> tuple[str, str]:
    """Return a text and what stands in parentheses at its end."""
    text = text.strip()
    if not text.endswith(")"):
        return text, ""
    depth = 0
    for position in range(len(text) - 1, -1, -1):
        depth += (text[position] == ")") - (text[position] == "(")
        if depth == 0:
            return text[:position].strip(), text[position + 1 : -1].strip()
    return text, ""


def host_in(text: str) -> tuple[str, str]:
    """Return the DNS name that a cell holds, and what else it says; "" for what is not there."""
    if is_nothing(text):
        return "", ""
    name, alias = split_remark(text)
    return (name, alias) if DNS_NAME.fullmatch(name) else ("", text)


def type_in(text: str) -> tuple[str, str]:
    """Return the word of a type in lower case, and the id beside it."""
    if is_nothing(text):
        return "", ""
    word, remark = split_remark(text)
    head, _, tail = word.rpartition(" ")
    return (bare(head), tail) if head and tail.isdecimal() and not remark else (bare(word), remark)


def speaks_of_addresses(text: str) -> bool:
    """Tell whether an address, or what wants to be one, is somewhere in a text."""
    return DOTTED.search(text) is not None or "::" in text


def _short(text: str, limit: int = 60) -> str:
    return repr(text if len(text) <= limit else f"{text[:limit]}…")
