"""Guests change through the API: every write is refused in PVE's words or ends in a task that really ran."""

import re

import pytest
import requests

NODE = "/nodes/wow-prox1"
UPID = re.compile(r"UPID:wow-prox1:[0-9A-F]{8}:[0-9A-F]{8,9}:[0-9A-F]{8}:(\w+):(\d*):wow@pve!automation:")


def config(ask, guest, kind="qemu"):
    answer = ask(f"{NODE}/{kind}/{guest}/config")
    assert answer.status_code == 200, answer.reason
    return answer.json()["data"]


def live(ask, guest):
    found = ask(f"{NODE}/qemu/{guest}/agent/network-get-interfaces").json()["data"]["result"]
    return [item["ip-address"] for row in found if row["name"] == "ens18" for item in row["ip-addresses"]
            if item["ip-address-type"] == "ipv4"]  # fmt: skip


def test_a_vm_is_cloned_configured_and_started_and_has_the_address_it_was_given(write, ask):
    answer = write(f"{NODE}/qemu/9024/clone", newid=400, name="web1")
    assert UPID.fullmatch(answer.json()["data"]).groups() == ("qmclone", "9024")
    assert answer.exitstatus == "OK"
    settings = {"ipconfig0": "ip=172.16.100.40/24,gw=172.16.100.1", "cores": 2, "memory": 2048}
    assert write(f"{NODE}/qemu/400/config", **settings).exitstatus == "OK"
    assert write(f"{NODE}/qemu/400/resize", "PUT", disk="scsi0", size="50G").exitstatus == "OK"
    assert write(f"{NODE}/qemu/400/status/start").exitstatus == "OK"
    found = config(ask, 400)
    assert (found["name"], found["memory"], found["cores"]) == ("web1", "2048", 2)
    assert "size=50G" in found["scsi0"]
    assert live(ask, 400) == ["172.16.100.40"]


def test_a_clone_gets_new_identities_and_keeps_the_rest(write, ask):
    write(f"{NODE}/qemu/211/clone", newid=401, full=1)
    old, new = config(ask, 211), config(ask, 401)
    assert new["name"] == "Copy-of-VM-dns2"
    assert old["net0"] != new["net0"]
    assert new["net0"].startswith("virtio=BC:24:11:")
    assert old["smbios1"] != new["smbios1"]
    for key in ("ipconfig0", "tags", "description", "cores", "memory"):
        assert old[key] == new[key]
    assert new["scsi0"].startswith("TSVMDS01:401/vm-401-disk-0.qcow2,")


def test_a_template_is_cloned_linked_and_then_cannot_be_removed(write, ask):
    write(f"{NODE}/qemu/9024/clone", newid=402)
    found = config(ask, 402)
    assert found["scsi0"].startswith("TSVMDS01:9024/base-9024-disk-0.qcow2/402/vm-402-disk-0.qcow2")
    assert "template" not in found
    answer = write(f"{NODE}/qemu/9024", "DELETE")
    assert answer.reason == "base volume 'TSVMDS01:9024/base-9024-disk-0.qcow2' is still in use by linked cloned"
    refused = write(f"{NODE}/qemu/9024/clone", newid=403, storage="TSVMDS01")
    assert refused.reason == "parameter 'storage' not allowed for linked clones"


def test_a_taken_id_loses(write):
    assert write(f"{NODE}/qemu/9024/clone", newid=211).reason == "unable to create VM 211: config file already exists"
    answer = write(f"{NODE}/qemu", vmid=210, name="x")
    assert (answer.status_code, answer.reason) == (
        500, "unable to create VM 210 - CT 210 already exists on node 'wow-prox1'"
    )  # fmt: skip


