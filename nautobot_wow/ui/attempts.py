"""What became of the Jobs that were started for a Plan or a System, as their JobResults say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import QuerySet
from django.utils.safestring import SafeString
from nautobot.extras.choices import JobResultStatusChoices
from nautobot.extras.models import JobResult

from ..models import Plan, System
from .start import TEST_JOB, job_of
from .text import badge

ENDS = {
    JobResultStatusChoices.STATUS_PENDING: ("Pending", "secondary"),
    JobResultStatusChoices.STATUS_STARTED: ("Running", "warning"),
    JobResultStatusChoices.STATUS_SUCCESS: ("Completed", "success"),
    JobResultStatusChoices.STATUS_FAILURE: ("Failed", "danger"),
}
"""The words and colours of Nautobot's own lists of results."""


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One run of a Job: where its page is, how it ended, and why if it failed."""

    job_result: JobResult
    status: SafeString
    reason: str


def latest_attempt(plan: Plan, user: AbstractBaseUser) -> Attempt | None:
    """Return the latest run that was told to apply this plan and that the user may see; one query."""
    asked = {"task_kwargs__system": str(plan.system_id), "task_kwargs__approve": plan.digest}
    row = _results(job_of(plan), user).filter(**asked).first()
    return attempt(row) if row else None


def latest_test(system: System, user: AbstractBaseUser) -> JobResult | None:
    """Return the latest test of the connection that succeeded and that the user may see; one query."""
    asked = {"task_kwargs__system": str(system.pk), "status": JobResultStatusChoices.STATUS_SUCCESS}
    return _results(TEST_JOB, user).filter(**asked).first()


def attempt(row: JobResult) -> Attempt:
    """Return what a JobResult says."""
    word, color = ENDS.get(row.status, (row.status.capitalize(), "info"))
    return Attempt(job_result=row, status=badge(word, color), reason=_reason(row.result))


def _results(class_path: str, user: AbstractBaseUser) -> QuerySet[JobResult]:
    module, _, name = class_path.rpartition(".")
    mine = {"job_model__module_name": module, "job_model__job_class_name": name}
    return JobResult.objects.restrict(user, "view").filter(**mine).order_by("-date_created")


def _reason(result: Any) -> str:
    """Return the sentence of the error; Celery keeps the arguments of an exception as a list or as text."""
    if not isinstance(result, dict) or "exc_message" not in result:
        return ""
    message = result["exc_message"]
    return " ".join(str(part) for part in message) if isinstance(message, (list, tuple)) else str(message)
