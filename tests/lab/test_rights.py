"""Logging in, and what the caller may see: the intersection of user and token, and lists that shrink silently."""

import pytest
import requests

ROOT = {"path": "/", "who": "wow@pve", "role": "PVEAuditor"}
TOKEN = {"path": "/", "who": "wow@pve!nautobot", "role": "PVEAuditor"}
NODE = "/nodes/wow-prox1"


def names(answer):
    return sorted(row.get("id", row.get("poolid", row.get("storage", ""))) for row in answer.json()["data"])


def test_a_wrong_secret_is_401(ask, lab):
    answer = ask("/version", headers={"Authorization": f"PVEAPIToken={lab.token_id}=wrong"})
    assert (answer.status_code, answer.reason) == (401, "invalid token value!")


def test_an_unknown_token_is_401(ask):
    answer = ask("/version", headers={"Authorization": "PVEAPIToken=wow@pve!other=x"})
    assert (answer.status_code, answer.reason) == (401, "no such token 'other' for user 'wow@pve'")


def test_nobody_is_401(lab):
    answer = requests.get(f"{lab.url}/api2/json/version", verify=lab.ca_file, timeout=5)
    assert (answer.status_code, answer.reason) == (401, "No ticket")


def test_a_certificate_of_another_authority_is_refused(lab):
    with pytest.raises(requests.exceptions.SSLError):
        requests.get(f"{lab.url}/api2/json/version", timeout=5)


def test_a_token_without_rows_of_its_own_sees_an_empty_cluster_with_200(ask, lab):
    lab.change("set_acl", rows=[ROOT])
    answer = ask("/cluster/resources")
    assert answer.status_code == 200
    assert [row for row in answer.json()["data"] if row["type"] != "node"] == []
    assert ask("/access/permissions").json()["data"] == {}


def test_a_user_without_rows_leaves_its_token_nothing(ask, lab):
    lab.change("set_acl", rows=[TOKEN])
    assert ask("/nodes/wow-prox1/qemu").json()["data"] == []
    assert ask("/access/permissions").json()["data"] == {}


def test_a_token_may_do_what_user_and_token_both_may(ask, lab):
    lab.change("set_acl", rows=[ROOT, {**TOKEN, "role": "PVEVMUser"}])
    assert set(ask("/access/permissions", params={"path": "/vms"}).json()["data"]["/vms"]) == {
        "VM.Audit",
        "VM.GuestAgent.Audit",
    }


def test_a_token_without_separation_may_do_what_its_user_may(ask, lab):
    lab.change("set_acl", rows=[ROOT])
    lab.change("set_privsep", token=lab.token_id, privsep=False)
    assert "qemu/211" in names(ask("/cluster/resources"))


def test_guests_are_left_out_without_vm_audit(ask, lab):
    lab.change("set_acl", rows=[ROOT, {**TOKEN, "path": "/vms/211"}])
    guests = [name for name in names(ask("/cluster/resources")) if name.startswith(("qemu", "lxc"))]
    assert guests == ["qemu/211"]
    assert [row["vmid"] for row in ask(f"{NODE}/qemu").json()["data"]] == [211]
    assert ask(f"{NODE}/lxc").json()["data"] == []


def test_storages_are_left_out_without_datastore_audit(ask, lab):
    lab.change("set_acl", rows=[ROOT, {**TOKEN, "path": "/storage/local"}])
    assert names(ask("/storage")) == ["local"]
    assert names(ask("/cluster/resources", params={"type": "storage"})) == ["storage/wow-prox1/local"]
    assert ask(f"{NODE}/storage/TSVMDS01/content").reason == (
        "Permission check failed (/storage/TSVMDS01, Datastore.Audit|Datastore.AllocateSpace)"
    )


def test_pools_are_left_out_without_pool_audit(ask, lab):
    lab.change("set_acl", rows=[ROOT, {**TOKEN, "path": "/vms"}])
    assert ask("/pools").json()["data"] == []
    assert all("pool" not in row for row in ask("/cluster/resources").json()["data"])


def test_a_pool_gives_its_guests_what_its_path_allows(ask, lab):
    lab.change("set_acl", rows=[ROOT, {**TOKEN, "path": "/pool/infrastructure"}])
    assert [row["vmid"] for row in ask(f"{NODE}/qemu").json()["data"]] == [211]
    assert ask(f"{NODE}/qemu/300/config").reason == "Permission check failed (/vms/300, VM.Audit)"


