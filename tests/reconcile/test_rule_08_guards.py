"""Rule 8: a plan that would do too much is refused before its first write."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from nautobot_wow.errors import UnsafePlan
from nautobot_wow.models import Plan, System
from nautobot_wow.records import Kind
from tests.reconcile.estate import cluster, guest, platform, without
from tests.reconcile.site import NO_GUARDS, Site, claim, gone_for_good, rows_written

pytestmark = pytest.mark.django_db


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

    def test_what_comes_goes_or_is_seen_again_is_not_updated(self, site: Site, pve: System, many: list[Any]) -> None:
        self.limit(update_share=0.0, small=0)
        left = without(many, *self.keys(1))
        site.sync(pve, left)
        site.sync(pve, many)
        gone_for_good(site, pve, left)
        site.sync(pve, left, [guest(500, "new")])
        assert "1 of 10 guests would be updated" in self.refused(site, pve, left + [guest(500, "other")])

    def test_only_what_is_claimed_and_not_retired_is_the_estate_of_updates(
        self, site: Site, pve: System, many: list[Any]
    ) -> None:
        gone_for_good(site, pve, without(many, *self.keys(6)))
        self.limit(update_share=0.5, small=0)
        left = [replace(record, memory_mb=1) if record.kind is Kind.GUEST else record for record in many]
        assert "4 of 4 guests would be updated" in self.refused(site, pve, without(left, *self.keys(6)))

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

    @pytest.mark.parametrize("policy", ["retire", "delete"])
    def test_what_goes_when_its_grace_is_over_is_counted_again(
        self, site: Site, pve: System, many: list[Any], policy: str
    ) -> None:
        System.objects.update(delete_policy=policy)
        site.sync(pve, without(many, *self.keys(4)))
        self.limit(delete_count=3)
        assert "4 guests would go" in self.refused(site, pve, without(many, *self.keys(4)))

    def test_what_was_missed_before_is_not_counted_again_within_its_grace(
        self, site: Site, pve: System, many: list[Any]
    ) -> None:
        System.objects.update(grace_runs=5)
        self.limit(delete_count=3)
        site.sync(pve, without(many, *self.keys(3)))
        site.sync(pve, without(many, *self.keys(6)))
        assert "4 guests would go" in self.refused(site, pve, without(many, *self.keys(10)))

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
