"""The schedules of the Jobs that keep house: made once, for whoever enables the Job, and then left alone.

Nautobot runs a schedule on behalf of a person and disables one without; after the migrations of a fresh database there
is nobody yet, and new Jobs are not enabled. So whoever enables a Job gets its schedule with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from nautobot.apps.choices import JobExecutionType
from nautobot.extras.models import Job, ScheduledJob
from nautobot.extras.signals import change_context_state  # not in nautobot.apps as of 3.2


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """When a Job runs. `name` is what the schedule is called."""

    module: str
    job: str
    name: str
    crontab: str


SCHEDULES = (
    Schedule(module="nautobot_wow.jobs.sweep", job="ReturnHolds", name="Return unused holds", crontab="*/5 * * * *"),
    Schedule(
        module="nautobot_wow.jobs.provision", job="ResumeRequests", name="Resume guest requests", crontab="*/2 * * * *"
    ),
    Schedule(module="nautobot_wow.jobs.snapshots", job="PruneSnapshots", name="Prune snapshots", crontab="17 3 * * *"),
    Schedule(
        module="nautobot_wow.jobs.conflicts", job="CheckConflicts", name="Check for conflicts", crontab="41 * * * *"
    ),
    Schedule(
        module="nautobot_wow.jobs.forget", job="ForgetSightings", name="Forget old sightings", crontab="47 2 * * *"
    ),
)


def job_saved(sender: Any, instance: Job, raw: bool = False, **kwargs: Any) -> None:
    """Make the schedule when a person enables the Job. Receives `post_save` of Job."""
    wanted = _of(instance)
    if raw or not instance.enabled or wanted is None:
        return
    context = change_context_state.get()
    user = context.get_user() if context is not None else None
    if user is not None and user.is_authenticated:
        ensure_schedule(wanted, user)


def _of(job: Job) -> Schedule | None:
    return next((one for one in SCHEDULES if (one.module, one.job) == (job.module_name, job.job_class_name)), None)


def ensure_schedules(user: Any) -> int:
    """Make the schedules that are missing of Jobs that are enabled; return how many were made."""
    return sum(ensure_schedule(wanted, user) for wanted in SCHEDULES)


def ensure_schedule(wanted: Schedule, user: Any) -> bool:
    """Make the schedule if the Job is enabled and has none, also none that was disabled; tell whether it was made."""
    job = Job.objects.filter(module_name=wanted.module, job_class_name=wanted.job, installed=True, enabled=True).first()
    if job is None or ScheduledJob.objects.filter(task=job.class_path).exists():
        return False
    ScheduledJob.create_schedule(
        job, user, name=wanted.name, interval=JobExecutionType.TYPE_CUSTOM, crontab=wanted.crontab, job_kwargs={}
    )
    return True
