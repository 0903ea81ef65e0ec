"""What several rules look at of sightings: those that count, read once, without what is no evidence.

counting()   what still counts            no_shared()   without MAC addresses that routers share
real()       without proxy ARP, too       histories()   by observer and subject, each from its end
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.db.models import Q, QuerySet
from nautobot.dcim.models import Interface
from nautobot.virtualization.models import VMInterface

from ..choices import SightingSource
from ..ipam import moments
from ..ipam.proxy import without_proxied
from ..ipam.words import age, note
from ..macs import VIRTUAL_ROUTERS, virtual_router
from ..models import Sighting
from .estate import Estate
from .rule import Side

COMES_AND_GOES = (SightingSource.LEASE, SightingSource.STATIC_MAP)
"""Ways of seeing that say what a server means to give, not who answers."""


def counting(estate: Estate) -> QuerySet[Sighting]:
    """Return the sightings that still count, with their ports."""
    return Sighting.objects.filter(last_seen__gte=estate.since).select_related("interface__device")


def no_shared(rows: QuerySet[Sighting]) -> QuerySet[Sighting]:
    """Leave out MAC addresses that no card stands behind: they change hands at every failover."""
    shared = Q(pk__in=[])
    for start, _ in VIRTUAL_ROUTERS:
        shared |= Q(mac__istartswith=start)
    return rows.exclude(shared)


def real(rows: Iterable[Sighting], estate: Estate) -> list[Sighting]:
    """Return what says of addresses who has them."""
    return without_proxied((row for row in rows if not virtual_router(row.mac)), estate.since)


def histories(rows: Iterable[Sighting]) -> dict[tuple[Any, ...], list[Sighting]]:
    """Return the rows by observer and subject, each history from its end."""
    found: dict[tuple[Any, ...], list[Sighting]] = defaultdict(list)
    for row in rows:
        name = (*moments.observer(row), row.host or row.mac)
        found[name].append(row)
    for each in found.values():
        each.sort(key=lambda row: (row.last_seen, row.first_seen, row.mac, row.where), reverse=True)
    return found


def last_look(history: list[Sighting]) -> list[Sighting]:
    """Return the rows of a history that were seen together the last time."""
    return [row for row in history if row.last_seen == history[0].last_seen]


def side(row: Sighting) -> Side:
    """Return what was seen as the word of whoever saw it."""
    return Side(source=row.seen_by, says=note(row), at=row.first_seen)


def ago(row: Sighting, estate: Estate) -> str:
    """Return how long ago it was last seen."""
    return age(row.last_seen, estate.now)


def known_cards(macs: Iterable[str]) -> dict[str, set[uuid.UUID]]:
    """Return the machines in Nautobot that have a card with one of these MAC addresses, two queries."""
    asked = set(macs)
    found: dict[str, set[uuid.UUID]] = defaultdict(set)
    for model, machine in ((Interface, "device_id"), (VMInterface, "virtual_machine_id")):
        rows = model.objects.filter(mac_address__in=asked).order_by() if asked else model.objects.none()
        for mac, pk in rows.values_list("mac_address", machine):
            found[str(mac).upper()].add(pk)
    return found
