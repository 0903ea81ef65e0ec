"""Faults: what goes wrong on purpose, by method and path, a given number of times.

status     answer with this HTTP status and reason instead of asking
delay      wait so many seconds first
drop       close the connection without an answer
half       leave out every second row of the list
empty      an empty list with HTTP 200
null       null data with HTTP 200
nameless   rows without a name, status unknown
malformed  the first row is text where an object belongs
lose       do what was asked, and close the connection without an answer
not_json   HTTP 200 with a body that is no JSON
vanish     right after the answer, the guest `guest` is destroyed: a list then names a guest that is gone
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from development.lab.faults import left_after

BEFORE = frozenset({"status", "delay", "drop"})
AFTER = frozenset({"half", "empty", "null", "nameless", "malformed", "not_json", "vanish", "lose"})


@dataclass
class Fault:
    """One thing that goes wrong. `path` is a pattern for "VERB /path"; `times` None is every time."""

    action: str
    path: str
    times: int | None = None
    status: int = 500
    reason: str = "injected fault"
    seconds: float = 0.0
    guest: int | None = None

    def __post_init__(self) -> None:
        if self.action not in BEFORE | AFTER:
            raise ValueError(f"there is no fault {self.action!r}: {', '.join(sorted(BEFORE | AFTER))}")
        self.pattern = re.compile(self.path)


@dataclass
class Faults:
    """The faults that are waiting for a request."""

    waiting: list[Fault] = field(default_factory=list)

    def add(self, fault: Fault) -> None:
        """Let something go wrong from now on."""
        self.waiting.append(fault)

    def clear(self) -> None:
        """Let nothing go wrong any more."""
        self.waiting.clear()

    def take(self, verb: str, path: str, among: frozenset[str]) -> list[Fault]:
        """Return the faults that this request meets, and count them down."""
        if not self.waiting:
            return []
        line = f"{verb} {path}"
        met = [fault for fault in self.waiting if fault.action in among and fault.pattern.search(line)]
        self.waiting = left_after(self.waiting, met)
        return met


def spoil(action: str, data: Any) -> Any:
    """Return the data as the fault leaves it."""
    change = SPOILERS.get(action)
    return change(data) if change else data


def _nameless(data: Any) -> Any:
    if not isinstance(data, list):
        return data
    guests = ("qemu", "lxc")
    return [
        {key: value for key, value in row.items() if key not in ("name", "template")} | {"status": "unknown"}
        if isinstance(row, dict) and row.get("type") in guests
        else row
        for row in data
    ]


SPOILERS: dict[str, Callable[[Any], Any]] = {
    "empty": lambda _: [],
    "half": lambda data: data[::2] if isinstance(data, list) else data,
    "malformed": lambda data: ["not an object", *data[1:]] if isinstance(data, list) else "not an object",
    "nameless": _nameless,
    "null": lambda _: None,
}
