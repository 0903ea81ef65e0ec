"""`python3 -m development bench …`: the command, and who is measured when.

sync        contrib, our engine and the practical floor, side by side
allocate    our endpoint and the stock one, on one running Nautobot

Every contestant of a sync runs in a process of its own, on a database of its own that is a fresh copy of the migrated
template. They take turns, so that what else the machine does meets all of them. Contrib is not run at sizes where it
would take hours; `report.py` extrapolates it.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from .. import interrupts
from ..paths import REPOSITORY
from ..problems import Problem, tail
from ..progress import say, step
from . import giving_report, report
from .contestant import CONTESTANTS
from .databases import PREFIX, copy_of

DOCUMENT = REPOSITORY / "docs" / "dev" / "benchmarks.md"

INTERRUPTED = 130

Row = dict[str, Any]


def main(arguments: Sequence[str]) -> int:
    """Measure what was asked for; returns the exit code."""
    wanted = _parser().parse_args(arguments)
    interrupts.listen()
    tables, measure = (giving_report, _allocate) if wanted.what == "allocate" else (report, _sync)
    rows: list[Row] = []
    try:
        for some in measure(wanted):
            rows += some
            if wanted.json:  # at once: what was measured stays, whatever becomes of the rest
                wanted.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    except Problem as problem:
        sys.stderr.write(f"\n{problem}\n{tail(problem.log) if problem.log else ''}\n")
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED
    say("\n" + tables.text(rows))
    if wanted.write_docs:
        tables.write(DOCUMENT, rows)
        say(f"\nThe tables are in {DOCUMENT.relative_to(REPOSITORY)}.")
    return 0


def _sync(wanted: argparse.Namespace) -> Iterator[list[Row]]:
    return sync(wanted.guests, wanted.rounds, wanted.contestants, wanted.contrib_up_to, wanted.profile)


def _allocate(wanted: argparse.Namespace) -> Iterator[list[Row]]:
    return allocate(wanted.lengths, wanted.fills, wanted.clients, wanted.seconds)


def allocate(
    lengths: Sequence[int], fills: Sequence[int], clients: Sequence[int], seconds: float
) -> Iterator[list[Row]]:
    """Yield for every network the figures of both ways with each number of clients, on one running Nautobot."""
    with copy_of(os.environ["WOW_TEMPLATE"], PREFIX) as database:
        _migrate(database)
        for length, fill in itertools.product(lengths, fills):
            yield _measure_network(database, length, fill, clients, seconds)


def _measure_network(database: str, length: int, fill: int, clients: Sequence[int], seconds: float) -> list[Row]:
    command = ["development.bench.giving", "--length", str(length), "--fill", str(fill)]
    command += ["--seconds", str(seconds), "--clients", *map(str, clients)]
    with step(f"/{length}, {fill} % taken") as current:
        rows: list[Row] = [json.loads(line) for line in _inside(command, database)]
        current.note = ", ".join(giving_report.note(row) for row in rows if row["kind"] == "http")
    return rows


def sync(
    sizes: Sequence[int], rounds: int, contestants: Sequence[str], contrib_up_to: int, profile: Path | None = None
) -> Iterator[list[Row]]:
    """Yield for every number of guests, round and contestant one row of figures a phase."""
    if profile:
        profile.mkdir(parents=True, exist_ok=True)
    with copy_of(os.environ["WOW_TEMPLATE"], PREFIX) as template:
        _migrate(template)
        for guests in sizes:
            for number in range(1, rounds + 1):
                for contestant in at_size(guests, contestants, contrib_up_to):
                    yield _measure(template, contestant, guests, number, profile)


def at_size(guests: int, contestants: Sequence[str], contrib_up_to: int) -> list[str]:
    """Return who is measured at a number of guests."""
    return [name for name in contestants if name != "contrib" or guests <= contrib_up_to]


def _migrate(database: str) -> None:
    with step("the app's own migrations"):
        _inside(["development.inside.migrate"], database)


def _measure(template: str, contestant: str, guests: int, number: int, profile: Path | None) -> list[Row]:
    command = ["development.bench.contestant", contestant, "--guests", str(guests)]
    command += ["--profile", str(profile)] if profile else []
    what = f"{contestant}, {guests} guests, round {number}"
    with copy_of(template, f"{PREFIX}_{contestant}") as database, step(what) as current:
        lines = _inside(command, database)
        rows = [{**json.loads(line), "round": number} for line in lines]
        current.note = ", ".join(f"{row['phase']} {row['wall_s']:.2f} s / {row['queries']} queries" for row in rows)
    return rows


def _inside(command: Sequence[str], database: str) -> list[str]:
    """Run a module within Nautobot's environment and return its lines of JSON."""
    with tempfile.NamedTemporaryFile(prefix="wow-bench-", suffix=".log", delete=False) as log:
        process = subprocess.Popen(
            [sys.executable, "-m", *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            cwd=REPOSITORY,
            env={**os.environ, "WOW_DATABASE": database},
        )
        with process:
            try:
                said, _ = process.communicate()
            except BaseException:
                process.terminate()  # and wait: it may have started others, and ends them
                raise
    if process.returncode:
        how = f"ended with {process.returncode}"
        raise Problem(f"{' '.join(command)} {how}; the end of its log:", Path(log.name))
    Path(log.name).unlink()
    return [line for line in said.splitlines() if line.startswith("{")]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python3 -m development bench", description="Measure.")
    whats = parser.add_subparsers(dest="what", required=True, metavar="what")
    for one in (_add_sync(whats), _add_allocate(whats)):
        one.add_argument("--json", type=Path, metavar="FILE", help="write every figure of every round")
        one.add_argument(
            "--write-docs", action="store_true", help=f"put the tables into {DOCUMENT.relative_to(REPOSITORY)}"
        )
    return parser


def _add_sync(whats: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    what = whats.add_parser(
        "sync",
        help="reconciling guests",
        description="First sync, nothing changed, 1 % changed, 1 % gone, each a complete Job up to its JobResult, for "
        "nautobot-ssot's contrib, our engine and the practical floor (bulk writes, same logs).",
    )
    what.add_argument(
        "--guests", type=_numbers, default=[100, 1000, 5000], help="how many, e.g. 100,1000,5000 (the default)"
    )
    what.add_argument(
        "--contrib-up-to",
        type=int,
        default=1000,
        metavar="GUESTS",
        help="extrapolate contrib beyond; default %(default)s, of which the first sync takes ten minutes or more",
    )
    what.add_argument("--rounds", type=int, default=1, help="how often; the medians are shown; default %(default)s")
    what.add_argument(
        "--contestants", type=_names, default=list(CONTESTANTS), help=f"some of {','.join(CONTESTANTS)} (the default)"
    )
    what.add_argument("--profile", type=Path, metavar="FOLDER", help="write a cProfile of every phase (slows it down)")
    return what


def _add_allocate(whats: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    what = whats.add_parser(
        "allocate",
        help="giving out addresses",
        description="Our endpoint and Nautobot's available-ips over HTTP, on one Nautobot with two web processes; and "
        "what the database reads for one address.",
    )
    what.add_argument("--lengths", type=_numbers, default=[16, 20, 24], help="of networks; default 16,20,24")
    what.add_argument("--fills", type=_numbers, default=[0, 50, 95], help="per cent taken before; default 0,50,95")
    what.add_argument("--clients", type=_numbers, default=[1, 8, 32], help="at once; default 1,8,32")
    what.add_argument("--seconds", type=float, default=2.0, help="for each number of clients; default %(default)s")
    return what


def _numbers(text: str) -> list[int]:
    return sorted(int(part) for part in text.split(","))


def _names(text: str) -> list[str]:
    names = text.split(",")
    unknown = set(names) - set(CONTESTANTS)
    if unknown:
        raise argparse.ArgumentTypeError(
            f"there is no {', '.join(sorted(unknown))}; there are {', '.join(CONTESTANTS)}"
        )
    return names
