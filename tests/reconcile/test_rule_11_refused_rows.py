"""Rule 11: one bad row stops itself only, and is reported by name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from nautobot.data_validation.models import RegularExpressionValidationRule
from nautobot.ipam.models import VLAN, IPAddressRange
from nautobot.virtualization.models import VirtualMachine

from nautobot_wow.models import Claim, Conflict, System
from nautobot_wow.records import Kind
from tests.reconcile.estate import DB, WEB, card, change, cluster, full, guest, platform
from tests.reconcile.site import Site, claim, conflicts, holders, ip, names, vm

pytestmark = pytest.mark.django_db


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

    def test_an_address_on_two_cards_of_which_one_is_refused_is_on_the_other_until_both_are_accepted(
        self, site: Site, pve: System, world: list[Any]
    ) -> None:
        both = [*change(world, WEB, interfaces=frozenset({"lxc/210/net0", "lxc/210/net1"})), card("lxc/210", 1)]
        out = site.sync(pve, change(both, "lxc/210/net1", description=self.LONG))
        assert list(out.refused) == ["lxc/210/net1"]
        assert [nic.name for nic in ip(WEB).vm_interfaces.all()] == ["net0"]
        assert claim(WEB).values["interfaces"] == ["lxc/210/net0"]
        site.sync(pve, both)
        assert sorted(nic.name for nic in ip(WEB).vm_interfaces.all()) == ["net0", "net1"]
        assert site.sync(pve, both).done == {}

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
