"""A lease and a static map that contradict each other."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable

from nautobot.ipam.models import IPAddress

from ...choices import Severity, SightingSource
from ...ipam import moments
from ...models import Sighting
from ..estate import Estate, Net, address_ref, listed
from ..rule import Fault, Rule
from ..witnesses import counting, side

LEASE, MAP = SightingSource.LEASE, SightingSource.STATIC_MAP


def find(estate: Estate) -> Iterable[Fault]:
    """Find addresses that are kept for one card and leased to another, and cards that lease another than their own.

    Only what servers said when they were last asked counts. A card may have maps in several networks; its lease is
    wrong where it has a map in the same one, for another address.
    """
    rows = counting(estate).filter(source__in=(LEASE, MAP)).exclude(mac="").exclude(host=None)
    looks = moments.last_looks(rows, estate.now)
    now = [row for row in moments.as_of(rows, estate.now) if moments.is_current(row, looks, estate.now)]
    maps = [row for row in now if row.source == MAP]
    if not maps:
        return
    kept: dict[tuple[uuid.UUID, str], list[Sighting]] = defaultdict(list)
    own: dict[tuple[uuid.UUID, str, Net | None], list[Sighting]] = defaultdict(list)
    for row in maps:
        kept[row.namespace_id, str(row.host)].append(row)
        own[row.namespace_id, row.mac, estate.net_at(row.namespace_id, str(row.host))].append(row)
    found = []
    for lease in now:
        if lease.source != LEASE:
            continue
        net = estate.net_at(lease.namespace_id, str(lease.host))
        others = [row for row in kept[lease.namespace_id, str(lease.host)] if row.mac != lease.mac]
        mine = own[lease.namespace_id, lease.mac, net]
        agreed = any(row.host == lease.host for row in mine)
        if others and not agreed:
            found.append((lease, others, True))
        elif mine and not agreed:
            found.append((lease, mine, False))
    yield from _faults(found, estate)


def _faults(found: list[tuple[Sighting, list[Sighting], bool]], estate: Estate) -> Iterable[Fault]:
    hosts = {str(lease.host) for lease, _, _ in found}
    rows = IPAddress.objects.filter(host__in=hosts).order_by() if found else IPAddress.objects.none()
    known = {(namespace, host): pk for pk, host, namespace in rows.values_list("pk", "host", "parent__namespace_id")}
    for lease, maps, is_taken in found:
        host, net = str(lease.host), estate.net_at(lease.namespace_id, str(lease.host))
        pk = known.get((lease.namespace_id, host))
        about = address_ref(pk, host) if pk else net.ref if net else None
        if about is None:
            continue  # in no network that Nautobot knows
        yield Fault(
            about=about,
            detail=f"{host} {lease.mac}",
            host=host,
            title=_title(lease, maps, is_taken),
            message=f"{lease.seen_by} leased {host} to {lease.mac}"
            f"{f' ({lease.name})' if lease.name else ''}, but "
            + (
                f"a static map keeps it for {listed(row.mac for row in maps)}."
                if is_taken
                else f"a static map gives that card {listed(str(row.host) for row in maps)}."
            ),
            sides=(side(lease), *(side(row) for row in maps)),
            prefix=net.pk if net else None,
        )


def _title(lease: Sighting, maps: list[Sighting], is_taken: bool) -> str:
    if is_taken:
        return f"{lease.host} is leased to {lease.mac}, and kept for {listed(row.mac for row in maps)}"
    return f"{lease.mac} leases {lease.host}, and its static map says {listed(str(row.host) for row in maps)}"


RULE = Rule(
    slug="lease-not-map",
    name="Lease and static map at odds",
    severity=Severity.WARNING,
    explanation="A DHCP server leased an address to one card and keeps it for another one by a static map, or a card "
    "leases another address than the one that its static map gives it in the same network.",
    cure="If the map is newer than the lease, have the machine ask again (renew its lease). If the machine got a new "
    "card, correct the MAC address of the map.",
    find=find,
)
