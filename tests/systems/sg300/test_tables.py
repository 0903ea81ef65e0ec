"""What is hard about the switch's tables, one trap a test. The texts are our own, in the layouts of real releases."""

from __future__ import annotations

import pytest

from nautobot_wow.errors import ParseError, RemoteError
from nautobot_wow.systems.sg300.parse.addresses import parse_addresses
from nautobot_wow.systems.sg300.parse.answer import NotACommand, lines_of
from nautobot_wow.systems.sg300.parse.config import parse_config
from nautobot_wow.systems.sg300.parse.device import parse_inventory, parse_system, parse_system_id, parse_version
from nautobot_wow.systems.sg300.parse.interfaces import parse_channels, parse_status, same_ports
from nautobot_wow.systems.sg300.parse.lldp import parse_neighbours
from nautobot_wow.systems.sg300.parse.mac_table import parse_mac_table
from nautobot_wow.systems.sg300.parse.ports import of_long_name, to_ports, to_vids
from nautobot_wow.systems.sg300.parse.vlans import parse_switchport, parse_vlans

VLANS = """\
Created by: D-Default, S-Static, G-GVRP, R-Radius Assigned VLAN, V-Voice VLAN

Vlan       Name           Tagged Ports      UnTagged Ports      Created by
---- ----------------- ------------------ ------------------ ----------------
 1           1                             gi8-26,Po1-8             DV
 54         cams           gi1-7,gi28                               S
402  Telephone-of-flat  gi1,gi3,gi5,gi7,   gi9-10,gi12,gi14,        S
     12b                gi27-28            gi16
999        radius                               gi2                 R
"""
LLDP = """
System capability legend:
B - Bridge; R - Router; W - Wlan Access Point; T - telephone;
D - DOCSIS Cable Device; H - Host; r - Repeater;
TP - Two Ports MAC Relay; S - S-VLAN; C - C-VLAN; O - Other

  Port        Device ID        Port ID       System Name    Capabilities  TTL
--------- ----------------- ------------- ----------------- ------------ -----
te1/0/3   02:00:5e:00:00:01 Ten-GigabitEt   core-switch      B, R, C     101
                            hernet1/0/48
gi5         printer-42          lan             print           O         99
"""
MACS = """\
Flags: I - Internal usage VLAN
Aging time is 300 sec

    Vlan          Mac Address         Port       Type
------------ --------------------- ---------- ----------
     1         54:78:1a:2b:30:00       0         self
     1         54:78:1a:2b:30:01       0      management
    100        24:6e:96:00:00:01      gi1       static
    100        24:6e:96:00:00:02      Po1       secure
   4094 I      24:6e:96:00:00:03      gi2      dynamic
"""
SWITCHPORT = """\
Port : gi5
Port Mode: General
Gvrp Status: disabled
Ingress Filtering: true
Acceptable Frame Type: admitAll
Ingress UnTagged VLAN ( NATIVE ): 20

Port is member in:

Vlan               Name               Egress rule Port Membership Type
---- -------------------------------- ----------- --------------------
 10             ten things             Untagged          Static
 20                 20                 Untagged          Static
 30                 30                  Tagged           Static


Forbidden VLANS:
Vlan               Name
---- --------------------------------


Classification rules:

Mac based VLANs:
  Group ID   Vlan ID
------------ -------

"""
CONFIG = """\
config-file-header
sw-1
v1.4.11.5 / R800_NIK_1_4_220_026
CLI v1.0

file SSD indicator encrypted
@
!
vlan database
vlan 7-8,30
exit
banner login ^C
% This is no error, and % neither
^C
interface vlan 7
 name "IP phones of floor 2"
!
interface gigabitethernet1/49
 description "Po1 to core"
 channel-group 1 mode auto
!
interface Port-channel1
 description trunk
!
username root password encrypted 0123456789abcdef privilege 15
exit
"""


# --------------------------------------------------------------------------------------------------------- show version


def test_a_version_with_a_two_digit_field_is_read() -> None:
    assert parse_version("SW version    1.4.11.5 ( date  07-Aug-2019 time  15:02:27 )\n") == "1.4.11.5"


def test_the_version_of_a_stack_is_that_of_its_first_unit() -> None:
    text = (
        "       Unit             SW version         Boot version          HW version\n"
        "------------------- ------------------- ------------------- -------------------\n"
        "1                   1.4.8.6             1.4.0.02            V02\n"
        "2                   1.4.8.6             1.4.0.02            V02\n"
    )
    assert parse_version(text) == "1.4.8.6"


@pytest.mark.parametrize("text", ["", "hello", "Boot version 1.0", "Active-image: flash://x\n", "  Version: 2.5"])
def test_a_version_that_is_not_there_is_an_error(text: str) -> None:
    with pytest.raises(ParseError, match="show version"):
        parse_version(text)


