"""The Jobs that keep house are scheduled for whoever enables them, once."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from nautobot.apps.change_logging import web_request_context
from nautobot.extras.models import Job, ScheduledJob

from nautobot_wow.schedules import SCHEDULES, Schedule, ensure_schedules

pytestmark = pytest.mark.django_db


@pytest.fixture
def person() -> Any:
    return get_user_model().objects.create(username="ann", is_superuser=True)


def job_of(wanted: Schedule) -> Job:
    return Job.objects.get(module_name=wanted.module, job_class_name=wanted.job)


@pytest.mark.parametrize("wanted", SCHEDULES, ids=lambda wanted: wanted.job)
def test_whoever_enables_the_job_has_it_scheduled_once(person: Any, wanted: Schedule) -> None:
    job = job_of(wanted)
    with web_request_context(person):
        for enabled in (True, False, True):
            job.enabled = enabled
            job.validated_save()
    row = ScheduledJob.objects.get()
    assert (row.name, row.crontab, row.user, row.enabled) == (wanted.name, wanted.crontab, person, True)
    assert row.task == job.class_path


def test_other_jobs_are_not_scheduled(person: Any) -> None:
    job = Job.objects.get(module_name="nautobot_wow.jobs.sync")
    with web_request_context(person):
        job.enabled = True
        job.validated_save()
    assert not ScheduledJob.objects.exists()


def test_a_schedule_that_was_disabled_stays_so(person: Any) -> None:
    Job.objects.filter(module_name="nautobot_wow.jobs.sweep").update(enabled=True)
    assert ensure_schedules(person) == 1
    ScheduledJob.objects.update(enabled=False)
    assert ensure_schedules(person) == 0
    assert not ScheduledJob.objects.get().enabled


def test_jobs_that_are_not_enabled_are_not_scheduled(person: Any) -> None:
    assert ensure_schedules(person) == 0
