"""Tasks: what a write starts and a UPID names; they really run, and end with OK or the text of what went wrong."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from development.lab.proxmox.errors import ApiError, died

Work = Callable[["Task"], Awaitable[None]]
FIRST_PID = 0x1000
LAST_LINE = {"OK": "TASK OK", "WARNINGS": "TASK {}"}


@dataclass
class Task:
    """One run of a worker. `exitstatus` is None while it runs."""

    upid: str
    node: str
    type: str
    id: str
    user: str
    pid: int
    pstart: int
    starttime: int
    exitstatus: str | None = None
    endtime: int | None = None
    log: list[str] = field(default_factory=list)

    def say(self, line: str) -> None:
        """Add a line to the task's log."""
        self.log.append(line)


class Tasks:
    """Every task that was started, by UPID.

    `pause_s` is how long a worker takes for a unit of work. `outcomes` are exit statuses by type of task: a task of
    that type ends so, after its work if it is a warning and instead of it if it is not.
    """

    def __init__(self, pause_s: float) -> None:
        self.pause_s = pause_s
        self.by_upid: dict[str, Task] = {}
        self.outcomes: dict[str, str] = {}
        self._running: set[asyncio.Task[None]] = set()
        self._next_pid = FIRST_PID

    def start(self, node: str, kind: str, task_id: str, user: str, work: Work) -> str:
        """Start `work` in the background and return its UPID."""
        self._next_pid += 1
        now = int(time.time())
        pstart = 0x01000000 + self._next_pid
        upid = f"UPID:{node}:{self._next_pid:08X}:{pstart:08X}:{now:08X}:{kind}:{task_id}:{user}:"
        task = Task(upid, node, kind, task_id, user, self._next_pid, pstart, now)
        self.by_upid[upid] = task
        running = asyncio.get_running_loop().create_task(self._run(task, work))
        self._running.add(running)
        running.add_done_callback(self._running.discard)
        return upid

    async def pause(self) -> None:
        """Take the time that a unit of work takes."""
        await asyncio.sleep(self.pause_s)

    async def stop(self) -> None:
        """Cancel what still runs."""
        for running in list(self._running):
            running.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    def forget(self) -> None:
        """Forget every task, as after a reset of the lab."""
        self.by_upid.clear()
        self.outcomes.clear()

    async def _run(self, task: Task, work: Work) -> None:
        outcome = self.outcomes.get(task.type, "OK")
        try:
            if outcome != "OK" and not outcome.startswith("WARNINGS"):
                await self.pause()
                raise died(outcome)
            await work(task)
            task.exitstatus = outcome
        except ApiError as error:
            task.exitstatus = error.message
        except asyncio.CancelledError:
            task.exitstatus = "interrupted by signal"
            raise
        finally:
            task.exitstatus = task.exitstatus or "unexpected status"
            task.endtime = int(time.time())
            task.say(LAST_LINE.get(task.exitstatus.partition(":")[0], "TASK ERROR: {}").format(task.exitstatus))