# ------------------------------------------------------------------------------------------------------ show system, id


def test_a_wrapped_value_of_the_system_is_put_together_and_tables_of_units_are_passed_over() -> None:
    text = (
        f"{'System Description:':<42}SG550X-24MP 24-Port Gigabit\n"
        f"{'System Up Time (days,hour:min:sec):':<42}12,04:33:21\n"
        f"{'System Contact:':<42}\n"
        f"{'System Name:':<42}a-rather-long-name-of-a-switch-that-do\n{'':<42}es-not-fit\n"
        f"{'System Location:':<42}Tampa, some other street, room\n{'':<42}11\n"
        f"{'System MAC Address:':<42}02:00:5e:22:c3:4d\n\n"
        "Unit          Type\n---- ----------------------\n 1        SG550X-24MP\n\n"
        "Unit                Fans Status\n----   -------------------------------------\n 1      FANs OK\n"
    )
    found = parse_system(text)
    assert found.name == "a-rather-long-name-of-a-switch-that-does-not-fit"
    assert found.mac == "02:00:5E:22:C3:4D"


def test_a_line_of_the_system_that_is_no_label_is_quoted() -> None:
    with pytest.raises(ParseError, match="'what is this'"):
        parse_system("System Name: a\nSystem MAC Address: 00:11:22:33:44:55\nSystem Description: b\nwhat is this\n")


def test_serial_numbers_of_a_stack_are_told_by_unit() -> None:
    text = "Unit    Serial number\n---- -------------------\n 1       DNI00000044\n 2       DNI00000045\n"
    assert parse_system_id(text) == {"1": "DNI00000044", "2": "DNI00000045"}


# ------------------------------------------------------------------------------------------------------- show inventory


def test_an_inventory_tells_units_from_transceivers_also_with_a_vid_of_several_words() -> None:
    text = (
        '\nNAME: "1"   DESCR: "SG300-28 28-Port Gigabit Managed Switch"   \n'
        "PID: SG300-28-K9   VID: V02   SN: DNI00000042   \n\n\n"
        'NAME: "GigabitEthernet27"    DESCR: "SFP-1000Base-LX"    \n'
        "PID: GLC-LH-SMD    VID: Information Unavailable    SN: FNS00000043          \n\n"
    )
    unit, transceiver = parse_inventory(text)
    assert (unit.is_unit, unit.product, unit.serial) == (True, "SG300-28-K9", "DNI00000042")
    assert (transceiver.is_unit, transceiver.product, transceiver.serial) == (False, "GLC-LH-SMD", "FNS00000043")


def test_half_an_inventory_is_an_error() -> None:
    with pytest.raises(ParseError, match="ends after"):
        parse_inventory('NAME: "1"   DESCR: "SG300-28"\n')


# -------------------------------------------------------------------------------------------------------- ports, ranges


@pytest.mark.parametrize(
    ("text", "ports"),
    [
        ("gi1-4,gi7,Po1-2", ["gi1", "gi2", "gi3", "gi4", "gi7", "Po1", "Po2"]),
        ("gi1/1-2,te1/0/3", ["gi1/1", "gi1/2", "te1/0/3"]),
        ("fa5,gi1", ["fa5", "gi1"]),
        ("", []),
    ],
)
def test_a_range_names_its_kind_only_once(text: str, ports: list[str]) -> None:
    assert to_ports(text, "x") == ports


@pytest.mark.parametrize("text", ["gi1-", "gi4-1", "1-4", "gi1,,gi2", "gi1,gi1", "eth0", "gi1-gi4", "gi1-3,gi2", ","])
def test_a_list_that_is_none_is_refused_with_its_text(text: str) -> None:
    with pytest.raises(ParseError, match="x: "):
        to_ports(text, "x")


def test_the_configuration_spells_ports_in_full() -> None:
    assert of_long_name("gigabitethernet1/2") == "gi1/2"
    assert of_long_name("Port-channel1") == "Po1"
    assert of_long_name("vlan 7") == "vlan 7"
    assert of_long_name("range gigabitethernet1-4") is None
    assert to_vids("7-8,30", "x") == {7, 8, 30}


def test_tables_that_name_different_ports_are_not_believed() -> None:
    with pytest.raises(ParseError, match="names 1 ports and show interfaces status 2; gi2 is only in status"):
        same_ports(status={"gi1": 1, "gi2": 1}, description={"gi1": ""})


def test_a_state_of_a_link_that_nobody_knows_stops_the_table() -> None:
    text = (
        "                                          Flow    Link\n"
        "Ch       Type    Duplex  Speed  Neg      control  State\n"
        "-------- ------- ------  -----  -------- -------  -----------\n"
        "Po1      1G      Full    1000   Enabled  Off      Sideways\n"
    )
    with pytest.raises(ParseError, match="cannot read 'Po1 .*Sideways'"):
        parse_status(text)


