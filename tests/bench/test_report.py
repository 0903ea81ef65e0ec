"""The tables: medians, how many times more the others need, how it grows, and what nobody waited for."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from development.bench import report, run
from development.bench.contestant import CONTESTANTS, PHASES


def row(name: str, guests: int, phase: str, wall_s: float, queries: float | None = None) -> dict[str, Any]:
    costs = {"wall_s": wall_s, "client_s": wall_s / 4, "database_s": wall_s / 4, "peak_mb": 200.0}
    queries = wall_s * 10 if queries is None else queries
    return {"contestant": name, "guests": guests, "phase": phase, "queries": queries, **costs}


def rows(name: str, costs: dict[int, float], phases: Iterable[str] = PHASES) -> list[dict[str, Any]]:
    return [row(name, guests, phase, wall_s) for guests, wall_s in costs.items() for phase in phases]


CONTRIB = rows("contrib", {100: 20.0, 1000: 200.0})
OURS = rows("ours", {100: 2.0, 1000: 4.0, 5000: 8.0})


def test_medians_are_shown_and_how_many_times_more_the_others_need() -> None:
    measured = [row("contrib", 100, phase, wall) for phase in PHASES for wall in (10.0, 20.0, 90.0)]
    text = report.text([*measured, *rows("ours", {100: 2.0})])
    assert "| 100 | nautobot-ssot contrib | 20.00 s · 10.00 s · 200 · 200 MB |" in text
    assert "| 100 | contrib ÷ ours | 10 × · 10 × · 10 × |" in text


def test_the_growth_of_each_contestant_is_shown_between_its_sizes() -> None:
    text = report.text([*CONTRIB, *OURS])
    assert "| nautobot-ssot contrib | 100 → 1,000 | 1.00 · 1.00 |" in text
    assert "| **nautobot-wow** | 100 → 1,000 | 0.30 · 0.30 |" in text
    assert "| **nautobot-wow** | 1,000 → 5,000 | 0.43 · 0.43 |" in text


def test_who_was_not_measured_at_a_size_is_extrapolated_by_its_own_growth_and_marked() -> None:
    text = report.text([*CONTRIB, *OURS])
    assert "| 5,000 | nautobot-ssot contrib, *extrapolated* | ≈ 1000.00 s · 500.00 s · 10,000 |" in text
    assert "| 5,000 | contrib ÷ ours | ≈ 125 × · 125 × · 125 × |" in text
    assert text.count("*extrapolated*") == 1
    assert "| nautobot-ssot contrib | 1,000 → 5,000 |" not in text


def test_one_size_is_not_enough_to_extrapolate_from() -> None:
    text = report.text([*rows("contrib", {100: 20.0}), *OURS])
    assert "extrapolated" not in text


def test_what_is_below_the_measured_sizes_is_not_extrapolated() -> None:
    text = report.text([*CONTRIB, *rows("ours", {10: 1.0, 500: 1.5, 1000: 2.0})])
    assert "extrapolated" not in text


def test_what_cost_too_little_to_be_measured_does_not_grow() -> None:
    nothing = [row("contrib", guests, "same", 0.0, 5) for guests in (100, 1000)]
    some = rows("contrib", {100: 20.0, 1000: 200.0}, ("first", "changed", "gone"))
    text = report.text([*nothing, *some, *OURS])
    assert "≈ 0.00 s · 0.00 s · 5 |" in text
    assert "– · 0.00 |" in text


def test_contrib_is_measured_up_to_a_size_and_the_others_at_all() -> None:
    assert run.at_size(1000, CONTESTANTS, 1000) == list(CONTESTANTS)
    assert run.at_size(5000, CONTESTANTS, 1000) == ["floor", "ours"]


def test_the_tables_of_a_page_are_replaced_and_the_rest_stays(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n{report.BEGIN}\nold\n{report.END}\nafter\n")
    report.write(page, OURS)
    text = page.read_text()
    assert text.startswith(f"before\n{report.BEGIN}\n\n")
    assert text.endswith(f"\n{report.END}\nafter\n")
    assert "old" not in text
