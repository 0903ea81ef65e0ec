"""A range that another System describes with other ends than Nautobot has."""

from __future__ import annotations

from collections.abc import Iterable

from ...choices import Severity
from ...ipam.stretch import text_of
from ...models import Claim
from ...records import Kind
from ..estate import Estate, number
from ..rule import Fault, Rule, Side


def find(estate: Estate) -> Iterable[Fault]:
    """Find claims on ranges whose first or last address is not that of the range."""
    spans = {span.pk: span for span in estate.spans}
    claims = Claim.objects.filter(kind=Kind.RANGE.value, missed_runs=0, retired=False).select_related("system")
    others: dict[object, list[Claim]] = {}
    for claim in claims.order_by("system__name", "external_id"):
        span, first, last = spans.get(claim.object_id), claim.values.get("first"), claim.values.get("last")
        if span is not None and first and last and (number(first), number(last)) != (span.first, span.last):
            others.setdefault(claim.object_id, []).append(claim)
    for span in estate.spans:
        if span.pk not in others:
            continue
        ends = f"{text_of(span.first, span.version)} to {text_of(span.last, span.version)}"
        yield Fault(
            about=span.ref,
            title=f"The range {span.text} has other ends for {_who(others[span.pk][0])}",
            message=f"Nautobot has {ends}. "
            + "; ".join(
                f"{_who(claim)} says {claim.values['first']} to {claim.values['last']}" for claim in others[span.pk]
            )
            + ". Nothing is given out of what Nautobot has.",
            sides=(
                Side(source="Nautobot", says=ends),
                *(
                    Side(source=_who(claim), says=f"{claim.values['first']} to {claim.values['last']}")
                    for claim in others[span.pk]
                ),
            ),
            prefix=span.parent,
        )


def _who(claim: Claim) -> str:
    return f"{claim.system.name} ({claim.origin})" if claim.origin else str(claim.system.name)


RULE = Rule(
    slug="range-disagreement",
    name="Systems disagree on the ends of a range",
    severity=Severity.WARNING,
    explanation="Two systems describe one range with other first or last addresses. The one that is believed more is "
    "the range in Nautobot; what the other one says stays in its claim.",
    cure="Ask whoever gives addresses out of the range which ends are right, and correct the other one.",
    action="edit",
    find=find,
)
