"""Answers that others recorded, through our parsers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from nautobot_wow.records import GuestType, Kind
from nautobot_wow.systems.proxmox.parse.config import parse_config
from nautobot_wow.systems.proxmox.parse.listing import parse_cluster_status, parse_resources
from nautobot_wow.systems.proxmox.parse.live import parse_agent_interfaces, parse_container_interfaces
from nautobot_wow.systems.proxmox.parse.network import parse_node_network
from nautobot_wow.systems.proxmox.parse.platforms import parse_os_info
from nautobot_wow.systems.proxmox.parse.rights import parse_rights


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
    assert [(refusal.kind, refusal.key) for refusal in listing.refused] == [(Kind.NODE, "node1")]


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
