"""The thirteen rules of reconciling, each held against Nautobot's own tables."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.utils import timezone
from nautobot.data_validation.models import RegularExpressionValidationRule
from nautobot.dcim.models import Device, Interface
from nautobot.extras.models import Note, ObjectChange, Status, Tag
from nautobot.ipam.models import VLAN, IPAddress, IPAddressRange, IPAddressToInterface, Namespace, Prefix
from nautobot.tenancy.models import Tenant
from nautobot.virtualization.models import Cluster, ClusterType, VirtualMachine, VMInterface

from nautobot_wow.errors import Busy, StalePlan, UnsafePlan
from nautobot_wow.models import Claim, Conflict, Plan, System
from nautobot_wow.reconcile.lock import exclusive
from nautobot_wow.records import GuestType, Kind, Power
from nautobot_wow.snapshot import Refusal
from tests.reconcile.estate import address, card, change, cluster, full, guest, mac, node, platform, without
from tests.reconcile.site import (
    Site,
    attrs,
    claim,
    conflicts,
    holders,
    ip,
    names,
    rows_written,
    vm,
)

pytestmark = pytest.mark.django_db

WEB = "172.16.100.10"
DB = "172.16.100.20"


@pytest.fixture
def world() -> list[Any]:
    """A node with two containers, web (210) and db (220)."""
    return platform() + full(210, "web", WEB) + full(220, "db", DB)


@pytest.fixture
def synced(site: Site, pve: System, world: list[Any]) -> list[Any]:
    """The same, already in Nautobot."""
    assert site.sync(pve, world).refused == {}
    return world


def gone_for_good(site: Site, system: System, left: list[Any]) -> Any:
    """Run until the grace is over."""
    for _ in range(system.grace_runs - 1):
        site.sync(system, left)
    return site.sync(system, left)


def stranger(site: Site, name: str = "printer", host: str | None = None) -> VirtualMachine:
    """A machine that a person entered, in a cluster of its own."""
    cluster_type, _ = ClusterType.objects.get_or_create(name="Proxmox VE")
    elsewhere, _ = Cluster.objects.get_or_create(name="by hand", defaults={"cluster_type": cluster_type})
    machine = VirtualMachine.objects.create(name=name, cluster=elsewhere, status=site.active)
    nic = VMInterface.objects.create(virtual_machine=machine, name="eth0", status=site.active)
    if host:
        found = IPAddress.objects.filter(host=host).first() or IPAddress.objects.create(
            address=f"{host}/24", status=site.active, namespace=site.namespace
        )
        IPAddressToInterface.objects.create(ip_address=found, vm_interface=nic)
    return machine


class TestRule1IdentityIsWhatNeverChanges:
    def test_a_renamed_guest_is_the_same_object_with_its_notes(
        self, site: Site, pve: System, synced: list[Any]
    ) -> None:
        before = vm("web")
        Note.objects.create(assigned_object=before, note="ask Ann before reboots", user=site.user, user_name="syncer")
        site.sync(pve, change(synced, "lxc/210", name="www"))
        after = vm("www")
        assert after.pk == before.pk
        assert [note.note for note in after.notes] == ["ask Ann before reboots"]
        assert "web" not in names()

    def test_a_guest_that_moved_to_another_node_is_the_same_object(
        self, site: Site, pve: System, synced: list[Any]
    ) -> None:
        before = vm("web")
        out = site.sync(pve, change(synced, "lxc/210", node="wow-prox2"), [node("wow-prox2")])
        after = vm("web")
        assert after.pk == before.pk
        assert after.cf["proxmox_node"] == "wow-prox2"
        assert attrs(out.run, "lxc/210") == {"proxmox_node": "wow-prox2"}

    def test_an_id_that_is_re_used_is_another_guest(self, site: Site, pve: System, synced: list[Any]) -> None:
        before = vm("web")
        rebuilt = full(210, "shop", WEB, fingerprint=frozenset({"mac:BC:24:11:FF:FF:01"}))
        left = without(synced, "lxc/210")
        site.sync(pve, left, rebuilt)
        assert vm("shop").pk != before.pk
        assert conflicts() == ["reused-id"]
        gone_for_good(site, pve, left + rebuilt)
        before.refresh_from_db()
        assert before.status.name == "Decommissioning"
        assert before.name == "web (gone 210)"
        assert holders(WEB) == {"shop"}
        assert str(vm("shop").primary_ip4) == f"{WEB}/24"

    def test_a_guest_that_got_a_new_card_and_kept_its_name_is_the_same(
        self, site: Site, pve: System, synced: list[Any]
    ) -> None:
        before = vm("web")
        other = frozenset({"mac:BC:24:11:FF:FF:01"})
        site.sync(pve, change(synced, "lxc/210", fingerprint=other))
        assert vm("web").pk == before.pk
        site.sync(pve, change(synced, "lxc/210", fingerprint=other, name="www"))
        assert vm("www").pk == before.pk

    def test_a_guest_that_was_renamed_and_kept_one_card_is_the_same(
        self, site: Site, pve: System, synced: list[Any]
    ) -> None:
        before = vm("web")
        both = frozenset({f"mac:{mac(210)}", "mac:BC:24:11:FF:FF:01"})
        site.sync(pve, change(synced, "lxc/210", fingerprint=both, name="www"))
        assert vm("www").pk == before.pk

    @pytest.mark.parametrize(("uuid", "name", "same"), [("a", "www", True), ("b", "web", False)])
    def test_a_uuid_decides_where_both_have_one(
        self, site: Site, pve: System, uuid: str, name: str, same: bool
    ) -> None:
        def world(uuid: str, name: str, number: str) -> list[Any]:
            tokens = frozenset({f"uuid:{uuid}", f"mac:BC:24:11:00:00:{number}"})
            return platform() + [guest(300, name, type=GuestType.VM, fingerprint=tokens), guest(301, "other")]

        site.sync(pve, world("a", "web", "01"))
        before = vm("web").pk
        site.sync(pve, world(uuid, name, "02"))
        assert (claim("qemu/300").object_id == before) is same

    def test_a_guest_of_which_less_is_known_than_before_is_the_same(
        self, site: Site, pve: System, synced: list[Any]
    ) -> None:
        before = vm("web").pk
        site.sync(pve, change(synced, "lxc/210", fingerprint=frozenset(), name="www"))
        assert claim("lxc/210").object_id == before

    def test_a_guest_with_a_new_card_whose_name_is_not_said_is_the_same(
        self, site: Site, pve: System, synced: list[Any]
    ) -> None:
        before = vm("web").pk
        site.sync(pve, change(synced, "lxc/210", fingerprint=frozenset({"mac:BC:24:11:FF:FF:01"}), name=None))
        assert claim("lxc/210").object_id == before

    def test_what_is_known_of_a_guest_survives_a_run_that_could_not_read_it(
        self, site: Site, pve: System, synced: list[Any]
    ) -> None:
        before = vm("web").pk
        site.sync(pve, change(synced, "lxc/210", fingerprint=frozenset(), name=None))
        rebuilt = full(210, "shop", WEB, fingerprint=frozenset({"mac:BC:24:11:FF:FF:01"}))
        site.sync(pve, without(synced, "lxc/210"), rebuilt)
        assert vm("shop").pk != before
        assert Conflict.objects.get().title == "lxc/210 was web and is now shop"

    def test_equal_ids_of_two_kinds_of_guest_are_two_guests(self, site: Site, pve: System, synced: list[Any]) -> None:
        site.sync(pve, synced, full(210, "win", "172.16.100.30", type=GuestType.VM))
        assert names() == ["db", "web", "win"]

    def test_what_a_system_reports_twice_is_refused_once(self, site: Site, pve: System, world: list[Any]) -> None:
        out = site.sync(pve, world, [replace(world[3], memory_mb=1)])
        assert out.refused == {"lxc/210": "the system reports this key twice"}
        assert vm("web").memory == 2048


class TestRule2NoneMeansNotSaid:
    @pytest.mark.parametrize(
        "unsaid",
        ["name", "power", "node", "vcpus", "memory_mb", "disk_gb", "platform", "description", "tags", "primary_ip4"],
    )
    def test_none_blanks_nothing(self, site: Site, pve: System, unsaid: str) -> None:
        said = {"platform": "Debian 12", "description": "shop", "tags": frozenset({"gold"})}
        world = platform() + full(210, "web", WEB, **said)
        site.sync(pve, world)
        out = site.sync(pve, change(world, "lxc/210", **{unsaid: None}))
        assert out.done == {}

    def test_empty_clears_what_we_wrote(self, site: Site, pve: System) -> None:
        world = platform() + full(210, "web", WEB, description="shop", tags=frozenset({"gold"}))
        site.sync(pve, world)
        assert (vm("web").comments, [tag.name for tag in vm("web").tags.all()]) == ("shop", ["gold"])
        site.sync(pve, change(world, "lxc/210", description="", tags=frozenset()))
        assert (vm("web").comments, list(vm("web").tags.all())) == ("", [])

    def test_empty_does_not_clear_what_others_wrote(self, site: Site, pve: System, synced: list[Any]) -> None:
        machine = vm("web")
        machine.comments = "call Ann"
        machine.validated_save()
        machine.tags.add(Tag.objects.create(name="mine"))
        site.sync(pve, synced)
        machine.refresh_from_db()
        assert (machine.comments, [tag.name for tag in machine.tags.all()]) == ("call Ann", ["mine"])

    def test_an_address_whose_interfaces_are_not_said_stays_where_it_is(
        self, site: Site, pve: System, synced: list[Any]
    ) -> None:
        out = site.sync(pve, change(synced, WEB, interfaces=None))
        assert out.done == {}
        assert holders(WEB) == {"web"}

    def test_an_interface_without_a_mac_loses_the_one_that_we_wrote(
        self, site: Site, pve: System, synced: list[Any]
    ) -> None:
        site.sync(pve, change(synced, "lxc/210/net0", mac=""))
        assert vm("web").interfaces.get().mac_address is None


class TestRule3SilenceIsNotAbsence:
    @pytest.mark.parametrize("observed", [frozenset(), frozenset({"nodes"})])
    def test_an_unseen_listing_keeps_every_guest(
        self, site: Site, pve: System, synced: list[Any], observed: frozenset[str]
    ) -> None:
        for _ in range(4):
            out = site.sync(pve, platform(), observed=observed)
        assert out.done == {}
        assert vm("web").status.name == "Active"

    def test_an_offline_node_keeps_the_guests_of_all_nodes(self, site: Site, pve: System, synced: list[Any]) -> None:
        for _ in range(4):
            site.sync(pve, without(synced, "lxc/210"), unseen={"guests": "node wow-prox2 is offline"})
        assert claim("lxc/210").missed_runs == 0
        assert vm("web").status.name == "Active"

    @pytest.mark.parametrize("power", [Power.OFF, Power.ON])
    def test_the_address_of_a_guest_that_is_stopped_or_silent_stays(
        self, site: Site, pve: System, synced: list[Any], power: Power
    ) -> None:
        silent = [record for record in synced if record.key != WEB]
        silent = change(silent, "lxc/210", power=power, primary_ip4=None)
        for _ in range(4):
            site.sync(pve, silent, unseen={"guests/lxc/210/addresses": "the agent is silent"})
        assert holders(WEB) == {"web"}
        assert ip(WEB).status.name == "Active"
        assert str(vm("web").primary_ip4) == f"{WEB}/24"
        assert claim(WEB).missed_runs == 0

    def test_an_address_that_an_operator_took_off_a_silent_guest_may_go_to_another(
        self, site: Site, pve: System, synced: list[Any]
    ) -> None:
        IPAddressToInterface.objects.filter(ip_address=ip(WEB)).delete()
        silent = [record for record in synced if record.key != WEB]
        site.sync(
            pve, silent, [address(WEB, "lxc/220/net0")], unseen={"guests/lxc/210/addresses": "the agent is silent"}
        )
        assert holders(WEB) == {"db"}
        assert conflicts() == []

    def test_the_address_of_a_silent_guest_does_not_go_to_another(
        self, site: Site, pve: System, synced: list[Any]
    ) -> None:
        silent = [record for record in synced if record.key != WEB]
        thief = [address(WEB, "lxc/220/net0")]
        site.sync(pve, silent, thief, unseen={"guests/lxc/210/addresses": "the agent is silent"})
        assert holders(WEB) == {"web"}
        assert conflicts() == ["duplicate-address"]

    def test_a_card_that_is_unplugged_keeps_its_address(self, site: Site, pve: System, synced: list[Any]) -> None:
        site.sync(pve, change(synced, "lxc/210/net0", enabled=False))
        assert holders(WEB) == {"web"}
        assert vm("web").interfaces.get().enabled is False

    def test_an_address_that_a_talking_guest_no_longer_has_is_missing(
        self, site: Site, pve: System, synced: list[Any]
    ) -> None:
        left = change([record for record in synced if record.key != WEB], "lxc/210", primary_ip4=None)
        gone_for_good(site, pve, left)
        assert ip(WEB).status.name == "Deprecated"

    def test_a_row_that_could_not_be_read_is_not_a_missing_one(
        self, site: Site, pve: System, synced: list[Any]
    ) -> None:
        bad = [Refusal(kind=Kind.GUEST, key="lxc/210", reason="memory: 'much' is not a number")]
        left = [record for record in synced if record.key != "lxc/210"]
        for _ in range(3):
            out = site.sync(pve, left, refused=bad)
        assert out.done == {}
        assert list(out.refused) == ["lxc/210"]
        assert claim("lxc/210").missed_runs == 0

    def test_what_belongs_to_a_guest_that_could_not_be_read_is_not_missing(
        self, site: Site, pve: System, synced: list[Any]
    ) -> None:
        bad = [Refusal(kind=Kind.GUEST, key="lxc/210", reason="memory: 'much' is not a number")]
        for _ in range(3):
            out = site.sync(pve, without(synced, "lxc/210"), refused=bad)
        assert out.done == {}
        assert ip(WEB).status.name == "Active"
        assert vm("web").interfaces.get().status.name == "Active"

    def test_a_new_card_of_a_guest_that_could_not_be_read_waits_for_it(
        self, site: Site, pve: System, synced: list[Any]
    ) -> None:
        bad = [Refusal(kind=Kind.GUEST, key="lxc/210", reason="memory: 'much' is not a number")]
        left = [record for record in synced if record.key != "lxc/210"]
        out = site.sync(pve, left, [card("lxc/210", 1)], refused=bad)
        assert out.refused["lxc/210/net1"] == "its guest lxc/210 was not accepted"
        assert vm("web").interfaces.get().name == "net0"

    def test_the_interfaces_of_a_node_that_did_not_answer_stay(
        self, site: Site, pve: System, synced: list[Any]
    ) -> None:
        left = [record for record in synced if record.kind is not Kind.INTERFACE]
        for _ in range(3):
            out = site.sync(pve, left, unseen={"nodes/wow-prox1/interfaces": "no answer"})
        assert out.done == {}


class TestRule4FirstContactAdoptsVisibly:
    @pytest.fixture
    def by_hand(self, site: Site) -> VirtualMachine:
        """A guest that a person entered, with a card and an address."""
        here = Cluster.objects.create(
            name="wow-prox1", cluster_type=ClusterType.objects.get(name="Proxmox VE"), location=site.location
        )
        machine = VirtualMachine.objects.create(
            name="web", cluster=here, status=site.active, memory=512, comments="by hand"
        )
        nic = VMInterface.objects.create(virtual_machine=machine, name="net0", status=site.active)
        address = IPAddress.objects.create(address=f"{WEB}/24", status=site.active, namespace=site.namespace)
        IPAddressToInterface.objects.create(ip_address=address, vm_interface=nic)
        return machine

    def test_a_guest_with_that_name_is_adopted_and_the_plan_says_so(
        self, site: Site, pve: System, world: list[Any], by_hand: VirtualMachine
    ) -> None:
        out = site.sync(pve, world)
        adopted = {key for key, done in out.done.items() if done == "adopt"}
        assert adopted == {"cluster", "lxc/210", "lxc/210/net0", WEB}
        assert vm("web").pk == by_hand.pk
        assert vm("web").memory == 2048
        assert vm("web").comments == "by hand"
        assert [claim(key).created_object for key in ("lxc/210", "lxc/220")] == [False, True]
        assert site.sync(pve, world).done == {}

    def test_a_guest_with_that_id_is_adopted_under_any_name(
        self, site: Site, pve: System, world: list[Any], by_hand: VirtualMachine
    ) -> None:
        by_hand.name = "shop"
        by_hand._custom_field_data["proxmox_vmid"] = 210
        by_hand.save()
        site.sync(pve, world)
        assert vm("web").pk == by_hand.pk

    def test_a_guest_of_that_name_with_another_id_is_not_adopted(
        self, site: Site, pve: System, world: list[Any], by_hand: VirtualMachine
    ) -> None:
        by_hand._custom_field_data["proxmox_vmid"] = 999
        by_hand.save()
        site.sync(pve, world)
        assert names() == ["db", "web", "web (210)"]
        assert conflicts() == ["address-in-use", "name-clash"]

    def test_a_guest_of_that_name_in_another_cluster_is_not_adopted(
        self, site: Site, pve: System, world: list[Any]
    ) -> None:
        other = stranger(site, "web")
        site.sync(pve, world)
        assert VirtualMachine.objects.filter(name="web").count() == 2
        other.refresh_from_db()
        assert other.memory is None

    def test_an_ambiguous_match_is_a_conflict_and_nothing_is_written(
        self, site: Site, pve: System, world: list[Any], by_hand: VirtualMachine
    ) -> None:
        VirtualMachine.objects.create(
            name="web", cluster=by_hand.cluster, status=site.active, tenant=Tenant.objects.create(name="other")
        )
        out = site.sync(pve, world)
        assert "it may be any of 2 objects" in out.refused["lxc/210"]
        assert out.refused["lxc/210/net0"] == "its guest lxc/210 was not accepted"
        assert conflicts() == ["ambiguous"]
        assert not Claim.objects.filter(external_id__startswith="lxc/210").exists()
        assert set(VirtualMachine.objects.filter(name="web").values_list("memory", flat=True)) == {512, None}
        assert holders(WEB) == {"web"}
        assert vm("db").memory == 2048

    def test_two_records_do_not_adopt_one_object(
        self, site: Site, pve: System, world: list[Any], by_hand: VirtualMachine
    ) -> None:
        out = site.sync(pve, world, [guest(300, "web", type=GuestType.VM)])
        assert len({claim(key).object_id for key in ("lxc/210", "qemu/300")}) == 2
        assert out.refused == {}

    def test_an_address_that_a_person_reserved_stays_reserved(self, site: Site, pve: System, world: list[Any]) -> None:
        reserved = Status.objects.get(name="Reserved")
        IPAddress.objects.create(
            address=f"{WEB}/24", status=reserved, namespace=site.namespace, description="for the shop"
        )
        site.sync(pve, world)
        assert ip(WEB).status == reserved
        assert ip(WEB).description == "for the shop"
        assert holders(WEB) == {"web"}

    def test_the_vlan_of_a_card_that_people_left_blank_is_filled(
        self, site: Site, pve: System, world: list[Any], by_hand: VirtualMachine
    ) -> None:
        site.sync(pve, change(world, "lxc/210/net0", vid=100))
        nic = by_hand.interfaces.get()
        assert (nic.mode, nic.untagged_vlan) == ("access", site.vlan)
        nic.full_clean()

    def test_a_node_that_is_in_nautobot_is_adopted_with_its_place(
        self, site: Site, pve: System, world: list[Any]
    ) -> None:
        site.sync(pve, world)
        device = Device.objects.get(name="wow-prox1")
        device.asset_tag = "A1"
        device.save()
        Claim.objects.all().delete()
        out = site.sync(pve, world)
        assert out.done["node/wow-prox1"] == "adopt"
        assert Device.objects.get(name="wow-prox1").asset_tag == "A1"

    def test_an_object_that_a_person_removed_comes_back_whole(self, site: Site, pve: System, synced: list[Any]) -> None:
        before = [WEB, *vm("web").interfaces.values_list("name", flat=True)]
        vm("web").delete()
        out = site.sync(pve, synced)
        assert out.refused == {}
        assert out.done["lxc/210"] == "create"
        machine = vm("web")
        assert [machine.primary_ip4.host, *machine.interfaces.values_list("name", flat=True)] == before
        assert holders(WEB) == {"web"}
        machine.full_clean()
        assert claim("lxc/210").object_id == machine.pk
        assert site.sync(pve, synced).done == {}

    def test_an_address_that_a_person_removed_comes_back_whole(
        self, site: Site, pve: System, synced: list[Any]
    ) -> None:
        ip(WEB).delete()
        assert vm("web").primary_ip4 is None
        site.sync(pve, synced)
        assert holders(WEB) == {"web"}
        assert str(vm("web").primary_ip4) == f"{WEB}/24"
        assert site.sync(pve, synced).done == {}


class TestRule5AnOperatorsEdit:
    @staticmethod
    def edit(name: str = "web", **values: Any) -> VirtualMachine:
        machine = vm(name)
        for attribute, value in values.items():
            setattr(machine, attribute, value)
        machine.validated_save()
        return machine

    def test_is_kept_and_shown_as_drift(self, site: Site, pve: System, synced: list[Any]) -> None:
        machine = self.edit(memory=9999)
        out = site.sync(pve, synced)
        machine.refresh_from_db()
        assert machine.memory == 9999
        assert out.notes == ["web (lxc/210): memory was edited in Nautobot (9999 instead of 2048) and stays"]

    def test_is_restored_where_the_system_says_so(self, site: Site, pve: System, synced: list[Any]) -> None:
        System.objects.update(mode="restore")
        machine = self.edit(memory=9999)
        site.sync(pve, synced)
        machine.refresh_from_db()
        assert machine.memory == 2048

    def test_of_a_name_is_kept_and_the_guest_stays_the_same(self, site: Site, pve: System, synced: list[Any]) -> None:
        machine = vm("web")
        machine.name = "shop"
        machine.validated_save()
        site.sync(pve, change(synced, "lxc/210", memory_mb=4096))
        machine.refresh_from_db()
        assert (machine.name, machine.memory) == ("shop", 4096)

    def test_that_meets_news_from_the_system_is_a_conflict_until_somebody_decides(
        self, site: Site, pve: System, synced: list[Any]
    ) -> None:
        machine = self.edit(memory=9999)
        news = change(synced, "lxc/210", memory_mb=4096)
        for _ in range(3):
            out = site.sync(pve, news)
            machine.refresh_from_db()
            assert machine.memory == 9999
            assert conflicts() == ["edited-both-sides"]
        assert out.done == {}
        self.edit(memory=4096)
        site.sync(pve, news)
        assert conflicts() == []

    def test_that_meets_news_is_overwritten_in_mode_restore(self, site: Site, pve: System, synced: list[Any]) -> None:
        System.objects.update(mode="restore")
        machine = self.edit(memory=9999)
        site.sync(pve, change(synced, "lxc/210", memory_mb=4096))
        machine.refresh_from_db()
        assert machine.memory == 4096
        assert conflicts() == []

    def test_does_not_keep_other_fields_from_being_written(self, site: Site, pve: System, synced: list[Any]) -> None:
        machine = self.edit(memory=9999)
        site.sync(pve, change(synced, "lxc/210", vcpus=8))
        machine.refresh_from_db()
        assert (machine.memory, machine.vcpus) == (9999, 8)

    def test_of_tags_is_kept_element_by_element(self, site: Site, pve: System) -> None:
        world = platform() + full(210, "web", WEB, tags=frozenset({"gold", "blue"}))
        site.sync(pve, world)
        vm("web").tags.remove(Tag.objects.get(name="gold"))
        vm("web").tags.add(Tag.objects.create(name="mine"))
        site.sync(pve, change(world, "lxc/210", tags=frozenset({"gold", "red"})))
        assert sorted(tag.name for tag in vm("web").tags.all()) == ["mine", "red"]

    def test_that_takes_an_address_off_a_card_also_keeps_it_from_being_the_primary_address(
        self, site: Site, pve: System, synced: list[Any]
    ) -> None:
        more = synced + [address("172.16.100.11", "lxc/210/net0")]
        site.sync(pve, more)
        IPAddressToInterface.objects.filter(ip_address=ip("172.16.100.11")).delete()
        site.sync(pve, change(more, "lxc/210", primary_ip4="172.16.100.11"))
        assert holders("172.16.100.11") == set()
        vm("web").full_clean()

    def test_that_takes_an_address_off_a_card_is_undone_in_mode_restore(
        self, site: Site, pve: System, synced: list[Any]
    ) -> None:
        System.objects.update(mode="restore")
        IPAddressToInterface.objects.filter(ip_address=ip(WEB)).delete()
        VirtualMachine.objects.update(primary_ip4=None)
        site.sync(pve, synced)
        assert holders(WEB) == {"web"}
        assert str(vm("web").primary_ip4) == f"{WEB}/24"

    def test_of_a_vlan_does_not_leave_a_card_that_nobody_can_save(
        self, site: Site, pve: System, synced: list[Any]
    ) -> None:
        tagged = change(synced, "lxc/210/net0", vid=100)
        site.sync(pve, tagged)
        nic = vm("web").interfaces.get()
        nic.untagged_vlan = VLAN.objects.create(vid=200, name="other", status=site.active)
        nic.validated_save()
        site.sync(pve, change(synced, "lxc/210/net0", vid=0))
        nic.refresh_from_db()
        assert nic.untagged_vlan.vid == 200
        nic.full_clean()


class TestRule6SeveralSystemsOneObject:
    @pytest.fixture
    def inventory(self, site: Site, synced: list[Any]) -> System:
        """A System that is believed less, and claims the same guests."""
        return site.system("inventory", precedence=10)

    def test_the_higher_precedence_writes_and_the_difference_is_a_conflict(
        self, site: Site, pve: System, synced: list[Any], inventory: System
    ) -> None:
        site.sync(inventory, change(synced, "lxc/210", memory_mb=1024))
        assert vm("web").memory == 2048
        assert conflicts(system=inventory) == ["disagreement"]
        assert Conflict.objects.get(system=inventory).evidence[1]["says"] == "2048"

    def test_the_higher_precedence_takes_a_field_over_from_the_lower(
        self, site: Site, pve: System, synced: list[Any], inventory: System
    ) -> None:
        better = site.system("better", precedence=200)
        site.sync(better, change(synced, "lxc/210", memory_mb=1024))
        assert vm("web").memory == 1024
        assert site.sync(pve, synced).done == {}
        assert vm("web").memory == 1024

    def test_equals_are_settled_by_who_came_first(self, site: Site, pve: System, synced: list[Any]) -> None:
        twin = site.system("twin")
        other = change(synced, "lxc/210", memory_mb=1024)
        for _ in range(2):
            site.sync(twin, other)
            assert vm("web").memory == 2048
            site.sync(pve, synced)
            assert vm("web").memory == 2048
        site.sync(pve, change(synced, "lxc/210", memory_mb=4096))
        assert vm("web").memory == 4096

    def test_a_disagreement_ends_when_both_say_the_same(
        self, site: Site, pve: System, synced: list[Any], inventory: System
    ) -> None:
        site.sync(inventory, change(synced, "lxc/210", memory_mb=1024))
        assert conflicts() == ["disagreement"]
        site.sync(inventory, synced)
        assert conflicts() == []

    def test_a_field_that_only_the_lower_says_is_its_to_write(
        self, site: Site, pve: System, synced: list[Any], inventory: System
    ) -> None:
        site.sync(pve, change(synced, "lxc/210", platform=None))
        site.sync(inventory, change(synced, "lxc/210", platform="Debian 12"))
        assert vm("web").platform.name == "Debian 12"

    @pytest.mark.parametrize("policy", ["retire", "delete"])
    def test_what_another_system_claims_is_not_removed(
        self, site: Site, pve: System, synced: list[Any], inventory: System, policy: str
    ) -> None:
        site.sync(inventory, synced)
        System.objects.update(delete_policy=policy)
        gone_for_good(site, pve, without(synced, "lxc/210"))
        assert vm("web").status.name == "Active"
        assert set(conflicts(system=pve)) == {"gone-at-source"}
        assert "another system claims it, too" in Conflict.objects.filter(system=pve).first().message

    def test_what_two_systems_lost_goes_when_the_other_released_it(
        self, site: Site, pve: System, synced: list[Any], inventory: System
    ) -> None:
        site.sync(inventory, synced)
        left = without(synced, "lxc/210")
        gone_for_good(site, pve, left)
        Claim.objects.filter(system=inventory).delete()
        site.sync(pve, left)
        assert names() == ["db", "web (gone 210)"]
        assert conflicts() == []

    def test_tags_of_one_system_survive_the_other(
        self, site: Site, pve: System, synced: list[Any], inventory: System
    ) -> None:
        site.sync(inventory, change(synced, "lxc/210", tags=frozenset({"billed"})))
        site.sync(pve, change(synced, "lxc/210", tags=frozenset({"gold"})))
        site.sync(pve, synced)
        assert [tag.name for tag in vm("web").tags.all()] == ["billed"]


class TestRule7DeleteOnlyWhatIsOurs:
    POLICIES = ("retire", "delete")

    @staticmethod
    def gone() -> bool:
        machine = VirtualMachine.objects.filter(name__startswith="web").first()
        return machine is None or machine.status.name == "Decommissioning"

    @pytest.mark.parametrize("policy", POLICIES)
    def test_what_meets_every_condition_goes(self, site: Site, pve: System, synced: list[Any], policy: str) -> None:
        System.objects.update(delete_policy=policy)
        gone_for_good(site, pve, without(synced, "lxc/210"))
        assert self.gone()
        assert vm("db").status.name == "Active"

    @pytest.mark.parametrize("policy", POLICIES)
    def test_what_we_did_not_create_stays(self, site: Site, pve: System, synced: list[Any], policy: str) -> None:
        System.objects.update(delete_policy=policy)
        Claim.objects.update(created_object=False)
        site.sync(pve, without(synced, "lxc/210"))
        assert conflicts() == []
        for _ in range(2):
            gone_for_good(site, pve, without(synced, "lxc/210"))
        assert not self.gone()
        assert set(conflicts()) == {"gone-at-source"}
        assert "it was not created by this system" in Conflict.objects.first().message

    @pytest.mark.parametrize("policy", POLICIES)
    def test_what_was_not_looked_at_stays(self, site: Site, pve: System, synced: list[Any], policy: str) -> None:
        System.objects.update(delete_policy=policy)
        for _ in range(4):
            site.sync(pve, without(synced, "lxc/210"), observed={"nodes"})
        assert not self.gone()

    @pytest.mark.parametrize("policy", POLICIES)
    def test_what_is_within_its_grace_stays(self, site: Site, pve: System, synced: list[Any], policy: str) -> None:
        System.objects.update(delete_policy=policy, grace_runs=3)
        for missed in (1, 2):
            out = site.sync(pve, without(synced, "lxc/210"))
            assert not self.gone()
            assert claim("lxc/210").missed_runs == missed
            assert claim("lxc/210").missing_since is not None
            assert out.done["lxc/210"] == "missing"
        site.sync(pve, without(synced, "lxc/210"))
        assert self.gone()

    @pytest.mark.parametrize("policy", POLICIES)
    def test_a_run_that_could_not_look_does_not_count_as_missed(
        self, site: Site, pve: System, synced: list[Any], policy: str
    ) -> None:
        System.objects.update(delete_policy=policy)
        left = without(synced, "lxc/210")
        site.sync(pve, left)
        site.sync(pve, left, observed={"nodes"})
        assert not self.gone()
        assert claim("lxc/210").missed_runs == 1

    @pytest.mark.parametrize("policy", POLICIES)
    def test_a_guard_stops_it(self, site: Site, pve: System, synced: list[Any], policy: str) -> None:
        System.objects.update(delete_policy=policy, guards={"delete_count": 0}, grace_runs=1)
        with pytest.raises(UnsafePlan):
            site.sync(pve, without(synced, "lxc/210"))
        assert not self.gone()

    def test_the_policy_keep_only_notes_since_when_it_is_missing(
        self, site: Site, pve: System, synced: list[Any]
    ) -> None:
        System.objects.update(delete_policy="keep")
        for _ in range(2):
            gone_for_good(site, pve, without(synced, "lxc/210"))
        assert not self.gone()
        assert claim("lxc/210").missing_since is not None
        assert conflicts() == []
        assert site.sync(pve, without(synced, "lxc/210")).done == {}

    def test_what_is_seen_again_within_its_grace_was_never_gone(
        self, site: Site, pve: System, synced: list[Any]
    ) -> None:
        site.sync(pve, without(synced, "lxc/210"))
        site.sync(pve, synced)
        found = claim("lxc/210")
        assert (found.missed_runs, found.missing_since) == (0, None)
        site.sync(pve, without(synced, "lxc/210"))
        assert not self.gone()

    def test_each_kind_is_retired_in_its_own_way(self, site: Site, pve: System) -> None:
        world = platform() + [address("10.0.0.9", "node/wow-prox1/vmbr0")] + full(210, "web", WEB)
        world = change(world, "node/wow-prox1", primary_ip4="10.0.0.9")
        site.sync(pve, world)
        gone_for_good(site, pve, [])
        device = Device.objects.get(name="wow-prox1")
        assert device.status.name == "Decommissioning"
        assert device.primary_ip4 is None
        assert Interface.objects.get(device=device).status.name == "Decommissioning"
        machine = vm("web (gone 210)")
        assert machine.status.name == "Decommissioning"
        assert machine.primary_ip4 is None
        assert machine.interfaces.get().status.name == "Decommissioning"
        assert {ip(WEB).status.name, ip("10.0.0.9").status.name} == {"Deprecated"}
        assert Cluster.objects.get(name="wow-prox1") is not None
        assert claim("cluster").missing_since is not None
        assert all(row.retired for row in Claim.objects.exclude(kind="cluster"))

    def test_what_is_retired_is_left_alone_from_then_on(self, site: Site, pve: System, synced: list[Any]) -> None:
        left = without(synced, "lxc/210")
        gone_for_good(site, pve, left)
        machine = vm("web (gone 210)")
        machine.comments = "keep for the audit"
        machine.validated_save()
        with rows_written() as rows:
            out = site.sync(pve, left)
        assert out.done == {}
        assert rows == {}

    def test_what_is_retired_is_deleted_when_the_policy_becomes_so(
        self, site: Site, pve: System, synced: list[Any]
    ) -> None:
        left = without(synced, "lxc/210")
        gone_for_good(site, pve, left)
        System.objects.update(delete_policy="delete")
        site.sync(pve, left)
        assert names() == ["db"]

    def test_the_plan_shows_what_retiring_changes_and_what_a_delete_takes_away(
        self, site: Site, pve: System, synced: list[Any]
    ) -> None:
        System.objects.update(grace_runs=1)
        run = site.plan(pve, without(synced, "lxc/210"))
        assert attrs(run, "lxc/210") == {
            "name": "web (gone 210)",
            "status": "Decommissioning",
            "primary_ip4": "",
        }
        System.objects.update(delete_policy="delete")
        run = site.plan(pve, without(synced, "lxc/210"))
        gone = next(change for change in run.changes if change.key == "lxc/210")
        assert gone.label == "web (lxc/210)"
        assert gone.attrs["memory"] == (2048, None)
        assert "comments" not in gone.attrs

    def test_what_is_seen_again_after_it_was_retired_is_the_same_object_again(
        self, site: Site, pve: System, synced: list[Any]
    ) -> None:
        before = vm("web").pk
        gone_for_good(site, pve, without(synced, "lxc/210"))
        site.sync(pve, synced)
        machine = vm("web")
        assert machine.pk == before
        assert machine.status.name == "Active"
        assert str(machine.primary_ip4) == f"{WEB}/24"
        assert ip(WEB).status.name == "Active"
        assert site.sync(pve, synced).done == {}

    def test_a_rebuilt_guest_takes_the_name_and_the_address(self, site: Site, pve: System, synced: list[Any]) -> None:
        before = vm("web").pk
        rebuilt = without(synced, "lxc/210") + full(310, "web", WEB)
        site.sync(pve, rebuilt)
        assert names() == ["db", "web", "web (310)"]
        site.sync(pve, rebuilt)
        assert names() == ["db", "web", "web (gone 210)"]
        site.sync(pve, rebuilt)
        machine = vm("web")
        assert machine.pk != before
        assert holders(WEB) == {"web"}
        assert str(machine.primary_ip4) == f"{WEB}/24"
        assert ip(WEB).status.name == "Active"
        assert VirtualMachine.objects.get(pk=before).primary_ip4 is None
        assert conflicts() == []
        assert site.sync(pve, rebuilt).done == {}

    def test_a_second_retired_guest_of_one_name_gets_a_name_of_its_own(
        self, site: Site, pve: System, synced: list[Any]
    ) -> None:
        other = frozenset({"mac:BC:24:11:FF:FF:01"})
        System.objects.update(grace_runs=1)
        site.sync(pve, without(synced, "lxc/210"))
        left = without(synced, "lxc/210")
        reborn = full(210, "temp", "172.16.100.11", fingerprint=other)
        site.sync(pve, left + reborn)
        site.sync(pve, left + change(reborn, "lxc/210", name="web"))
        site.sync(pve, left)
        gone = [name for name in names() if "gone" in name]
        assert len(gone) == len(set(gone)) == 2

    def test_a_deleted_guest_takes_its_cards_and_addresses_along(
        self, site: Site, pve: System, synced: list[Any]
    ) -> None:
        System.objects.update(delete_policy="delete")
        pk = vm("web").pk
        gone_for_good(site, pve, without(synced, "lxc/210"))
        assert names() == ["db"]
        assert not VMInterface.objects.filter(virtual_machine_id=pk).exists()
        assert not IPAddress.objects.filter(host=WEB).exists()
        assert not Claim.objects.filter(external_id__in=["lxc/210", "lxc/210/net0", WEB]).exists()
        deleted = ObjectChange.objects.filter(action="delete").values_list("changed_object_type__model", flat=True)
        assert sorted(deleted) == ["ipaddress", "virtualmachine", "vminterface"]

    def test_a_guest_with_a_card_that_a_person_added_is_not_deleted(
        self, site: Site, pve: System, synced: list[Any]
    ) -> None:
        System.objects.update(delete_policy="delete")
        VMInterface.objects.create(virtual_machine=vm("web"), name="mine", status=site.active)
        out = gone_for_good(site, pve, without(synced, "lxc/210"))
        assert "did not create (mine)" in out.refused["lxc/210"]
        assert vm("web").interfaces.get().name == "mine"

    def test_what_is_gone_in_nautobot_and_at_the_source_only_loses_its_claim(
        self, site: Site, pve: System, synced: list[Any]
    ) -> None:
        vm("web").delete()
        out = site.sync(pve, without(synced, "lxc/210"), observed=frozenset())
        assert out.done["lxc/210"] == "release"
        assert not Claim.objects.filter(external_id="lxc/210").exists()

    def test_an_address_moves_to_the_guest_that_has_it_when_its_guest_is_gone(
        self, site: Site, pve: System, synced: list[Any]
    ) -> None:
        left = without(synced, "lxc/210")
        site.sync(pve, left, [address(WEB, "lxc/220/net0")])
        assert holders(WEB) == {"db"}
        vm("web").full_clean()
        assert vm("web").primary_ip4 is None

    def test_an_address_that_belongs_to_another_machine_is_not_reassigned(
        self, site: Site, pve: System, world: list[Any]
    ) -> None:
        stranger(site, host=WEB)
        out = site.sync(pve, world)
        assert holders(WEB) == {"printer"}
        assert conflicts() == ["address-in-use"]
        assert Conflict.objects.get().title == f"{WEB} is used by lxc/210/net0 and belongs to printer"
        assert vm("web").primary_ip4 is None
        assert not Claim.objects.filter(external_id=WEB).exists()
        assert site.sync(pve, world).done == {}
        assert out.refused == {}

    def test_an_address_that_a_person_also_gave_to_another_machine_stays_on_both(
        self, site: Site, pve: System, synced: list[Any]
    ) -> None:
        stranger(site, host=WEB)
        for _ in range(3):
            site.sync(pve, change(synced, WEB, type=None))
        assert holders(WEB) == {"web", "printer"}
        assert conflicts() == ["address-in-use"]
        assert Conflict.objects.get().title.endswith("belongs to printer")
        assert claim(WEB).missed_runs == 0

    def test_an_address_that_a_person_put_on_another_card_of_the_guest_stays_there(
        self, site: Site, pve: System, world: list[Any]
    ) -> None:
        site.sync(pve, [record for record in world if record.key != WEB])
        other = VMInterface.objects.create(virtual_machine=vm("web"), name="eth9", status=site.active)
        mine = IPAddress.objects.create(address=f"{WEB}/24", status=site.active, namespace=site.namespace)
        IPAddressToInterface.objects.create(ip_address=mine, vm_interface=other)
        site.sync(pve, world)
        assert list(mine.vm_interfaces.all()) == [other]
        assert vm("web").primary_ip4 == mine
        assert conflicts() == []
        assert site.sync(pve, world).done == {}

    def test_the_address_of_another_namespace_is_not_touched(self, site: Site, pve: System, world: list[Any]) -> None:
        other = Namespace.objects.create(name="other")
        Prefix.objects.create(prefix="172.16.100.0/24", status=site.active, namespace=other)
        theirs = IPAddress.objects.create(address=f"{WEB}/24", status=site.active, namespace=other)
        site.sync(pve, world)
        assert IPAddress.objects.filter(host=WEB).count() == 2
        assert not theirs.vm_interfaces.exists()


class TestRule8Guards:
    ESTATE = 10

    @pytest.fixture
    def many(self, site: Site, pve: System) -> list[Any]:
        world = platform() + [guest(100 + number, f"g{number}") for number in range(self.ESTATE)]
        site.sync(pve, world)
        return world

    @staticmethod
    def keys(number: int) -> list[str]:
        return [f"lxc/{100 + count}" for count in range(number)]

    @staticmethod
    def limit(**limits: Any) -> None:
        from tests.reconcile.site import NO_GUARDS

        System.objects.update(guards={**NO_GUARDS, **limits})

    def refused(self, site: Site, system: System, records: list[Any]) -> str:
        with rows_written() as rows, pytest.raises(UnsafePlan) as caught:
            site.sync(system, records)
        assert rows == {}
        assert caught.value.digest in str(caught.value)
        return str(caught.value)

    def test_too_large_a_share_that_would_go_is_refused(self, site: Site, pve: System, many: list[Any]) -> None:
        self.limit(delete_share=0.3, small=3)
        assert "4 of 10 guests would go" in self.refused(site, pve, without(many, *self.keys(4)))
        site.sync(pve, without(many, *self.keys(3)))

    def test_too_large_a_number_that_would_go_is_refused(self, site: Site, pve: System, many: list[Any]) -> None:
        self.limit(delete_count=3)
        assert "4 guests would go (more than 3)" in self.refused(site, pve, without(many, *self.keys(4)))
        site.sync(pve, without(many, *self.keys(3)))

    def test_too_large_a_share_of_updates_is_refused(self, site: Site, pve: System, many: list[Any]) -> None:
        self.limit(update_share=0.7, small=3)
        bigger = [replace(record, memory_mb=1) if record.kind is Kind.GUEST else record for record in many]
        assert "10 of 10 guests would be updated" in self.refused(site, pve, bigger)

    def test_new_identities_for_all_are_refused(self, site: Site, pve: System, many: list[Any]) -> None:
        others = platform() + [guest(500 + number, f"n{number}") for number in range(self.ESTATE)]
        assert "identity churn" in self.refused(site, pve, others)

    def test_half_a_list_is_stopped_when_it_arrives_and_not_after_the_grace(
        self, site: Site, pve: System, many: list[Any]
    ) -> None:
        System.objects.update(guards={}, grace_runs=5)
        for _ in range(6):
            assert "5 of 10 guests would go" in self.refused(site, pve, without(many, *self.keys(5)))
        assert claim("lxc/100").missed_runs == 0

    def test_what_goes_when_its_grace_is_over_is_counted_again(self, site: Site, pve: System, many: list[Any]) -> None:
        site.sync(pve, without(many, *self.keys(4)))
        self.limit(delete_count=3)
        assert "4 guests would go" in self.refused(site, pve, without(many, *self.keys(4)))

    def test_what_is_retired_is_not_part_of_the_estate(self, site: Site, pve: System, many: list[Any]) -> None:
        gone_for_good(site, pve, without(many, *self.keys(6)))
        self.limit(delete_share=0.9, small=0)
        assert "4 of 4 guests would go" in self.refused(site, pve, platform())

    def test_the_digest_of_a_refused_plan_is_the_way_past(self, site: Site, pve: System, many: list[Any]) -> None:
        self.limit(delete_count=0)
        left = without(many, *self.keys(4))
        run = site.plan(pve, left)
        run.store_plan(refused="; ".join(run.objections()))
        with pytest.raises(UnsafePlan) as caught:
            run.guard()
        site.sync(pve, left, approved=caught.value.digest)
        assert claim("lxc/100").missed_runs == 1
        plan = Plan.objects.get(digest=caught.value.digest)
        assert plan.applied_by == site.user
        assert plan.applied_at is not None

    def test_claims_of_another_system_do_not_dilute_the_share(self, site: Site, pve: System, many: list[Any]) -> None:
        other = site.system("other")
        site.sync(other, [cluster("elsewhere")] + [guest(100 + number, f"o{number}") for number in range(20)])
        self.limit(delete_share=0.3, small=3)
        assert "4 of 10 guests would go" in self.refused(site, pve, without(many, *self.keys(4)))


class TestRule9WhatWasShownIsApplied:
    def stored(self, site: Site, system: System, records: list[Any]) -> Plan:
        return site.plan(system, records).store_plan(user=site.user)

    def test_two_plans_of_one_world_have_one_digest(self, site: Site, pve: System, world: list[Any]) -> None:
        first = site.plan(pve, world).digest
        assert site.plan(pve, world[::-1]).digest == first
        assert site.plan(pve, change(world, "lxc/210", memory_mb=1)).digest != first

    def test_an_approved_plan_is_applied(self, site: Site, pve: System, world: list[Any]) -> None:
        plan = self.stored(site, pve, world)
        site.sync(pve, world, approved=plan.digest)
        plan.refresh_from_db()
        assert names() == ["db", "web"]
        assert plan.applied_by == site.user

    def test_a_plan_from_which_the_source_moved_is_refused_by_name(
        self, site: Site, pve: System, world: list[Any]
    ) -> None:
        plan = self.stored(site, pve, world)
        with rows_written() as rows, pytest.raises(StalePlan, match=r"moved since .*guest web \(lxc/210\)\. Nothing"):
            site.sync(pve, change(world, "lxc/210", memory_mb=1), approved=plan.digest)
        assert rows == {}

    def test_a_plan_from_which_nautobot_moved_is_refused_by_name(
        self, site: Site, pve: System, synced: list[Any]
    ) -> None:
        bigger = change(synced, "lxc/210", memory_mb=4096)
        plan = self.stored(site, pve, bigger)
        machine = vm("web")
        machine.memory = 9999
        machine.validated_save()
        with pytest.raises(StalePlan, match=r"guest web \(lxc/210\)"):
            site.sync(pve, bigger, approved=plan.digest)
        machine.refresh_from_db()
        assert machine.memory == 9999

    def test_a_digest_that_nobody_was_shown_is_refused(self, site: Site, pve: System, world: list[Any]) -> None:
        digest = site.plan(pve, world).digest
        with pytest.raises(StalePlan, match="there is no open plan"):
            site.sync(pve, world, approved=digest)

    def test_a_plan_that_expired_is_refused(self, site: Site, pve: System, world: list[Any]) -> None:
        plan = self.stored(site, pve, world)
        Plan.objects.update(expires=timezone.now() - timedelta(seconds=1))
        with pytest.raises(StalePlan, match="expired"):
            site.sync(pve, world, approved=plan.digest)

    def test_a_plan_is_applied_once(self, site: Site, pve: System, world: list[Any]) -> None:
        plan = self.stored(site, pve, world)
        site.sync(pve, world, approved=plan.digest)
        with pytest.raises(StalePlan, match="there is no open plan"):
            site.sync(pve, world, approved=plan.digest)

    def test_a_plan_that_only_adopts_is_applied_once_too(self, site: Site, pve: System, synced: list[Any]) -> None:
        Claim.objects.all().delete()
        plan = self.stored(site, pve, synced)
        assert not any(change.writes for change in site.plan(pve, synced).changes)
        site.sync(pve, synced, approved=plan.digest)
        plan.refresh_from_db()
        assert plan.applied_at is not None

    def test_the_plan_of_one_system_does_not_approve_another(self, site: Site, pve: System, world: list[Any]) -> None:
        plan = self.stored(site, pve, world)
        with pytest.raises(StalePlan, match="there is no open plan"):
            site.sync(site.system("other"), world, approved=plan.digest)

    def test_the_newest_plan_is_the_only_open_one(self, site: Site, pve: System, world: list[Any]) -> None:
        old = self.stored(site, pve, world)
        self.stored(site, pve, change(world, "lxc/210", memory_mb=1))
        assert not Plan.objects.filter(pk=old.pk).exists()
        assert Plan.objects.count() == 1

    def test_what_is_written_without_approval_is_kept_as_an_applied_plan(
        self, site: Site, pve: System, world: list[Any]
    ) -> None:
        out = site.sync(pve, world)
        plan = Plan.objects.get()
        assert (plan.digest, plan.applied_by) == (out.run.digest, site.user)
        assert plan.summary["guest"] == {"create": 2}


class TestRule10ASecondRunWritesNothing:
    @staticmethod
    def estate(number: int, **more: Any) -> list[Any]:
        world = platform()
        for count in range(number):
            tags = frozenset({"gold", f"team{count % 3}"})
            world += full(200 + count, f"g{count}", f"10.1.0.{count + 1}", tags=tags, platform="Debian 12", **more)
        return world

    def test_not_one_row(self, site: Site, pve: System) -> None:
        world = self.estate(6)
        site.sync(pve, world)
        with rows_written() as rows:
            out = site.sync(pve, world)
        assert rows == {}
        assert out.done == {}

    def test_not_one_row_where_people_edited_and_systems_disagree(
        self, site: Site, pve: System, synced: list[Any]
    ) -> None:
        machine = vm("web")
        machine.memory = 9999
        machine.validated_save()
        stranger(site, host=DB)
        twin = site.system("twin")
        other = change(synced, "lxc/210", memory_mb=4096) + [guest(300, "web")]
        for _ in range(2):
            site.sync(twin, other)
            site.sync(pve, change(synced, "lxc/220", name="web"))
        with rows_written() as rows:
            site.sync(twin, other)
            site.sync(pve, change(synced, "lxc/220", name="web"))
        assert rows == {}

    def test_scopes_in_any_order_are_the_same_scopes(self, site: Site, pve: System, world: list[Any]) -> None:
        mixed = change(world, WEB, scopes=("guests/lxc/210/addresses", "guests/lxc/1/addresses"))
        site.sync(pve, mixed)
        with rows_written() as rows:
            site.sync(pve, mixed)
        assert rows == {}

    def test_questions_do_not_grow_with_the_estate(self, site: Site) -> None:
        counts = []
        for number, name in ((5, "small"), (60, "large")):
            system = site.system(name)
            world = change(self.estate(number), "cluster", name=name)
            world = [record for record in world if record.kind is not Kind.ADDRESS]
            first = site.sync(system, world)
            again = site.sync(system, world)
            assert len(first.done) > number
            counts.append((len(again.reading), len(again.writing)))
        assert counts[0] == counts[1]
        assert sum(counts[0]) <= 25

    def test_what_changed_costs_the_same_in_any_estate(self, site: Site, pve: System) -> None:
        counts = []
        for number in (5, 60):
            world = self.estate(number)
            site.sync(pve, world)
            site.sync(pve, world)
            touched = change(world, "lxc/201", memory_mb=number, tags=frozenset({"gold"}), name=f"new{number}")
            out = site.sync(pve, touched)
            assert out.done == {"lxc/201": "update"}
            counts.append((len(out.reading), len(out.writing)))
        assert counts[0] == counts[1]

    def test_a_first_sync_asks_as_often_for_many_as_for_few(self, site: Site, pve: System) -> None:
        counts = []
        site.sync(pve, self.estate(3))
        for number in (5, 60):
            out = site.sync(site.system(f"pve{number}"), change(self.estate(number), "cluster", name=f"c{number}"))
            counts.append((len(out.reading), len(out.writing)))
        assert counts[0] == counts[1]


class TestRule11OneBadRowStopsItselfOnly:
    LONG = "x" * 300

    def test_a_name_that_is_too_long_is_refused_by_name(self, site: Site, pve: System, world: list[Any]) -> None:
        out = site.sync(pve, change(world, "lxc/210", name=self.LONG))
        assert "at most 255 characters" in out.refused["lxc/210"]
        assert out.refused["lxc/210/net0"] == "its guest lxc/210 was refused"
        assert names() == ["db"]
        assert str(vm("db").primary_ip4) == f"{DB}/24"
        assert not Claim.objects.filter(external_id__startswith="lxc/210").exists()

    def test_what_a_rule_of_the_operator_forbids_is_refused(self, site: Site, pve: System, world: list[Any]) -> None:
        RegularExpressionValidationRule.objects.create(
            name="no databases",
            content_type=ContentType.objects.get_for_model(VirtualMachine),
            field="name",
            regular_expression="^(?!db)",
            error_message="databases are elsewhere",
        )
        out = site.sync(pve, world)
        assert out.refused["lxc/220"] == "databases are elsewhere"
        assert names() == ["web"]

    def test_an_update_that_is_refused_leaves_its_object_and_its_claim(
        self, site: Site, pve: System, synced: list[Any]
    ) -> None:
        bad = change(change(synced, "lxc/210", name=self.LONG), "lxc/220", memory_mb=4096)
        out = site.sync(pve, bad)
        assert list(out.refused) == ["lxc/210"]
        assert vm("db").memory == 4096
        assert claim("lxc/210").values["name"] == "web"
        assert site.sync(pve, bad).refused.keys() == {"lxc/210"}
        assert site.sync(pve, synced).refused == {}

    def test_what_only_the_database_refuses_is_found_among_many(self, site: Site, pve: System) -> None:
        world = platform() + [guest(100 + number, f"g{number}") for number in range(20)]
        with constraint("virtualization_virtualmachine", "name <> 'g13'"):
            out = site.sync(pve, world)
        assert list(out.refused) == ["lxc/113"]
        assert len(names()) == 19
        assert site.sync(pve, world).done == {"lxc/113": "create"}

    def test_an_update_that_only_the_database_refuses_is_found_among_many(self, site: Site, pve: System) -> None:
        world = platform() + [guest(100 + number, f"g{number}") for number in range(20)]
        site.sync(pve, world)
        bigger = [replace(record, memory_mb=record.vmid) if record.kind is Kind.GUEST else record for record in world]
        with constraint("virtualization_virtualmachine", "memory <> 113"):
            out = site.sync(pve, bigger)
        assert list(out.refused) == ["lxc/113"]
        assert VirtualMachine.objects.filter(memory=2048).count() == 1

    def test_a_refused_card_leaves_its_guest_without_the_address_as_primary(
        self, site: Site, pve: System, world: list[Any]
    ) -> None:
        out = site.sync(pve, change(world, "lxc/210/net0", description=self.LONG))
        assert out.refused[WEB] == "its interface lxc/210/net0 was refused"
        assert set(out.refused) == {"lxc/210/net0", WEB}
        vm("web").full_clean()
        assert vm("web").primary_ip4 is None
        site.sync(pve, world)
        assert holders(WEB) == {"web"}
        assert str(vm("web").primary_ip4) == f"{WEB}/24"

    def test_a_refused_address_leaves_its_guest_without_it_until_it_is_accepted(
        self, site: Site, pve: System, world: list[Any]
    ) -> None:
        with constraint("ipam_ipaddress", "mask_length <> 25"):
            out = site.sync(pve, change(world, WEB, mask_length=25))
        assert list(out.refused) == [WEB]
        vm("web").full_clean()
        site.sync(pve, world)
        assert holders(WEB) == {"web"}
        assert str(vm("web").primary_ip4) == f"{WEB}/24"

    def test_an_address_without_a_prefix_is_refused_and_a_conflict(
        self, site: Site, pve: System, world: list[Any]
    ) -> None:
        lost = platform() + full(230, "lost", "192.0.2.1")
        out = site.sync(pve, world, lost[3:])
        assert out.refused == {"192.0.2.1": "no prefix of namespace Global holds it"}
        assert vm("lost").primary_ip4 is None
        found = Conflict.objects.get()
        assert found.kind == "no-prefix"
        assert found.object_id is None

    def test_an_address_in_an_exclusive_range_is_refused_and_a_conflict(
        self, site: Site, pve: System, world: list[Any]
    ) -> None:
        IPAddressRange.objects.create(
            name="dhcp",
            start_address="172.16.100.100",
            end_address="172.16.100.200",
            namespace=site.namespace,
            status=site.active,
            is_exclusive=True,
        )
        inside, below, above = "172.16.100.150", "172.16.100.99", "172.16.100.201"
        more = full(230, "a", inside) + full(231, "b", below) + full(232, "c", above)
        out = site.sync(pve, world, more)
        assert list(out.refused) == [inside]
        assert "is exclusive" in out.refused[inside]

    def test_an_address_that_is_there_stays_though_its_range_became_exclusive(
        self, site: Site, pve: System, synced: list[Any]
    ) -> None:
        row = IPAddressRange.objects.create(
            name="late",
            start_address="172.16.100.1",
            end_address="172.16.100.99",
            namespace=site.namespace,
            status=site.active,
        )
        IPAddressRange.objects.filter(pk=row.pk).update(is_exclusive=True)
        assert site.sync(pve, synced).refused == {}

    @pytest.mark.parametrize("bad", [{"platform": "x" * 300}, {"tags": frozenset({"x" * 300})}])
    def test_a_guest_of_a_platform_or_tag_that_nautobot_cannot_hold_is_refused_alone(
        self, site: Site, pve: System, world: list[Any], bad: dict[str, Any]
    ) -> None:
        out = site.sync(pve, change(world, "lxc/210", **bad))
        assert "lxc/210" in out.refused
        assert names() == ["db"]

    def test_garbage_in_a_custom_field_does_not_stop_the_others(
        self, site: Site, pve: System, synced: list[Any]
    ) -> None:
        machine = vm("web")
        machine._custom_field_data |= {"application_list": "", "proxmox_vmid": "two hundred"}
        machine.save()
        site.sync(pve, change(synced, "lxc/220", memory_mb=4096))
        assert vm("db").memory == 4096

    def test_when_every_write_is_refused_nothing_is_done(self, site: Site, pve: System, world: list[Any]) -> None:
        out = site.sync(pve, change(world, "cluster", name=self.LONG))
        assert out.written.done == []
        assert set(out.refused) == {record.key for record in world}
        assert not VirtualMachine.objects.exists()
        assert not Claim.objects.exists()

    def test_a_guest_with_unknown_sizes_is_written(self, site: Site, pve: System) -> None:
        bare = [cluster(), guest(210, None, disk_gb=None, vcpus=None, memory_mb=None, power=None)]
        assert site.sync(pve, bare).refused == {}
        assert vm("lxc/210").disk is None
        assert site.sync(pve, bare).done == {}

    def test_a_card_on_a_vlan_that_nautobot_does_not_know_is_a_conflict(
        self, site: Site, pve: System, world: list[Any]
    ) -> None:
        out = site.sync(pve, change(world, "lxc/210/net0", vid=999))
        assert out.refused == {}
        assert conflicts() == ["unknown-vlan"]
        VLAN.objects.create(vid=999, name="late", status=site.active)
        site.sync(pve, change(world, "lxc/210/net0", vid=999))
        assert conflicts() == []
        assert vm("web").interfaces.get().untagged_vlan.vid == 999

    def test_a_card_on_a_vlan_that_is_there_twice_is_a_conflict_and_not_a_guess(
        self, site: Site, pve: System, world: list[Any]
    ) -> None:
        VLAN.objects.create(vid=100, name="twin", status=site.active)
        site.sync(pve, change(world, "lxc/210/net0", vid=100))
        assert conflicts() == ["unknown-vlan"]
        assert vm("web").interfaces.get().untagged_vlan is None


class TestRule12RunsOfOneSystemDoNotOverlap:
    def test_the_second_is_refused_at_once_and_free_when_the_first_ends(self, pve: System) -> None:
        with holder(pve), pytest.raises(Busy, match="another run is working on"), exclusive(pve.pk, pve.name):
            pytest.fail("two runs at once")
        with exclusive(pve.pk, pve.name):
            pass

    def test_another_system_is_free(self, site: Site, pve: System) -> None:
        other = site.system("other")
        with holder(pve), exclusive(other.pk, other.name):
            pass

    def test_the_lock_frees_itself_when_its_holder_dies(self, pve: System) -> None:
        with holder(pve) as backend, connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [backend])
            with exclusive(pve.pk, pve.name):
                pass

    def test_a_run_that_fails_gives_the_lock_back(self, pve: System) -> None:
        with pytest.raises(ZeroDivisionError), exclusive(pve.pk, pve.name):
            raise ZeroDivisionError
        with holder(pve):
            pass


class TestRule13NamesMayClash:
    def test_equal_names_are_both_kept_and_a_conflict(self, site: Site, pve: System) -> None:
        world = platform() + [guest(210, "web"), guest(300, "web", type=GuestType.VM)]
        site.sync(pve, world)
        assert names() == ["web", "web (300)"]
        assert conflicts() == ["name-clash"]
        for machine in VirtualMachine.objects.all():
            machine.validated_save()
        assert site.sync(pve, world).done == {}

    def test_the_one_that_has_the_name_keeps_it(self, site: Site, pve: System, synced: list[Any]) -> None:
        before = vm("web").pk
        site.sync(pve, synced, [guest(100, "web")])
        assert vm("web").pk == before
        assert vm("web (100)").cf["proxmox_vmid"] == 100

    def test_the_one_that_has_the_name_keeps_it_when_another_is_renamed_to_it(
        self, site: Site, pve: System, synced: list[Any]
    ) -> None:
        more = synced + [guest(100, "shop")]
        site.sync(pve, more)
        site.sync(pve, change(more, "lxc/100", name="web"))
        assert vm("web").cf["proxmox_vmid"] == 210
        assert vm("web (100)").cf["proxmox_vmid"] == 100

    def test_the_name_is_free_again_when_the_other_is_renamed(self, site: Site, pve: System, synced: list[Any]) -> None:
        twins = synced + [guest(300, "web")]
        site.sync(pve, twins)
        site.sync(pve, change(twins, "lxc/210", name="old"))
        assert names() == ["db", "old", "web"]
        assert conflicts() == []

    def test_two_guests_swap_their_names(self, site: Site, pve: System, synced: list[Any]) -> None:
        web, db = vm("web").pk, vm("db").pk
        site.sync(pve, change(change(synced, "lxc/210", name="db"), "lxc/220", name="web"))
        assert (vm("db").pk, vm("web").pk) == (web, db)
        assert conflicts() == []
        for machine in VirtualMachine.objects.all():
            machine.validated_save()

    def test_two_guests_of_one_tenant_swap_their_names(self, site: Site, pve: System, synced: list[Any]) -> None:
        VirtualMachine.objects.update(tenant=Tenant.objects.create(name="lab"))
        web = vm("web").pk
        out = site.sync(pve, change(change(synced, "lxc/210", name="db"), "lxc/220", name="web"))
        assert out.refused == {}
        assert vm("db").pk == web

    def test_names_go_round_in_a_ring(self, site: Site, pve: System) -> None:
        ring = ["a", "b", "c", "d"]
        world = platform() + [guest(100 + number, name) for number, name in enumerate(ring)]
        site.sync(pve, world)
        VirtualMachine.objects.update(tenant=Tenant.objects.create(name="lab"))
        turned = platform() + [guest(100 + number, name) for number, name in enumerate(ring[1:] + ring[:1])]
        assert site.sync(pve, turned).refused == {}
        assert [vm(name).cf["proxmox_vmid"] for name in ring] == [103, 100, 101, 102]

    def test_a_name_that_a_stranger_has_is_not_taken(self, site: Site, pve: System, synced: list[Any]) -> None:
        VirtualMachine.objects.create(
            name="mail", cluster=vm("web").cluster, status=site.active, _custom_field_data={"proxmox_vmid": 999}
        )
        site.sync(pve, synced, [guest(300, "mail")])
        assert names() == ["db", "mail", "mail (300)", "web"]

    def test_a_name_that_an_operator_gave_to_another_guest_is_not_taken(
        self, site: Site, pve: System, synced: list[Any]
    ) -> None:
        machine = vm("web")
        machine.name = "mail"
        machine.validated_save()
        out = site.sync(pve, synced, [guest(300, "mail")])
        assert names() == ["db", "mail", "mail (300)"]
        assert "name-clash" in conflicts()
        for found in VirtualMachine.objects.all():
            found.validated_save()
        assert out.refused == {}

    def test_a_name_that_an_operator_gave_is_free_where_the_system_restores_its_own(
        self, site: Site, pve: System, synced: list[Any]
    ) -> None:
        System.objects.update(mode="restore")
        machine = vm("web")
        machine.name = "mail"
        machine.validated_save()
        site.sync(pve, synced, [guest(300, "mail")])
        assert names() == ["db", "mail", "web"]
        assert vm("web").pk == machine.pk
        assert conflicts() == []

    def test_a_name_that_is_not_said_any_more_stays_with_its_guest(
        self, site: Site, pve: System, synced: list[Any]
    ) -> None:
        site.sync(pve, change(synced, "lxc/210", name=None), [guest(300, "web")])
        assert vm("web").cf["proxmox_vmid"] == 210
        assert vm("web (300)").cf["proxmox_vmid"] == 300

    def test_an_operators_name_that_the_system_takes_over_is_that_name(
        self, site: Site, pve: System, synced: list[Any]
    ) -> None:
        machine = vm("web")
        machine.name = "mail"
        machine.validated_save()
        site.sync(pve, change(synced, "lxc/210", name="mail"))
        assert names() == ["db", "mail"]
        assert conflicts() == []


class TestAddresses:
    def test_a_guest_of_ipv6_only(self, site: Site, pve: System) -> None:
        world = platform() + [
            guest(210, "six", primary_ip6="2001:db8::10"),
            card("lxc/210"),
            address("2001:db8::10", "lxc/210/net0", mask_length=64),
        ]
        assert site.sync(pve, world).refused == {}
        assert (vm("six").primary_ip4, str(vm("six").primary_ip6)) == (None, "2001:db8::10/64")
        vm("six").full_clean()
        assert site.sync(pve, world).done == {}

    def test_a_guest_of_both_families(self, site: Site, pve: System) -> None:
        world = platform() + full(210, "both", WEB, primary_ip6="2001:db8::10")
        world.append(address("2001:db8::10", "lxc/210/net0", mask_length=64))
        site.sync(pve, world)
        machine = vm("both")
        assert (str(machine.primary_ip4), str(machine.primary_ip6)) == (f"{WEB}/24", "2001:db8::10/64")
        machine.full_clean()

    def test_two_addresses_of_one_card_have_their_own_prefixes(self, site: Site, pve: System) -> None:
        world = platform() + full(210, "web", WEB) + [address("172.16.110.10", "lxc/210/net0")]
        site.sync(pve, world)
        assert str(ip(WEB).parent.prefix) == "172.16.100.0/24"
        assert str(ip("172.16.110.10").parent.prefix) == "172.16.110.0/24"
        assert vm("web").interfaces.get().ip_addresses.count() == 2

    def test_one_address_on_two_cards_of_a_guest_is_on_both(self, site: Site, pve: System) -> None:
        world = platform() + full(210, "web", WEB) + [card("lxc/210", 1)]
        world = change(world, WEB, interfaces=frozenset({"lxc/210/net0", "lxc/210/net1"}))
        site.sync(pve, world)
        assert ip(WEB).vm_interfaces.count() == 2
        assert conflicts() == []
        assert site.sync(pve, world).done == {}

    def test_of_several_cards_only_those_that_are_known_carry_the_address(self, site: Site, pve: System) -> None:
        world = platform() + full(210, "web", WEB)
        world = change(world, WEB, interfaces=frozenset({"lxc/210/net0", "lxc/999/net0"}))
        assert site.sync(pve, world).refused == {}
        assert holders(WEB) == {"web"}
        assert conflicts() == []

    def test_one_address_on_two_guests_stays_with_the_first_and_is_a_conflict(
        self, site: Site, pve: System, synced: list[Any]
    ) -> None:
        both = change(
            synced,
            WEB,
            interfaces=frozenset({"lxc/210/net0", "lxc/220/net0"}),
            scopes=("guests/lxc/210/addresses", "guests/lxc/220/addresses"),
        )
        site.sync(pve, both)
        assert holders(WEB) == {"web"}
        assert conflicts() == ["duplicate-address"]
        with rows_written() as rows:
            site.sync(pve, both)
        assert rows == {}
        site.sync(pve, synced)
        assert conflicts() == []

    def test_a_clone_with_the_same_cards_is_a_guest_of_its_own(
        self, site: Site, pve: System, synced: list[Any]
    ) -> None:
        clone = [guest(310, "web-clone", fingerprint=synced[3].fingerprint), card("lxc/310", mac=mac(210))]
        site.sync(pve, synced, clone)
        assert names() == ["db", "web", "web-clone"]

    def test_an_address_that_moves_while_both_guests_speak_moves(
        self, site: Site, pve: System, synced: list[Any]
    ) -> None:
        moved = change(synced, WEB, interfaces=frozenset({"lxc/220/net0"}), scopes=("guests/lxc/220/addresses",))
        moved = change(moved, "lxc/210", primary_ip4=None)
        site.sync(pve, moved)
        assert holders(WEB) == {"db"}
        assert vm("web").primary_ip4 is None
        vm("web").full_clean()

    def test_the_primary_address_changes_to_another_that_the_guest_already_has(
        self, site: Site, pve: System, synced: list[Any]
    ) -> None:
        more = synced + [address("172.16.100.11", "lxc/210/net0")]
        site.sync(pve, more)
        site.sync(pve, change(more, "lxc/210", primary_ip4="172.16.100.11"))
        assert str(vm("web").primary_ip4) == "172.16.100.11/24"
        vm("web").full_clean()

    @pytest.mark.parametrize("unseen", [{}, {"guests/lxc/210/addresses": "the agent is silent"}])
    def test_an_address_whose_card_is_learned_later_is_put_on_it(
        self, site: Site, pve: System, world: list[Any], unseen: dict[str, str]
    ) -> None:
        site.sync(pve, change(world, WEB, interfaces=None))
        assert holders(WEB) == set()
        site.sync(pve, world, unseen=unseen)
        assert holders(WEB) == {"web"}
        assert str(vm("web").primary_ip4) == f"{WEB}/24"

    def test_a_primary_address_that_the_guest_does_not_have_is_not_taken(
        self, site: Site, pve: System, world: list[Any]
    ) -> None:
        site.sync(pve, change(world, "lxc/210", primary_ip4=DB))
        assert vm("web").primary_ip4 is None
        vm("web").full_clean()


# ------------------------------------------------------------------------------------------------------------- helpers


@contextmanager
def constraint(table: str, condition: str) -> Iterator[None]:
    """Let the database refuse what no validator of Nautobot knows of."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT only_here CHECK ({condition})")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT only_here")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")


@contextmanager
def holder(system: System) -> Iterator[int]:
    """Another connection that holds the System; gives the number of its PostgreSQL process."""
    backends: list[int] = []
    held, over = threading.Event(), threading.Event()

    def hold() -> None:
        try:
            with exclusive(system.pk, system.name), connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                backends.append(cursor.fetchone()[0])
                held.set()
                over.wait(30)
        except Exception:  # noqa: BLE001  the connection was ended on purpose
            pass
        finally:
            connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    try:
        assert held.wait(30)
        yield backends[0]
    finally:
        over.set()
        thread.join()
