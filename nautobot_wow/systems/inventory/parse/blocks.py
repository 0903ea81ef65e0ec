"""From Markdown to blocks with line numbers: headings, list items, tables, and lines that look like rows but are none.

    ## 172.16.100.0/24 - Apps Network      Heading(level=2)
    - **Gateway:** 172.16.100.1            Item(label="Gateway", text="172.16.100.1")
    | IP | Hostname |                      Table(columns=("IP", "Hostname"))
    |----|----------|
    | 172.16.100.10 | traefik |              Row(cells=("172.16.100.10", "traefik"))
    | 172.16.100.11 |                        Row(fault="1 cell where the table has 2 columns")

Blocks, tables, escapes and entities are the Markdown library's work; it knows the lines. It fills up rows that are too
short and cuts those that are too long, as Markdown says; a page of addresses is no place for that, so the cells of each
row are counted here as well. Fenced code and comments give nothing; every other line with the bars of a table that is
no row of one is a Stray.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ....errors import ParseError

if TYPE_CHECKING:
    from markdown_it.token import Token

MAX_CHARACTERS = 2_000_000
MAX_LINE = 4_000
MANY_BARS = 2
"""A line of prose may hold a bar; one with as many as that wanted to be a row."""


@dataclass(frozen=True, kw_only=True)
class Heading:
    """A heading; level 1 is the title of the page."""

    line: int
    level: int
    text: str


@dataclass(frozen=True, kw_only=True)
class Item:
    """One item of a list. `label` is what stands before the first colon, `strong` what is printed bold."""

    line: int
    label: str
    text: str
    strong: str
    raw: str


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row of a table, as read and as written. `fault` says why its cells cannot be told apart."""

    line: int
    cells: tuple[str, ...]
    raw: str
    fault: str = ""


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table: its header's line and texts, and the rows below it."""

    line: int
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    raw: str


@dataclass(frozen=True, kw_only=True)
class Stray:
    """A line that looks like a row of a table and belongs to none."""

    line: int
    raw: str


Block = Heading | Item | Table | Stray