def test_members_of_port_channels_are_active_or_not() -> None:
    text = (
        "Load balancing: src-dst-mac.\n\nChannel   Ports\n--------  -----\n"
        "Po1       Active: gi1-2 Inactive: gi3\nPo2\nPo3       Active: gi1/4,gi2/4\n"
    )
    assert parse_channels(text) == {"Po1": ["gi1", "gi2", "gi3"], "Po2": [], "Po3": ["gi1/4", "gi2/4"]}


# ---------------------------------------------------------------------------------------------------------------- VLANs


def test_the_layout_with_tags_is_read_with_names_and_lists_that_wrap() -> None:
    vlans = parse_vlans(VLANS)
    assert vlans[402].name == "Telephone-of-flat12b"
    assert vlans[402].tagged == {"gi1", "gi3", "gi5", "gi7", "gi27", "gi28"}
    assert vlans[402].untagged == {"gi9", "gi10", "gi12", "gi14", "gi16"}
    assert vlans[1].name == ""
    assert vlans[54].untagged == frozenset()


def test_a_vlan_that_others_announced_is_not_one_that_somebody_made_here() -> None:
    vlans = parse_vlans(VLANS)
    assert [vid for vid, row in vlans.items() if row.is_learned] == [999]


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("gi27-28     ", "            ", "nothing that goes on below|ends in a comma"),
        (" gi16\n", "\n", "ends in a comma: the rest is missing"),
        ("gi1,gi3,gi5,gi7,", "gi1,gi3,gi5,gi7 ", "without a comma"),
        ("999        radius", "1          radius", "listed twice"),
        ("     12b ", "12b      ", "cannot read '402"),
        ("                R\n", "                Q\n", "'Q' is nobody that creates a VLAN"),
        ("         S\n402", "         S\nSurprise!\n402", "Surprise"),
        ("gi1-7,gi28      ", "gi1-7,gi28,gi1-7", "'54 .*twice|54"),
    ],
)
def test_a_line_that_is_not_understood_stops_the_table_and_is_quoted(old: str, new: str, reason: str) -> None:
    assert old in VLANS
    with pytest.raises(ParseError, match=reason):
        parse_vlans(VLANS.replace(old, new))


def test_an_empty_table_of_vlans_is_an_error_not_a_switch_without_any() -> None:
    with pytest.raises(ParseError, match="there is no VLAN in the table"):
        parse_vlans(VLANS[: VLANS.index(" 1 ")])
    with pytest.raises(ParseError, match="there is no table of VLANs"):
        parse_vlans("")


def test_a_port_in_several_untagged_vlans_is_in_the_one_its_frames_come_in_to() -> None:
    found = parse_switchport(SWITCHPORT, "gi5")
    assert (found.mode, found.vid, found.untagged, found.tagged) == ("general", 20, {10, 20}, {30})


def test_an_answer_about_another_port_is_not_believed() -> None:
    with pytest.raises(ParseError, match="gi6: the answer is about 'gi5'"):
        parse_switchport(SWITCHPORT, "gi6")


# -------------------------------------------------------------------------------------------- neighbours, MAC addresses


def test_capabilities_in_a_list_and_a_wrapped_port_are_read() -> None:
    core, printer = parse_neighbours(LLDP)
    assert core.capabilities == ("B", "R", "C")
    assert (core.port, core.far_port) == ("te1/0/3", "Ten-GigabitEthernet1/0/48")
    assert (printer.mac, printer.device_id, printer.name) == ("", "printer-42", "print")


def test_a_neighbour_cut_in_the_middle_is_an_error() -> None:
    with pytest.raises(ParseError, match="cannot read 'gi5 "):
        parse_neighbours(LLDP[: LLDP.index("   O         99")])


def test_static_and_secure_addresses_are_heard_and_own_and_internal_ones_are_not() -> None:
    rows = parse_mac_table(MACS)
    assert [(row.mac[-2:], row.port) for row in rows if not row.is_own] == [("01", "gi1"), ("02", "Po1")]
    assert sum(row.is_own for row in rows) == 2


@pytest.mark.parametrize("bad", ["dynamite", ""])
def test_a_type_of_address_that_nobody_knows_stops_the_table(bad: str) -> None:
    with pytest.raises(ParseError, match="show mac address-table: cannot read"):
        parse_mac_table(MACS.replace("secure", bad.ljust(6)))


# ------------------------------------------------------------------------------------------------------------ addresses


