"""Rule 4: what is in Nautobot already is adopted, visibly, and never by a guess."""

from __future__ import annotations

from typing import Any

import pytest
from nautobot.dcim.models import Device
from nautobot.extras.models import Status
from nautobot.ipam.models import IPAddress, IPAddressToInterface
from nautobot.tenancy.models import Tenant
from nautobot.virtualization.models import Cluster, ClusterType, VirtualMachine, VMInterface

from nautobot_wow.models import Claim, System
from nautobot_wow.records import GuestType
from tests.reconcile.estate import WEB, change, guest
from tests.reconcile.site import Site, claim, conflicts, holders, ip, names, stranger, vm

pytestmark = pytest.mark.django_db


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

    def test_an_adopted_object_that_a_person_removed_comes_back_as_ours(
        self, site: Site, pve: System, world: list[Any], by_hand: VirtualMachine
    ) -> None:
        site.sync(pve, world)
        assert not claim("lxc/210").created_object
        by_hand.delete()
        site.sync(pve, world)
        assert claim("lxc/210").created_object

    def test_an_address_that_a_person_removed_comes_back_whole(
        self, site: Site, pve: System, synced: list[Any]
    ) -> None:
        ip(WEB).delete()
        assert vm("web").primary_ip4 is None
        site.sync(pve, synced)
        assert holders(WEB) == {"web"}
        assert str(vm("web").primary_ip4) == f"{WEB}/24"
        assert site.sync(pve, synced).done == {}
