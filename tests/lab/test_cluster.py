"""Clusters, releases, hardware and software defined networks, as the API shows them."""

import pytest
import requests

from development.lab.client import Lab
from development.lab.estate import CLUSTER_FILE
from development.lab.world import WorldError

READERS = ("wow@pve", "wow@pve!nautobot")


@pytest.fixture(scope="module")
def running_cluster():
    with Lab(estate=CLUSTER_FILE) as lab:
        yield lab


@pytest.fixture
def cluster(running_cluster):
    running_cluster.change("reset")
    return running_cluster


@pytest.fixture
def ask_cluster(cluster):
    def ask(path, **params):
        url = f"{cluster.url}/api2/json{path}"
        return requests.get(url, headers=cluster.header(), verify=cluster.ca_file, params=params, timeout=10)

    return ask


@pytest.fixture
def get(ask_cluster):
    def get(path, **params):
        answer = ask_cluster(path, **params)
        assert answer.status_code == 200, answer.reason
        return answer.json()["data"]

    return get


def grant(lab, *more):
    rows = [{"path": "/", "who": who, "role": "PVEAuditor"} for who in READERS]
    lab.change("set_acl", rows=[*rows, *({"path": path, "who": "wow@pve", "role": role} for path, role in more)])


def rows(data, key):
    return {row[key]: row for row in data}


# -- the cluster


def test_an_estate_can_be_a_cluster_with_a_name(get):
    status = get("/cluster/status")
    assert (status[0]["name"], status[0]["quorate"], status[0]["nodes"]) == ("lab", 1, 3)
    assert [(row["name"], row["nodeid"], row["local"]) for row in status[1:]] == [
        ("pve1", 1, 1), ("pve2", 2, 0), ("pve3", 3, 0)
    ]  # fmt: skip


def test_the_quorum_is_lost_with_half_of_the_nodes_or_when_it_is_told_to(get, cluster):
    cluster.change("set_node", node="pve3", online=False)
    assert get("/cluster/status")[0]["quorate"] == 1
    cluster.change("set_node", node="pve2", online=False)
    assert get("/cluster/status")[0]["quorate"] == 0
    cluster.change("set_quorum", quorate=True)
    assert get("/cluster/status")[0]["quorate"] == 1


def test_a_node_that_carries_guests_or_answers_cannot_be_taken_out(cluster):
    for node in ("pve1", "pve2"):
        with pytest.raises(WorldError, match="it cannot go"):
            cluster.change("remove_node", node=node)


def test_two_labs_are_two_endpoints_that_know_nothing_of_each_other(cluster):
    with Lab(estate=CLUSTER_FILE) as other:
        assert (other.url, other.secret) != (cluster.url, cluster.secret)
        other.change("rename", id=100, name="other")
        assert (other.world.guest(100).name, cluster.world.guest(100).name) == ("other", "web")
        answer = requests.get(
            f"{other.url}/api2/json/version", headers=cluster.header(), verify=other.ca_file, timeout=5
        )
        assert answer.status_code == 401
        with pytest.raises(requests.exceptions.SSLError):
            requests.get(f"{other.url}/api2/json/version", verify=cluster.ca_file, timeout=5)


# -- releases


def test_each_node_says_its_own_version(get, cluster):
    cluster.change("set_version", node="pve3", version="8.4.14")
    assert get("/version")["version"] == get("/nodes/pve1/version")["version"] == "9.1.3"
    assert get("/nodes/pve3/version")["release"] == "8.4"
    assert get("/nodes/pve3/status")["pveversion"].startswith("pve-manager/8.4.14/")
    with pytest.raises(WorldError, match="no version"):
        cluster.change("set_version", node="pve3", version="nine")


def test_zones_are_called_sdn_before_9_0_12_and_a_mixed_cluster_says_both(get, cluster):
    cluster.change("set_version", node="pve2", version="9.0.11")
    cluster.change("set_version", node="pve3", version="9.0.12")
    types = {row["node"]: row["type"] for row in get("/cluster/resources", type="sdn")}
    assert types == {"pve1": "network", "pve2": "sdn", "pve3": "network"}


