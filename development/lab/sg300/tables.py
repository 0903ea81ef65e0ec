"""Tables as the switch prints them: a head, a row of dashes, and values that go on below when their column is full.

Nothing here knows what the tables are about. A column is centred or not; what is longer than it is cut after so many
characters, lists of ports after a comma.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Col:
    """A column. `gap` is what stands before it, `lists` that it holds lists of ports; "free" ones are never cut."""

    head: tuple[str, ...]
    width: int
    gap: int = 1
    centred: bool = False
    lists: bool = False
    free: bool = False


def table(columns: Sequence[Col], rows: Iterable[Sequence[str]], *, trailing: bool = False) -> str:
    """Return a table; with `trailing` every line is filled up with blanks, as some releases do."""
    height = max(len(column.head) for column in columns)
    heads = [
        _line(columns, [_above(column, height)[number] for column in columns], trailing) for number in range(height)
    ]
    dashes = "".join(" " * (column.gap if at else 0) + "-" * column.width for at, column in enumerate(columns))
    body = [line for row in rows for line in _row(columns, row, trailing)]
    return "\n".join([*heads, dashes + (" " if trailing else ""), *body]) + "\n"


def _above(column: Col, height: int) -> list[str]:
    return ["", "", ""][: height - len(column.head)] + list(column.head)


def _row(columns: Sequence[Col], values: Sequence[str], trailing: bool) -> list[str]:
    parts = [_parts(column, value) for column, value in zip(columns, values, strict=True)]
    height = max(map(len, parts))
    filled = [part + [""] * (height - len(part)) for part in parts]
    return [_line(columns, [part[number] for part in filled], trailing, first=not number) for number in range(height)]


def _line(columns: Sequence[Col], texts: Sequence[str], trailing: bool, *, first: bool = True) -> str:
    line, start = "", 0
    for column, text in zip(columns, texts, strict=True):
        start += column.gap if start else 0
        line = line.ljust(start)  # a free text before this column may have taken some of the gap
        line += text.center(column.width) if column.centred and first else text.ljust(column.width)
        start += column.width
    return line + " " if trailing else line.rstrip()


def _parts(column: Col, value: str) -> list[str]:
    if column.free or len(value) <= column.width:
        return [value]
    return _list_parts(value, column.width) if column.lists else _cut(value, column.width)


def _cut(value: str, width: int) -> list[str]:
    return [value[start : start + width] for start in range(0, len(value), width)]


def _list_parts(value: str, width: int) -> list[str]:
    lines = [""]
    items = value.split(",")
    for at, item in enumerate(items):
        text = item + ("," if at < len(items) - 1 else "")
        if lines[-1] and len(lines[-1]) + len(text) > width:
            lines.append("")
        lines[-1] += text
    return lines


def ranges(ports: Iterable[str]) -> str:
    """Return a list of ports as the switch writes it: neighbours as a range that names its kind once."""
    runs: list[tuple[str, int, int]] = []
    for stem, number in sorted(map(split, ports), key=order):
        if runs and runs[-1][0] == stem and runs[-1][2] == number - 1:
            runs[-1] = (stem, runs[-1][1], number)
        else:
            runs.append((stem, number, number))
    return ",".join(f"{stem}{first}" if first == last else f"{stem}{first}-{last}" for stem, first, last in runs)


def order(split_name: tuple[str, int]) -> tuple[bool, str, int]:
    """Return how ports are sorted: port channels come last."""
    stem, number = split_name
    return stem.startswith("Po"), stem, number


def split(name: str) -> tuple[str, int]:
    """Return the stem and the number of a port: ("gi1/", 5)."""
    digits = len(name) - len(name.rstrip("0123456789"))
    return name[:-digits], int(name[-digits:])
