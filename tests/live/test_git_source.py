"""This repository, added to a running Nautobot as a Git repository that provides Jobs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from development.paths import REPOSITORY
from tests.live.api import Api
from tests.live.git_server import GitServer

pytestmark = pytest.mark.live
SLUG = "wow_from_git"  # not the name of an installed package, which Nautobot refuses
MODULE = f"{SLUG}.jobs.sync"


@pytest.fixture(scope="module")
def said(api: Api, git_server: GitServer) -> Iterator[str]:
    """What Nautobot said when it read the repository; its Jobs are there then."""
    with api.having_repository(SLUG, git_server.publish(REPOSITORY, SLUG)) as said:
        yield said


def test_its_jobs_are_found_and_nothing_is_complained_about(said: str) -> None:
    assert f"Created Job record for {MODULE}.SyncSystem" in said
    assert [line for line in said.splitlines() if not line.startswith(("info", "success"))] == []


def test_each_job_is_there_once_beside_the_apps_own(said: str, api: Api) -> None:
    jobs = api.find("/api/extras/jobs/", job_class_name="SyncSystem")
    assert sorted(job["module_name"] for job in jobs) == ["nautobot_wow.jobs.sync", MODULE]
    assert all(job["installed"] for job in jobs)


def test_a_dry_run_of_the_job_from_git_finds_nothing_to_change(said: str, api: Api) -> None:
    assert api.enable(MODULE, "SyncSystem")["enabled"]
    system = api.only("/api/plugins/wow/systems/", name="wow-proxmox")
    result = api.run(MODULE, "SyncSystem", system=system["id"], dryrun=True)
    assert result["task_name"] == f"{MODULE}.SyncSystem"
    plan = api.get("/api/plugins/wow/plans/", system=system["id"], sort="-created", limit="1")["results"][0]
    assert not any(count for actions in plan["summary"].values() for count in actions.values())


def test_a_second_sync_of_the_repository_is_as_quiet(said: str, api: Api) -> None:
    repository = api.only("/api/extras/git-repositories/", name=SLUG)
    again = api.sync_repository(repository["id"])
    assert f"Refreshed Job record for {MODULE}.SyncSystem" in again
    assert "error" not in again.lower()
