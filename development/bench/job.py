"""A Job as the worker runs it: from its JobResult to the end of Nautobot's own pass over what it changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

LIMIT_S = 24 * 60 * 60


def enable(job_class: Any) -> Any:
    """Return the enabled database record of a Job."""
    from nautobot.extras.models import Job, JobQueue
    from nautobot.extras.utils import refresh_job_model_from_job_class

    model, _ = refresh_job_model_from_job_class(Job, job_class, JobQueue)
    model.enabled = True
    model.soft_time_limit_override = model.time_limit_override = True
    model.soft_time_limit, model.time_limit = LIMIT_S, LIMIT_S + 60
    model.save()
    return model


def run(model: Any, user: Any, arguments: Mapping[str, Any]) -> None:
    """Run it in this process; raise RuntimeError unless it succeeded."""
    from nautobot.extras.models import JobResult

    result = JobResult.execute_job(model, user, job_kwargs=dict(arguments))
    if result.status != "SUCCESS":
        raise RuntimeError(f"{model} ended as {result.status}: {result.traceback or result.result}")
