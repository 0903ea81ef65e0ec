"""`up` as a user would say it: one command, everything answers, and nothing is left when it ends."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from development.paths import REPOSITORY, Paths
from development.processes import Supervisor, members
from development.state import State
from tests.live_stack import LiveStack

pytestmark = pytest.mark.live


def supervisor_of(folder: Path) -> Supervisor:
    return Supervisor(State(Paths(folder)))


def pids(facts: dict[str, Any]) -> dict[str, int]:
    return {name: row["pid"] for name, row in facts["processes"].items()}


def test_up_ends_with_a_report(live_stack: LiveStack) -> None:
    assert "wow-proxmox: reconciled" in live_stack.said
    assert re.search(r"wow-proxmox: once more +nothing to change", live_stack.said)
    assert re.search(r"wow-proxmox: after both were created +nothing to change", live_stack.said)
    assert "/plugins/wow/plans/" in live_stack.said


def test_up_ends_with_a_container_and_a_virtual_machine_created_ip_first(live_stack: LiveStack) -> None:
    requests = {row["name"]: row for row in live_stack.rest.find("/api/plugins/wow/guest-requests/")}
    guests = {row["name"]: row for row in live_stack.rest.find("/api/virtualization/virtual-machines/", depth="1")}
    for name, kind in (("wow-web1", "lxc"), ("wow-db1", "qemu")):
        assert requests[name]["stage"] == "active"
        address = next(step for step in requests[name]["steps"] if step["name"] == "address")["detail"]["address"]
        assert guests[name]["primary_ip4"]["address"] == address
        assert guests[name]["custom_fields"]["proxmox_vmtype"] == kind
        assert f"{name} on {address}" in live_stack.said


def test_every_guest_of_the_lab_is_in_nautobot_with_its_node(live_stack: LiveStack) -> None:
    guests = {row["name"]: row for row in live_stack.rest.find("/api/virtualization/virtual-machines/", depth="1")}
    assert {"wow-pihole1", "traefik", "ipmgmt", "test-phase2-vm"} <= set(guests)
    assert guests["traefik"]["primary_ip4"]["address"] == "172.16.100.10/24"
    assert {row["custom_fields"]["proxmox_node"] for row in guests.values()} == {"wow-prox1"}


def test_status_tells_scripts_all_they_need(live_stack: LiveStack) -> None:
    facts = live_stack.facts
    assert facts["running"]
    assert set(facts["processes"]) == {"postgres", "valkey", "lab", "web", "worker", "beat"}
    assert len(facts["api_token"]) == 40
    assert {"host", "port", "name", "user", "password"} == set(facts["database"])
    assert facts["lab"]["proxmox"]["url"].startswith("https://127.0.0.1:")
    assert facts["versions"]["nautobot"].startswith("3.")


def test_the_password_is_kept_nowhere(live_stack: LiveStack) -> None:
    password = live_stack.said.split("log in as admin / ")[1].split()[0]
    for path in live_stack.folder.rglob("*"):
        if path.is_file() and "postgres" not in path.parts and "static" not in path.parts:
            assert password.encode() not in path.read_bytes(), path


def test_a_second_up_starts_nothing_and_changes_nothing(live_stack: LiveStack) -> None:
    before = pids(live_stack.facts)
    done = live_stack.command("up")
    assert done.returncode == 0, done.stderr
    assert pids(live_stack.facts) == before
    assert re.search(r"wow-proxmox: reconciled +nothing to change", done.stdout)
    assert len(live_stack.rest.find("/api/plugins/wow/guest-requests/")) == 2
    assert "shown only now" not in done.stdout


def test_a_worker_that_died_is_reported_and_comes_back(live_stack: LiveStack) -> None:
    before = pids(live_stack.facts)
    os.kill(before["worker"], signal.SIGKILL)
    status = live_stack.command("status")
    assert status.returncode == 1
    assert "worker     DEAD" in status.stdout
    done = live_stack.command("up", "--no-sync")
    assert done.returncode == 0, done.stderr
    after = pids(live_stack.facts)
    assert after["worker"] != before["worker"]
    assert after["web"] == before["web"]
    assert members(before["worker"]) == []


def test_sync_shows_what_would_change_and_where(live_stack: LiveStack) -> None:
    done = live_stack.command("sync", "wow-proxmox", "--dry-run")
    assert done.returncode == 0, done.stderr
    assert "nothing to change" in done.stdout
    assert "/extras/job-results/" in done.stdout


def test_logs_shows_the_end_of_one_log(live_stack: LiveStack) -> None:
    said = live_stack.command("logs", "worker").stdout
    assert "worker.log" in said
    assert "beat.log" not in said


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A state folder of its own; whatever a test left in it, or as root beside it, is deleted."""
    yield tmp_path
    LiveStack(tmp_path).down()


def begin(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """Start `up` in the background, with Ctrl-C not ignored."""
    return subprocess.Popen(
        [sys.executable, "-m", "development", "up", "--no-lab", "--no-sync", "--state", str(folder), *arguments],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def wait_for(process: subprocess.Popen[str], folder: Path, name: str) -> int:
    """Wait until `up` has started a process; returns its number."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        running = supervisor_of(folder).running(name) if (folder / "state.json").exists() else None
        if running:
            return running.pid
        time.sleep(0.05)
    raise AssertionError(f"{name} was not started: {process.communicate()[0]}")


def test_an_interrupted_up_leaves_nothing_running(folder: Path) -> None:
    process = begin(folder)
    started = [wait_for(process, folder, name) for name in ("postgres", "valkey", "web")]
    process.send_signal(signal.SIGTERM)
    said, _ = process.communicate(timeout=120)
    assert process.returncode == 130, said
    assert "Interrupted" in said
    assert [members(pid) for pid in started] == [[], [], []]


def test_a_process_that_dies_during_up_ends_all_and_shows_its_log(folder: Path) -> None:
    process = begin(folder)
    started = [wait_for(process, folder, name) for name in ("postgres", "valkey", "web")]
    os.kill(started[-1], signal.SIGKILL)
    said, _ = process.communicate(timeout=180)
    assert process.returncode == 1, said
    assert "web ended instead of starting; the end of its log:" in said
    assert [members(pid) for pid in started] == [[], [], []]
