"""What the box says of itself in one line each: its version, its serial number, its time, its routing table."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ....errors import ParseError
from .values import quoted, to_number

VERSION = re.compile(r"(?P<number>[0-9]+\.[0-9]+(?:\.[0-9]+)?)-(?P<stage>[A-Z]+[0-9A-Za-z.-]*)")
# What boards say that nobody has given a serial number.
NO_SERIAL = frozenset(
    {
        "",
        "0",
        "none",
        "not specified",
        "not applicable",
        "default string",
        "system serial number",
        "to be filled by o.e.m.",
        "123456789",
        "0123456789",
        "empty",
        "unknown",
        "invalid",
        "n/a",
    }
)


@dataclass(frozen=True)
class Version:
    """A release. Those of pfSense Plus are called after year and month, those of the Community Edition count."""

    text: str

    @property
    def edition(self) -> str:
        """Return which product it is."""
        return "pfSense Plus" if int(self.text.partition(".")[0]) >= 20 else "pfSense CE"


def parse_version(text: str) -> Version:
    """Return the release that /etc/version names. Raises ParseError."""
    line = text.strip()
    if not VERSION.fullmatch(line) or not text.endswith("\n"):
        raise ParseError(f"/etc/version: {quoted(line)} is no version of pfSense, such as 2.7.2-RELEASE")
    return Version(line)


def parse_serial(text: str) -> str:
    """Return the serial number, empty where the board has none but says something in its place."""
    line = text.strip()
    return "" if line.casefold() in NO_SERIAL or not line.isprintable() else line


def parse_time(text: str) -> int:
    """Return the clock of the box in seconds since 1970. Raises ParseError."""
    if not text.endswith("\n"):  # half a number is a number as well
        raise ParseError(f"date +%s: the answer ends in the middle: {quoted(text)}")
    return to_number(text.strip(), "date +%s")


@dataclass(frozen=True, kw_only=True)
class RouteLine:
    """A line of the routing table."""

    destination: str
    gateway: str
    flags: str
    port: str


def parse_routes(text: str) -> tuple[RouteLine, ...]:
    """Return the lines of `netstat -rn`. Raises ParseError that quotes the line it cannot read."""
    if not text.endswith("\n"):
        raise ParseError(f"netstat -rn: the answer ends in the middle of {quoted(text.rpartition(chr(10))[2])}")
    found = tuple(_routes(text.split("\n")))
    if not text.startswith("Routing tables"):
        raise ParseError(f"netstat -rn: it begins with {quoted(text.partition(chr(10))[0])}, not with its title")
    return found


def _routes(lines: list[str]) -> Iterator[RouteLine]:
    columns: list[str] = []
    for line in lines:
        words = line.split()
        if words[:2] == ["Destination", "Gateway"]:
            columns = words
        elif not words or line.startswith("Routing tables") or line in ("Internet:", "Internet6:"):
            columns = columns if not words else []
        elif not columns or not {"Flags", "Netif"} <= set(columns) or not 4 <= len(words) <= len(columns):
            raise ParseError(f"netstat -rn: cannot read {quoted(line)}")
        else:
            row = dict(zip(columns, words, strict=False))
            yield RouteLine(
                destination=row["Destination"], gateway=row["Gateway"], flags=row["Flags"], port=row["Netif"]
            )


def parse_listing(text: str) -> dict[str, str]:
    """Return the names of `ls -1i` with the number of each file. Raises ParseError that quotes the line."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        number, _, name = line.strip().partition(" ")
        if not number.isdecimal() or not name:
            raise ParseError(f"ls -1i: cannot read {quoted(line)}")
        found[name] = number
    return found
