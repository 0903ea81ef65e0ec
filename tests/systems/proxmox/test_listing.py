"""cluster/status and cluster/resources."""

from __future__ import annotations

from typing import Any

import pytest

from nautobot_wow.errors import ParseError
from nautobot_wow.records import GuestType, Kind, Power
from nautobot_wow.systems.proxmox.parse.listing import parse_cluster_status, parse_resources


def guest_row(vmid: Any = 210, **changes: Any) -> dict[str, Any]:
    row = {"id": f"qemu/{vmid}", "type": "qemu", "vmid": vmid, "node": "pve1", "name": f"g{vmid}", "status": "running"}
    return {**row, **changes}


def test_a_guest_is_known_by_type_and_number_and_numbers_may_be_text() -> None:
    guest = parse_resources([guest_row("210", maxcpu="2", maxmem="2147483648", template="0")]).guests["qemu/210"]
    assert (guest.type, guest.vmid, guest.power, guest.cores) == (GuestType.VM, 210, Power.ON, 2)
    assert not guest.template


def test_a_row_without_statistics_has_neither_name_nor_power() -> None:
    guest = parse_resources([guest_row(status="unknown", name="stale")]).guests["qemu/210"]
    assert (guest.name, guest.power) == (None, None)


def test_an_unknown_state_is_no_power_and_no_crash() -> None:
    assert parse_resources([guest_row(status="hibernating")]).guests["qemu/210"].power is None


def test_one_malformed_row_among_a_thousand_is_refused_by_name_and_999_are_read() -> None:
    rows = [guest_row(vmid) for vmid in range(100, 1100)]
    rows[500] = guest_row(600, node=None)
    listing = parse_resources(rows)
    assert len(listing.guests) == 999
    assert [(refusal.kind, refusal.key) for refusal in listing.refused] == [(Kind.GUEST, "qemu/600")]
    assert listing.unnamed == 0


@pytest.mark.parametrize("row", [None, "text", {}, {"type": "qemu"}, guest_row("abc", id="?"), guest_row(7, id=None)])
def test_a_row_that_names_no_guest_is_refused_and_counted_as_unnamed(row: Any) -> None:
    listing = parse_resources([guest_row(), row])
    assert list(listing.guests) == ["qemu/210"]
    assert (len(listing.refused), listing.unnamed) == (1, 1)


def test_a_guest_that_is_listed_twice_is_refused_the_second_time() -> None:
    listing = parse_resources([guest_row(name="first"), guest_row(name="second")])
    assert listing.guests["qemu/210"].name == "first"
    assert "listed twice" in listing.refused[0].reason


@pytest.mark.parametrize("node", ["../../access", "a/b", "", "-a", "n" * 65])
def test_a_node_name_that_would_lead_elsewhere_is_refused(node: str) -> None:
    assert not parse_resources([guest_row(node=node)]).guests


def test_rows_of_other_types_are_not_ours() -> None:
    kinds = ("storage", "pool", "sdn", "network", "openvz")
    listing = parse_resources([{"type": kind, "id": f"{kind}/x"} for kind in kinds])
    assert (listing.guests, listing.nodes, listing.refused) == ({}, {}, [])


def test_a_standalone_node_is_a_cluster_without_a_name() -> None:
    status = parse_cluster_status([{"type": "node", "name": "pve1", "online": 1, "local": 1, "ip": "10.0.0.1"}])
    assert (status.name, status.quorate, status.nodes[0].local) == (None, True, True)


def test_a_cluster_has_a_name_a_quorum_and_nodes_that_may_be_offline() -> None:
    rows = [
        {"type": "cluster", "name": "lab", "quorate": "0", "nodes": 2},
        {"type": "node", "name": "pve1", "online": 1},
        {"type": "node", "name": "pve2", "online": "0"},
    ]
    status = parse_cluster_status(rows)
    assert (status.name, status.quorate) == ("lab", False)
    assert [node.power for node in status.nodes] == [Power.ON, Power.OFF]


@pytest.mark.parametrize("rows", [[], [{"type": "cluster", "name": "lab"}], ["text"], [{"type": "node"}]])
def test_an_answer_that_names_no_node_is_an_error(rows: list[Any]) -> None:
    with pytest.raises(ParseError, match="cluster/status"):
        parse_cluster_status(rows)