def test_a_guest_is_locked_while_it_is_cloned(ask, write, slow_tasks):
    answer = ask(f"{NODE}/qemu/9024/clone", "POST", "wow@pve!automation", data={"newid": 404})
    assert answer.status_code == 200
    row = next(row for row in ask("/cluster/resources").json()["data"] if row["id"] == "qemu/404")
    assert row["lock"] == "clone"
    refused = ask(f"{NODE}/qemu/404/config", "PUT", "wow@pve!automation", data={"cores": 2})
    assert refused.reason == "VM is locked (clone)"


def test_a_task_runs_first_and_keeps_its_log(ask, slow_tasks):
    upid = ask(f"{NODE}/qemu/351/status/start", "POST", "wow@pve!automation").json()["data"]
    first = ask(f"{NODE}/tasks/{upid}/status").json()["data"]
    assert (first["status"], "exitstatus" in first, first["type"]) == ("running", False, "qmstart")
    while ask(f"{NODE}/tasks/{upid}/status").json()["data"]["status"] == "running":
        pass
    assert [row["t"] for row in ask(f"{NODE}/tasks/{upid}/log").json()["data"]] == ["started VM 351", "TASK OK"]
    assert ask(f"{NODE}/tasks").json()["data"][0]["status"] == "OK"


def test_what_fails_inside_a_task_is_its_exit_status(write):
    answer = write(f"{NODE}/qemu/9024/status/start")
    assert (answer.status_code, answer.exitstatus) == (200, "you can't start a vm if it's a template")
    assert write(f"{NODE}/qemu/211/status/start").exitstatus == "VM 211 already running"


def test_a_container_is_created_and_started_with_the_address_it_was_given(write, ask):
    answer = write(
        f"{NODE}/lxc", vmid=410, hostname="box", ostemplate="TSVMDS01:vztmpl/debian-12-standard_12.7-1_amd64.tar.zst",
        rootfs="TSVMDS01:8", cores=1, memory=512, net0="name=eth0,bridge=vmbr0,ip=172.16.100.41/24,gw=172.16.100.1",
        start=1, password="not-kept", features="nesting=1", tags="b,a",
    )  # fmt: skip
    assert answer.exitstatus == "OK", answer.text
    found = config(ask, 410, "lxc")
    assert found["rootfs"] == "TSVMDS01:410/vm-410-disk-0.raw,size=8G"
    assert re.fullmatch(
        r"name=eth0,bridge=vmbr0,ip=172.16.100.41/24,gw=172.16.100.1,hwaddr=BC:24:11:[0-9A-F:]{8},type=veth",
        found["net0"],
    )
    assert (found["ostype"], found["hostname"], found["tags"], found["unprivileged"]) == ("debian", "box", "a;b", 1)
    assert "not-kept" not in str(found)
    rows = ask(f"{NODE}/lxc/410/interfaces").json()["data"]
    assert "172.16.100.41/24" in [row.get("inet") for row in rows]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ({"rootfs": "local:8"}, "storage 'local' does not allow content type 'rootdir' (Container)"),
        ({"rootfs": "nowhere:8"}, "storage 'nowhere' does not exist"),
        ({"net0": "name=eth0,bridge=vmbr9"}, "bridge 'vmbr9' does not exist"),
        ({"unprivileged": 0}, "Permission check failed (/, Sys.Modify)"),
        ({"pool": "nowhere"}, "pool 'nowhere' does not exist"),
    ],
)
def test_a_container_that_cannot_be_is_refused_and_leaves_nothing(write, ask, data, reason):
    settings = {"vmid": 411, "ostemplate": "TSVMDS01:vztmpl/x.tar.zst", "rootfs": "TSVMDS01:8", **data}
    assert write(f"{NODE}/lxc", **settings).reason == reason
    assert ask("/cluster/nextid", params={"vmid": 411}).status_code == 200


def test_a_missing_container_image_fails_in_the_task_and_leaves_nothing(write, ask):
    answer = write(f"{NODE}/lxc", vmid=412, ostemplate="TSVMDS01:vztmpl/x.tar.zst", rootfs="TSVMDS01:8")
    assert answer.exitstatus == "unable to create CT 412 - volume 'TSVMDS01:vztmpl/x.tar.zst' does not exist"
    assert ask(f"{NODE}/lxc/412/config").status_code == 500


