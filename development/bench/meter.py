"""What one piece of work costs: seconds, CPU of this process and of its database sessions, queries, peak memory."""

from __future__ import annotations

import contextlib
import os
import resource
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Figures:
    """The costs. `database_s` is 0 where the sessions' CPU cannot be read (a database elsewhere, or not on Linux)."""

    wall_s: float
    client_s: float
    database_s: float
    queries: int
    peak_mb: float

    @property
    def cpu_s(self) -> float:
        """CPU seconds of client and database: steadier than the clock on a machine that does other things as well."""
        return self.client_s + self.database_s

    def as_dict(self) -> dict[str, Any]:
        """Return the form that is printed."""
        return {name: round(value, 4) for name, value in asdict(self).items()}


def measure(work: Callable[[], None]) -> Figures:
    """Run the work and return what it cost, over all connections that Django has."""
    from django.db import connections

    aliases = [connections[alias] for alias in connections]
    for connection in aliases:
        connection.ensure_connection()
    sessions = [connection.connection.info.backend_pid for connection in aliases]
    counter = _Counter()
    with contextlib.ExitStack() as watched:
        for connection in aliases:
            watched.enter_context(connection.execute_wrapper(counter))
        _forget_peak()
        database, client, clock = _cpu_of(sessions), time.process_time(), time.perf_counter()
        work()
        return Figures(
            wall_s=time.perf_counter() - clock,
            client_s=time.process_time() - client,
            database_s=_cpu_of(sessions) - database,
            queries=counter.queries,
            peak_mb=_peak_mb(),
        )


class _Counter:
    """Counts statements; Django calls it around each of them."""

    def __init__(self) -> None:
        self.queries = 0

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        self.queries += 1
        return execute(sql, params, many, context)


def _cpu_of(processes: list[int]) -> float:
    return sum(_cpu(process) for process in processes)


def _cpu(process: int) -> float:
    """CPU seconds of another process: nanoseconds from the scheduler, else clock ticks."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        return int(Path(f"/proc/{process}/schedstat").read_text(encoding="ascii").split()[0]) / 1e9
    with contextlib.suppress(OSError, ValueError, IndexError):
        user, system = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
    return 0.0


def _forget_peak() -> None:
    """Let Linux count the peak anew; elsewhere it is that of the whole process."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def _peak_mb() -> float:
    for line in _status_lines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _status_lines() -> Iterator[str]:
    with contextlib.suppress(OSError):
        yield from Path("/proc/self/status").read_text(encoding="ascii").splitlines()
