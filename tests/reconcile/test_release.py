"""A System that is given up gives up its claims as its policy says, and only by a plan that was looked at."""

from __future__ import annotations

import pytest
from django.db.models import ProtectedError
from nautobot.dcim.models import Device
from nautobot.ipam.models import IPAddress
from nautobot.virtualization.models import Cluster, VirtualMachine

from nautobot_wow.choices import DeletePolicy
from nautobot_wow.errors import ConfigurationError, StalePlan, UnsafePlan
from nautobot_wow.models import Claim, Conflict, System
from nautobot_wow.reconcile.changelog import ChangeLog
from nautobot_wow.reconcile.release import release_of
from tests.reconcile.estate import cluster, full, guest, platform
from tests.reconcile.site import Site, names, rows_written, vm

pytestmark = pytest.mark.django_db

WORLD = [*platform(), *full(210, "web", "172.16.100.10")]


def disabled(system: System) -> System:
    System.objects.filter(pk=system.pk).update(enabled=False)
    return System.objects.get(pk=system.pk)


def give_up(site: Site, system: System) -> dict[str, str]:
    """Plan, approve and apply; return what became of what."""
    shown = release_of(system)
    shown.decide()
    digest = shown.store_plan().digest
    run = release_of(system)
    run.decide()
    run.guard(approved=digest)
    run.queue_all()
    written = run.apply(ChangeLog.from_user(site.user), user=site.user, approved=digest)
    assert written.refused == {}
    return {change.key: change.action.value for change in run.changes}


def test_what_it_made_is_retired_and_what_it_only_claimed_stays(site: Site, pve: System) -> None:
    Device.objects.all().delete()
    site.sync(pve, WORLD)
    Claim.objects.filter(external_id="node/wow-prox1").update(created_object=False)
    done = give_up(site, disabled(pve))
    assert done["lxc/210"] == done["172.16.100.10"] == "retire"
    assert done["node/wow-prox1"] == "release"
    assert Device.objects.get().status.name == "Active"
    assert names() == ["web (gone 210)"]
    assert IPAddress.objects.get().status.name == "Deprecated"
    assert not Claim.objects.exists()


def test_policy_delete_deletes_and_policy_keep_keeps(site: Site) -> None:
    pve = site.system(delete_policy=DeletePolicy.DELETE)
    site.sync(pve, WORLD)
    give_up(site, disabled(pve))
    assert (VirtualMachine.objects.count(), IPAddress.objects.count(), Cluster.objects.count()) == (0, 0, 0)
    kept = site.system("kept", delete_policy=DeletePolicy.KEEP)
    site.sync(kept, WORLD)
    assert set(give_up(site, disabled(kept)).values()) == {"release"}
    assert vm("web").status.name == "Active"
    assert not Claim.objects.exists()


def test_what_another_system_claims_stays_and_becomes_its_own(site: Site, pve: System, paper: System) -> None:
    site.sync(pve, WORLD)
    System.objects.filter(pk=paper.pk).update(cluster=Cluster.objects.get())
    site.sync(paper, [cluster(), guest(210, "web", node=None, fingerprint=frozenset())])
    done = give_up(site, disabled(pve))
    assert done["lxc/210"] == "release"
    assert vm("web").status.name == "Active"
    assert Claim.objects.get(external_id="lxc/210").created_object


@pytest.fixture
def paper(site: Site) -> System:
    return site.system("paper", kind="paper", precedence=10)


def test_an_enabled_system_is_not_given_up(site: Site, pve: System) -> None:
    site.sync(pve, WORLD)
    with pytest.raises(ConfigurationError, match="disable it first"):
        release_of(pve).decide()


def test_without_a_plan_that_was_looked_at_nothing_is_given_up(site: Site, pve: System) -> None:
    site.sync(pve, WORLD)
    run = release_of(disabled(pve))
    run.decide()
    with pytest.raises(UnsafePlan, match="approve plan"):
        run.guard()


def test_a_plan_that_is_stale_is_refused_and_says_what_moved(site: Site, pve: System) -> None:
    site.sync(pve, WORLD)
    system = disabled(pve)
    shown = release_of(system)
    shown.decide()
    digest = shown.store_plan().digest
    vm("web").delete()
    run = release_of(system)
    run.decide()
    with pytest.raises(StalePlan, match="guest"):
        run.guard(approved=digest)


def test_the_dry_run_writes_nothing_but_its_plan(site: Site, pve: System) -> None:
    site.sync(pve, WORLD)
    system = disabled(pve)
    with rows_written() as written:
        run = release_of(system)
        run.decide()
        run.store_plan()
    assert set(written) <= {"nautobot_wow_plan"}


def test_a_system_with_claims_cannot_be_removed_and_one_without_can(site: Site, pve: System) -> None:
    site.sync(pve, [*WORLD, *full(240, "lost", "192.0.2.40")])
    assert Conflict.objects.filter(state="open").exists()
    system = disabled(pve)
    with pytest.raises(ProtectedError):
        system.delete()
    give_up(site, system)
    assert not Conflict.objects.filter(state="open").exists()
    system.delete()
    assert Conflict.objects.filter(system=None).exists()
