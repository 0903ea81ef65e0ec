"""A card with an address that hangs on another port than shortly before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db.models import Count
from nautobot.ipam.models import IPAddress
from nautobot.virtualization.models import VMInterface

from ...choices import Severity
from ...ipam import moments
from ...ipam.where import Port, judge, learned
from ...models import Sighting
from ..estate import Estate, address_ref
from ..rule import Fault, Ref, Rule, Side
from ..witnesses import counting, no_shared

BEFORE = timedelta(seconds=1)


def find(estate: Estate) -> Iterable[Fault]:
    """Find recorded addresses whose card hung on another port before; cards of guests move with their guests.

    Judged is where the card hangs, not on which uplinks it is heard: those change when any cable does. It is only told
    where both ports are certain.
    """
    heard = learned(no_shared(counting(estate)))
    moved = heard.order_by().values("namespace_id", "mac", "seen_by").annotate(n=Count("where", distinct=True))
    macs = {row["mac"] for row in moved.filter(n__gt=1)}
    guests = VMInterface.objects.filter(mac_address__in=macs).values_list("mac_address", flat=True) if macs else ()
    macs -= {str(mac).upper() for mac in guests}
    if not macs:
        return
    by_card: dict[tuple[Any, str], list[Sighting]] = defaultdict(list)
    for row in heard.filter(mac__in=macs):
        by_card[row.namespace_id, row.mac].append(row)
    now = _edges({name: moments.as_of(rows, estate.now) for name, rows in by_card.items()}, estate)
    then = {name: moments.as_of(by_card[name], port.since - BEFORE) for name, port in now.items()}
    before = _edges(then, estate)
    pairs = {name: (before[name], port) for name, port in now.items() if name in before and _differ(before[name], port)}
    yield from _faults(pairs, estate)


def _edges(rows: dict[tuple[Any, str], list[Sighting]], estate: Estate) -> dict[tuple[Any, str], Port]:
    """Return the port that each card hangs on, where that is certain; a few queries for each namespace."""
    found: dict[tuple[Any, str], Port] = {}
    for namespace in {namespace for namespace, _ in rows}:
        heard = [row for (of, _), each in rows.items() if of == namespace for row in each]
        for mac, ports in judge(heard, counting(estate).filter(namespace=namespace), estate.now).items():
            if ports[0].is_edge and not ports[0].why.startswith("not certain"):
                found[namespace, mac] = ports[0]
    return found


def _differ(before: Port, now: Port) -> bool:
    return (before.switch, before.port) != (now.switch, now.port)


def _faults(pairs: dict[tuple[Any, str], tuple[Port, Port]], estate: Estate) -> Iterable[Fault]:
    seen = counting(estate).filter(mac__in={mac for _, mac in pairs}).exclude(host=None)
    hosts = {(row.namespace_id, row.host): row.mac for row in seen.order_by("last_seen")} if pairs else {}
    known = IPAddress.objects.filter(host__in={host for _, host in hosts}).order_by()
    for pk, host, prefix, namespace in known.values_list("pk", "host", "parent_id", "parent__namespace_id"):
        before, now = pairs.get((namespace, hosts.get((namespace, host), "")), (None, None))
        if before is None or now is None:
            continue
        port = now.interface
        yield Fault(
            about=address_ref(pk, host),
            involved=(Ref(model=type(port), pk=port.pk, name=str(port)),) if port else (),
            title=f"{host} moved from {before} to {now}",
            message=f"The card {now.mac} that has {host} hung on {before}, and hangs on {now} since "
            f"{now.since:%Y-%m-%d %H:%M} UTC.",
            sides=(
                Side(source=now.switch, says=f"hears {now.mac} on {now.port}: {now.why}", at=now.since),
                Side(source=before.switch, says=f"heard {before.mac} on {before.port}", at=before.since),
            ),
            prefix=prefix,
        )


RULE = Rule(
    slug="address-moved",
    name="Address moved to another port",
    severity=Severity.INFO,
    explanation="The card that has an address hangs on another port of a switch than shortly before. Guests, which "
    "move when their hypervisor says so, are left out, and so are ports between switches.",
    cure="If somebody moved the machine, correct its cable in Nautobot, or acknowledge this. If nobody did, look who "
    "is on the port.",
    find=find,
)
