"""What answers are worth: the scopes of a cluster, without a wire."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from nautobot_wow.records import Kind
from nautobot_wow.snapshot import Snapshot
from nautobot_wow.systems.proxmox.answers import Answers, GuestAnswer, NodeAnswer, SdnAnswer, snapshot_of
from nautobot_wow.systems.proxmox.parse.listing import parse_cluster_status, parse_resources
from nautobot_wow.systems.proxmox.parse.network import parse_node_network
from nautobot_wow.systems.proxmox.parse.parts import NodeParts
from nautobot_wow.systems.proxmox.parse.rights import parse_rights
from nautobot_wow.systems.proxmox.read import node_rows

AUDITOR = {"VM.Audit": 1, "Sys.Audit": 1, "SDN.Audit": 1, "VM.GuestAgent.Audit": 1}
EVERYTHING = dict.fromkeys(("/", "/access", "/nodes", "/pool", "/sdn", "/vms"), AUDITOR)
MEMBERS: list[Any] = [
    {"type": "cluster", "name": "lab", "quorate": 1, "nodes": 2},
    {"type": "node", "name": "pve1", "online": 1, "local": 1, "ip": "10.0.0.1"},
    {"type": "node", "name": "pve2", "online": 1, "ip": "10.0.0.2"},
]
ROWS: list[Any] = [
    {"type": "node", "id": "node/pve1", "node": "pve1", "status": "online"},
    {"type": "node", "id": "node/pve2", "node": "pve2", "status": "online"},
    {"type": "qemu", "id": "qemu/100", "vmid": 100, "node": "pve1", "name": "a", "status": "running"},
]


def answers(members: list[Any] | None = None, rows: list[Any] | None = None, **node: Any) -> Answers:
    status = parse_cluster_status(MEMBERS if members is None else members)
    listing = parse_resources(ROWS if rows is None else rows)
    network = parse_node_network("pve", [{"iface": "vmbr0", "type": "bridge"}])
    return Answers(
        version="9.1.3",
        release="9.1",
        rights=parse_rights(EVERYTHING, []),
        members=status,
        listing=listing,
        nodes=tuple(NodeAnswer(row=row, network=network, **node) for row in node_rows(status, listing)),
        guests=tuple(GuestAnswer(row=row, failure="not asked") for row in listing.guests.values()),
    )


def snapshot(*args: Any, **node: Any) -> Snapshot:
    return snapshot_of(answers(*args, **node))


def test_a_cluster_that_answers_is_observed_completely() -> None:
    assert snapshot().observed == {"nodes", "guests", "sdn"}


def test_a_cluster_without_a_quorum_is_not_believed() -> None:
    found = snapshot([{**MEMBERS[0], "quorate": 0}, *MEMBERS[1:]])
    assert found.observed == frozenset()
    assert "no quorum" in found.unseen["nodes"]


@pytest.mark.parametrize(("members", "rows"), [(MEMBERS[:2], ROWS), (MEMBERS, ROWS[1:])])
def test_lists_that_do_not_name_the_same_nodes_are_not_believed(members: list[Any], rows: list[Any]) -> None:
    found = snapshot(members, rows)
    assert found.observed == frozenset()
    assert "do not name the same nodes" in found.unseen["guests"]


def test_an_unreadable_node_lets_nothing_be_missing() -> None:
    found = snapshot(MEMBERS[:2], [ROWS[0], {**ROWS[1], "node": "../x"}, ROWS[2]])
    assert found.observed == frozenset()
    assert [refusal.kind for refusal in found.refused] == [Kind.DEVICE]


def test_a_failing_node_lets_nothing_be_missing_and_an_offline_one_no_guest() -> None:
    assert snapshot(failure="it failed", broken=True).observed == frozenset()
    assert snapshot(failure="it is offline").observed == {"nodes", "sdn"}


def test_a_guest_listed_without_its_id_lets_no_guest_be_missing() -> None:
    found = snapshot(MEMBERS, [*ROWS, {"type": "qemu"}])
    assert found.observed == {"nodes", "sdn"}
    assert set(found.unseen) == {"guests", "guests/qemu/100/interfaces", "guests/qemu/100/addresses"}


def test_a_cluster_is_named_by_the_operator_by_itself_or_by_its_only_node() -> None:
    alone = answers([MEMBERS[1]], [ROWS[0]])
    assert name_of(snapshot_of(answers(), "FX2s")) == "FX2s"
    assert name_of(snapshot_of(answers())) == "lab"
    assert name_of(snapshot_of(alone)) == "pve1"


def test_networks_that_could_not_be_read_let_no_vlan_be_missing() -> None:
    found = snapshot_of(replace(answers(), sdn=SdnAnswer(failure="it failed")))
    assert found.observed == {"nodes", "guests"}
    assert found.unseen["sdn"] == "it failed"


def test_hardware_that_could_not_be_read_lets_no_part_be_missing() -> None:
    assert snapshot(parts=NodeParts(failure="not allowed")).unseen["nodes/pve1/parts"] == "not allowed"


def name_of(found: Snapshot) -> str:
    return next(vars(record)["name"] for record in found.records if record.kind is Kind.CLUSTER)
