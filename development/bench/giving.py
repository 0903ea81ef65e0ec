"""Giving out addresses of one network, in a process of its own: by our endpoint and by the stock one, in turns.

    python -m development.bench.giving --length 24 --fill 50

The variables of the environment name the database (`nautobot_config.py`). Figures are JSON on standard output, a line
for each way and number of clients, and one for what the database read. A round ends when time is up or nothing is free;
then everything that was given out is taken away, and if there is time left, another round begins.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from .. import interrupts
from . import crowd, web
from .askers import UNANSWERED, Answer, Clients, Wish, numbered
from .explained import explained

TOKEN = "0123456789abcdef0123456789abcdef01234567"
USER = "bench"
MOST_WISHES = 2000
SHORTEST_S = 0.5
PATIENCE_S = 15.0
WAYS = ("ours", "stock")
ALLOCATE = "/api/plugins/wow/allocations/allocate/"
GOOD, FULL = 201, {"ours": 409, "stock": 204}


@dataclass
class Cell:
    """What all rounds of one cell have shown."""

    seconds: float = 0.0
    answers: list[Answer] = field(default_factory=list)
    twice: int = 0
    falsely_full: int = 0
    rounds: int = 0

    def figures(self, way: str) -> dict[str, Any]:
        """Return what goes into the table."""
        good = [answer for answer in self.answers if answer.status == GOOD]
        full = [answer for answer in self.answers if answer.status == FULL[way]]
        others = Counter(answer.status for answer in self.answers if answer.status not in (GOOD, FULL[way]))
        return {
            "good": len(good),
            "full": len(full),
            "errors": {str(status): count for status, count in others.items()},
            "twice": self.twice,
            "falsely_full": self.falsely_full,
            "rounds": self.rounds,
            "seconds": round(self.seconds, 3),
            **_percentiles([answer.seconds for answer in good]),
        }


def _percentiles(seconds: Sequence[float]) -> dict[str, float]:
    """Return how long good answers took, in milliseconds."""
    ordered = sorted(seconds)
    return {
        f"p{part}_ms": round(1000 * ordered[min(len(ordered) - 1, len(ordered) * part // 100)], 1)
        for part in (50, 95, 99)
        if ordered
    }


def main() -> None:
    """Make the network, then measure each way with each number of clients."""
    wanted = _parser().parse_args()
    interrupts.listen()
    out = sys.stdout
    with contextlib.redirect_stdout(sys.stderr):
        import nautobot

        nautobot.setup()
        _user()
        profile = crowd.make(wanted.length, wanted.fill)
        with web.Server() as server:
            _warm_up(server.url, profile)
            for count, way in itertools.product(wanted.clients, WAYS):
                if not server.is_running:
                    _begin_anew(server, profile)
                clients = Clients(url=server.url, token=TOKEN, count=count, patience_s=PATIENCE_S, stop_at=(FULL[way],))
                cell = _measure(clients, way, profile, wanted.seconds, server)
                _print(out, wanted, kind="http", way=way, clients=count, **cell.figures(way))
        for layout in (crowd.SPREAD, crowd.PACKED):
            for place, cost in zip(("first", "next"), read(wanted.length, wanted.fill, layout), strict=True):
                _print(out, wanted, kind="read", layout=layout, place=place, **cost)


def _print(out: Any, wanted: argparse.Namespace, **values: Any) -> None:
    out.write(json.dumps({"length": wanted.length, "fill": wanted.fill, **values}) + "\n")
    out.flush()


def _user() -> None:
    from django.contrib.auth import get_user_model
    from nautobot.users.models import Token

    user = get_user_model().objects.filter(username=USER).first()
    user = user or get_user_model().objects.create_superuser(USER, "bench@example.com", None)
    Token.objects.get_or_create(key=TOKEN, defaults={"user": user})


def _warm_up(url: str, profile: Any) -> None:
    """Ask both ways often enough that each process of the server has loaded what it needs."""
    clients = Clients(url=url, token=TOKEN, count=2)
    for way in WAYS:
        clients.ask(wishes(way, profile, "warm", 4))
    crowd.empty()


def wishes(way: str, profile: Any, name: str, count: int) -> list[Wish]:
    """Return requests for one address each."""
    if way == "ours":
        return numbered(ALLOCATE, count, profile=profile.name, key=f"{name} {{}}")
    path = f"/api/ipam/prefixes/{profile.prefix_id}/available-ips/"
    return numbered(path, count, status="Reserved", description=f"{name} {{}}")


def _measure(clients: Clients, way: str, profile: Any, seconds: float, server: web.Server) -> Cell:
    cell = Cell()
    crowd.settle()
    while seconds - cell.seconds > SHORTEST_S:
        timed = Clients(**{**vars(clients), "seconds": seconds - cell.seconds})
        answers = timed.ask(wishes(way, profile, f"{clients.count} {cell.rounds}", MOST_WISHES))
        if any(answer.status == UNANSWERED for answer in answers):
            server.stop()  # it would go on with what nobody waits for
        _count(cell, way, profile, answers)
        crowd.empty()
        if not server.is_running:
            break
    return cell


def _begin_anew(server: web.Server, profile: Any) -> None:
    """Start another server; the one before may have held a lock of the stock endpoint when it was ended."""
    from django.core.cache import cache

    cache.clear()
    server.start()
    _warm_up(server.url, profile)


def _count(cell: Cell, way: str, profile: Any, answers: list[Answer]) -> None:
    """Add a round; the time ends with the last good answer where nothing was left then."""
    good = [answer for answer in answers if answer.status == GOOD]
    is_full = any(answer.status == FULL[way] for answer in answers)
    hosts = [answer.content["host"] for answer in good]
    there = crowd.given()
    assert set(hosts) <= set(there), "an answer names an address that is not there"
    free = crowd.free(profile.prefix.prefix_length) if is_full else 0
    cell.rounds += 1
    cell.answers += answers
    cell.twice += len(hosts) - len(set(hosts)) + crowd.taken_twice()
    cell.falsely_full += int(free > 0)
    last = max((answer.ended for answer in (good if is_full and good else answers)), default=0.0)
    cell.seconds += last - min(answer.began for answer in answers)


def read(length: int, fill: int, layout: str) -> list[dict[str, Any]]:
    """Return what the database reads for the first address ever given out of a network, and for the one after it."""
    from django.db import transaction

    from nautobot_wow.ipam.allocator import Ask, allocate

    profile = crowd.make(length, fill, layout)
    costs = []
    for key in ("first", "next"):
        with transaction.atomic(), explained() as found:
            allocate(Ask(profile=profile, key=key))
        costs.append({"statements": len(found.statements), "rows": found.rows, "buffers": found.buffers})
    return costs


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Measure giving out the addresses of one network.")
    parser.add_argument("--length", type=int, required=True)
    parser.add_argument("--fill", type=int, required=True)
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 8, 32])
    parser.add_argument("--seconds", type=float, default=2.0)
    return parser


if __name__ == "__main__":
    main()
