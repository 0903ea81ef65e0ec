"""What a terminal did to an answer, undone: lines as they would be on paper, and errors as errors."""

from __future__ import annotations

import re

from ....errors import ParseError, RemoteError

PAGER = re.compile(r"More: <space>,\s+Quit: q(?: or CTRL\+Z)?, One line: <(?:return|CR)>\s*")
ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[()][A-Z0-9]|\x1b[=>78]")
# Whoever is logged in may be told of events at any time, also behind a prompt, which then comes again:
# "02-Mar-2026 15:50:55 %LINK-W-Down:  gi1".
LOG_LINE = re.compile(r"(?:\S{1,64}[>#])?\d{1,2}-[A-Z][a-z]{2}-\d{4} \d{2}:\d{2}:\d{2} :?%[A-Z0-9_]+-[A-Z]-\S.*")
ERROR = re.compile(r"%\s*(?P<text>[A-Za-z].*)")
UNKNOWN = re.compile(r"unrecognized|incomplete|ambiguous|invalid input", re.IGNORECASE)
LIMIT = 4_000_000
"""Characters of the longest answer that is read: some 40,000 rows."""
LONGEST_LINE = 8_000


class NotACommand(RemoteError):
    """The switch does not know this command, or does not allow it to this user: it makes no difference between them."""


def lines_of(what: str, text: str) -> list[str]:
    """Return the lines of an answer without what the terminal added. Raises RemoteError where the switch refused."""
    lines = _on_paper(what, text)
    for line in lines:
        # Only at the very beginning of a line: the rest of a wrapped name may well begin with a percent sign.
        if found := ERROR.fullmatch(line.rstrip()):
            kind = NotACommand if UNKNOWN.search(found["text"]) else RemoteError
            raise kind(f"{what}: the switch answers {line.strip()[:120]!r}")
    return lines


def lines_of_config(what: str, text: str) -> list[str]:
    """Return the lines of a configuration, in which a banner may hold a percent sign: only the first may refuse."""
    lines = _on_paper(what, text)
    lines_of(what, next((line for line in lines if line.strip()), ""))
    return lines


def _on_paper(what: str, text: str) -> list[str]:
    if len(text) > LIMIT:
        raise ParseError(f"{what}: the answer has {len(text)} characters, and no more than {LIMIT} are read")
    if (longest := max(map(len, text.split("\n")))) > LONGEST_LINE:
        raise ParseError(f"{what}: a line has {longest} characters, and no more than {LONGEST_LINE} are read")
    # Not splitlines(): that also breaks at characters which people write into descriptions.
    lines = (_last_written(line) for line in ESCAPE.sub("", text).replace("\x00", "").split("\n"))
    return [line for line in lines if not LOG_LINE.fullmatch(line.strip())]


def _last_written(line: str) -> str:
    """Return what is visible of a line: the pager's question is written over when it goes on."""
    parts = [part for part in line.split("\r") if part.strip()]
    return PAGER.sub("", parts[-1]).rstrip() if parts else ""
