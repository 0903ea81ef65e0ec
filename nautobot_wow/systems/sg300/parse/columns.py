"""Tables as the switch prints them: a row of dashes says where the columns are, and long values go on below.

    Vlan       Name                   Ports               Created by
    ---- ----------------- --------------------------- ----------------
    210  Telephone-of-flat gi1,gi3,gi5,gi7,gi9-11,            S
         12b               gi14-20

A row begins where its first column has text; a line without is the rest of the row above. The last column has no end.
Whatever is neither a table nor a note that the caller knows, and whatever stands between two columns, is an error.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from ....errors import ParseError

DASHES = re.compile(r" *-{2,}(?: +-{2,})* *")
TALLEST_HEAD = 3


@dataclass(frozen=True)
class Column:
    """Where a column is: its first character, its width, and where the next one begins (None for the last)."""

    start: int
    width: int
    end: int | None

    def of(self, line: str) -> str:
        """Return what a line has here, with its leading blanks."""
        return line[self.start : self.end].rstrip()


@dataclass(frozen=True)
class Row:
    """A row: what each of its lines has in each column. `what` and `line` are for messages."""

    what: str
    line: str
    cells: dict[str, tuple[str, ...]]
    widths: dict[str, int]

    def has(self, name: str) -> bool:
        """Tell whether the table has this column and the row says something in it."""
        return any(part.strip() for part in self.cells.get(name, ()))

    def text(self, name: str) -> str:
        """Return a value, put together where it was wrapped; empty where the column is."""
        return _joined(self.parts(name), self.widths.get(name, 0))

    def need(self, name: str) -> str:
        """Return a value that must be there."""
        found = self.text(name)
        if not found:
            raise self.error(f"the column {name} is empty")
        return found

    def parts(self, name: str) -> list[str]:
        """Return what the lines of the row say in this column, without the empty ends."""
        parts = list(self.cells.get(name, ()))
        while parts and not parts[-1].strip():
            parts.pop()
        if any(not part.strip() for part in parts[1:]):
            raise self.error(f"the column {name} goes on after an empty line")
        return parts

    def error(self, reason: str) -> ParseError:
        """Return the error that quotes this row."""
        return ParseError(f"{self.what}: cannot read {self.line[:120]!r}: {reason}")


@dataclass(frozen=True)
class Table:
    """A table with the names of its columns, in the switch's words, and its rows."""

    heads: tuple[str, ...]
    rows: list[Row] = field(default_factory=list)

    def has(self, *names: str) -> bool:
        """Tell whether the table has these columns."""
        return set(names) <= set(self.heads)


def tables_of(what: str, lines: Sequence[str], *, notes: Iterable[str] = (), wraps: Iterable[str] = ()) -> list[Table]:
    """Return the tables of an answer. Raises ParseError with the line that is not understood.

    `notes` are patterns of the lines that may stand around the tables, `wraps` the columns that may go on below.
    """
    known = [re.compile(pattern) for pattern in notes]
    found: list[Table] = []
    outside: list[str] = []
    rest = iter(enumerate(lines))
    for at, line in rest:
        if not DASHES.fullmatch(line):
            outside.append(line)
            continue
        head = _head_of(outside, known)
        _demand_known(what, outside, known)
        outside = []
        body = _until_blank(lines, at + 1)
        found.append(_table(what, _columns(line), head, body, frozenset(wraps)))
        for _ in body:
            next(rest)
    _demand_known(what, outside, known)
    return found


def is_note(line: str, known: Iterable[re.Pattern[str]]) -> bool:
    """Tell whether a line outside of a table is one that needs no reading."""
    return not line.strip() or any(pattern.fullmatch(line.strip()) for pattern in known)


def _demand_known(what: str, lines: Iterable[str], known: Sequence[re.Pattern[str]]) -> None:
    for line in lines:
        if not is_note(line, known):
            raise ParseError(f"{what}: cannot read {line[:120]!r}: it belongs to no table")


def _head_of(outside: list[str], known: Sequence[re.Pattern[str]]) -> list[str]:
    """Take the lines right above the dashes off what stands outside: the names of the columns."""
    head: list[str] = []
    while outside and len(head) < TALLEST_HEAD and not is_note(outside[-1], known):
        head.insert(0, outside.pop())
    return head


def _until_blank(lines: Sequence[str], start: int) -> list[str]:
    end = start
    while end < len(lines) and lines[end].strip() and not DASHES.fullmatch(lines[end]):
        end += 1
    return list(lines[start:end])


def _columns(dashes: str) -> list[Column]:
    spans = [found.span() for found in re.finditer("-+", dashes)]
    starts = [0, *(start for start, _ in spans[1:])]
    ends: list[int | None] = [*starts[1:], None]
    return [Column(start, stop - first, end) for start, end, (first, stop) in zip(starts, ends, spans, strict=True)]


def _table(what: str, columns: list[Column], head: list[str], body: list[str], wraps: frozenset[str]) -> Table:
    heads = tuple(" ".join(" ".join(column.of(line) for line in head).split()) for column in columns)
    if not all(heads) or len(set(heads)) < len(heads):
        raise ParseError(f"{what}: cannot read {' / '.join(head)[:120]!r}: the columns have no names of their own")
    widths = {name: column.width for name, column in zip(heads, columns, strict=True)}
    rows = [
        Row(what, group[0], _cells(what, columns, heads, group, wraps), widths)
        for group in _groups(what, columns[0], body)
    ]
    return Table(heads, rows)


def _groups(what: str, first: Column, body: list[str]) -> Iterator[list[str]]:
    """Yield the lines of each row."""
    group: list[str] = []
    for line in body:
        if first.of(line).strip():
            if group:
                yield group
            group = [line]
        elif group:
            group.append(line)
        else:
            raise ParseError(f"{what}: cannot read {line[:120]!r}: there is no row that it could belong to")
    if group:
        yield group


def _cells(
    what: str, columns: list[Column], heads: tuple[str, ...], group: list[str], wraps: frozenset[str]
) -> dict[str, tuple[str, ...]]:
    for line in group:
        if any(column.end and line[column.end - 1 : column.end].strip() for column in columns):
            raise ParseError(f"{what}: cannot read {line[:120]!r}: its text runs from one column into the next")
    cells = {name: tuple(column.of(line) for line in group) for name, column in zip(heads, columns, strict=True)}
    for number, line in enumerate(group[1:], start=1):
        if not any(cells[name][number].strip() for name in wraps if name in cells) or any(
            cells[name][number].strip() for name in heads if name not in wraps
        ):
            raise ParseError(f"{what}: cannot read {line[:120]!r}: nothing that goes on below stands there")
    return cells


def _joined(parts: list[str], width: int) -> str:
    """Return a wrapped value as one: a full part was cut anywhere, one that is not ended at a blank."""
    text = before = parts[0].strip() if parts else ""
    for part in parts[1:]:
        text += part if len(before) >= width else f" {part.strip()}"
        before = part  # only the first part is centred: blanks before another one are its own
    return text.strip()
