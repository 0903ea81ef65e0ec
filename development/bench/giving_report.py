"""The figures of giving out addresses as Markdown: what both ways answer, and what the database reads for one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from .report import replace, table

BEGIN, END = "<!-- figures: written by `bench allocate --write-docs` -->", "<!-- end of figures of allocation -->"
NAMES = {"stock": "available-ips", "ours": "**nautobot-wow**"}
LAYOUTS = {"spread": "all over it", "packed": "from its beginning"}
PLACES = {"first": "the first one ever", "next": "the next one"}

Row = dict[str, Any]


def text(rows: Iterable[Row]) -> str:
    """Return the tables."""
    kept = list(rows)
    http, read = ([row for row in kept if row["kind"] == kind] for kind in ("http", "read"))
    return f"{_http(http)}\n\n{_read(read)}"


def write(document: Path, rows: Iterable[Row]) -> None:
    """Replace the tables of a page, between their two marks."""
    replace(document, BEGIN, END, text(rows))


def _http(rows: Sequence[Row]) -> str:
    head = ["network", "taken", "clients", "", "given", "twice", "errors", "a second", "p50 · p95 · p99"]
    order = {"stock": 0, "ours": 1}
    ordered = sorted(rows, key=lambda row: (-row["length"], row["fill"], row["clients"], order[row["way"]]))
    return table(head, [_line(row) for row in ordered])


def _line(row: Row) -> list[str]:
    return [
        f"/{row['length']}",
        f"{row['fill']} %",
        str(row["clients"]),
        NAMES[row["way"]],
        str(row["good"]),
        str(row["twice"]),
        errors(row),
        f"{row['good'] / row['seconds']:.1f}" if row["seconds"] else "–",
        " · ".join(f"{row[name]:,.0f}" for name in ("p50_ms", "p95_ms", "p99_ms")) + " ms" if row["good"] else "–",
    ]


def errors(row: Row) -> str:
    """Return the answers that nobody who asks wants to see, by status; what is full and says so is none."""
    parts = [f"{count} × {status if status != '0' else 'no answer'}" for status, count in sorted(row["errors"].items())]
    if row["falsely_full"]:
        parts.append(f"{row['falsely_full']} × full, and was not")
    return ", ".join(parts) or "0"


def note(row: Row) -> str:
    """Return a line for those who wait."""
    return f"{row['way']} {row['clients']}: {row['good']} in {row['seconds']:.1f} s, errors {errors(row)}"


def _read(rows: Sequence[Row]) -> str:
    lines: dict[tuple[Any, ...], dict[int, Row]] = {}
    for row in rows:
        key = (-row["length"], row["layout"] == "packed", row["layout"], row["place"] == "next", row["place"])
        lines.setdefault(key, {})[row["fill"]] = row
    fills = sorted({row["fill"] for row in rows})
    head = ["network", "what is taken lies", "", *(f"{fill} % taken" for fill in fills)]
    body = [
        [f"/{-key[0]}", LAYOUTS[key[2]], PLACES[key[4]], *(_cost(cells.get(fill)) for fill in fills)]
        for key, cells in sorted(lines.items())
    ]
    return "What the database reads for one address of ours, rows · pages of 8 kB · statements:\n\n" + table(head, body)


def _cost(row: Row | None) -> str:
    return f"{row['rows']:,} · {row['buffers']:,} · {row['statements']}" if row else ""
