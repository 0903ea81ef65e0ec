"""Checks and tests, on services of their own: `up` may run meanwhile, and is not touched."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from . import environment, interrupts, template
from .nautobot import variables
from .paths import REPOSITORY, Paths
from .progress import say, step
from .stack import Stack
from .state import locked

TEST_DATABASE = "test_wow"
NOTHING_COLLECTED = 5
WITHOUT_DATABASE = "not django_db and not live"

CHECKS = {
    "format": ["ruff", "format", "--check", "--quiet", "."],
    "lint": ["ruff", "check", "--quiet", "."],
    "types": ["mypy"],
    "import contracts": ["lint-imports", "--no-cache"],
}


@dataclass(frozen=True)
class Verdict:
    """How a check ended, and what it said."""

    name: str
    good: bool
    said: str


def paths_of(paths: Paths) -> Paths:
    """Return the state folder of the tests of a state folder."""
    return Paths(paths.root / "test")


@contextlib.contextmanager
def services(paths: Paths) -> Iterator[Stack]:
    """Run PostgreSQL and Valkey for the time of the block; the template database stays for the next time."""
    mine = paths_of(paths)
    with locked(mine.lock, "Another test"):
        stack = Stack(mine)
        try:
            stack.start_services()
            yield stack
        finally:
            with interrupts.deferred():
                stack.down()


def run(paths: Paths, *, only: str | None, fast: bool, arguments: list[str]) -> int:
    """Run what was asked for; returns the exit code, pytest's own when only tests fail."""
    if fast:
        return _pytest(["-m", WITHOUT_DATABASE, *arguments], environment.clean_environment())
    if only == "checks":
        return _report(static_checks())
    checked = 0
    with checks_running(only != "tests") as finish, services(paths) as stack:
        environment.ensure_peers()
        name = template.ensure(stack.postgres, stack.paths)
        inside = variables(
            stack.paths,
            WOW_DATABASE=name,
            WOW_TESTING=TEST_DATABASE,
            WOW_TEMPLATE=name,
            WOW_REDIS_DB="4",
        )
        if only != "tests":
            checked = _report([*finish(), _migrations(inside)])
        tested = _pytest(["-p", "tests.with_nautobot", *(arguments or _everything())], inside)
    if checked:
        say("\nChecks have failed; they stand above the tests.")
    return tested or checked


def bench(paths: Paths, arguments: list[str]) -> int:
    """Run the measurements on services of their own; `development.bench` knows what there is."""
    if not arguments or {"-h", "--help"} & set(arguments):
        return _bench([*arguments, "--help"], environment.clean_environment())
    with services(paths) as stack:
        name = template.ensure(stack.postgres, stack.paths)
        inside = variables(
            stack.paths,
            WOW_DATABASE="wow_bench",
            WOW_TEMPLATE=name,
            WOW_REDIS_DB="6",
            PGHOST="127.0.0.1",
            PGPORT=str(stack.postgres.port),
            PGUSER="nautobot",
            PGPASSWORD=stack.postgres.password,
        )
        try:
            return _bench(arguments, inside)
        finally:
            stack.postgres.drop("wow_bench")


def _bench(arguments: list[str], inside: dict[str, str]) -> int:
    command = [str(environment.python()), "-m", "development.bench", *arguments]
    with subprocess.Popen(command, cwd=REPOSITORY, env=inside) as process:
        try:
            return process.wait()
        except BaseException:
            process.terminate()  # and wait: it has started others, and ends them
            raise


# -------------------------------------------------------------------------------------------------------------- checks
def static_checks() -> list[Verdict]:
    """Run the checks that only read the code, all at once."""
    with checks_running() as finish:
        return finish()


@contextlib.contextmanager
def checks_running(wanted: bool = True) -> Iterator[Callable[[], list[Verdict]]]:
    """Start the checks that only read the code, and hand over what waits for their verdicts; none outlives the block.

    They take one core for a minute, while what the tests stand on is being prepared on the other.
    """
    processes = {name: _start(command) for name, command in CHECKS.items()} if wanted else {}

    def finish() -> list[Verdict]:
        with step("format, lint, types, import contracts"):
            return [_verdict(name, process) for name, process in processes.items()]

    try:
        yield finish
    finally:
        for process in processes.values():
            if process.poll() is None:
                process.kill()
                process.communicate()


def _start(command: list[str]) -> subprocess.Popen[str]:
    program, *arguments = command
    return subprocess.Popen(
        [environment.program(program), *arguments],
        cwd=REPOSITORY,
        env=environment.clean_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _verdict(name: str, process: subprocess.Popen[str]) -> Verdict:
    said, _ = process.communicate()
    return Verdict(name, process.returncode == 0, said)


def _migrations(inside: dict[str, str]) -> Verdict:
    """Ask Django whether the models say more than the migrations."""
    command = [str(environment.program("nautobot-server")), "makemigrations", "nautobot_wow", "--check", "--dry-run"]
    with step("migrations"):
        asked = subprocess.run(
            command,
            cwd=REPOSITORY,
            env=inside,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
    return Verdict("migrations", asked.returncode == 0, asked.stdout)


def _report(verdicts: list[Verdict]) -> int:
    for verdict in verdicts:
        say(f"         {verdict.name}: {'good' if verdict.good else 'FAILED'}")
        if not verdict.good:
            say(verdict.said)
    return 0 if all(verdict.good for verdict in verdicts) else 1


# --------------------------------------------------------------------------------------------------------------- tests
def _everything() -> list[str]:
    """Return how to run all tests: on two workers, each with a database of its own. More would fight for memory."""
    return ["-n", str(min(2, os.cpu_count() or 1)), "--dist", "loadgroup"]


def _pytest(arguments: list[str], inside: dict[str, str]) -> int:
    """Run pytest in the environment; it prints its own summary."""
    sys.stdout.flush()
    done = subprocess.run([environment.python(), "-m", "pytest", *arguments], cwd=REPOSITORY, env=inside, check=False)
    if done.returncode == NOTHING_COLLECTED:
        say("No test was chosen by these arguments.")
    return done.returncode
