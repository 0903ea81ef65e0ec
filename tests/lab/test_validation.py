"""Parameters are held against the official schema: every one that does not fit is named, in PVE's words."""

import pytest
import requests
from proxmoxer.core import ResourceException

from development.lab.proxmox.schema import load_tree
from development.lab.proxmox.validate import schema_of

NODE = "/nodes/wow-prox1"
UNKNOWN = "property is not defined in schema and the schema does not allow additional properties"
CASES = [
    ({"nonsense": "1"}, "nonsense", UNKNOWN),
    ({"cores": "two"}, "cores", "type check ('integer') failed - got 'two'"),
    ({"cores": "0"}, "cores", "value must have a minimum value of 1"),
    ({"onboot": "maybe"}, "onboot", "type check ('boolean') failed - got 'maybe'"),
    ({"citype": "floppy"}, "citype",
     "value 'floppy' does not have a value in the enumeration 'configdrive2, nocloud, opennebula'"),
    ({"digest": "0" * 41}, "digest", "value may only be 40 characters long"),
    ({"name": "under_score"}, "name", "invalid format - value does not look like a valid DNS name\n"),
    ({"net99": "virtio"}, "net99", UNKNOWN),
    ({"net0": "virtio,bridge=vmbr0,colour=red"}, "net0", f"invalid format - format error\nnet0.colour: {UNKNOWN}\n"),
    ({"net0": "bridge=vmbr0"}, "net0",
     "invalid format - format error\nnet0.model: property is missing and it is not optional\n"),
    ({"net0": "virtio,tag=4095"}, "net0",
     "invalid format - format error\nnet0.tag: value must have a maximum value of 4094\n"),
    ({"net0": "virtio=zz:zz"}, "net0",
     "invalid format - format error\nnet0.macaddr: invalid format - "
     "value does not look like a valid unicast MAC address\n"),
    ({"ipconfig0": "ip=10.0.0.5"}, "ipconfig0",
     "invalid format - format error\nipconfig0.ip: invalid format - value does not look like a valid IPv4 network\n"),
    ({"ipconfig0": "gw=10.0.0.1"}, "ipconfig0",
     "invalid format - format error\nipconfig0.ip: missing property - 'ipconfig0.gw' requires this property\n"),
    ({"sshkeys": "ssh-ed25519 AAAA"}, "sshkeys", "invalid format - invalid urlencoded string: ssh-ed25519 AAAA\n"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "field", "text"), CASES, ids=[next(iter(case[0].values()))[:24] for case in CASES])
def test_a_parameter_that_does_not_fit_is_400_with_its_own_text(write, data, field, text):
    answer = write(f"{NODE}/qemu/351/config", "PUT", **data)
    assert (answer.status_code, answer.reason) == (400, "Parameter verification failed.")
    assert answer.json()["errors"] == {field: text}
    assert answer.json()["data"] is None


def test_every_wrong_parameter_is_named_at_once(write):
    errors = write(f"{NODE}/qemu/351/config", "PUT", cores="x", nonsense="1", name="-").json()["errors"]
    assert set(errors) == {"cores", "nonsense", "name"}


def test_a_required_parameter_is_missed(write):
    missing = "property is missing and it is not optional"
    assert write(f"{NODE}/qemu/9024/clone").json()["errors"] == {"newid": missing}
    assert write(f"{NODE}/qemu/351/resize", "PUT", disk="scsi0").json()["errors"] == {"size": missing}


def test_a_pattern_of_the_schema_holds(write):
    errors = write(f"{NODE}/qemu/351/resize", "PUT", disk="scsi0", size="much").json()["errors"]
    assert errors == {"size": "value does not match the regex pattern"}


def test_reading_refuses_undeclared_parameters_too(ask):
    answer = ask("/cluster/resources", params={"filter": "x", "type": "vms"})
    assert set(answer.json()["errors"]) == {"filter", "type"}


def test_proxmoxer_shows_the_texts_per_parameter(api):
    with pytest.raises(ResourceException) as caught:
        api.cluster.resources.get(type="vms")
    assert caught.value.status_code == 400
    assert caught.value.errors == {
        "type": "value 'vms' does not have a value in the enumeration 'vm, storage, node, sdn'"
    }


def test_a_path_that_the_api_does_not_have_is_501(ask):
    answer = ask("/nodes/wow-prox1/kvm")
    assert (answer.status_code, answer.reason) == (501, "Method 'GET /nodes/wow-prox1/kvm' not implemented")
    assert ask("/version", "DELETE").status_code == 501


def test_a_path_that_only_this_lab_does_not_have_says_so(ask):
    answer = ask("/cluster/ceph/status")
    assert (answer.status_code, answer.reason) == (501, "Method 'GET /cluster/ceph/status' not implemented in this lab")


def test_what_is_outside_the_api_is_a_missing_file(lab):
    answer = requests.get(f"{lab.url}/version", verify=lab.ca_file, timeout=5)
    assert (answer.status_code, answer.reason) == (500, "no such file '/version'")


def test_json_bodies_are_read_like_forms(ask):
    answer = ask(f"{NODE}/qemu/351/config", "PUT", "wow@pve!automation", json={"onboot": True, "cores": 2})
    assert answer.status_code == 200
    assert ask(f"{NODE}/qemu/351/config").json()["data"]["cores"] == 2


def test_a_body_may_not_contradict_the_path(write):
    answer = write(f"{NODE}/qemu/351/config", "PUT", vmid="211", onboot="1")
    assert answer.json()["errors"] == {"vmid": "duplicate parameter (already defined in URI)"}


def test_literal_segments_win_over_placeholders():
    method, places = load_tree().find("GET", "/nodes/n1/qemu/100/status/current")
    assert method.path == "/nodes/{node}/qemu/{vmid}/status/current"
    assert places == {"node": "n1", "vmid": "100"}
    assert load_tree().find("GET", "/nodes/n1/qemu/100/status/current/more") is None


def test_indexed_keys_are_found_under_their_family():
    properties = load_tree().methods["PUT", "/nodes/{node}/qemu/{vmid}/config"].parameters
    assert schema_of(properties, "net31") is properties["net[n]"]
    assert schema_of(properties, "net32") is None
    assert schema_of(properties, "net01") is None