def test_release_8_has_one_right_for_the_agent_and_its_auditor_lacks_it(ask_cluster, cluster):
    agent = "/nodes/pve1/qemu/102/agent/network-get-interfaces"
    for node in ("pve1", "pve2", "pve3"):
        cluster.change("set_version", node=node, version="8.4.14")
    assert ask_cluster(agent).reason == "Permission check failed (/vms/102, VM.Monitor)"
    assert "VM.GuestAgent.Audit" not in ask_cluster("/access/permissions").json()["data"]["/vms"]
    rows = [{"path": "/", "who": who, "role": "AgentOfRelease8"} for who in READERS]
    auditors = [{"path": "/", "who": who, "role": "PVEAuditor"} for who in READERS]
    cluster.change("set_acl", rows=[*auditors, *rows])
    assert ask_cluster(agent).status_code == 200


def test_a_question_that_passes_two_releases_needs_the_rights_of_both(ask_cluster, cluster):
    cluster.change("move", id=102, node="pve3")
    cluster.change("set_version", node="pve3", version="8.4.14")
    answer = ask_cluster("/nodes/pve3/qemu/102/agent/network-get-interfaces")
    assert answer.reason == "Permission check failed (/vms/102, VM.Monitor)"


def test_release_8_keeps_one_address_of_a_family_of_a_container(get, cluster):
    cluster.change("set_inside", id=101, addresses=["10.20.10.21/24"])
    assert len(rows(get("/nodes/pve2/lxc/101/interfaces"), "name")["eth0"]["ip-addresses"]) == 3
    cluster.change("set_version", node="pve2", version="8.4.14")
    found = rows(get("/nodes/pve2/lxc/101/interfaces"), "name")["eth0"]
    assert (found["inet"], set(found)) == ("10.20.10.21/24", {"hwaddr", "inet", "inet6", "name"})


# -- hardware


def test_hardware_is_for_who_may_audit_the_system(ask_cluster, get, cluster):
    assert rows(get("/nodes/pve1/disks/list"), "devpath")["/dev/sda"]["health"] == "PASSED"
    assert "health" not in rows(get("/nodes/pve1/disks/list", skipsmart=1), "devpath")["/dev/sda"]
    grant(cluster, ("/nodes/pve1", "NoAccess"))
    assert ask_cluster("/nodes/pve1/status").reason == "Permission check failed (/nodes/pve1, Sys.Audit)"
    grant(cluster, ("/", "PVEVMUser"), ("/nodes", "PVEAuditor"))
    rows_of_acl = [{"path": "/nodes", "who": who, "role": "PVEAuditor"} for who in READERS]
    cluster.change("set_acl", rows=rows_of_acl)
    assert ask_cluster("/nodes/pve1/disks/list").status_code == 200
    assert ask_cluster("/nodes/pve1/hardware/pci").status_code == 403, "this one asks for a right on /"


def test_devices_of_some_classes_are_left_out_unless_they_are_asked_for(get, cluster):
    bridge = {"id": "0000:00:01.0", "class": "0x060400", "vendor": "0x8086", "device": "0x6f02"}
    card = {"id": "0000:01:00.0", "class": "0x020000", "vendor": "0x8086", "device": "0x1572"}
    cluster.change("set_hardware", node="pve3", pci=[bridge, card])
    assert set(rows(get("/nodes/pve3/hardware/pci"), "id")) == {card["id"]}
    assert set(rows(get("/nodes/pve3/hardware/pci", **{"pci-class-blacklist": ""}), "id")) == {card["id"], bridge["id"]}