@pytest.mark.parametrize(
    "text",
    [
        "\n\n    IP Address        I/F    I/F Status  Type   Redirect Status \n"
        "                             admin/oper                         \n"
        "------------------ --------- ---------- ------- -------- ------ \n"
        "10.1.1.2/24        vlan 1    UP/UP      Static  enable   Valid  \n\n\n"
        "  Gateway IP Address      Type   \n----------------------- -------- \n10.1.1.1                static   \n\n",
        "\nIP Address         I/F       I/F Status Type    Directed  Prec Redirect Status\n"
        "                             admin/oper         Broadcast\n"
        "------------------ --------- ---------- ------- --------- ---- -------- ------\n"
        "0.0.0.0/32         vlan 9    UP/DOWN    DHCP    disable   No   enable   Not\n"
        "                                                                        receiv\n"
        "                                                                        ed\n"
        "10.1.1.2/24        vlan 1    UP/UP      Static  disable   No   enable   Valid\n\n",
    ],
    ids=["redirect", "directed broadcast"],
)
def test_newer_layouts_are_read_and_an_address_not_yet_received_is_none(text: str) -> None:
    found = parse_addresses(text)
    assert [(str(one.interface), one.carrier, one.is_dhcp) for one in found.own] == [("10.1.1.2/24", "vlan 1", False)]


# -------------------------------------------------------------------------------------------------------- configuration


def test_the_configuration_gives_full_names_members_of_channels_and_the_list_of_vlans() -> None:
    config = parse_config(CONFIG)
    assert config.vlan_names == {7: "IP phones of floor 2"}
    assert config.channel_of == {"gi1/49": "Po1"}
    assert config.descriptions == {"gi1/49": "Po1 to core", "Po1": "trunk"}
    assert config.vids == {7, 8, 30}


def test_nothing_secret_of_the_configuration_is_kept_or_shown() -> None:
    assert "0123456789abcdef" not in repr(parse_config(CONFIG))
    with pytest.raises(ParseError) as caught:
        parse_config("username root password encrypted 0123456789abcdef privilege 15\n")
    assert "0123456789abcdef" not in str(caught.value)


# ------------------------------------------------------------------------------------------------- what a terminal adds


@pytest.mark.parametrize(
    "text",
    [
        "% Unrecognized command",
        "% Incomplete command",
        "% Ambiguous command",
        "\n% Invalid input detected at '^' marker.\n",
    ],
)
def test_a_command_that_is_not_known_is_an_error_with_the_words_of_the_switch(text: str) -> None:
    with pytest.raises(NotACommand, match="show vlan: the switch answers .% "):
        parse_vlans(text)


@pytest.mark.parametrize(
    "text", ["% bad parameter value", "% Wrong number of parameters or invalid range, size or characters entered"]
)
def test_every_percent_answer_is_an_error_and_never_an_empty_table(text: str) -> None:
    with pytest.raises(RemoteError, match="show mac address-table: the switch answers"):
        parse_mac_table(text)


def test_the_rest_of_a_name_that_begins_with_a_percent_sign_is_no_error() -> None:
    assert parse_vlans(VLANS.replace("     12b", "     %20"))[402].name == "Telephone-of-flat%20"


def test_the_pager_and_its_blanks_leave_no_trace() -> None:
    pager = "More: <space>,  Quit: q or CTRL+Z, One line: <return> "
    text = f"one\r\n{pager}\r{' ' * len(pager)}\rtwo\r\n{pager}\x1b[2Kthree\r\n"
    assert [line for line in lines_of("x", text) if line] == ["one", "two", "three"]


def test_a_message_about_an_event_between_the_lines_is_left_out() -> None:
    text = MACS.replace("    100  ", "02-Mar-2026 15:50:55 %LINK-W-Down:  gi1\n    100  ", 1)
    assert parse_mac_table(text) == parse_mac_table(MACS)


def test_a_message_behind_a_prompt_is_left_out_with_it() -> None:
    assert parse_mac_table(MACS + "sw-1#02-Mar-2026 15:50:55 %LINK-W-Down:  gi1\n\n") == parse_mac_table(MACS)


def test_escape_sequences_and_carriage_returns_do_not_move_a_column() -> None:
    text = MACS.replace("\n", "\r\r\n").replace("    100  ", "\x1b[0m    100  ")
    assert parse_mac_table(text) == parse_mac_table(MACS)


@pytest.mark.parametrize("text", ["x" * 9_000, "gi1\n" * 1_100_000])
def test_an_answer_without_bounds_is_not_read(text: str) -> None:
    with pytest.raises(ParseError, match="no more than"):
        parse_mac_table(text)


def test_text_that_runs_from_one_column_into_the_next_is_an_error() -> None:
    with pytest.raises(ParseError, match="runs from one column into the next"):
        parse_mac_table(MACS.replace("    100      ", "  100 vlan 100", 1))
