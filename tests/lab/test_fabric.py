"""The lab's wires: who is heard where, computed from what is plugged in and which VLANs the ports carry."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from development.lab.estate import read_estate, world_of
from development.lab.fabric import members
from development.lab.world import World

CORE, ACCESS, FIREWALL = "wow-10gb-mik-sw", "cisco-sg300-28", "pfsense"
TRAEFIK, DNS2 = "BC:24:11:02:10:01", "BC:24:11:02:11:01"


@pytest.fixture
def world() -> Iterator[World]:
    return world_of(read_estate())


def ports_of(world: World, box: str) -> dict[tuple[str, int], str]:
    return {(heard.station.mac, heard.station.vlan): heard.port for heard in world.fabric.heard(box, world)}


def arp_of(world: World) -> dict[str, tuple[str, str]]:
    rows = world.fabric.answering(FIREWALL, world)
    return {host: (interface.name, station.mac) for interface, host, station in rows}


def test_a_guest_is_heard_on_the_port_its_node_is_plugged_into_and_behind_the_other_switch(world: World) -> None:
    assert ports_of(world, CORE)[TRAEFIK, 100] == "sfp-sfpplus3"
    assert ports_of(world, ACCESS)[TRAEFIK, 100] == "gi27"


def test_a_vlan_that_is_not_on_the_trunk_is_not_heard_behind_it(world: World) -> None:
    assert ports_of(world, CORE)[DNS2, 110] == "sfp-sfpplus3"
    assert (DNS2, 110) not in ports_of(world, ACCESS)


def test_the_firewall_resolves_everybody_in_its_networks(world: World) -> None:
    found = arp_of(world)
    assert found["172.16.100.10"] == ("ix3", TRAEFIK)
    assert found["172.16.110.211"] == ("ix5.110", DNS2)
    assert found["10.1.1.2"][0] == "ix4"
    assert found["172.16.100.50"][0] == "ix3"
    assert found["172.16.100.106"] == ("ix3", "24:6E:96:00:02:01")


def test_a_vlan_without_an_interface_on_the_firewall_has_no_arp(world: World) -> None:
    assert not [host for host in arp_of(world) if host.startswith("172.16.120.")]


def test_three_undocumented_hosts_sit_on_ports_of_the_access_switch(world: World) -> None:
    found = {heard.station.addresses: heard.port for heard in world.fabric.heard(ACCESS, world)}
    assert [found[f"172.16.100.{last}/24",] for last in (54, 55, 79)] == ["gi5", "gi6", "gi7"]


def test_taking_a_vlan_off_a_port_silences_who_is_behind_it(world: World) -> None:
    world.fabric.box(CORE).ports["sfp-sfpplus3"].tagged.remove(110)
    assert (DNS2, 110) not in ports_of(world, CORE)
    assert "172.16.110.211" not in arp_of(world)


def test_a_stopped_guest_is_not_heard(world: World) -> None:
    world.guests[211].running = False
    assert (DNS2, 110) not in ports_of(world, CORE)


def test_boxes_that_speak_lldp_hear_each_other_and_the_firewall_is_silent(world: World) -> None:
    core = {found.port: (found.box.name, found.far_port.name) for found in world.fabric.neighbours(CORE)}
    access = {found.port: (found.box.name, found.far_port.name) for found in world.fabric.neighbours(ACCESS)}
    assert core == {"sfp-sfpplus16": (ACCESS, "gi27"), "ether1": (ACCESS, "gi25")}
    assert access == {"gi27": (CORE, "sfp-sfpplus16"), "gi25": (CORE, "ether1")}
    assert world.fabric.neighbours(FIREWALL) == []


def test_members_of_a_vlan_are_those_with_and_without_a_tag(world: World) -> None:
    found = members(world.fabric.box(CORE))
    assert found[120] == ([], ["sfp-sfpplus2", "sfp-sfpplus3", "sfp-sfpplus12"])
    assert "ether1" not in found.get(1, ([], []))[0]
    assert "sfp-sfpplus1" in found[100][0]


def test_nobody_is_heard_through_a_switch_that_is_down(world: World) -> None:
    world.fabric.box(CORE).up = False
    assert (TRAEFIK, 100) not in ports_of(world, ACCESS)
    assert not world.fabric.is_up(world.fabric.box(ACCESS), world.fabric.box(ACCESS).ports["gi27"])
