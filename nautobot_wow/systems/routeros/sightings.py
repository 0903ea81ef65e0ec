"""Who was seen: evidence, and nobody's to write or delete. The router itself is nobody that it has seen."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from ...macs import is_junk, virtual_router
from ...snapshot import Seen
from .answers import Answers
from .parse.dhcp import Lease

HELD = ("bound", "offered", "conflict", "testing", "authorizing")
"""States of a lease in which somebody has the address, or is about to; in `conflict` it is somebody unknown."""


def all_seen(answers: Answers) -> tuple[Seen, ...]:
    """Return everything that was seen, each once, in an order that two readings share."""
    found = {*_by_arp(answers), *_by_leases(answers), *_by_hosts(answers), *_by_neighbours(answers)}
    order = sorted(found, key=lambda one: (one.source, one.host, one.mac, one.where, one.vid or 0, one.name))
    return tuple(order)


def _is_own(answers: Answers, host: str, mac: str) -> bool:
    return host in answers.own_hosts or mac in answers.own_macs


def _by_arp(answers: Answers) -> Iterator[Seen]:
    for row in answers.arp:
        if row.host and not is_junk(row.mac) and not _is_own(answers, row.host, row.mac):
            yield Seen(
                host=row.host,
                source="static-map" if row.static else "arp",
                mac=row.mac,
                where=row.interface,
                port=answers.port(row.interface),
                vid=answers.vid_of(row.interface),
                name=virtual_router(row.mac),
            )


def _by_leases(answers: Answers) -> Iterator[Seen]:
    for lease in answers.leases:
        source = _source_of(lease)
        if not source or not lease.address or lease.address in answers.own_hosts:
            continue
        server = (answers.servers or {}).get(lease.server)
        interface = server.interface if server else ""
        yield Seen(
            host=lease.address,
            source=source,
            mac="" if is_junk(lease.mac) else lease.mac,
            where=interface or lease.server,
            port=answers.port(interface),
            vid=answers.vid_of(interface),
            name=lease.name or (lease.comment if source == "static-map" else ""),
        )


def _source_of(lease: Lease) -> str:
    """Return how a lease speaks for its address: somebody has it, it is kept for somebody, or not at all."""
    if not lease.enabled or lease.blocked:
        return ""
    if lease.status in HELD:
        return "lease"
    return "static-map" if lease.static else ""


def _by_hosts(answers: Answers) -> Iterator[Seen]:
    for row in answers.hosts:
        on_port = row.interface and row.interface != row.bridge
        if row.is_own or not on_port or is_junk(row.mac) or row.mac in answers.own_macs:
            continue
        yield Seen(
            source="mac-table",
            mac=row.mac,
            where=row.interface,
            port=answers.port(row.interface),
            vid=row.vid,
            name=virtual_router(row.mac),
        )


def _by_neighbours(answers: Answers) -> Iterator[Seen]:
    for row in answers.neighbours:
        if row.mac in answers.own_macs:
            continue
        where = row.interfaces[0] if row.interfaces else ""
        host = "" if row.host in answers.own_hosts or _is_unusable(row.host) else row.host
        yield Seen(
            host=host,
            source="neighbour",
            mac="" if is_junk(row.mac) else row.mac,
            where=where,
            port=answers.port(where),
            name=row.name,
            far_port=row.far_port,
        )


def _is_unusable(host: str) -> bool:
    if not host:
        return True
    address = ipaddress.ip_address(host)
    return address.is_unspecified or address.is_multicast or address.is_loopback
