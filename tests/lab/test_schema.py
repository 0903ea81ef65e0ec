"""The lab's own answers are held against the official schema: nothing it says is invented."""

import pytest

from development.lab.proxmox.conform import mismatches
from development.lab.proxmox.schema import load_tree
from development.lab.proxmox.server import HANDLERS

PLACES = {"node": "wow-prox1", "poolid": "infrastructure", "storage": "TSVMDS01", "vnet": "apps"}
GUESTS = {"qemu": ("211", "212", "300", "9024"), "lxc": ("101", "102", "210")}
# The automation's token: an auditor does not read files inside of guests.
READS_FILES = "wow@pve!automation"
PARAMETERS = {"/nodes/{node}/qemu/{vmid}/agent/file-read": {"file": "/run/cloud-init/result.json"}}
GETS = sorted(path for verb, path in HANDLERS if verb == "GET")


def asked_paths(path, upid):
    kind = "lxc" if "/lxc" in path else "qemu"
    for guest in GUESTS[kind] if "{vmid}" in path else ("",):
        yield path.format(vmid=guest, upid=upid, **PLACES)


@pytest.mark.parametrize("path", GETS)
def test_every_answer_fits_the_schema(ask, lab, write, path):
    lab.change("set_sdn", section="zones", values={"zone": "campus", "type": "vlan", "bridge": "vmbr0"})
    lab.change("set_sdn", section="vnets", values={"vnet": "apps", "zone": "campus", "tag": 100})
    lab.change("set_sdn", section="subnets", values={"vnet": "apps", "cidr": "172.16.100.0/24"})
    upid = write("/nodes/wow-prox1/qemu/351/snapshot", snapname="one").json()["data"]
    for asked in asked_paths(path, upid):
        answer = ask(asked, token=READS_FILES, params=PARAMETERS.get(path))
        template_agent = "/9024/agent/" in asked
        assert answer.status_code == (500 if template_agent else 200), f"{asked}: {answer.reason}"


def test_every_handler_is_in_the_schema():
    assert set(HANDLERS) <= set(load_tree().methods)


def test_strict_mode_refuses_an_invented_field(ask, lab):
    lab.change("set", id=211, key="colour", value="red")
    answer = ask("/nodes/wow-prox1/qemu/211/config")
    assert answer.status_code == 500
    assert answer.reason.endswith("data.colour: not in the schema")


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        ([{"node": "a", "status": "asleep"}], "data[0].status: 'asleep' is not one of unknown, online, offline"),
        ([{"status": "online"}], "data[0].node: missing"),
        ([{"node": "a", "status": "online", "maxcpu": "many"}], "data[0].maxcpu: 'many' is no integer"),
        ([{"node": "a", "status": "online", "colour": 1}], "data[0].colour: not in the schema"),
        ({"node": "a"}, "data: dict where the schema has a list"),
        (["a"], "data[0]: str where the schema has an object"),
    ],
)
def test_differences_are_found(data, complaint):
    assert mismatches(load_tree().methods["GET", "/nodes"], data) == [complaint]


def test_numbers_written_as_text_are_numbers():
    method = load_tree().methods["GET", "/nodes"]
    assert mismatches(method, [{"node": "a", "status": "online", "maxcpu": "64", "cpu": "0.5"}]) == []
