"""Many clients at once, what is counted of their answers, and the tables that come of it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from development.bench import giving_report
from development.bench.askers import UNANSWERED, Answer, Clients, Wish, mixed, numbered
from development.bench.giving import Cell

EIGHT = 8


class Counter(BaseHTTPRequestHandler):
    """Answers with 201 and what it was sent, with 409 after a number of times; holds the first ones until all came."""

    protocol_version = "HTTP/1.1"
    together = threading.Barrier(EIGHT)
    served: list[str] = []
    most = 1000

    def do_POST(self) -> None:
        content = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if len(self.served) < EIGHT and self.path == "/together":
            self.served.append(self.path)
            self.together.wait(30)
        if self.path == "/silent":
            self.close_connection = True
            return
        if self.path == "/few":
            self.served.append(self.path)
        text = json.dumps({"got": content, "token": self.headers["Authorization"]}).encode()
        self.send_response(409 if len(self.served) > self.most else 201)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def url() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Counter)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    Counter.served, Counter.most = [], 1000
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_clients_of_several_processes_are_there_at_once_and_every_wish_is_sent_once(url: str) -> None:
    answers = Clients(url=url, token="t", count=EIGHT).ask(numbered("/together", 40, key="key {}"))
    assert {answer.status for answer in answers} == {201}
    assert sorted(answer.content["got"]["key"] for answer in answers) == sorted(f"key {n}" for n in range(40))
    assert {answer.content["token"] for answer in answers} == {"Token t"}
    assert all(answer.ended >= answer.began for answer in answers)


def test_what_is_not_answered_is_told_and_the_next_wish_is_sent_all_the_same(url: str) -> None:
    wishes = [Wish("/silent", {}), Wish("/heard", {})]
    assert [answer.status for answer in Clients(url=url, token="t", count=1).ask(wishes)] == [UNANSWERED, 201]


def test_a_client_stops_at_the_answer_that_says_so_and_all_stop_in_time(url: str) -> None:
    Counter.most = 3
    few = Clients(url=url, token="t", count=1, stop_at=(409,)).ask(numbered("/few", 20))
    assert [answer.status for answer in few] == [201, 201, 201, 409]
    assert Clients(url=url, token="t", count=1, seconds=0).ask(numbered("/few", 20)) == []


def test_wishes_of_two_kinds_take_turns() -> None:
    assert mixed([Wish("a", 1), Wish("a", 2)], [Wish("b", 1)]) == [Wish("a", 1), Wish("b", 1), Wish("a", 2)]


def answer(status: int, seconds: float = 0.1) -> Answer:
    return Answer("/", status, {}, 0.0, seconds)


def test_full_and_said_so_is_no_error_and_everything_else_is() -> None:
    cell = Cell(seconds=2.0, answers=[answer(201), answer(201, 0.3), answer(204), answer(400), answer(500), answer(0)])
    figures = cell.figures("stock")
    assert (figures["good"], figures["full"], figures["errors"]) == (2, 1, {"400": 1, "500": 1, "0": 1})
    assert (figures["p50_ms"], figures["p99_ms"]) == (300.0, 300.0)
    assert cell.figures("ours")["errors"]["204"] == 1


ROW = {"kind": "http", "length": 24, "fill": 50, "clients": 8, "good": 30, "seconds": 3.0, "twice": 0}
TIMES = {"p50_ms": 70.4, "p95_ms": 1234.0, "p99_ms": 2000.0}
READ = {"kind": "read", "length": 24, "layout": "spread", "place": "next", "statements": 28}


def test_the_tables_show_both_ways_beside_each_other(tmp_path: Path) -> None:
    stock = {**ROW, **TIMES, "way": "stock", "errors": {"400": 2, "0": 1}, "falsely_full": 1}
    ours = {**ROW, **TIMES, "way": "ours", "errors": {}, "falsely_full": 0}
    read = [{**READ, "fill": fill, "rows": 1000 + fill, "buffers": 70} for fill in (0, 95)]
    page = tmp_path / "page.md"
    page.write_text(f"before\n{giving_report.BEGIN}\nold\n{giving_report.END}\nafter\n")
    giving_report.write(page, [ours, stock, *read])
    text = page.read_text()
    first, second = [line for line in text.splitlines() if line.startswith("| /24 | 50 %")]
    assert first.startswith(
        "| /24 | 50 % | 8 | available-ips | 30 | 0 | 1 × no answer, 2 × 400, 1 × full, and was not |"
    )
    assert second == "| /24 | 50 % | 8 | **nautobot-wow** | 30 | 0 | 0 | 10.0 | 70 · 1,234 · 2,000 ms |"
    assert "| /24 | all over it | the next one | 1,000 · 70 · 28 | 1,095 · 70 · 28 |" in text
    assert "old" not in text
