"""From a page to a snapshot: records with the line that each came from, scopes, findings and what was not understood.

    documents/inventory.md                      the whole page
    documents/inventory.md/172.16.100.0_24      one network of it
    documents/inventory.md/other                what should move, who is unknown

A line that was not understood makes its part unseen, and one that may have been the heading of a network the whole
page: what stood there is not gone. The page creates no guest and assigns no address: those who know do that.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import TypeVar

from ...records import AddressRecord, Kind, PrefixRecord, ProfileRecord, RangeRecord, Record, VlanRecord
from ...snapshot import Refusal, Snapshot
from .findings import findings_of, holders
from .parse.page import OTHER, Entry, Network, Page, Range, Saying
from .parse.rows import joined
from .report import facts_of, report_of


def snapshot_of(page: Page) -> Snapshot:
    """Return what the page says as the engine wants it."""
    scope_of = _scopes(page)
    return Snapshot(
        records=tuple(_records(page, scope_of)),
        observed=frozenset({scope_of[""]}),
        unseen={scope_of[entry.part]: f"line {entry.line} was not understood" for entry in reversed(page.rejects)},
        refused=tuple(_refusal(page, entry) for entry in page.rejects),
        facts=facts_of(page),
        reports={"report.txt": report_of(page)},
        findings=tuple(findings_of(page, scope_of)),
    )


def _scopes(page: Page) -> dict[str, str]:
    """Return the scope of each part of a page."""
    whole = f"documents/{page.name}"
    parts = {name: f"{whole}/{name.replace('/', '_')}" for name in (*page.networks, OTHER)}
    return {"": whole, **parts}


def _refusal(page: Page, entry: Entry) -> Refusal:
    written = f": {entry.raw[:SHOWN]}" if entry.raw else ""
    return Refusal(kind=Kind.ADDRESS, key=page.where(entry.line), reason=f"{entry.says}{written}")


SHOWN = 120
T = TypeVar("T")


def _records(page: Page, scope_of: dict[str, str]) -> Iterator[Record]:
    yield from _vlans(page, scope_of)
    for network in page.networks.values():
        yield PrefixRecord(
            key=f"prefix/{network.name}",
            scopes=(scope_of[network.name],),
            origin=page.where(network.line),
            network=network.name,
            vid=network.vid,
            type=network.type,
            description=network.description,
        )
    yield from _ranges(page, scope_of)
    yield from _profiles(page, scope_of)
    by_host: dict[str, list[Saying]] = defaultdict(list)
    for saying in page.sayings:
        by_host[saying.host].append(saying)
    for host, sayings in by_host.items():
        yield _address(page, host, sayings, scope_of)


def _vlans(page: Page, scope_of: dict[str, str]) -> Iterator[VlanRecord]:
    """Yield each VLAN once, though several networks may be on it."""
    by_vid: dict[int, list[Network]] = defaultdict(list)
    for network in page.networks.values():
        if network.vid is not None:
            by_vid[network.vid].append(network)
    for vid, networks in by_vid.items():
        names = {network.vlan_name for network in networks if network.vlan_name}
        yield VlanRecord(
            key=f"vlan/{vid}",
            scopes=tuple(sorted(scope_of[network.name] for network in networks)),
            origin=page.where(networks[0].vlan_line),
            vid=vid,
            name=names.pop() if len(names) == 1 else None,
        )


def _ranges(page: Page, scope_of: dict[str, str]) -> Iterator[RangeRecord]:
    """Yield the ranges. A range keeps its name when it grows; without a name of its own it is known by its ends."""
    names = Counter((one.network, one.name) for one in page.ranges)
    for one in sorted(page.ranges, key=lambda one: one.line):
        yield RangeRecord(
            key=f"range/{one.network}/{_own_name(one, names)}",
            scopes=(scope_of[one.network],),
            origin=page.where(one.line),
            first=str(one.stretch.first),
            last=str(one.stretch.last),
            name=one.name or None,
            role=one.role,
            description=one.description,
        )


def _own_name(one: Range, names: Counter[tuple[str, str]]) -> str:
    return one.name if one.name and names[one.network, one.name] == 1 else str(one.stretch)


GATEWAY = "Gateway"
HIGHEST_VLAN = 4094
BRIDGE = re.compile(
    r"(?P<name>[A-Za-z][A-Za-z0-9_-]*)(?:\.(?P<vlan>[0-9]{1,4}))?"
    r"(?: *\((?:(?P<untagged>untagged|native)|tag (?P<tag>[0-9]{1,4}))\))?"
)
"""Where guests are plugged in, as people write it: vmbr0 (untagged), vmbr0 (tag 110), vmbr1.160."""


def _profiles(page: Page, scope_of: dict[str, str]) -> Iterator[ProfileRecord]:
    """Yield what a guest of a network is told; only of networks that say into which bridge a guest is plugged."""
    for network in page.networks.values():
        found = BRIDGE.fullmatch(network.bridge)
        if found is None:
            continue
        tag = found["tag"] or found["vlan"] or ("0" if found["untagged"] else None)
        if tag is not None and int(tag) > HIGHEST_VLAN:
            continue
        gateways = {saying.host for saying in page.sayings if (saying.network, saying.role) == (network.name, GATEWAY)}
        yield ProfileRecord(
            key=f"profile/{network.name}",
            scopes=(scope_of[network.name],),
            origin=page.where(network.line),
            title=network.title,
            prefix=network.name,
            gateway=gateways.pop() if len(gateways) == 1 and network.network.version == 4 else None,
            bridge=found["name"],
            vlan_tag=None if tag is None else int(tag),
            dns_servers=network.dns_servers or None,
            restricted=True if network.restriction else None,
        )


# ------------------------------------------------------------------------------------------------------------ addresses


def _address(page: Page, host: str, sayings: list[Saying], scope_of: dict[str, str]) -> AddressRecord:
    """Return one record of all that is said of an address. Where lines differ, nothing is said of that."""
    is_contested = len(holders(sayings)) > 1
    tags = [saying.tags for saying in sayings if saying.tags is not None]
    return AddressRecord(
        key=host,
        scopes=tuple(sorted({scope_of[saying.network] for saying in sayings})),
        origin=page.where(_best(sayings).line),
        mask_length=_one(saying.mask_length for saying in sayings),
        type=_one(saying.type for saying in sayings),
        role=None if is_contested else _one(saying.role for saying in sayings),
        status=_one(saying.status for saying in sayings),
        dns_name=None if is_contested else _one(saying.dns_name for saying in sayings),
        description=joined(dict.fromkeys(saying.description or "" for saying in sayings)),
        tags=frozenset().union(*tags) if tags else None,
    )


def _best(sayings: list[Saying]) -> Saying:
    """Return the line that a person wants to see: the row, rather than the list that only calls it a gateway."""
    return next((saying for saying in sayings if saying.holder), sayings[0])


def _one(values: Iterable[T | None]) -> T | None:
    """Return what all say who say something, or None where they differ."""
    said = {value for value in values if value is not None}
    return said.pop() if len(said) == 1 else None
