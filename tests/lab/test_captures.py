"""The lab's answers beside answers recorded elsewhere: the same keys, the same family of types."""

import json
import os
from pathlib import Path

import pytest

RECORDED = Path(__file__).resolve().parents[3] / "shared" / "captures" / "proxmox" / "go_proxmox" / "pve9x"
NODE = "/nodes/wow-prox1"

# recorded file -> what to ask the lab, and the keys of the recording that it has no reason to answer
# (a cluster's row, counters of block devices, passed-through hardware, deprecated keys).
CASES = {
    "get_access_permissions": ("/access/permissions", {"/pools"}),
    "get_access_roles": ("/access/roles", ()),
    "get_cluster_resources__2": ("/cluster/resources", {"cgroup-mode"}),
    "get_cluster_status": ("/cluster/status", ()),
    "get_nodes": ("/nodes", ()),
    "get_nodes_node1_lxc": (f"{NODE}/lxc", {"tags"}),
    "get_nodes_node1_lxc_100_status_current": (f"{NODE}/lxc/210/status/current", ()),
    "get_nodes_node1_lxc_101_config": (f"{NODE}/lxc/210/config", {"mp0", "parent", "dev0"}),
    "get_nodes_node1_lxc_101_interfaces": (f"{NODE}/lxc/210/interfaces", {"inet6"}),
    "get_nodes_node1_disks_list": (f"{NODE}/disks/list", ()),
    "get_nodes_node1_hardware_pci": (f"{NODE}/hardware/pci", ()),
    "get_nodes_node1_network__2": (f"{NODE}/network", {"options", "comments", "exists"}),
    "get_nodes_node1_qemu_100_snapshot": (f"{NODE}/qemu/211/snapshot", {"snaptime"}),
    "get_nodes_node1_qemu_101_agent_get-host-name": (f"{NODE}/qemu/211/agent/get-host-name", ()),
    "get_nodes_node1_qemu_101_agent_get-osinfo": (f"{NODE}/qemu/211/agent/get-osinfo", ()),
    "get_nodes_node1_qemu_101_agent_info": (f"{NODE}/qemu/211/agent/info", ()),
    "get_nodes_node1_qemu_101_agent_network-get-interfaces": (f"{NODE}/qemu/211/agent/network-get-interfaces", ()),
    "get_nodes_node1_status": (f"{NODE}/status", ()),
    "get_nodes_node1_storage": (f"{NODE}/storage", ()),
    "get_nodes_node1_storage_local_content": (f"{NODE}/storage/TSVMDS01/content", {"vmid"}),
    "get_nodes_node1_version": (f"{NODE}/version", ()),
    "get_pools__2": ("/pools", {"members"}),
    "get_pools_test-pool": ("/pools/infrastructure", ()),
    "get_storage": ("/storage", {"thinpool", "vgname", "nodes"}),
}


def recorded(name):
    if not RECORDED.is_dir():
        if os.environ.get("CI") == "true":
            pytest.fail(f"{RECORDED} is missing")
        pytest.skip("no recorded answers here")
    return json.loads((RECORDED / f"{name}.json").read_text())["data"]


def family(value):
    """Perl's numbers, and numbers written as text, are one family."""
    if isinstance(value, bool) or value is None:
        return "scalar"
    if isinstance(value, (int, float)) or (isinstance(value, str) and value.replace(".", "", 1).isdigit()):
        return "number"
    return type(value).__name__


def rows_by_type(data):
    """Return the rows of an answer by their type, an object being one row."""
    grouped = {}
    for row in data if isinstance(data, list) else [data]:
        grouped.setdefault(row.get("type", "") if isinstance(row, dict) else "", []).append(row)
    return grouped


def families(rows):
    found = {}
    for row in rows:
        for key, value in row.items():
            found.setdefault(key, set()).add(family(value))
    return found


@pytest.mark.parametrize("name", CASES)
def test_answers_look_like_the_recorded_ones(ask, name):
    theirs = rows_by_type(recorded(name))
    path, without = CASES[name]
    ours = rows_by_type(ask(path).json()["data"])
    if len(theirs) == 1 and "" in theirs:
        ours = {"": [row for rows in ours.values() for row in rows]}
    shared = set(theirs) & set(ours)
    assert shared, f"no row of a type that was recorded: {sorted(ours)}"
    for kind in shared:
        their_families, our_families = families(theirs[kind]), families(ours[kind])
        always = set.intersection(*(set(row) for row in theirs[kind])) - set(without)
        assert always <= set(our_families), f"{kind}: {sorted(always - set(our_families))} missing"
        for key in set(their_families) & set(our_families):
            assert our_families[key] & (their_families[key] | {"scalar"}), f"{kind}.{key}: {our_families[key]}"
