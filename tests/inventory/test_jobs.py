"""The Jobs of the page as Nautobot runs them: synced from text and from Git, written out."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from nautobot.extras.models import Job, JobLogEntry, JobResult
from nautobot.ipam.models import IPAddress

from nautobot_wow.models import Document, System
from tests.reconcile.site import Site

pytestmark = pytest.mark.django_db(databases=["default", "job_logs"])

LAB = (Path(__file__).resolve().parents[2] / "fixtures" / "inventory" / "wow-dc.md").read_text(encoding="utf-8")


@pytest.fixture(autouse=True)
def _one_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """Jobs log over a second connection, which cannot see what the transaction of a test has not committed."""
    monkeypatch.setattr("nautobot.extras.models.jobs.JOB_LOGS", None)


@pytest.fixture
def page(site: Site) -> System:
    system = site.system("page", kind="inventory")
    Document.objects.create(system=system, path="wow-dc.md", content=LAB)
    return system


def write(page: System, text: str) -> None:
    """Give the System another page."""
    page.documents.update(content=text)


def execute(module: str, name: str, user: Any, **given: Any) -> SimpleNamespace:
    job = Job.objects.get(module_name=f"nautobot_wow.jobs.{module}", job_class_name=name)
    job.enabled = True
    job.validated_save()
    result = JobResult.execute_job(job, user, job_kwargs=given)
    result.refresh_from_db()
    logs = list(JobLogEntry.objects.filter(job_result=result).order_by("created").values_list("message", flat=True))
    why = " ".join((result.result or {}).get("exc_message", ())) if isinstance(result.result, dict) else ""
    files = {row.name: row.file.read().decode() for row in result.files.all()}
    return SimpleNamespace(result=result, status=result.status, why=why, logs=logs, files=files)


def sync(site: Site, page: System) -> SimpleNamespace:
    done = execute("sync", "SyncSystem", site.user, system=page.pk, dryrun=False)
    page.refresh_from_db()
    return done


def test_a_sync_reads_the_page_and_attaches_the_report(site: Site, page: System) -> None:
    done = sync(site, page)
    assert done.status == "SUCCESS", done.why
    assert "wow-dc.md: table rows: 50 = 37 objects + 3 ranges + 10 notes + 0 not understood" in done.logs
    assert "    31  object  address 172.16.100.10" in done.files["report.txt"]
    assert IPAddress.objects.filter(host="172.16.100.10").exists()
    assert sync(site, page).status == "SUCCESS"
    assert page.last_summary == {}


def test_a_sync_of_a_page_that_is_not_understood_to_the_end_is_no_success(site: Site, page: System) -> None:
    write(page, LAB.replace("| 172.16.100.15 |", "| 172.16.100.1500 |"))
    done = sync(site, page)
    assert done.status == "FAILURE"
    assert "wow-dc.md:33 ('172.16.100.1500' is no address" in done.why
    assert page.last_status == "partial"
    assert IPAddress.objects.filter(host="172.16.100.16").exists()


def test_a_sync_of_what_is_no_page_changes_nothing(site: Site, page: System) -> None:
    sync(site, page)
    write(page, "An empty page")
    done = sync(site, page)
    assert done.status == "FAILURE"
    assert "there is no heading of a network in it" in done.why
    assert IPAddress.objects.filter(host="172.16.100.10", status__name="Active").exists()


def test_the_connection_test_counts_the_lines(site: Site, page: System) -> None:
    done = execute("connection", "TestConnection", site.user, system=page.pk)
    assert done.status == "SUCCESS", done.why
    assert ["wow-dc.md: networks", "7"] in done.result.result["facts"]


def test_a_system_without_a_page_says_so(site: Site) -> None:
    done = sync(site, site.system("empty", kind="inventory"))
    assert done.status == "FAILURE"
    assert "holds no file that ends in .md" in done.why


def test_of_several_files_one_is_named_as_the_page(site: Site, page: System) -> None:
    Document.objects.create(system=page, path="README.md", content="# Not the page")
    done = sync(site, page)
    assert (
        "2 files, and one of them is the page; name it in the option page. There are: README.md, wow-dc.md" in done.why
    )
    page.options = {"page": "wow-dc.md"}
    page.validated_save()
    assert sync(site, page).status == "SUCCESS"


# ------------------------------------------------------------------------------------------------------------- writing


def test_the_page_is_written_attached_and_shown(site: Site, page: System) -> None:
    sync(site, page)
    done = execute("inventory", "WriteInventory", site.user, system=page.pk, title="Our addresses")
    assert done.status == "SUCCESS", done.why
    assert done.files["inventory.md"].startswith("# Our addresses\n")
    row = "| 172.16.100.105 | api.ossus.wow.example | VIP | VIP | openshift | External API VIP | In Use |"
    assert row in done.files["inventory.md"].split("\n")
    assert done.result.result == done.files["inventory.md"]


def test_what_the_job_wrote_is_read_without_a_change(site: Site, page: System) -> None:
    sync(site, page)
    done = execute("inventory", "WriteInventory", site.user, system=page.pk, title="Our addresses")
    write(page, done.files["inventory.md"])
    assert sync(site, page).status == "SUCCESS"
    assert page.last_summary == {}


def test_who_may_not_see_the_system_gets_no_page(site: Site, page: System) -> None:
    user = get_user_model().objects.create_user("reader")
    done = execute("inventory", "WriteInventory", user, system=page.pk, title="x")
    assert done.status == "FAILURE"
    assert done.files == {}