def read_blocks(name: str, text: str) -> tuple[Block, ...]:
    """Return the blocks in the order of their lines. Raises ParseError for what is no text to read line by line."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    lines = text.split("\n")
    _require_text(name, text, lines)
    from markdown_it import MarkdownIt

    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    blocks: list[Block] = [*_blocks(tokens, lines)]
    blocks += _strays(tokens, lines, blocks)
    return tuple(sorted(blocks, key=lambda block: block.line))


def _require_text(name: str, text: str, lines: list[str]) -> None:
    if len(text) > MAX_CHARACTERS:
        raise ParseError(f"{name}: {len(text):,} characters; a page of up to {MAX_CHARACTERS:,} is read. Split it")
    for number, line in enumerate(lines, 1):
        if len(line) > MAX_LINE:
            raise ParseError(f"{name}:{number}: a line of {len(line):,} characters; up to {MAX_LINE:,} are read")
        if "\0" in line or "\ufffd" in line:
            raise ParseError(f"{name}:{number}: a character that is no text; save the page as UTF-8 and try again")


def _blocks(tokens: list[Token], lines: list[str]) -> Iterator[Block]:
    position = 0
    while position < len(tokens):
        token = tokens[position]
        if token.type == "heading_open":
            yield Heading(line=_line(token), level=int(token.tag[1:]), text=plain(tokens[position + 1]))
        elif token.type == "list_item_open":
            yield from _item(tokens, position, lines)
        elif token.type == "table_open":
            end = _end_of(tokens, position)
            yield _table(tokens[position:end], lines)
            position = end
        position += 1


def _line(token: Token) -> int:
    assert token.map is not None
    return token.map[0] + 1


def _end_of(tokens: list[Token], start: int) -> int:
    return next(place for place in range(start, len(tokens)) if tokens[place].type == "table_close")


def plain(inline: Token) -> str:
    """Return the text of a heading, an item or a cell as a reader sees it, on one line."""
    return "".join(_plain(child) for child in inline.children or ())


def inline_text(markdown: str) -> str:
    """Return what a reader sees of the Markdown of one cell."""
    from markdown_it import MarkdownIt

    return "".join(plain(token) for token in MarkdownIt("commonmark").parseInline(markdown.strip()))


def _plain(token: Token) -> str:
    if token.type in ("softbreak", "hardbreak") or token.content.lower() in ("<br>", "<br/>", "<br />"):
        return " "
    return token.content


def _item(tokens: list[Token], position: int, lines: list[str]) -> Iterator[Item]:
    """Yield the item if it starts with text; an item of an item is one of its own."""
    after = tokens[position + 1 : position + 3]
    if [token.type for token in after] != ["paragraph_open", "inline"]:
        return
    text = plain(after[1]).strip()
    label, colon, rest = text.partition(":")
    is_labelled = bool(colon) and len(label) <= 40 and not any(mark in label for mark in "/|")
    line = _line(tokens[position])
    yield Item(
        line=line,
        label=label.strip() if is_labelled else "",
        text=rest.strip() if is_labelled else text,
        strong=_strong(after[1].children or ()),
        raw=lines[line - 1].strip(),
    )


def _strong(children: Iterable[Token]) -> str:
    found, depth = [], 0
    for child in children:
        depth += (child.type == "strong_open") - (child.type == "strong_close")
        if depth and child.content:
            found.append(child.content)
    return " ".join(found)


# --------------------------------------------------------------------------------------------------------------- tables


def _table(tokens: list[Token], lines: list[str]) -> Table:
    header, *rows = _rows(tokens, lines)
    width = len(header.cells)
    return Table(
        line=header.line,
        columns=tuple(cell.strip() for cell in header.cells),
        rows=tuple(replace(row, fault=_fault(row.raw, width)) for row in rows),
        raw=header.raw,
    )


def _rows(tokens: list[Token], lines: list[str]) -> Iterator[Row]:
    cells: list[str] = []
    line = 0
    for token in tokens:
        if token.type == "tr_open":
            cells, line = [], _line(token)
        elif token.type == "inline":
            cells.append(plain(token))
        elif token.type == "tr_close":
            yield Row(line=line, cells=tuple(cells), raw=lines[line - 1].strip())


def _fault(raw: str, width: int) -> str:
    count = cells_in(raw)
    return "" if count == width else f"{count} cell{'s' * (count != 1)} where the table has {width} columns"


def cells_in(raw: str) -> int:
    """Return how many cells a line has: the bars between them, without those that a backslash makes text."""
    bars, ends_with_bar, escaped = 0, False, False
    text = raw.strip()
    for character in text:
        ends_with_bar = character == "|" and not escaped
        bars += ends_with_bar
        escaped = character == "\\"
    return bars + 1 - text.startswith("|") - (ends_with_bar and len(text) > 1)


def _strays(tokens: list[Token], lines: list[str], blocks: list[Block]) -> Iterator[Stray]:
    """Yield the lines with bars that no table took, outside fenced code and comments."""
    taken = {line for token in tokens for line in _silent(token)}
    for table in (block for block in blocks if isinstance(block, Table)):
        taken |= {table.line, table.line + 1, *(row.line for row in table.rows)}
    for number, line in enumerate(lines, 1):
        text = line.lstrip(" \t>")
        if number not in taken and (text.startswith("|") or cells_in(text) > MANY_BARS):
            yield Stray(line=number, raw=line.strip())


def _silent(token: Token) -> range:
    is_comment = token.type == "html_block" and token.content.lstrip().startswith("<!--")
    if token.map is None or not (token.type == "fence" or is_comment):
        return range(0)
    return range(token.map[0] + 1, token.map[1] + 1)
