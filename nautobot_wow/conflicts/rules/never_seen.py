"""An address that is written down and that nobody has seen."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Exists, OuterRef, Q

from ...choices import Severity, SightingSource
from ...models import Allocation, Sighting
from ..estate import Estate, address_ref, holders, listed, living
from ..rule import Fault, Rule, Side

WATCHERS = (SightingSource.ARP, SightingSource.NEIGHBOUR, SightingSource.PROBE)
"""What sees everybody in a network; a guest agent or a lease only knows of one."""


def find(estate: Estate) -> Iterable[Fault]:
    """Find addresses that are written down for long, in a network that is watched for as long, and were never seen.

    A network is watched where somebody sees others in it, and did so before the time that counts. A guest that is off
    is not expected to be seen, nor is an address that is only reserved.
    """
    watching = Sighting.objects.filter(
        namespace=OuterRef("parent__namespace"),
        host__gte=OuterRef("parent__network"),
        host__lte=OuterRef("parent__broadcast"),
        ip_version=OuterRef("ip_version"),
        source__in=WATCHERS,
    ).order_by()
    seen = Sighting.objects.filter(
        namespace=OuterRef("parent__namespace"), host=OuterRef("host"), last_seen__gte=estate.since
    ).order_by()
    written = living().filter(status__name="Active", created__lt=estate.since)
    written = written.exclude(
        Q(vm_interfaces__isnull=False) & ~Q(vm_interfaces__virtual_machine__status__name="Active")
    )
    unseen = written.filter(
        ~Exists(seen),
        Exists(watching.filter(first_seen__lt=estate.since)),
        Exists(watching.filter(last_seen__gte=estate.since)),
    ).exclude(pk__in=Allocation.objects.exclude(address=None).order_by().values("address_id"))
    rows = list(unseen.order_by("host").distinct().values_list("pk", "host", "parent_id", "dns_name", "created"))
    if not rows:
        return
    who = holders([row[0] for row in rows])
    for pk, host, prefix, dns_name, created in rows:
        name = listed(holder.machine for holder in who.get(pk, ())) or dns_name
        yield Fault(
            about=address_ref(pk, host),
            involved=tuple(holder.machine for holder in who.get(pk, ())),
            title=f"{host}{f' of {name}' if name else ''} is written down, and nobody has seen it",
            message=f"{estate.name_of(prefix)} is watched, and nobody saw {host} in all that time. It may be free.",
            sides=(
                Side(source="Nautobot", says=f"{host} is in use{f' by {name}' if name else ''}", at=created),
                Side(source="Sightings", says="never seen"),
            ),
            prefix=prefix,
        )


RULE = Rule(
    slug="never-seen",
    name="Documented but never seen",
    severity=Severity.INFO,
    explanation="An address is written down as in use, its network is watched, and nobody has seen it for as many "
    "days as a sighting counts.",
    cure="Ask its owner. If the machine is gone, remove the address; if it is often off, acknowledge this.",
    action="edit",
    find=find,
)
