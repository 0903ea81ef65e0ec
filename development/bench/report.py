"""The figures as Markdown: what each contestant needs, and how many times less ours needs than the others."""

from __future__ import annotations

import itertools
import math
import statistics
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from .contestant import PHASES

TITLES = {"first": "first sync", "same": "nothing changed", "changed": "1 % changed", "gone": "1 % gone"}
NAMES = {"contrib": "nautobot-ssot contrib", "floor": "practical floor", "ours": "**nautobot-wow**"}
BEGIN, END = "<!-- figures: written by `bench sync --write-docs` -->", "<!-- end of figures -->"

Row = dict[str, Any]
Medians = dict[tuple[int, str, str], Row]
"""By guests, contestant and phase."""


def text(rows: Iterable[Row]) -> str:
    """Return the tables."""
    medians = _medians(rows)
    parts = [_costs(medians), _ratios(medians), _growth(medians)]
    return "\n\n".join(part for part in parts if part)


def write(document: Path, rows: Iterable[Row]) -> None:
    """Replace the tables of a page, between its two marks."""
    page = document.read_text(encoding="utf-8")
    head, _, rest = page.partition(BEGIN)
    _, _, foot = rest.partition(END)
    document.write_text(f"{head}{BEGIN}\n\n{text(rows)}\n\n{END}{foot}", encoding="utf-8")


def _medians(rows: Iterable[Row]) -> Medians:
    groups: dict[tuple[int, str, str], list[Row]] = defaultdict(list)
    for row in rows:
        groups[row["guests"], row["contestant"], row["phase"]].append(row)
    return {key: _median(group) for key, group in groups.items()}


def _median(rows: Sequence[Row]) -> Row:
    found = {
        name: statistics.median(row[name] for row in rows)
        for name in ("wall_s", "client_s", "database_s", "queries", "peak_mb")
    }
    return {**found, "cpu_s": found["client_s"] + found["database_s"]}


def _contestants(medians: Medians) -> list[tuple[int, str]]:
    return list(dict.fromkeys((guests, name) for guests, name, _ in medians))


# ------------------------------------------------------------------------------------------------------------- tables
def _costs(medians: Medians) -> str:
    body = [
        [f"{guests:,}", NAMES[name], *(_cost(medians.get((guests, name, phase))) for phase in PHASES)]
        for guests, name in _contestants(medians)
    ]
    head = ["guests", "", *(TITLES[phase] for phase in PHASES)]
    return "Seconds until the JobResult is done · CPU seconds · queries · peak memory:\n\n" + _table(head, body)


def _cost(row: Row | None) -> str:
    if row is None:
        return ""
    return f"{row['wall_s']:.2f} s · {row['cpu_s']:.2f} s · {row['queries']:,.0f} · {row['peak_mb']:.0f} MB"


def _ratios(medians: Medians) -> str:
    sizes = dict.fromkeys(guests for guests, _, _ in medians)
    body = [
        [f"{guests:,}", f"{name} ÷ ours", *(_ratio(medians, guests, name, phase) for phase in PHASES)]
        for guests in sizes
        for name in ("contrib", "floor")
        if (guests, name, "first") in medians and (guests, "ours", "first") in medians
    ]
    if not body:
        return ""
    head = ["guests", "", *(TITLES[phase] for phase in PHASES)]
    return "How many times what ours needs (seconds · CPU · queries):\n\n" + _table(head, body)


def _ratio(medians: Medians, guests: int, name: str, phase: str) -> str:
    other, ours = medians.get((guests, name, phase)), medians.get((guests, "ours", phase))
    if other is None or ours is None:
        return ""
    return " · ".join(_times(other[key], ours[key]) for key in ("wall_s", "cpu_s", "queries"))


def _times(other: float, ours: float) -> str:
    if not ours:
        return "–"
    found = other / ours
    return f"{found:.0f} ×" if found >= 10 else f"{found:.2f} ×"


def _growth(medians: Medians) -> str:
    """How the CPU grows with the number of guests: 1.0 is proportionally."""
    sizes = sorted({guests for guests, name, _ in medians if name == "ours"})
    if len(sizes) < 2:
        return ""
    cpu = {guests: medians[guests, "ours", "first"]["cpu_s"] for guests in sizes}
    steps = [
        f"{_exponent(small, cpu[small], large, cpu[large]):.2f} from {small:,} to {large:,} guests"
        for small, large in itertools.pairwise(sizes)
    ]
    return "Exponent of growth of our first sync's CPU (1 is proportional): " + ", ".join(steps) + "."


def _exponent(small: int, cost: float, large: int, more: float) -> float:
    return math.log(more / cost) / math.log(large / small)


def _table(head: Sequence[str], body: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *body]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
