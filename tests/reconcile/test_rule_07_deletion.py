"""Rule 7: only what is ours alone, was looked for and stayed away for the grace is retired or deleted."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from nautobot.data_validation.models import RegularExpressionValidationRule
from nautobot.dcim.models import Device, Interface
from nautobot.extras.models import ObjectChange
from nautobot.ipam.models import IPAddress, IPAddressToInterface, Namespace, Prefix
from nautobot.virtualization.models import Cluster, VirtualMachine, VMInterface

from nautobot_wow.errors import UnsafePlan
from nautobot_wow.models import Claim, Conflict, System
from nautobot_wow.reconcile.plan import Action
from tests.reconcile.estate import WEB, address, change, full, platform, without
from tests.reconcile.site import (
    Site,
    action,
    attrs,
    claim,
    conflicts,
    gone_for_good,
    holders,
    ip,
    names,
    rows_written,
    stranger,
    vm,
)

pytestmark = pytest.mark.django_db


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

    @pytest.mark.parametrize("grace_runs", [1, 2, 3])
    def test_what_stays_is_counted_until_its_grace_is_over_and_then_left_alone(
        self, site: Site, pve: System, synced: list[Any], grace_runs: int
    ) -> None:
        System.objects.update(delete_policy="keep", grace_runs=grace_runs)
        left = without(synced, "lxc/210")
        for number in range(1, grace_runs + 1):
            site.sync(pve, left)
            assert claim("lxc/210").missed_runs == number
        assert site.sync(pve, left).done == {}

    def test_what_is_missing_is_so_since_it_was_first_missed(self, site: Site, pve: System, synced: list[Any]) -> None:
        System.objects.update(grace_runs=3)
        site.sync(pve, without(synced, "lxc/210"))
        since = claim("lxc/210").missing_since
        site.sync(pve, without(synced, "lxc/210"))
        assert claim("lxc/210").missing_since == since

    def test_what_may_not_be_retired_is_tried_again(self, site: Site, pve: System, synced: list[Any]) -> None:
        rule = RegularExpressionValidationRule.objects.create(
            name="nothing is gone",
            content_type=ContentType.objects.get_for_model(VirtualMachine),
            field="name",
            regular_expression="^[a-z]*$",
            error_message="only letters",
        )
        left = without(synced, "lxc/210")
        out = gone_for_good(site, pve, left)
        assert out.refused == {"lxc/210": "only letters"}
        assert not claim("lxc/210").retired
        rule.delete()
        site.sync(pve, left)
        assert names() == ["db", "web (gone 210)"]
        assert claim("lxc/210").retired

    def test_what_is_seen_again_within_its_grace_was_never_gone(
        self, site: Site, pve: System, synced: list[Any]
    ) -> None:
        site.sync(pve, without(synced, "lxc/210"))
        run = site.sync(pve, synced).run
        assert {change.note for change in run.changes} == {"seen again"}
        assert action(run, "lxc/210") is Action.UPDATE
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

    def test_a_rebuilt_guest_takes_the_name_of_one_that_is_deleted(
        self, site: Site, pve: System, synced: list[Any]
    ) -> None:
        System.objects.update(delete_policy="delete")
        rebuilt = without(synced, "lxc/210") + full(310, "web", WEB)
        gone_for_good(site, pve, rebuilt)
        assert names() == ["db", "web"]
        assert vm("web").cf["proxmox_vmid"] == 310

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
        assert claim("lxc/210").missed_runs == pve.grace_runs
        assert "lxc/210" in site.sync(pve, without(synced, "lxc/210")).refused

    def test_a_retired_guest_that_cannot_be_deleted_stays_retired(
        self, site: Site, pve: System, synced: list[Any]
    ) -> None:
        left = without(synced, "lxc/210")
        gone_for_good(site, pve, left)
        VMInterface.objects.create(virtual_machine=vm("web (gone 210)"), name="mine", status=site.active)
        System.objects.update(delete_policy="delete")
        assert list(site.sync(pve, left).refused) == ["lxc/210"]
        assert claim("lxc/210").retired

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

    def test_of_those_who_have_an_address_only_the_other_machines_are_named(
        self, site: Site, pve: System, world: list[Any]
    ) -> None:
        site.sync(pve, [record for record in world if record.key != WEB])
        stranger(site, host=WEB)
        other = VMInterface.objects.create(virtual_machine=vm("web"), name="eth9", status=site.active)
        IPAddressToInterface.objects.create(ip_address=ip(WEB), vm_interface=other)
        site.sync(pve, world)
        assert holders(WEB) == {"web", "printer"}
        assert Conflict.objects.get().title == f"{WEB} is used by lxc/210/net0 and belongs to printer"

    def test_an_address_that_two_guests_use_and_a_person_gave_to_one_of_them_stays_on_both(
        self, site: Site, pve: System, synced: list[Any]
    ) -> None:
        other = VMInterface.objects.create(virtual_machine=vm("db"), name="eth9", status=site.active)
        IPAddressToInterface.objects.create(ip_address=ip(WEB), vm_interface=other)
        for _ in range(2):
            site.sync(pve, change(synced, WEB, interfaces=frozenset({"lxc/210/net0", "lxc/220/net0"})))
        assert holders(WEB) == {"web", "db"}
        assert ip(WEB).vm_interfaces.filter(virtual_machine__name="db").get() == other
        assert conflicts() == ["duplicate-address"]

    def test_the_address_of_another_namespace_is_not_touched(self, site: Site, pve: System, world: list[Any]) -> None:
        other = Namespace.objects.create(name="other")
        Prefix.objects.create(prefix="172.16.100.0/24", status=site.active, namespace=other)
        theirs = IPAddress.objects.create(address=f"{WEB}/24", status=site.active, namespace=other)
        site.sync(pve, world)
        assert IPAddress.objects.filter(host=WEB).count() == 2
        assert not theirs.vm_interfaces.exists()
