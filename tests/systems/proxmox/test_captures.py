"""Answers that others recorded, through our parsers."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nautobot_wow.errors import ParseError
from nautobot_wow.records import GuestType, Kind
from nautobot_wow.snapshot import Refusal
from nautobot_wow.systems.proxmox.parse.config import parse_config
from nautobot_wow.systems.proxmox.parse.listing import parse_cluster_status, parse_resources
from nautobot_wow.systems.proxmox.parse.live import parse_agent_interfaces, parse_container_interfaces
from nautobot_wow.systems.proxmox.parse.network import parse_node_network
from nautobot_wow.systems.proxmox.parse.parts import NodeParts, add_adapters, add_board, add_disks
from nautobot_wow.systems.proxmox.parse.platforms import parse_os_info
from nautobot_wow.systems.proxmox.parse.rights import parse_rights
from nautobot_wow.systems.proxmox.parse.sdn import add_subnets, parse_sdn
from nautobot_wow.systems.proxmox.parse.values import Row
from tests.systems.proxmox.captures import NOT_OURS


def data(captures: Path, name: str) -> Any:
    return json.loads((captures / f"{name}.json").read_text(encoding="utf-8"))["data"]


def test_the_members_are_read(captures: Path) -> None:
    status = parse_cluster_status(data(captures, "get_cluster_status"))
    assert (status.name, status.quorate, len(status.nodes)) == ("clustername", True, 4)


def test_the_resources_are_read_without_a_refusal(captures: Path) -> None:
    rows = data(captures, "get_cluster_resources__2")
    listing = parse_resources(rows)
    assert listing.refused == []
    assert len(listing.guests) == sum(row["type"] in ("qemu", "lxc") for row in rows)
    assert len(listing.nodes) == sum(row["type"] == "node" for row in rows)
    assert listing.guests["qemu/101"].template


def test_a_node_without_its_name_is_refused(captures: Path) -> None:
    listing = parse_resources(data(captures, "get_cluster_resources"))
    assert [(refusal.kind, refusal.key) for refusal in listing.refused] == [(Kind.DEVICE, "node1")]


def test_every_configuration_is_read_without_a_refusal(captures: Path) -> None:
    for guest_type in GuestType:
        for file in sorted(captures.glob(f"get_nodes_node1_{guest_type.value}_*_config.json")):
            config = parse_config(guest_type, int(file.name.split("_")[4]), data(captures, file.stem))
            assert config.refused == ()
            assert len(config.interfaces) == sum(key.startswith("net") for key in data(captures, file.stem))
    big = parse_config(GuestType.VM, 101, data(captures, "get_nodes_node1_qemu_101_config"))
    assert big.disk_gb == 32 + 32 + 64
    assert big.cards[0].ip4.gateway


def test_the_network_of_nodes_is_read_without_a_refusal(captures: Path) -> None:
    for name in ("get_nodes_node1_network", "get_nodes_node1_network__2", "get_nodes_node2_network"):
        found = parse_node_network("node1", data(captures, name))
        assert found.refused == []
        assert len(found.records) == len(data(captures, name))
    assert found.primary(4) == "192.168.1.101"


def test_live_answers_are_read(captures: Path) -> None:
    agent = parse_agent_interfaces("qemu/101", data(captures, "get_nodes_node1_qemu_101_agent_network-get-interfaces"))
    assert [str(address) for interface in agent for address in interface.addresses] == ["10.0.0.10/24"]
    container = parse_container_interfaces("lxc/101", data(captures, "get_nodes_node1_lxc_101_interfaces"))
    assert [str(address) for address in container[1].addresses][0] == "192.168.3.95/22"
    assert parse_os_info("qemu/101", data(captures, "get_nodes_node1_qemu_101_agent_get-osinfo")) == "Debian 12"


def test_the_rights_of_an_administrator_are_read(captures: Path) -> None:
    rights = parse_rights(data(captures, "get_access_permissions"), data(captures, "get_access_acl"))
    assert rights.why_guests_are_incomplete() is None


# ------------------------------------------------------------------------------- all of them, read or refused by name

Found = tuple[int, list[Refusal]]


def _network(payload: Any) -> Found:
    found = parse_node_network("node1", payload)
    return len(found.records), found.refused


def _sdn(zones: Any, vnets: Any) -> Found:
    found = parse_sdn(zones, vnets)
    return len(found.zones) + len(found.vnets), found.refused


def _subnets(payload: Any) -> Found:
    sdn = parse_sdn([], [{"vnet": "user1", "zone": "zone1"}])
    add_subnets(sdn, "user1", payload)
    return len(sdn.subnets), sdn.refused


def _parts(add: Callable[[NodeParts, str, Any], None], payload: Any) -> Found:
    parts = NodeParts()
    add(parts, "node1", payload)
    return len(parts.records), parts.refused


def _listing(payload: Any) -> Found:
    found = parse_resources(payload)
    return len(found.nodes) + len(found.guests), found.refused


def _config(guest_type: GuestType, payload: Any) -> Found:
    found = parse_config(guest_type, 101, payload)
    return 1, list(found.refused)


# pattern of a name -> (how many are read, what is refused)
READ: dict[str, Callable[[Any], Found]] = {
    r"get_access_acl": lambda payload: (len(parse_rights({}, payload).marked or ()), []),
    r"get_access_permissions(__\d)?": lambda payload: (len(parse_rights(payload, []).granted), []),
    r"get_cluster_resources(__2)?": _listing,
    r"get_cluster_status": lambda payload: (len(parse_cluster_status(payload).nodes), []),
    r"get_cluster_sdn_vnets": lambda payload: _sdn([], payload),
    r"get_cluster_sdn_vnets_user1_subnets": _subnets,
    r"get_cluster_sdn_zones(__2)?": lambda payload: _sdn(payload, []),
    r"get_nodes_node\d_network(__2)?": _network,
    r"get_nodes_node\d_status": lambda payload: _parts(add_board, payload),
    r"get_nodes_node1_disks_list": lambda payload: _parts(add_disks, payload),
    r"get_nodes_node1_hardware_pci": lambda payload: _parts(add_adapters, [*payload, A_NETWORK_CARD]),
    r"get_nodes_node1_lxc_101_interfaces": lambda payload: (len(parse_container_interfaces("lxc/101", payload)), []),
    r"get_nodes_node1_lxc_\d+_config": lambda payload: _config(GuestType.LXC, payload),
    r"get_nodes_node1_qemu_\d+_config": lambda payload: _config(GuestType.VM, payload),
    r"get_nodes_node1_qemu_101_agent_get-osinfo": lambda payload: (bool(parse_os_info("qemu/101", payload)), []),
    r"get_nodes_node1_qemu_101_agent_network-get-interfaces": lambda payload: (
        len(parse_agent_interfaces("qemu/101", payload)),
        [],
    ),
    r"get_nodes_node1_version": lambda payload: (len(Row("version", payload).text("version")), []),
}
A_NETWORK_CARD = {"id": "0000:09:00.0", "class": "0x020000", "vendor": "0x8086", "device": "0x1572"}

# Answers that stand for errors or lack what makes them one of their kind, and what the refusal names.
REFUSED = {
    "get_cluster_resources": "node1",
    "get_cluster_sdn_vnets_missing_subnets": "no list",
    "get_nodes_cinode_status": "cpuinfo",
    "get_nodes_doesntexist_status": "status",
}


def test_every_recorded_answer_is_read_or_refused_by_name_or_not_ours_for_a_reason(captures: Path) -> None:
    names = {file.stem for file in captures.parents[1].rglob("*") if file.is_file()}
    listed = [name for names_of_reason in NOT_OURS.values() for name in names_of_reason]
    ours = {name for name in names if any(re.fullmatch(pattern, name) for pattern in READ)} | set(REFUSED)
    assert len(listed) == len(set(listed))
    assert set(listed) & ours == set()
    assert names == set(listed) | ours, "read the new one, or say in captures.py why not"
    assert all(names_of_reason and reason for reason, names_of_reason in NOT_OURS.items())


@pytest.mark.parametrize("pattern", READ)
def test_what_is_recorded_and_ours_is_read(captures: Path, pattern: str) -> None:
    files = [file for file in sorted(captures.glob("*.json")) if re.fullmatch(pattern, file.stem)]
    assert files
    for file in files:
        if file.stem not in REFUSED:
            number, refused = READ[pattern](data(captures, file.stem))
            assert number, file.stem
            assert refused == []


def test_what_is_recorded_and_cannot_be_read_is_refused_by_name(captures: Path) -> None:
    assert _listing(data(captures, "get_cluster_resources"))[1][0].key == REFUSED["get_cluster_resources"]
    for name in ("get_nodes_cinode_status", "get_nodes_doesntexist_status"):
        with pytest.raises(ParseError, match=REFUSED[name]):
            _parts(add_board, data(captures, name))
    assert data(captures, "get_cluster_sdn_vnets_missing_subnets") is None, "the client refuses what is no list"
