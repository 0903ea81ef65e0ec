"""One session: the login of its release, prints with queries, and what a router refuses.

Nothing can be changed: the users of the lab have no right to write. A user without the policy `read` is told so.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from development.lab.routeros.codec import NotASentence, encode, read_sentence
from development.lab.routeros.faults import GARBAGE, NONSENSE, Fault
from development.lab.routeros.query import matches

if TYPE_CHECKING:
    from development.lab.routeros.server import Router

Sentence = list[str | bytes]
NO_LOGIN = "invalid user name or password (6)"
OLD_NO_LOGIN = "cannot log in"
NO_MENU = "no such command prefix"
NO_COMMAND = "no such command"
DENIED = "not enough permissions (9)"
CHALLENGED_BEFORE = (6, 43)
SAYS_EMPTY_FROM = (7, 18)
WRITES = ("add", "set", "remove", "enable", "disable", "move", "unset", "comment", "reset")
PRINT_WORDS = (".proplist", "detail", "stats", "count-only", "without-paging", "terse", ".tag")
CHUNK = 3


class Session:
    """Answers sentences until the other side goes."""

    def __init__(self, router: Router, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._router = router
        self._reader = reader
        self._writer = writer
        self._user = ""
        self._challenge = b""

    async def run(self) -> None:
        """Serve the session."""
        try:
            while True:
                words = await read_sentence(self._reader)
                if words and not await self._serve(words):
                    return
        except (asyncio.IncompleteReadError, ConnectionError, NotASentence):
            return

    async def _serve(self, words: list[str]) -> bool:
        """Answer one sentence; False ends the session."""
        command, arguments = words[0], _arguments(words[1:])
        query = [word[1:] for word in words[1:] if word.startswith("?")]
        tags: Sentence = [word for word in words[1:] if word.startswith(".tag=")]
        self._router.asked.append(command)
        if command == "/quit":
            await self._send([["!fatal", "session terminated on request"]])
            return False
        fault = self._router.faults.take(command)
        if command == "/login":
            answer = self._login(arguments)
        elif not self._user:
            await self._send([["!fatal", "not logged in"]])
            return False
        else:
            answer = self._answer(command, arguments, query)
        answer = [[*sentence, *tags] for sentence in answer]
        return await (self._send_badly(answer, fault) if fault else self._send(answer))

    # ----------------------------------------------------------------------------------------------------------- login

    def _login(self, arguments: Mapping[str, str]) -> list[Sentence]:
        """Return the answer; before 6.43 a password is not looked at, and answered with a challenge."""
        old = self._router.tables.release < CHALLENGED_BEFORE
        user = arguments.get("name", "")
        if old and "response" not in arguments:
            self._challenge = secrets.token_bytes(16)
            return [["!done", f"=ret={self._challenge.hex()}"]]
        password = self._router.passwords.get(user)
        if password is None:
            good = False
        elif old:
            digest = hashlib.md5(b"\0" + password.encode() + self._challenge, usedforsecurity=False)
            good = secrets.compare_digest(arguments["response"], f"00{digest.hexdigest()}")
        else:
            good = secrets.compare_digest(arguments.get("password", "").encode(), password.encode())
        if not good:
            return _trap(OLD_NO_LOGIN if old else NO_LOGIN)
        self._user = user
        return [["!done"]]

    # ---------------------------------------------------------------------------------------------------------- answers

    def _answer(self, command: str, arguments: Mapping[str, str], query: list[str]) -> list[Sentence]:
        menu, _, action = command.rpartition("/")
        tables = self._router.tables
        if command == "/interface/ethernet/monitor":
            return self._monitor(arguments)
        if not tables.has(menu):
            return _trap(NO_MENU)
        if not self._router.may_read(self._user) or action in WRITES:
            return _trap(DENIED)
        if action not in ("print", "getall"):
            return _trap(NO_COMMAND)
        if unknown := sorted(set(arguments) - set(PRINT_WORDS)):
            return _trap(f"unknown parameter {unknown[0]}")
        rows = [row for row in tables.rows(menu) if matches(row, query)]
        if "count-only" in arguments:
            return [["!done", f"=ret={len(rows)}"]]
        wanted = arguments[".proplist"].split(",") if ".proplist" in arguments else None
        return self._rows({key: row[key] for key in (wanted or row) if key in row} for row in rows)

    def _monitor(self, arguments: Mapping[str, str]) -> list[Sentence]:
        if not self._router.may_read(self._user):
            return _trap(DENIED)
        row = self._router.tables.monitor(arguments.get("numbers", ""))
        return self._rows([row]) if row else _trap("no such item")

    def _rows(self, rows: Iterable[Mapping[str, Any]]) -> list[Sentence]:
        found: list[Sentence] = [["!re", *(_word(key, value) for key, value in row.items())] for row in rows]
        nothing: list[Sentence] = [["!empty"]] if not found and self._router.tables.release >= SAYS_EMPTY_FROM else []
        return [*found, *nothing, ["!done"]]

    # ---------------------------------------------------------------------------------------------------------- sending

    async def _send(self, answer: Iterable[Sentence], pause_s: float | None = None) -> bool:
        raw = b"".join(encode(sentence) for sentence in answer)
        chunk = CHUNK if pause_s is not None else self._router.settings["chunk"] or len(raw)
        for at in range(0, len(raw), chunk):
            self._writer.write(raw[at : at + chunk])
            await self._writer.drain()
            await asyncio.sleep(pause_s or 0)
        return True

    async def _send_badly(self, answer: list[Sentence], fault: Fault) -> bool:
        rows = [sentence for sentence in answer if sentence[0] == "!re"]
        middle = rows[: len(rows) // 2]
        raw = b"".join(encode(sentence) for sentence in answer)
        if fault.action == "slow":
            return await self._send(answer, fault.seconds)
        if fault.action in ("half", "drop"):
            self._writer.write(raw[: len(raw) // 2])
            await self._writer.drain()
            return fault.action == "half"
        if fault.action == "garbage":
            self._writer.write(GARBAGE)
            await self._writer.drain()
            return True
        if fault.action == "silent":
            return True
        if fault.action == "fatal":
            return not await self._send([*middle, ["!fatal", fault.text]])
        said: dict[str, list[Sentence]] = {
            "trap": [*middle, *_trap(fault.text)],
            "traps": [*middle, *_trap(fault.text)[:1], *_trap(fault.text)],
            "missing": _trap(NO_MENU),
            "denied": _trap(DENIED),
            "nonsense": [*(_nonsense(sentence) for sentence in rows or [["!re", "=name=x"]]), ["!done"]],
        }
        return await self._send(said[fault.action])


def _arguments(words: Iterable[str]) -> dict[str, str]:
    found = {}
    for word in words:
        if word.startswith("="):
            key, _, value = word[1:].partition("=")
            found[key] = value
    return found


def _word(key: str, value: Any) -> str | bytes:
    """Return an attribute; bytes are what somebody wrote with another encoding."""
    return f"={key}=".encode() + value if isinstance(value, bytes) else f"={key}={value}"


def _trap(message: str) -> list[Sentence]:
    return [["!trap", f"=message={message}"], ["!done"]]


def _nonsense(sentence: Sentence) -> Sentence:
    names = [str(word)[1:].partition("=")[0] for word in sentence[1:]]
    return ["!re", *(f"={name}={NONSENSE}" for name in names)]
