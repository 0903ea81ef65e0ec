"""The hardware of a node."""

from __future__ import annotations

from typing import Any

import pytest

from nautobot_wow.errors import ParseError
from nautobot_wow.systems.proxmox.parse.parts import NodeParts, add_adapters, add_board, add_disks

STATUS = {"cpuinfo": {"model": "AMD EPYC", "sockets": 1, "cores": "16", "cpus": 32}, "memory": {"total": 270377304064}}


def disks(*rows: dict[str, Any]) -> dict[str, Any]:
    parts = NodeParts()
    add_disks(parts, "pve1", [{"devpath": f"/dev/sd{'abc'[at]}", "size": 10**12, **row} for at, row in enumerate(rows)])
    return {record.key.removeprefix("node/pve1/part/"): record for record in parts.records}


def test_processors_and_memory_are_one_part_each() -> None:
    parts = NodeParts()
    add_board(parts, "pve1", STATUS)
    cpu, memory = parts.records
    assert (cpu.key, cpu.device, cpu.scopes) == ("node/pve1/part/cpu", "node/pve1", ("nodes/pve1/parts",))
    assert (cpu.manufacturer, cpu.model, cpu.description) == ("AMD", "AMD EPYC", "1 socket, 16 cores, 32 threads")
    assert (memory.key, memory.description) == ("node/pve1/part/memory", "252 GB")


@pytest.mark.parametrize("without", ["cpuinfo", "memory"])
def test_a_status_that_lacks_what_it_should_say_is_refused(without: str) -> None:
    parts = NodeParts()
    with pytest.raises(ParseError, match=f"node/pve1: status: {without}"):
        add_board(parts, "pve1", {key: value for key, value in STATUS.items() if key != without})
    assert parts.records == []


@pytest.mark.parametrize(
    ("row", "key"),
    [
        ({"serial": "S1", "wwn": "0x5"}, "disk/S1"),
        ({"serial": "unknown", "wwn": "0x5"}, "disk/0x5"),
        ({"serial": " ", "wwn": "unknown"}, "disk/dev/sda"),
        ({}, "disk/dev/sda"),
    ],
)
def test_a_disk_is_known_by_its_serial_number_else_its_world_wide_name_else_its_path(row: Any, key: str) -> None:
    assert set(disks(row)) == {key}


def test_disks_that_share_a_serial_number_are_told_apart_by_what_they_do_not_share() -> None:
    found = disks({"serial": "0123", "wwn": "0x1"}, {"serial": "0123", "wwn": "0x2"}, {"serial": "0123"})
    assert set(found) == {"disk/0x1", "disk/0x2", "disk/dev/sdc"}
    assert {record.serial for record in found.values()} == {"0123"}


def test_a_disk_keeps_its_key_and_name_under_another_path() -> None:
    before, after = disks({"serial": "S1"}, {"serial": "S2"}), disks({"serial": "S2"}, {"serial": "S1"})
    assert {key: record.name for key, record in before.items()} == {key: record.name for key, record in after.items()}


@pytest.mark.parametrize(
    ("vendor", "expected"), [("SEAGATE ", "SEAGATE"), ("ATA     ", None), ("0x144d", None), ("unknown", None)]
)
def test_the_name_of_a_bus_or_a_number_is_no_manufacturer(vendor: str, expected: str | None) -> None:
    assert disks({"serial": "S1", "vendor": vendor})["disk/S1"].manufacturer == expected


def test_network_adapters_are_found_among_the_devices_without_shares_of_them() -> None:
    parts = NodeParts()
    card = {"class": "0x020000", "vendor": "0x8086", "device": "0x1572"}
    rows = [
        {"id": "0000:01:00.0", **card, "device_name": "X710", "vendor_name": "Intel Corporation"},
        {"id": "0000:01:00.1", **card},
        {"id": "0000:01:02.0", **card, "device_name": "Ethernet Virtual Function 700 Series"},
        {"id": "0000:02:00.0", **card, "class": "0x010601"},
    ]
    add_adapters(parts, "pve1", rows)
    assert [(record.name, record.model) for record in parts.records] == [
        ("Network adapter 0000:01:00.0", "X710"),
        ("Network adapter 0000:01:00.1", "0x8086:0x1572"),
    ]
