"""A VLAN is followed port by port; where it breaks is said, and what is not known is never called broken."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from nautobot_wow.wiring.path import Verdict, Way
from nautobot_wow.wiring.ports import BRIDGE, LAG, VIRTUAL
from tests.wiring.world import World, rack


def hops(way: Way) -> list[str]:
    return [str(hop.port) for hop in way.hops]


def test_an_untagged_guest_reaches_the_gateway_through_the_native_vlan() -> None:
    way = rack().way("prox/vmbr0", None, "pf/ix3")
    assert way.verdict is Verdict.FOUND
    assert hops(way) == ["vmbr0 of prox", "eno1 of prox", "sfp3 of mik", "sfp1 of mik", "ix3 of pf"]
    assert [hop.vid for hop in way.hops] == [None, None, 100, 100, 100]


def test_a_tagged_guest_reaches_the_vlan_interface_on_the_trunk() -> None:
    way = rack().way("prox/vmbr0", 110, "pf/ix5.110")
    assert way.verdict is Verdict.FOUND
    assert hops(way)[-2:] == ["ix5 of pf", "ix5.110 of pf"]


def test_the_port_that_does_not_carry_the_vlan_is_named() -> None:
    way = rack().way("prox/vmbr0", 130, "pf/ix5.130")
    assert (way.verdict, way.reason) == (Verdict.BROKEN, "sfp3 of mik does not carry VLAN 130")
    assert hops(way)[-1] == "ix5.130 of pf"
    assert [hop.port.name for hop in way.hops if hop.problem] == ["sfp3"]


def test_the_uplink_that_does_not_carry_the_vlan_is_named() -> None:
    world = rack()
    world.port("mik/sfp2", tagged=(120, 130), bridge="bridge")
    assert world.way("prox/vmbr0", 110, "pf/ix5.110").reason == "sfp2 of mik does not carry VLAN 110"


def test_a_native_vlan_of_another_network_breaks_it() -> None:
    world = rack()
    world.port("mik/sfp3", tagged=(110, 120), untagged=120, bridge="bridge")
    way = world.way("prox/vmbr0", None, "pf/ix3")
    assert (way.verdict, way.reason) == (Verdict.BROKEN, "sfp1 of mik does not carry VLAN 120")


def test_a_port_that_takes_only_tagged_frames_breaks_an_untagged_guest() -> None:
    world = rack()
    world.port("mik/sfp3", tagged=(100, 110), bridge="bridge")
    assert world.way("prox/vmbr0", None, "pf/ix3").reason == "sfp3 of mik takes no frames without a tag"


def test_a_port_that_is_switched_off_breaks_it() -> None:
    world = rack()
    world.port("mik/sfp3", tagged=(110,), untagged=100, bridge="bridge", enabled=False)
    assert world.way("prox/vmbr0", 110, "pf/ix5.110").reason == "sfp3 of mik is switched off"


def test_a_missing_cable_is_unknown_and_said_where() -> None:
    world = rack()
    world.cables.remove(("prox/eno1", "mik/sfp3"))
    way = world.way("prox/vmbr0", 110, "pf/ix5.110")
    assert (way.verdict, way.reason) == (Verdict.UNKNOWN, "no cable is known at eno1 of prox")


def test_a_missing_cable_at_the_uplink_is_unknown_also_where_another_uplink_breaks() -> None:
    world = rack()
    world.cables.remove(("mik/sfp2", "pf/ix5"))
    way = world.way("prox/vmbr0", 110, "pf/ix5.110")
    assert (way.verdict, way.reason) == (Verdict.UNKNOWN, "no cable is known at sfp2 of mik")
    assert hops(way) == ["vmbr0 of prox", "eno1 of prox", "sfp3 of mik", "sfp2 of mik"]
    assert not any(hop.problem for hop in way.hops)


def test_a_gateway_that_is_cut_off_at_its_own_cable_is_broken_whatever_is_unknown_elsewhere() -> None:
    world = rack()
    world.port("mik/sfp12", tagged=(110,), bridge="bridge")
    world.port("mik/sfp2", tagged=(120, 130), bridge="bridge")
    way = world.way("prox/vmbr0", 110, "pf/ix5.110")
    assert (way.verdict, way.reason) == (Verdict.BROKEN, "sfp2 of mik does not carry VLAN 110")


def test_a_gateway_that_may_be_reached_by_another_cable_of_its_own_is_not_cut_off() -> None:
    world = rack()
    world.port("mik/sfp12", tagged=(110,), bridge="bridge")
    world.port("mik/sfp2", tagged=(120, 130), bridge="bridge")
    world.cables.remove(("mik/sfp2", "pf/ix5"))
    assert world.way("prox/vmbr0", 110, "pf/ix5.110").verdict is Verdict.UNKNOWN


def test_a_gateway_that_is_switched_off_at_its_own_cable_is_broken() -> None:
    world = rack()
    world.port("mik/sfp12", untagged=100, bridge="bridge")
    world.port("mik/sfp1", untagged=100, bridge="bridge", enabled=False)
    way = world.way("prox/vmbr0", None, "pf/ix3")
    assert (way.verdict, way.reason) == (Verdict.BROKEN, "sfp1 of mik is switched off")


def test_a_gateway_that_nobody_has_is_broken_only_where_others_are_known() -> None:
    way = rack().way("prox/vmbr0", 120)
    assert (way.verdict, way.reason) == (Verdict.BROKEN, "no interface carries the gateway 10.0.0.1")
    assert rack().way("prox/vmbr0", 120, others_known=False).verdict is Verdict.UNKNOWN


def test_a_switch_that_nobody_reads_is_unknown() -> None:
    world = World()
    world.switches = {"dumb"}
    world.port("prox/vmbr0", kind=BRIDGE)
    world.port("prox/eno1", bridge="vmbr0")
    world.port("dumb/1")
    world.port("dumb/2")
    world.port("pf/ix5")
    world.port("pf/ix5.110", kind=VIRTUAL, parent="ix5", untagged=110)
    world.cable("prox/eno1", "dumb/1")
    world.cable("dumb/2", "pf/ix5")
    way = world.way("prox/vmbr0", 110, "pf/ix5.110")
    assert (way.verdict, way.reason) == (Verdict.UNKNOWN, "nobody reads which VLANs 1 of dumb carries")


def test_a_switch_port_that_is_said_to_carry_nothing_breaks_it() -> None:
    world = rack()
    world.port("mik/sfp3", said=True, bridge="bridge")
    assert world.way("prox/vmbr0", 110, "pf/ix5.110").verdict is Verdict.BROKEN


def test_a_port_outside_of_the_bridge_of_a_switch_forwards_nothing() -> None:
    world = rack()
    world.cables.remove(("mik/sfp1", "pf/ix3"))
    world.port("sg300/gi28", untagged=100)
    way = world.way("prox/vmbr0", None, "pf/ix4")
    assert "ether1 of mik" not in hops(way)
    assert way.verdict is Verdict.FOUND
    assert hops(way)[3:] == ["sfp16 of mik", "gi27 of sg300", "gi28 of sg300", "ix4 of pf"]


def test_a_lag_is_gone_through_by_its_members() -> None:
    world = rack()
    world.port("prox/eno1", lag="bond0")
    world.port("prox/bond0", kind=LAG, bridge="vmbr0")
    world.port("mik/sfp3", lag="bonding1")
    world.port("mik/bonding1", kind=LAG, tagged=(110,), untagged=100, bridge="bridge")
    assert world.way("prox/vmbr0", 110, "pf/ix5.110").verdict is Verdict.FOUND
    way = world.way("prox/vmbr0", 130, "pf/ix5.130")
    assert way.reason == "bonding1 of mik does not carry VLAN 130"


def test_a_bridge_on_a_vlan_interface_puts_its_guests_into_that_vlan() -> None:
    world = rack()
    world.port("prox/vmbr1", kind=BRIDGE)
    world.port("prox/eno1.110", kind=VIRTUAL, parent="eno1", bridge="vmbr1", untagged=110)
    assert world.way("prox/vmbr1", None, "pf/ix5.110").verdict is Verdict.FOUND


def test_a_bridge_that_lists_its_vlans_carries_no_other() -> None:
    world = rack()
    world.port("prox/vmbr0", kind=BRIDGE, tagged=(100, 120))
    assert world.way("prox/vmbr0", 110, "pf/ix5.110").reason == "vmbr0 of prox does not carry VLAN 110"


def test_vlan_1_leaves_a_bridge_of_linux_without_a_tag() -> None:
    world = rack()
    world.port("mik/sfp3", untagged=1, bridge="bridge")
    world.port("mik/sfp1", untagged=1, bridge="bridge")
    assert world.way("prox/vmbr0", 1, "pf/ix3").verdict is Verdict.FOUND


def test_a_switch_that_has_the_gateway_itself_is_the_end() -> None:
    world = rack()
    world.port("mik/vlan120", kind=VIRTUAL, parent="bridge", untagged=120)
    assert hops(world.way("prox/vmbr0", 120, "mik/vlan120"))[-1] == "vlan120 of mik"
    world.port("sg300/vlan 100", kind=VIRTUAL)
    assert world.way("prox/vmbr0", None, "sg300/vlan 100").verdict is Verdict.FOUND


def test_the_wrong_interface_of_the_firewall_is_named() -> None:
    world = rack()
    world.port("mik/sfp1", tagged=(100,), bridge="bridge")
    way = world.way("prox/vmbr0", None, "pf/ix3")
    assert (way.verdict, way.reason) == (
        Verdict.BROKEN,
        "ix3 of pf takes no VLAN 100: 10.0.0.1 is on ix3",
    )


def test_a_trunk_that_takes_everything_carries_it() -> None:
    world = rack()
    world.port("mik/sfp3", mode="tagged-all", untagged=100, bridge="bridge")
    assert world.way("prox/vmbr0", 130, "pf/ix5.130").verdict is Verdict.FOUND


@given(seed=st.integers(0, 10**9), size=st.integers(1, 9))
def test_any_net_of_switches_ends_and_a_way_that_is_found_carries_the_vlan_everywhere(seed: int, size: int) -> None:
    world, vid = _random(random.Random(seed), size)  # noqa: S311
    way = world.way("prox/vmbr0", vid, f"pf/ix0.{vid}")
    if way.verdict is Verdict.FOUND:
        assert not any(hop.problem or hop.unknown for hop in way.hops)
        strict = [hop.port for hop in way.hops if hop.port.mode and hop.port.kind != VIRTUAL]
        assert all(port.takes(vid) for port in strict)
    else:
        assert way.reason
    if way.verdict is Verdict.BROKEN:
        assert any(hop.problem for hop in way.hops)


@given(seed=st.integers(0, 10**9), size=st.integers(1, 9))
def test_with_every_port_a_trunk_of_everything_nothing_is_ever_broken(seed: int, size: int) -> None:
    world, vid = _random(random.Random(seed), size)  # noqa: S311
    for name, port in list(world.ports.items()):
        if name.startswith("s") and port.mode:
            world.port(name, mode="tagged-all")
    assert world.way("prox/vmbr0", vid, f"pf/ix0.{vid}").verdict is not Verdict.BROKEN


def _random(chance: random.Random, size: int) -> tuple[World, int]:
    """A node, some switches with loops between them, and a firewall somewhere."""
    world, vids = World(), (10, 20, 30)
    vid = chance.choice(vids)
    world.port("prox/vmbr0", kind=BRIDGE, mode="tagged-all")
    world.port("prox/eno1", bridge="vmbr0")
    world.port("pf/ix0")
    world.port(f"pf/ix0.{vid}", kind=VIRTUAL, parent="ix0", untagged=vid)
    world.switches = {f"s{number}" for number in range(size)}
    count = iter(range(10_000))

    def plug(switch: int) -> str:
        name = f"s{switch}/p{next(count)}"
        if chance.random() < 0.1:
            world.port(name)
        else:
            world.port(name, tagged=tuple(one for one in vids if chance.random() < 0.7))
        return name

    world.cable("prox/eno1", plug(0))
    for _ in range(2 * size):
        world.cable(plug(chance.randrange(size)), plug(chance.randrange(size)))
    world.cable(plug(chance.randrange(size)), "pf/ix0")
    return world, vid