def test_a_vm_without_an_image_has_no_agent_and_no_address(write, ask):
    answer = write(
        f"{NODE}/qemu", vmid=413, name="empty", memory=1024, scsi0="TSVMDS01:32", agent=1,
        net0="virtio,bridge=vmbr0", ide2="TSVMDS01:cloudinit", ipconfig0="ip=172.16.100.42/24", start=1,
    )  # fmt: skip
    assert answer.exitstatus == "OK", answer.text
    found = config(ask, 413)
    assert found["scsi0"] == "TSVMDS01:413/vm-413-disk-0.qcow2,size=32G"
    assert found["ide2"] == "TSVMDS01:413/vm-413-cloudinit.qcow2,media=cdrom,size=4M"
    assert re.match(r"virtio=BC:24:11:", found["net0"])
    assert ask(f"{NODE}/qemu/413/agent/info").reason == "QEMU guest agent is not running"


def test_a_running_guest_is_not_deleted(write, ask):
    assert write(f"{NODE}/qemu/211", "DELETE").reason == "VM 211 is running - destroy failed"
    assert write(f"{NODE}/lxc/210", "DELETE").reason == "unable to destroy CT 210 - container is running"
    assert write(f"{NODE}/lxc/210/status/stop").exitstatus == "OK"
    assert write(f"{NODE}/lxc/210", "DELETE", purge=1).exitstatus == "OK"
    assert ask(f"{NODE}/lxc/210/config").status_code == 500


def test_power_of_containers_is_refused_at_once(write):
    assert write(f"{NODE}/lxc/210/status/start").reason == "CT 210 already running"
    write(f"{NODE}/lxc/210/status/shutdown")
    assert write(f"{NODE}/lxc/210/status/stop").reason == "CT 210 not running"


def test_processors_of_a_running_vm_wait_for_its_stop(write, ask):
    assert write(f"{NODE}/qemu/211/config", "PUT", cores=4, description="new").status_code == 200
    assert config(ask, 211)["cores"] == 4
    current = ask(f"{NODE}/qemu/211/config", params={"current": 1}).json()["data"]
    assert (current["cores"], current["description"]) == (2, "new\n")
    pending = {row["key"]: row for row in ask(f"{NODE}/qemu/211/pending").json()["data"]}
    assert pending["cores"] == {"key": "cores", "value": 2, "pending": 4}
    write(f"{NODE}/qemu/211/status/reboot")
    assert ask(f"{NODE}/qemu/211/config", params={"current": 1}).json()["data"]["cores"] == 4


def test_a_new_address_of_a_running_vm_waits_for_its_start(write, ask):
    write(f"{NODE}/qemu/211/config", "PUT", ipconfig0="ip=172.16.110.99/24")
    assert live(ask, 211) == ["172.16.110.211"]
    write(f"{NODE}/qemu/211/status/reboot")
    assert live(ask, 211) == ["172.16.110.99"]


def test_a_digest_guards_against_others(write, ask):
    digest = config(ask, 351)["digest"]
    assert write(f"{NODE}/qemu/351/config", "PUT", cores=2, digest=digest).status_code == 200
    answer = write(f"{NODE}/qemu/351/config", "PUT", cores=3, digest=digest)
    assert answer.reason == "checksum mismatch (file change by other user?)"


def test_keys_are_deleted_and_disks_become_unused(write, ask):
    write(f"{NODE}/qemu/351/config", "PUT", delete="scsi0,tags,ipconfig0")
    found = config(ask, 351)
    assert found["unused0"] == "TSVMDS01:351/vm-351-disk-0.qcow2"
    assert not {"scsi0", "tags", "ipconfig0"} & set(found)
    assert write(f"{NODE}/qemu/351/config", "PUT").reason == "no options specified"


