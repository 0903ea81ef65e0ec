"""Waiting, bounded: for a task to end, and for what works on a guest to let go of it."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable
from typing import TypeVar

from ....errors import AuthenticationError, NotFound, RemoteError, SourceError, Unreachable
from ...provisioner import Locked, Taken, Tell, TooSlow
from ..client import UPID, ProxmoxClient
from ..parse.values import Row

logger = logging.getLogger(__name__)

Result = TypeVar("Result")

FIRST_PAUSE_S = 0.1
LONGEST_PAUSE_S = 2.0
TELL_EVERY_S = 5.0
LAST_LINES = 5
LOG_LINES = 5000
WARNINGS = re.compile(r"WARNINGS: ?[0-9]+")
# A lock in the configuration, and a lock file that was busy for too long.
BUSY = re.compile(r"is locked \(|can't lock file")
CHANGED = re.compile(r"checksum mismatch|detected modified configuration")
IN_USE = re.compile(r"already exists|already taken")


def wait_for(client: ProxmoxClient, upid: str, timeout_s: float, tell: Tell | None = None) -> None:
    """Return when the task has ended well, or say how it ended; an endpoint that is silent meanwhile is asked again."""
    match = UPID.fullmatch(upid)
    if not match:
        raise RemoteError(f"{client.system}: {upid!r:.100} is not the name of a task")
    clock = Clock(timeout_s)
    failure: SourceError | None = None
    while True:
        try:
            status = Row("task", client.task_status(match["node"], upid))
            failure = None
        except NotFound as error:
            raise RemoteError(f"{client.system}: nobody knows the task {upid} any more; look at the guest") from error
        except Unreachable as error:
            failure = error
        if failure is None and status.text("status") == "stopped":
            return _judge(client, match["node"], upid, status.text_or_none("exitstatus") or "unexpected status")
        if clock.is_over():
            raise _still_running(client, upid, timeout_s) from failure
        clock.pause(tell, f"{_called(upid)} runs for {clock.gone_s():.0f} s")


def _judge(client: ProxmoxClient, node: str, upid: str, exit_status: str) -> None:
    if exit_status == "OK":
        return
    said = last_lines(client, node, upid)
    if WARNINGS.fullmatch(exit_status):
        logger.warning("%s: %s ended with warnings: %s", client.system, _called(upid), said)
        return
    text = f"{client.system}: {_called(upid)} failed: {exit_status[:300]} (its log ends: {said})"
    raise Taken(text) if IN_USE.search(exit_status) else RemoteError(text)


def last_lines(client: ProxmoxClient, node: str, upid: str) -> str:
    """Return the end of a task's log on one line; that it cannot be read is no reason for another error."""
    try:
        rows = [Row("task log", row) for row in client.task_log(node, upid, 0, LOG_LINES)]
    except AuthenticationError:
        raise
    except SourceError:
        return "unknown"
    lines = [" ".join((row.text_or_none("t") or "").split()) for row in rows]
    return " | ".join(line[:200] for line in lines[-LAST_LINES:] if line) or "nothing"


def while_locked(client: ProxmoxClient, timeout_s: float, act: Callable[[], Result]) -> Result:
    """Return what `act` returns; it is called again while something else works on the guest.

    An answer that says so means that nothing was done, so to repeat it is safe.
    """
    clock = Clock(timeout_s)
    while True:
        try:
            return act()
        except RemoteError as error:
            if not BUSY.search(str(error)) and not CHANGED.search(str(error)):
                raise
            if clock.is_over():
                raise Locked(
                    f"{client.system}: waited {timeout_s:g} s for others to let go of the guest ({error}); look what "
                    "works on it (backup, clone, migration), and unlock it only if nothing does"
                ) from error
        clock.pause()


class Clock:
    """Time that is given, with pauses that grow."""

    def __init__(self, timeout_s: float) -> None:
        self._began = self._told = time.monotonic()
        self._timeout_s = timeout_s
        self._pause_s = FIRST_PAUSE_S

    def gone_s(self) -> float:
        """Return the seconds since the beginning."""
        return time.monotonic() - self._began

    def is_over(self) -> bool:
        """Whether the time is up."""
        return self.gone_s() >= self._timeout_s

    def pause(self, tell: Tell | None = None, sentence: str = "") -> None:
        """Wait a little, never beyond the time that is given; say the sentence now and then."""
        if tell and time.monotonic() - self._told >= TELL_EVERY_S:
            self._told = time.monotonic()
            tell(sentence)
        time.sleep(max(0.0, min(self._pause_s, self._timeout_s - self.gone_s())))
        self._pause_s = min(self._pause_s * 1.5, LONGEST_PAUSE_S)


def _still_running(client: ProxmoxClient, upid: str, timeout_s: float) -> SourceError:
    return TooSlow(
        f"{client.system}: {_called(upid)} has not ended within {timeout_s:g} s; it may end well, so look at the guest "
        "before anything is repeated"
    )


def _called(upid: str) -> str:
    """Return a task as people know it: its type, its guest and its node."""
    parts = upid.split(":")
    return f"task {parts[5]} {parts[6]} on {parts[1]}"
