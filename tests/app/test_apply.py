"""Applying a plan from its page: who may, what is asked first, what is started, and what became of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from nautobot.extras.models import Job, JobResult

from nautobot_wow.models import Plan, System
from nautobot_wow.ui.start import SYNC_JOB, TEST_JOB
from tests.app import rows

pytestmark = pytest.mark.django_db

REASON = "wow-prox1: the world moved since plan 3fa9c1 was made: guest traefik. Nothing was written; look at a new plan"


def url(plan: Plan) -> str:
    return reverse("plugins:nautobot_wow:plan_apply", kwargs={"pk": plan.pk})


def page(client: Client, plan: Plan) -> str:
    return client.get(plan.get_absolute_url()).content.decode()


def test_the_button_leads_to_a_question_that_says_what_will_be_written(admin_client: Client, queue: Any) -> None:
    plan = rows.plan(rows.system(), [rows.change(1), rows.change(2), rows.change(3, action="retire")])
    assert f'href="{url(plan)}"' in page(admin_client, plan)
    html = admin_client.get(url(plan)).content.decode()
    assert "Guest: 2 create, 1 retire" in html
    assert "past the guards" not in html
    assert queue.asked == []


def test_the_question_says_that_it_goes_past_the_guards_and_why_one_refused(admin_client: Client) -> None:
    plan = rows.plan(rows.system(), refused="half of it would go <b>")
    html = admin_client.get(url(plan)).content.decode()
    assert "This goes past the guards." in html
    assert "half of it would go &lt;b&gt;" in html


def test_the_answer_starts_the_sync_of_exactly_this_plan(admin_client: Client, queue: Any) -> None:
    plan = rows.plan(rows.system())
    response = admin_client.post(url(plan))
    started = JobResult.objects.get()
    assert response["Location"] == started.get_absolute_url()
    assert started.job_model.class_path == SYNC_JOB
    ((job, variables),) = queue.asked
    assert job == SYNC_JOB
    assert variables["system"] == str(plan.system_id)
    assert (variables["dryrun"], variables["approve"]) == (False, plan.digest)


def test_where_no_worker_listens_the_reader_is_told(admin_client: Client, queue: Any) -> None:
    queue.workers = 0
    response = admin_client.post(url(rows.plan(rows.system())), follow=True)
    assert "No worker listens to the queue default" in response.content.decode()
    assert JobResult.objects.count() == 1


def test_an_approval_workflow_of_nautobot_holds_for_a_plan_too(admin_client: Client, queue: Any) -> None:
    from django.contrib.contenttypes.models import ContentType
    from nautobot.extras.models import ApprovalWorkflowDefinition, ScheduledJob

    ApprovalWorkflowDefinition.objects.create(
        name="somebody looks first", model_content_type=ContentType.objects.get_for_model(ScheduledJob), weight=1
    )
    response = admin_client.post(url(rows.plan(rows.system())))
    assert response["Location"] == ScheduledJob.objects.get().get_absolute_url()
    assert queue.asked == []


def test_only_who_may_run_the_job_and_apply_for_this_system_is_asked(person: Callable[..., Client], queue: Any) -> None:
    plan = rows.plan(rows.system())
    client = person("view", on=(System, Plan))
    for more in (lambda: None, lambda: person("run", on=(Job,)), lambda: person("plan", on=(System,))):
        more()
        assert url(plan) not in page(client, plan)
        assert client.get(url(plan)).status_code == 403
        assert client.post(url(plan)).status_code == 403
    person("apply", on=(System,), constraints={"name": "another"})
    assert url(plan) not in page(client, plan)
    assert client.get(url(plan)).status_code == 403
    assert client.post(url(plan)).status_code == 403
    assert queue.asked == []
    person("apply", on=(System,), constraints={"name": plan.system.name})
    assert url(plan) in page(client, plan)
    assert client.get(url(plan)).status_code == 200
    assert client.post(url(plan)).status_code == 302
    assert len(queue.asked) == 1


def test_a_plan_is_applied_by_the_job_that_made_it(admin_client: Client, queue: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("nautobot_wow.ui.start.PLANNING_JOBS", (SYNC_JOB, TEST_JOB))
    job = Job.objects.get(job_class_name="TestConnection")
    made_by = JobResult.objects.create(name=job.name, job_model=job)
    admin_client.post(url(rows.plan(rows.system(), job_result=made_by)), follow=True)
    assert queue.asked == []  # the test takes no digest: its form says so, which shows that it was asked
    admin_client.post(url(rows.plan(System.objects.get())))
    assert [path for path, _ in queue.asked] == [SYNC_JOB]


def test_a_constraint_on_running_jobs_holds(person: Callable[..., Client], queue: Any) -> None:
    plan = rows.plan(rows.system())
    client = person("view", "apply", on=(System, Plan))
    person("run", on=(Job,), constraints={"job_class_name": "TestConnection"})
    assert url(plan) not in page(client, plan)
    assert client.post(url(plan)).status_code == 403
    assert queue.asked == []


def test_a_plan_that_cannot_be_seen_cannot_be_applied(person: Callable[..., Client], queue: Any) -> None:
    plan = rows.plan(rows.system())
    client = person("view", on=(Plan,), constraints={"digest": "another"})
    person("run", on=(Job,))
    person("apply", on=(System,))
    assert client.post(url(plan)).status_code == 404
    assert queue.asked == []


@pytest.mark.parametrize(
    ("state", "says"),
    [({"applied_at": timezone.now()}, "cannot be applied again"), ({"expires": timezone.now()}, "Make a new one")],
)
def test_a_plan_that_is_over_says_so_instead_of_a_button(
    admin_client: Client, queue: Any, state: dict[str, Any], says: str
) -> None:
    plan = rows.plan(rows.system(), **state)
    html = page(admin_client, plan)
    assert says in html
    assert "Apply this plan" not in html
    for response in (admin_client.get(url(plan)), admin_client.post(url(plan))):
        assert response["Location"] == plan.get_absolute_url()
    assert "This plan cannot be applied" in page(admin_client, plan)
    assert queue.asked == []


def test_a_job_or_system_that_is_not_enabled_is_named(admin_client: Client, queue: Any) -> None:
    plan = rows.plan(rows.system())
    System.objects.update(enabled=False)
    assert "wow-prox1 is not enabled" in admin_client.post(url(plan), follow=True).content.decode()
    Job.objects.update(enabled=False)
    assert "Sync from system is not enabled" in admin_client.post(url(plan), follow=True).content.decode()
    assert queue.asked == []


def attempt(plan: Plan, status: str = "FAILURE", **more: Any) -> JobResult:
    job = Job.objects.get(job_class_name="SyncSystem")
    kwargs = {"system": str(plan.system_id), "approve": plan.digest, "dryrun": False}
    values: dict[str, Any] = {"task_kwargs": kwargs, "result": {"exc_type": "StalePlan", "exc_message": REASON}} | more
    return JobResult.objects.create(name=job.name, job_model=job, status=status, **values)


def test_a_plan_that_does_nothing_has_no_button(admin_client: Client) -> None:
    html = page(admin_client, rows.plan(rows.system(), []))
    assert "There is nothing to apply." in html
    assert "Apply this plan" not in html


@pytest.mark.parametrize("message", [REASON, [REASON]])
def test_the_reason_of_a_refused_attempt_is_shown(admin_client: Client, message: Any) -> None:
    plan = rows.plan(rows.system())
    made = attempt(plan, result={"exc_type": "StalePlan", "exc_message": message})
    html = page(admin_client, plan)
    assert made.get_absolute_url() in html
    assert REASON in html


def test_only_the_latest_attempt_for_this_plan_is_shown(admin_client: Client) -> None:
    plan = rows.plan(rows.system())
    old = attempt(plan)
    JobResult.objects.filter(pk=old.pk).update(date_created=timezone.now() - timedelta(hours=1))
    new = attempt(plan, "SUCCESS", result=None)
    another = attempt(rows.plan(plan.system))
    html = page(admin_client, plan)
    assert new.get_absolute_url() in html
    assert old.get_absolute_url() not in html
    assert another.get_absolute_url() not in html


def test_who_may_not_see_job_results_sees_no_attempt(person: Callable[..., Client]) -> None:
    plan = rows.plan(rows.system())
    attempt(plan)
    assert REASON not in page(person("view", on=(Plan, System)), plan)