def test_ports_and_memory_can_be_changed(get, cluster):
    cluster.change("set_port", node="pve2", name="bond9", port={"kind": "bond", "slaves": "eno1"})
    assert rows(get("/nodes/pve2/network"), "iface")["bond9"]["slaves"] == "eno1"
    cluster.change("set_port", node="pve2", name="bond9", port=None)
    assert "bond9" not in rows(get("/nodes/pve2/network"), "iface")
    cluster.change("set_memory", node="pve2", memory_mb=1024)
    assert get("/nodes/pve2/status")["memory"]["total"] == 1 << 30
    for port in ({}, {"kind": "bond"}, {"kind": "vlan", "raw": "eno1"}):
        with pytest.raises(WorldError, match="port x needs kind"):
            cluster.change("set_port", node="pve2", name="x", port=port)


# -- software defined networks


def test_what_is_written_down_is_in_force_when_it_is_applied(get, cluster):
    cluster.change("set_sdn", section="vnets", values={"vnet": "new", "zone": "campus", "tag": 55})
    cluster.change("set_sdn", section="vnets", values={"vnet": "lan", "zone": "campus", "tag": 11})
    cluster.change("remove_sdn", section="vnets", id="nat")
    vnets = "/cluster/sdn/vnets"
    assert set(rows(get(vnets), "vnet")) == {"dmz", "lan", "new", "stretch"}
    assert set(rows(get(vnets, running=1), "vnet")) == {"dmz", "lan", "nat", "stretch"}
    pending = rows(get(vnets, pending=1), "vnet")
    assert {name: row.get("state") for name, row in pending.items()} == {
        "dmz": None, "lan": "changed", "nat": "deleted", "new": "new", "stretch": None,
    }  # fmt: skip
    assert (pending["lan"]["tag"], pending["lan"]["pending"]) == (10, {"tag": 11})
    cluster.change("apply_sdn")
    assert set(rows(get(vnets, running=1), "vnet")) == {"dmz", "lan", "new", "stretch"}


def test_the_subnets_of_a_vnet_that_is_no_longer_written_down_cannot_be_asked_for(ask_cluster, get, cluster):
    subnets = "/cluster/sdn/vnets/nat/subnets"
    assert get(subnets, running=1)[0]["cidr"] == "10.99.0.0/24"
    cluster.change("remove_sdn", section="vnets", id="nat")
    answer = ask_cluster(subnets, running=1)
    assert (answer.status_code, answer.reason) == (500, "sdn 'nat' does not exist")


@pytest.mark.parametrize("path", ["/sdn", "/sdn/zones", "/sdn/zones/campus"])
def test_zones_and_vnets_are_left_out_silently_for_who_may_not_see_them(get, ask_cluster, cluster, path):
    grant(cluster, (path, "NoAccess"))
    assert "campus" not in rows(get("/cluster/sdn/zones"), "zone")
    assert "lan" not in rows(get("/cluster/sdn/vnets"), "vnet")
    assert "campus" not in {row["network"] for row in get("/cluster/resources", type="sdn")}
    assert ask_cluster("/cluster/sdn/vnets/lan/subnets").status_code == 403


def test_a_zone_is_on_the_nodes_that_it_names(get):
    found = {(row["node"], row["network"]) for row in get("/cluster/resources", type="sdn")}
    assert ("pve3", "inside") in found
    assert ("pve3", "campus") not in found


def test_a_guest_on_a_vnet_is_in_the_vlan_of_the_vnet(cluster):
    world = cluster.world
    assert [world.vlan_of(guest, nic) for guest, nic in world.wire() if guest.id == 100] == [30]
    cluster.change("set_sdn", section="vnets", values={"vnet": "dmz", "zone": "campus", "tag": 31})
    cluster.change("apply_sdn")
    assert [world.vlan_of(guest, nic) for guest, nic in world.wire() if guest.id == 100] == [31]


def test_a_network_that_cannot_be_is_refused(cluster):
    with pytest.raises(WorldError, match="no section 'fabrics'"):
        cluster.change("set_sdn", section="fabrics", values={})
    with pytest.raises(WorldError, match="one of the vnets needs zone"):
        cluster.change("set_sdn", section="vnets", values={"vnet": "x"})
    with pytest.raises(WorldError, match="no 'x' among the zones"):
        cluster.change("remove_sdn", section="zones", id="x")
