"""The world changes while it runs, in the process and through the control API."""

import pytest
import requests

from development.lab.changes import OPERATIONS
from development.lab.world import WorldError

NODE = "/nodes/wow-prox1"


@pytest.fixture
def control(lab):
    def call(path, body=None, token=lab.facts["control_token"]):
        url, headers = lab.facts["control_url"] + path, {"Authorization": f"Bearer {token}"}
        if body is None:
            return requests.get(url, headers=headers, timeout=5)
        return requests.post(url, json=body, headers=headers, timeout=5)

    return call


def rows(ask):
    return {row["id"]: row for row in ask("/cluster/resources").json()["data"]}


def test_the_control_api_wants_its_token(control):
    assert control("/world", token="wrong").status_code == 401
    assert control("/world").status_code == 200


def test_the_world_can_be_looked_at(control):
    world = control("/world").json()
    assert world["guests"]["300"]["nics"][0]["addresses"] == ["172.16.110.76/24"]
    assert world["networks"][0]["prefix"] == "172.16.100.0/24"


def test_operations_explain_themselves(control):
    listed = control("/operations").json()
    assert set(listed) == set(OPERATIONS)
    assert all(listed.values())


def test_changes_over_the_wire_are_seen_at_once(control, ask):
    changes = [{"op": "rename", "id": 210, "name": "proxy"}, {"op": "stop", "id": 215}]
    assert control("/changes", changes).json() == {"results": [None, None]}
    assert (rows(ask)["lxc/210"]["name"], rows(ask)["lxc/215"]["status"]) == ("proxy", "stopped")


def test_a_change_that_cannot_be_says_why_and_how_many_were_done(control):
    answer = control("/changes", [{"op": "stop", "id": 215}, {"op": "stop", "id": 999}])
    assert (answer.status_code, answer.json()) == (400, {"error": "there is no guest 999", "done": 1})
    assert "there is no operation 'melt'" in control("/changes", {"op": "melt"}).json()["error"]
    assert "unexpected keyword" in control("/changes", {"op": "stop", "id": 1, "x": 2}).json()["error"]


def test_guests_come_and_go(ask, lab):
    created = lab.change("create", spec={"name": "new", "address": "172.16.100.44/24", "memory_mb": 512})
    assert rows(ask)[f"qemu/{created}"]["name"] == "new"
    lab.change("destroy", id=created)
    assert f"qemu/{created}" not in rows(ask)


def test_a_vmid_can_be_used_again_by_another_guest(ask, lab):
    before = ask(f"{NODE}/lxc/210/config").json()["data"]
    lab.change("reuse", id=210, spec={"kind": "vm", "name": "newcomer"})
    assert "lxc/210" not in rows(ask)
    after = ask(f"{NODE}/qemu/210/config").json()["data"]
    assert after["name"] == "newcomer"
    assert before["net0"] != after["net0"]


@pytest.mark.parametrize(("guest", "kind", "key"), [(210, "lxc", "net0"), (211, "qemu", "ipconfig0")])
def test_an_address_changes_in_the_configuration_and_on_the_wire(ask, lab, guest, kind, key):
    lab.change("set_address", id=guest, address="172.16.100.45/24")
    assert "ip=172.16.100.45/24" in ask(f"{NODE}/{kind}/{guest}/config").json()["data"][key]
    assert lab.world.guests[guest].nics[0].addresses == ["172.16.100.45/24"]


def test_tags_and_descriptions_change(ask, lab):
    lab.change("set_tags", id=211, tags=["a", "b"])
    lab.change("set_description", id=211, text="two\nlines")
    found = ask(f"{NODE}/qemu/211/config").json()["data"]
    assert (found["tags"], found["description"]) == ("a;b", "two\nlines\n")
    lab.change("set_tags", id=211, tags=[])
    assert "tags" not in ask(f"{NODE}/qemu/211/config").json()["data"]


def test_a_detached_nic_leaves_its_address_behind_in_the_configuration(ask, lab):
    lab.change("detach", id=211)
    found = ask(f"{NODE}/qemu/211/config").json()["data"]
    assert ("net0" in found, "ipconfig0" in found) == (False, True)
    assert lab.world.guests[211].nics == []


def test_a_guest_can_lose_its_name(ask, lab):
    lab.change("rename", id=211, name=None)
    assert "name" not in ask(f"{NODE}/qemu/211/config").json()["data"]
    assert rows(ask)["qemu/211"]["name"] == "VM 211"


def test_a_reset_brings_everything_back(ask, lab):
    names = {key: row.get("name") for key, row in rows(ask).items()}
    lab.change("destroy", id=210)
    lab.change("set_node", node="wow-prox1", online=False)
    lab.change("set_acl", rows=[])
    lab.change("reset")
    assert {key: row.get("name") for key, row in rows(ask).items()} == names


def test_a_guest_on_an_unknown_node_or_image_is_refused(lab):
    with pytest.raises(WorldError, match="there is no node nowhere"):
        lab.change("move", id=210, node="nowhere")
    with pytest.raises(WorldError, match="there is no image nothing"):
        lab.change("create", spec={"image": "nothing"})
