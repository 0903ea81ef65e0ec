"""What goes wrong on purpose, by command, a given number of times.

silent   no answer at all
half     half of the answer, and status 0 as if that were all
cut      half of the answer, and the channel is closed without a status
drop     half of the answer, and the connection is closed
garbage  something else than the answer
error    a complaint and status 1 in place of the answer
slow     the answer comes in small pieces, `seconds` between them
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

ACTIONS = frozenset({"silent", "half", "cut", "drop", "garbage", "error", "slow"})
GARBAGE = b"\x1b[2J\x07 \xff\xfe garbage {{{ \x00 <<< 9f:zz: lease\n???? = ----,,,\n"


@dataclass
class Fault:
    """One thing that goes wrong. `command` is a pattern; `times` None is every time."""

    action: str
    command: str
    times: int | None = None
    seconds: float = 0.05
    text: str = "Input/output error"

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
