"""FreeBSD's table of neighbours, `arp -an`: one line an address.

    ? (192.168.71.2) at 00:50:56:f7:4a:fc on em0 expires in 942 seconds [ethernet]
    ? (192.168.71.163) at 00:0c:29:1a:4e:3b on em0 permanent [ethernet]      its own address, or entered by hand
    ? (192.168.71.9) at (incomplete) on em0 expired [ethernet]               asked, and nobody has answered

Every line is read, or the whole answer is refused with the line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ....errors import ParseError
from .values import quoted, to_address, to_mac

WHAT = "arp -an"
LINE = re.compile(
    r"\S+ \((?P<host>[0-9.]+)\) at (?P<mac>\(incomplete\)|[0-9A-Fa-f:]+) on (?P<port>\S+)"
    r"(?P<state>| permanent| expired| expires in -?[0-9]+ seconds)(?: published)?(?: \(proxy only\))?"
    r"(?: \[(?P<kind>[a-z0-9-]+)\])?"
)


@dataclass(frozen=True, kw_only=True)
class Neighbour:
    """A line of the table. `mac` is empty where nobody answered; `permanent` ones nobody was asked for."""

    host: str
    mac: str
    port: str
    permanent: bool = False


def parse_arp(text: str) -> tuple[Neighbour, ...]:
    """Return every line. Raises ParseError that quotes the line it cannot read; an empty answer is an empty table."""
    lines = text.split("\n")
    if lines[-1]:
        raise ParseError(f"{WHAT}: the answer ends in the middle of line {len(lines)}: {quoted(lines[-1])}")
    return tuple(_neighbour(line) for line in lines[:-1])


def _neighbour(line: str) -> Neighbour:
    match = LINE.fullmatch(line)
    if match is None:
        raise ParseError(f"{WHAT}: cannot read {quoted(line)}")
    what = f"{WHAT}: {quoted(line)}"
    return Neighbour(
        host=str(to_address(match["host"], what)),
        mac="" if match["mac"] == "(incomplete)" else to_mac(match["mac"], what),
        port=match["port"],
        permanent=match["state"] == " permanent",
    )
