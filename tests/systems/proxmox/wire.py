"""An HTTPS server of recorded answers: what the wire may say, for a client that must not know the difference.

An answer is a payload, or an Answer with a status, a reason phrase and a body of its own. A path that was not recorded
is refused as Proxmox VE refuses it; every request is kept in `asked`.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from development.lab.certificates import Certificates
from nautobot_wow.systems.connection import Connection, Secret

TOKEN = "wow@pve!reader"
SECRET = "5f9d2c1e-0000-4000-8000-never-print-me"


@dataclass(frozen=True)
class Answer:
    """A whole answer; `slowly` sends a byte of the body at a time with so many seconds between them."""

    status: int = 200
    reason: str = "OK"
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    slowly: float = 0.0
    before: Callable[[], None] = lambda: None


def failed(status: int, reason: str) -> Answer:
    """Return an error as Proxmox VE gives it: the text stands in the status line."""
    return Answer(status, reason, b'{"data":null}')


class Wire:
    """Serves `answers` by path; a list is worked off, its last element stays."""

    def __init__(self, certificates: Certificates, answers: Mapping[str, Any]) -> None:
        self.certificates = certificates
        self.answers = dict(answers)
        self.asked: list[str] = []
        self.tokens: set[str] = set()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._server.socket = certificates.server_context().wrap_socket(self._server.socket, server_side=True)

    @property
    def port(self) -> int:
        return self._server.server_address[1]

    def connection(self, **changes: Any) -> Connection:
        values: dict[str, Any] = {
            "system": "wow-prox1",
            "url": f"https://127.0.0.1:{self.port}",
            "username": TOKEN,
            "secret": Secret(SECRET),
            "ca_file": str(self.certificates.ca_file),
            "timeout_s": 2.0,
        }
        return Connection(**{**values, **changes})

    def answer(self, path: str) -> Answer:
        found = self.answers.get(path, failed(501, f"Method 'GET /{path}' not implemented"))
        if isinstance(found, list) and found and isinstance(found[0], Answer):
            found = found.pop(0) if len(found) > 1 else found[0]
        return found if isinstance(found, Answer) else Answer(body=json.dumps({"data": found}).encode())

    @contextmanager
    def running(self) -> Iterator[Wire]:
        thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            thread.join()


def _handler(wire: Wire) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = urlsplit(self.path).path.removeprefix("/api2/json/")
            wire.asked.append(path)
            wire.tokens.add(self.headers.get("Authorization", ""))
            answer = wire.answer(path)
            answer.before()
            self.send_response(answer.status, answer.reason)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self._send(answer)

        def _send(self, answer: Answer) -> None:
            if not answer.slowly:
                self.wfile.write(answer.body)
                return
            for byte in answer.body:
                try:
                    self.wfile.write(bytes([byte]))
                except OSError:  # the client has had enough, which is what is tested
                    self.close_connection = True
                    return
                time.sleep(answer.slowly)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    return Handler


def recorded(folder: Path) -> dict[str, Any]:
    """Return the answers of a case by path: `nodes/pve1/network.json` answers GET /nodes/pve1/network.

    A file holds what Proxmox VE sends, {"data": ...}; an error is {"status": 500, "reason": "..."}.
    """
    files = sorted(file for file in folder.rglob("*.json") if file.name != "expected.json")
    return {file.relative_to(folder).with_suffix("").as_posix(): _recorded(file) for file in files}


def _recorded(file: Path) -> Any:
    content = json.loads(file.read_text(encoding="utf-8"))
    return content["data"] if "data" in content else failed(content["status"], content["reason"])
