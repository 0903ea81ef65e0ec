"""An address in a load balancer's pool that is no service."""

from __future__ import annotations

from collections.abc import Iterable

from nautobot.load_balancers.models import VirtualServer

from ...choices import Severity
from ..estate import Estate, address_ref, holders, in_ranges, listed, living
from ..rule import Fault, Rule, Side

POOL = "Load Balancer Pool"


def find(estate: Estate) -> Iterable[Fault]:
    """Find addresses in load balancer pools that are neither a VIP nor the address of a virtual server."""
    foreign = living().exclude(role__name="VIP").exclude(tags__name="metallb")
    foreign = foreign.exclude(pk__in=VirtualServer.objects.order_by().values("vip_id"))
    found = in_ranges(foreign, POOL).order_by("host")
    rows = list(found.values_list("pk", "host", "parent_id", "parent__namespace_id", "dns_name"))
    who = holders([row[0] for row in rows]) if rows else {}
    for pk, host, prefix, namespace, dns_name in rows:
        span = estate.span_at(namespace, host, (POOL,))
        if span is None:
            continue
        having = who.get(pk, [])
        name = listed(holder.machine for holder in having) or dns_name
        yield Fault(
            about=address_ref(pk, host),
            involved=(span.ref, *(holder.machine for holder in having)),
            title=f"{host}{f' of {name}' if name else ''} lies in the pool {span.text} and is no service",
            message=f"The load balancer may give {host} to a service at any time; both would answer then.",
            sides=(
                Side(source="Nautobot", says=f"an address{f' of {name}' if name else ''} that is no VIP"),
                Side(source="Nautobot", says=f"the pool {span.text}"),
            ),
            prefix=prefix,
        )


RULE = Rule(
    slug="pool-not-service",
    name="Address in a load balancer pool that is no service",
    severity=Severity.CRITICAL,
    explanation="A load balancer gives the addresses of its pool to services, without asking who else has one.",
    cure="Give the machine an address outside of the pool, or take the address out of the pool. If it is a service, "
    "give it the role VIP.",
    action="edit",
    find=find,
)
