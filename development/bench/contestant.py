"""One contestant in a process of its own, on a database of its own: four phases, one line of figures for each.

    python -m development.bench.contestant ours --guests 100

The variables of the environment name the database (`nautobot_config.py`). Figures are JSON on standard output.
"""

from __future__ import annotations

import argparse
import contextlib
import cProfile
import importlib
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from . import outcome, seed, world
from .meter import Figures, measure
from .world import Guest

CONTESTANTS = ("contrib", "floor", "ours")
PHASES = ("first", "same", "changed", "gone")

Sync = Callable[[Sequence[Guest]], None]
"""Brings Nautobot to exactly these guests, and returns when it is done."""


def main() -> None:
    """Set up, then measure and verify each phase."""
    wanted = _parser().parse_args()
    figures = sys.stdout
    with contextlib.redirect_stdout(sys.stderr):
        sync = _prepare(wanted.contestant, wanted.guests)
        before: list[Guest] = []
        for phase, guests in feeds(wanted.guests).items():
            cost = _phase(sync, before, guests, wanted.profile and wanted.profile / _name(wanted, phase))
            before = guests
            line = {"contestant": wanted.contestant, "guests": wanted.guests, "phase": phase, **cost.as_dict()}
            figures.write(json.dumps(line) + "\n")
            figures.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Measure one contestant.")
    parser.add_argument("contestant", choices=CONTESTANTS)
    parser.add_argument("--guests", type=int, required=True)
    parser.add_argument("--profile", type=Path, help="write a profile of each phase into this folder")
    return parser


def _name(wanted: argparse.Namespace, phase: str) -> str:
    return f"{wanted.contestant}-{wanted.guests}-{phase}.prof"


def _prepare(contestant: str, count: int) -> Sync:
    import nautobot

    nautobot.setup()
    from django.core.cache import cache

    cache.clear()  # Nautobot keeps custom fields and the like there, perhaps another database's
    user = seed.seed(count)
    seed.warm_up(user)
    seed.analyze()
    return load(contestant, user)


def load(contestant: str, user: Any) -> Sync:
    """Return what is measured of a contestant, ready to run."""
    sync: Sync = importlib.import_module(f"development.bench.{contestant}").prepare(user)
    return sync


def feeds(count: int) -> dict[str, list[Guest]]:
    """Return what the source says in each phase."""
    base = world.guests(count)
    changed = world.changed(base)
    return dict(zip(PHASES, (base, base, changed, world.without(changed)), strict=True))


def _phase(sync: Sync, before: Sequence[Guest], guests: Sequence[Guest], profile: Path | None) -> Figures:
    from django.utils import timezone

    started = timezone.now()
    profiler = cProfile.Profile() if profile else None
    with profiler or contextlib.nullcontext():
        cost = measure(lambda: sync(guests))
    if profiler is not None:
        profiler.dump_stats(str(profile))
    seed.analyze()  # as autovacuum does within a minute
    outcome.verify(before, guests, started)
    return cost


if __name__ == "__main__":
    main()
