"""The figures as Markdown: what each contestant needs, how many times that is ours, and how it grows with the guests.

A contestant that was measured at small numbers only is extrapolated to the larger ones by its own growth between its
two largest sizes, and each such figure says so.
"""

from __future__ import annotations

import itertools
import math
import statistics
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from .contestant import CONTESTANTS, PHASES

TITLES = {"first": "first sync", "same": "nothing changed", "changed": "1 % changed", "gone": "1 % gone"}
NAMES = {"contrib": "nautobot-ssot contrib", "floor": "practical floor", "ours": "**nautobot-wow**"}
COMPARED = {"wall_s": "cpu_s", "cpu_s": "cpu_s", "queries": "queries"}
"""What is compared, and by whose growth it is extrapolated: the clock of a busy machine is too unsteady."""
BEGIN, END = "<!-- figures: written by `bench sync --write-docs` -->", "<!-- end of figures -->"

Row = dict[str, Any]
Medians = dict[tuple[int, str, str], Row]
"""By guests, contestant and phase."""


def text(rows: Iterable[Row]) -> str:
    """Return the tables."""
    medians = _medians(rows)
    medians |= _beyond(medians)
    parts = [_costs(medians), _ratios(medians), _growth(medians)]
    return "\n\n".join(part for part in parts if part)


def write(document: Path, rows: Iterable[Row]) -> None:
    """Replace the tables of a page, between its two marks."""
    replace(document, BEGIN, END, text(rows))


def replace(document: Path, begin: str, end: str, content: str) -> None:
    """Replace what stands on a page between two marks."""
    page = document.read_text(encoding="utf-8")
    head, _, rest = page.partition(begin)
    _, _, foot = rest.partition(end)
    document.write_text(f"{head}{begin}\n\n{content}\n\n{end}{foot}", encoding="utf-8")


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


# ------------------------------------------------------------------------------------------------------- extrapolated
def _beyond(medians: Medians) -> Medians:
    """Return what contestants would need at sizes that only others were measured at."""
    sizes = _sizes(medians)
    found: Medians = {}
    for name, phase in itertools.product(CONTESTANTS, PHASES):
        measured = [guests for guests in sizes if (guests, name, phase) in medians]
        for guests in sizes if len(measured) > 1 else ():
            if guests > measured[-1]:
                found[guests, name, phase] = _extrapolated(medians, name, phase, measured[-2:], guests)
    return found


def _extrapolated(medians: Medians, name: str, phase: str, measured: Sequence[int], guests: int) -> Row:
    small, large = measured
    low, high = medians[small, name, phase], medians[large, name, phase]
    row: Row = {"extrapolated": True}
    for figure, grows_as in COMPARED.items():
        exponent = _exponent(small, low[grows_as], large, high[grows_as]) or 0.0
        row[figure] = high[figure] * (guests / large) ** exponent
    return row


def _is_extrapolated(*rows: Row | None) -> bool:
    return any(row is not None and "extrapolated" in row for row in rows)


# ------------------------------------------------------------------------------------------------------------- tables
def _sizes(medians: Medians) -> list[int]:
    return sorted({guests for guests, _, _ in medians})


def _costs(medians: Medians) -> str:
    body = [
        [f"{guests:,}", _name(medians, guests, name), *(_cost(medians.get((guests, name, phase))) for phase in PHASES)]
        for guests in _sizes(medians)
        for name in CONTESTANTS
        if (guests, name, "first") in medians
    ]
    head = ["guests", "", *(TITLES[phase] for phase in PHASES)]
    return "Seconds until the JobResult is done · CPU seconds · queries · peak memory:\n\n" + table(head, body)


def _name(medians: Medians, guests: int, name: str) -> str:
    return NAMES[name] + (", *extrapolated*" if _is_extrapolated(medians[guests, name, "first"]) else "")


def _cost(row: Row | None) -> str:
    if row is None:
        return ""
    costs = f"{row['wall_s']:.2f} s · {row['cpu_s']:.2f} s · {row['queries']:,.0f}"
    return f"≈ {costs}" if _is_extrapolated(row) else f"{costs} · {row['peak_mb']:.0f} MB"


def _ratios(medians: Medians) -> str:
    body = [
        [f"{guests:,}", f"{name} ÷ ours", *(_ratio(medians, guests, name, phase) for phase in PHASES)]
        for guests in _sizes(medians)
        for name in ("contrib", "floor")
        if (guests, name, "first") in medians and (guests, "ours", "first") in medians
    ]
    if not body:
        return ""
    head = ["guests", "", *(TITLES[phase] for phase in PHASES)]
    return "How many times what ours needs (seconds · CPU · queries):\n\n" + table(head, body)


def _ratio(medians: Medians, guests: int, name: str, phase: str) -> str:
    other, ours = medians.get((guests, name, phase)), medians.get((guests, "ours", phase))
    if other is None or ours is None:
        return ""
    times = " · ".join(_times(other[figure], ours[figure]) for figure in COMPARED)
    return f"≈ {times}" if _is_extrapolated(other, ours) else times


def _times(other: float, ours: float) -> str:
    if not ours:
        return "–"
    found = other / ours
    return f"{found:.0f} ×" if found >= 10 else f"{found:.2f} ×"


def _growth(medians: Medians) -> str:
    """How CPU and queries grow between one measured size and the next."""
    body = [
        [NAMES[name], f"{small:,} → {large:,}", *(_growths(medians, name, phase, small, large) for phase in PHASES)]
        for name in CONTESTANTS
        for small, large in itertools.pairwise(_measured(medians, name))
    ]
    if not body:
        return ""
    head = ["", "guests", *(TITLES[phase] for phase in PHASES)]
    return "Exponent of growth of CPU · queries (1 is proportional, 0 is not at all):\n\n" + table(head, body)


def _measured(medians: Medians, name: str) -> list[int]:
    rows = {guests: medians.get((guests, name, "first")) for guests in _sizes(medians)}
    return [guests for guests, row in rows.items() if row is not None and not _is_extrapolated(row)]


def _growths(medians: Medians, name: str, phase: str, small: int, large: int) -> str:
    low, high = medians.get((small, name, phase)), medians.get((large, name, phase))
    if low is None or high is None:
        return ""
    found = [_exponent(small, low[figure], large, high[figure]) for figure in ("cpu_s", "queries")]
    return " · ".join("–" if exponent is None else f"{exponent:.2f}" for exponent in found)


def _exponent(small: int, cost: float, large: int, more: float) -> float | None:
    """Return how the cost grows with the size; None where it was too small to be measured."""
    return math.log(more / cost) / math.log(large / small) if cost > 0 and more > 0 else None


def table(head: Sequence[str], body: Sequence[Sequence[str]]) -> str:
    """Return a table of Markdown."""
    lines = [head, ["---"] * len(head), *body]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
