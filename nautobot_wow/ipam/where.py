"""On which port a card hangs: of all switches that hear it, the port at which the way to it ends.

    card ── gi5 [ switch A ] gi28 ── sfp1 [ switch B ]        A hears it on gi5, B on sfp1; it hangs on gi5

A port is an uplink for a card if a switch is known at its far end (by a cable in Nautobot, or as a neighbour) that
hears the card as well. Of the other ports the one with the fewest cards behind it in that VLAN is taken: whatever is
heard through a switch is heard together with what else hangs there. Where two are equal, the answer says that it is not
certain.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, QuerySet
from nautobot.dcim.models import CableToCableTermination, Device, Interface

from ..app_settings import sightings_count_for
from ..choices import SightingSource
from ..models import Sighting
from . import moments

COUNTED_FOR = timedelta(days=1)
"""A card counts as behind a port for so long after it was last heard there."""

Place = tuple[str, str]
"""Who hears, and its name of the port."""


def learned(rows: QuerySet[Sighting]) -> QuerySet[Sighting]:
    """Return the rows that tell at which port frames of a card arrive, with what names that port.

    A hypervisor's word that a guest's card is on a bridge is none: who asks for a port means that of a switch.
    """
    heard = rows.filter(source=SightingSource.MAC_TABLE, host=None)
    return heard.select_related("interface__device", "system__device")


@dataclass(frozen=True, kw_only=True)
class Port:
    """A port on which a card is heard. `box` is what is known to be at its far end (`box_id` where a cable in Nautobot
    leads to it), `cards` how many are heard there in the same VLAN.

    `is_edge` marks the one that the card hangs on, `why` says how that was told. `is_current`: at the last look.
    """

    mac: str
    switch: str
    port: str
    vid: int | None
    interface: Interface | None
    since: datetime
    last_seen: datetime
    cards: int
    box: str
    box_id: uuid.UUID | None
    is_uplink: bool
    is_current: bool
    is_edge: bool = False
    why: str = ""

    def __str__(self) -> str:
        return f"{self.port} of {self.switch}"


def ports_of(macs: Iterable[str], rows: QuerySet[Sighting], at: datetime) -> dict[str, list[Port]]:
    """Return the ports on which cards are heard at a moment, the one that each hangs on first.

    `rows` are the sightings that may be looked at (of one namespace, of what a reader may see). The number of queries
    does not depend on how many cards there are.
    """
    asked = {mac for mac in macs if mac}
    counting = rows.filter(first_seen__lte=at, last_seen__gte=at - sightings_count_for())
    heard = list(learned(counting).filter(mac__in=asked)) if asked else []
    return judge(moments.as_of(heard, at), rows, at)


def as_seen_by(user: Any, ports: dict[str, list[Port]]) -> dict[str, list[Port]]:
    """Return the ports without the names of boxes that a reader may not see; where a card hangs stays the same."""
    hidden = {port.box_id for each in ports.values() for port in each if port.box_id}
    if hidden:
        hidden -= set(Device.objects.restrict(user, "view").filter(pk__in=hidden).values_list("pk", flat=True))
    return {
        mac: [replace(port, box="") if port.box_id in hidden else port for port in each] for mac, each in ports.items()
    }


def judge(heard: list[Sighting], rows: QuerySet[Sighting], at: datetime) -> dict[str, list[Port]]:
    """Return the ports by card, for rows that say where each is heard at a moment; `rows` are those around them."""
    if not heard:
        return {}
    around = learned(rows).filter(first_seen__lte=at, seen_by__in={row.seen_by for row in heard})
    around = around.filter(last_seen__gte=at - sightings_count_for())
    looks = moments.last_looks(around, at)
    cards = _cards(around.filter(where__in={row.where for row in heard}), at)
    boxes = _boxes(heard, rows, at)
    by_mac: dict[str, list[Sighting]] = defaultdict(list)
    for row in heard:
        by_mac[row.mac].append(row)
    return {mac: _ordered([_port(row, each, cards, boxes, looks, at) for row in each]) for mac, each in by_mac.items()}


def _cards(around: QuerySet[Sighting], at: datetime) -> dict[tuple[Place, int | None], int]:
    """Return how many cards each port hears in each VLAN.

    Only within a VLAN can two switches be compared: a trunk that carries one of ten hears less than what is behind it.
    """
    counted = around.filter(last_seen__gte=at - COUNTED_FOR).order_by().values("seen_by", "where", "vid")
    return {
        ((row["seen_by"], row["where"]), row["vid"]): row["n"]
        for row in counted.annotate(n=Count("mac", distinct=True))
    }


def _boxes(heard: list[Sighting], rows: QuerySet[Sighting], at: datetime) -> dict[Place, tuple[str, uuid.UUID | None]]:
    """Return name and, where Nautobot has a cable there, key of the box at the far end of each port."""
    told = rows.filter(source=SightingSource.NEIGHBOUR, first_seen__lte=at, last_seen__gte=at - sightings_count_for())
    told = told.filter(seen_by__in={row.seen_by for row in heard}, where__in={row.where for row in heard})
    columns = told.exclude(name="").order_by("last_seen").values_list("seen_by", "where", "name")
    found: dict[Place, tuple[str, uuid.UUID | None]] = {(who, where): (name, None) for who, where, name in columns}
    places: dict[uuid.UUID, set[Place]] = defaultdict(set)
    for row in heard:
        if row.interface is not None:
            places[row.interface.pk].add(place_of(row))
    for near, far in _far_ends(places):
        for place in places[near]:
            found[place] = (str(far.parent), far.parent.pk)
    return found


def _far_ends(ports: Iterable[uuid.UUID]) -> Iterable[tuple[uuid.UUID, Interface]]:
    """Yield (port, what its cable leads to) where that is a port as well: two queries, none for no ports."""
    asked = set(ports)
    ends = CableToCableTermination.objects.order_by()
    near = dict(ends.filter(interface__in=asked).values_list("cable_id", "interface_id")) if asked else {}
    far = ends.filter(cable__in=near, interface__isnull=False).select_related("interface__device") if near else ()
    for end in far:
        if end.interface_id != near[end.cable_id]:
            yield near[end.cable_id], end.interface


def place_of(row: Sighting) -> Place:
    """Return who hears, and on which port."""
    return row.seen_by, row.where


def switch_of(row: Sighting) -> str:
    """Return the name of the box that hears: of its Device where that is known, else of whoever said so."""
    device = device_of(row)
    return str(device) if device is not None else row.seen_by


def device_of(row: Sighting) -> Device | None:
    """Return the box that hears, as Nautobot knows it by the port, or by the System that says so."""
    if row.interface is not None:
        return row.interface.parent
    return row.system.device if row.system is not None else None


def _port(
    row: Sighting,
    heard: list[Sighting],
    cards: dict[tuple[Place, int | None], int],
    boxes: dict[Place, tuple[str, uuid.UUID | None]],
    looks: dict[moments.Observer, datetime],
    at: datetime,
) -> Port:
    box, device = boxes.get(place_of(row), ("", None))
    others = [other for other in heard if switch_of(other) != switch_of(row)]
    devices = {found.pk for other in others if (found := device_of(other)) is not None}
    names = {_short(name) for other in others for name in (switch_of(other), other.seen_by)}
    return Port(
        mac=row.mac,
        switch=switch_of(row),
        port=row.where,
        vid=row.vid,
        interface=row.interface,
        since=row.first_seen,
        last_seen=moments.until(row, at),
        cards=max(1, cards.get((place_of(row), row.vid), 1)),
        box=box,
        box_id=device,
        is_uplink=device in devices or _short(box) in names,
        is_current=moments.is_current(row, looks, at),
    )


def _short(name: str) -> str:
    """Return a name without its domain, as neighbours call themselves with or without."""
    return name.partition(".")[0].casefold()


def _ordered(ports: list[Port]) -> list[Port]:
    ordered = sorted(ports, key=lambda port: (*_rank(port), port.switch, port.port, port.vid or 0))
    if ordered[0].is_uplink:
        return ordered  # every switch hears it through another one: where the way ends is heard by none
    return [replace(ordered[0], is_edge=True, why=_why(ordered)), *ordered[1:]]


def _rank(port: Port) -> tuple[bool, bool, int]:
    return port.is_uplink, not port.is_current, port.cards


def _why(ordered: list[Port]) -> str:
    first, late = ordered[0], "" if ordered[0].is_current else "; not heard at the last look"
    elsewhere = {(port.switch, port.port): port for port in ordered if (port.switch, port.port) != _at(first)}
    rivals = [port for port in elsewhere.values() if not port.is_uplink and port.is_current == first.is_current]
    if not elsewhere:
        return f"the only port that hears it{late}"
    if not rivals:
        led = [port for port in elsewhere.values() if port.is_uplink]
        if len(led) == len(elsewhere):
            return f"every other port that hears it leads to a switch that hears it as well{late}"
        return "the other ports that heard it did not at the last look"
    equal = [port for port in rivals if port.cards == first.cards]
    if equal:
        return f"not certain: {equal[0]} hears as many cards ({first.cards}){late}"
    return f"it has the fewest cards behind it: {first.cards}, and {rivals[0].cards} on {rivals[0]}{late}"


def _at(port: Port) -> tuple[str, str]:
    return port.switch, port.port
