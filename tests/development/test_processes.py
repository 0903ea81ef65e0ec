"""Processes are started, found again, and ended: exactly they, and all that they started."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from development.paths import Paths
from development.problems import Problem
from development.processes import Running, Service, Supervisor, mark_of, members
from development.state import State

SLEEP = "import time; time.sleep(60)"
STARTS = f"import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', {SLEEP!r}])"
PARENT = f"{STARTS}; print('ready', flush=True); time.sleep(60)"
IGNORES = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)"
STUBBORN = f"{IGNORES}; print('ready', flush=True); time.sleep(60)"


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    paths = Paths(tmp_path)
    paths.make()
    supervisor = Supervisor(State(paths))
    yield supervisor
    supervisor.stop_all()


def service(name: str, code: str) -> Service:
    return Service(
        name=name,
        argv=[sys.executable, "-c", code],
        environment=dict(os.environ),
        folder=Path.cwd(),
        ready=lambda: True,
    )


def until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def says_ready(running: Running) -> bool:
    return "ready" in running.log.read_text()


def test_another_command_finds_a_process_again(supervisor: Supervisor) -> None:
    started = supervisor.start(service("sleeper", SLEEP))
    found = Supervisor(State(supervisor.state.paths)).running("sleeper")
    assert found is not None
    assert found.pid == started.pid


def test_a_number_that_now_belongs_to_somebody_else_is_left_alone(supervisor: Supervisor) -> None:
    stranger = subprocess.Popen([sys.executable, "-c", SLEEP], start_new_session=True)
    supervisor.state.section("processes")["web"] = {"pid": stranger.pid, "mark": "1@earlier", "log": "web.log"}
    assert supervisor.running("web") is None
    assert supervisor.stop_all() == []
    assert stranger.poll() is None
    assert "web" not in supervisor.known()
    stranger.kill()
    stranger.wait()


def test_ending_a_process_ends_what_it_started(supervisor: Supervisor) -> None:
    running = supervisor.start(service("parent", PARENT))
    until(lambda: says_ready(running))
    family = members(running.pid)
    assert len(family) == 2
    assert supervisor.stop_all() == ["parent"]
    assert members(running.pid) == []


def test_what_a_dead_process_left_behind_is_ended_too(supervisor: Supervisor) -> None:
    running = supervisor.start(service("parent", PARENT))
    until(lambda: says_ready(running))
    os.kill(running.pid, signal.SIGKILL)
    until(lambda: not running.alive())
    assert len(members(running.pid)) == 1
    supervisor.stop_all()
    assert members(running.pid) == []


def test_a_process_that_does_not_listen_is_killed(supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("development.processes.PATIENCE_S", 0.3)
    running = supervisor.start(service("stubborn", STUBBORN))
    until(lambda: says_ready(running))
    supervisor.stop_all()
    assert not running.alive()


def test_a_zombie_is_not_alive() -> None:
    child = subprocess.Popen([sys.executable, "-c", "pass"], start_new_session=True)
    until(lambda: members(child.pid) == [])
    assert mark_of(child.pid) == ""
    child.wait()


def test_a_process_that_ends_instead_of_starting_is_a_problem_with_its_log(supervisor: Supervisor) -> None:
    running = supervisor.start(service("broken", "raise SystemExit('no such setting')"))
    with pytest.raises(Problem, match="broken ended") as raised:
        supervisor.wait(running, lambda: False, 20)
    assert raised.value.log is not None
    assert "no such setting" in raised.value.log.read_text()


def test_a_process_that_is_never_ready_is_a_problem(supervisor: Supervisor) -> None:
    running = supervisor.start(service("slow", SLEEP))
    with pytest.raises(Problem, match="not ready within"):
        supervisor.wait(running, lambda: False, 0.2)


def test_services_that_others_need_are_ended_last(supervisor: Supervisor) -> None:
    ended: list[str] = []
    for name in ("postgres", "web"):
        supervisor.start(service(name, SLEEP))
    original = supervisor.stop
    supervisor.stop = lambda *runnings: (ended.extend(one.name for one in runnings), original(*runnings))[1]  # type: ignore[method-assign]
    assert supervisor.stop_all(last=["postgres"]) == ["postgres", "web"]
    assert ended == ["web", "postgres"]
