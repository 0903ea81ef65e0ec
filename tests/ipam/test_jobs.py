"""The Jobs that give addresses out and take them back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone
from nautobot.apps.testing import create_job_result_and_run_job
from nautobot.extras.models import Job, JobLogEntry
from nautobot.ipam.models import IPAddress

from nautobot_wow.ipam import lifecycle
from nautobot_wow.models import Allocation, AllocationCursor
from tests.ipam.net import APPS, Net

pytestmark = pytest.mark.django_db(databases=["default", "job_logs"], transaction=True)


def run(net: Net, module: str, name: str, **values: Any) -> Any:
    Job.objects.filter(module_name=f"nautobot_wow.jobs.{module}").update(enabled=True)
    return create_job_result_and_run_job(f"nautobot_wow.jobs.{module}", name, username=net.user.username, **values)


def allocate(net: Net, **values: Any) -> Any:
    return run(net, "allocate", "AllocateAddress", network_profile=str(net.profile.pk), **values)


def log(result: Any) -> list[str]:
    rows = JobLogEntry.objects.filter(job_result=result).order_by("created")
    return list(rows.values_list("message", flat=True))


def test_the_job_holds_an_address_under_the_name(net: Net) -> None:
    result = allocate(net, guest="web", dryrun=False)
    assert (result.status, result.result) == ("SUCCESS", {"key": "web", "address": f"{APPS}.10/24", "new": True})
    again = allocate(net, guest="web", dryrun=False)
    assert again.result == {"key": "web", "address": f"{APPS}.10/24", "new": False}
    given = Allocation.objects.get()
    assert (given.purpose, given.requested_by) == ("web", net.user)


def test_without_a_name_or_key_each_run_is_a_request_of_its_own(net: Net) -> None:
    assert allocate(net, dryrun=False).result["address"] != allocate(net, dryrun=False).result["address"]


def test_a_dry_run_says_which_address_it_would_be_and_writes_nothing(net: Net) -> None:
    result = allocate(net, guest="web", dryrun=True)
    assert result.result == {"key": "web", "address": f"{APPS}.10", "dry_run": True}
    assert f"web would get {APPS}.10" in log(result)
    assert [model.objects.count() for model in (IPAddress, Allocation, AllocationCursor)] == [0, 0, 0]


def test_a_job_that_finds_nothing_says_what_stands_in_the_way(net: Net) -> None:
    net.add_address(f"{APPS}.30")
    result = allocate(net, host=f"{APPS}.30", dryrun=False)
    assert result.status == "FAILURE"
    assert f"1 in Nautobot: {APPS}.30" in log(result)


def test_who_may_not_allocate_gets_nothing(net: Net) -> None:
    net.user.is_superuser = False
    net.user.save()
    result = allocate(net, guest="web", dryrun=False)
    assert result.status == "FAILURE"
    assert "allocate_networkprofile" in str(result.result)
    assert not Allocation.objects.exists()


def test_holds_that_ran_out_are_taken_back(net: Net) -> None:
    net.give("old")
    net.give("new")
    Allocation.objects.filter(key="old").update(expires=timezone.now() - timedelta(minutes=1))
    result = run(net, "sweep", "ReturnHolds")
    assert (result.status, result.result) == ("SUCCESS", {"returned": 1, "used": 0, "rested": 0, "removed": 0})
    assert "old was not used in time; its address rests now" in log(result)
    assert dict(Allocation.objects.values_list("key", "state")) == {"old": "resting", "new": "held"}


def test_one_hold_that_cannot_be_taken_back_does_not_keep_the_others(net: Net) -> None:
    net.give("one")
    net.give("two")
    Allocation.objects.update(expires=timezone.now() - timedelta(minutes=1))
    rest = lifecycle._rest

    def fails_for_one(allocation: Allocation, now: Any) -> None:
        if allocation.key == "one":
            raise ValidationError("a rule of somebody's")
        rest(allocation, now)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lifecycle, "_rest", fails_for_one)
        result = run(net, "sweep", "ReturnHolds")
    assert result.status == "FAILURE"
    assert dict(Allocation.objects.values_list("key", "state")) == {"one": "held", "two": "resting"}
