"""The models: natural keys, what a System refuses and how it says so, what is derived."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db.models import ProtectedError
from django.utils import timezone
from nautobot.apps.testing import ModelTestCases

from nautobot_wow.choices import ConflictState
from nautobot_wow.models import (
    Allocation,
    AllocationCursor,
    Claim,
    Conflict,
    Document,
    GuestImage,
    GuestSize,
    NetworkProfile,
    Plan,
    ProfileRange,
    Sighting,
    System,
)
from tests.app import rows

pytestmark = pytest.mark.django_db


class SystemModel(ModelTestCases.BaseModelTestCase):
    model = System

    @classmethod
    def setUpTestData(cls) -> None:
        rows.system()


class ClaimModel(ModelTestCases.BaseModelTestCase):
    model = Claim

    @classmethod
    def setUpTestData(cls) -> None:
        rows.claim(rows.system())


class PlanModel(ModelTestCases.BaseModelTestCase):
    model = Plan

    @classmethod
    def setUpTestData(cls) -> None:
        rows.plan(rows.system())


class ConflictModel(ModelTestCases.BaseModelTestCase):
    model = Conflict

    @classmethod
    def setUpTestData(cls) -> None:
        rows.conflict(rows.system())


class NetworkProfileModel(ModelTestCases.BaseModelTestCase):
    model = NetworkProfile

    @classmethod
    def setUpTestData(cls) -> None:
        rows.profile()


class ProfileRangeModel(ModelTestCases.BaseModelTestCase):
    model = ProfileRange

    @classmethod
    def setUpTestData(cls) -> None:
        profile = rows.profile()
        profile.range_assignments.create(range=rows.ip_range("172.16.100.10", "172.16.100.49"))


class DocumentModel(ModelTestCases.BaseModelTestCase):
    model = Document

    @classmethod
    def setUpTestData(cls) -> None:
        rows.document()


class GuestSizeModel(ModelTestCases.BaseModelTestCase):
    model = GuestSize

    @classmethod
    def setUpTestData(cls) -> None:
        rows.size()


class GuestImageModel(ModelTestCases.BaseModelTestCase):
    model = GuestImage

    @classmethod
    def setUpTestData(cls) -> None:
        rows.image(rows.system())


class AllocationModel(ModelTestCases.BaseModelTestCase):
    model = Allocation

    @classmethod
    def setUpTestData(cls) -> None:
        rows.allocation(rows.profile())


class AllocationCursorModel(ModelTestCases.BaseModelTestCase):
    model = AllocationCursor

    @classmethod
    def setUpTestData(cls) -> None:
        ends = {"first": "172.16.100.10", "last": "172.16.100.49", "next": "172.16.100.12"}
        AllocationCursor.objects.create(prefix=rows.prefix(), **ends)


class SightingModel(ModelTestCases.BaseModelTestCase):
    model = Sighting

    @classmethod
    def setUpTestData(cls) -> None:
        rows.sighting()


def refusal(**more: Any) -> dict[str, list[str]]:
    with pytest.raises(ValidationError) as caught:
        rows.system("refused", **more)
    return caught.value.message_dict


def test_a_wrong_option_is_named_with_its_value_and_what_was_expected() -> None:
    assert refusal(options={"concurrency": "many"})["options"] == [
        "concurrency: 'many' is not usable; expected a valid integer, unable to parse string as an integer."
    ]


def test_an_unknown_option_is_refused_with_the_known_ones() -> None:
    (sentence,) = refusal(options={"concurency": 4})["options"]
    assert sentence.startswith("concurency: there is no such option; the options are: ")
    assert "concurrency" in sentence


def test_every_wrong_option_is_named_at_once() -> None:
    assert len(refusal(options={"concurrency": 0, "cluster_name": 7})["options"]) == 2


def test_options_that_are_no_json_object_are_refused() -> None:
    assert refusal(options=[1])["options"] == ["This must be a JSON object such as {}, not list."]


def test_a_wrong_guard_is_named_with_what_was_expected() -> None:
    (sentence,) = refusal(guards={"delete_share": 30})["guards"]
    assert sentence == "delete_share: 30 is not usable; expected less than or equal to 1."


def test_an_unknown_kind_is_refused() -> None:
    assert "kind" in refusal(kind="vmware")


def test_zero_grace_runs_are_refused() -> None:
    assert "grace_runs" in refusal(grace_runs=0)


def test_a_blank_precedence_becomes_that_of_the_kind() -> None:
    system = rows.system()
    assert system.precedence == system.system_kind.precedence
    assert rows.system("other", precedence=0).precedence == 0


def test_addresses_belong_to_the_global_namespace_unless_said_otherwise() -> None:
    assert rows.system().namespace.name == "Global"


def test_a_claim_was_last_seen_with_its_system_or_when_it_went_missing() -> None:
    system = rows.system()
    now = timezone.now()
    System.objects.filter(pk=system.pk).update(last_success_at=now)
    system.refresh_from_db()
    assert rows.claim(system).last_seen == now
    missing = now - timedelta(days=3)
    assert rows.claim(system, external_id="lxc/211", missing_since=missing).last_seen == missing


def test_one_external_id_is_claimed_once_per_system_and_kind() -> None:
    from django.db import IntegrityError, transaction

    system = rows.system()
    rows.claim(system)
    rows.claim(rows.system("other"))
    rows.claim(system, kind="device")
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.claim(system)


def test_a_refused_plan_can_be_approved_until_it_expires() -> None:
    system = rows.system()
    past = timezone.now() - timedelta(seconds=1)
    refused = rows.plan(system, refused="half of it would go")
    assert (refused.state, refused.approvable) == ("refused", True)
    expired = rows.plan(system, refused="half of it would go", expires=past)
    assert (expired.state, expired.approvable) == ("expired", False)
    applied = rows.plan(system, applied_at=past, expires=past)
    assert (applied.state, applied.approvable) == ("applied", False)


def test_a_plan_says_how_many_changes_of_each_action_it_holds() -> None:
    plan = rows.plan(rows.system(), [rows.change(1), rows.change(2), rows.change(3, action="retire")])
    assert plan.totals_text == "2 create, 1 retire"
    assert rows.plan(plan.system, []).totals_text == "nothing"


def test_a_conflict_is_resolved_at_the_moment_when_a_person_resolves_it() -> None:
    conflict = rows.conflict()
    conflict.state = ConflictState.RESOLVED
    conflict.validated_save()
    assert conflict.resolved_at is not None
    conflict.state = ConflictState.OPEN
    conflict.validated_save()
    assert conflict.resolved_at is None


def test_a_conflict_that_lasts_was_last_found_by_the_last_good_run() -> None:
    system = rows.system()
    later = timezone.now() + timedelta(hours=1)
    System.objects.filter(pk=system.pk).update(last_success_at=later)
    system.refresh_from_db()
    assert rows.conflict(system).last_found == later
    resolved = rows.conflict(system, "over", state=ConflictState.RESOLVED)
    assert resolved.last_found == resolved.last_seen


def test_a_system_that_is_removed_takes_its_plans_and_leaves_its_conflicts() -> None:
    system = rows.system()
    rows.plan(system)
    rows.conflict(system)
    system.delete()
    assert Plan.objects.count() == 0
    assert Conflict.objects.get().system is None


def test_a_system_that_still_claims_something_is_not_removed() -> None:
    system = rows.system()
    rows.claim(system)
    with pytest.raises(ProtectedError):
        system.delete()
    assert Claim.objects.count() == 1


def test_a_change_of_a_system_is_in_the_change_log_and_a_claim_is_not() -> None:
    from django.contrib.auth import get_user_model
    from nautobot.apps.change_logging import web_request_context
    from nautobot.extras.models import ObjectChange

    user = get_user_model().objects.create_user("operator")
    with web_request_context(user):
        system = rows.system()
        rows.claim(system)
    models = set(ObjectChange.objects.values_list("changed_object_type__model", flat=True))
    assert "system" in models
    assert "claim" not in models


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"gateway": "172.16.110.1"}, "gateway"),
        ({"gateway6": "2001:db8::1"}, "gateway6"),
        ({"vlan_tag": 4095}, "vlan_tag"),
        ({"dns_servers": ["dns.wow.example"]}, "dns_servers"),
        ({"dns_servers": "172.16.100.2"}, "dns_servers"),
        ({"ntp_servers": [1]}, "ntp_servers"),
    ],
)
def test_a_profile_refuses_what_a_guest_would_stumble_over(values: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as caught:
        rows.profile(**values)
    assert list(caught.value.message_dict) == [field]


def test_one_profile_is_the_default() -> None:
    first = rows.profile(is_default=True)
    first.validated_save()
    with pytest.raises(ValidationError, match="apps is the default already"):
        rows.profile("other", first.prefix, is_default=True)


def test_the_source_of_an_image_is_of_its_type() -> None:
    system = rows.system()
    for guest_type, source in (("qemu", "local:iso"), ("lxc", "9024")):
        with pytest.raises(ValidationError, match="is not"):
            rows.image(system, guest_type=guest_type, source=source)
