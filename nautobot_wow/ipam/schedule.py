"""The schedule of the Job "Return unused holds": made once, for whoever enables the Job, and then left alone.

Nautobot runs a schedule on behalf of a person and disables one without; after the migrations of a fresh database there
is nobody yet, and new Jobs are not enabled. So whoever enables the Job gets the schedule with it.
"""

from __future__ import annotations

from typing import Any

from nautobot.apps.choices import JobExecutionType
from nautobot.extras.models import Job, ScheduledJob
from nautobot.extras.signals import change_context_state  # not in nautobot.apps as of 3.2

MODULE, CLASS = "nautobot_wow.jobs.sweep", "ReturnHolds"
NAME = "Return unused holds"
EVERY_5_MINUTES = "*/5 * * * *"


def job_saved(sender: Any, instance: Job, raw: bool = False, **kwargs: Any) -> None:
    """Make the schedule when a person enables the Job. Receives `post_save` of Job."""
    if raw or not instance.enabled or (instance.module_name, instance.job_class_name) != (MODULE, CLASS):
        return
    context = change_context_state.get()
    user = context.get_user() if context is not None else None
    if user is not None and user.is_authenticated:
        ensure_schedule(user)


def ensure_schedule(user: Any) -> bool:
    """Make the schedule if the Job is enabled and has none, also none that was disabled; tell whether it was made."""
    job = Job.objects.filter(module_name=MODULE, job_class_name=CLASS, installed=True, enabled=True).first()
    if job is None or ScheduledJob.objects.filter(task=job.class_path).exists():
        return False
    ScheduledJob.create_schedule(
        job, user, name=NAME, interval=JobExecutionType.TYPE_CUSTOM, crontab=EVERY_5_MINUTES, job_kwargs={}
    )
    return True
