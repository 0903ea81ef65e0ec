"""The ports that are told are those of the lab's world: everybody hangs where its cable is, whoever else hears it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from development.lab.estate import read_estate, world_of
from development.lab.world import World
from nautobot_wow.ipam.where import ports_of
from nautobot_wow.models import Sighting
from nautobot_wow.snapshot import Seen
from tests.ipam.net import Net

pytestmark = pytest.mark.django_db

SWITCHES = ("wow-10gb-mik-sw", "cisco-sg300-28")


@pytest.fixture
def world() -> Iterator[World]:
    return world_of(read_estate())


def look(net: Net, world: World, *, neighbours: bool) -> None:
    """Record what the switches hear, as their Systems do."""
    from nautobot_wow.ipam.sightings import record

    now = timezone.now() - timedelta(minutes=5)
    for name in SWITCHES:
        heard = world.fabric.heard(name, world)
        seen = [Seen(mac=one.station.mac, source="mac-table", where=one.port, vid=one.station.vlan) for one in heard]
        if neighbours:
            seen += [
                Seen(mac=one.box.mac, source="neighbour", where=one.port, name=one.box.name, far_port=one.far_port.name)
                for one in world.fabric.neighbours(name)
            ]
        record(seen, namespace=net.namespace, seen_by=name, now=now)


def told(world: World) -> dict[str, str]:
    macs = {station.mac for station in world.fabric.stations(world)}
    found = ports_of(macs, Sighting.objects.all(), timezone.now())
    return {mac: str(ports[0]) for mac, ports in found.items() if ports[0].is_edge}


def plugged(world: World) -> dict[str, str]:
    """Where everybody's cable ends, by MAC; of who is plugged into several ports, or is a switch, nothing."""
    found: dict[str, set[str]] = {}
    for station in world.fabric.stations(world):
        far = world.fabric.far(station.end)
        is_switch = station.end[0] in SWITCHES
        if far is not None and far[0] in SWITCHES and not is_switch:
            found.setdefault(station.mac, set()).add(f"{far[1]} of {far[0]}")
    return {mac: next(iter(ends)) for mac, ends in found.items() if len(ends) == 1}


@pytest.mark.parametrize("neighbours", [True, False], ids=["with neighbours", "without"])
def test_everybody_hangs_where_its_cable_is(net: Net, world: World, neighbours: bool) -> None:
    look(net, world, neighbours=neighbours)
    found, expected = told(world), plugged(world)
    assert len(expected) > 10
    assert {mac: found.get(mac) for mac in expected} == expected
