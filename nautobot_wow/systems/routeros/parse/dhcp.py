"""DHCP: servers, the pools that they give addresses from, their networks, and who has which address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..menus import DHCP_NETWORKS, DHCP_SERVERS, LEASES, POOLS, Answer
from .rows import Row, rows_of
from .values import Span, pool_ranges

NO_POOL = ("", "static-only", "none")


@dataclass(frozen=True, kw_only=True)
class DhcpServer:
    """A server. `pool` is the name of its pool, empty where it gives only what is written down."""

    name: str
    interface: str
    pool: str
    enabled: bool


@dataclass(frozen=True, kw_only=True)
class Pool:
    """Addresses that the router itself gives out, from `following` where all of them are gone."""

    name: str
    ranges: tuple[Span, ...]
    following: str
    comment: str


@dataclass(frozen=True, kw_only=True)
class Lease:
    """An address that somebody has, or that is kept for somebody. `server` may be gone ("*1").

    `address` is empty where it was to come from a pool and nobody has it; `static` where a person wrote it down.
    """

    address: str
    mac: str
    server: str
    status: str
    name: str
    static: bool
    enabled: bool
    blocked: bool
    comment: str


def parse_servers(answers: Sequence[Answer]) -> dict[str, DhcpServer]:
    """Return the servers by name."""
    found = {}
    for row in rows_of(DHCP_SERVERS, answers):
        pool = row.text("address-pool")
        found[row.required("name")] = DhcpServer(
            name=row.text("name"),
            interface=row.text("interface"),
            pool="" if pool in NO_POOL else pool,
            enabled=not row.flag("disabled"),
        )
    return found


def parse_pools(answers: Sequence[Answer]) -> dict[str, Pool]:
    """Return the pools by name."""
    found = {}
    for row in rows_of(POOLS, answers):
        try:
            ranges = pool_ranges(row.text("ranges"))
        except ValueError:
            raise row.error("ranges", "addresses such as 10.0.0.10-10.0.0.20") from None
        following = row.text("next-pool")
        found[row.required("name")] = Pool(
            name=row.text("name"),
            ranges=ranges,
            following="" if following in NO_POOL else following,
            comment=row.text("comment"),
        )
    return found


def parse_networks(answers: Sequence[Answer]) -> tuple[Mapping[str, str], ...]:
    """Return what clients are told, by network, in words for people."""
    names = {"network": "address", "gateway": "gateway", "DNS": "dns-server", "domain": "domain", "NTP": "ntp-server"}
    return tuple({title: row.text(field) for title, field in names.items()} for row in rows_of(DHCP_NETWORKS, answers))


def parse_leases(answers: Sequence[Answer]) -> tuple[Lease, ...]:
    """Return the leases."""
    return tuple(_lease(row) for row in rows_of(LEASES, answers))


def _lease(row: Row) -> Lease:
    """Return a lease; what a client has now (`active-…`) is truer than what was written down for it."""
    return Lease(
        address=row.host("active-address") or _written(row),
        mac=row.mac("active-mac-address") or row.mac("mac-address"),
        server=row.text("active-server") or row.text("server"),
        status=row.text("status"),
        name=row.text("host-name"),
        static=not row.flag("dynamic"),
        enabled=not row.flag("disabled"),
        blocked=row.flag("blocked"),
        comment=row.text("comment"),
    )


def _written(row: Row) -> str:
    """Return the address that was written down; the name of a pool may stand in its place."""
    text = row.text("address")
    return row.host("address") if text[:1].isdigit() and text.count(".") == 3 else ""
