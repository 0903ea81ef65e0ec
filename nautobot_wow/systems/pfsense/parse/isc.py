"""The lease file of ISC dhcpd: a log of blocks, dhcpd.leases(5).

    lease 10.0.10.72 {
      starts 1 2015/07/06 07:50:42;          weekday, then UTC; or "never"; or "epoch N; # the same for people"
      binding state active;
      hardware ethernet 64:5a:04:6a:07:a2;   abandoned and backup leases may lack it
      client-hostname "Satellite-C700";      octal escapes in quoted text
    }

The last block of an address counts. Other declarations (failover, server-duid, a host or a class) are known and passed
over; what is no declaration of this file is an error that quotes its line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import NamedTuple

from ....errors import ParseError
from .leases import Lease
from .values import quoted, to_address, to_mac, to_number

WHAT = "dhcpd.leases"
TOKEN = re.compile(
    r"""
    (?P<space>\s+|\#[^\n]*)
    | (?P<mark>[{};,=])
    | (?P<text>"(?:[^"\\\n]|\\[^\n])*")
    | (?P<word>[^\s{};,="\#]+)
    """,
    re.VERBOSE,
)
ESCAPED = re.compile(r"\\([0-7]{1,3}|.)")
OTHER_BLOCKS = frozenset({"failover", "host", "group", "subgroup", "class", "subclass", "key", "zone", "ia-na"})
OTHER_LINES = frozenset({"server-duid", "authoring-byte-order", "default-duid"})
STATES = frozenset({"active", "free", "backup", "expired", "released", "abandoned", "reset"})
READ = frozenset({"binding state", "hardware ethernet", "client-hostname", "ends"})
"""What is read of a lease. The rest of what a block may hold is known by its first word."""
PASSED_OVER = frozenset(
    {
        *("starts", "tstp", "tsfp", "atsfp", "cltt", "next", "rewind", "uid", "set", "option", "on", "hardware"),
        *("bootp", "dynamic-bootp", "reserved", "abandoned", "billing", "hostname"),
        *("ddns-text", "ddns-fwd-name", "ddns-rev-name", "ddns-client-fqdn"),
    }
)


class Token(NamedTuple):
    """A word, a mark or a quoted text, with the line it is on."""

    text: str
    line: int


def parse_isc_leases(text: str) -> tuple[Lease, ...]:
    """Return every lease block in the order of the file. Raises ParseError that quotes the line it cannot read."""
    return tuple(_Blocks(text).leases())


class _Blocks:
    """Reads the file declaration by declaration."""

    def __init__(self, text: str) -> None:
        self._lines = text.split("\n")
        self._tokens = list(_tokens(text))
        self._at = 0

    def leases(self) -> Iterator[Lease]:
        """Yield the leases."""
        while self._at < len(self._tokens):
            words = self._words()
            opened = self._take().text == "{"
            if words[0].text == "lease" and len(words) == 2 and opened:
                yield self._lease(words[1])
            elif words[0].text in OTHER_BLOCKS and opened:
                self._pass_over(words[0])
            elif words[0].text not in OTHER_LINES or opened:
                raise self._cannot(words[0])

    def _lease(self, address: Token) -> Lease:
        host = str(to_address(address.text, f"{WHAT}: line {address.line}"))
        found: dict[str, list[Token]] = {}
        while not self._ends_block(address):
            words = self._words()
            end = self._take()
            if end.text == "{":  # "on expiry { … }" and the like: what the server shall do, nothing it knows
                self._pass_over(words[0])
                continue
            name = " ".join(word.text for word in words[: 2 if words[0].text in ("binding", "hardware") else 1])
            if name not in READ and words[0].text not in PASSED_OVER:
                raise self._cannot(words[0])
            found[name] = words
        return self._made(host, found)

    def _made(self, host: str, found: dict[str, list[Token]]) -> Lease:
        state = self._last(found["binding state"], STATES) if "binding state" in found else "active"
        hardware = found.get("hardware ethernet")
        mac = to_mac(hardware[-1].text, f"{WHAT}: line {hardware[-1].line}") if hardware else ""
        name = found.get("client-hostname")
        return Lease(
            host=host,
            mac=mac if state != "abandoned" else "",
            name=_unquoted(name[-1].text) if name else "",
            ends=self._time(found["ends"]) if "ends" in found else None,
            held=state == "active",
            shunned=state == "abandoned",
        )

    def _last(self, words: list[Token], known: frozenset[str]) -> str:
        if len(words) != 3 or words[-1].text not in known:
            raise self._cannot(words[-1])
        return words[-1].text

    def _time(self, words: list[Token]) -> int | None:
        """Return seconds since 1970, None for never."""
        texts = [word.text for word in words[1:]]
        if texts == ["never"]:
            return None
        if len(texts) == 2 and texts[0] == "epoch":
            return to_number(texts[1], f"{WHAT}: line {words[0].line}")
        try:
            _weekday, day, clock = texts
            moment = datetime.strptime(f"{day} {clock}", "%Y/%m/%d %H:%M:%S")
        except ValueError:
            raise self._cannot(words[0]) from None
        return int(moment.replace(tzinfo=timezone.utc).timestamp())

    # -- tokens

    def _words(self) -> list[Token]:
        """Return the words up to the mark that ends them; there is at least one."""
        start = self._at
        while self._at < len(self._tokens) and self._tokens[self._at].text not in ("{", "}", ";"):
            self._at += 1
        if self._at == len(self._tokens):
            raise ParseError(f"{WHAT}: it ends in the middle of {quoted(self._lines[self._tokens[start].line - 1])}")
        if self._at == start:
            raise self._cannot(self._tokens[start])
        return self._tokens[start : self._at]

    def _take(self) -> Token:
        self._at += 1
        return self._tokens[self._at - 1]

    def _ends_block(self, opening: Token) -> bool:
        if self._at == len(self._tokens):
            raise ParseError(f"{WHAT}: it ends in the middle of {quoted(self._lines[opening.line - 1])}")
        if self._tokens[self._at].text != "}":
            return False
        self._at += 1
        return True

    def _pass_over(self, opening: Token) -> None:
        depth = 1
        while depth:
            if self._at == len(self._tokens):
                raise ParseError(f"{WHAT}: it ends in the middle of {quoted(self._lines[opening.line - 1])}")
            depth += {"{": 1, "}": -1}.get(self._take().text, 0)

    def _cannot(self, token: Token) -> ParseError:
        return ParseError(f"{WHAT}: cannot read line {token.line}: {quoted(self._lines[token.line - 1].strip())}")


def _tokens(text: str) -> Iterator[Token]:
    at, line = 0, 1
    while at < len(text):
        match = TOKEN.match(text, at)
        if match is None:
            whole = text.split("\n")[line - 1]
            raise ParseError(f"{WHAT}: cannot read line {line}: {quoted(whole.strip())}")
        if match.lastgroup != "space":
            yield Token(match[0], line)
        line += match[0].count("\n")
        at = match.end()


def _unquoted(text: str) -> str:
    """Return what a quoted text says, its octal escapes being bytes of UTF-8."""
    if not text.startswith('"'):
        return text
    raw = bytearray()
    at = 1
    for match in ESCAPED.finditer(text, 1, len(text) - 1):
        raw += text[at : match.start()].encode()
        escaped = match[1]
        raw += bytes([int(escaped, 8) & 255]) if escaped[0] in "01234567" else escaped.encode()
        at = match.end()
    raw += text[at:-1].encode()
    return raw.decode("utf-8", errors="replace").replace("\x00", "").strip()
