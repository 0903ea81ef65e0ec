"""ifconfig, arp, netstat and single lines: read completely, or refused with the line."""

from __future__ import annotations

import pytest

from nautobot_wow.errors import ParseError
from nautobot_wow.systems.pfsense.parse.arp import parse_arp
from nautobot_wow.systems.pfsense.parse.box import (
    parse_listing,
    parse_routes,
    parse_serial,
    parse_time,
    parse_version,
)
from nautobot_wow.systems.pfsense.parse.ifconfig import LivePort, parse_ifconfig

HEAD = "igb0: flags=1008843<UP,BROADCAST,RUNNING,SIMPLEX,MULTICAST,LOWER_UP> metric 0 mtu 1500\n"


def port(*lines: str, head: str = HEAD) -> LivePort:
    (found,) = parse_ifconfig(head + "".join(f"\t{line}\n" for line in lines)).values()
    return found


# ------------------------------------------------------------------------------------------------------------ ifconfig


@pytest.mark.parametrize(("flags", "up"), [("8843<UP,RUNNING>", True), ("8802<BROADCAST>", False), ("0<>", False)])
def test_a_port_is_up_or_not_whatever_the_number_of_its_flags(flags: str, up: bool) -> None:
    assert port(head=f"igb0: flags={flags} metric 0 mtu 9000\n").up is up


def test_a_netmask_is_hexadecimal() -> None:
    assert list(map(str, port("inet 10.0.0.1 netmask 0xffffff80 broadcast 10.0.0.127").addresses)) == ["10.0.0.1/25"]


def test_a_point_to_point_address_stands_alone() -> None:
    found = port("inet 198.51.100.7 --> 198.51.100.1 netmask 0xffffffff", head="pppoe0: flags=8851<UP> mtu 1492\n")
    assert list(map(str, found.addresses)) == ["198.51.100.7/32"]


def test_link_local_addresses_say_nothing_and_others_have_their_length() -> None:
    found = port("inet6 fe80::1%igb0 prefixlen 64 scopeid 0x1", "inet6 2001:db8::5 prefixlen 64 autoconf pltime 1")
    assert list(map(str, found.addresses)) == ["2001:db8::5/64"]


def test_an_address_of_carp_says_so_behind_it() -> None:
    found = port(
        "inet 10.0.0.9 netmask 0xffffff00 broadcast 10.0.0.255 vhid 5", "carp: MASTER vhid 5 advbase 1 advskew 0"
    )
    assert (list(map(str, found.addresses)), found.carp) == (["10.0.0.9/24"], {5: "MASTER"})


def test_a_vlan_interface_names_its_parent() -> None:
    found = port("vlan: 110 vlanproto: 802.1q vlanpcp: 0 parent interface: ix5", "groups: vlan")
    assert (found.vid, found.parent, found.is_card) == (110, "ix5", False)


def test_members_of_laggs_and_bridges_are_named() -> None:
    found = port(
        "laggproto lacp lagghash l2", "laggport: ix0 flags=1c<ACTIVE>", "laggport: ix1 flags=0<>", "groups: lagg"
    )
    assert found.lag_ports == ["ix0", "ix1"]
    found = port("member: igb2 flags=143<LEARNING>", "ifmaxaddr 0 port 3 priority 128 path cost 2000000")
    assert found.members == ["igb2"]


@pytest.mark.parametrize(
    ("media", "speed"),
    [
        ("Ethernet autoselect (1000baseT <full-duplex>)", 10**6),
        ("Ethernet autoselect (10Gbase-SR <full-duplex,rxpause>)", 10**7),
        ("Ethernet autoselect (2500Base-T <full-duplex>)", 2_500_000),
        ("Ethernet 25GBase-SR", 25 * 10**6),
        ("Ethernet autoselect (none)", None),
        ("Ethernet autoselect", None),
    ],
)
def test_a_link_has_the_speed_of_its_media(media: str, speed: int | None) -> None:
    assert port(f"media: {media}", "status: active").speed_kbps == speed
    assert port(f"media: {media}", "status: no carrier").speed_kbps is None


@pytest.mark.parametrize("group", ["lo", "enc", "pflog", "gif", "openvpn", "WireGuard", "tap"])
def test_what_software_makes_is_no_card(group: str) -> None:
    assert not port("ether 00:0d:b9:00:00:00", "media: Ethernet autoselect", f"groups: {group}").is_card
    assert port("ether 00:0d:b9:00:00:00", "media: Ethernet autoselect", "groups: people").is_card


