"""The real client over a real socket against the lab's switch: every way to log in, both releases, every right."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import pytest

from development.lab.client import Lab
from development.lab.routeros.server import BLIND, Router
from nautobot_wow.errors import AuthenticationError, ConfigurationError, Unreachable
from nautobot_wow.records import (
    ALL_VLANS,
    AddressRecord,
    DeviceRecord,
    InterfaceRecord,
    PartRecord,
    PortType,
    PrefixRecord,
    RangeRecord,
    Record,
    VlanRecord,
)
from nautobot_wow.snapshot import Seen, Snapshot
from nautobot_wow.systems.connection import Secret
from nautobot_wow.systems.routeros import ROUTEROS
from nautobot_wow.systems.routeros.options import RouterOsOptions
from tests.systems.routeros.conftest import connection_to

Read = Callable[..., Snapshot]
Kept = TypeVar("Kept", bound=Record)
BOX = "wow-10gb-mik-sw"


def of(snapshot: Snapshot, kind: type[Kept]) -> list[Kept]:
    return [record for record in snapshot.records if isinstance(record, kind)]


def port(snapshot: Snapshot, name: str) -> InterfaceRecord:
    return next(one for one in of(snapshot, InterfaceRecord) if one.name == name)


def seen(snapshot: Snapshot, source: str) -> list[Seen]:
    return [one for one in snapshot.seen if one.source == source]


def more(lab: Lab, menu: str, *rows: dict[str, Any]) -> None:
    """Give the router more rows in a menu."""
    values = lab.world.fabric.box(BOX).values
    known = values.get("rows", {})
    lab.change("set_box", box=BOX, values={**values, "rows": {**known, menu: [*known.get(menu, ()), *rows]}})


def over(lab: Lab, menu: str, row: str, /, **changed: Any) -> None:
    """Let a row of a menu say something else."""
    values = lab.world.fabric.box(BOX).values
    words = {key.replace("_", "-"): value for key, value in changed.items()}
    lab.change("set_box", box=BOX, values={**values, "over": {menu: {row: words}}})


# ---------------------------------------------------------------------------------------------------- what becomes what


def test_the_router_becomes_a_device_with_serial_and_version(read: Read) -> None:
    (device,) = of(read(), DeviceRecord)
    assert (device.name, device.serial, device.version) == (BOX, "HGC09T1QR6V", "7.18.2")
    assert (device.platform, device.role) == ("MikroTik RouterOS", "Switch")


def test_every_port_has_its_type_speed_and_vlans(read: Read, lab: Lab) -> None:
    snapshot = read()
    for name, there in lab.world.fabric.box(BOX).ports.items():
        found = port(snapshot, name)
        assert (found.mac, found.description, found.enabled) == (there.mac, there.description, there.enabled)
        if name != "ether1":
            assert found.type is PortType.SFP_10G
            assert (found.vid, found.tagged, found.bridge) == (there.native or 0, frozenset(there.tagged), "bridge")
    assert port(snapshot, "ether1").type is PortType.COPPER_1G
    assert port(snapshot, "sfp-sfpplus5").speed_kbps == 1_000_000
    assert port(snapshot, "sfp-sfpplus15").speed_kbps is None


def test_a_module_is_a_part_with_maker_model_and_serial(read: Read) -> None:
    part = next(one for one in of(read(), PartRecord) if one.name == "sfp-sfpplus1")
    assert (part.manufacturer, part.model, part.serial) == ("MikroTik", "S+85DLC03D", "S8AC11701")


def test_bridge_vlans_are_vlans_with_their_comments_as_names(read: Read, lab: Lab) -> None:
    assert {one.vid: one.name for one in of(read(), VlanRecord)} == {1: None, **lab.world.fabric.box(BOX).vlans}


def test_a_bond_carries_the_vlans_and_its_members_name_it(read: Read, lab: Lab) -> None:
    for name in ("sfp-sfpplus1", "sfp-sfpplus2"):
        lab.change("set_box_port", box=BOX, port=name, lag="bond1")
    lab.change("set_box_port", box=BOX, port="bond1", native=None, tagged=[110, 120])
    snapshot = read()
    bond = port(snapshot, "bond1")
    assert (bond.type, bond.vid, bond.tagged) == (PortType.LAG, 0, {110, 120})
    assert [port(snapshot, name).lag for name in ("sfp-sfpplus1", "sfp-sfpplus2", "sfp-sfpplus3")] == [
        "bond1",
        "bond1",
        "",
    ]


def test_the_address_that_was_asked_is_the_primary_one(read: Read, lab: Lab) -> None:
    more(lab, "/ip/address", {"address": "127.0.0.1/24", "interface": "ether1"}, {"address": "10.9.0.1/24"})
    (device,) = of(read(), DeviceRecord)
    assert device.primary_ip4 is None  # two of its own, and the lab is asked at an address of the loopback
    assert {one.key for one in of(read(), AddressRecord)} == {"172.16.100.50", "10.9.0.1"}


def test_cards_are_seen_on_port_and_vlan_and_neighbours_with_their_port(read: Read) -> None:
    snapshot = read()
    card = next(one for one in seen(snapshot, "mac-table") if one.mac == "24:6E:96:00:04:02" and one.vid == 160)
    assert (card.where, card.port) == ("sfp-sfpplus12", "router/sfp-sfpplus12")
    far = next(one for one in seen(snapshot, "neighbour") if one.where == "ether1")
    assert (far.name, far.far_port, far.port) == ("cisco-sg300-28", "gi25", "router/ether1")
    arp = next(one for one in seen(snapshot, "arp") if one.host == "172.16.100.1")
    assert (arp.mac, arp.where, arp.port) == ("90:EC:77:1F:00:03", "ether1", "router/ether1")


def test_every_port_that_is_named_is_a_record(read: Read) -> None:
    snapshot = read()
    keys = {record.key for record in of(snapshot, InterfaceRecord)}
    assert {one.port for one in snapshot.seen if one.port} <= keys


def test_a_neighbour_is_heard_on_the_port_and_not_on_the_bridge_behind_it(read: Read) -> None:
    assert {one.where for one in seen(read(), "neighbour")} == {"ether1", "sfp-sfpplus16"}


def test_two_readings_of_one_world_are_equal(read: Read) -> None:
    assert read() == read()


def test_the_answer_in_pieces_is_the_same_answer(read: Read, lab: Lab) -> None:
    whole = read()
    lab.change("side", slug="routeros", chunk=7)
    assert read() == whole


# ------------------------------------------------------------------------------------------------------ text stays text


@pytest.mark.parametrize("text", ["Büro 3. Stock", "7", "007", "yes", "no", "true", "=a=b", "?x", "x" * 20_000])
def test_a_comment_is_kept_as_it_was_written(read: Read, lab: Lab, text: str) -> None:
    lab.change("set_box_port", box=BOX, port="sfp-sfpplus3", description=text)
    assert port(read(), "sfp-sfpplus3").description == text


@pytest.mark.parametrize("name", ["7", "no", "true", "Zürich"])
def test_names_that_look_like_numbers_or_truths_are_names(read: Read, lab: Lab, name: str) -> None:
    over(lab, "/system/identity", BOX, name=name)
    lab.change("set_box_port", box=BOX, port=name, description="odd", native=100)
    more(lab, "/interface/vlan", {"name": "1", "vlan-id": "42", "interface": name})
    more(lab, "/interface", {"name": "1", "type": "vlan"})
    snapshot = read()
    assert of(snapshot, DeviceRecord)[0].name == name
    assert (port(snapshot, name).vid, port(snapshot, "1").parent) == (100, name)


def test_a_comment_in_the_encoding_of_windows_loses_no_letter(read: Read, lab: Lab) -> None:
    over(lab, "/interface", "ether1", comment="Büro".encode("windows-1252"))
    assert port(read(), "ether1").description == "Büro"


# ------------------------------------------------------------------------------------------- VLANs, configured and real


def test_without_vlan_filtering_nothing_is_said_of_vlans(read: Read, lab: Lab) -> None:
    over(lab, "/interface/bridge", "bridge", vlan_filtering="false")
    snapshot = read()
    assert {(one.vid, one.tagged) for one in of(snapshot, InterfaceRecord) if one.bridge} == {(None, None)}
    assert of(snapshot, VlanRecord) == []


def test_a_port_that_is_down_keeps_the_vlans_that_are_configured(read: Read, lab: Lab) -> None:
    lab.change("set_box_port", box=BOX, port="sfp-sfpplus15", tagged=[110, 160])
    assert port(read(), "sfp-sfpplus15").tagged == {110, 160}


def test_a_vlan_that_only_the_pvid_of_a_port_makes_is_one_without_a_name(read: Read, lab: Lab) -> None:
    lab.change("set_box_port", box=BOX, port="sfp-sfpplus3", native=77)
    snapshot = read()
    assert port(snapshot, "sfp-sfpplus3").vid == 77
    assert {one.vid: one.name for one in of(snapshot, VlanRecord)}[77] is None


def test_spans_of_vlans_are_all_of_them_and_a_trunk_of_everything_is_no_list(read: Read, lab: Lab) -> None:
    rows = ({"vlan-ids": "10,20-22", "tagged": "sfp-sfpplus3"}, {"vlan-ids": "2-4094", "tagged": "sfp-sfpplus4"})
    more(lab, "/interface/bridge/vlan", *({"bridge": "bridge", **row} for row in rows))
    snapshot = read()
    assert port(snapshot, "sfp-sfpplus3").tagged == {10, 20, 21, 22, 110, 120}
    assert port(snapshot, "sfp-sfpplus4").tagged == ALL_VLANS
    assert {one.vid for one in of(snapshot, VlanRecord)} == {1, 10, 20, 21, 22, 100, 110, 120, 130, 160}


def test_rows_that_are_switched_off_are_not_in_force(read: Read, lab: Lab) -> None:
    more(lab, "/interface/bridge/vlan", {"bridge": "bridge", "vlan-ids": "55", "tagged": "ether1", "disabled": "true"})
    more(lab, "/interface/bridge/port", {"bridge": "bridge", "interface": "ether1", "disabled": "true"})
    more(lab, "/ip/address", {"address": "10.8.0.1/24", "interface": "ether1", "disabled": "true"})
    snapshot = read()
    assert 55 not in {one.vid for one in of(snapshot, VlanRecord)}
    assert port(snapshot, "ether1").bridge == ""
    assert "10.8.0.1" not in {one.key for one in of(snapshot, AddressRecord)}
    assert snapshot.context["Addresses that are switched off"][0]["address"] == "10.8.0.1/24"


def test_a_vlan_inside_a_vlan_and_a_providers_tag_are_none_of_the_sites(read: Read, lab: Lab) -> None:
    rows = [("outer", "10", "ether1", "false"), ("inner", "20", "outer", "false"), ("service", "30", "ether1", "true")]
    more(lab, "/interface", *({"name": name, "type": "vlan"} for name, *_ in rows))
    fields = ("name", "vlan-id", "interface", "use-service-tag")
    more(lab, "/interface/vlan", *(dict(zip(fields, row, strict=True)) for row in rows))
    snapshot = read()
    assert [port(snapshot, name).vid for name in ("outer", "inner", "service")] == [10, None, None]
    assert port(snapshot, "ether1").tagged == {10}
    assert {10, 20, 30} & {one.vid for one in of(snapshot, VlanRecord)} == {10}


def test_sessions_that_come_and_go_are_no_interfaces(read: Read, lab: Lab) -> None:
    more(lab, "/interface", {"name": "<pppoe-anna>", "type": "pppoe-in", "dynamic": "true"})
    more(lab, "/interface", {"name": "pppoe-out1", "type": "pppoe-out", "actual-mtu": "1480"})
    more(lab, "/ip/address", {"address": "10.7.0.1/32", "interface": "<pppoe-anna>", "dynamic": "true"})
    snapshot = read()
    assert {"<pppoe-anna>"} & {one.name for one in of(snapshot, InterfaceRecord)} == set()
    assert port(snapshot, "pppoe-out1").type is PortType.VIRTUAL
    assert next(one for one in of(snapshot, AddressRecord) if one.key == "10.7.0.1").interfaces == frozenset()


def test_an_address_on_vrrp_is_a_vip(read: Read, lab: Lab) -> None:
    more(lab, "/interface", {"name": "vrrp5", "type": "vrrp", "mac-address": "00:00:5E:00:01:05"})
    more(lab, "/ip/address", {"address": "172.16.100.7/32", "interface": "vrrp5"})
    found = next(one for one in of(read(), AddressRecord) if one.key == "172.16.100.7")
    assert (found.role, found.interfaces) == ("VIP", {"router/vrrp5"})


# ----------------------------------------------------------------------------------------------------------------- DHCP


def dhcp(lab: Lab) -> None:
    more(lab, "/interface", {"name": "vlan110", "type": "vlan"})
    more(lab, "/interface/vlan", {"name": "vlan110", "vlan-id": "110", "interface": "bridge"})
    more(lab, "/ip/address", {"address": "172.16.110.2/24", "interface": "vlan110"})
    more(lab, "/ip/dhcp-server", {"name": "mgmt", "interface": "vlan110", "address-pool": "first", "disabled": "false"})
    more(lab, "/ip/dhcp-server/network", {"address": "172.16.110.0/24", "gateway": "172.16.110.2"})
    more(
        lab,
        "/ip/pool",
        {"name": "first", "ranges": "172.16.110.60-172.16.110.69,172.16.110.75", "next-pool": "second"},
        {"name": "second", "ranges": "172.16.110.80-172.16.110.89"},
        {"name": "vpn", "ranges": "10.6.0.0/28"},
    )


def test_pools_are_ranges_and_what_dhcp_does_not_give_is_reserved(read: Read, lab: Lab) -> None:
    dhcp(lab)
    assert [(one.first, one.last, one.role, one.name) for one in of(read(), RangeRecord)] == [
        ("172.16.110.60", "172.16.110.69", "DHCP", "first"),
        ("172.16.110.75", "172.16.110.75", "DHCP", "first"),
        ("172.16.110.80", "172.16.110.89", "DHCP", "second"),
        ("10.6.0.0", "10.6.0.15", "Reserved", "vpn"),
    ]


def test_the_gateway_that_clients_are_told_is_one_and_its_network_is_on_the_vlan(read: Read, lab: Lab) -> None:
    dhcp(lab)
    snapshot = read()
    assert {one.key: one.role for one in of(snapshot, AddressRecord)}["172.16.110.2"] == "Gateway"
    assert {one.network: one.vid for one in of(snapshot, PrefixRecord)}["172.16.110.0/24"] == 110


def test_leases_are_sightings_as_far_as_somebody_has_the_address(read: Read, lab: Lab) -> None:
    dhcp(lab)
    card = {"mac-address": "3C:7C:3F:00:00:01", "server": "mgmt"}
    more(
        lab,
        "/ip/dhcp-server/lease",
        {**card, "address": "172.16.110.61", "status": "bound", "host-name": "no", "dynamic": "true"},
        {**card, "address": "172.16.110.62", "status": "waiting", "dynamic": "true"},
        {**card, "address": "172.16.110.63", "status": "waiting", "dynamic": "false", "comment": "printer"},
        {**card, "address": "first", "status": "bound", "active-address": "172.16.110.64", "host-name": "123"},
        {"address": "172.16.110.65", "status": "conflict", "server": "*1", "dynamic": "true"},
        {**card, "address": "172.16.110.66", "status": "waiting", "dynamic": "false", "disabled": "true"},
        {**card, "address": "172.16.110.67", "status": "bound", "blocked": "true"},
        {**card, "address": "first", "status": "waiting", "dynamic": "false"},
    )
    snapshot = read()
    assert [(one.host, one.name, one.where, one.vid) for one in seen(snapshot, "lease")] == [
        ("172.16.110.61", "no", "vlan110", 110),
        ("172.16.110.64", "123", "vlan110", 110),
        ("172.16.110.65", "", "*1", None),
    ]
    assert [(one.host, one.name) for one in seen(snapshot, "static-map")] == [("172.16.110.63", "printer")]
    assert all(one.is_evidence for one in snapshot.seen)


# ------------------------------------------------------------------------------------------------- junk is no evidence


@pytest.mark.parametrize(
    "row",
    [
        {"address": "172.16.100.9", "complete": "false", "dynamic": "true"},
        {"address": "172.16.100.9", "mac-address": "24:6E:96:00:00:09", "complete": "false", "dynamic": "true"},
        {"address": "172.16.100.9", "mac-address": "24:6E:96:00:00:09", "status": "failed", "dynamic": "true"},
        {"address": "172.16.100.9", "mac-address": "00:00:00:00:00:00", "complete": "true", "dynamic": "true"},
        {"address": "172.16.100.9", "mac-address": "01:00:5E:00:00:01", "complete": "true", "dynamic": "true"},
        {"address": "172.16.100.9", "mac-address": "24:6E:96:00:00:09", "invalid": "true", "complete": "true"},
        {"address": "172.16.100.9", "mac-address": "24:6E:96:00:00:09", "disabled": "true", "complete": "true"},
        {"address": "172.16.100.9", "mac-address": "48:A9:8A:C1:17:11", "complete": "true", "published": "true"},
        {"address": "172.16.100.50", "mac-address": "24:6E:96:00:00:09", "complete": "true", "dynamic": "true"},
    ],
)
def test_an_arp_row_that_nobody_answered_for_is_no_sighting(read: Read, lab: Lab, row: dict[str, str]) -> None:
    before = read().seen
    more(lab, "/ip/arp", {"interface": "ether1", **row})
    assert read().seen == before


@pytest.mark.parametrize(
    "row",
    [
        {"mac-address": "24:6E:96:00:00:09", "on-interface": "ether1", "local": "true"},
        {"mac-address": "48:A9:8A:C1:17:02", "on-interface": "ether1"},
        {"mac-address": "01:80:C2:00:00:00", "on-interface": "ether1"},
        {"mac-address": "24:6E:96:00:00:09", "on-interface": "bridge"},
        {"mac-address": "24:6E:96:00:00:09", "interface": "ether1", "invalid": "true"},
        {"mac-address": "24:6E:96:00:00:09", "interface": "ether1", "disabled": "true"},
    ],
)
def test_own_and_impossible_cards_of_a_bridge_are_no_sighting(read: Read, lab: Lab, row: dict[str, str]) -> None:
    before = read().seen
    more(lab, "/interface/bridge/host", {"bridge": "bridge", **row})
    assert read().seen == before


def test_the_shared_card_of_vrrp_is_known_as_such(read: Read, lab: Lab) -> None:
    mac = "00:00:5E:00:01:05"
    more(lab, "/ip/arp", {"address": "172.16.100.9", "mac-address": mac, "complete": "true", "dynamic": "true"})
    more(lab, "/interface/bridge/host", {"bridge": "bridge", "mac-address": mac, "on-interface": "sfp-sfpplus1"})
    assert [one.name for one in read().seen if one.mac == mac] == ["VRRP or CARP 5"] * 2


def test_what_a_person_wrote_into_the_arp_table_was_not_heard(read: Read, lab: Lab) -> None:
    more(lab, "/ip/arp", {"address": "172.16.100.9", "mac-address": "24:6E:96:00:00:09", "dynamic": "false"})
    assert [one.source for one in read().seen if one.host == "172.16.100.9"] == ["static-map"]


def test_the_link_local_address_of_a_neighbour_is_no_address_of_the_network(read: Read, lab: Lab) -> None:
    more(lab, "/ip/neighbor", {"interface": "sfp-sfpplus1", "address": "fe80::1", "identity": "core-2"})
    assert [(one.host, one.mac) for one in read().seen if one.name == "core-2"] == [("", "")]


# --------------------------------------------------------------------------------------------- releases and their words


@pytest.mark.parametrize("version", ["7.18.2", "7.17", "7.1.5", "6.49.18", "6.43"])
def test_every_release_says_the_same_of_ports_and_vlans(read: Read, lab: Lab, version: str) -> None:
    newest = read()
    lab.change("set_box", box=BOX, version=version)
    snapshot = read()
    assert {one.key: one for one in of(snapshot, InterfaceRecord)} == {
        one.key: one for one in of(newest, InterfaceRecord)
    }
    assert snapshot.seen == newest.seen
    assert snapshot.unseen == {}


def test_a_table_without_rows_is_empty_whether_it_says_so_or_not(read: Read, lab: Lab) -> None:
    for version in ("7.18.2", "7.17"):
        lab.change("set_box", box=BOX, version=version)
        assert of(read(), RangeRecord) == []
        assert "ranges" not in read().unseen


def test_a_route_is_shown_in_the_words_of_both_releases(read: Read, lab: Lab) -> None:
    for version, through in (("7.18.2", "172.16.100.1%ether1"), ("6.49.18", "172.16.100.1 reachable via  ether1")):
        lab.change("set_box", box=BOX, version=version)
        (route,) = read().context["Routes"]  # the connected one is not asked for
        assert (route["destination"], route["through"]) == ("0.0.0.0/0", through)


def test_a_router_before_6_43_gets_the_response_to_its_challenge(read: Read, lab: Lab) -> None:
    lab.change("set_box", box=BOX, version="6.42.12")
    assert of(read(), DeviceRecord)[0].version == "6.42.12"
    with pytest.raises(AuthenticationError, match="cannot log in"):
        read(secret=Secret("wrong"))


@pytest.mark.parametrize(
    ("menu", "scope"),
    [
        ("/ip/dhcp-server", "ranges"),
        ("/ipv6/address", "addresses/ipv6"),
        ("/interface/bridge/vlan", "vlans"),
        ("/system/routerboard", "device/serial"),
    ],
)
def test_a_menu_that_is_missing_is_unseen_and_never_empty(read: Read, lab: Lab, menu: str, scope: str) -> None:
    lab.change("set_box", box=BOX, values={"without": [menu]})
    snapshot = read()
    assert f"this router has no {menu}" in snapshot.unseen[scope]
    assert not snapshot.covers([scope])


def test_a_virtual_machine_has_no_serial_and_ports_of_no_known_kind(read: Read, lab: Lab) -> None:
    more(lab, "/system/routerboard", {"routerboard": "false"})
    snapshot = read()
    assert of(snapshot, DeviceRecord)[0].serial is None
    assert port(snapshot, "ether1").type is PortType.OTHER


# -------------------------------------------------------------------------------------------------- TLS, login, rights


def test_a_certificate_that_nobody_we_trust_signed_is_refused(read: Read) -> None:
    with pytest.raises(Unreachable, match=r"TLS with .*certificate.*CA file"):
        read(ca_file=None)
    assert read(ca_file=None, verify_tls=False)


def test_a_router_without_certificate_is_asked_only_when_chosen(read: Read, router: Router) -> None:
    url = router.describe()["anonymous_url"]
    with pytest.raises(Unreachable, match="if its service api-ssl has no certificate, give it one"):
        read(url=url)
    assert read(url=url, options={"allow_anonymous_tls": True}) == read()


def test_who_has_a_certificate_is_not_asked_anonymously(read: Read) -> None:
    with pytest.raises(Unreachable, match="switch the option allow_anonymous_tls off"):
        read(options={"allow_anonymous_tls": True})


def test_nothing_is_sent_in_the_clear_unless_chosen(read: Read, router: Router) -> None:
    url = router.describe()["plain_url"]
    with pytest.raises(ConfigurationError, match="would send the password unencrypted"):
        read(url=url)
    assert router.asked == []
    assert read(url=url, options={"allow_plaintext": True}) == read()


@pytest.mark.parametrize(
    "url", ["ssh://x", "https://", "https://a:b@x", "https://x:70000", "https://x/path", "x:8729", "https://x?y=1"]
)
def test_a_url_that_is_no_api_is_refused_before_anything_is_sent(read: Read, url: str) -> None:
    with pytest.raises(ConfigurationError, match=r"wow-crs317: .*write the URL as https://host:8729"):
        read(url=url)


def test_a_wrong_password_is_an_authentication_error_without_the_password(read: Read) -> None:
    with pytest.raises(AuthenticationError, match="invalid user name or password") as caught:
        read(secret=Secret("hunter2-is-wrong"))
    assert "hunter2" not in f"{caught.value!r}"


def test_who_may_read_nothing_is_told_which_policy_is_missing(read: Read, router: Router) -> None:
    with pytest.raises(Exception, match="give the user's group the policy read"):
        read(username=BLIND, secret=Secret(router.passwords[BLIND]))


def test_the_test_of_the_connection_says_who_answered_and_what_is_not_seen(router: Router, lab: Lab) -> None:
    lab.change("set_box", box=BOX, values={"without": ["/ip/dhcp-server/lease"]})
    report = ROUTEROS.check(connection_to(router), RouterOsOptions())
    facts = dict(report.facts)
    assert (facts["name"], facts["version"], facts["connection"]) == (BOX, "7.18.2 stable", "TLS")
    assert len(report.invisible) == 1
    assert report.invisible[0].startswith("Not read: DHCP leases.")


def test_a_router_is_read_as_a_whole(router: Router) -> None:
    with pytest.raises(ConfigurationError, match="read as a whole"):
        ROUTEROS.read(connection_to(router), RouterOsOptions(), frozenset({"router"}))
