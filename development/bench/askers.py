"""Many clients at once over HTTP: processes with threads, each with a connection of its own, that begin together.

    python -m development.bench.askers        one such process; its order comes as JSON on a line of standard input

Only the standard library, so that a client costs the machine as little as possible beside the server.
"""

from __future__ import annotations

import contextlib
import http.client
import itertools
import json
import subprocess
import sys
import threading
import time
import urllib.parse
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from ..paths import REPOSITORY

PATIENCE_S = 300.0  # as long as the web server lets a request run
PROCESSES = 4
UNANSWERED = 0
GO = b"go\n"


class Wish(NamedTuple):
    """One POST."""

    path: str
    body: Any


@dataclass(frozen=True)
class Answer:
    """What came back: `status` is 0 where nothing did. Times are those of this machine's steady clock."""

    path: str
    status: int
    content: Any
    began: float
    ended: float

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self.ended - self.began


@dataclass(frozen=True, kw_only=True)
class Clients:
    """Whom to ask, by how many clients at once, and when to stop: after some seconds, or at an answer with a status.

    What is not answered within `patience_s` counts as unanswered; the server may do it all the same, later.
    """

    url: str
    token: str
    count: int
    seconds: float = PATIENCE_S
    patience_s: float = PATIENCE_S
    stop_at: tuple[int, ...] = ()

    def ask(self, wishes: Sequence[Wish]) -> list[Answer]:
        """Send the wishes, spread over the clients, all beginning together; return the answers as they came."""
        shares = list(_shares(self.count, wishes))
        with contextlib.ExitStack() as running:
            processes = [running.enter_context(_process()) for _ in shares]
            for process, (threads, mine) in zip(processes, shares, strict=True):
                _say(process, json.dumps({**asdict(self), "count": threads, "wishes": mine}).encode() + b"\n")
            for process in processes:
                _hear(process)  # it is connected
            for process in processes:
                _say(process, GO)
            rows = [row for process in processes for row in json.loads(_hear(process))]
        return sorted((Answer(*row) for row in rows), key=lambda answer: answer.ended)


def _shares(count: int, wishes: Sequence[Wish]) -> Iterator[tuple[int, Sequence[Wish]]]:
    processes = min(PROCESSES, count)
    for number in range(processes):
        yield len(range(number, count, processes)), wishes[number::processes]


@contextlib.contextmanager
def _process() -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "development.bench.askers"]
    with subprocess.Popen(command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            yield process
        finally:
            process.kill()


def _say(process: subprocess.Popen[bytes], text: bytes) -> None:
    assert process.stdin is not None
    process.stdin.write(text)
    process.stdin.flush()


def _hear(process: subprocess.Popen[bytes]) -> bytes:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise RuntimeError(f"a process of clients ended with {process.wait()}")
    return line


# -------------------------------------------------------------------------------------------------- within the process
def main() -> None:
    """Connect, wait for the start, ask, and print the answers on one line."""
    order = json.loads(sys.stdin.readline())
    clients = Clients(**{name: value for name, value in order.items() if name != "wishes"})
    answers = _Threads(clients, [Wish(*wish) for wish in order["wishes"]]).run()
    sys.stdout.write(json.dumps([list(asdict(answer).values()) for answer in answers]) + "\n")


class _Threads:
    """The clients of one process; whoever is ready takes the next wish."""

    def __init__(self, clients: Clients, wishes: Sequence[Wish]) -> None:
        self.clients = clients
        self.wishes = iter(wishes)
        self.taking = threading.Lock()
        self.start = threading.Barrier(clients.count + 1)
        self.deadline = 0.0
        self.answers: list[Answer] = []

    def run(self) -> list[Answer]:
        threads = [threading.Thread(target=self._client) for _ in range(self.clients.count)]
        for thread in threads:
            thread.start()
        self.start.wait(PATIENCE_S)
        sys.stdout.write("connected\n")
        sys.stdout.flush()
        sys.stdin.readline()
        self.deadline = time.monotonic() + self.clients.seconds
        self.start.wait(PATIENCE_S)
        for thread in threads:
            thread.join()
        return self.answers

    def _client(self) -> None:
        connection = http.client.HTTPConnection(
            urllib.parse.urlsplit(self.clients.url).netloc, timeout=self.clients.patience_s
        )
        connection.connect()
        self.start.wait(PATIENCE_S)
        self.start.wait(PATIENCE_S)
        while time.monotonic() < self.deadline and (wish := self._next()) is not None:
            answer = self._ask(connection, wish)
            self.answers.append(answer)
            if answer.status in self.clients.stop_at:
                break
        connection.close()

    def _next(self) -> Wish | None:
        with self.taking:
            return next(self.wishes, None)

    def _ask(self, connection: http.client.HTTPConnection, wish: Wish) -> Answer:
        headers = {
            "Authorization": f"Token {self.clients.token}",
            "Accept": "application/json",
            "Content-Type": "application/json",
        }
        began = time.monotonic()
        try:
            connection.request("POST", wish.path, json.dumps(wish.body), headers)
            response = connection.getresponse()
            status, text = response.status, response.read().decode(errors="replace")
        except (OSError, http.client.HTTPException) as error:
            connection.close()  # the next request opens it anew
            status, text = UNANSWERED, repr(error)
        return Answer(wish.path, status, _content(text), began, time.monotonic())


def _content(text: str) -> Any:
    """Return what an answer says; a page that is no JSON is text, of which the beginning tells enough."""
    try:
        return json.loads(text) if text else None
    except ValueError:
        return text[:500]


def numbered(path: str, count: int, **body: Any) -> list[Wish]:
    """Return that many wishes for one path; `{}` in a value of the body becomes the number."""
    return [Wish(path, {name: _filled(value, number) for name, value in body.items()}) for number in range(count)]


def _filled(value: Any, number: int) -> Any:
    return value.format(number) if isinstance(value, str) else value


def mixed(*lists: Sequence[Wish]) -> list[Wish]:
    """Return wishes of several kinds in turns."""
    rows = itertools.zip_longest(*lists)
    return [wish for row in rows for wish in row if wish is not None]


if __name__ == "__main__":
    main()
