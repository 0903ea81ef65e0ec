"""The real client over a real socket against the lab's switch: every way to log in, every layout, every right."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest

from development.lab.client import Lab
from development.lab.fabric import Station
from development.lab.sg300.server import READER, Switch
from nautobot_wow.errors import AuthenticationError, ConfigurationError, Unreachable
from nautobot_wow.records import (
    AddressRecord,
    DeviceRecord,
    InterfaceRecord,
    Kind,
    PartRecord,
    PortType,
    Record,
    VlanRecord,
)
from nautobot_wow.snapshot import Snapshot
from nautobot_wow.systems.connection import Secret
from nautobot_wow.systems.sg300 import SG300
from nautobot_wow.systems.ssh import HOST_KEY, HostKeyRefused
from tests.systems.sg300.conftest import connection_to, options_for

Read = Callable[..., Snapshot]
BOX = "cisco-sg300-28"


def of(snapshot: Snapshot, kind: type[Record]) -> list[Record]:
    return [record for record in snapshot.records if isinstance(record, kind)]


def port(snapshot: Snapshot, name: str) -> InterfaceRecord:
    return next(one for one in snapshot.records if isinstance(one, InterfaceRecord) and one.name == name)


# ---------------------------------------------------------------------------------------------------- what becomes what


def test_the_switch_becomes_a_device_with_serial_and_version(read: Read) -> None:
    (device,) = of(read(), DeviceRecord)
    assert isinstance(device, DeviceRecord)
    assert (device.name, device.serial, device.version) == (BOX, "DNI1713A0BK", "1.4.11.5")
    assert (device.role, device.primary_ip4) == ("Switch", "10.1.1.2")


def test_every_port_has_its_description_speed_and_vlans(read: Read, lab: Lab) -> None:
    snapshot = read()
    names = [f"gi{number}" for number in range(1, 29)]
    assert [one.name for one in of(snapshot, InterfaceRecord)] == [*names, "vlan 1"]  # type: ignore[attr-defined]
    for name, there in lab.world.fabric.box(BOX).ports.items():
        record = port(snapshot, name)
        assert (record.description, record.enabled) == (there.description, there.enabled)
        assert (record.vid, record.tagged) == (there.native or 0, frozenset(there.tagged))
    assert port(snapshot, "gi25").speed_kbps == 1_000_000
    assert port(snapshot, "gi26").speed_kbps is None
    assert (port(snapshot, "gi1").type, port(snapshot, "gi27").type) == (PortType.COPPER_1G, PortType.OTHER)


def test_vlans_addresses_and_the_interface_that_carries_them_are_read(read: Read) -> None:
    snapshot = read()
    assert [(one.vid, one.name) for one in of(snapshot, VlanRecord)] == [(1, None), (100, "apps")]  # type: ignore[attr-defined]
    (address,) = of(snapshot, AddressRecord)
    assert isinstance(address, AddressRecord)
    assert (address.key, address.mask_length, address.interfaces) == ("10.1.1.2", 24, {"switch/vlan 1"})
    carrier = port(snapshot, "vlan 1")
    assert (carrier.type, carrier.vid, carrier.mac) == (PortType.VIRTUAL, 1, "54:78:1A:2B:30:00")
    assert snapshot.context["Default gateways"] == ({"gateway": "10.1.1.1"},)


def test_who_is_heard_is_who_the_world_says_and_the_switch_itself_is_nobody(read: Read, lab: Lab) -> None:
    expected = {(one.station.mac, one.port, one.station.vlan) for one in lab.world.fabric.heard(BOX, lab.world)}
    heard = {(one.mac, one.where, one.vid) for one in read().seen if one.source == "mac-table"}
    assert heard == expected
    assert lab.world.fabric.box(BOX).mac not in {mac for mac, _, _ in heard}


def test_a_multicast_address_in_the_table_is_no_evidence(read: Read, lab: Lab) -> None:
    group = Station("group", "01:00:5E:00:00:FB", ("unknown-3", "eth0"), 100)
    lab.call(lambda: lab.world.fabric.hosts.append(group))
    snapshot = read()
    assert int(snapshot.facts["heard"]) == sum(one.source == "mac-table" for one in snapshot.seen) + 2
    assert not any(one.mac.startswith("01:00:5E") for one in snapshot.seen)


def test_neighbours_are_sightings_with_the_far_port(read: Read) -> None:
    far = [(one.where, one.port, one.name, one.far_port) for one in read().seen if one.source == "neighbour"]
    assert far == [
        ("gi25", "switch/gi25", "wow-10gb-mik-sw", "ether1"),
        ("gi27", "switch/gi27", "wow-10gb-mik-sw", "sfp-sfpplus16"),
    ]


def test_every_seen_port_is_an_interface_of_the_reading(read: Read) -> None:
    snapshot = read()
    assert {one.port for one in snapshot.seen} <= {record.key for record in of(snapshot, InterfaceRecord)}


def test_a_port_channel_carries_the_vlans_and_its_members_name_it(read: Read, lab: Lab) -> None:
    for name in ("gi27", "gi28"):
        lab.change("set_box_port", box=BOX, port=name, lag="Po1")
    lab.change("set_box_port", box=BOX, port="Po1", native=None, tagged=[100], description="to the core")
    for who in ("nautobot", READER):
        snapshot = read(username=who, secret=Secret(lab.side("sg300").passwords[who]))
        channel = port(snapshot, "Po1")
        assert (channel.type, channel.vid, channel.tagged) == (PortType.LAG, 0, {100})
        assert [(port(snapshot, name).lag, port(snapshot, name).vid) for name in ("gi26", "gi27")] == [
            ("", 1),
            ("Po1", 0),
        ]
        assert not any(one.name == "Po2" for one in of(snapshot, InterfaceRecord))  # type: ignore[attr-defined]


def test_long_names_and_lists_that_wrap_arrive_whole(read: Read, lab: Lab) -> None:
    name = "A name of exactly thirty-two ch."
    assert len(name) == 32
    lab.change("set_box", box=BOX, vlans={100: "apps", 402: name})
    odd = [f"gi{number}" for number in range(1, 25, 2)]
    for one in odd:
        lab.change("set_box_port", box=BOX, port=one, tagged=[402])
    snapshot = read()
    assert {one.vid: one.name for one in of(snapshot, VlanRecord)}[402] == name  # type: ignore[attr-defined]
    assert [one.name for one in of(snapshot, InterfaceRecord) if one.tagged and 402 in one.tagged] == odd  # type: ignore[attr-defined]


def test_a_transceiver_is_a_part_with_its_serial_number(read: Read, lab: Lab) -> None:
    lab.change("set_box_port", box=BOX, port="gi28", media="combo-fiber")
    (part,) = of(read(), PartRecord)
    assert isinstance(part, PartRecord)
    assert (part.kind, part.name, part.model, part.serial) == (Kind.PART, "GigabitEthernet28", "MGBSX1", "FNS00000028")


# ---------------------------------------------------------------------------------------------------- layouts, releases


@pytest.mark.parametrize("layout", ["created", "type"])
def test_older_releases_say_the_same_port_by_port(read: Read, lab: Lab, switch: Switch, layout: str) -> None:
    newest = read()
    lab.change("side", slug="sg300", layout=layout)
    switch.asked.clear()
    assert read().records == newest.records
    assert sum(command.startswith("show interfaces switchport gi") for command in switch.asked) == 28


def test_the_newest_layout_needs_no_question_for_a_single_port(read: Read, switch: Switch) -> None:
    read()
    assert not any("switchport" in command for command in switch.asked)


def test_a_release_with_images_tells_the_one_that_runs(read: Read, lab: Lab) -> None:
    lab.change("side", slug="sg300", image="2.x")
    lab.change("set_box", box=BOX, version="2.5.9.54")
    (device,) = of(read(), DeviceRecord)
    assert device.version == "2.5.9.54"  # type: ignore[attr-defined]


def test_a_release_without_an_inventory_still_has_its_serial_number(read: Read, lab: Lab) -> None:
    lab.change("side", slug="sg300", no_commands=["show inventory"])
    snapshot = read()
    (device,) = of(snapshot, DeviceRecord)
    assert device.serial == "DNI1713A0BK"  # type: ignore[attr-defined]
    assert "Unrecognized command" in snapshot.unseen["parts"]


def test_a_model_that_spells_the_mac_table_otherwise_is_asked_its_way(read: Read, lab: Lab) -> None:
    seen = read().seen
    lab.change("side", slug="sg300", no_commands=["show mac address-table"])
    assert read().seen == seen


def test_a_release_without_system_id_has_the_serial_number_of_its_inventory(read: Read, lab: Lab) -> None:
    lab.change("side", slug="sg300", no_commands=["show system id"])
    snapshot = read()
    (device,) = of(snapshot, DeviceRecord)
    assert device.serial == "DNI1713A0BK"  # type: ignore[attr-defined]
    assert dict(snapshot.unseen) == {}


# ------------------------------------------------------------------------------------------------------- ways to log in


@pytest.mark.parametrize("login", ["password", "shell"])
@pytest.mark.parametrize("expired", [False, True])
def test_both_ways_to_log_in_read_the_same_and_an_expired_password_is_kept(
    read: Read, lab: Lab, switch: Switch, login: str, expired: bool
) -> None:
    lab.change("side", slug="sg300", login=login, expired=expired)
    assert len(of(read(), InterfaceRecord)) == 29
    assert "N" not in switch.asked  # it answered the question, and was no command


@pytest.mark.parametrize("login", ["password", "shell"])
def test_a_wrong_password_is_an_authentication_error_that_does_not_show_it(read: Read, lab: Lab, login: str) -> None:
    lab.change("side", slug="sg300", login=login)
    with pytest.raises(AuthenticationError, match="wow-sg300: .* refused the password of user 'nautobot'") as caught:
        read(secret=Secret("wrong-horse"))
    assert "wrong-horse" not in str(caught.value)


def test_a_host_key_that_is_not_known_is_refused_before_a_password_is_sent(read: Read, switch: Switch) -> None:
    with pytest.raises(HostKeyRefused, match=r"is not known; it shows SHA256:\S+ \(ssh-rsa\)"):
        read(options={"host_key": ""})
    with pytest.raises(HostKeyRefused, match="is known"):
        read(options={"host_key": "SHA256:" + "A" * 43})
    assert switch.logins == []


def test_first_use_pins_the_key_for_the_next_reading(read: Read, switch: Switch) -> None:
    first = read(options={"host_key": "", "host_key_policy": "first-use"})
    assert first.learned == {HOST_KEY: switch.describe()["host_key"]}
    again = read(options={"host_key": "", "host_key_policy": "first-use"}, learned=first.learned)
    assert again.learned == {}


def test_a_user_of_privilege_1_reads_all_but_the_configuration(read: Read, switch: Switch) -> None:
    everything = read()
    switch.asked.clear()
    lesser = read(username=READER, secret=Secret(switch.passwords[READER]))
    assert lesser.records == everything.records
    assert "show running-config" not in switch.asked
    assert lesser.facts["privilege"] == "1"


def test_a_reading_leaves_no_session_open(read: Read, lab: Lab, switch: Switch) -> None:
    for _ in range(7):  # more than there are sessions
        read()


def test_one_session_too_many_is_unreachable(read: Read, lab: Lab) -> None:
    lab.change("side", slug="sg300", sessions=0)
    with pytest.raises(Unreachable, match="wow-sg300"):
        read()


def test_without_the_client_it_is_said_how_to_install_it(switch: Switch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "netmiko.cisco.cisco_s300", None)
    for name in ("client", "session"):
        monkeypatch.delitem(sys.modules, f"nautobot_wow.systems.sg300.{name}", raising=False)
    with pytest.raises(ConfigurationError, match=r"install nautobot-wow\[sg300\]"):
        SG300.read(connection_to(switch), options_for(switch))


def test_a_switch_is_read_as_a_whole(switch: Switch) -> None:
    with pytest.raises(ConfigurationError, match="read as a whole"):
        SG300.read(connection_to(switch), options_for(switch), frozenset({"node/x"}))


# ------------------------------------------------------------------------------------------------------- the connection


def test_a_check_says_who_answers_and_what_is_not_seen(lab: Lab, switch: Switch) -> None:
    report = SG300.check(connection_to(switch), options_for(switch))
    facts = dict(report.facts)
    assert (facts["name"], facts["serial"], facts["version"]) == (BOX, "DNI1713A0BK", "1.4.11.5")
    assert facts["user"] == "nautobot, privilege 15"
    assert report.invisible == ()


def test_a_check_with_fewer_rights_says_what_to_do(lab: Lab, switch: Switch) -> None:
    lab.change("side_fault", slug="sg300", action="unknown", command="lldp")
    reader = connection_to(switch, username=READER, secret=Secret(switch.passwords[READER]))
    first, second = SG300.check(reader, options_for(switch)).invisible
    assert "privilege 1" in first
    assert "Give it privilege 15" in first
    assert second.startswith("Not read: LLDP neighbours. show lldp neighbors: the switch answers")
