"""DHCP pools as ranges, and what in the scopes cannot be right: outside the network of their interface."""

from __future__ import annotations

from collections.abc import Iterator

from ...records import Kind, RangeRecord
from ...snapshot import Refusal
from .networks import Networks
from .parse.dhcp import Pool, Scope

SCOPES = ("config/dhcp",)
DHCP = "DHCP"


def pool_records(networks: Networks) -> Iterator[RangeRecord]:
    """Yield the pools of the scopes that serve, all of each scope."""
    for scope, one in networks.serving():
        for number, pool in enumerate(scope.pools):
            if _is_possible(networks, scope, pool):
                yield RangeRecord(
                    key=_key(scope, pool, number),
                    scopes=SCOPES,
                    first=str(pool.first),
                    last=str(pool.last),
                    name=f"DHCP {one.title}{f' {number + 1}' if number else ''}",
                    role=DHCP,
                    description=pool.title,
                )


def misplaced(networks: Networks) -> Iterator[Refusal]:
    """Yield the pools and static mappings that no client of their interface could use."""
    for scope, one in networks.serving():
        where = f"it is outside of the networks of {one.title} ({one.port}); correct it on the box"
        for number, pool in enumerate(scope.pools):
            if not _is_possible(networks, scope, pool):
                reason = f"DHCP range {pool.first} to {pool.last}: {where}"
                yield Refusal(kind=Kind.RANGE, key=_key(scope, pool, number), reason=reason)
        for mapping in scope.static:
            if mapping.host and not networks.is_within(scope, mapping.host):
                reason = f"static mapping of {mapping.mac or mapping.cid or mapping.name}: {where}"
                yield Refusal(kind=Kind.ADDRESS, key=mapping.host, reason=reason)


def _is_possible(networks: Networks, scope: Scope, pool: Pool) -> bool:
    return networks.is_within(scope, str(pool.first), str(pool.last))


def _key(scope: Scope, pool: Pool, number: int) -> str:
    """Return what a pool is known by: the first one by its interface (it may be resized), others by their start."""
    start = f"range/{scope.tag}" if scope.version == 4 else f"range6/{scope.tag}"
    return start if number == 0 else f"{start}/{pool.first}"
