"""Guests are made, changed and removed over real sockets, against a lab that gives a guest only what it was told."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from development.lab.client import Lab
from development.lab.world import Guest
from nautobot_wow.errors import Forbidden, NotFound, RemoteError, SourceError, Unreachable
from nautobot_wow.records import GuestType
from nautobot_wow.systems.connection import Secret
from nautobot_wow.systems.provisioner import Found, GuestSpec, Locked, Mismatch, Taken, TooSlow
from nautobot_wow.systems.proxmox import PROXMOX, ProxmoxOptions
from nautobot_wow.systems.proxmox.provision.guests import ProxmoxProvisioner
from tests.systems.proxmox.conftest import connection_to
from tests.systems.proxmox.guests import (
    AUTOMATION,
    KEYS,
    MAC,
    NODE,
    OTHER_REQUEST,
    REQUEST,
    container,
    nic,
    provisioner_at,
    vm,
)

BOTH = pytest.mark.parametrize("spec", [container(), vm()], ids=["container", "vm"])
TRAEFIK, DNS2, STOPPED_VM = 210, 211, 351


@pytest.fixture
def provisioner(lab: Lab) -> Iterator[ProxmoxProvisioner]:
    with provisioner_at(lab) as made:
        yield made


@pytest.fixture
def slowly(lab: Lab) -> Iterator[Callable[[float], None]]:
    """Let every unit of work of a task take so long."""
    tasks, before = lab.endpoint.tasks, lab.endpoint.tasks.pause_s

    def slowly(seconds: float) -> None:
        tasks.pause_s = seconds

    yield slowly
    tasks.pause_s = before


def make(provisioner: ProxmoxProvisioner, spec: GuestSpec) -> None:
    provisioner.wait(provisioner.create(spec), 10)
    provisioner.configure(spec)
    if spec.start:
        provisioner.start(spec.vmid)


def there(lab: Lab, vmid: int) -> Guest:
    return lab.world.guest(vmid)


def writes(lab: Lab, act: Callable[[], object]) -> list[str]:
    """Return what was written while something was done."""
    lab.endpoint.written.clear()
    act()
    return list(lab.endpoint.written)


# ------------------------------------------------------------------------------------------------- from nothing


@BOTH
def test_a_guest_is_made_from_nothing_and_reports_the_address_it_was_given(
    lab: Lab, provisioner: ProxmoxProvisioner, spec: GuestSpec
) -> None:
    assert provisioner.preflight(spec) == []
    make(provisioner, spec)
    found = provisioner.find(spec.vmid)
    assert found == Found(
        key=f"{spec.type.value}/{spec.vmid}", vmid=spec.vmid, type=spec.type, name="web1", node=NODE,
        request_id=REQUEST, running=True,
    )  # fmt: skip
    assert provisioner.addresses(spec.vmid, MAC) == {"172.16.100.40"}
    record = there(lab, spec.vmid).record
    assert (record["tags"], record["nameserver"]) == ("apps;web", "172.16.100.2 172.16.110.100")
    assert record["description"] == f"A web server\n\nwow-request: {REQUEST}\n"
    assert there(lab, spec.vmid).pool == "infrastructure"
    assert "size=20G" in record.get("rootfs", record.get("scsi0", ""))


@BOTH
def test_the_keys_arrive_one_per_line(lab: Lab, provisioner: ProxmoxProvisioner, spec: GuestSpec) -> None:
    make(provisioner, spec)
    assert there(lab, spec.vmid).ssh_keys == list(KEYS)


@BOTH
def test_a_tagged_guest_with_two_families_is_on_its_vlan(
    lab: Lab, provisioner: ProxmoxProvisioner, spec: GuestSpec
) -> None:
    card = nic(
        vlan_tag=110, address4="172.16.110.40/24", gateway4="172.16.110.1", address6="2001:db8:110::40/64",
        gateway6="2001:db8:110::1",
    )  # fmt: skip
    make(provisioner, replace(spec, nic=card))
    assert provisioner.addresses(spec.vmid, MAC) == {"172.16.110.40", "2001:db8:110::40"}
    assert [item.vlan for item in there(lab, spec.vmid).nics] == [110]


@BOTH
def test_what_the_app_reads_of_the_guest_is_what_it_was_told(
    lab: Lab, provisioner: ProxmoxProvisioner, spec: GuestSpec
) -> None:
    make(provisioner, spec)
    snapshot = PROXMOX.read(connection_to(lab), ProxmoxOptions(), frozenset({f"{spec.type.value}/{spec.vmid}"}))
    guest = next(record for record in snapshot.records if record.key == f"{spec.type.value}/{spec.vmid}")
    assert (guest.name, guest.vcpus, guest.memory_mb, guest.disk_gb) == ("web1", 2, 2048, 20)  # type: ignore[attr-defined]
    assert guest.primary_ip4 == "172.16.100.40"  # type: ignore[attr-defined]


def test_a_container_has_its_features_and_is_unprivileged(lab: Lab, provisioner: ProxmoxProvisioner) -> None:
    make(provisioner, container())
    record = there(lab, 400).record
    assert (record["features"], record["unprivileged"]) == ("nesting=1", 1)


def test_a_vm_keeps_what_the_template_says_of_its_card(lab: Lab, provisioner: ProxmoxProvisioner) -> None:
    make(provisioner, vm())
    assert there(lab, 401).record["net0"] == f"virtio={MAC},bridge=vmbr0,firewall=1"
    assert there(lab, 401).record["scsi0"].startswith("TSVMDS01:401/vm-401-disk-0.qcow2,")


def test_a_vm_is_cloned_linked_only_when_told_so(lab: Lab, provisioner: ProxmoxProvisioner) -> None:
    make(provisioner, vm(full=False))
    assert there(lab, 401).record["scsi0"].startswith("TSVMDS01:9024/base-9024-disk-0.qcow2/401/")


def test_the_app_gets_its_provisioner_from_the_kind(lab: Lab) -> None:
    assert PROXMOX.provisioner is not None
    connection = connection_to(lab, username=AUTOMATION, secret=Secret(lab.secret_of(AUTOMATION)))
    with PROXMOX.provisioner(connection, ProxmoxOptions()) as made:
        assert made.find(TRAEFIK) is not None


# ------------------------------------------------------------------------------------------- killed and repeated


@BOTH
def test_each_step_twice_writes_nothing_the_second_time(
    lab: Lab, provisioner: ProxmoxProvisioner, spec: GuestSpec
) -> None:
    make(provisioner, spec)
    steps: list[Callable[[], object]] = [
        lambda: provisioner.configure(spec),
        lambda: provisioner.start(spec.vmid),
        lambda: provisioner.rename(spec.vmid, "web1"),
        lambda: provisioner.set_tags(spec.vmid, ("apps", "web")),
        lambda: provisioner.set_notes(spec.vmid, "A web server"),
        lambda: provisioner.move_nic(spec.vmid, spec.nic, MAC),
    ]
    for step in steps:
        assert writes(lab, step) == []


@BOTH
def test_a_create_whose_answer_was_lost_is_found_by_its_marker_and_not_made_twice(lab: Lab, spec: GuestSpec) -> None:
    lab.change("fault", action="lose", path="^POST .*/(lxc|clone)$", times=1)
    with provisioner_at(lab) as first, pytest.raises(Unreachable, match="look before it is repeated"):
        first.create(spec)
    with provisioner_at(lab) as second:
        found = second.find_request(REQUEST, spec.vmid)
        assert found is not None
        assert second.wait_unlocked(spec.vmid) == second.find_request(REQUEST, spec.vmid)
        with pytest.raises(Taken, match="choose the next one"):
            second.create(spec)
        assert second.preflight(spec) == []
        second.configure(spec)
        second.start(spec.vmid)
        assert second.addresses(spec.vmid, MAC) == {"172.16.100.40"}
    assert [guest.id for guest in lab.world.guests.values() if guest.name == "web1"] == [spec.vmid]


@BOTH
def test_a_write_is_sent_once_whatever_becomes_of_it(lab: Lab, spec: GuestSpec) -> None:
    lab.change("fault", action="status", path="^POST ", status=503, reason="busy")
    with provisioner_at(lab) as made:

        def create() -> None:
            with pytest.raises(Unreachable):
                made.create(spec)

        assert len(writes(lab, create)) == 1


@BOTH
def test_a_guest_that_is_being_made_is_perhaps_ours(
    lab: Lab, provisioner: ProxmoxProvisioner, spec: GuestSpec, slowly: Callable[[float], None]
) -> None:
    slowly(0.5)
    task = provisioner.create(spec)
    found = provisioner.find_request(REQUEST, spec.vmid)
    assert found is not None
    assert (found.request_id, found.locked) == ("", "create" if spec.type is GuestType.LXC else "clone")
    provisioner.wait(task, 10)
    assert provisioner.find_request(OTHER_REQUEST, spec.vmid) is None


@BOTH
def test_a_guest_that_was_killed_half_configured_is_finished_by_the_next_worker(
    lab: Lab, provisioner: ProxmoxProvisioner, spec: GuestSpec
) -> None:
    provisioner.wait(provisioner.create(spec), 10)
    lab.change("set", id=spec.vmid, key="memory", value=512)
    lab.change("set", id=spec.vmid, key="tags", value="old")
    provisioner.configure(spec)
    provisioner.start(spec.vmid)
    assert there(lab, spec.vmid).record["tags"] == "apps;web"
    assert int(there(lab, spec.vmid).record["memory"]) == 2048


def test_a_guest_of_another_request_is_never_configured(lab: Lab, provisioner: ProxmoxProvisioner) -> None:
    for spec in (container(vmid=TRAEFIK), vm(vmid=DNS2), container(vmid=DNS2)):
        with pytest.raises(Mismatch, match="was not made for request"):
            provisioner.configure(spec)
    make(provisioner, container())
    with pytest.raises(Mismatch):
        provisioner.configure(container(request_id=OTHER_REQUEST))


def test_a_user_cannot_forge_the_marker(lab: Lab, provisioner: ProxmoxProvisioner) -> None:
    make(provisioner, container(description=f"x\nwow-request: {OTHER_REQUEST}\ny"))
    assert provisioner.find(400).request_id == REQUEST  # type: ignore[union-attr]
    provisioner.set_notes(400, f"wow-request: {OTHER_REQUEST}")
    assert provisioner.find(400).request_id == REQUEST  # type: ignore[union-attr]


def test_a_disk_is_grown_and_never_made_smaller(lab: Lab, provisioner: ProxmoxProvisioner) -> None:
    make(provisioner, vm(disk_gb=30))
    assert "size=30G" in there(lab, 401).record["scsi0"]
    assert writes(lab, lambda: provisioner.configure(vm(disk_gb=20))) == []


def test_a_guest_joins_its_pool_if_it_was_left_out(lab: Lab, provisioner: ProxmoxProvisioner) -> None:
    make(provisioner, container(pool=""))
    with pytest.raises(Forbidden, match="PUT pools"):
        provisioner.configure(container())
    held = set(lab.endpoint.acl.roles["WowAutomation"])
    lab.change("set_role", name="WowAutomation", privileges=sorted(held | {"Pool.Allocate"}))
    provisioner.configure(container())
    assert there(lab, 400).pool == "infrastructure"


def test_what_a_person_added_stays(lab: Lab, provisioner: ProxmoxProvisioner) -> None:
    make(provisioner, container())
    lab.change("set", id=400, key="features", value="fuse=1,nesting=1")
    lab.change("set", id=400, key="onboot", value=1)
    provisioner.configure(container(memory_mb=1024))
    record = there(lab, 400).record
    assert (record["features"], record["onboot"], record["memory"]) == ("fuse=1,nesting=1", 1, 1024)


# ------------------------------------------------------------------------------------------------------ free ids


def test_the_next_id_is_the_lowest_that_neither_side_uses(lab: Lab, provisioner: ProxmoxProvisioner) -> None:
    assert provisioner.next_vmid(frozenset()) == 100
    assert provisioner.next_vmid(frozenset({100, 103})) == 104  # 101 and 102 run there
    lab.change("set_id_range", first=400, end=402)
    assert provisioner.next_vmid(frozenset({400})) == 401
    with pytest.raises(RemoteError, match="next-id"):
        provisioner.next_vmid(frozenset({400, 401}))


def test_an_id_of_a_guest_that_the_token_cannot_see_is_not_given_out(lab: Lab) -> None:
    rows = [{"path": "/", "who": who, "role": "WowAutomation"} for who in ("wow@pve", AUTOMATION)]
    lab.change("set_acl", rows=[*rows, {"path": "/vms/101", "who": "wow@pve", "role": "NoAccess"}])
    with provisioner_at(lab) as made:
        assert made.next_vmid(frozenset({100})) == 103
        with pytest.raises(Forbidden, match="could not be read"):
            made.find(101)


@BOTH
def test_of_two_that_create_the_same_id_at_once_one_gets_the_next(lab: Lab, spec: GuestSpec) -> None:
    together = threading.Barrier(2)

    def create(number: int) -> int:
        taken: set[int] = set()
        with provisioner_at(lab) as made:
            for _ in range(5):
                vmid = made.next_vmid(frozenset(taken))
                if not taken:
                    together.wait(5)
                mac = f"BC:24:11:AA:01:0{number}"
                own = replace(spec, vmid=vmid, name=f"web{number}", nic=replace(spec.nic, mac=mac))
                try:
                    made.wait(made.create(own), 10)
                except Taken:
                    taken.add(vmid)
                    continue
                return vmid
        raise AssertionError("no id in five attempts")

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(create, (1, 2))) == [100, 103]


# ------------------------------------------------------------------------------------------------ looking at guests


def test_a_guest_is_only_gone_if_that_is_certain(lab: Lab, provisioner: ProxmoxProvisioner) -> None:
    assert provisioner.find(999) is None
    lab.change("fault", action="empty", path="^GET /cluster/resources")
    with pytest.raises(Forbidden):
        provisioner.find(TRAEFIK)
    lab.change("clear_faults")
    lab.change("add_node", node="wow-prox2", address="172.16.110.102")
    lab.change("set_quorum", quorate=False)
    with pytest.raises(RemoteError, match="no quorum"):
        provisioner.find(999)


def test_a_guest_on_a_node_that_is_down_is_not_gone(lab: Lab, provisioner: ProxmoxProvisioner) -> None:
    lab.change("add_node", node="wow-prox2", address="172.16.110.102")
    lab.change("move", id=STOPPED_VM, node="wow-prox2")
    lab.change("set_node", node="wow-prox2", online=False)
    with pytest.raises(Unreachable):
        provisioner.find(STOPPED_VM)


def test_nodes_say_how_busy_they_are(lab: Lab, provisioner: ProxmoxProvisioner) -> None:
    lab.change("add_node", node="wow-prox2", address="172.16.110.102")
    lab.change("set_node", node="wow-prox2", online=False)
    first, second = provisioner.nodes()
    assert (first.name, first.online, first.cpu_load) == (NODE, True, 0.0417)
    assert first.free_memory_mb is not None
    assert first.free_memory_mb > 1024
    assert (second.online, second.free_memory_mb) == (False, None)


def test_a_guest_that_says_nothing_is_not_one_without_addresses(lab: Lab, provisioner: ProxmoxProvisioner) -> None:
    mac = "BC:24:11:02:11:01"
    assert provisioner.addresses(DNS2, mac) == {"172.16.110.211"}
    assert provisioner.addresses(DNS2, MAC) is None
    lab.change("set_agent", id=DNS2, alive=False)
    assert provisioner.addresses(DNS2, mac) is None
    assert provisioner.addresses(STOPPED_VM, "BC:24:11:03:51:01") is None


def test_whether_cloud_init_is_done_is_read_from_the_guest(lab: Lab, provisioner: ProxmoxProvisioner) -> None:
    assert provisioner.cloud_init_done(DNS2) is True
    lab.change("set_cloud_init", id=DNS2, done=False)
    assert provisioner.cloud_init_done(DNS2) is False
    lab.change("set_agent", id=DNS2, alive=False)
    assert provisioner.cloud_init_done(DNS2) is None
    assert provisioner.cloud_init_done(TRAEFIK) is None
    with provisioner_at(lab, token=Lab.token_id) as reader:
        lab.change("set_agent", id=DNS2, alive=True)
        assert reader.cloud_init_done(DNS2) is None


# ------------------------------------------------------------------------------------------------ tasks and locks


def test_a_task_that_fails_says_its_own_words(lab: Lab, provisioner: ProxmoxProvisioner) -> None:
    task = provisioner.create(container(source="TSVMDS01:vztmpl/missing.tar.zst"))
    with pytest.raises(RemoteError, match=r"vzcreate 400 on wow-prox1 failed: .*does not exist .*creating CT 400"):
        provisioner.wait(task, 10)
    assert provisioner.find(400) is None


def test_a_task_with_warnings_ends_well_and_they_are_logged(
    lab: Lab, provisioner: ProxmoxProvisioner, caplog: pytest.LogCaptureFixture
) -> None:
    lab.change("set_outcome", type="vzcreate", exitstatus="WARNINGS: 1")
    make(provisioner, container())
    assert "task vzcreate 400 on wow-prox1 ended with warnings" in caplog.text


def test_a_task_that_takes_too_long_is_told_of_and_not_repeated(
    provisioner: ProxmoxProvisioner, slowly: Callable[[float], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nautobot_wow.systems.proxmox.provision.tasks.TELL_EVERY_S", 0.1)
    slowly(1.5)
    said: list[str] = []
    task = provisioner.create(container())
    began = time.monotonic()
    with pytest.raises(TooSlow, match="it may end well"):
        provisioner.wait(task, 0.6, said.append)
    assert time.monotonic() - began < 1.5
    assert said
    assert said[0].startswith("task vzcreate 400 on wow-prox1 runs for")
    provisioner.wait(task, 10)


def test_a_node_that_is_silent_for_a_moment_does_not_fail_a_task(lab: Lab, provisioner: ProxmoxProvisioner) -> None:
    task = provisioner.create(container())
    lab.change("fault", action="status", path="/tasks/.*/status", status=595, reason="No route", times=4)
    provisioner.wait(task, 10)


@pytest.mark.parametrize("task", ["", "UPID:x", "UPID:a/../b:00001001:01001001:6925AAAA:vzcreate:400:wow@pve:"])
def test_what_is_no_task_is_not_asked_for(provisioner: ProxmoxProvisioner, task: str) -> None:
    with pytest.raises(RemoteError, match="is not the name of a task"):
        provisioner.wait(task, 1)


@BOTH
def test_a_lock_that_goes_away_is_waited_for(lab: Lab, provisioner: ProxmoxProvisioner, spec: GuestSpec) -> None:
    provisioner.wait(provisioner.create(spec), 10)
    lab.change("set", id=spec.vmid, key="lock", value="backup")
    timer = threading.Timer(0.4, lambda: lab.change("set", id=spec.vmid, key="lock", value=None))
    timer.start()
    provisioner.configure(spec)
    timer.join()
    provisioner.start(spec.vmid)


@BOTH
def test_a_lock_that_stays_is_an_error_in_time(lab: Lab, spec: GuestSpec) -> None:
    with provisioner_at(lab, patience_s=0.3) as made:
        made.wait(made.create(spec), 10)
        found = made.find(spec.vmid)
        assert found is not None
        lab.change("set", id=spec.vmid, key="lock", value="backup")
        acts: list[Callable[[], object]] = [
            lambda: made.configure(spec),
            lambda: made.rename(spec.vmid, "other"),
            lambda: made.start(spec.vmid),
            lambda: made.destroy(found),
            lambda: made.wait_unlocked(spec.vmid, 0.3),
        ]
        for act in acts:
            with pytest.raises(Locked, match=r"locked \(backup\)"):
                act()
    assert there(lab, spec.vmid).name == "web1"


# ----------------------------------------------------------------------------------------------- power and removal


@BOTH
def test_a_guest_is_stopped_and_destroyed_and_both_may_be_repeated(
    lab: Lab, provisioner: ProxmoxProvisioner, spec: GuestSpec
) -> None:
    make(provisioner, spec)
    found = provisioner.find(spec.vmid)
    assert found is not None
    with pytest.raises(RemoteError, match="is running"):
        provisioner.destroy(found, REQUEST)
    for _ in range(2):
        provisioner.stop(spec.vmid, 10)
        assert not there(lab, spec.vmid).running
    for _ in range(2):
        provisioner.destroy(found, REQUEST)
        assert provisioner.find(spec.vmid) is None
    provisioner.stop(spec.vmid, 10)


@BOTH
@pytest.mark.parametrize(
    ("meant", "request_id", "sentence"),
    [
        ({"name": "web2"}, "", "its name is web1, not web2"),
        ({"type": None}, "", "its type is"),
        ({}, OTHER_REQUEST, "its request is"),
        ({"name": "web2"}, OTHER_REQUEST, "its name is web1, not web2, its request is"),
    ],
)
def test_another_guest_than_the_one_meant_is_not_destroyed(
    lab: Lab, provisioner: ProxmoxProvisioner, spec: GuestSpec, meant: dict[str, Any], request_id: str, sentence: str
) -> None:
    make(provisioner, replace(spec, start=False))
    found = provisioner.find(spec.vmid)
    assert found is not None
    if "type" in meant:
        meant = {"type": GuestType.LXC if spec.type is GuestType.VM else GuestType.VM}
    with pytest.raises(Mismatch, match=sentence):
        provisioner.destroy(replace(found, **meant), request_id)
    assert spec.vmid in lab.world.guests


def test_an_id_that_was_given_to_another_guest_meanwhile_is_spared(lab: Lab, provisioner: ProxmoxProvisioner) -> None:
    make(provisioner, vm(start=False))
    found = provisioner.find(401)
    assert found is not None
    lab.change("reuse", id=401, spec={"name": "web1", "node": NODE})
    with pytest.raises(Mismatch, match="its request is none"):
        provisioner.destroy(found, REQUEST)


def test_a_template_is_never_destroyed(provisioner: ProxmoxProvisioner) -> None:
    found = provisioner.find(9024)
    assert found is not None
    assert found.template
    with pytest.raises(Mismatch, match="it is a template"):
        provisioner.destroy(found)


def test_power_that_somebody_else_switched_in_between_is_as_good(lab: Lab, provisioner: ProxmoxProvisioner) -> None:
    make(provisioner, container(start=False))
    lab.change("fault", action="status", path="^POST .*/status/start", reason="CT 400 already running", times=1)
    with pytest.raises(RemoteError):
        provisioner.start(400)
    lab.change("start", id=400)
    assert writes(lab, lambda: provisioner.start(400)) == []


def test_there_is_nothing_to_do_to_a_guest_that_is_not_there(provisioner: ProxmoxProvisioner) -> None:
    for act in (
        lambda: provisioner.start(999),
        lambda: provisioner.rename(999, "x"),
        lambda: provisioner.configure(container(vmid=999)),
        lambda: provisioner.snapshots(999),
        lambda: provisioner.addresses(999, MAC),
        lambda: provisioner.create(vm(source="999")),
    ):
        with pytest.raises(NotFound, match="no guest 999"):
            act()


# ------------------------------------------------------------------------------------------------------- snapshots


def test_snapshots_of_ours_go_by_policy_and_others_are_never_touched(lab: Lab, provisioner: ProxmoxProvisioner) -> None:
    for name in ("default-1764000000", "standard-1763000000"):
        provisioner.snapshot(STOPPED_VM, name)
        assert writes(lab, lambda name=name: provisioner.snapshot(STOPPED_VM, name)) == []
    lab.call(lambda: there(lab, STOPPED_VM).snapshots.extend(
        {"name": name, "config": {}, "description": "", "snaptime": 1} for name in ("before-1764000000", "mine")
    ))  # fmt: skip
    assert provisioner.snapshots(STOPPED_VM) == ("standard-1763000000", "default-1764000000")
    for name in ("before-1764000000", "mine", "current", "default-17/../x"):
        with pytest.raises(Mismatch, match="no snapshot of ours"):
            provisioner.delete_snapshot(STOPPED_VM, name)
        with pytest.raises(Mismatch, match="no snapshot of ours"):
            provisioner.snapshot(STOPPED_VM, name)
    for _ in range(2):
        provisioner.delete_snapshot(STOPPED_VM, "standard-1763000000")
    left = [item["name"] for item in there(lab, STOPPED_VM).snapshots]
    assert left == ["default-1764000000", "before-1764000000", "mine"]


# -------------------------------------------------------------------------------------------------- changing a guest


@BOTH
def test_a_guest_is_moved_to_another_network_and_answers_there(
    lab: Lab, provisioner: ProxmoxProvisioner, spec: GuestSpec
) -> None:
    make(provisioner, spec)
    card = nic(vlan_tag=120, address4="172.16.120.40/24", gateway4="172.16.120.1")
    provisioner.move_nic(spec.vmid, card, MAC)
    assert provisioner.addresses(spec.vmid, MAC) == {"172.16.120.40"}
    assert [item.vlan for item in there(lab, spec.vmid).nics] == [120]
    assert writes(lab, lambda: provisioner.move_nic(spec.vmid, card, MAC)) == []


def test_a_move_that_was_killed_before_the_restart_is_ended_by_the_next(
    lab: Lab, provisioner: ProxmoxProvisioner
) -> None:
    make(provisioner, vm())
    card = nic(address4="172.16.100.41/24")
    lab.change("fault", action="status", path="^POST .*/status/reboot", reason="killed", times=1)
    with pytest.raises(RemoteError):
        provisioner.move_nic(401, card, MAC)
    assert provisioner.addresses(401, MAC) == {"172.16.100.40"}
    provisioner.move_nic(401, card, MAC)
    assert provisioner.addresses(401, MAC) == {"172.16.100.41"}


@BOTH
def test_a_card_that_is_not_the_expected_one_is_not_moved(
    lab: Lab, provisioner: ProxmoxProvisioner, spec: GuestSpec
) -> None:
    make(provisioner, spec)
    card = nic(mac="BC:24:11:AA:00:02", address4="172.16.100.41/24")
    with pytest.raises(Mismatch, match=f"has the MAC address {MAC}"):
        provisioner.move_nic(spec.vmid, card, "BC:24:11:AA:00:09")
    assert provisioner.addresses(spec.vmid, MAC) == {"172.16.100.40"}


@BOTH
def test_name_tags_and_notes_are_set(lab: Lab, provisioner: ProxmoxProvisioner, spec: GuestSpec) -> None:
    make(provisioner, spec)
    provisioner.rename(spec.vmid, "web9")
    provisioner.set_tags(spec.vmid, ("new",))
    provisioner.set_notes(spec.vmid, "Umlauts: äöü\nand lines")
    guest = there(lab, spec.vmid)
    assert (guest.name, guest.record["tags"]) == ("web9", "new")
    assert guest.record["description"] == f"Umlauts: äöü\nand lines\n\nwow-request: {REQUEST}\n"
    provisioner.set_tags(spec.vmid, ())
    assert "tags" not in there(lab, spec.vmid).record


def test_a_change_by_somebody_else_in_between_is_not_overwritten_blindly(
    lab: Lab, provisioner: ProxmoxProvisioner
) -> None:
    lab.change("fault", action="status", path="^PUT .*/config", reason="checksum mismatch (file change)", times=1)
    provisioner.rename(STOPPED_VM, "renamed")
    assert there(lab, STOPPED_VM).name == "renamed"


# -------------------------------------------------------------------------------------------------- rights, secrets


@pytest.mark.parametrize("privilege", ["VM.Allocate", "VM.Config.Network", "SDN.Use", "Datastore.AllocateSpace"])
def test_a_token_without_a_right_is_told_which(lab: Lab, privilege: str) -> None:
    held = set(lab.endpoint.acl.roles["WowAutomation"]) - {privilege}
    lab.change("set_role", name="WowAutomation", privileges=sorted(held))
    sentence = r"POST nodes/wow-prox1/lxc is not allowed .*grant a role with the right"
    with provisioner_at(lab) as made, pytest.raises(Forbidden, match=sentence):
        made.create(container())
    assert 400 not in lab.world.guests


def test_nothing_that_is_sent_is_in_a_log_or_an_error(lab: Lab, caplog: pytest.LogCaptureFixture) -> None:
    with provisioner_at(lab) as made, caplog.at_level(logging.DEBUG):
        for name in ("proxmoxer.core", "proxmoxer.backends.https", "urllib3.connectionpool"):
            caplog.set_level(logging.DEBUG, logger=name)
        make(made, container())
        lab.change("fault", action="drop", path="^PUT ")
        with pytest.raises(SourceError) as caught:
            made.set_notes(400, "a word that is nobody's business")
    said = caplog.text + repr(caught.value) + repr(caught.value.__cause__)
    for word in (lab.secret_of(AUTOMATION), KEYS[0], "nobody's business", "A web server"):
        assert word not in said
    request = getattr(caught.value.__cause__, "request", None)
    assert request is None
