"""Cables are confirmed from both ends, proposed with a confidence, and contradicted: in memory, without a database."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nautobot_wow.wiring.cables import Confidence, Look, Seen, Standing
from nautobot_wow.wiring.ports import BRIDGE
from tests.wiring.world import World, key

ENO1, IX3 = "24:6E:96:00:01:01", "90:EC:77:1F:00:03"
GUEST, STRANGER = "BC:24:11:00:00:01", "02:00:00:00:00:99"


def rack() -> World:
    world = World()
    world.switches = {"mik", "sg300"}
    world.port("prox/vmbr0", kind=BRIDGE, mac=ENO1)
    world.port("prox/eno1", mac=ENO1)
    world.port("pf/ix3", mac=IX3)
    world.port("mik/bridge", kind=BRIDGE, mac="48:A9:8A:C1:17:00")
    for number in (1, 3, 4, 16):
        world.port(f"mik/sfp{number}", mac=f"48:A9:8A:C1:17:{number:02X}")
    world.port("sg300/gi5")
    world.port("sg300/gi27", mac="54:78:1A:2B:30:1B")
    return world


def neighbour(near: str, far: str, name: str | None = None, **more: str) -> Look:
    device, _, port = far.partition("/")
    return Look(port=key(near), name=name or device, far_port=port, seen_by=near.partition("/")[0], **more)


def heard(port: str, *macs: str) -> list[Look]:
    return [Look(port=key(port), mac=mac, seen_by=port.partition("/")[0]) for mac in macs]


def seen(world: World, neighbours: tuple[Look, ...] = (), *tables: list[Look], guests: str = GUEST) -> Seen:
    looks = tuple(look for table in tables for look in table)
    return Seen(wiring=world.wiring(), neighbours=neighbours, heard=looks, guests={guests: key("prox")})


BOTH = (neighbour("mik/sfp16", "sg300/gi27"), neighbour("sg300/gi27", "mik/sfp16"))
MIK = heard("mik/sfp3", ENO1, GUEST), heard("mik/sfp1", IX3), heard("mik/sfp16", "54:78:1A:2B:30:00")
SG300 = heard("sg300/gi27", ENO1, GUEST, IX3, "48:A9:8A:C1:17:00")


def pairs(links: object) -> list[tuple[str, str, str]]:
    return [(str(link.a), str(link.b), link.confidence.value) for link in links]  # type: ignore[attr-defined]


def test_neighbours_that_name_each_other_are_proposed_with_high_confidence() -> None:
    assert pairs(seen(rack(), BOTH).proposals()) == [("sfp16 of mik", "gi27 of sg300", "high")]


def test_a_neighbour_that_only_one_end_names_is_no_proposal() -> None:
    assert seen(rack(), BOTH[:1]).proposals() == []


def test_a_neighbour_may_say_its_name_with_a_domain_and_its_port_with_a_bridge() -> None:
    looks = (
        neighbour("mik/sfp16", "sg300/GI27", name="SG300.wow.example"),
        neighbour("sg300/gi27", "mik/bridge/sfp16"),
    )
    assert len(seen(rack(), looks).mutual) == 1


def test_a_neighbour_without_names_is_known_by_its_mac_address() -> None:
    looks = (
        Look(port=key("mik/sfp16"), mac="54:78:1A:2B:30:1B"),
        Look(port=key("sg300/gi27"), mac="48:a9:8a:c1:17:10"),
    )
    assert pairs(seen(rack(), looks).mutual) == [("sfp16 of mik", "gi27 of sg300", "high")]


def test_a_machine_alone_on_an_edge_port_is_proposed_with_medium_confidence_and_the_evidence() -> None:
    found = seen(rack(), BOTH, *MIK, SG300).proposals()
    assert ("sfp3 of mik", "eno1 of prox", "medium") in pairs(found)
    assert ("sfp1 of mik", "ix3 of pf", "medium") in pairs(found)
    note = next(link for link in found if link.b.name == "eno1").notes[0]
    assert f"sfp3 of mik hears {ENO1}, the address of eno1 of prox, and 1 more of the same machine" in note.says


def test_an_uplink_is_told_also_without_neighbours_by_what_it_gathers() -> None:
    looks = seen(rack(), (), heard("mik/sfp3", ENO1), heard("mik/sfp1", IX3), heard("sg300/gi27", ENO1, IX3))
    assert looks.uplinks == {key("sg300/gi27")}
    assert len(looks.proposals()) == 2


def test_strangers_behind_a_port_make_no_proposal() -> None:
    assert seen(rack(), (), heard("mik/sfp3", ENO1, STRANGER)).proposals() == []


def test_a_machine_that_two_edge_ports_hear_is_no_proposal() -> None:
    assert seen(rack(), (), heard("mik/sfp3", ENO1), heard("sg300/gi5", ENO1)).proposals() == []


def test_a_mac_address_of_two_sockets_is_nobodys() -> None:
    world = rack()
    world.port("prox/eno2", mac=ENO1)
    assert seen(world, (), heard("mik/sfp3", ENO1)).proposals() == []


def test_a_declared_cable_that_both_ends_see_is_confirmed() -> None:
    world = rack()
    world.cable("mik/sfp16", "sg300/gi27")
    looks = seen(world, BOTH)
    standing, notes = looks.standing(key("mik/sfp16"), key("sg300/gi27"))
    assert standing is Standing.CONFIRMED
    assert [note.source for note in notes] == ["mik", "sg300"]
    assert (looks.proposals(), looks.contradictions()) == ([], [])


def test_a_declared_cable_of_which_one_end_speaks_is_seen_from_one_end() -> None:
    world = rack()
    world.cable("mik/sfp16", "sg300/gi27")
    assert seen(world, BOTH[:1]).standing(key("mik/sfp16"), key("sg300/gi27"))[0] is Standing.ONE_END
    assert seen(world).standing(key("mik/sfp16"), key("sg300/gi27"))[0] is Standing.UNSEEN


def test_a_declared_cable_that_leads_elsewhere_is_contradicted_once() -> None:
    world = rack()
    world.cable("mik/sfp16", "sg300/gi5")
    looks = seen(world, BOTH)
    (one,) = looks.contradictions()
    assert (str(one.port), str(one.declared)) == ("sfp16 of mik", "gi5 of sg300")
    assert looks.standing(key("mik/sfp16"), key("sg300/gi5"))[0] is Standing.CONTRADICTED
    assert looks.proposals() == []


def test_a_machine_that_is_heard_on_another_port_than_its_cable_says_is_a_contradiction() -> None:
    world = rack()
    world.cable("mik/sfp4", "prox/eno1")
    (one,) = seen(world, (), heard("mik/sfp3", ENO1)).contradictions()
    assert (str(one.port), str(one.declared), one.link.confidence) == (
        "eno1 of prox",
        "sfp4 of mik",
        Confidence.MEDIUM,
    )


def test_a_machine_behind_a_switch_that_nobody_reads_is_none() -> None:
    world = rack()
    world.port("dumb/1")
    world.cable("dumb/1", "prox/eno1")
    assert seen(world, (), heard("mik/sfp3", ENO1)).contradictions() == []


NAMES = st.sampled_from(["mik", "sg300", "prox", "pf", "", "x.y", "MIK."])
PORTS = st.sampled_from(["sfp1", "sfp3", "sfp4", "sfp16", "gi5", "gi27", "eno1", "ix3", "", "bridge/sfp1", "a,b"])
MACS = st.sampled_from([ENO1, IX3, GUEST, STRANGER, "48:A9:8A:C1:17:10", ""])
PLACES = st.sampled_from(["mik/sfp1", "mik/sfp3", "mik/sfp16", "sg300/gi5", "sg300/gi27", "prox/eno1", "gone/1"])
LOOKS = st.builds(
    lambda place, name, port, mac: Look(port=key(place), name=name, far_port=port, mac=mac), PLACES, NAMES, PORTS, MACS
)
CABLES = st.lists(st.sampled_from([("mik/sfp3", "prox/eno1"), ("mik/sfp16", "sg300/gi27"), ("mik/sfp1", "sg300/gi5")]))


@given(neighbours=st.lists(LOOKS, max_size=12), tables=st.lists(LOOKS, max_size=12), cables=CABLES)
def test_whatever_is_seen_no_proposal_touches_a_cable_and_no_port_is_proposed_by_two_mac_tables(
    neighbours: list[Look], tables: list[Look], cables: list[tuple[str, str]]
) -> None:
    world = rack()
    world.cables = cables
    looks = seen(world, tuple(neighbours), tables)
    plugged = {key(end) for cable in cables for end in cable}
    for link in looks.proposals():
        assert not link.ends & plugged
        assert link.notes
        assert link.a.device != link.b.device or link.confidence is Confidence.HIGH
    medium = [pk for link in looks.by_mac_table for pk in link.ends]
    assert len(medium) == len(set(medium))
    for one in looks.contradictions():
        assert one.declared.pk not in one.link.ends
