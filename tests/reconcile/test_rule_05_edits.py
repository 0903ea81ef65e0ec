"""Rule 5: what an operator edited is kept and shown, or restored where the System says so."""

from __future__ import annotations

from typing import Any

import pytest
from nautobot.extras.models import Tag
from nautobot.ipam.models import VLAN, IPAddressToInterface
from nautobot.virtualization.models import VirtualMachine

from nautobot_wow.models import System
from tests.reconcile.estate import WEB, address, change, full, platform
from tests.reconcile.site import Site, conflicts, holders, ip, vm

pytestmark = pytest.mark.django_db


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
