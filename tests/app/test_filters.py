"""The filters of the four models."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone
from nautobot.apps.testing import FilterTestCases

from nautobot_wow.choices import ConflictState, PlanState
from nautobot_wow.filters import ClaimFilterSet, ConflictFilterSet, PlanFilterSet, SystemFilterSet
from nautobot_wow.models import Claim, Conflict, Plan, System
from tests.app import rows


class SystemFilters(FilterTestCases.FilterTestCase):
    queryset = System.objects.all()
    filterset = SystemFilterSet
    generic_filter_tests = (["name"], ["description"], ["precedence"], ["grace_runs"])

    @classmethod
    def setUpTestData(cls) -> None:
        for number in (1, 2, 3):
            rows.system(f"wow-prox{number}", description=f"slot {number}", precedence=number, grace_runs=number)
        rows.conflict(System.objects.get(name="wow-prox1"))

    def test_systems_with_conflicts_are_found(self) -> None:
        found = SystemFilterSet({"has_conflicts": True}, self.queryset).qs
        assert [row.name for row in found] == ["wow-prox1"]


class ClaimFilters(FilterTestCases.FilterTestCase):
    queryset = Claim.objects.all()
    filterset = ClaimFilterSet
    generic_filter_tests = (["external_id"], ["missed_runs"], ["system", "system__id"], ["system", "system__name"])

    @classmethod
    def setUpTestData(cls) -> None:
        for number in (1, 2, 3):
            rows.claim(rows.system(f"wow-prox{number}"), external_id=f"lxc/{number}", missed_runs=number)
        Claim.objects.filter(external_id="lxc/2").update(missing_since=timezone.now())

    def test_what_is_missing_is_told_from_what_is_there(self) -> None:
        missing = ClaimFilterSet({"missing": True}, self.queryset).qs
        there = ClaimFilterSet({"missing": False}, self.queryset).qs
        assert [row.external_id for row in missing] == ["lxc/2"]
        assert [row.external_id for row in there] == ["lxc/1", "lxc/3"]


class PlanFilters(FilterTestCases.FilterTestCase):
    queryset = Plan.objects.all()
    filterset = PlanFilterSet
    generic_filter_tests = (["digest"], ["system", "system__id"], ["system", "system__name"])

    @classmethod
    def setUpTestData(cls) -> None:
        now = timezone.now()
        systems = [rows.system(f"wow-prox{number}") for number in (1, 2, 3)]
        rows.plan(systems[0], digest="a" * 64)
        rows.plan(systems[1], digest="b" * 64, refused="too much would go")
        rows.plan(systems[2], digest="c" * 64, expires=now - timedelta(hours=1), refused="too much would go")
        rows.plan(systems[2], digest="d" * 64, applied_at=now, expires=now - timedelta(hours=1))

    def test_every_state_finds_what_says_it_is_in_it(self) -> None:
        for state in PlanState.values():
            found = set(PlanFilterSet({"state": [state]}, self.queryset).qs)
            assert found == {plan for plan in self.queryset if plan.state == state}
            assert len(found) == 1

    def test_two_states_find_both(self) -> None:
        found = PlanFilterSet({"state": ["pending", "applied"]}, self.queryset).qs
        assert {plan.digest[0] for plan in found} == {"a", "d"}


class ConflictFilters(FilterTestCases.FilterTestCase):
    queryset = Conflict.objects.all()
    filterset = ConflictFilterSet
    generic_filter_tests = (["title"], ["key"], ["state"], ["system", "system__id"], ["system", "system__name"])

    @classmethod
    def setUpTestData(cls) -> None:
        guest = rows.guest()
        for number, state in enumerate(ConflictState.values()):
            system = rows.system(f"wow-prox{number}")
            rows.conflict(system, f"conflict {number}", state=state, **(rows.about(guest) if number == 1 else {}))

    def test_the_conflicts_of_one_guest_are_found(self) -> None:
        guest = Conflict.objects.get(title="conflict 1").object_id
        params = {"object_type": "virtualization.virtualmachine", "object_id": [str(guest)]}
        assert [row.title for row in ConflictFilterSet(params, self.queryset).qs] == ["conflict 1"]
