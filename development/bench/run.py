"""`python3 -m development bench sync`: contrib, our engine and the practical floor, side by side.

Every contestant runs in a process of its own, on a database of its own that is a fresh copy of the migrated template.
They take turns, so that what else the machine does meets all of them. Contrib is not run at sizes where it would take
hours; `report.py` extrapolates it.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ..paths import REPOSITORY
from ..problems import Problem, tail
from ..progress import say, step
from . import report
from .contestant import CONTESTANTS
from .databases import PREFIX, copy_of

DOCUMENT = REPOSITORY / "docs" / "dev" / "benchmarks.md"

Row = dict[str, Any]


def main(arguments: Sequence[str]) -> int:
    """Measure what was asked for; returns the exit code."""
    wanted = _parser().parse_args(arguments)
    rows: list[Row] = []
    try:
        for some in sync(wanted.guests, wanted.rounds, wanted.contestants, wanted.contrib_up_to, wanted.profile):
            rows += some
            if wanted.json:  # at once: what was measured stays, whatever becomes of the rest
                wanted.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    except Problem as problem:
        sys.stderr.write(f"\n{problem}\n{tail(problem.log) if problem.log else ''}\n")
        return 1
    say("\n" + report.text(rows))
    if wanted.write_docs:
        report.write(DOCUMENT, rows)
        say(f"\nThe tables are in {DOCUMENT.relative_to(REPOSITORY)}.")
    return 0


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
        done = subprocess.run(
            [sys.executable, "-m", *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            check=False,
            cwd=REPOSITORY,
            env={**os.environ, "WOW_DATABASE": database},
        )
    if done.returncode:
        how = f"ended with {done.returncode}"
        raise Problem(f"{' '.join(command)} {how}; the end of its log:", Path(log.name))
    Path(log.name).unlink()
    return [line for line in done.stdout.splitlines() if line.startswith("{")]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python3 -m development bench",
        description="Measure. `sync`: first sync, nothing changed, 1 % changed, 1 % gone, each a complete Job up to "
        "its JobResult, for nautobot-ssot's contrib, our engine and the practical floor (bulk writes, same logs).",
    )
    what = parser.add_subparsers(dest="what", required=True, metavar="what").add_parser(
        "sync", help="reconciling guests"
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
    what.add_argument("--json", type=Path, metavar="FILE", help="write every figure of every round")
    what.add_argument("--profile", type=Path, metavar="FOLDER", help="write a cProfile of every phase (slows it down)")
    what.add_argument(
        "--write-docs", action="store_true", help=f"put the tables into {DOCUMENT.relative_to(REPOSITORY)}"
    )
    return parser


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
