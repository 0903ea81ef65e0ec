"""Rule 13: guests may have equal names, and swap them."""

from __future__ import annotations

from typing import Any

import pytest
from nautobot.tenancy.models import Tenant
from nautobot.virtualization.models import VirtualMachine

from nautobot_wow.models import System
from nautobot_wow.records import GuestType
from tests.reconcile.estate import change, guest, platform
from tests.reconcile.site import Site, conflicts, names, vm

pytestmark = pytest.mark.django_db


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
