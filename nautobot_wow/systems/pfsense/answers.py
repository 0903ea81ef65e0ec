"""All answers of one reading, and the Snapshot they make. Pure: what was asked and how is the business of `read`.

    config/…    the parts of config.xml; where an element could not be read, nothing of its part counts as missing
    live        the interfaces as they are now, and addresses that came from outside
    arp, leases, routes   whether they were read; what they say is evidence and context

What was not read is in `unseen` with its reason, and never counts as empty.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from ...records import DeviceRecord, Kind, Record
from ...snapshot import Refusal, Seen, Snapshot
from .networks import Networks, address_records, prefix_records, vip_ranges
from .parse.arp import Neighbour
from .parse.box import RouteLine, Version
from .parse.config import Config
from .parse.ifconfig import LivePort
from .parse.leases import Lease, holding, shunned
from .pools import misplaced, pool_records
from .ports import DEVICE, port_names, port_records, vlan_records
from .sightings import seen_by_arp, seen_by_leases, seen_by_mappings
from .tables import tables_of

PLATFORM = "pfSense"
CONFIG, LIVE, ARP, LEASES, ROUTES = "config", "live", "arp", "leases", "routes"
LISTINGS = frozenset({CONFIG, LIVE, ARP, LEASES, ROUTES})
KINDS = {"interfaces": Kind.INTERFACE, "vlans": Kind.VLAN, "addresses": Kind.ADDRESS, "dhcp": Kind.RANGE}
ORDER = {kind: number for number, kind in enumerate(Kind)}
LINES_NAMED = 5


@dataclass(frozen=True, kw_only=True)
class Answers:
    """The answers of one run. What is None was not to be had; `silences` says why, by listing.

    `host` is where the box was reached, `now` its clock. `leases` are in the order in which they were written.
    """

    host: str
    version: Version
    serial: str
    now: int
    config: Config
    live: dict[str, LivePort] | None = None
    neighbours: tuple[Neighbour, ...] | None = None
    leases: tuple[Lease, ...] | None = None
    routes: tuple[RouteLine, ...] | None = None
    silences: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def networks(self) -> Networks:
        """Return the networks that the box stands in."""
        return Networks(config=self.config, live=self.live)

    @cached_property
    def held(self) -> tuple[Lease, ...]:
        """Return the leases that hold now."""
        return holding(self.leases or (), self.now)


def snapshot_of(
    answers: Answers, *, name: str = "", lease_records: bool = False, learned: Mapping[str, str] | None = None
) -> Snapshot:
    """Return records, scopes, sightings and tables; two readings of the same world give the same Snapshot."""
    records = sorted(_records(answers, name, lease_records), key=lambda one: (ORDER[one.kind], one.key))
    return Snapshot(
        records=tuple(records),
        observed=LISTINGS - set(answers.silences),
        unseen=dict(sorted(_unseen(answers))),
        refused=tuple(_refused(answers)),
        facts=facts_of(answers),
        seen=tuple(sorted(_seen(answers), key=lambda one: (one.source, one.host, one.mac, one.where))),
        context=tables_of(answers.networks, answers.live, answers.routes),
        learned=dict(learned or {}),
    )


def _records(answers: Answers, name: str, lease_records: bool) -> Iterator[Record]:
    networks = answers.networks
    yield _device(answers, name)
    yield from port_records(answers.config, answers.live)
    yield from vlan_records(answers.config)
    yield from prefix_records(networks)
    yield from pool_records(networks)
    yield from vip_ranges(networks)
    yield from address_records(networks, answers.held if lease_records else ())


def _device(answers: Answers, name: str) -> DeviceRecord:
    return DeviceRecord(
        key=DEVICE,
        scopes=(f"{CONFIG}/device",),
        fingerprint=frozenset({f"serial:{answers.serial}"} if answers.serial else ()),
        name=name or answers.config.hostname,
        serial=answers.serial or None,
        platform=PLATFORM,
        version=answers.version.text,
        primary_ip4=_primary(answers),
    )


def _primary(answers: Answers) -> str | None:
    """Return where the box is managed: the address it was reached at, if that is its own, else that of its LAN."""
    own = {str(address.ip): one for address, one in answers.networks.all.items()}
    if answers.host in own and "." in answers.host:
        return answers.host
    return next((host for host, one in own.items() if one.tag == "lan" and "." in host), None)


def _unseen(answers: Answers) -> Iterator[tuple[str, str]]:
    yield from answers.silences.items()
    reasons: dict[str, list[str]] = {}
    for listing, _, why in answers.config.troubles:
        reasons.setdefault(f"{CONFIG}/{listing}", []).append(why)
    for scope, said in reasons.items():
        yield scope, "; ".join(said[:LINES_NAMED])


def _refused(answers: Answers) -> Iterator[Refusal]:
    for listing, element, why in answers.config.troubles:
        yield Refusal(kind=KINDS[listing], key=element, reason=why)
    yield from misplaced(answers.networks)


def _seen(answers: Answers) -> Iterator[Seen]:
    networks = answers.networks
    known = port_names(answers.config, answers.live)
    yield from seen_by_arp(networks, answers.neighbours or (), answers.live, known)
    yield from seen_by_leases(networks, answers.held, shunned(answers.leases or ()))
    yield from seen_by_mappings(networks)


def facts_of(answers: Answers) -> dict[str, str]:
    """Return what a person wants to know of the reading, in the order in which they ask."""
    config = answers.config
    facts = {
        "version": answers.version.text,
        "edition": answers.version.edition,
        "name": ".".join(part for part in (config.hostname, config.domain) if part),
        "serial": answers.serial or "none",
        "configuration": f"version {config.schema or 'not said'}",
        "DHCP server": {"kea": "Kea", "isc": "ISC dhcpd"}[config.backend],
        "leases": _count(answers.leases, answers.held),
        "ARP": _count(answers.neighbours, answers.neighbours or ()),
    }
    unread = sorted({line for port in (answers.live or {}).values() for line in map(_shape, port.unread) if line})
    return facts | ({"ifconfig lines that say something else": ", ".join(unread)} if unread else {})


def _count(read: object, rows: Iterable[object]) -> str:
    return "not read" if read is None else str(len(list(rows)))


def _shape(line: str) -> str:
    """Return the first word of a line that nothing was made of, without its values."""
    return line.partition(" ")[0].partition("=")[0].rstrip(":")
