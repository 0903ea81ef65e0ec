"""Prints of the command line, turned into the rows that the API gives of the same: attributes, and flags as words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

ROW = re.compile(r"^ ?(?:\d+ |(?=[A-Z]))(?P<flags>[A-Za-z ]{0,5}?) *(?=;;;|[a-z0-9-]+=|$)")
VALUE = r'(?P<value>"(?:[^"\\]|\\.)*"|.*?)'
ATTRIBUTE = re.compile(rf"(?:(?<=\s)|^)(?P<key>[a-zA-Z0-9-]+)={VALUE}(?=\s+[a-zA-Z0-9-]+=|\s*$)")
EVENT = re.compile(r"^\d\d:\d\d:\d\d echo: ")
FLAGS = {
    "X": "disabled", "D": "dynamic", "R": "running", "S": "slave", "I": "invalid", "C": "complete", "H": "DHCP",
    "P": "published", "L": "local", "E": "external", "B": "blocked", "A": "active",
}  # fmt: skip
ROUTE_FLAGS = {**FLAGS, "C": "connect", "S": "static", "B": "blackhole"}


def rows(text: str, flags: Mapping[str, str] = FLAGS) -> Iterator[dict[str, str]]:
    """Yield the rows of a print with attributes (detail, terse): comments in front, values with blanks in between."""
    found: list[list[str]] = []
    for line in text.splitlines():
        if EVENT.match(line) or line.startswith("Flags:") or not line.strip():
            continue
        if ROW.match(line):
            found.append([line])
        elif found:
            found[-1].append(line.strip())
    return (_row(lines, flags) for lines in found)


def _row(lines: list[str], flags: Mapping[str, str]) -> dict[str, str]:
    head = ROW.match(lines[0])
    assert head is not None
    rest = [lines[0][head.end() :].strip(), *lines[1:]]
    comment = rest.pop(0)[3:].strip() if rest[0].startswith(";;;") else ""
    values = {match["key"]: match["value"].strip('"') for match in ATTRIBUTE.finditer(" ".join(rest))}
    set_flags = {flags[letter]: "true" for letter in head["flags"] if letter in flags}
    return {**({"comment": comment} if comment else {}), **set_flags, **{k: v for k, v in values.items() if v != ""}}


def labels(text: str) -> dict[str, str]:
    """Return the one row of a print without columns: `label: value`."""
    pairs = (line.partition(": ") for line in text.splitlines() if not EVENT.match(line))
    return {key.strip(): value.strip() for key, _, value in pairs if value.strip()}
