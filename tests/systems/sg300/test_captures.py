"""Answers that others recorded on real switches: each is read completely."""

from __future__ import annotations

from pathlib import Path

import pytest

from nautobot_wow.systems.sg300.parse.addresses import parse_addresses
from nautobot_wow.systems.sg300.parse.device import parse_system, parse_system_id, parse_version
from nautobot_wow.systems.sg300.parse.interfaces import parse_descriptions, parse_status
from nautobot_wow.systems.sg300.parse.lldp import parse_neighbours
from nautobot_wow.systems.sg300.parse.mac_table import parse_mac_table
from nautobot_wow.systems.sg300.parse.vlans import parse_switchport, parse_vlans

READERS = {
    "show_interfaces_description": parse_descriptions,
    "show_interfaces_status": parse_status,
    "show_interfaces_switchport": lambda text: parse_switchport(text, "fa1"),
    "show_ip_interface": parse_addresses,
    "show_lldp_neighbors": parse_neighbours,
    "show_mac_address-table": parse_mac_table,
    "show_system": parse_system,
    "show_system_id": parse_system_id,
    "show_version": parse_version,
    "show_vlan": parse_vlans,
}


def text_of(captures: Path, name: str) -> str:
    return next(captures.rglob(f"{name}.raw")).read_text(encoding="utf-8")


def test_every_capture_is_read_without_a_refusal(captures: Path) -> None:
    files = sorted(captures.rglob("*.raw"))
    assert {file.parent.name for file in files} == set(READERS)
    for file in files:
        assert READERS[file.parent.name](file.read_text(encoding="utf-8"))


def test_the_members_on_wrapped_lines_are_all_there(captures: Path) -> None:
    vlans = parse_vlans(text_of(captures, "cisco_s300_show_vlan_1"))
    fast, giga = [f"fa{n}" for n in (3, 4, 12, 13, 14, 17, 19)], ["gi1", "gi4"]
    assert list(vlans[1].members) == fast + giga + [f"Po{n}" for n in range(1, 9)]
    assert vlans[3131].name == "Test-Long-Vlan-Name2"
    assert vlans[3131].members[-4:] == ("gi1", "gi2", "gi3", "gi4")
    assert (vlans[3132].name, vlans[3132].members) == ("", ())
    assert vlans[222].name == "IP Phones network"


def test_both_older_layouts_of_vlans_do_not_tell_tags(captures: Path) -> None:
    for name in ("cisco_s300_show_vlan_1", "cisco_s300_show_vlan_2"):
        assert all(row.tagged is None for row in parse_vlans(text_of(captures, name)).values())


def test_neighbours_are_put_together_from_three_wrapped_columns(captures: Path) -> None:
    found = parse_neighbours(text_of(captures, "cisco_s300_show_lldp_neighbors_multiline"))
    assert [one.port for one in found] == ["gi10", "gi21", "gi22", "gi23", "gi24"]
    assert found[0].far_port == "f8:b1:56:ac:07:64"
    assert found[0].name == ""
    assert found[2].name == "Fjallarodgardsforskola-AP01.net.norob.se"
    assert found[2].mac == "A0:E0:AF:EC:E9:D0"


def test_the_firmware_is_found_in_both_kinds_of_answer(captures: Path) -> None:
    assert parse_version(text_of(captures, "cisco_s300_show_version")) == "1.3.7.18"
    assert parse_version(text_of(captures, "cisco_s300_show_version2")) == "2.4.0.94"


def test_links_and_speeds_are_those_of_the_rows(captures: Path) -> None:
    ports = parse_status(text_of(captures, "cisco_s300_show_interfaces_status"))
    assert len(ports) == 28 + 8
    assert (ports["gi1"].up, ports["gi1"].speed_kbps) == (True, 100_000)
    assert (ports["gi4"].up, ports["gi4"].speed_kbps) == (False, None)
    assert (ports["gi28"].type, ports["Po8"].up) == ("1G-Combo-F", None)


@pytest.mark.parametrize(("layout", "address"), [("1", "10.255.1.72/16"), ("2", "10.0.55.6/24")])
def test_addresses_are_found_in_both_recorded_layouts(captures: Path, layout: str, address: str) -> None:
    found = parse_addresses(text_of(captures, f"cisco_s300_show_ip_interface_{layout}"))
    assert [str(one.interface) for one in found.own] == [address]
    assert len(found.gateways) == 1


def test_the_switch_itself_is_on_no_port_of_its_mac_table(captures: Path) -> None:
    rows = parse_mac_table(text_of(captures, "cisco_s300_show_mac_address-table"))
    assert [(row.mac, row.port) for row in rows if row.is_own] == [("00:08:32:0F:00:61", "")]
    assert len(rows) == 13