def test_no_access_on_a_guest_outweighs_its_pool(ask, lab):
    lab.change("set_acl", rows=[ROOT, TOKEN, {**TOKEN, "path": "/vms/211", "role": "NoAccess"}])
    assert ask(f"{NODE}/qemu/211/config").status_code == 403


def test_no_access_on_a_pool_outweighs_what_its_guests_inherit(ask, lab):
    lab.change("set_acl", rows=[ROOT, TOKEN, {**TOKEN, "path": "/pool/infrastructure", "role": "NoAccess"}])
    assert [ask(f"{NODE}/qemu/{guest}/config").status_code for guest in (211, 300)] == [403, 200]


def test_bridges_are_left_out_without_a_right_on_the_local_zone(ask, lab):
    lab.change("set_acl", rows=[ROOT, {**TOKEN, "path": "/nodes"}])
    kinds = {row["type"] for row in ask(f"{NODE}/network").json()["data"]}
    assert kinds == {"eth", "vlan"}


def test_node_rows_lose_their_numbers_without_sys_audit(ask, lab):
    lab.change("set_acl", rows=[ROOT, {**TOKEN, "path": "/vms"}])
    rows = ask("/cluster/resources", params={"type": "node"}).json()["data"]
    assert rows == [{"id": "node/wow-prox1", "node": "wow-prox1", "status": "online", "type": "node"}]
    assert ask(f"{NODE}/status").reason == "Permission check failed (/nodes/wow-prox1, Sys.Audit)"


def test_a_deeper_row_replaces_the_ones_above_it(ask, lab):
    lab.change("set_acl", rows=[ROOT, TOKEN, {**TOKEN, "path": "/vms/300", "role": "PVEPoolUser"}])
    assert ask(f"{NODE}/qemu/300/config").status_code == 403
    assert ask(f"{NODE}/qemu/211/config").status_code == 200


def test_no_access_on_a_deeper_path_takes_everything_away(ask, lab):
    lab.change("set_acl", rows=[ROOT, TOKEN, {**TOKEN, "path": "/vms/300", "role": "NoAccess"}])
    assert "qemu/300" not in names(ask("/cluster/resources"))
    assert ask(f"{NODE}/qemu/300/config").status_code == 403


def test_a_row_that_does_not_propagate_holds_for_its_own_path_only(ask, lab):
    lab.change("set_acl", rows=[ROOT, {**TOKEN, "path": "/vms", "propagate": False}])
    assert ask(f"{NODE}/qemu").json()["data"] == []
    assert "VM.Audit" in ask("/access/permissions", params={"path": "/vms"}).json()["data"]["/vms"]


def test_the_agent_needs_a_right_of_its_own(ask, lab):
    lab.change("set_role", name="Looker", privileges=["VM.Audit"])
    lab.change("set_acl", rows=[ROOT, {**TOKEN, "role": "Looker"}])
    assert ask(f"{NODE}/qemu/211/config").status_code == 200
    answer = ask(f"{NODE}/qemu/211/agent/network-get-interfaces")
    assert answer.status_code == 403
    assert answer.reason == ("Permission check failed (/vms/211, VM.GuestAgent.Audit|VM.GuestAgent.Unrestricted)")


def test_the_read_only_token_writes_nothing(ask):
    answer = ask(f"{NODE}/qemu/351/status/start", "POST")
    assert (answer.status_code, answer.reason) == (403, "Permission check failed (/vms/351, VM.PowerMgmt)")


def test_a_password_gives_a_ticket_and_writes_need_its_csrf_token(lab):
    session = requests.Session()
    session.verify, session.trust_env = lab.ca_file, False
    base = f"{lab.url}/api2/json"
    login = {"username": "root@pam", "password": lab.endpoint.logins.passwords["root@pam"]}
    data = session.post(f"{base}/access/ticket", data=login, timeout=5).json()["data"]
    session.cookies.set("PVEAuthCookie", data["ticket"])
    assert session.get(f"{base}/version", timeout=5).status_code == 200
    change = {"url": f"{base}{NODE}/qemu/351/config", "data": {"onboot": 1}, "timeout": 5}
    assert session.put(**change).reason == "Permission denied - invalid csrf token"
    csrf = {"CSRFPreventionToken": data["CSRFPreventionToken"]}
    assert session.put(**change, headers=csrf).status_code == 200


def test_a_wrong_password_is_401(lab):
    answer = requests.post(f"{lab.url}/api2/json/access/ticket", data={"username": "root@pam", "password": "no"},
                           verify=lab.ca_file, timeout=5)  # fmt: skip
    assert (answer.status_code, answer.reason) == (401, "authentication failure")
