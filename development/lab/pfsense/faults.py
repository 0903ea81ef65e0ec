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

from dataclasses import dataclass

from development.lab import faults

ACTIONS = frozenset({"silent", "half", "cut", "drop", "garbage", "error", "slow"})
GARBAGE = b"\x1b[2J\x07 \xff\xfe garbage {{{ \x00 <<< 9f:zz: lease\n???? = ----,,,\n"


@dataclass
class Fault(faults.Fault):
    """One thing that goes wrong with the answer to a command."""

    ACTIONS = ACTIONS

    seconds: float = 0.05
    text: str = "Input/output error"
