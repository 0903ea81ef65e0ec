"""Several Systems: twins stay apart, what moves stays one, the more believed one writes, a claim ends without loss."""

from __future__ import annotations

from typing import Any

import pytest
from nautobot.dcim.models import Device
from nautobot.extras.models import Note, ObjectChange
from nautobot.ipam.models import IPAddress
from nautobot.virtualization.models import Cluster, VirtualMachine, VMInterface

from nautobot_wow.models import Claim, Conflict, System
from nautobot_wow.records import GuestType, Power
from tests.reconcile.estate import card, change, cluster, full, guest, node, platform, port, without
from tests.reconcile.site import Site, claim, conflicts, holders, ip, names, rows_written, vm

pytestmark = pytest.mark.django_db

WEB = "172.16.100.10"
UUID = frozenset({"uuid:0c1e", "mac:BC:24:11:00:D2:00"})


@pytest.fixture
def other(site: Site) -> System:
    """A second System of the same kind, added later."""
    return site.system("pve2")


def estate(name: str = "wow-prox2") -> list[Any]:
    """The cluster, node and bridge of the second System."""
    return [cluster(name), node(name), port(on=name)]


def web(vmid: int = 210, **more: Any) -> list[Any]:
    """A virtual machine with a UUID, one card and one address."""
    return full(vmid, "web", WEB, type=GuestType.VM, **({"fingerprint": UUID} | more))


# -------------------------------------------------------------------------------------------------------------- twins


def test_two_clusters_with_equal_names_ids_and_macs_are_four_guests_stable_over_runs(
    site: Site, pve: System, other: System
) -> None:
    one = full(210, "web", WEB) + full(220, "db", "172.16.100.20")
    two = full(210, "web", "172.16.110.10") + full(220, "db", "172.16.110.20")
    for _ in range(2):
        site.sync(pve, platform(), one)
        site.sync(other, platform(), two)
    assert names() == ["db", "db", "web", "web"]
    assert sorted(Cluster.objects.values_list("name", flat=True)) == ["wow-prox1", "wow-prox1 (pve2)"]
    assert sorted(Device.objects.values_list("name", flat=True)) == ["wow-prox1", "wow-prox1 (pve2)"]
    assert conflicts() == ["name-clash", "name-clash", "twin", "twin"]
    with rows_written() as written:
        assert site.sync(pve, platform(), one).done == {}
        assert site.sync(other, platform(), two).done == {}
    assert written == {}
    for row in (*Device.objects.all(), *Cluster.objects.all(), *VirtualMachine.objects.all()):
        row.full_clean()


def test_a_clone_with_the_same_uuid_and_mac_is_two_guests_and_one_conflict(site: Site, pve: System) -> None:
    clone = full(299, "web-clone", "172.16.100.29", type=GuestType.VM, fingerprint=UUID)
    world = web() + clone
    site.sync(pve, platform(), world)
    assert names() == ["web", "web-clone"]
    assert conflicts() == ["twin"]
    assert Conflict.objects.get().title.startswith("web (qemu/210) and web-clone (qemu/299) have the same")
    assert site.sync(pve, platform(), world).done == {}
    site.sync(pve, platform(), without(world, "qemu/299") + full(299, "web-clone", "172.16.100.29", type=GuestType.VM))
    assert conflicts() == []


def test_a_copied_cluster_is_one_conflict_and_not_one_for_each_guest(site: Site, pve: System, other: System) -> None:
    one = [record for number in range(8) for record in full(210 + number, f"web{number}", f"172.16.100.{10 + number}")]
    two = [record for number in range(8) for record in full(210 + number, f"web{number}", f"172.16.110.{10 + number}")]
    site.sync(pve, platform(), one)
    site.sync(other, estate(), two)
    assert VirtualMachine.objects.count() == 16
    assert conflicts() == ["twin"]
    assert Conflict.objects.get().title == "8 guests of pve2 look like guests of pve"


def test_a_cluster_that_people_chose_for_the_system_is_shared(site: Site, pve: System) -> None:
    site.sync(pve, platform(), full(210, "web", WEB))
    second = site.system("pve2", cluster=Cluster.objects.get())
    site.sync(second, estate("wow-prox1")[:1], full(310, "app", "172.16.100.31"))
    assert Cluster.objects.count() == 1
    assert names() == ["app", "web"]


# -------------------------------------------------------------------------------------------------------------- moves


def assert_it_is_the_guest_that_moved(pk: Any, key: str) -> None:
    moved = VirtualMachine.objects.get(pk=pk)
    assert (moved.name, moved.cluster.name, moved.status.name) == ("web", "wow-prox2", "Active")
    assert moved.comments == "Ask Ann before a restart"
    assert Note.objects.filter(assigned_object_id=pk).exists()
    assert (str(moved.primary_ip4), holders(WEB)) == (f"{WEB}/24", {"web"})
    assert names() == ["web"]
    assert VMInterface.objects.count() == IPAddress.objects.count() == 1
    assert set(Claim.objects.filter(object_id=pk).values_list("system__name", "external_id")) == {("pve2", key)}
    moved.full_clean()


