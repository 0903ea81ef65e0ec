"""Where a profile may give addresses out, as stretches of numbers; pure arithmetic."""

from __future__ import annotations

import ipaddress
import random
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate

FIRST_STEP = 64
LARGEST_STEP = 4096


@dataclass(frozen=True, order=True)
class Stretch:
    """Addresses from `first` to `last`, both included, as numbers; `why` says what holds them, if something does."""

    first: int
    last: int
    why: str = ""

    @property
    def size(self) -> int:
        """How many addresses it holds."""
        return self.last - self.first + 1

    def meets(self, other: Stretch) -> bool:
        """Tell whether the two have an address in common."""
        return self.first <= other.last and other.first <= self.last


def usable(network: str) -> Stretch:
    """Return the host addresses of a network: without network and broadcast address, where there are such."""
    net = ipaddress.ip_network(network)
    first, last = int(net.network_address), int(net.broadcast_address)
    if net.version == 4 and net.prefixlen < 31:
        return Stretch(first + 1, last - 1)
    if net.version == 6 and net.prefixlen < 127:
        return Stretch(first + 1, last)  # the first one is the anycast address of the routers (RFC 4291, 2.6.1)
    return Stretch(first, last)


def within(outer: Stretch, inner: Iterable[Stretch]) -> list[Stretch]:
    """Return the inner stretches cut to the outer one, in order; those outside of it are left out."""
    cut = (Stretch(max(one.first, outer.first), min(one.last, outer.last), one.why) for one in inner)
    return sorted(one for one in cut if one.first <= one.last)


def without(outer: Stretch, closed: Iterable[Stretch]) -> list[Stretch]:
    """Return what is left of a stretch when others are taken out of it."""
    left, position = [], outer.first
    for one in within(outer, closed):
        if position < one.first:
            left.append(Stretch(position, one.first - 1))
        position = max(position, one.last + 1)
    return [*left, Stretch(position, outer.last)] if position <= outer.last else left


def drawn(stretches: list[Stretch], count: int) -> set[int]:
    """Return up to `count` addresses by lot, each address of the stretches as likely as any other."""
    ends = list(accumulate(one.size for one in stretches))
    found = set()
    for _ in range(count if ends else 0):
        lot = random.randrange(ends[-1])  # noqa: S311  (nobody gains from guessing it)
        which = bisect_right(ends, lot)
        found.add(stretches[which].last - (ends[which] - 1 - lot))
    return found


def steps(first: int, last: int) -> Iterable[tuple[int, int]]:
    """Yield the parts in which a stretch is looked at: small ones at first, larger ones the longer it takes."""
    size = FIRST_STEP
    while first <= last:
        yield first, min(first + size - 1, last)
        first, size = first + size, min(size * 4, LARGEST_STEP)


def text_of(number: int, version: int) -> str:
    """Return an address in its shortest form."""
    kind = ipaddress.IPv4Address if version == 4 else ipaddress.IPv6Address
    return str(kind(number))
