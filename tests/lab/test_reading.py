"""What the estate looks like through the API, with the types and the texts of the real one."""

import pytest
from proxmoxer.core import ResourceException

NODE = "/nodes/wow-prox1"


def data(answer):
    assert answer.status_code == 200, answer.reason
    return answer.json()["data"]


def test_all_guests_and_templates_of_the_estate_are_there(api):
    rows = {row["vmid"]: row for row in api.cluster.resources.get(type="vm")}
    assert {vmid: row["name"] for vmid, row in rows.items() if not row["template"]} == {
        101: "wow-pihole1", 102: "iventoy", 105: "vaultwarden", 210: "traefik", 211: "dns2", 212: "ipmgmt",
        215: "nautobot", 216: "bitwarden-lite", 300: "wow-clawdbot", 351: "test-phase2-vm",
    }  # fmt: skip
    assert {vmid for vmid, row in rows.items() if row["template"]} == {9022, 9024, 9029, 9025, 9026, 9001}
    assert rows[351]["status"] == "stopped"


def test_types_leak_as_perl_lets_them(ask):
    config = data(ask(f"{NODE}/qemu/211/config"))
    assert (config["memory"], config["cores"]) == ("2048", 2)
    assert config["description"].endswith("\n")
    assert {type(row["vmid"]) for row in data(ask(f"{NODE}/lxc"))} == {str}
    assert {type(row["vmid"]) for row in data(ask(f"{NODE}/qemu"))} == {int}
    assert data(ask("/cluster/nextid")) == "100"
    ports = {row["iface"]: row for row in data(ask(f"{NODE}/network"))}
    assert (ports["vmbr0.110"]["vlan-id"], ports["vmbr0.110"]["active"]) == ("110", 1)


def test_the_nodes_addresses_are_on_its_vlan_interfaces(ask):
    ports = {row["iface"]: row for row in data(ask(f"{NODE}/network"))}
    assert {name: row.get("cidr") for name, row in ports.items()} == {
        "eno1": None, "eno2": None, "vmbr0": None, "vmbr0.110": "172.16.110.101/24",
        "vmbr0.120": "172.16.120.101/24", "vmbr1": None, "vmbr1.160": "172.16.160.101/24",
    }  # fmt: skip
    assert ports["vmbr0"]["bridge_vlan_aware"] == 1


@pytest.mark.parametrize(("kind", "expected"), [("bridge", {"vmbr0", "vmbr1"}), ("any_bridge", {"vmbr0", "vmbr1"}),
                                                ("eth", {"eno1", "eno2"})])  # fmt: skip
def test_the_networks_can_be_asked_by_type(ask, kind, expected):
    assert {row["iface"] for row in data(ask(f"{NODE}/network", params={"type": kind}))} == expected


@pytest.mark.parametrize("kind", ["vm", "storage", "node", "sdn"])
def test_resources_can_be_asked_by_type(ask, kind):
    types = {row["type"] for row in data(ask("/cluster/resources", params={"type": kind}))}
    assert types <= {"vm": {"qemu", "lxc"}, "sdn": {"network"}}.get(kind, {kind})
    assert types


def test_tags_are_one_string_with_semicolons(ask):
    rows = {row["id"]: row for row in data(ask("/cluster/resources"))}
    assert rows["lxc/101"]["tags"] == "dns;infrastructure"
    assert rows["lxc/101"]["pool"] == "infrastructure"
    assert "tags" not in rows["qemu/212"]


def test_a_standalone_node_has_no_cluster_row(ask):
    assert [(row["type"], row["ip"]) for row in data(ask("/cluster/status"))] == [("node", "172.16.110.101")]


