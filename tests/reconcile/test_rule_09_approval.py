"""Rule 9: what was shown is what is applied, once, by the digest of its plan."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from nautobot_wow.errors import StalePlan
from nautobot_wow.models import Claim, Plan, System
from tests.reconcile.estate import change
from tests.reconcile.site import Site, names, rows_written, vm

pytestmark = pytest.mark.django_db


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
