"""What ends a command: a sentence for the person at the keyboard, and the end of the log that explains it."""

from __future__ import annotations

from pathlib import Path


class Problem(Exception):
    """A sentence with the subject first and the way out last; `log` is shown up to its end."""

    def __init__(self, message: str, log: Path | None = None) -> None:
        super().__init__(message)
        self.log = log


def tail(path: Path, lines: int = 30) -> str:
    """Return the last lines of a log, or nothing when there is none."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return "\n".join(text.splitlines()[-lines:])