def test_disks_only_grow(write):
    assert write(f"{NODE}/qemu/351/resize", "PUT", disk="scsi0", size="1G").reason == (
        "shrinking disks is not supported"
    )
    assert write(f"{NODE}/qemu/351/resize", "PUT", disk="scsi9", size="1G").reason == "disk 'scsi9' does not exist"
    assert write(f"{NODE}/lxc/210/resize", "PUT", disk="rootfs", size="1G").reason == "unable to shrink disk size"


@pytest.mark.parametrize(
    ("data", "privilege"),
    [({"cores": 2}, "VM.Config.CPU"), ({"memory": 512}, "VM.Config.Memory"), ({"net0": "virtio"}, "VM.Config.Network"),
     ({"tags": "a"}, "VM.Config.Options"), ({"scsi1": "TSVMDS01:1"}, "VM.Config.Disk"),
     ({"ciuser": "me"}, "VM.Config.Cloudinit"), ({"machine": "q35"}, "VM.Config.HWType")],
)  # fmt: skip
def test_each_part_of_a_configuration_needs_its_right(write, lab, data, privilege):
    held = set(lab.endpoint.acl.roles["WowAutomation"]) - {privilege}
    lab.change("set_role", name="WowAutomation", privileges=sorted(held))
    answer = write(f"{NODE}/qemu/351/config", "PUT", **data)
    assert (answer.status_code, answer.reason) == (403, f"Permission check failed (/vms/351, {privilege})")


@pytest.mark.parametrize(
    ("privilege", "reason"),
    [("SDN.Use", "/sdn/zones/localnetwork/vmbr0, SDN.Use"), ("VM.Clone", "/vms/9024, VM.Clone"),
     ("Datastore.AllocateSpace", "/storage/TSVMDS01, Datastore.AllocateSpace")],
)  # fmt: skip
def test_cloning_needs_the_template_the_bridge_and_the_storage(write, lab, privilege, reason):
    held = set(lab.endpoint.acl.roles["WowAutomation"]) - {privilege}
    lab.change("set_role", name="WowAutomation", privileges=sorted(held))
    answer = write(f"{NODE}/qemu/9024/clone", newid=420)
    assert (answer.status_code, answer.reason) == (403, f"Permission check failed ({reason})")


def test_a_clone_needs_the_right_to_allocate_its_id(write, lab):
    held = set(lab.endpoint.acl.roles["WowAutomation"]) - {"VM.Allocate"}
    lab.change("set_role", name="WowAutomation", privileges=sorted(held))
    assert write(f"{NODE}/qemu/9024/clone", newid=420).reason == "Permission check failed"


def test_snapshots_are_taken_listed_and_rolled_back(write, ask):
    assert write(f"{NODE}/qemu/351/snapshot", snapname="before", description="x").exitstatus == "OK"
    write(f"{NODE}/qemu/351/config", "PUT", cores=4)
    rows = ask(f"{NODE}/qemu/351/snapshot").json()["data"]
    assert [(row["name"], row.get("parent")) for row in rows] == [("before", None), ("current", "before")]
    kept = ask(f"{NODE}/qemu/351/config", params={"snapshot": "before"}).json()["data"]
    assert kept["cores"] == 1
    assert write(f"{NODE}/qemu/351/snapshot", snapname="before").exitstatus == "snapshot name 'before' already used"
    assert write(f"{NODE}/qemu/351/snapshot", snapname="current").reason == (
        "unable to use snapshot name 'current' (reserved name)"
    )
    assert write(f"{NODE}/qemu/351/snapshot/before", "DELETE").exitstatus == "OK"
    assert len(ask(f"{NODE}/qemu/351/snapshot").json()["data"]) == 1


