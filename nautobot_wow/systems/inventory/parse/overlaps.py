"""Which rows that name several addresses are ranges: those that lie in no other.

Nautobot keeps ranges apart, and a page does not: "DHCP Pool (172.16.100.50-99)" is a heading, its first row says the
same, and "172.16.100.3-9 | Reserved" lies in "Infrastructure (172.16.100.1-9)".

    the row's addresses          become
    the range of a heading       that range; the row adds what it says
    in no range                  a range
    in a range of ours           addresses of their own, Reserved: nobody may give them to anybody else
    in a DHCP or load balancer   a note: nobody gives addresses from there anyway
    partly in a range            a reject
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from .cells import Stretch
from .page import Entry, Outcome, Page, Place, Range, Saying
from .rows import Spoken, joined

MOST_ADDRESSES = 256
"""More addresses than that of one row are no list of hosts."""


def settle_headings(page: Page, claimed: Iterable[Range]) -> None:
    """Take the ranges of headings and lists; one that lies in another is only a heading."""
    for one in sorted(claimed, key=lambda one: (-one.stretch.size, one.line)):
        other = _meeting(page, one.stretch)
        if other is None:
            page.ranges.append(one)
        elif not other.stretch.holds(one.stretch):
            page.entries.append(_reject(page, one.line, Place.HEADING, one.network, other, one.stretch))


def settle_rows(page: Page, spoken: Iterable[Spoken]) -> None:
    """Decide what becomes of each row that names several addresses."""
    own = {saying.host for saying in page.sayings}
    for one in sorted(spoken, key=lambda one: (-one.stretch.size, one.row.line)):
        outcome, says = _settle(page, one, own)
        page.entries.append(
            Entry(
                line=one.row.line,
                place=Place.ROW,
                outcome=outcome,
                says=says,
                raw=one.row.raw,
                part=one.network,
            )
        )


def _settle(page: Page, one: Spoken, own: set[str]) -> tuple[Outcome, str]:
    other = _meeting(page, one.stretch)
    if other is None:
        page.ranges.append(
            Range(
                stretch=one.stretch,
                line=one.row.line,
                network=one.network,
                name=one.name or "",
                role=one.role,
                description=one.description,
            )
        )
        return Outcome.RANGE, f"range {one.stretch}"
    if other.stretch == one.stretch:
        page.ranges[page.ranges.index(other)] = _together(other, one)
        return Outcome.RANGE, f"the range of line {other.line}"
    if not other.stretch.holds(one.stretch):
        return Outcome.REJECT, _partly(page, other, one.stretch)
    if other.role:
        return Outcome.NOTE, f"lies in the range of line {other.line}, which is no range for hosts"
    if one.stretch.size > MOST_ADDRESSES:
        return Outcome.REJECT, f"{one.stretch.size} addresses in the range of line {other.line}; write them as a range"
    page.sayings += [saying for saying in _each(one) if saying.host not in own]
    return Outcome.OBJECT, f"{one.stretch.size} addresses, reserved"


def _meeting(page: Page, stretch: Stretch) -> Range | None:
    return next((one for one in page.ranges if one.stretch.meets(stretch)), None)


def _together(known: Range, row: Spoken) -> Range:
    """Return a range with what a row adds to it; a table that has a column for it decides."""
    if row.is_exact:
        return replace(known, name=row.name or "", role=row.role, description=row.description)
    is_news = row.name and row.name.lower() != known.name.lower()
    texts = dict.fromkeys((known.description or "", row.name or "" if is_news else "", row.description or ""))
    return replace(known, role=known.role or row.role, description=joined(texts))


def _each(one: Spoken) -> Iterable[Saying]:
    first = one.stretch.first
    for offset in range(one.stretch.size):
        yield Saying(
            host=str(first + offset),
            line=one.row.line,
            network=one.network,
            holder=one.name or "",
            status="Reserved",
            description=one.description or one.name,
            tags=(one.tags or frozenset()) | {"reserved"},
        )


def _reject(page: Page, line: int, place: Place, network: str, other: Range, stretch: Stretch) -> Entry:
    return Entry(
        line=line, place=place, outcome=Outcome.REJECT, says=_partly(page, other, stretch), raw="", part=network
    )


def _partly(page: Page, other: Range, stretch: Stretch) -> str:
    return f"{stretch} is partly in {other.stretch}, the range of line {other.line}; ranges may not overlap"
