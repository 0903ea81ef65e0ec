"""Prints that others recorded on real routers, as the API says the same: each is read completely, or refused by name.

Prints in columns cut what is too long for them; their rows are taken as others read them, and said as the API does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml

from nautobot_wow.systems.routeros.menus import ADDRESSES
from nautobot_wow.systems.routeros.parse.addresses import parse_addresses, parse_routes
from nautobot_wow.systems.routeros.parse.bridge import parse_bridge_hosts
from nautobot_wow.systems.routeros.parse.device import parse_identity, parse_resource, parse_routerboard
from nautobot_wow.systems.routeros.parse.dhcp import parse_leases
from nautobot_wow.systems.routeros.parse.heard import parse_arp, parse_neighbours
from nautobot_wow.systems.routeros.parse.interfaces import parse_bonding, parse_interfaces, parse_link, parse_vlans
from tests.systems.routeros.prints import ROUTE_FLAGS, labels, rows

Reader = Callable[[Sequence[Any]], Any]
TABLES: dict[str, Reader] = {
    "interface_bonding_print_detail": parse_bonding,
    "interface_bridge_host_print_terse_without-paging": parse_bridge_hosts,
    "interface_print_detail": parse_interfaces,
    "interface_print_terse_without-paging": parse_interfaces,
    "interface_vlan_print_detail": parse_vlans,
    "ip_arp_print_terse_without-paging": parse_arp,
    "ip_dhcp-server_lease_print_terse_without-paging": parse_leases,
    "ip_neighbor_print_detail": parse_neighbours,
    "ip_route_print_detail": parse_routes,
    "ip_route_print_terse": parse_routes,
    "ip_route_print_terse_without-paging": parse_routes,
}
SINGLE: dict[str, Reader] = {
    "interface_ethernet_monitor_name_once": partial(parse_link, "ether1"),
    "system_identity_print": parse_identity,
    "system_resource_print": parse_resource,
    "system_routerboard_print": parse_routerboard,
}
LEASES_IN_COLUMNS = ("ip_dhcp-server_lease_print", "ip_dhcp-server_lease_print_without-paging")
ARP_IN_COLUMNS = ("ip_arp_print", "ip_arp_print_without-paging")
PORTS_IN_COLUMNS = ("interface_ethernet_print", "interface_print_brief")
IN_COLUMNS = {"ip_address_print", *LEASES_IN_COLUMNS, *ARP_IN_COLUMNS, *PORTS_IN_COLUMNS}
NO_MENU_THAT_WE_READ = {"ip_address_export_verbose", "ipv6_neighbor_print_without-paging", "system_clock_print"}


def files(captures: Path, name: str) -> list[Path]:
    return sorted((captures / name).glob("*.raw"))


def expected(file: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load(file.with_suffix(".yml").read_text(encoding="utf-8"))["parsed_sample"]
    return found


def said(file: Path) -> list[dict[str, str]]:
    flags = {"flags": ROUTE_FLAGS} if "route" in file.parent.name else {}
    return list(rows(file.read_text(encoding="utf-8"), **flags))


def test_every_kind_of_capture_is_read_or_known_not_to_be(captures: Path) -> None:
    assert {folder.name for folder in captures.iterdir()} == {
        *TABLES,
        *SINGLE,
        *IN_COLUMNS,
        *NO_MENU_THAT_WE_READ,
    }


@pytest.mark.parametrize("name", list(TABLES))
def test_every_row_of_a_table_becomes_one_of_the_api_and_is_read(captures: Path, name: str) -> None:
    for file in files(captures, name):
        answers = said(file)
        assert len(answers) >= len(expected(file)), file  # others pass over a session without a card
        TABLES[name](answers)


@pytest.mark.parametrize("name", list(SINGLE))
def test_every_print_of_labels_is_read(captures: Path, name: str) -> None:
    for file in files(captures, name):
        assert SINGLE[name]([labels(file.read_text(encoding="utf-8"))])


def test_names_types_and_cards_of_interfaces_are_those_that_others_read(captures: Path) -> None:
    for name in ("interface_print_detail", "interface_print_terse_without-paging"):
        for file in files(captures, name):
            found = parse_interfaces(said(file))
            assert {(one.name, one.type, one.mac) for one in found.values() if one.name != "pppoe-out1"} >= {
                (row["name"], row["type"], row["mac_address"]) for row in expected(file) if row["name"] != "pppoe-out1"
            }


def test_members_of_bonds_and_vlans_are_those_that_others_read(captures: Path) -> None:
    for file in files(captures, "interface_bonding_print_detail"):
        slaves = {slave: row["name"] for row in expected(file) for slave in row["slaves"].split(",") if slave}
        assert parse_bonding(said(file)) == slaves
    for file in files(captures, "interface_vlan_print_detail"):
        assert {(one.name, str(one.vid), one.parent) for one in parse_vlans(said(file)).values()} == {
            (row["name"], row["vlan_id"], row["parent_interface"]) for row in expected(file)
        }


def test_cards_of_bridges_are_those_that_are_in_force(captures: Path) -> None:
    (file,) = files(captures, "interface_bridge_host_print_terse_without-paging")
    kept = [row for row in expected(file) if not row["invalid"] and not row["disabled"]]
    found = parse_bridge_hosts(said(file))
    assert [(one.mac, one.interface, one.is_own) for one in found] == [
        (row["mac_address"], row["on_interface"] or row["interface"], bool(row["local"])) for row in kept
    ]


def test_leases_have_the_address_and_the_name_that_others_read(captures: Path) -> None:
    for file in files(captures, "ip_dhcp-server_lease_print_terse_without-paging"):
        assert [(one.address, one.name, one.status) for one in parse_leases(said(file))] == [
            (row["active_address"] or row["address"], row["host_name"], row["status"]) for row in expected(file)
        ]


def test_neighbours_have_the_card_and_the_name_that_others_read(captures: Path) -> None:
    for file in files(captures, "ip_neighbor_print_detail"):
        assert [(one.mac, one.name) for one in parse_neighbours(said(file))] == [
            (row["mac_address"], row["identity"]) for row in expected(file)
        ]


def test_addresses_in_columns_are_read_as_the_api_says_them(captures: Path) -> None:
    for file in files(captures, "ip_address_print"):
        answers = [
            {"address": f"{row['ip']}/{row['subnet']}", "interface": row["interface"], "comment": row["comment"]}
            for row in expected(file)
        ]
        assert len(parse_addresses(ADDRESSES, answers)) == len(answers)


def test_incomplete_rows_of_a_recorded_arp_table_are_nobody(captures: Path) -> None:
    (file,) = files(captures, "ip_arp_print")
    answers = [
        {"address": row["ip_address"], "mac-address": row["mac_address"], "interface": row["interface"],
         "complete": "true" if "C" in row["flags"] else "false", "dynamic": "true"}
        for row in expected(file)
    ]  # fmt: skip
    assert [one.host for one in parse_arp(answers)] == ["10.160.1.230"]


@pytest.mark.parametrize("name", ARP_IN_COLUMNS)
def test_every_row_of_arp_in_columns_is_somebody_or_nobody(captures: Path, name: str) -> None:
    for file in files(captures, name):
        answers = [
            {"address": row["ip_address"], "mac-address": row["mac_address"], "interface": row["interface"],
             "complete": "true" if "C" in row["flags"] else "false", "status": row.get("status", "")}
            for row in expected(file)
        ]  # fmt: skip
        there = [row["ip_address"] for row in expected(file) if "C" in row["flags"] and row["mac_address"]]
        assert [one.host for one in parse_arp(answers)] == there, file


@pytest.mark.parametrize("name", LEASES_IN_COLUMNS)
def test_every_lease_in_columns_is_read_with_its_address_card_and_name(captures: Path, name: str) -> None:
    for file in files(captures, name):
        told = [
            (row.get("address", row.get("ip_address")), row.get("host_name", row.get("hostname")))
            for row in expected(file)
        ]
        answers = [
            {"address": address, "mac-address": row["mac_address"], "host-name": host, "status": row["status"],
             "server": row["server"], "disabled": "true" if "X" in row["flags"] else "false",
             "dynamic": "true" if "D" in row["flags"] else "false"}
            for row, (address, host) in zip(expected(file), told, strict=True)
        ]  # fmt: skip
        assert [(one.address, one.name) for one in parse_leases(answers)] == told, file


@pytest.mark.parametrize("name", PORTS_IN_COLUMNS)
def test_every_port_in_columns_is_read_with_its_card(captures: Path, name: str) -> None:
    for file in files(captures, name):
        answers = [
            {
                "name": row["name"],
                "type": row.get("type", "ether"),
                "mac-address": row["mac_address"],
                "disabled": "false",
            }
            for row in expected(file)
        ]
        found = parse_interfaces(answers)
        assert {(one.name, one.mac) for one in found.values()} >= {
            (row["name"], row["mac_address"]) for row in expected(file) if row["mac_address"]
        }, file
