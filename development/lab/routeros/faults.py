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

from dataclasses import dataclass

from development.lab import faults

ACTIONS = frozenset(
    {"silent", "half", "drop", "trap", "traps", "fatal", "garbage", "nonsense", "missing", "denied", "slow"}
)
GARBAGE = b"\x05!wow!\x00\xff\xfe\x85garbage \xf8\x00\x01"
NONSENSE = "\ufffd?? no such value"


@dataclass
class Fault(faults.Fault):
    """One thing that goes wrong with the answer to a command."""

    ACTIONS = ACTIONS

    text: str = "interrupted"
