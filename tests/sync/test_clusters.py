"""Clusters over real sockets: several nodes, software defined networks, and several clusters side by side."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from nautobot.dcim.models import Device, Interface, InventoryItem, Location
from nautobot.extras.models import ExternalIntegration, Note, Secret, SecretsGroup, SecretsGroupAssociation
from nautobot.ipam.models import VLAN, Prefix
from nautobot.virtualization.models import Cluster, VirtualMachine

from nautobot_wow.models import Claim, Conflict, System
from nautobot_wow.reconcile.changelog import ChangeLog
from nautobot_wow.reconcile.run import Run
from nautobot_wow.systems.credentials import connection_of
from tests.reconcile.site import rows_written

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def labs() -> Iterator[tuple[Any, Any]]:
    """Two endpoints of the same estate: equal names, VMIDs, UUIDs and MAC addresses."""
    from development.lab.client import Lab
    from development.lab.estate import CLUSTER_FILE

    with Lab(estate=CLUSTER_FILE) as one, Lab(estate=CLUSTER_FILE) as two:
        yield one, two


class Side:
    """One cluster with its System, and runs of it."""

    def __init__(self, name: str, lab: Any, estate: Any, folder: Path) -> None:
        self.lab, self.user = lab, estate.user
        lab.change("reset")
        group = SecretsGroup.objects.create(name=name)
        for kind, text in (("username", lab.token_id), ("token", lab.secret)):
            file = folder / f"{name}_{kind}"
            file.write_text(str(text))
            secret = Secret.objects.create(name=f"{name} {kind}", provider="text-file", parameters={"path": str(file)})
            SecretsGroupAssociation.objects.create(
                secrets_group=group, secret=secret, access_type="HTTP(S)", secret_type=kind
            )
        integration = ExternalIntegration.objects.create(
            name=name, remote_url=lab.url, secrets_group=group, ca_file_path=str(lab.ca_file), timeout=10
        )
        self.system = System.objects.create(
            name=name,
            kind="proxmox",
            location=Location.objects.get(name="WOW-DC"),
            external_integration=integration,
            guards={"delete_share": 1, "delete_count": 100, "update_share": 1, "small": 100},
        )

    def plan(self, *only: str) -> Run:
        system = System.objects.get(pk=self.system.pk)
        kind = system.system_kind
        snapshot = kind.read(connection_of(system), kind.options(**system.options), frozenset(only))
        run = Run(system, snapshot, only=frozenset(only))
        run.decide()
        return run

    def sync(self, *only: str) -> Run:
        run = self.plan(*only)
        run.guard()
        if any(change.writes for change in run.changes):
            run.source.sync_to(run.target, diff=run.source.diff_to(run.target))
        run.refused = {item.key: item.reason for item in run.refusals(self._apply(run))}  # type: ignore[attr-defined]
        return run

    def _apply(self, run: Run) -> Any:
        return run.apply(ChangeLog.from_user(self.user), user=self.user)

    def guest(self, key: str) -> VirtualMachine:
        claim = Claim.objects.get(system=self.system, kind="guest", external_id=key)
        return VirtualMachine.objects.get(pk=claim.object_id)


@pytest.fixture
def east(labs: tuple[Any, Any], estate: Any, tmp_path: Path) -> Side:
    for network in ("10.20.20.0/24", "10.20.99.0/24"):
        Prefix(prefix=network, namespace=estate.system.namespace, status=VLAN.objects.first().status).validated_save()
    return Side("east", labs[0], estate, tmp_path)


@pytest.fixture
def west(labs: tuple[Any, Any], estate: Any, tmp_path: Path) -> Side:
    return Side("west", labs[1], estate, tmp_path)


# --------------------------------------------------------------------------------------------------------- one cluster


def test_a_cluster_with_its_networks_hardware_and_guests_is_there_and_valid(east: Side) -> None:
    run = east.sync()
    assert run.refused == {}
    assert Cluster.objects.get().name == "lab"
    assert sorted(Device.objects.values_list("name", flat=True)) == ["pve1", "pve2", "pve3"]
    lan = Prefix.objects.get(network="10.20.10.0")
    assert (lan.vlan.vid, lan.vlan.name) == (10, "lan")
    assert Prefix.objects.get(network="10.99.0.0").vlan is None
    ports = {port.name: port for port in Interface.objects.filter(device__name="pve1")}
    assert ports["eno1"].lag == ports["eno2"].lag == ports["bond0"]
    assert (ports["bond0"].bridge, ports["vmbr0"].mode) == (ports["vmbr0"], "tagged-all")
    assert ports["vmbr0.99"].parent_interface == ports["vmbr0"]
    assert InventoryItem.objects.get(serial="S676NX0T100001").device.name == "pve1"
    assert east.guest("qemu/100").interfaces.get().untagged_vlan.name == "dmz"
    for model in (VLAN, Prefix, Device, Interface, InventoryItem, VirtualMachine):
        for row in model.objects.all():
            row.full_clean()
    with rows_written() as written:
        assert east.sync().changes == []
    assert written == {}


def test_a_guest_that_moves_to_another_node_is_the_same_object(east: Side) -> None:
    east.sync()
    before = east.guest("qemu/100")
    Note.objects.create(assigned_object=before, user=east.user, note="Ask Ann")
    east.lab.change("move", id=100, node="pve3")
    run = east.sync()
    assert [(change.key, change.action.value) for change in run.changes] == [("qemu/100", "update")]
    after = east.guest("qemu/100")
    assert (after.pk, after.cf["proxmox_node"]) == (before.pk, "pve3")
    assert Note.objects.filter(assigned_object_id=after.pk).exists()


def test_a_cluster_without_quorum_loses_nothing(east: Side) -> None:
    east.sync()
    System.objects.update(grace_runs=1)
    east.lab.change("set_quorum", quorate=False)
    east.lab.change("destroy", id=100)
    run = east.sync()
    assert not [change for change in run.changes if change.action.value in ("missing", "retire", "delete")]


@pytest.mark.parametrize("fault", ["offline", "error"])
def test_a_node_that_does_not_answer_costs_no_guest_anywhere(east: Side, fault: str) -> None:
    east.sync()
    System.objects.update(grace_runs=1)
    if fault == "offline":
        east.lab.change("set_node", node="pve2", online=False)
    else:
        east.lab.change("fault", action="status", path="/nodes/pve2/network")
    east.lab.change("destroy", id=100)
    run = east.sync()
    assert not [change for change in run.changes if change.action.value in ("missing", "retire", "delete")]
    east.lab.change("clear_faults")


def test_a_node_joins(east: Side) -> None:
    east.sync()
    east.lab.change("add_node", node="pve4", address="10.20.99.14")
    run = east.sync()
    assert ("node/pve4", "create") in [(change.key, change.action.value) for change in run.changes]
    assert Device.objects.get(name="pve4").clusters.get() == Cluster.objects.get()


def test_mixed_releases_say_their_own_version(east: Side) -> None:
    east.lab.change("set_version", node="pve2", version="8.4.1")
    east.sync()
    versions = dict(Device.objects.values_list("name", "software_version__version"))
    assert versions["pve2"] == "8.4.1"
    assert versions["pve1"] == "9.1.3"


def test_a_vlan_of_the_sdn_that_is_gone_is_deprecated_and_its_guests_keep_what_they_are_on(east: Side) -> None:
    east.sync()
    System.objects.update(grace_runs=1)
    east.lab.change("remove_sdn", section="subnets", id="dmz 10.20.30.0/24")
    east.lab.change("apply_sdn")
    east.sync()
    assert Prefix.objects.get(network="10.20.30.0").status.name == "Deprecated"
    assert str(east.guest("qemu/100").primary_ip4) == "10.20.30.10/24"


# -------------------------------------------------------------------------------------------------------- one guest


def test_the_sync_of_one_guest_touches_one_guest_and_asks_for_no_other(east: Side) -> None:
    east.sync()
    for guest_id in (100, 101):
        east.lab.change("rename", id=guest_id, name=f"renamed{guest_id}")
    east.lab.endpoint.asked.clear()
    run = east.sync("qemu/100")
    assert [change.key for change in run.changes] == ["qemu/100"]
    assert (east.guest("qemu/100").name, east.guest("lxc/101").name) == ("renamed100", "db")
    assert not [path for path in east.lab.endpoint.asked if "/lxc/101/" in path or "/qemu/102/" in path]


def test_the_sync_of_one_guest_sees_that_it_is_gone(east: Side) -> None:
    east.sync()
    east.lab.change("destroy", id=101)
    east.lab.change("destroy", id=103)
    run = east.sync("lxc/101")
    gone = {change.key for change in run.changes if change.action.value == "missing" and change.kind.value == "guest"}
    assert gone == {"lxc/101"}


def test_the_sync_of_one_node_touches_its_ports_parts_and_guests(east: Side) -> None:
    east.sync()
    east.lab.change("set_port", node="pve1", name="vmbr9", port={"kind": "bridge", "bridge_ports": ""})
    east.lab.change("set_port", node="pve2", name="vmbr9", port={"kind": "bridge", "bridge_ports": ""})
    east.lab.change("rename", id=101, name="elsewhere")
    run = east.sync("node/pve1")
    assert {change.key for change in run.changes} == {"node/pve1/vmbr9"}


# ------------------------------------------------------------------------------------------------------- two clusters


def test_two_clusters_of_equals_are_kept_apart_over_runs(east: Side, west: Side) -> None:
    for _ in range(2):
        east.sync()
        west.sync()
    assert VirtualMachine.objects.count() == 10
    assert sorted(Cluster.objects.values_list("name", flat=True)) == ["lab", "lab (west)"]
    assert Device.objects.count() == 6
    ours = set(Claim.objects.filter(system=east.system, kind="guest").values_list("object_id", flat=True))
    theirs = set(Claim.objects.filter(system=west.system, kind="guest").values_list("object_id", flat=True))
    assert ours.isdisjoint(theirs)
    assert Conflict.objects.filter(state="open", kind="twin").exists()
    with rows_written() as written:
        assert east.sync().changes == []
        assert west.sync().changes == []
    assert written == {}


def test_a_guest_that_moves_to_another_cluster_keeps_its_record(east: Side, west: Side) -> None:
    for guest_id in (100, 101, 102, 103, 104):
        west.lab.change("destroy", id=guest_id)
    east.sync()
    west.sync()
    before = east.guest("qemu/100")
    Note.objects.create(assigned_object=before, user=east.user, note="Ask Ann")
    uuid = east.lab.endpoint.world.guests[100].record["smbios1"]
    east.lab.change("destroy", id=100)
    spec = {
        "id": 500,
        "kind": "vm",
        "name": "web",
        "node": "pve1",
        "mac": "BC:24:11:20:01:00",
        "bridge": "dmz",
        "address": "10.20.30.10/24",
    }
    west.lab.change("create", spec=spec)
    west.lab.change("set", id=500, key="smbios1", value=uuid)
    east.sync()
    west.sync()
    east.sync()
    after = west.guest("qemu/500")
    assert after.pk == before.pk
    assert (after.cluster.name, after.cf["proxmox_vmid"]) == ("lab (west)", 500)
    assert str(after.primary_ip4) == "10.20.30.10/24"
    assert Note.objects.filter(assigned_object_id=after.pk).exists()
    assert not Claim.objects.filter(system=east.system, external_id="qemu/100").exists()
