"""What goes wrong on purpose, by command, a given number of times.

silent   no answer at all
half     half of the answer, and nothing after it
cut      half of the answer and then the prompt, as if that were all
drop     half of the answer, and the connection is closed
garbage  something else than the answer
error    a % error instead of the answer
unknown  the command is not known to this release
slow     the answer comes a few characters at a time, `seconds` between them
pager    the pager asks although it was switched off
log      a message about an event stands between the lines of the answer
"""

from __future__ import annotations

from dataclasses import dataclass

from development.lab import faults

ACTIONS = frozenset({"silent", "half", "cut", "drop", "garbage", "error", "unknown", "slow", "pager", "log"})
GARBAGE = "\x1b[2J\x07 ÿþ\ufffd\n#### %%% ~~~~ 8f 3a 00 \\x \n  gi1 ??? ---- -- ------\n"
EVENT = "02-Mar-2026 15:50:55 %LINK-W-Down:  gi1"


@dataclass
class Fault(faults.Fault):
    """One thing that goes wrong with the answer to a command."""

    ACTIONS = ACTIONS

    text: str = "% bad parameter value"


def with_event(text: str) -> str:
    """Return an answer with a message about an event in the middle."""
    lines = text.split("\n")
    return "\n".join([*lines[: len(lines) // 2], EVENT, *lines[len(lines) // 2 :]])
