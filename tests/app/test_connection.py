"""Testing a connection: the Job, the button that starts it, and the tables that show what it found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from nautobot.extras.models import Job, JobResult

from nautobot_wow.errors import ConfigurationError, NotAllowed, Unreachable
from nautobot_wow.jobs.connection import TestConnection
from nautobot_wow.models import System
from nautobot_wow.systems import registry
from nautobot_wow.systems.kind import ConnectionReport
from nautobot_wow.ui.start import RELEASE_JOB, SYNC_JOB, TEST_JOB, why_not
from tests.app import rows

pytestmark = pytest.mark.django_db

REPORT = ConnectionReport(
    facts=(("version", "9.1.3"), ("rights", "PVEAuditor on /")), invisible=("guests without VM.Audit stay unseen",)
)


class Logger:
    def __init__(self) -> None:
        self.lines: list[tuple[str, str]] = []

    def info(self, text: str, *args: Any, **more: Any) -> None:
        self.lines.append(("info", text % args))

    def warning(self, text: str, *args: Any, **more: Any) -> None:
        self.lines.append(("warning", text % args))


def answering(monkeypatch: pytest.MonkeyPatch, check: Callable[..., Any]) -> None:
    kind = replace(registry.SYSTEM_KINDS["proxmox"], check=check)
    monkeypatch.setitem(registry.SYSTEM_KINDS, "proxmox", kind)
    monkeypatch.setattr("nautobot_wow.jobs.connection.source_of", lambda system, options: f"connection of {system}")


def job(user: Any) -> Any:
    """Return the Job as somebody runs it; Nautobot would tell it who by its request."""
    found = type("Asked", (TestConnection,), {"user": user})()
    found.logger = Logger()
    return found


def test_the_class_path_is_the_one_that_pages_and_rest_start() -> None:
    assert TestConnection.class_path == TEST_JOB
    model = Job.objects.get(job_class_name="TestConnection")
    assert not model.has_sensitive_variables
    assert 0 < model.soft_time_limit < model.time_limit


def test_every_fact_is_logged_and_everything_invisible_is_a_warning(
    monkeypatch: pytest.MonkeyPatch, admin_user: Any
) -> None:
    asked: list[Any] = []
    answering(monkeypatch, lambda connection, options: asked.append((connection, options)) or REPORT)
    run = job(admin_user)
    result = run.run(system=rows.system(options={"concurrency": 4}))
    assert result == {
        "facts": [["version", "9.1.3"], ["rights", "PVEAuditor on /"]],
        "invisible": ["guests without VM.Audit stay unseen"],
    }
    assert run.logger.lines == [
        ("info", "version: 9.1.3"),
        ("info", "rights: PVEAuditor on /"),
        ("warning", "Not visible: guests without VM.Audit stay unseen"),
    ]
    assert (asked[0][0], asked[0][1].concurrency) == ("connection of wow-prox1", 4)


def test_a_failure_is_the_sentence_of_the_error(monkeypatch: pytest.MonkeyPatch, admin_user: Any) -> None:
    def fail(*args: Any) -> None:
        raise Unreachable("wow-prox1 did not answer in 30 s")

    answering(monkeypatch, fail)
    with pytest.raises(Unreachable, match="did not answer"):
        job(admin_user).run(system=rows.system())


def test_a_system_without_an_integration_is_named(admin_user: Any) -> None:
    with pytest.raises(ConfigurationError, match="wow-prox1: no external integration"):
        job(admin_user).run(system=rows.system())


def test_options_that_are_wrong_and_kinds_that_are_gone_are_named(
    monkeypatch: pytest.MonkeyPatch, admin_user: Any
) -> None:
    answering(monkeypatch, lambda *args: REPORT)
    system = rows.system()
    System.objects.update(options={"no_longer_there": 1})
    with pytest.raises(ConfigurationError, match="no_longer_there"):
        job(admin_user).run(system=system)
    System.objects.update(kind="gone")
    with pytest.raises(ConfigurationError, match="'gone' is not installed"):
        job(admin_user).run(system=system)


def test_it_takes_the_right_to_plan_for_this_system(
    monkeypatch: pytest.MonkeyPatch, person: Callable[..., Client], django_user_model: Any
) -> None:
    answering(monkeypatch, lambda *args: REPORT)
    person("plan", on=(System,), constraints={"name": "wow-prox1"})
    user = django_user_model.objects.get(username="somebody")
    assert job(user).run(system=rows.system("wow-prox1"))
    with pytest.raises(NotAllowed, match="plan_system"):
        job(user).run(system=rows.system("wow-prox2"))


def button(system: System) -> str:
    return reverse("plugins:nautobot_wow:system_test_connection", kwargs={"pk": system.pk})


def test_the_button_starts_the_test_by_post_and_leads_to_its_result(admin_client: Client, queue: Any) -> None:
    system = rows.system()
    assert f'action="{button(system)}"' in admin_client.get(system.get_absolute_url()).content.decode()
    assert admin_client.get(button(system)).status_code == 405
    response = admin_client.post(button(system))
    assert response["Location"] == JobResult.objects.get().get_absolute_url()
    assert queue.asked == [(TEST_JOB, {"system": str(system.pk)})]


def test_the_button_is_for_who_may_plan_for_this_system(person: Callable[..., Client], queue: Any) -> None:
    system, other = rows.system(), rows.system("another")
    client = person("view", on=(System,))
    person("run", on=(Job,))
    assert button(system) not in client.get(system.get_absolute_url()).content.decode()
    assert client.post(button(system)).status_code == 403
    person("plan", on=(System,), constraints={"name": "wow-prox1"})
    assert button(system) in client.get(system.get_absolute_url()).content.decode()
    assert button(other) not in client.get(other.get_absolute_url()).content.decode()
    assert client.post(button(other)).status_code == 403
    assert client.post(button(system)).status_code == 302
    assert len(queue.asked) == 1


def test_releasing_is_offered_where_its_job_is_installed_and_starts_a_dry_run(
    admin_client: Client, queue: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    system = rows.system()
    url = reverse("plugins:nautobot_wow:system_release", kwargs={"pk": system.pk})
    monkeypatch.setattr("nautobot_wow.views.system.RELEASE_JOB", "nautobot_wow.jobs.release.NotThere")
    assert "is not installed" in admin_client.post(url, follow=True).content.decode()
    monkeypatch.setattr("nautobot_wow.views.system.RELEASE_JOB", "nautobot_wow.jobs.sync.SyncSystem")
    admin_client.post(url)
    assert [(variables["system"], variables["dryrun"]) for _, variables in queue.asked] == [(str(system.pk), True)]


def test_a_system_is_synced_while_it_is_enabled_and_given_up_when_it_is_not() -> None:
    enabled, disabled = rows.system("a"), rows.system("b", enabled=False)
    assert [bool(why_not(SYNC_JOB, system)) for system in (enabled, disabled)] == [False, True]
    assert [bool(why_not(RELEASE_JOB, system)) for system in (enabled, disabled)] == [True, False]
    assert not any(why_not(TEST_JOB, system) for system in (enabled, disabled))


def test_a_system_that_is_not_enabled_has_no_buttons_to_sync_it(admin_client: Client, queue: Any) -> None:
    html = admin_client.get(rows.system(enabled=False).get_absolute_url()).content.decode()
    assert "SyncSystem" not in html
    assert "Test connection" in html


def result_of(system: System, status: str = "SUCCESS", **more: Any) -> JobResult:
    model = Job.objects.get(job_class_name="TestConnection")
    result = {
        "facts": [["version", "9.1.3"], ["rights", "<b>all</b>"], ["certificate SHA-256", "68:A7"]],
        "invisible": ["guests of <i>pool</i>"],
    }
    values: dict[str, Any] = {"task_kwargs": {"system": str(system.pk)}, "result": result, "date_done": timezone.now()}
    values |= more
    return JobResult.objects.create(name=model.name, job_model=model, status=status, **values)


def test_what_was_found_is_a_table_on_the_pages_of_result_and_system(admin_client: Client) -> None:
    system = rows.system()
    found = result_of(system)
    for row in (found, system):
        html = admin_client.get(row.get_absolute_url()).content.decode()
        assert '<tr><td>Version</td><td class="text-break">9.1.3</td></tr>' in html
        assert "&lt;b&gt;all&lt;/b&gt;" in html
        assert "<td>Certificate SHA-256</td>" in html
        assert "guests of &lt;i&gt;pool&lt;/i&gt;" in html
    assert found.get_absolute_url() in admin_client.get(system.get_absolute_url()).content.decode()
    other = rows.system("another")
    assert "wow-connection" not in admin_client.get(other.get_absolute_url()).content.decode()


def test_while_it_runs_the_page_of_the_result_asks_again(admin_client: Client) -> None:
    html = admin_client.get(result_of(rows.system(), "STARTED", result=None).get_absolute_url()).content.decode()
    assert "The test runs." in html
    assert 'hx-select="#wow-connection"' in html


@pytest.mark.parametrize("result", [None, {"exc_type": "Unreachable", "exc_message": "no answer"}, ["x"]])
def test_a_test_that_failed_has_no_table(admin_client: Client, result: Any) -> None:
    system = rows.system()
    for row in (result_of(system, "FAILURE", result=result), system):
        response = admin_client.get(row.get_absolute_url())
        assert response.status_code == 200
        assert "wow-connection" not in response.content.decode()


def test_the_results_of_other_jobs_are_left_alone(admin_client: Client) -> None:
    model = Job.objects.get(job_class_name="SyncSystem")
    result = {"facts": [["version", "1"]], "invisible": []}
    row = JobResult.objects.create(name=model.name, job_model=model, status="SUCCESS", result=result)
    assert "wow-connection" not in admin_client.get(row.get_absolute_url()).content.decode()


def test_who_may_not_see_job_results_sees_no_table_on_the_system(person: Callable[..., Client]) -> None:
    system = rows.system()
    result_of(system)
    client = person("view", on=(System,))
    assert "wow-connection" not in client.get(system.get_absolute_url()).content.decode()
    person("view", on=(JobResult,))
    assert "wow-connection" in client.get(system.get_absolute_url()).content.decode()