def test_a_task_of_somebody_else_needs_sys_audit(write, ask, lab):
    upid = write(f"{NODE}/qemu/351/status/start").json()["data"]
    lab.endpoint.tasks.by_upid[upid].user = "root@pam"
    assert ask(f"{NODE}/tasks/{upid}/status").status_code == 200
    lab.change("set_role", name="PVEAuditor", privileges=["VM.Audit"])
    assert ask(f"{NODE}/tasks/{upid}/status").reason == "Permission check failed (/nodes/wow-prox1, Sys.Audit)"


def test_two_callers_with_the_same_free_id_cannot_both_have_it(write, ask):
    free = ask("/cluster/nextid").json()["data"]
    assert free == ask("/cluster/nextid").json()["data"]
    assert write(f"{NODE}/qemu/9024/clone", newid=free).exitstatus == "OK"
    assert write(f"{NODE}/qemu/9022/clone", newid=free).status_code == 500


def test_a_guest_that_is_being_made_shows_nothing_but_its_lock(ask, slow_tasks):
    image = "TSVMDS01:vztmpl/debian-12-standard_12.7-1_amd64.tar.zst"
    data = {"vmid": 430, "ostemplate": image, "rootfs": "TSVMDS01:8", "description": "mine"}
    assert ask(f"{NODE}/lxc", "POST", "wow@pve!automation", data=data).status_code == 200
    found = config(ask, 430, "lxc")
    assert (found["lock"], "description" in found) == ("create", False)


@pytest.mark.parametrize(
    ("features", "status"), [("nesting=1", 200), ("nesting=1,keyctl=1", 403), ("fuse=1", 403), ("nesting=0", 200)]
)
def test_features_but_nesting_are_for_root_and_a_token_is_never_root(write, features, status):
    write(f"{NODE}/lxc/216/config", "PUT", features="nesting=1")
    assert write(f"{NODE}/lxc/216/config", "PUT", features=features).status_code == status


def test_free_ids_come_from_the_range_of_the_datacenter(ask, lab):
    assert "next-id" not in ask("/cluster/options").json()["data"]
    lab.change("set_id_range", first=210, end=213)
    assert ask("/cluster/options").json()["data"]["next-id"] == "lower=210,upper=213"
    assert ask("/cluster/nextid").reason == "unable to get any free VMID in range [210, 213]"


def test_a_task_ends_as_it_is_told_to(write, lab):
    lab.change("set_outcome", type="qmstart", exitstatus="no space left")
    assert write(f"{NODE}/qemu/351/status/start").exitstatus == "no space left"
    lab.change("set_outcome", type="qmstart", exitstatus="WARNINGS: 2")
    assert write(f"{NODE}/qemu/351/status/start").exitstatus == "WARNINGS: 2"
    assert lab.world.guest(351).running


def test_the_answer_to_what_was_done_can_get_lost(ask, lab):
    lab.change("fault", action="lose", path="^PUT ", times=1)
    with pytest.raises(requests.ConnectionError):
        ask(f"{NODE}/qemu/351/config", "PUT", "wow@pve!automation", data={"cores": 3})
    assert config(ask, 351)["cores"] == 3


def test_a_guest_is_put_into_a_pool_by_who_may(ask, lab):
    data = {"poolid": "infrastructure", "vms": "351"}
    assert ask("/pools", "PUT", "wow@pve!automation", data=data).status_code == 403
    held = set(lab.endpoint.acl.roles["WowAutomation"]) | {"Pool.Allocate"}
    lab.change("set_role", name="WowAutomation", privileges=sorted(held))
    assert ask("/pools", "PUT", "wow@pve!automation", data=data).status_code == 200
    assert lab.world.guest(351).pool == "infrastructure"


def test_the_agent_reads_the_result_of_cloud_init_once_it_is_there(ask, lab):
    def read():
        path = f"{NODE}/qemu/211/agent/file-read"
        return ask(path, token="wow@pve!automation", params={"file": "/run/cloud-init/result.json"})

    assert '"errors": []' in read().json()["data"]["content"]
    lab.change("set_cloud_init", id=211, done=False)
    assert read().reason.endswith("No such file or directory'")