def annotated(site: Site) -> Any:
    """The guest's key, after a person wrote something into it and about it."""
    row = vm("web")
    VirtualMachine.objects.filter(pk=row.pk).update(comments="Ask Ann before a restart")
    Note.objects.create(assigned_object=row, user=site.user, note="Runs payroll")
    return row.pk


def test_a_guest_that_moved_to_another_cluster_keeps_its_record_and_notes_if_the_old_one_is_read_first(
    site: Site, pve: System, other: System
) -> None:
    site.sync(pve, platform(), web())
    site.sync(other, estate())
    pk = annotated(site)
    site.sync(pve, platform())
    out = site.sync(other, estate(), web(310))
    assert out.done["qemu/310"] == "adopt"
    gone = site.sync(pve, platform())
    assert gone.done["qemu/210"] == "release"
    assert_it_is_the_guest_that_moved(pk, "qemu/310")
    assert Conflict.objects.filter(state="open").count() == 0
    with rows_written() as written:
        assert site.sync(pve, platform()).done == {}
        assert site.sync(other, estate(), web(310)).done == {}
    assert written == {}


def test_a_guest_that_moved_keeps_its_record_also_if_the_new_cluster_is_read_first(
    site: Site, pve: System, other: System
) -> None:
    site.sync(pve, platform(), web())
    pk = annotated(site)
    site.sync(other, estate(), web(310))
    assert names() == ["web", "web"]
    assert conflicts() == ["address-in-use", "twin"]
    site.sync(pve, platform())
    out = site.sync(other, estate(), web(310))
    assert out.done["qemu/310"] == "adopt"
    assert [row for row in out.done.values() if row == "delete"] == ["delete"]
    site.sync(pve, platform())
    site.sync(other, estate(), web(310))
    assert_it_is_the_guest_that_moved(pk, "qemu/310")
    assert conflicts() == []
    with rows_written() as written:
        assert site.sync(pve, platform()).done == {}
        assert site.sync(other, estate(), web(310)).done == {}
    assert written == {}


def test_a_guest_that_was_retired_meanwhile_comes_back_to_life_where_it_moved(
    site: Site, pve: System, other: System
) -> None:
    site.sync(pve, platform(), web())
    pk = annotated(site)
    site.sync(pve, platform())
    site.sync(pve, platform())
    assert names() == ["web (gone 210)"]
    assert ip(WEB).status.name == "Deprecated"
    site.sync(other, estate(), web(310))
    site.sync(pve, platform())
    assert_it_is_the_guest_that_moved(pk, "qemu/310")
    assert ip(WEB).status.name == "Active"


def test_a_container_that_moved_is_known_by_its_macs_and_name(site: Site, pve: System, other: System) -> None:
    site.sync(pve, platform(), full(210, "web", WEB))
    pk = vm("web").pk
    site.sync(pve, platform())
    site.sync(other, estate(), change(full(210, "web", WEB), "lxc/210", power=Power.OFF))
    assert vm("web").pk == pk
    assert vm("web").status.name == "Offline"


@pytest.mark.parametrize("more", [{"fingerprint": frozenset({"uuid:beef", "mac:BC:24:11:00:D2:00"})}, {"name": "app"}])
def test_a_guest_that_is_only_alike_is_a_new_one(site: Site, pve: System, other: System, more: dict[str, Any]) -> None:
    type_ = GuestType.VM if "fingerprint" in more else GuestType.LXC
    first = web() if type_ is GuestType.VM else full(210, "web", WEB)
    site.sync(pve, platform(), first)
    pk = vm("web").pk
    site.sync(pve, platform())
    key = "qemu/210" if type_ is GuestType.VM else "lxc/210"
    site.sync(other, estate(), change(first, key, **more))
    assert VirtualMachine.objects.count() == 2
    assert claim(key, "pve").object_id == pk != claim(key, "pve2").object_id


def test_what_a_person_wrote_about_the_second_record_is_not_thrown_away(site: Site, pve: System, other: System) -> None:
    site.sync(pve, platform(), web())
    site.sync(other, estate(), web(310))
    second = VirtualMachine.objects.get(cluster__name="wow-prox2")
    Note.objects.create(assigned_object=second, user=site.user, note="The one that counts")
    site.sync(pve, platform())
    out = site.sync(other, estate(), web(310))
    assert "delete" not in out.done.values()
    assert VirtualMachine.objects.filter(pk=second.pk).exists()


def test_a_guest_of_a_system_that_was_disabled_may_be_taken_over(site: Site, pve: System, other: System) -> None:
    site.sync(pve, platform(), web())
    pk = vm("web").pk
    System.objects.filter(pk=pve.pk).update(enabled=False)
    site.sync(other, estate(), web(310))
    assert vm("web").pk == pk


