"""A fixed address in a range that a DHCP server gives out."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Exists, OuterRef

from ...choices import Severity, SightingSource
from ...models import Sighting
from ..estate import Estate, address_ref, holders, in_ranges, listed, living
from ..rule import Fault, Rule, Side

DHCP = "DHCP"


def find(estate: Estate) -> Iterable[Fault]:
    """Find addresses in DHCP ranges that are not known to come from the DHCP server, be it by a static map."""
    mapped = Sighting.objects.filter(
        namespace=OuterRef("parent__namespace"),
        host=OuterRef("host"),
        source__in=(SightingSource.STATIC_MAP, SightingSource.LEASE),
        last_seen__gte=estate.since,
    )
    fixed = living().filter(type="host").exclude(tags__name="dhcp")
    found = in_ranges(fixed, DHCP).filter(~Exists(mapped.order_by()))
    rows = list(found.order_by("host").values_list("pk", "host", "parent_id", "parent__namespace_id", "dns_name"))
    who = holders([row[0] for row in rows]) if rows else {}
    for pk, host, prefix, namespace, dns_name in rows:
        span = estate.span_at(namespace, host, (DHCP,))
        if span is None:
            continue
        having = who.get(pk, [])
        name = listed(holder.machine for holder in having) or dns_name
        yield Fault(
            about=address_ref(pk, host),
            involved=(span.ref, *(holder.machine for holder in having)),
            title=f"{host}{f' of {name}' if name else ''} is fixed, inside the DHCP range {span.text}",
            message=f"{host} is a fixed address, and the DHCP server may give it to somebody else: it lies in the "
            f"range {span.text}.",
            sides=(
                Side(source="Nautobot", says=f"a fixed address{f' of {name}' if name else ''}"),
                Side(source="Nautobot", says=f"the DHCP range {span.text}"),
            ),
            prefix=prefix,
        )


RULE = Rule(
    slug="static-in-dhcp",
    name="Fixed address inside a DHCP range",
    severity=Severity.WARNING,
    explanation="A machine has a fixed address that a DHCP server may give to another one, on the day when it is off.",
    cure="Give the machine an address outside of the range, shrink the range, or make it a static map on the DHCP "
    "server (then mark the address as DHCP).",
    action="edit",
    find=find,
)
