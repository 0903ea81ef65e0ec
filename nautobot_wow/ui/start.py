"""Starting one of our Jobs from a page or from REST, as the run page of Nautobot would: same checks, same queue.

A Job checks its permissions itself when it runs; they are checked here as well, so that the answer comes at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import transaction
from nautobot.apps.jobs import StringVar
from nautobot.apps.utils import get_worker_count
from nautobot.extras.choices import JobQueueTypeChoices  # not in nautobot.apps as of 3.2
from nautobot.extras.models import Job, JobQueue, JobResult, ScheduledJob

from ..errors import ConfigurationError
from ..models import Plan, System

SYNC_JOB = "nautobot_wow.jobs.sync.SyncSystem"
TEST_JOB = "nautobot_wow.jobs.connection.TestConnection"
PUSH_JOB = "nautobot_wow.jobs.push.PushSystem"
RELEASE_JOB = "nautobot_wow.jobs.release.ReleaseSystem"
ALLOCATE_JOB = "nautobot_wow.jobs.allocate.AllocateAddress"

PLANNING_JOBS = (SYNC_JOB, PUSH_JOB, RELEASE_JOB)
"""The Jobs that make plans; a plan is applied by the Job that made it."""


class NotStarted(Exception):
    """The Job was not started; `status` is what REST answers, `fields` name what was wrong with the input."""

    def __init__(self, sentence: str, status: int, fields: Mapping[str, list[str]] | None = None) -> None:
        super().__init__(sentence)
        self.status = status
        self.fields = dict(fields or {})


@dataclass(frozen=True, kw_only=True)
class Started:
    """What became of it: a JobResult, or a ScheduledJob that waits for an approval by Nautobot's workflows.

    `idle_queue` names the queue if nobody works on it now.
    """

    job_result: JobResult | None = None
    scheduled_job: ScheduledJob | None = None
    idle_queue: str = ""

    @property
    def row(self) -> JobResult | ScheduledJob:
        """The one of both that there is."""
        return self.job_result or self.scheduled_job


def may(user: AbstractBaseUser, action: str, system_pk: Any) -> bool:
    """Tell whether the user may plan or apply for this System."""
    return bool(System.objects.restrict(user, action).filter(pk=system_pk).exists())


def demand(user: AbstractBaseUser, action: str, system: System) -> None:
    """Raise NotStarted where the user may not plan or apply for this System."""
    if not may(user, action, system.pk):
        raise NotStarted(f"{user} may not {action} for {system}; ask for the permission {action}_system.", 403)


def why_not(class_path: str, system: System) -> str:
    """Return why a Job would refuse a System as it is, or nothing.

    It is synced while it is enabled and given up while it is not; sent to it is only what its options allow.
    """
    if class_path in (SYNC_JOB, PUSH_JOB) and not system.enabled:
        return f"{system} is not enabled; enable it first."
    if class_path == PUSH_JOB:
        return _why_nothing_is_sent(system)
    if class_path == RELEASE_JOB and system.enabled:
        return f"{system} is enabled, and its next run would claim everything again; disable it first."
    return ""


def _why_nothing_is_sent(system: System) -> str:
    from ..reconcile.push import outbound_of

    try:
        outbound_of(system)
    except KeyError:
        return f"{system}: the kind {system.kind!r} is not installed; choose another."
    except ValueError:  # pydantic's; the form of the System names what is wrong
        return f"{system}: its options are not valid; edit them first."
    except ConfigurationError as error:
        return f"{error}."
    return ""


def may_run(user: AbstractBaseUser, class_path: str) -> bool:
    """Tell whether the Job is there and the user may run it; one that is not enabled says so when it is started."""
    try:
        _permitted(user, class_path)
    except NotStarted:
        return False
    return True


def job_of(plan: Plan) -> str:
    """Return the Job that applies the plan: the one that made it."""
    job = plan.job_result.job_model if plan.job_result else None
    if job and job.class_path in PLANNING_JOBS:
        return str(job.class_path)
    return PUSH_JOB if plan.is_outbound else SYNC_JOB


def apply_plan(user: AbstractBaseUser, plan: Plan, *, needs_worker: bool = False) -> Started:
    """Start the Job that applies exactly this plan."""
    demand(user, "apply", plan.system)
    if not plan.approvable:
        raise NotStarted(f"This plan cannot be applied: it {plan.why_not}.", 409)
    values = {"dryrun": False, "approve": plan.digest, "only": plan.only}
    return start(user, job_of(plan), plan.system, action="apply", needs_worker=needs_worker, **values)


def start(
    user: AbstractBaseUser,
    class_path: str,
    system: System,
    *,
    action: str,
    needs_worker: bool = False,
    **values: Any,
) -> Started:
    """Start a Job for a System. Raises NotStarted; where no worker listens it starts, unless `needs_worker`."""
    job = _runnable(user, class_path)
    demand(user, action, system)
    if why := why_not(class_path, system):
        raise NotStarted(why, 409)
    kwargs = _as_the_form_would(job.job_class, {"system": str(system.pk), **values})
    idle = _idle(job.default_job_queue)
    if idle and needs_worker:
        raise NotStarted(f"No worker listens to the queue {idle}; start one.", 503)
    return _enqueue(user, job, kwargs, idle)


def _runnable(user: AbstractBaseUser, class_path: str) -> Job:
    job = _permitted(user, class_path)
    if not job.enabled:
        raise NotStarted(f"The Job {job.name} is not enabled; enable it first.", 409)
    return job


def _permitted(user: AbstractBaseUser, class_path: str) -> Job:
    module, _, name = class_path.rpartition(".")
    known = Job.objects.filter(module_name=module, job_class_name=name, installed=True)
    job = known.select_related("default_job_queue").first()
    if job is None or job.job_class is None:
        raise NotStarted(f"The Job {class_path} is not installed.", 404)
    if not Job.objects.restrict(user, "run").filter(pk=job.pk).exists():
        raise NotStarted(f"{user} may not run the Job {job.name}; ask for the permission run_job.", 403)
    return job


def _as_the_form_would(job_class: Any, values: dict[str, Any]) -> dict[str, Any]:
    """Return the variables as the Job's own form checks, completes and serialises them."""
    given = {name: value for name, value in values.items() if value not in ("", [])}
    if "only" in given and isinstance(job_class._get_vars().get("only"), StringVar):
        given["only"] = " ".join(given["only"])
    try:
        cleaned = job_class.validate_data(given)
    except ValidationError as error:
        fields = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
        raise NotStarted(_sentence(fields), 400, fields) from error
    return dict(job_class.serialize_data(job_class.prepare_job_kwargs(cleaned)))


def _sentence(fields: Mapping[str, Iterable[str]]) -> str:
    return "; ".join(f"{name}: {' '.join(texts)}".removeprefix(": ") for name, texts in fields.items())


def _idle(queue: JobQueue) -> str:
    """Return the name of a queue that nobody works on. Kubernetes starts its workers itself."""
    is_idle = queue.queue_type == JobQueueTypeChoices.TYPE_CELERY and not get_worker_count(queue=queue)
    return str(queue.name) if is_idle else ""


def _enqueue(user: AbstractBaseUser, job: Job, kwargs: dict[str, Any], idle: str) -> Started:
    """Enqueue it, unless an approval workflow of Nautobot holds for this Job: a dry run needs no approval."""
    if not kwargs.get("dryrun", False):
        with transaction.atomic():
            schedule = ScheduledJob.create_schedule(job, user, job_queue=job.default_job_queue, job_kwargs=kwargs)
            if schedule.has_approval_workflow_definition():
                return Started(scheduled_job=schedule, idle_queue=idle)
            schedule.delete()
    result = JobResult.enqueue_job(job, user, job_queue=job.default_job_queue, job_kwargs=kwargs)
    return Started(job_result=result, idle_queue=idle)
