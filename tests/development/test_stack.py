"""Staying in the foreground: until a process dies, or another command ends them all."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from development.paths import Paths
from development.problems import Problem
from development.processes import Service
from development.stack import Stack


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    stack = Stack(Paths(tmp_path))
    for name in ("postgres", "worker"):
        stack.supervisor.start(sleeper(name))
    yield stack
    stack.down()


def sleeper(name: str) -> Service:
    return Service(
        name=name,
        argv=[sys.executable, "-c", f"import time; print('I am {name}', flush=True); time.sleep(600)"],
        environment=dict(os.environ),
        folder=Path.cwd(),
        ready=lambda: True,
    )


def test_a_process_that_ends_by_itself_is_a_problem_with_its_log(stack: Stack) -> None:
    worker = stack.supervisor.known()["worker"]
    stack.supervisor.wait(worker, lambda: "I am worker" in worker.log.read_text(), 20)
    os.kill(worker.pid, signal.SIGKILL)
    with pytest.raises(Problem, match="worker has ended by itself") as raised:
        stack.watch()
    assert raised.value.log == worker.log


def test_a_process_that_has_died_before_anybody_watches_is_a_problem_as_well(stack: Stack) -> None:
    worker = stack.supervisor.known()["worker"]
    os.kill(worker.pid, signal.SIGKILL)
    worker.popen.wait()  # type: ignore[union-attr]
    with pytest.raises(Problem, match="worker has ended by itself"):
        stack.watch()


def test_being_ended_by_another_command_is_no_problem(stack: Stack) -> None:
    other = threading.Timer(0.2, Stack(stack.paths).supervisor.stop_all)
    other.start()
    stack.watch()
    other.join()


def test_facts_name_what_is_dead(stack: Stack) -> None:
    assert stack.facts()["running"]
    os.kill(stack.supervisor.known()["postgres"].pid, signal.SIGKILL)
    stack.supervisor.known()["postgres"].popen.wait()  # type: ignore[union-attr]
    facts = stack.facts()
    assert not facts["running"]
    assert not facts["processes"]["postgres"]["alive"]


def test_reset_ends_everything_and_forgets_it(stack: Stack) -> None:
    stack.state.secret("api_token")
    stack.reset()
    assert not stack.paths.state.exists()
    assert not stack.paths.secrets.exists()
    assert not any(running.alive() for running in stack.supervisor.started)
