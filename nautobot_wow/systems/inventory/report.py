"""The report on a page: how its lines add up, and what became of each, as text that a person reads beside the page."""

from __future__ import annotations

from .parse.page import Outcome, Page, Place

WIDTH = 100


def facts_of(page: Page) -> dict[str, str]:
    """Return the short form, for the log of a run: how many lines became what."""
    rows, items = (page.counts([place]) for place in (Place.ROW, Place.ITEM))
    return {
        f"{page.name}: networks": str(len(page.networks)),
        f"{page.name}: table rows": _sum(rows),
        f"{page.name}: items of network information": _sum(items),
        f"{page.name}: not understood": str(len(page.rejects)),
    }


def _sum(counts: dict[Outcome, int]) -> str:
    parts = " + ".join(f"{counts.get(outcome, 0)} {PLURAL[outcome]}" for outcome in Outcome)
    return f"{sum(counts.values())} = {parts}"


PLURAL = {
    Outcome.OBJECT: "objects",
    Outcome.RANGE: "ranges",
    Outcome.NOTE: "notes",
    Outcome.REJECT: "not understood",
}


def report_of(page: Page) -> str:
    """Return the long form: what was not understood first, then every line in order."""
    parts = [f"{page.name}: {page.lines} lines", *(f"{name.partition(': ')[2]}: {text}" for name, text in _facts(page))]
    if page.rejects:
        parts += ["", "Not understood", *(_line(page, entry.line, entry.says, entry.raw) for entry in page.rejects)]
    parts += ["", "Line by line"]
    parts += [f"{entry.line:>6}  {entry.outcome.value:<6}  {entry.says}" for entry in page.entries]
    return "\n".join(parts) + "\n"


def _facts(page: Page) -> list[tuple[str, str]]:
    return list(facts_of(page).items())


def _line(page: Page, line: int, says: str, raw: str) -> str:
    shown = raw if len(raw) <= WIDTH else f"{raw[:WIDTH]}…"
    return f"{page.where(line)}: {says}\n        {shown}" if raw else f"{page.where(line)}: {says}"
