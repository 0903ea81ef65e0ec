"""The line in a guest's description that says for which request it was made."""

from __future__ import annotations

import re

LINE = re.compile(r"^[ \t]*wow-request:[ \t]*(\S+)[ \t]*$", re.MULTILINE)
ANY_LINE = re.compile(r"^[ \t]*wow-request:.*$\n?", re.MULTILINE)


def request_of(description: str) -> str:
    """Return the id of the request, "" if the guest was not made for one."""
    match = LINE.search(description)
    return match[1] if match else ""


def without_line(text: str) -> str:
    """Return the description as people wrote it."""
    return ANY_LINE.sub("", text).strip()


def described(text: str, request_id: str) -> str:
    """Return the description with the line, and with no other one that looks like it."""
    line = f"wow-request: {request_id}" if request_id else ""
    return "\n\n".join(part for part in (without_line(text), line) if part)
