"""Ranges that share addresses."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from ...choices import Severity
from ...ipam.stretch import text_of
from ..estate import Estate, Span
from ..rule import Fault, Rule, Side


def find(estate: Estate) -> Iterable[Fault]:
    """Find each pair of ranges of one namespace that have an address in common."""
    for _, group in groupby(estate.spans, key=lambda span: (span.namespace, span.version)):
        reaching: list[Span] = []
        for span in group:
            reaching = [before for before in reaching if before.last >= span.first]
            yield from (_fault(before, span) for before in reaching)
            reaching.append(span)


def _fault(one: Span, other: Span) -> Fault:
    first = text_of(max(one.first, other.first), one.version)
    last = text_of(min(one.last, other.last), one.version)
    common = first if first == last else f"{first} to {last}"
    return Fault(
        about=other.ref,
        detail=str(one.pk),
        involved=(one.ref,),
        title=f"The ranges {one.text} and {other.text} overlap",
        message=f"Both hold {common}. Two parties may give out the same address.",
        sides=tuple(Side(source="Nautobot", says=f"{span.role or 'range'} {span.text}") for span in (one, other)),
        prefix=other.parent,
    )


RULE = Rule(
    slug="range-overlap",
    name="Ranges that overlap",
    severity=Severity.CRITICAL,
    explanation="Two ranges share addresses. Whoever gives out of the one does not know what the other gave out.",
    cure="Change one of the two ranges at the system that gives out of it, so that they do not meet.",
    action="edit",
    find=find,
)
