"""Start processes that outlive this one, find them again, and end exactly them.

A process is known by its number *and* the moment it started, so that a number which the system has given to somebody
else is never signalled. Each runs in a session of its own: Ctrl-C at the keyboard reaches only the launcher, and
ending a process can end everything it started.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import interrupts
from .problems import Problem
from .state import State

PATIENCE_S = 20.0  # between being asked to end and being killed
STARTED = "\n--- started "  # a line of the log, before what the process itself writes


@dataclass(frozen=True, kw_only=True)
class Service:
    """How to start a process and how to know that it is ready."""

    name: str
    argv: Sequence[str | Path]
    environment: Mapping[str, str]
    folder: Path
    ready: Callable[[], bool]
    user: Account | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    patience_s: float = 60.0


@dataclass(frozen=True)
class Account:
    """The user that a process runs as when the launcher is root."""

    name: str
    uid: int
    gid: int


@dataclass
class Running:
    """A process that was started: its number, the mark of its start, its log."""

    name: str
    pid: int
    mark: str
    log: Path
    stop_signal: int = signal.SIGTERM
    popen: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def alive(self) -> bool:
        """Tell whether it is still this very process that runs under the number."""
        if self.popen is not None and self.popen.poll() is not None:
            return False
        return self.mark != "" and mark_of(self.pid) == self.mark


class Supervisor:
    """The processes of one state folder. `started` are those that this command has started."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.started: list[Running] = []

    def running(self, name: str) -> Running | None:
        """Return the process of that name if it is alive."""
        found = self.known().get(name)
        return found if found is not None and found.alive() else None

    def known(self) -> dict[str, Running]:
        """Return every process that was started and not stopped, dead or alive, in order of start."""
        mine = {running.name: running for running in self.started}
        return {
            name: mine.get(name)
            or Running(name, row["pid"], row["mark"], Path(row["log"]), row.get("signal", signal.SIGTERM))
            for name, row in self.state.section("processes").items()
        }

    def start(self, service: Service) -> Running:
        """Start a process and remember it before anything else happens."""
        log = self.state.paths.log(service.name)
        with interrupts.deferred():
            popen = _spawn(service, log)
            running = Running(service.name, popen.pid, mark_of(popen.pid), log, int(service.stop_signal), popen)
            self.started.append(running)
            self._remember(running)
        return running

    def wait(self, running: Running, ready: Callable[[], bool], patience_s: float) -> None:
        """Wait until it is ready; a process that dies or takes too long is a problem, with its log."""
        deadline = time.monotonic() + patience_s
        while True:
            if not running.alive():  # first, because another server may answer on the port that was meant for this one
                raise Problem(f"{running.name} ended instead of starting; the end of its log:", running.log)
            if ready():
                return
            if time.monotonic() > deadline:
                raise Problem(
                    f"{running.name} was not ready within {patience_s:.0f} s; the end of its log:", running.log
                )
            time.sleep(0.1)

    def stop(self, *runnings: Running) -> None:
        """End processes and what they started: all are asked, then waited for, then killed. Forgets them."""
        asked = [running for running in runnings if ask_to_end(running)]
        for running in runnings:
            end(running, PATIENCE_S if running in asked else 0)
            self.started = [other for other in self.started if other.name != running.name]
            self.state.section("processes").pop(running.name, None)
        self.state.save()

    def stop_all(self, last: Sequence[str] = ()) -> list[str]:
        """End every process, those named last at the end. Returns the names of those that were alive."""
        known = list(self.known().values())
        alive = [running.name for running in known if running.alive()]
        self.stop(*[running for running in known if running.name not in last])
        self.stop(*[running for running in known if running.name in last])
        return alive

    def _remember(self, running: Running) -> None:
        processes = self.state.section("processes")
        processes.pop(running.name, None)
        processes[running.name] = {
            "pid": running.pid,
            "mark": running.mark,
            "log": str(running.log),
            "signal": running.stop_signal,
        }
        self.state.save()


def _spawn(service: Service, log: Path) -> subprocess.Popen[bytes]:
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        output.write(f"{STARTED}{time.strftime('%Y-%m-%d %H:%M:%S')}\n".encode())
        output.flush()
        return subprocess.Popen(
            [str(part) for part in service.argv],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=service.folder,
            env=dict(service.environment),
            start_new_session=True,
            **as_user(service.user),
        )


def as_user(account: Account | None) -> dict[str, Any]:
    """Return the arguments of subprocess that make a process run as somebody else."""
    return {"user": account.uid, "group": account.gid, "extra_groups": []} if account else {}


def ask_to_end(running: Running) -> bool:
    """Send a process its signal to end; tells whether it was alive."""
    alive = running.alive()
    if alive:
        with contextlib.suppress(ProcessLookupError):
            os.kill(running.pid, running.stop_signal)
    return alive


def end(running: Running, patience_s: float) -> None:
    """Wait for a process that was asked to end, then kill whatever is left of its session."""
    _wait_until(lambda: not running.alive(), patience_s)
    if mark_of(running.pid) not in ("", running.mark):
        return  # the number belongs to somebody else by now
    if running.alive() or members(running.pid):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(running.pid, signal.SIGKILL)
        _wait_until(lambda: not members(running.pid) and not running.alive(), 5.0)


def _wait_until(true: Callable[[], bool], patience_s: float) -> None:
    deadline = time.monotonic() + patience_s
    while not true() and time.monotonic() < deadline:
        time.sleep(0.05)


# ------------------------------------------------------------------------------------------------ what the system knows
def mark_of(pid: int) -> str:
    """Return when the process started, as the system tells it, or nothing when it does not run (any more)."""
    if Path("/proc/self/stat").exists():
        fields = _stat(pid)
        return "" if not fields or fields[0] in "ZX" else f"{fields[19]}@{_boot()}"
    answer = subprocess.run(["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    status, _, started = answer.stdout.strip().partition(" ")
    return "" if not status or status.startswith("Z") else started.strip()


def members(group: int) -> list[int]:
    """Return the living processes of a process group."""
    if Path("/proc/self/stat").exists():
        pids = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
        rows = [(pid, _stat(pid)) for pid in pids]
        return [pid for pid, fields in rows if fields and fields[2] == str(group) and fields[0] not in "ZX"]
    answer = subprocess.run(["ps", "-A", "-o", "pid=,pgid=,stat="], capture_output=True, text=True, check=False)
    rows_ = [line.split() for line in answer.stdout.splitlines()]
    return [int(pid) for pid, pgid, status in rows_ if pgid == str(group) and not status.startswith("Z")]


def _stat(pid: int) -> list[str]:
    """Return the fields of /proc/<pid>/stat after the name: state, parent, group, ...; the 20th is the start."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rsplit(")", 1)[1].split()
    except (OSError, IndexError):
        return []


def _boot() -> str:
    """Return what differs after a restart of the machine, when the count of ticks starts again."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""
