"""Addresses, networks and ranges as records."""

from __future__ import annotations

import ipaddress
from collections import defaultdict
from collections.abc import Iterator

from ...records import AddressRecord, AddressType, PrefixRecord, RangeRecord
from .answers import Answers, key_of
from .parse.addresses import OwnAddress

SCOPES = {4: "addresses/ipv4", 6: "addresses/ipv6"}
DHCP, RESERVED = "DHCP", "Reserved"


def address_records(answers: Answers) -> Iterator[AddressRecord]:
    """Yield the router's own addresses, each once: many sessions may share one."""
    by_host: dict[str, list[OwnAddress]] = defaultdict(list)
    for one in answers.own:
        by_host[str(one.address.ip)].append(one)
    for host, held in by_host.items():
        first = held[0]
        carriers = [one.interface for one in held if one.interface in answers.lasting]
        yield AddressRecord(
            key=host,
            scopes=(SCOPES[first.address.version],),
            mask_length=min(one.address.network.prefixlen for one in held),
            type=AddressType.DHCP if first.dynamic else AddressType.HOST,
            interfaces=frozenset(map(key_of, carriers)) if answers.interfaces is not None else None,
            role=_role(answers, host, carriers),
            description=first.comment or None,
        )


def _role(answers: Answers, host: str, carriers: list[str]) -> str | None:
    """Return VIP for what VRRP shares, Gateway for what DHCP clients are told; None where nothing says."""
    if any(answers.lasting[name].type == "vrrp" for name in carriers):
        return "VIP"
    told = {gateway.strip() for row in answers.networks for gateway in row["gateway"].split(",")}
    return "Gateway" if host in told else None


def prefix_records(answers: Answers) -> Iterator[PrefixRecord]:
    """Yield the networks that the router stands in by its own addresses."""
    found: dict[str, int | None] = {}
    for one in answers.own:
        network = one.address.network
        if network.prefixlen < network.max_prefixlen and not one.dynamic:
            found.setdefault(str(network), None)
            found[str(network)] = found[str(network)] or answers.vid_of(one.interface)
    for text, vid in sorted(found.items()):
        version = ipaddress.ip_network(text).version
        yield PrefixRecord(key=f"prefix/{text}", scopes=(SCOPES[version],), network=text, vid=vid)


def range_records(answers: Answers) -> Iterator[RangeRecord]:
    """Yield the pools: DHCP where a server gives from them, Reserved where something else of the router may."""
    if answers.servers is None or answers.pools is None:
        return
    given = _given(answers)
    seen: set[tuple[str, str]] = set()
    for pool in answers.pools.values():
        for number, (first, last) in enumerate(pool.ranges):
            if (str(first), str(last)) in seen:
                continue
            seen.add((str(first), str(last)))
            yield RangeRecord(
                key=f"range/{pool.name}/{number}",
                scopes=("ranges",),
                first=str(first),
                last=str(last),
                name=pool.name,
                role=DHCP if pool.name in given else RESERVED,
                description=pool.comment or None,
            )


def _given(answers: Answers) -> frozenset[str]:
    """Return the pools that DHCP servers give from, those that follow them included."""
    pools, found = answers.pools or {}, set()
    for server in (answers.servers or {}).values():
        name = server.pool if server.enabled else ""
        while name in pools and name not in found:
            found.add(name)
            name = pools[name].following
    return frozenset(found)
