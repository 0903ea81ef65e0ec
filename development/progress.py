"""One line per step, with the seconds it took; a step that lasts says every few seconds that it still runs."""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections.abc import Callable, Iterator

BEAT_S = 5.0
_started = time.monotonic()


def say(text: str) -> None:
    """Print one line at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


class Step:
    """A running step; `note` is what its next line of progress adds."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.note = ""
        self.started = time.monotonic()

    def seconds(self) -> float:
        """Return how long the step has been running."""
        return time.monotonic() - self.started


@contextlib.contextmanager
def step(name: str, *, detail: Callable[[], str] | None = None, quiet_below_s: float = 0.0) -> Iterator[Step]:
    """Announce a step and its seconds. `detail` is asked every few seconds for what is going on."""
    current = Step(name)
    done = threading.Event()
    watcher = threading.Thread(target=_beat, args=(current, done, detail), daemon=True)
    watcher.start()
    try:
        yield current
    finally:
        done.set()
        watcher.join()
    if current.seconds() >= quiet_below_s:
        say(f"{total():>7}  {name}{_tail(current.note)}  {current.seconds():.1f} s")


def _beat(current: Step, done: threading.Event, detail: Callable[[], str] | None) -> None:
    while not done.wait(BEAT_S):
        note = detail() if detail else current.note
        say(f"{total():>7}  {current.name} … {current.seconds():.0f} s{_tail(note)}")


def _tail(note: str) -> str:
    return f": {note}" if note else ""


def total() -> str:
    """Return the time since the command was started, as minutes and seconds."""
    minutes, seconds = divmod(int(time.monotonic() - _started), 60)
    return f"{minutes}:{seconds:02d}"
