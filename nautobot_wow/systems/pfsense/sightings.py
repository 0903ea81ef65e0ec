"""Whom the box has seen: its ARP table, its leases, and the cards that static mappings are for.

No evidence of anybody: rows that nobody answered, permanent rows (its own addresses, and those entered by hand), rows
with one of its own cards (proxy ARP), leases that have ended.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ...macs import virtual_router
from ...snapshot import Seen
from .networks import Networks
from .parse.arp import Neighbour
from .parse.ifconfig import LivePort
from .parse.leases import Lease
from .ports import port_key


def seen_by_arp(
    networks: Networks, neighbours: Iterable[Neighbour], live: dict[str, LivePort] | None, known: frozenset[str]
) -> Iterator[Seen]:
    """Yield whom the box has talked to; `known` are the ports that make records."""
    own = {port.mac for port in (live or {}).values() if port.mac}
    vids = networks.config.vid_by_port
    for row in neighbours:
        if row.mac and not row.permanent and row.mac not in own:
            yield Seen(
                host=row.host,
                source="arp",
                mac=row.mac,
                where=row.port,
                port=port_key(row.port) if row.port in known else "",
                vid=vids.get(row.port),
                name=virtual_router(row.mac),
            )


def seen_by_leases(networks: Networks, held: Iterable[Lease], shunned: Iterable[Lease]) -> Iterator[Seen]:
    """Yield who holds a lease, and the addresses at which the server itself found somebody else before giving them."""
    for lease in held:
        where, port = _place(networks, lease.host)
        yield Seen(host=lease.host, source="lease", mac=lease.mac, name=lease.name, where=where, port=port)
    for lease in shunned:
        where, port = _place(networks, lease.host)
        yield Seen(host=lease.host, source="probe", where=where, port=port)


def seen_by_mappings(networks: Networks) -> Iterator[Seen]:
    """Yield the cards that an address is kept for."""
    for scope, _ in networks.serving():
        for one in scope.static:
            if one.host:
                where, port = _place(networks, one.host)
                yield Seen(host=one.host, source="static-map", mac=one.mac, name=one.name, where=where, port=port)


def _place(networks: Networks, host: str) -> tuple[str, str]:
    """Return the port in whose network an address is, by name and by key: there the server serves it."""
    holder = networks.holder(host)
    return (holder[1].port, port_key(holder[1].port)) if holder else ("", "")
