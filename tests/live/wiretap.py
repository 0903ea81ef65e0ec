"""What Nautobot puts on its queue, and what it publishes: heard from Valkey itself, while the worker works on."""

from __future__ import annotations

import base64
import contextlib
import json
import re
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlsplit

Found = TypeVar("Found")
ARGUMENT = re.compile(rb'"((?:[^"\\]|\\.)*)"')
PATIENCE_S = 60


@dataclass
class Wiretap:
    """Every task that is queued, with its arguments, and every event, in the order in which they came."""

    tasks: list[tuple[str, list[Any]]] = field(default_factory=list)
    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def hear(self, line: bytes) -> None:
        """Take in one command that some client gave to Valkey."""
        command, *arguments = [_plain(argument) for argument in ARGUMENT.findall(line)] or [b""]
        if command.upper() == b"LPUSH":
            for message in map(_task_of, arguments[1:]):
                self.tasks += [message] if message else []
        if command.upper() == b"PUBLISH" and arguments[0].startswith(b"nautobot."):
            self.events.append((arguments[0].decode(), json.loads(arguments[1])))

    def listen(self, commands: Iterable[bytes]) -> None:
        """Take in commands until the connection is closed; closing it with one on its way resets it."""
        with contextlib.suppress(ConnectionResetError):
            for line in commands:
                self.hear(line)

    def arguments_of(self, task: str) -> list[list[Any]]:
        """Return the arguments of every task of a name."""
        return [arguments for name, arguments in self.tasks if name == task]


def _plain(argument: bytes) -> bytes:
    """Undo the escapes of MONITOR."""
    return argument.decode("unicode_escape").encode("latin-1")


def _task_of(message: bytes) -> tuple[str, list[Any]] | None:
    with contextlib.suppress(ValueError, KeyError, TypeError):
        content = json.loads(message)
        return content["headers"]["task"], json.loads(base64.b64decode(content["body"]))[0]
    return None


@contextlib.contextmanager
def tapped(url: str) -> Iterator[Wiretap]:
    """Listen to a Valkey for the time of the block."""
    tap, where = Wiretap(), urlsplit(url)
    with socket.create_connection((str(where.hostname), where.port or 6379)) as client:
        answers = client.makefile("rb")
        client.sendall(f"AUTH {where.password}\r\nMONITOR\r\n".encode())
        assert [answers.readline(), answers.readline()] == [b"+OK\r\n", b"+OK\r\n"]
        thread = threading.Thread(target=tap.listen, args=(answers,), daemon=True)
        thread.start()
        try:
            yield tap
        finally:
            client.shutdown(socket.SHUT_RDWR)
            thread.join()


def until(look: Callable[[], Found]) -> Found:
    """Return what is found, once there is something."""
    deadline = time.monotonic() + PATIENCE_S
    while not (found := look()):
        assert time.monotonic() < deadline, "nothing came"
        time.sleep(0.1)
    return found
