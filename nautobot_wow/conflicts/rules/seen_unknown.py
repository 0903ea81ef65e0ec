"""An address that somebody uses and that nobody wrote down."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from django.db.models import Exists, OuterRef, Q
from nautobot.ipam.models import IPAddress, Prefix

from ...choices import AllocationState, Severity
from ...models import Allocation, Sighting
from ..estate import Estate
from ..rule import Fault, Rule, Side

DHCP = "DHCP"


def find(estate: Estate) -> Iterable[Fault]:
    """Find addresses that were seen lately in a network of ours, and are in no record, not given out, not at rest."""
    around = Prefix.objects.filter(
        namespace=OuterRef("namespace"),
        ip_version=OuterRef("ip_version"),
        network__lte=OuterRef("host"),
        broadcast__gte=OuterRef("host"),
    ).exclude(type="container")
    same = Q(host=OuterRef("host"))
    known = IPAddress.objects.filter(same, parent__namespace=OuterRef("namespace"))
    given = Allocation.objects.filter(same, namespace=OuterRef("namespace"))
    given = given.exclude(state=AllocationState.RETURNED)
    seen = Sighting.objects.filter(
        Exists(around.order_by()), ~Exists(known.order_by()), ~Exists(given.order_by()), last_seen__gte=estate.since
    ).order_by("host", "-last_seen")
    gateways = {gateway for one in estate.profiles for gateway in (one.gateway, one.gateway6) if gateway}
    by_host: dict[tuple[uuid.UUID, str], list[Sighting]] = {}
    for row in seen:
        if row.host not in gateways:
            by_host.setdefault((row.namespace_id, row.host), []).append(row)
    for (namespace, host), rows in by_host.items():
        net = estate.net_at(namespace, host)
        if net is None or net.type == "container":
            continue
        span = estate.span_at(namespace, host, (DHCP,))
        macs = sorted({row.mac for row in rows if row.mac})
        yield Fault(
            about=net.ref,
            detail=host,
            host=host,
            involved=(span.ref,) if span else (),
            severity=Severity.INFO if span else "",
            title=f"Somebody has {host}, and nobody wrote it down",
            message=f"{rows[0].seen_by} saw {host}{f' with {macs[0]}' if macs else ''} in {net.text}"
            f"{f', in the DHCP range {span.text}' if span else ''}. Nautobot does not know who that is.",
            sides=tuple(
                Side(
                    source=row.seen_by,
                    says=" ".join(
                        part
                        for part in (row.get_source_display(), row.mac, f"on {row.where}" if row.where else "")
                        if part
                    ),
                    at=row.first_seen,
                )
                for row in rows[:SHOWN]
            )
            + (Side(source="Nautobot", says="nothing"),),
            prefix=net.pk,
        )


SHOWN = 5

RULE = Rule(
    slug="seen-unknown",
    name="Seen but undocumented",
    severity=Severity.WARNING,
    explanation="An address answers in one of the networks, and is in no record: a forgotten machine, a guest that "
    "somebody made by hand, or a stranger. In a DHCP range it is only a note.",
    cure="Find out who it is, by its MAC address and the port it is on. Then write the address down with its owner; or "
    "acknowledge this as known.",
    action="adopt",
    find=find,
)
