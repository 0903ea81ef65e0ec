"""Whether the pages answer: our own web server's, not those of whoever else has the port."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from development.nautobot import MARK, Nautobot
from development.paths import Paths
from development.processes import Supervisor
from development.state import State


class LoginPage(BaseHTTPRequestHandler):
    """Answers everything with 200, and with the mark that the server was given."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header(MARK, self.server.mark)  # type: ignore[attr-defined]
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Stay silent."""


@pytest.fixture
def server() -> Iterator[HTTPServer]:
    server = HTTPServer(("127.0.0.1", 0), LoginPage)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def nautobot(tmp_path: Path, server: HTTPServer) -> Nautobot:
    paths = Paths(tmp_path)
    paths.make()
    state = State(paths)
    state.section("web")["port"] = server.server_port
    return Nautobot(state, Supervisor(state))


def test_our_own_server_is_known_by_its_mark(nautobot: Nautobot, server: HTTPServer) -> None:
    server.mark = nautobot._tag()  # type: ignore[attr-defined]
    assert nautobot._page_answers()


def test_another_server_on_the_port_is_not_taken_for_ours(nautobot: Nautobot, server: HTTPServer) -> None:
    server.mark = "somebody else"  # type: ignore[attr-defined]
    assert not nautobot._page_answers()


def test_a_taken_port_is_given_up_before_the_server_starts(nautobot: Nautobot, server: HTTPServer) -> None:
    nautobot.choose_port()
    assert nautobot.state.section("web")["port"] != server.server_port
