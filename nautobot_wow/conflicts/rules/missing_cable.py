"""A cable that is seen and that nobody wrote down."""

from __future__ import annotations

from collections.abc import Iterable

from nautobot.dcim.models import Interface

from ...choices import Severity
from ...wiring.cables import Confidence
from ...wiring.connect import CONNECT, MISSING_CABLE
from ...wiring.ports import Port
from ..estate import Estate
from ..rule import Fault, Ref, Rule, Side


def find(estate: Estate) -> Iterable[Fault]:
    """Find two ports without a cable that name each other, or of which the one hears only the other's machine."""
    for link in estate.seen.proposals():
        is_sure = link.confidence is Confidence.HIGH
        why = "name each other as neighbours" if is_sure else "seem to be connected: a MAC table says so"
        yield Fault(
            about=port_ref(link.a),
            detail=str(link.b.pk),
            involved=(port_ref(link.b),),
            title=f"No cable is written down between {link.a} and {link.b}",
            message=f"{link.a} and {link.b} {why} (confidence {link.confidence.value}), and neither has a cable.",
            sides=tuple(Side(source=note.source, says=note.says, at=note.at) for note in link.notes),
        )


def port_ref(port: Port) -> Ref:
    """Return what leads to a port."""
    return Ref(model=Interface, pk=port.pk, name=str(port))


RULE = Rule(
    slug=MISSING_CABLE,
    name="Cable that nobody wrote down",
    severity=Severity.INFO,
    explanation="Two ports are seen to be connected, and neither has a cable in Nautobot. Confidence is high where "
    "both name each other as neighbours (LLDP and the like), medium where a MAC table hears the one machine and nobody "
    "else on an edge port.",
    cure="Connect writes the cable down. If something that nobody can see is between the two, write down what is.",
    action=CONNECT,
    find=find,
)
