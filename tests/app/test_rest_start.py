"""The REST endpoints that start a Job: what they take, who may, and what they answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from nautobot.extras.models import Job, JobResult

from nautobot_wow.models import Plan, System
from nautobot_wow.ui.start import PUSH_JOB, SYNC_JOB, TEST_JOB
from tests.app import rows

pytestmark = pytest.mark.django_db

BASE = "/api/plugins/wow"


def post(client: Client, path: str, body: Any = None) -> Any:
    return client.post(f"{BASE}/{path}/", body or {}, content_type="application/json")


def sync(client: Client, system: System, **body: Any) -> Any:
    return post(client, f"systems/{system.pk}/sync", body)


def test_a_sync_is_a_dry_run_unless_told_otherwise(admin_client: Client, queue: Any) -> None:
    system = rows.system()
    response = sync(admin_client, system)
    assert response.status_code == 202
    started = JobResult.objects.get()
    found = response.json()["job_result"]
    assert found["id"] == str(started.pk)
    assert found["url"].endswith(f"/api/extras/job-results/{started.pk}/")
    assert response.json()["scheduled_job"] is None
    ((job, variables),) = queue.asked
    assert (job, variables["system"], variables["dryrun"]) == (SYNC_JOB, str(system.pk), True)


def test_a_plan_is_applied_by_its_id_and_by_its_digest(admin_client: Client, queue: Any) -> None:
    plan = rows.plan(rows.system())
    assert post(admin_client, f"plans/{plan.pk}/apply").status_code == 202
    assert sync(admin_client, plan.system, dryrun=False, approve=plan.digest).status_code == 202
    first, second = queue.asked
    assert first == second
    assert (first[1]["approve"], first[1]["dryrun"]) == (plan.digest, False)


def test_what_people_changed_is_sent_like_a_sync_where_the_options_allow_it(admin_client: Client, queue: Any) -> None:
    system = rows.system()
    refused = post(admin_client, f"systems/{system.pk}/push")
    assert refused.status_code == 409
    assert "its options do not allow that anything is sent to it" in refused.json()["detail"]
    System.objects.filter(pk=system.pk).update(options={"push": ["name"]})
    assert post(admin_client, f"systems/{system.pk}/push").status_code == 202
    ((job, variables),) = queue.asked
    assert (job, variables["system"], variables["dryrun"]) == (PUSH_JOB, str(system.pk), True)


def test_a_plan_is_applied_only_the_way_it_goes(admin_client: Client, queue: Any) -> None:
    system = rows.system(options={"push": ["name"]})
    inward = rows.plan(system)
    outward = rows.plan(system)
    Plan.objects.filter(pk=outward.pk).update(content={**outward.content, "direction": "to system"})
    for plan, right, wrong in ((inward, "sync", "push"), (outward, "push", "sync")):
        body = {"dryrun": False, "approve": plan.digest}
        refused = post(admin_client, f"systems/{system.pk}/{wrong}", body)
        assert refused.status_code == 409
        assert f"apply it by {right}" in refused.json()["detail"]
        assert post(admin_client, f"systems/{system.pk}/{right}", body).status_code == 202
    assert [job for job, _ in queue.asked] == [SYNC_JOB, PUSH_JOB]


def test_a_connection_is_tested_also_of_a_system_that_is_not_enabled(admin_client: Client, queue: Any) -> None:
    system = rows.system(enabled=False)
    assert post(admin_client, f"systems/{system.pk}/test-connection").status_code == 202
    assert queue.asked == [(TEST_JOB, {"system": str(system.pk)})]


def test_releasing_is_planned_and_applied_like_a_sync(
    admin_client: Client, queue: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = rows.plan(rows.system())
    path = f"systems/{plan.system_id}/release"
    monkeypatch.setattr("nautobot_wow.api.views.RELEASE_JOB", "nautobot_wow.jobs.release.NotThere")
    assert post(admin_client, path).status_code == 404
    monkeypatch.setattr("nautobot_wow.api.views.RELEASE_JOB", SYNC_JOB)  # takes the same variables
    assert post(admin_client, path).status_code == 202
    assert post(admin_client, path, {"dryrun": False, "approve": plan.digest}).status_code == 202
    assert [(asked["dryrun"], asked["approve"]) for _, asked in queue.asked] == [(True, ""), (False, plan.digest)]
    assert list(post(admin_client, path, {"only": ["lxc/210"]}).json()) == ["only"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"dryrun": "perhaps"}, "dryrun"),
        ({"approve": "3fa9c1"}, "approve"),
        ({"approve": "a" * 64}, "approve"),
        ({"only": "lxc/210"}, "only"),
        ({"only": [""]}, "only"),
        ({"only": ["x" * 256]}, "only"),
        ({"dry_run": False}, "dry_run"),
    ],
)
def test_bad_input_is_named_by_its_field(admin_client: Client, queue: Any, body: dict[str, Any], field: str) -> None:
    response = sync(admin_client, rows.system(), **body)
    assert response.status_code == 400
    assert list(response.json()) == [field]
    assert queue.asked == []


def test_a_body_that_is_no_object_is_refused(admin_client: Client, queue: Any) -> None:
    assert post(admin_client, f"systems/{rows.system().pk}/sync", [1]).status_code == 400
    assert queue.asked == []


def test_planning_and_applying_are_asked_for_the_system_itself(person: Callable[..., Client], queue: Any) -> None:
    system, plan = rows.system(), rows.plan(rows.system("wow-prox2"))
    client = person("run", on=(Job,))
    person("plan", on=(System,), constraints={"name": "wow-prox1"})
    assert sync(client, system).status_code == 202
    assert post(client, f"systems/{system.pk}/test-connection").status_code == 202
    assert sync(client, plan.system).status_code == 403
    refused = sync(client, system, dryrun=False)
    assert refused.status_code == 403
    assert refused.json() == {"detail": "somebody may not apply for wow-prox1; ask for the permission apply_system."}
    person("apply", on=(System,), constraints={"name": "wow-prox1"})
    assert sync(client, system, dryrun=False).status_code == 202
    person("view", on=(Plan,))
    assert post(client, f"plans/{plan.pk}/apply").status_code == 403
    assert sync(client, plan.system, dryrun=False, approve=plan.digest).status_code == 403
    assert len(queue.asked) == 3


def test_running_the_job_is_asked_too(person: Callable[..., Client], queue: Any) -> None:
    system = rows.system()
    client = person("plan", "apply", on=(System,))
    person("run", on=(Job,), constraints={"job_class_name": "TestConnection"})
    assert sync(client, system).status_code == 403
    assert post(client, f"systems/{system.pk}/test-connection").status_code == 202
    assert len(queue.asked) == 1


def test_a_plan_that_the_reader_may_not_see_is_not_found(person: Callable[..., Client], queue: Any) -> None:
    plan = rows.plan(rows.system())
    client = person("run", on=(Job,))
    person("apply", on=(System,))
    assert post(client, f"plans/{plan.pk}/apply").status_code == 404
    assert queue.asked == []


def test_nobody_starts_anything_without_logging_in(client: Client, queue: Any) -> None:
    system = rows.system()
    assert sync(client, system).status_code == 403
    assert queue.asked == []


def test_a_token_that_may_not_write_starts_nothing(client: Client, admin_user: Any, queue: Any) -> None:
    from nautobot.users.models import Token

    system = rows.system()
    token = Token.objects.create(user=admin_user, write_enabled=False)
    headers = {"Authorization": f"Token {token.key}"}
    path = f"{BASE}/systems/{system.pk}/sync/"
    assert client.post(path, {}, content_type="application/json", headers=headers).status_code == 403
    Token.objects.update(write_enabled=True)
    assert client.post(path, {}, content_type="application/json", headers=headers).status_code == 202
    assert len(queue.asked) == 1


def test_a_link_is_not_enough(admin_client: Client, queue: Any) -> None:
    plan = rows.plan(rows.system())
    for path in (f"plans/{plan.pk}/apply", f"systems/{plan.system_id}/sync", f"systems/{plan.system_id}/release"):
        assert admin_client.get(f"{BASE}/{path}/").status_code == 405
    assert queue.asked == []


@pytest.mark.parametrize(
    ("state", "says"),
    [({"applied_at": timezone.now()}, "was applied already"), ({"expires": timezone.now()}, "expired")],
)
def test_a_plan_that_is_over_is_a_409(admin_client: Client, queue: Any, state: dict[str, Any], says: str) -> None:
    plan = rows.plan(rows.system(), **state)
    for response in (
        post(admin_client, f"plans/{plan.pk}/apply"),
        sync(admin_client, plan.system, dryrun=False, approve=plan.digest),
    ):
        assert response.status_code == 409
        assert says in response.json()["detail"]
    assert queue.asked == []


def test_a_digest_that_no_plan_of_the_system_has_is_a_409(admin_client: Client, queue: Any) -> None:
    plan = rows.plan(rows.system("another"))
    response = sync(admin_client, rows.system(), dryrun=False, approve=plan.digest)
    assert response.status_code == 409
    assert "wow-prox1 has no plan" in response.json()["detail"]
    assert queue.asked == []


def test_a_plan_of_some_guests_is_not_approved_for_others(admin_client: Client, queue: Any) -> None:
    plan = rows.plan(rows.system(), content={"changes": [], "notes": [], "only": ["lxc/210"]})
    response = sync(admin_client, plan.system, dryrun=False, approve=plan.digest, only=["lxc/211"])
    assert response.status_code == 400
    assert list(response.json()) == ["only"]
    assert queue.asked == []


def test_a_job_that_is_not_enabled_or_not_installed_is_named(admin_client: Client, queue: Any) -> None:
    system = rows.system()
    Job.objects.filter(job_class_name="SyncSystem").update(enabled=False)
    response = sync(admin_client, system)
    assert (response.status_code, response.json()["detail"]) == (
        409,
        "The Job Sync from system is not enabled; enable it first.",
    )
    Job.objects.filter(job_class_name="TestConnection").update(installed=False)
    response = post(admin_client, f"systems/{system.pk}/test-connection")
    assert (response.status_code, response.json()["detail"]) == (404, f"The Job {TEST_JOB} is not installed.")
    assert queue.asked == []


def test_a_system_that_is_not_enabled_is_not_synced(admin_client: Client, queue: Any) -> None:
    response = sync(admin_client, rows.system(enabled=False))
    assert (response.status_code, response.json()["detail"]) == (409, "wow-prox1 is not enabled; enable it first.")
    assert queue.asked == []


def test_an_unknown_system_or_plan_is_not_found(admin_client: Client, queue: Any) -> None:
    unknown = "6b0a1f3e-8a51-4b0e-9d8a-0a1f3e8a514b"
    for path in (f"systems/{unknown}/sync", f"systems/{unknown}/release", f"plans/{unknown}/apply"):
        assert post(admin_client, path).status_code == 404


def test_without_a_worker_nothing_is_enqueued(admin_client: Client, queue: Any) -> None:
    queue.workers = 0
    response = sync(admin_client, rows.system())
    assert response.status_code == 503
    assert "default" in response.json()["detail"]
    assert JobResult.objects.count() == 0


def test_an_approval_workflow_of_nautobot_keeps_the_run_waiting(admin_client: Client, queue: Any) -> None:
    from django.contrib.contenttypes.models import ContentType
    from nautobot.extras.models import ApprovalWorkflowDefinition, ScheduledJob

    ApprovalWorkflowDefinition.objects.create(
        name="somebody looks first", model_content_type=ContentType.objects.get_for_model(ScheduledJob), weight=1
    )
    system = rows.system()
    response = sync(admin_client, system, dryrun=False)
    assert response.status_code == 202
    assert response.json()["job_result"] is None
    assert response.json()["scheduled_job"]["id"] == str(ScheduledJob.objects.get().pk)
    assert queue.asked == []
    assert sync(admin_client, system).json()["job_result"]