# --------------------------------------------------------------------------------------------------- one object, many


@pytest.fixture
def notes(site: Site, pve: System) -> System:
    """A System of another kind that is believed less, and knows the guest under its VMID."""
    site.sync(pve, platform(), full(210, "web", WEB))
    return site.system("notes", precedence=10, cluster=Cluster.objects.get(), kind="paper")


def written_down(**more: Any) -> list[Any]:
    return [cluster(), guest(210, "web", **({"node": None, "fingerprint": frozenset()} | more))]


def test_the_system_that_is_believed_more_writes_and_the_other_is_a_conflict(
    site: Site, pve: System, notes: System
) -> None:
    site.sync(notes, written_down(memory_mb=9999))
    assert vm("web").memory == 2048
    assert conflicts() == ["disagreement"]
    evidence = Conflict.objects.get(kind="disagreement").evidence
    assert {(row["source"], row["says"]) for row in evidence} == {("notes", "9999"), ("pve", "2048")}
    site.sync(notes, written_down())
    assert conflicts() == []


def test_precedence_can_be_changed_and_the_other_value_is_written(site: Site, pve: System, notes: System) -> None:
    site.sync(notes, written_down(memory_mb=9999))
    System.objects.filter(pk=notes.pk).update(precedence=200)
    site.sync(notes, written_down(memory_mb=9999))
    assert vm("web").memory == 9999
    site.sync(pve, platform(), full(210, "web", WEB))
    assert vm("web").memory == 9999
    assert conflicts() == ["disagreement", "disagreement"]


def test_a_system_that_no_longer_sees_an_object_does_not_speak_for_it(site: Site, pve: System, notes: System) -> None:
    site.sync(notes, written_down(memory_mb=9999))
    assert "disagreement" in conflicts()
    site.sync(pve, platform())  # the hypervisor has lost it: within the grace
    site.sync(notes, written_down(memory_mb=9999))
    assert vm("web").memory == 9999
    assert "disagreement" not in conflicts()


def test_an_object_that_only_a_less_believed_system_has_left_is_a_conflict_and_stays(
    site: Site, pve: System, notes: System
) -> None:
    site.sync(notes, written_down())
    site.sync(pve, platform())
    site.sync(pve, platform())
    assert vm("web").status.name == "Active"
    assert "gone-at-source" in conflicts()
    assert claim("lxc/210", "pve").missed_runs >= 1


def test_a_claim_ends_without_deletion_and_ownership_goes_on(site: Site, pve: System) -> None:
    site.sync(pve, platform(), full(210, "web", WEB))
    heir = site.system("heir", cluster=Cluster.objects.get(), kind="paper", precedence=100, grace_runs=1)
    site.sync(heir, [cluster()], full(210, "web", WEB))
    assert not claim("lxc/210", "heir").created_object
    site.sync(pve, platform())
    out = site.sync(pve, platform())
    assert out.done["lxc/210"] == "release"
    assert vm("web").status.name == "Active"
    assert claim("lxc/210", "heir").created_object
    site.sync(heir, [cluster()])
    assert names() == ["web (gone 210)"]


def test_every_change_of_a_move_is_in_the_change_log(site: Site, pve: System, other: System) -> None:
    site.sync(pve, platform(), web())
    pk = vm("web").pk
    site.sync(pve, platform())
    before = ObjectChange.objects.filter(changed_object_id=pk).count()
    site.sync(other, estate(), web(310))
    entry = ObjectChange.objects.filter(changed_object_id=pk).order_by("-time").first()
    assert ObjectChange.objects.filter(changed_object_id=pk).count() == before + 1
    assert entry.object_data_v2["cluster"]["name"] == "wow-prox2"
    assert entry.object_data_v2["custom_fields"]["proxmox_vmid"] == 310


def test_a_guest_that_comes_back_to_its_old_cluster_is_still_the_same(site: Site, pve: System, other: System) -> None:
    site.sync(pve, platform(), web())
    pk = vm("web").pk
    for here, there, ours, theirs, vmid in (
        (other, pve, estate(), platform(), 310),
        (pve, other, platform(), estate(), 410),
    ):
        site.sync(there, theirs)
        site.sync(here, ours, web(vmid))
        site.sync(there, theirs)
    assert vm("web").pk == pk
    assert vm("web").cluster.name == "wow-prox1"
    assert names() == ["web"]


def test_cards_of_a_guest_follow_it(site: Site, pve: System, other: System) -> None:
    two = [*web(), card("qemu/210", 1)]
    site.sync(pve, platform(), two)
    before = set(VMInterface.objects.values_list("pk", flat=True))
    site.sync(pve, platform())
    site.sync(other, estate(), [*web(310, fingerprint=UUID), card("qemu/310", 1)])
    assert set(VMInterface.objects.values_list("pk", flat=True)) == before
