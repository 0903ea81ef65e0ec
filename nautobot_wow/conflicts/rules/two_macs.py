"""One address that answers with two MAC addresses at the same time."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Count
from nautobot.ipam.models import IPAddress

from ...choices import Severity
from ...models import Sighting
from ..estate import SHARED, Estate, address_ref, listed
from ..rule import Fault, Rule
from ..witnesses import no_shared, real, side


def find(estate: Estate) -> Iterable[Fault]:
    """Find addresses of which one observer saw two MAC addresses when it last looked, in two places or in none.

    What is seen together is noted with the same time; a machine that gave an address up has an older one.
    """
    recent = (
        no_shared(Sighting.objects.filter(last_seen__gte=estate.since)).exclude(mac="").exclude(host=None).order_by()
    )
    together = recent.values("namespace_id", "host", "seen_by", "source", "last_seen")
    together = together.annotate(macs=Count("mac", distinct=True)).filter(macs__gt=1)
    hosts = {(row["namespace_id"], row["host"]) for row in together}
    if not hosts:
        return
    newest: dict[tuple[object, str], list[Sighting]] = {}
    for row in real(recent.filter(host__in={host for _, host in hosts}).order_by("-last_seen", "mac"), estate):
        rows = newest.setdefault((row.namespace_id, row.host), [])
        if not rows or (rows[0].last_seen, rows[0].seen_by, rows[0].source) == (row.last_seen, row.seen_by, row.source):
            rows.append(row)
    known = IPAddress.objects.filter(host__in={host for _, host in hosts}).exclude(role__name__in=SHARED).order_by()
    for pk, host, prefix, namespace in known.values_list("pk", "host", "parent_id", "parent__namespace_id"):
        rows = newest.get((namespace, host), [])
        macs = {row.mac for row in rows}
        if len(macs) < 2 or len({row.where for row in rows}) == 1 != (rows[0].where == ""):
            continue
        yield Fault(
            about=address_ref(pk, host),
            title=f"{host} answers with {listed(macs)}",
            message=f"{rows[0].seen_by} sees {host} with {len(macs)} MAC addresses at once: two machines use it.",
            sides=tuple(side(row) for row in rows),
            prefix=prefix,
        )


RULE = Rule(
    slug="two-macs",
    name="One address, two MAC addresses",
    severity=Severity.CRITICAL,
    explanation="An address was seen with two MAC addresses in the same look. Two machines use it, whatever is written "
    "down. Addresses with a role that is shared (VIP, VRRP, ...) are left out, and so "
    "are MAC addresses that routers share (VRRP, CARP) and proxy ARP.",
    cure="Find both machines by their MAC address, and give one of them another address.",
    find=find,
)
