"""A lease, whichever server wrote it down, and which of a log of leases hold."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Lease:
    """What a DHCP server last wrote of one address. `ends` is in seconds since 1970 (UTC), None for never.

    `held` says that the server counts it as given to `mac`. An address that the server itself found in use by somebody
    else (abandoned, declined) has no MAC address here: it is `shunned`.
    """

    host: str
    mac: str = ""
    name: str = ""
    ends: int | None = None
    held: bool = True
    shunned: bool = False


def holding(leases: Iterable[Lease], now: int) -> tuple[Lease, ...]:
    """Return the leases that hold at `now`, by address; `leases` is in the order in which they were written.

    Of each address the last one counts: both servers append to their files.
    """
    last = {lease.host: lease for lease in leases}
    found = (lease for lease in last.values() if lease.held and (lease.ends is None or lease.ends > now))
    return tuple(sorted(found, key=lambda lease: lease.host))


def shunned(leases: Iterable[Lease]) -> tuple[Lease, ...]:
    """Return the addresses that the server does not give because somebody else answered there, by address."""
    last = {lease.host: lease for lease in leases}
    return tuple(sorted((lease for lease in last.values() if lease.shunned), key=lambda lease: lease.host))
