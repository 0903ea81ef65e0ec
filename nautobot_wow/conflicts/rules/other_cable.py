"""A cable that is written down between other ports than those that see each other."""

from __future__ import annotations

from collections.abc import Iterable

from ...choices import Severity
from ...wiring.cables import Confidence
from ..estate import Estate
from ..rule import Fault, Rule, Side
from .missing_cable import port_ref


def find(estate: Estate) -> Iterable[Fault]:
    """Find ports whose cable leads elsewhere than to the port that they are seen to be connected with."""
    for one in estate.seen.contradictions():
        link = one.link
        other = link.b if one.port == link.a else link.a
        is_sure = link.confidence is Confidence.HIGH
        yield Fault(
            about=port_ref(one.port),
            detail=str(other.pk),
            involved=(port_ref(other), port_ref(one.declared)),
            severity="" if is_sure else Severity.INFO,
            title=f"The cable of {one.port} leads to {one.declared}, and {other} is what is seen there",
            message=f"Nautobot has a cable from {one.port} to {one.declared}. "
            f"{'Both ends name each other' if is_sure else 'A MAC table says'}: {one.port} is connected with {other}.",
            sides=(
                Side(source="Nautobot", says=f"a cable from {one.port} to {one.declared}"),
                *(Side(source=note.source, says=note.says, at=note.at) for note in link.notes),
            ),
        )


RULE = Rule(
    slug="other-cable",
    name="Cable that leads elsewhere",
    severity=Severity.WARNING,
    explanation="A cable is written down between two ports, and what the machines see of each other says that one of "
    "them is connected with another port. Only a note where nothing but a MAC table says so.",
    cure="Follow the cable by hand. Then correct the site design or the cable in Nautobot, or plug it in where it is "
    "written down.",
    find=find,
)
