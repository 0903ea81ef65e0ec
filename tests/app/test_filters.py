"""The filters of the models."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone
from nautobot.apps.testing import FilterTestCases

from nautobot_wow.choices import ConflictState, PlanState
from nautobot_wow.filters import (
    AllocationFilterSet,
    ClaimFilterSet,
    ConflictFilterSet,
    DocumentFilterSet,
    GuestImageFilterSet,
    GuestSizeFilterSet,
    NetworkProfileFilterSet,
    PlanFilterSet,
    SightingFilterSet,
    SystemFilterSet,
)
from nautobot_wow.models import (
    Allocation,
    Claim,
    Conflict,
    Document,
    GuestImage,
    GuestSize,
    NetworkProfile,
    Plan,
    Sighting,
    System,
)
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


class NetworkProfileFilters(FilterTestCases.FilterTestCase):
    queryset = NetworkProfile.objects.all()
    filterset = NetworkProfileFilterSet
    generic_filter_tests = (
        ["name"],
        ["description"],
        ["bridge"],
        ["vlan_tag"],
        ["search_domain"],
        ["hold_minutes"],
        ["quarantine_hours"],
        ["prefix", "prefix__id"],
    )

    @classmethod
    def setUpTestData(cls) -> None:
        for number in (1, 2, 3):
            rows.profile(
                f"net{number}",
                rows.prefix(f"172.16.{number}.0/24"),
                description=f"network {number}",
                bridge=f"vmbr{number}",
                vlan_tag=number,
                search_domain=f"{number}.wow.example",
                hold_minutes=number,
                quarantine_hours=number,
            )


class DocumentFilters(FilterTestCases.FilterTestCase):
    queryset = Document.objects.all()
    filterset = DocumentFilterSet
    generic_filter_tests = (["path"],)

    @classmethod
    def setUpTestData(cls) -> None:
        for number in (1, 2, 3):
            rows.document(number)


class GuestSizeFilters(FilterTestCases.FilterTestCase):
    queryset = GuestSize.objects.all()
    filterset = GuestSizeFilterSet
    generic_filter_tests = (["name"], ["description"], ["vm_cores"], ["container_disk_gb"])

    @classmethod
    def setUpTestData(cls) -> None:
        for number in (1, 2, 3):
            rows.size(f"size{number}", description=f"{number}", vm_cores=number, container_disk_gb=number)


class GuestImageFilters(FilterTestCases.FilterTestCase):
    queryset = GuestImage.objects.all()
    filterset = GuestImageFilterSet
    generic_filter_tests = (["name"], ["description"], ["source"], ["default_user"], ["system", "system__id"])

    @classmethod
    def setUpTestData(cls) -> None:
        for number in (1, 2, 3):
            values = {"description": f"{number}", "source": f"900{number}", "default_user": f"user{number}"}
            rows.image(rows.system(f"wow-prox{number}"), f"image{number}", **values)


class AllocationFilters(FilterTestCases.FilterTestCase):
    queryset = Allocation.objects.all()
    filterset = AllocationFilterSet
    generic_filter_tests = (["key"], ["purpose"], ["profile", "profile__id"], ["profile", "profile__name"])

    @classmethod
    def setUpTestData(cls) -> None:
        of = rows.prefix()
        for number in (10, 11, 80):
            rows.allocation(rows.profile(f"net{number}", of), number, purpose=f"for {number}")

    def test_what_lies_in_a_network_or_is_an_address_is_found(self) -> None:
        found = AllocationFilterSet({"host": ["172.16.100.10/31", "172.16.100.80"]}, self.queryset).qs
        assert found.count() == 3
        assert AllocationFilterSet({"host": ["172.16.100.80"]}, self.queryset).qs.get().host == "172.16.100.80"
        assert not AllocationFilterSet({"host": ["web"]}, self.queryset).qs.exists()


class SightingFilters(FilterTestCases.FilterTestCase):
    queryset = Sighting.objects.all()
    filterset = SightingFilterSet
    generic_filter_tests = (["mac"], ["seen_by"], ["where"])

    @classmethod
    def setUpTestData(cls) -> None:
        now = timezone.now()
        for number in (1, 2, 3):
            then = now - timedelta(days=number)
            rows.sighting(
                number,
                mac=f"BC:24:11:00:00:0{number}",
                seen_by=f"system {number}",
                where=f"ix{number}",
                first_seen=then - timedelta(hours=1),
                last_seen=then,
            )

    def test_who_had_an_address_at_a_time_is_found(self) -> None:
        then = timezone.now() - timedelta(days=2, minutes=30)
        params = {"first_seen__lte": [then], "last_seen__gte": [then]}
        assert SightingFilterSet(params, self.queryset).qs.get().seen_by == "system 2"

    def test_a_mac_address_is_found_in_either_case(self) -> None:
        assert SightingFilterSet({"mac": ["bc:24:11:00:00:02"]}, self.queryset).qs.get().host == "172.16.100.2"
