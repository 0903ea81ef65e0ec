"""The Job as Nautobot runs it, over a system that answers what the test says."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from nautobot.apps.choices import SecretsGroupAccessTypeChoices, SecretsGroupSecretTypeChoices
from nautobot.extras.models import (
    ExternalIntegration,
    Job,
    JobLogEntry,
    JobResult,
    ObjectChange,
    Secret,
    SecretsGroup,
    SecretsGroupAssociation,
)
from nautobot.users.models import ObjectPermission
from nautobot.virtualization.models import VirtualMachine
from nautobot_ssot.models import Sync, SyncLogEntry

from nautobot_wow.errors import Unreachable
from nautobot_wow.models import Claim, Plan, System
from nautobot_wow.reconcile.lock import NAMESPACE
from nautobot_wow.reconcile.synclog import DIFF_ELEMENTS
from nautobot_wow.records import Kind
from nautobot_wow.snapshot import Refusal, Snapshot
from tests.reconcile.estate import change, full, guest, platform, snapshot, without
from tests.reconcile.site import Site, names, rows_written, vm

pytestmark = pytest.mark.django_db(databases=["default", "job_logs"])

WEB = "172.16.100.10"
OWN_RECORD = {
    "extras_jobresult",
    "extras_joblogentry",
    "extras_jobconsoleentry",
    "nautobot_ssot_sync",
    "nautobot_wow_system",
}


class Runs:
    """Runs of the Job, each as a worker would do it."""

    def __init__(self, system: System, answers: list[Any], user: Any) -> None:
        self.system, self.answers, self.user = system, answers, user
        self.job = Job.objects.get(module_name="nautobot_wow.jobs.sync", job_class_name="SyncSystem")
        self.job.enabled = True
        self.job.validated_save()

    def __call__(self, answer: Snapshot | Exception, user: Any = None, **given: Any) -> SimpleNamespace:
        """Run over that answer of the system; return how it ended."""
        self.answers[:] = [answer]
        result = JobResult.execute_job(
            self.job, user or self.user, job_kwargs={"system": self.system.pk, "dryrun": False, **given}
        )
        result.refresh_from_db()
        self.system.refresh_from_db()
        logs = list(JobLogEntry.objects.filter(job_result=result).order_by("created").values_list("message", flat=True))
        return SimpleNamespace(
            result=result,
            status=result.status,
            why=" ".join((result.result or {}).get("exc_message", ())),
            logs=logs,
            sync=Sync.objects.filter(job_result=result).first(),
        )


@pytest.fixture
def run(site: Site, fake_kind: list[Any], monkeypatch: pytest.MonkeyPatch) -> Runs:
    """The Job of a System that has all it needs, by a person who may do everything."""
    # Jobs log over a second connection, which cannot see what the transaction of a test has not committed.
    monkeypatch.setattr("nautobot.extras.models.jobs.JOB_LOGS", None)
    group = SecretsGroup.objects.create(name="pve")
    for kind, text in (
        (SecretsGroupSecretTypeChoices.TYPE_USERNAME, "reader"),
        (SecretsGroupSecretTypeChoices.TYPE_TOKEN, "x"),
    ):
        monkeypatch.setenv(f"WOW_TEST_{kind.upper()}", text)
        secret = Secret.objects.create(
            name=kind, provider="environment-variable", parameters={"variable": f"WOW_TEST_{kind.upper()}"}
        )
        SecretsGroupAssociation.objects.create(
            secrets_group=group,
            secret=secret,
            access_type=SecretsGroupAccessTypeChoices.TYPE_HTTP,
            secret_type=kind,
        )
    endpoint = ExternalIntegration.objects.create(
        name="pve", remote_url="https://pve.example", secrets_group=group, timeout=10
    )
    return Runs(site.system(external_integration=endpoint, guards={}), fake_kind, site.user)


@pytest.fixture
def world() -> list[Any]:
    return platform() + full(210, "web", WEB) + full(220, "db", "172.16.100.20")


# ------------------------------------------------------------------------------------------------------------- the way


def test_a_dry_run_stores_a_plan_and_writes_nothing_else(run: Runs, world: list[Any]) -> None:
    with rows_written() as rows:
        done = run(snapshot(world), dryrun=True)
    assert done.status == "SUCCESS", done.why
    assert set(rows) <= OWN_RECORD | {"nautobot_wow_plan"}
    plan = Plan.objects.get()
    assert (plan.job_result, plan.requested_by, plan.applied_at) == (done.result, run.user, None)
    assert plan.summary["guest"] == {"create": 2}
    assert names() == []
    assert run.system.last_status == "never"


def test_what_was_planned_is_applied_by_its_digest(run: Runs, world: list[Any]) -> None:
    run(snapshot(world), dryrun=True)
    plan = Plan.objects.get()
    done = run(snapshot(world), approve=plan.digest)
    assert done.status == "SUCCESS", done.why
    plan.refresh_from_db()
    assert plan.applied_by == run.user
    assert names() == ["db", "web"]
    assert str(vm("web").primary_ip4) == f"{WEB}/24"


def test_a_second_run_writes_nothing_but_its_own_record(run: Runs, world: list[Any]) -> None:
    run(snapshot(world))
    with rows_written() as rows:
        done = run(snapshot(world))
    assert done.status == "SUCCESS", done.why
    assert set(rows) <= OWN_RECORD
    assert rows["nautobot_wow_system"] == 1
    assert not SyncLogEntry.objects.filter(sync=done.sync).exists()
    assert done.sync.diff == {}
    assert run.system.last_message == "nothing to change"


def test_the_change_log_names_the_person_and_the_job(run: Runs, world: list[Any]) -> None:
    done = run(snapshot(world))
    entry = ObjectChange.objects.get(changed_object_id=vm("web").pk)
    assert (entry.user, entry.action, entry.change_context) == (run.user, "create", "job")
    assert entry.request_id != done.result.pk


# ---------------------------------------------------------------------------------------------------------- refusals


def many(number: int = 10) -> list[Any]:
    return platform() + [guest(100 + count, f"g{count}") for count in range(number)]


KEYS = [f"lxc/{100 + count}" for count in range(5)]


def test_a_guard_fails_the_run_with_a_sentence_that_says_how_to_approve_it(run: Runs) -> None:
    run(snapshot(many()))
    done = run(snapshot(without(many(), *KEYS)))
    assert done.status == "FAILURE"
    plan = Plan.objects.get(applied_at=None)
    assert "5 of 10 guests would go (more than 30%)" in done.why
    assert plan.digest in done.why
    assert plan.refused == "5 of 10 guests would go (more than 30%)"
    assert run.system.last_status == "refused"
    assert run.system.last_message == done.why
    assert not Claim.objects.filter(missed_runs__gt=0).exists()

    approved = run(snapshot(without(many(), *KEYS)), approve=plan.digest)
    assert approved.status == "SUCCESS", approved.why
    assert Claim.objects.filter(missed_runs=1).count() == 5


def test_a_dry_run_shows_what_a_guard_would_refuse(run: Runs) -> None:
    run(snapshot(many()))
    done = run(snapshot(without(many(), *KEYS)), dryrun=True)
    assert done.status == "SUCCESS", done.why
    assert Plan.objects.get(applied_at=None).refused == "5 of 10 guests would go (more than 30%)"
    assert any("A guard would refuse this plan" in line for line in done.logs)


def test_a_stale_plan_fails_the_run_and_writes_nothing(run: Runs, world: list[Any]) -> None:
    run(snapshot(world), dryrun=True)
    digest = Plan.objects.get().digest
    with rows_written() as rows:
        done = run(snapshot(change(world, "lxc/210", memory_mb=1)), approve=digest)
    assert done.status == "FAILURE"
    assert "the world moved since plan" in done.why
    assert "guest web (lxc/210)" in done.why
    assert set(rows) <= OWN_RECORD
    assert run.system.last_status == "refused"


def test_a_source_that_does_not_answer_fails_the_run_and_nothing_is_missing(run: Runs, world: list[Any]) -> None:
    run(snapshot(world))
    good = run.system.last_success_at
    with rows_written() as rows:
        done = run(Unreachable("pve: no answer from https://pve.example within 10 s"))
    assert done.status == "FAILURE"
    assert done.why == "pve: no answer from https://pve.example within 10 s"
    assert set(rows) <= OWN_RECORD
    assert (run.system.last_status, run.system.last_message) == ("failed", done.why)
    assert run.system.last_success_at == good
    assert names() == ["db", "web"]


def test_an_error_that_nobody_foresaw_is_a_failed_run_on_the_system_too(run: Runs) -> None:
    done = run(ZeroDivisionError("a secret in a message"))
    assert done.status == "FAILURE"
    assert run.system.last_status == "failed"
    assert "ZeroDivisionError" in run.system.last_message
    assert "secret" not in run.system.last_message


def test_one_bad_object_fails_the_run_with_its_name_and_the_rest_is_written(run: Runs, world: list[Any]) -> None:
    done = run(snapshot(change(world, "lxc/210", name="x" * 300)))
    assert done.status == "FAILURE"
    assert "guest lxc/210 (Ensure this value has at most 255 characters" in done.why
    assert names() == ["db"]
    assert run.system.last_status == "partial"
    assert run.system.last_summary["guest"] == {"create": 1}
    verdicts = dict(SyncLogEntry.objects.filter(sync=done.sync).values_list("object_repr", "status"))
    assert verdicts["guest db (lxc/220)"] == "success"
    assert [status for name, status in verdicts.items() if "lxc/210)" in name and name.startswith("guest ")] == [
        "error"
    ]


def test_when_every_write_is_refused_the_run_fails_and_its_summary_is_empty(run: Runs, world: list[Any]) -> None:
    done = run(snapshot(change(world, "cluster", name="x" * 300)))
    assert done.status == "FAILURE"
    assert run.system.last_summary == {}
    assert run.system.last_status != "ok"
    assert run.system.last_success_at is None
    assert not SyncLogEntry.objects.filter(sync=done.sync, status="success").exists()


def test_what_the_reader_could_not_read_is_part_of_the_report(run: Runs, world: list[Any]) -> None:
    bad = Refusal(kind=Kind.GUEST, key="lxc/230", reason="memory: 'much' is not a number")
    done = run(snapshot(world, refused=[bad]))
    assert done.status == "FAILURE"
    assert "guest lxc/230 (memory: 'much' is not a number)" in done.why
    assert names() == ["db", "web"]


def test_a_listing_that_was_not_seen_is_said_and_the_run_is_not_called_complete(run: Runs, world: list[Any]) -> None:
    run(snapshot(world))
    done = run(snapshot(platform(), unseen={"guests": "node wow-prox2 is offline"}))
    assert done.status == "SUCCESS", done.why
    assert run.system.last_status == "partial"
    assert any("node wow-prox2 is offline" in line for line in done.logs)
    assert names() == ["db", "web"]


def test_a_system_that_is_not_enabled_is_not_read(run: Runs, world: list[Any]) -> None:
    System.objects.update(enabled=False)
    done = run(snapshot(world))
    assert done.status == "FAILURE"
    assert "is not enabled" in done.why
    assert names() == []


def test_a_second_run_at_the_same_time_is_refused_and_does_not_touch_the_health_of_the_first(
    run: Runs, world: list[Any]
) -> None:
    import psycopg2
    from django.db import connection

    number = int.from_bytes(run.system.pk.bytes[:4], "big", signed=True)
    other = psycopg2.connect(**{**connection.get_connection_params(), "cursor_factory": None})
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [NAMESPACE, number])
        done = run(snapshot(world))
        assert done.status == "FAILURE"
        assert "another run is working on this System" in done.why
        assert run.system.last_status == "never"
    finally:
        other.close()
    assert run(snapshot(world)).status == "SUCCESS"


def test_the_lock_is_free_after_a_run_that_failed(run: Runs, world: list[Any]) -> None:
    run(Unreachable("no answer"))
    assert run(snapshot(world)).status == "SUCCESS"


@pytest.mark.parametrize(
    ("may", "dryrun", "good"), [("plan", True, True), ("plan", False, False), ("apply", False, True)]
)
def test_looking_and_applying_are_permissions_of_their_own(
    run: Runs, world: list[Any], may: str, dryrun: bool, good: bool
) -> None:
    person = get_user_model().objects.create_user("limited")
    permission = ObjectPermission.objects.create(name="some", actions=["view", may])
    permission.object_types.set([ContentType.objects.get_for_model(System)])
    permission.users.set([person])
    allowed = ObjectPermission.objects.create(name="jobs", actions=["view", "run"])
    allowed.object_types.set([ContentType.objects.get_for_model(Job)])
    allowed.users.set([person])
    done = run(snapshot(world), user=person, dryrun=dryrun)
    assert (done.status == "SUCCESS") is good, done.why
    assert bool(VirtualMachine.objects.exists()) is (good and not dryrun)


# -------------------------------------------------------------------------------------------------------- the record


def test_the_health_of_the_system_says_how_the_run_ended(run: Runs, world: list[Any]) -> None:
    run(snapshot(world))
    system = run.system
    assert system.last_status == "ok"
    assert system.last_success_at == system.last_run_at is not None
    assert system.last_duration.total_seconds() > 0
    assert system.last_summary["guest"] == {"create": 2}
    assert "guest: 2 create" in system.last_message
    assert not ObjectChange.objects.filter(changed_object_id=system.pk).exists()


def test_the_sync_of_ssot_shows_the_differences_and_a_verdict_for_each(run: Runs, world: list[Any]) -> None:
    run(snapshot(world))
    done = run(snapshot(change(world, "lxc/210", memory_mb=4096)))
    assert done.sync.source == "pve"
    assert done.sync.summary["update"] == 1
    assert done.sync.diff == {"guest": {"web (lxc/210)": {"+": {"memory": 4096}, "-": {"memory": 2048}}}}
    entry = SyncLogEntry.objects.get(sync=done.sync)
    assert (entry.action, entry.status, entry.object_repr) == ("update", "success", "guest web (lxc/210)")
    assert entry.diff == {"+": {"memory": 4096}, "-": {"memory": 2048}}


def test_the_difference_that_is_stored_is_bounded(run: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    assert DIFF_ELEMENTS <= 5000
    monkeypatch.setattr("nautobot_wow.reconcile.synclog.DIFF_ELEMENTS", 4)
    done = run(snapshot(many()))
    assert sum(len(found) for found in done.sync.diff.values()) == 4
    assert done.sync.summary["create"] == len(many())


def test_an_applied_plan_is_kept_and_an_open_one_makes_room(run: Runs, world: list[Any]) -> None:
    run(snapshot(world))
    run(snapshot(change(world, "lxc/210", memory_mb=1)), dryrun=True)
    run(snapshot(change(world, "lxc/210", memory_mb=2)), dryrun=True)
    assert Plan.objects.filter(applied_at=None).count() == 1
    assert Plan.objects.exclude(applied_at=None).count() == 1
