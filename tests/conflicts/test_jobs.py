"""The Job that checks for conflicts, and the check at the end of every sync."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from nautobot.extras.models import Job, JobLogEntry, JobResult

from nautobot_wow.conflicts.registry import RULES
from nautobot_wow.models import Conflict
from tests.conflicts.estate import Estate
from tests.reconcile.conftest import fake_kind, site  # noqa: F401
from tests.reconcile.estate import full, platform, snapshot
from tests.reconcile.test_job import Runs, run  # noqa: F401

pytestmark = pytest.mark.django_db(databases=["default", "job_logs"])


@pytest.fixture
def checked(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run the Job; return its result and its log."""
    monkeypatch.setattr("nautobot.extras.models.jobs.JOB_LOGS", None)
    user = get_user_model().objects.create_user("checker", is_superuser=True)
    job = Job.objects.get(module_name="nautobot_wow.jobs.conflicts", job_class_name="CheckConflicts")
    Job.objects.filter(pk=job.pk).update(enabled=True)
    job.refresh_from_db()

    def check() -> Any:
        result = JobResult.execute_job(job, user, job_kwargs={})
        result.refresh_from_db()
        logs = JobLogEntry.objects.filter(job_result=result).values_list("message", flat=True)
        return result, list(logs)

    return check


def _broken(estate: Any) -> Any:
    raise ValueError("not today")


def test_the_job_lists_what_is_new_and_then_what_is_over(estate: Estate, checked: Any) -> None:
    guest = estate.guest("shy")
    result, logs = checked()
    assert result.status == "SUCCESS"
    row = Conflict.objects.get()
    line = {"severity": "warning", "kind": "misread-record", "title": row.title, "url": row.get_absolute_url()}
    assert result.result["opened"] == [line]
    assert result.result["found"] == {"misread-record": 1}
    assert f"Warning: {row.title}" in logs
    again, _ = checked()
    assert again.result["counts"] == {"opened": 0, "reopened": 0, "refreshed": 0, "resolved": 0}
    guest.delete()
    over, _ = checked()
    assert [one["title"] for one in over.result["resolved"]] == [row.title]


def test_the_job_fails_and_names_the_rule_that_could_not_be_asked(
    estate: Estate, checked: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(RULES, "no-gateway", replace(RULES["no-gateway"], find=_broken))
    estate.guest("shy")
    result, logs = checked()
    assert result.status == "FAILURE"
    assert "no-gateway" in str(result.result)
    assert any("no-gateway" in line for line in logs)
    assert Conflict.objects.get().kind == "misread-record"


def test_the_rules_are_asked_after_a_sync_and_not_after_a_dry_run(run: Runs) -> None:  # noqa: F811
    nameless = [*platform(), *full(210, "web", "172.16.100.10", primary_ip4=None)]
    from nautobot.ipam.models import Prefix

    from nautobot_wow.models import NetworkProfile

    NetworkProfile.objects.create(name="dmz", prefix=Prefix.objects.get(network="172.16.100.0"), gateway="172.16.100.1")
    run(snapshot(nameless), dryrun=True)
    assert not Conflict.objects.exists()
    done = run(snapshot(nameless))
    assert done.status == "SUCCESS"
    assert Conflict.objects.filter(kind="misread-record", system=None).exists()
    assert any(line.startswith("Conflicts: ") for line in done.logs)


def test_a_rule_that_fails_does_not_fail_the_sync_but_is_no_good_run(
    run: Runs,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(RULES, "no-gateway", replace(RULES["no-gateway"], find=_broken))
    done = run(snapshot(platform()))
    assert done.status == "SUCCESS"
    assert run.system.last_status == "partial"
    assert "conflicts were not all checked: no-gateway" in run.system.last_message
