"""What the main job makes of Nautobot's answers."""

from __future__ import annotations

from typing import Any

import pytest

from development import main_job, report
from development.main_job import Run
from development.problems import Problem
from development.rest import Rest

CREATED = {"guest": {"create": 10}, "cluster": {"create": 1}}


class Answers(Rest):
    """Nautobot's REST API with one System and a Job that always ends the same way."""

    def __init__(self, status: str, summaries: list[dict[str, Any]]) -> None:
        super().__init__("http://127.0.0.1:1", "0" * 40)
        self.status = status
        self.summaries = summaries
        self.ran: list[dict[str, Any]] = []

    def get(self, path: str, **query: str) -> dict[str, Any]:
        if path.endswith("/systems/1/"):
            return {
                "id": "1",
                "kind": {"value": "proxmox"},
                "last_summary": self.summaries[len(self.ran) - 1],
                "last_status": {"value": "ok"},
            }
        if path.endswith("/plans/"):
            return {"results": [{"summary": self.summaries[len(self.ran) - 1]}]}
        if path.endswith("/systems/"):
            rows = [{"id": "1", "name": "pve", "kind": {"value": "proxmox"}, "location": {"id": "l"}}]
            return {"results": [row for row in rows if query.get("name") in (None, row["name"])]}
        return {"results": [{"log_level": "failure", "message": "the token was refused"}]}

    def run_job(
        self, module: str, name: str, data: dict[str, Any], patience_s: float, tell: Any = None
    ) -> dict[str, Any]:
        self.ran.append(data)
        return {"id": "r", "status": {"value": self.status}}


def test_the_main_job_plans_applies_and_runs_once_more() -> None:
    nautobot = Answers("SUCCESS", [CREATED, CREATED, {}])
    runs = main_job.run(nautobot, ["pve"])
    assert [row["dryrun"] for row in nautobot.ran] == [True, False, False]
    assert [run.changes() for run in runs] == [11, 11, 0]


def test_a_second_run_that_changes_something_is_a_problem() -> None:
    nautobot = Answers("SUCCESS", [CREATED, CREATED, {"guest": {"update": 2}}])
    with pytest.raises(Problem, match="the second run changed 2 objects"):
        main_job.run(nautobot, ["pve"])


def test_a_job_that_fails_is_a_problem_with_its_own_words() -> None:
    with pytest.raises(Problem, match="the token was refused"):
        main_job.sync(Answers("FAILURE", [{}]), "pve", dry_run=False, what="pve")


def test_an_unknown_system_is_answered_with_those_there_are() -> None:
    with pytest.raises(Problem, match="no System esx; it has: pve"):
        main_job.sync(Answers("SUCCESS", []), "esx", dry_run=False, what="esx")


def test_counts_are_told_in_the_order_of_writing() -> None:
    assert main_job.describe(CREATED) == "cluster 1 create; guest 10 create"
    assert main_job.describe({}) == "nothing to change"


def test_the_report_shows_the_password_only_when_it_was_made_now() -> None:
    facts = {
        "url": "http://127.0.0.1:1",
        "admin": {"user": "admin"},
        "lab": {"proxmox": {"url": "https://127.0.0.1:2"}},
    }
    runs = [Run(what="pve: reconciled", status="ok", message="", summary=CREATED, url="")]
    assert "secret-word" in report.ready(facts, "secret-word", runs, [])
    later = report.ready(facts, None, runs, [])
    assert "admin" in later
    assert "guest 10 create" in later
    assert "https://127.0.0.1:2" in later