def test_a_second_node_makes_a_cluster_with_a_quorum(ask, lab):
    lab.change("add_node", node="wow-prox2", address="172.16.110.102")
    lab.change("move", id=300, node="wow-prox2")
    rows = data(ask("/cluster/status"))
    assert [(row["type"], row.get("quorate"), row.get("nodes")) for row in rows][0] == ("cluster", 1, 2)
    assert [row["vmid"] for row in data(ask("/nodes/wow-prox2/qemu"))] == [300]
    lab.change("set_node", node="wow-prox2", online=False)
    assert data(ask("/cluster/status"))[0]["quorate"] == 0


def test_guests_of_an_offline_node_stay_listed_without_a_name(ask, lab):
    lab.change("add_node", node="wow-prox2", address="172.16.110.102")
    lab.change("move", id=300, node="wow-prox2")
    lab.change("set_node", node="wow-prox2", online=False)
    rows = {row["id"]: row for row in data(ask("/cluster/resources"))}
    assert rows["node/wow-prox2"]["status"] == "offline"
    assert rows["qemu/300"] == {
        "id": "qemu/300", "node": "wow-prox2", "status": "unknown", "type": "qemu", "vmid": 300
    }  # fmt: skip
    assert ask("/nodes/wow-prox2/qemu/300/config").status_code == 595


def test_a_row_without_a_report_has_no_name_while_its_configuration_is_there(ask, lab):
    lab.change("set_reported", id=211, reported=False)
    row = next(row for row in data(ask("/cluster/resources")) if row["id"] == "qemu/211")
    assert (row["status"], "name" in row, "maxmem" in row) == ("unknown", False, False)
    assert data(ask(f"{NODE}/qemu/211/config"))["name"] == "dns2"


@pytest.mark.parametrize(
    ("path", "file"),
    [("/qemu/999/config", "qemu-server/999"), ("/lxc/999/config", "lxc/999"), ("/qemu/101/config", "qemu-server/101"),
     ("/lxc/211/interfaces", "lxc/211"), ("/qemu/999/status/current", "qemu-server/999")],
)  # fmt: skip
def test_a_missing_guest_is_500_with_its_file_in_the_reason(api, path, file):
    with pytest.raises(ResourceException) as caught:
        api(f"{NODE[1:]}{path}").get()
    assert caught.value.status_code == 500
    assert caught.value.content == f"Configuration file 'nodes/wow-prox1/{file}.conf' does not exist"


def test_a_node_that_does_not_exist_is_a_failed_lookup(ask):
    answer = ask("/nodes/other/qemu")
    assert answer.status_code == 500
    assert answer.reason.startswith("hostname lookup 'other' failed")


def test_next_id_skips_what_is_taken_and_refuses_it_when_asked(ask, lab):
    lab.change("create", spec={"id": 100, "name": "first"})
    assert data(ask("/cluster/nextid")) == "103"
    answer = ask("/cluster/nextid", params={"vmid": 210})
    assert answer.json()["errors"] == {"vmid": "VM 210 already exists"}


def test_storage_content_can_be_asked_by_kind_and_guest(ask):
    content = f"{NODE}/storage/TSVMDS01/content"
    assert len(data(ask(content, params={"content": "vztmpl"}))) == 4
    assert {row["volid"] for row in data(ask(content, params={"vmid": 211}))} == {
        "TSVMDS01:211/vm-211-cloudinit.qcow2", "TSVMDS01:211/vm-211-disk-0.qcow2"
    }  # fmt: skip
    assert ask(f"{NODE}/storage/nowhere/content").reason == "storage 'nowhere' does not exist"
    assert {row["content"] for row in data(ask(f"{NODE}/storage/local/content"))} == {"iso"}


def test_members_of_a_pool_are_rows_of_resources(ask):
    assert {row["id"] for row in data(ask("/pools/infrastructure"))["members"]} == {"lxc/101", "lxc/210", "qemu/211"}
    assert data(ask("/pools", params={"poolid": "infrastructure"}))[0]["poolid"] == "infrastructure"


def test_errors_say_their_text_in_the_body_too(ask):
    answer = ask(f"{NODE}/qemu/999/config")
    assert answer.json() == {"data": None, "message": f"{answer.reason}\n"}
