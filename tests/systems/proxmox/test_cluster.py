"""Clusters over real sockets: several nodes, several releases, networks of their own, and two of everything."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from development.lab.client import Lab
from development.lab.estate import CLUSTER_FILE
from nautobot_wow.records import ALL_VLANS, Kind, Power
from nautobot_wow.snapshot import Snapshot
from nautobot_wow.systems.proxmox import PROXMOX, ProxmoxOptions
from tests.systems.proxmox.conftest import connection_to
from tests.systems.proxmox.test_lab import lost, records

Read = Callable[[], Snapshot]
WEB, DB, ROUTER, BUILD = 100, 101, 102, 103
READERS = ("wow@pve", "wow@pve!nautobot")


@pytest.fixture(scope="module")
def running_lab() -> Iterator[Lab]:
    with Lab(estate=CLUSTER_FILE) as lab:
        yield lab


@pytest.fixture
def before(read: Read) -> Snapshot:
    return read()


def acl(*more: tuple[str, str, str]) -> list[dict[str, Any]]:
    rows = [("/", who, "PVEAuditor") for who in READERS] + list(more)
    return [{"path": path, "who": who, "role": role} for path, who, role in rows]


def of(snapshot: Snapshot, kind: Kind, key: str) -> Any:
    return records(snapshot, kind)[key]


# ------------------------------------------------------------------------------------- nodes come, go and fail


def test_a_cluster_is_read_completely_with_its_name_and_every_node(before: Snapshot) -> None:
    assert before.observed == {"nodes", "guests", "sdn"}
    assert before.refused == ()
    assert of(before, Kind.CLUSTER, "cluster").name == "lab"
    assert [record.power for record in records(before, Kind.DEVICE).values()] == [Power.ON] * 3


def test_a_guest_that_moves_to_another_node_keeps_its_key_its_cards_and_its_addresses(
    before: Snapshot, read: Read, lab: Lab
) -> None:
    lab.change("move", id=ROUTER, node="pve2")
    after = read()
    assert of(after, Kind.GUEST, "qemu/102").node == "pve2"
    assert lost(before, after) == set()


def test_a_guest_that_moves_while_it_is_read_is_not_missing(before: Snapshot, read: Read, lab: Lab) -> None:
    lab.change("fault", action="vanish", path="GET /cluster/resources", guest=ROUTER, times=1)
    after = read()
    assert "guests/qemu/102" in after.unseen
    assert lost(before, after) == set()


@pytest.mark.parametrize("reason", ["got timeout", "No route to host"])
@pytest.mark.parametrize("status", [500, 595])
def test_an_error_of_one_node_lets_nothing_be_missing_anywhere(
    before: Snapshot, read: Read, lab: Lab, status: int, reason: str
) -> None:
    lab.change("fault", action="status", path="/nodes/pve3/", status=status, reason=reason)
    for guest in (WEB, DB, BUILD):
        lab.change("destroy", id=guest)
    lab.change("remove_sdn", section="vnets", id="dmz")
    lab.change("apply_sdn")
    after = read()
    assert after.observed == frozenset()
    assert lost(before, after) == set()


def test_an_offline_node_lets_no_guest_be_missing_and_no_part_of_its_own(
    before: Snapshot, read: Read, lab: Lab
) -> None:
    lab.change("set_node", node="pve2", online=False)
    lab.change("destroy", id=WEB)
    after = read()
    assert after.observed == {"nodes", "sdn"}
    assert after.unseen["nodes/pve2/parts"] == after.unseen["nodes/pve2/interfaces"] == "node pve2 is offline"
    assert lost(before, after) == set()


def test_a_cluster_that_lost_its_quorum_lets_nothing_be_missing(before: Snapshot, read: Read, lab: Lab) -> None:
    lab.change("set_quorum", quorate=False)
    lab.change("destroy", id=WEB)
    after = read()
    assert after.observed == frozenset()
    assert "no quorum" in after.unseen["sdn"]
    assert lost(before, after) == set()


def test_a_node_that_is_added_is_read_and_one_that_is_taken_out_is_missing(
    before: Snapshot, read: Read, lab: Lab
) -> None:
    lab.change("add_node", node="pve4", address="10.20.99.14")
    with_it = read()
    assert "node/pve4" in records(with_it, Kind.DEVICE)
    lab.change("remove_node", node="pve4")
    assert "node/pve4" in lost(with_it, read())
    assert lost(before, read()) == set()


def test_half_the_rows_with_200_are_not_believed_if_a_node_is_among_those_left_out(read: Read, lab: Lab) -> None:
    before = read()
    lab.change("fault", action="half", path="GET /cluster/resources")
    after = read()
    assert lost(before, after) == set()


def test_two_clusters_of_the_same_names_numbers_and_macs_are_read_each_for_itself(lab: Lab, read: Read) -> None:
    with Lab(estate=CLUSTER_FILE) as other:
        other.change("rename", id=WEB, name="other-web")
        theirs = PROXMOX.read(connection_to(other, system="other"), ProxmoxOptions())
        ours = read()
    assert [record.key for record in ours.records] == [record.key for record in theirs.records]
    assert of(ours, Kind.GUEST, "qemu/100").name == "web"
    assert of(theirs, Kind.GUEST, "qemu/100").name == "other-web"
    assert of(ours, Kind.GUEST_INTERFACE, "qemu/100/net0").mac == of(theirs, Kind.GUEST_INTERFACE, "qemu/100/net0").mac


def test_a_clone_with_the_same_mac_is_a_guest_of_its_own(read: Read, lab: Lab) -> None:
    lab.change("create", spec={"id": 110, "name": "twin", "mac": "BC:24:11:20:01:00", "node": "pve1"})
    after = read()
    assert of(after, Kind.GUEST, "qemu/100").name == "web"
    assert of(after, Kind.GUEST, "qemu/110").name == "twin"
    assert of(after, Kind.GUEST_INTERFACE, "qemu/110/net0").mac == "BC:24:11:20:01:00"


# --------------------------------------------------------------------------------------------------- releases


def test_every_node_says_its_own_version_to_a_token_that_may_audit_nothing_of_it(read: Read, lab: Lab) -> None:
    lab.change("set_version", node="pve2", version="9.0.5")
    lab.change("set_version", node="pve3", version="8.4.14")
    lab.change("set_acl", rows=acl(("/nodes", "wow@pve!nautobot", "NoAccess")))
    versions = {record.name: record.version for record in records(read(), Kind.DEVICE).values()}
    assert versions == {"pve1": "9.1.3", "pve2": "9.0.5", "pve3": "8.4.14"}


def test_a_cluster_of_several_releases_is_read_completely(before: Snapshot, read: Read, lab: Lab) -> None:
    lab.change("set_version", node="pve2", version="9.0.5")
    lab.change("set_version", node="pve3", version="8.4.14")
    after = read()
    assert (after.observed, after.refused) == (before.observed, ())
    assert lost(before, after) == set()


def all_on_release_8(lab: Lab) -> None:
    for node in ("pve1", "pve2", "pve3"):
        lab.change("set_version", node=node, version="8.4.14")


def test_release_8_without_its_right_on_agents_keeps_what_the_agents_said(
    before: Snapshot, read: Read, lab: Lab
) -> None:
    all_on_release_8(lab)
    after = read()
    assert after.unseen["guests/qemu/102/addresses"] == "the token may not ask for it (VM.Monitor)"
    assert after.facts["rights"].startswith("addresses inside VMs need VM.Monitor on /vms")
    assert after.observed == {"nodes", "guests", "sdn"}
    assert lost(before, after) == set()


def test_release_8_with_its_right_on_agents_is_read_as_release_9(before: Snapshot, read: Read, lab: Lab) -> None:
    all_on_release_8(lab)
    lab.change("set_acl", rows=acl(*(("/", who, "AgentOfRelease8") for who in READERS)))
    after = read()
    assert after.facts["rights"] == "the token sees everything"
    assert records(after, Kind.ADDRESS) == records(before, Kind.ADDRESS)


def test_release_8_only_knows_the_last_address_of_each_family_of_a_container(read: Read, lab: Lab) -> None:
    lab.change("set_inside", id=DB, addresses=["10.20.10.21/24"])
    assert {"10.20.10.11", "10.20.10.21"} <= set(records(read(), Kind.ADDRESS))
    all_on_release_8(lab)
    found = set(records(read(), Kind.ADDRESS))
    assert "10.20.10.21" in found
    assert "10.20.10.11" not in found


# ------------------------------------------------------------------------------------ networks of their own


def test_vnets_of_vlan_zones_are_vlans_and_no_others(before: Snapshot) -> None:
    found = {record.vid: (record.name, record.description) for record in records(before, Kind.VLAN).values()}
    assert found == {10: ("lan", "Office"), 30: ("dmz", "")}


def test_subnets_are_prefixes_in_the_vlan_of_their_vnet_if_it_has_one(before: Snapshot) -> None:
    found = {record.network: record.vid for record in records(before, Kind.PREFIX).values()}
    assert found == {"10.20.10.0/24": 10, "10.20.30.0/24": 30, "10.99.0.0/24": None, "2001:db8:70::/64": None}
    assert of(before, Kind.PREFIX, "prefix/10.99.0.0/24").description == "VNet nat, gateway 10.99.0.1, source NAT"


def test_a_card_on_a_vnet_is_in_the_vlan_of_the_vnet(before: Snapshot) -> None:
    vids = {key: record.vid for key, record in records(before, Kind.GUEST_INTERFACE).items()}
    assert vids["qemu/100/net0"] == 30
    assert vids["lxc/101/net0"] == 10
    assert vids["lxc/103/net0"] is None, "a simple zone has no VLAN"
    assert vids["qemu/104/net0"] is None, "a VNI is no VLAN"
    assert vids["lxc/103/net1"] == 0, "a bridge, untagged"


def test_a_change_of_networks_counts_when_it_is_applied_and_not_before(before: Snapshot, read: Read, lab: Lab) -> None:
    lab.change("set_sdn", section="vnets", values={"vnet": "new", "zone": "campus", "tag": 55})
    lab.change("set_sdn", section="vnets", values={"vnet": "lan", "zone": "campus", "tag": 11, "alias": "Office"})
    assert records(read(), Kind.VLAN) == records(before, Kind.VLAN)
    lab.change("apply_sdn")
    after = read()
    assert set(records(after, Kind.VLAN)) == {"vlan/11", "vlan/30", "vlan/55"}
    assert of(after, Kind.GUEST_INTERFACE, "lxc/101/net0").vid == 11
    assert lost(before, after) == {"vlan/10"}


def test_a_vnet_that_waits_to_be_deleted_is_no_vlan_any_more_but_its_guests_are_still_in_it(
    before: Snapshot, read: Read, lab: Lab
) -> None:
    lab.change("remove_sdn", section="subnets", id="dmz 10.20.30.0/24")
    lab.change("remove_sdn", section="vnets", id="dmz")
    after = read()
    assert of(after, Kind.GUEST_INTERFACE, "qemu/100/net0").vid == 30
    assert lost(before, after) == {"vlan/30", "prefix/10.20.30.0/24"}


@pytest.mark.parametrize("path", ["/sdn", "/sdn/zones", "/sdn/zones/campus", "/sdn/zones/campus/dmz"])
def test_a_zone_or_vnet_that_the_token_may_not_see_is_not_missing(
    before: Snapshot, read: Read, lab: Lab, path: str
) -> None:
    lab.change("set_acl", rows=acl((path, "wow@pve", "NoAccess")))
    after = read()
    assert "vlan/30" not in records(after, Kind.VLAN)
    assert "SDN.Audit" in after.unseen["sdn"]
    assert "guests" in after.observed
    assert lost(before, after) == set()


@pytest.mark.parametrize("path", ["zones", "vnets", "vnets/lan/subnets"])
def test_an_error_of_the_networks_lets_no_vlan_be_missing_and_keeps_nothing_else_back(
    before: Snapshot, read: Read, lab: Lab, path: str
) -> None:
    lab.change("fault", action="status", path=f"GET /cluster/sdn/{path}$", status=500, reason="got timeout")
    after = read()
    assert after.observed == {"nodes", "guests"}
    assert "got timeout" in after.unseen["sdn"]
    assert len(records(after, Kind.GUEST)) == 5
    assert lost(before, after) == set()


def test_one_malformed_vnet_is_refused_by_name_and_no_other(before: Snapshot, read: Read, lab: Lab) -> None:
    lab.change("fault", action="malformed", path="GET /cluster/sdn/vnets$")
    after = read()
    assert [(refusal.kind, refusal.key) for refusal in after.refused] == [(Kind.VLAN, "vnet row 1")]
    assert "vlan/10" in records(after, Kind.VLAN)
    assert lost(before, after) == set()


# ----------------------------------------------------------------------------------- interfaces and hardware


def test_bonds_bridges_and_vlan_interfaces_say_what_they_stand_on(before: Snapshot) -> None:
    ports = {record.name: record for record in records(before, Kind.INTERFACE).values() if record.device == "node/pve1"}
    assert (ports["eno1"].lag, ports["bond0"].lag, ports["bond0"].bridge) == ("bond0", "", "vmbr0")
    assert (ports["vmbr0.99"].parent, ports["vmbr0.99"].vid) == ("vmbr0", 99)
    assert (ports["eno3.30"].parent, ports["eno3.30"].vid, ports["eno3.30"].bridge) == ("eno3", 30, "vmbr1")
    assert (ports["vmbr0"].tagged, ports["vmbr2"].tagged) == (ALL_VLANS, {10, 20, 100, 101, 102})
    assert (ports["vmbr1"].tagged, ports["vmbr1"].vid) == (frozenset(), 30)


def test_a_member_that_leaves_its_bond_is_known_to_have_none(read: Read, lab: Lab) -> None:
    lab.change("set_port", node="pve1", name="bond0", port={"kind": "bond", "slaves": "eno1"})
    ports = records(read(), Kind.INTERFACE)
    assert (ports["node/pve1/eno1"].lag, ports["node/pve1/eno2"].lag) == ("bond0", "")


def test_without_the_right_to_see_bridges_nobody_is_said_to_be_in_none(read: Read, lab: Lab) -> None:
    lab.change("set_acl", rows=acl(("/sdn/zones/localnetwork", "wow@pve", "NoAccess")))
    ports = records(read(), Kind.INTERFACE)
    assert ports["node/pve1/bond0"].bridge is None
    assert ports["node/pve1/vmbr0.99"].parent is None
    assert ports["node/pve1/eno1"].lag == "bond0"


def test_a_node_is_read_with_processors_memory_disks_and_network_adapters(before: Snapshot) -> None:
    parts = {key.removeprefix("node/pve1/part/"): record for key, record in records(before, Kind.PART).items()}
    assert parts["cpu"].description == "1 socket, 16 cores, 32 threads"
    assert parts["memory"].description == "128 GB"
    assert parts["disk/S676NX0T100001"].serial == "S676NX0T100001"
    assert parts["disk/0x5000c500a1b2c3d4"].manufacturer == "SEAGATE"
    assert parts["pci/0000:41:00.0"].model == "MT27710 Family [ConnectX-4 Lx]"


def test_a_disk_that_is_taken_out_is_missing_only_with_the_whole_list(before: Snapshot, read: Read, lab: Lab) -> None:
    lab.change("set_hardware", node="pve2", disks=[])
    lab.change("fault", action="status", path="/nodes/pve2/disks/list", status=500, reason="got timeout", times=1)
    assert lost(before, read()) == set()
    assert lost(before, read()) == {"node/pve2/part/disk/S6ESNE0R200002"}


@pytest.mark.parametrize("path", ["/nodes/pve2", "/nodes"])
def test_hardware_that_the_token_may_not_audit_is_unseen_and_never_empty(
    before: Snapshot, read: Read, lab: Lab, path: str
) -> None:
    lab.change("set_acl", rows=acl((path, "wow@pve!nautobot", "NoAccess")))
    after = read()
    assert "Sys.Audit" in after.unseen["nodes/pve2/parts"]
    assert after.observed == before.observed
    assert lost(before, after) == set()
