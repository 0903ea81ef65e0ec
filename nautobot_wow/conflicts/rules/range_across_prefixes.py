"""A range that lies in more than one prefix."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from ...choices import Severity
from ..estate import Estate, Net, Span, listed
from ..rule import Fault, Rule, Side


def find(estate: Estate) -> Iterable[Fault]:
    """Find ranges that a smaller prefix cuts, or that reach out of the prefix that they are kept in."""
    by_parent = {
        parent: list(nets)
        for parent, nets in groupby(
            sorted(estate.nets.values(), key=lambda net: str(net.parent)), key=lambda net: net.parent
        )
    }
    for span in estate.spans:
        home = estate.nets.get(span.parent)
        if home is None:
            continue
        met = [net for net in by_parent.get(span.parent, ()) if net.first <= span.last and span.first <= net.last]
        if met or span.first < home.first or span.last > home.last:
            yield _fault(span, home, met)


def _fault(span: Span, home: Net, met: list[Net]) -> Fault:
    where = [home.text, *(net.text for net in met)]
    return Fault(
        about=span.ref,
        involved=tuple(net.ref for net in met),
        title=f"The range {span.text} does not lie in one prefix",
        message=f"{span.text} is kept in {home.text} and reaches into {listed(where[1:]) or 'what is outside of it'}. "
        "What looks at the smaller prefix does not see it there.",
        sides=tuple(Side(source="Nautobot", says=f"prefix {text}") for text in where),
        prefix=span.parent,
    )


RULE = Rule(
    slug="range-across-prefixes",
    name="Range across prefixes",
    severity=Severity.WARNING,
    explanation="A range belongs to one prefix. One that reaches into another protects nothing there.",
    cure="Split the range at the border of the prefixes, or remove the smaller prefix if it was made by mistake.",
    action="edit",
    find=find,
)
