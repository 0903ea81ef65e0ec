"""Values that hold several things: lists of VLANs, ranges of addresses, rates, versions."""

from __future__ import annotations

import ipaddress
import re
from decimal import Decimal

VLAN_IDS = re.compile(r"(?P<first>[0-9]{1,4})(?:-(?P<last>[0-9]{1,4}))?")
RATE = re.compile(r"(?P<number>[0-9]{1,4}(?:\.[0-9]{1,3})?)(?P<unit>[kMG])(?:bps)?(?:-.*)?")
VERSION = re.compile(r"(?P<version>[0-9]+(?:\.[0-9]+)*(?:(?:rc|beta|alpha)[0-9]+)?)(?: \(?(?P<channel>[\w-]+)\)?)?")
KBPS = {"k": 1, "M": 1_000, "G": 1_000_000}
LAST_VID = 4094

Host = ipaddress.IPv4Address | ipaddress.IPv6Address
Span = tuple[Host, Host]


def vlan_ids(text: str) -> tuple[tuple[int, int], ...]:
    """Return the spans of "10,20-22", both ends included. Raises ValueError."""
    spans = []
    for part in text.split(",") if text else ():
        found = VLAN_IDS.fullmatch(part)
        if not found:
            raise ValueError(part)
        first = int(found["first"])
        last = int(found["last"] or first)
        if not 1 <= first <= last <= LAST_VID:
            raise ValueError(part)
        spans.append((first, last))
    return tuple(spans)


def pool_ranges(text: str) -> tuple[Span, ...]:
    """Return the ranges of a pool, "a-b,c" or networks, both ends included. Raises ValueError."""
    return tuple(_pool_range(part.strip()) for part in text.split(",") if part.strip())


def _pool_range(part: str) -> Span:
    if "/" in part:
        network = ipaddress.ip_network(part)
        return network[0], network[-1]
    first, _, last = part.partition("-")
    ends = ipaddress.ip_address(first), ipaddress.ip_address(last or first)
    if ends[0].version != ends[1].version or int(ends[0]) > int(ends[1]):
        raise ValueError(part)
    return ends


def rate_kbps(text: str) -> int | None:
    """Return the speed of "10Gbps", "2.5Gbps" or "1G-baseT-full" in kbit/s, None where it is none."""
    found = RATE.fullmatch(text)
    return int(Decimal(found["number"]) * KBPS[found["unit"]]) if found else None


def version_of(text: str) -> tuple[str, str]:
    """Return version and channel of "7.18.2 (stable)". Raises ValueError."""
    found = VERSION.fullmatch(text.strip())
    if not found:
        raise ValueError(text)
    return found["version"], found["channel"] or ""