@pytest.mark.parametrize(
    "line", ["ether zz", "inet 10.0.0.1", "inet 10.0.0.1 netmask 0xff00ff00", "inet6 what", "vlan: x", "carp: y"]
)
def test_a_line_that_should_be_read_and_cannot_is_quoted(line: str) -> None:
    with pytest.raises(ParseError) as caught:
        port(line)
    assert line in str(caught.value)
    assert "igb0" in str(caught.value)


@pytest.mark.parametrize(
    "text", ["", "\n", "\tether 00:0d:b9:00:00:00\n", "garbage\n", HEAD + HEAD, HEAD + "\tether 00:0d", HEAD[:-20]]
)
def test_what_is_no_output_of_ifconfig_is_refused(text: str) -> None:
    with pytest.raises(ParseError):
        parse_ifconfig(text)


# ----------------------------------------------------------------------------------------------------------------- arp


def test_every_kind_of_row_is_read() -> None:
    found = parse_arp(
        "? (10.0.0.9) at 00:0c:29:1a:4e:3b on igb1 expires in 942 seconds [ethernet]\n"
        "? (10.0.0.1) at 00:0d:b9:00:00:01 on igb1 permanent [ethernet]\n"
        "? (10.0.0.7) at (incomplete) on igb1 expired [ethernet]\n"
        "? (10.0.0.8) at (incomplete) on igb1 [ethernet]\n"
        "? (10.1.0.9) at 00:0c:29:1a:4e:3c on igb1.10 expired [vlan]\n"
        "? (10.2.0.9) at 00:0c:29:1a:4e:3d on bridge0 expires in 5 seconds [bridge]\n"
        "? (10.3.0.9) at 00:0c:29:1a:4e:3e on igb2 permanent published [ethernet]\n"
    )
    assert [(row.host, bool(row.mac), row.permanent) for row in found] == [
        ("10.0.0.9", True, False),
        ("10.0.0.1", True, True),
        ("10.0.0.7", False, False),
        ("10.0.0.8", False, False),
        ("10.1.0.9", True, False),
        ("10.2.0.9", True, False),
        ("10.3.0.9", True, True),
    ]


def test_an_empty_table_is_an_answer() -> None:
    assert parse_arp("") == ()


@pytest.mark.parametrize(
    "text", ["\x1b garbage\n", "? (10.0.0.9) at 00:0c on", "? (10.0.0.999) at (incomplete) on x\n"]
)
def test_a_row_that_cannot_be_read_refuses_the_table(text: str) -> None:
    with pytest.raises(ParseError, match="arp -an"):
        parse_arp(text)


# ---------------------------------------------------------------------------------------------------------- short lines


@pytest.mark.parametrize(
    ("text", "edition"),
    [
        ("2.7.2-RELEASE\n", "pfSense CE"),
        ("2.8.1-RELEASE\n", "pfSense CE"),
        ("2.9.0-DEVELOPMENT\n", "pfSense CE"),
        ("24.11-RELEASE\n", "pfSense Plus"),
        ("25.07.1-RELEASE\n", "pfSense Plus"),
        ("2.8.0-RC\n", "pfSense CE"),
    ],
)
def test_a_version_says_which_product_it_is(text: str, edition: str) -> None:
    assert (parse_version(text).text, parse_version(text).edition) == (text.strip(), edition)


@pytest.mark.parametrize("text", ["", "14.1-RELEASE-p3 and more", "OPNsense 24.7"])
def test_what_is_no_version_of_pfsense_is_refused(text: str) -> None:
    with pytest.raises(ParseError, match="such as 2.7.2-RELEASE"):
        parse_version(text)


@pytest.mark.parametrize(
    "text", ["", "To Be Filled By O.E.M.\n", "Not Specified\n", "0123456789\n", "Default string\n"]
)
def test_what_boards_say_without_a_serial_number_is_none(text: str) -> None:
    assert parse_serial(text) == ""


def test_a_serial_number_is_one() -> None:
    assert parse_serial("1822210042\n") == "1822210042"


def test_clock_listing_and_routes_are_read_or_refused() -> None:
    assert parse_time("1800000000\n") == 1_800_000_000
    assert parse_listing("12 dhcp4.leases\n 13 dhcp4.leases.2\n") == {"dhcp4.leases": "12", "dhcp4.leases.2": "13"}
    for parse, text in ((parse_time, "now\n"), (parse_listing, "dhcp4.leases\n"), (parse_routes, "no table\n")):
        with pytest.raises(ParseError):
            parse(text)
