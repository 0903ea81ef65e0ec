"""What goes wrong on purpose, by command, a given number of times.

silent     no answer at all
half       half of the bytes of the answer, and nothing after it
drop       half of the bytes of the answer, and the connection is closed
trap       half of the rows, a !trap, and !done
traps      two of them
fatal      half of the rows and !fatal
garbage    bytes that are no sentence
nonsense   rows whose values make no sense
missing    this router has no such menu
denied     the user may not
slow       the answer comes a few bytes at a time, `seconds` between them
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

ACTIONS = frozenset(
    {"silent", "half", "drop", "trap", "traps", "fatal", "garbage", "nonsense", "missing", "denied", "slow"}
)
GARBAGE = b"\x05!wow!\x00\xff\xfe\x85garbage \xf8\x00\x01"
NONSENSE = "\ufffd?? no such value"


@dataclass
class Fault:
    """One thing that goes wrong. `command` is a pattern; `times` None is every time."""

    action: str
    command: str
    times: int | None = None
    seconds: float = 0.0
    text: str = "interrupted"

    def __post_init__(self) -> None:
        if self.action not in ACTIONS:
            raise ValueError(f"there is no fault {self.action!r}: {', '.join(sorted(ACTIONS))}")
        self.pattern = re.compile(self.command)


@dataclass
class Faults:
    """The faults that are waiting for a command."""

    waiting: list[Fault] = field(default_factory=list)

    def take(self, command: str) -> Fault | None:
        """Return the fault that this command meets, and count it down."""
        met = next((fault for fault in self.waiting if fault.pattern.search(command)), None)
        if met is not None and met.times is not None:
            met.times -= 1
        self.waiting = [fault for fault in self.waiting if fault.times is None or fault.times > 0]
        return met
