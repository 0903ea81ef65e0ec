"""An address that somebody uses and that nobody wrote down."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from django.db.models import Exists, OuterRef, Q
from nautobot.ipam.models import IPAddress, Prefix

from ...choices import AllocationState, Severity
from ...ipam.where import Port, ports_of
from ...ipam.words import vendor
from ...models import Allocation, Sighting
from ..estate import Estate
from ..rule import Fault, Ref, Rule, Side
from ..witnesses import real, side

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
    for row in real(seen, estate):
        if row.host and row.host not in gateways:
            by_host.setdefault((row.namespace_id, row.host), []).append(row)
    edges = _edges(by_host, estate)
    for (namespace, host), rows in by_host.items():
        net = estate.net_at(namespace, host)
        if net is None or net.type == "container":
            continue
        span = estate.span_at(namespace, host, (DHCP,))
        mac = next((row.mac for row in rows if row.mac), "")
        edge = edges.get((namespace, mac))
        vid = next((one for one in (edge.vid if edge else None, *(row.vid for row in rows)) if one), None)
        name = next((row.name for row in rows if row.name), "")
        yield Fault(
            about=net.ref,
            detail=host,
            host=host,
            involved=(*((span.ref,) if span else ()), *_ports(edge)),
            severity=Severity.INFO if span else "",
            title=f"Somebody has {host}, and nobody wrote it down",
            message=f"{rows[0].seen_by} saw {host}{f' with {mac}' if mac else ''} in {net.text}"
            f"{f', in the DHCP range {span.text}' if span else ''}. Nautobot does not know who that is."
            f"{_more(mac, name, edge, vid)}",
            sides=(
                *(side(row) for row in rows[:SHOWN]),
                *(
                    (Side(source=edge.switch, says=f"{mac} hangs on {edge.port}: {edge.why}", at=edge.since),)
                    if edge
                    else ()
                ),
                Side(source="Nautobot", says="nothing"),
            ),
            prefix=net.pk,
        )


def _edges(by_host: dict[tuple[uuid.UUID, str], list[Sighting]], estate: Estate) -> dict[tuple[uuid.UUID, str], Port]:
    """Return the port that each card hangs on; a few queries for each namespace."""
    macs: dict[uuid.UUID, set[str]] = {}
    for (namespace, _), rows in by_host.items():
        macs.setdefault(namespace, set()).update(row.mac for row in rows if row.mac)
    found: dict[tuple[uuid.UUID, str], Port] = {}
    for namespace, asked in macs.items():
        heard = ports_of(asked, Sighting.objects.filter(namespace=namespace), estate.now)
        found |= {(namespace, mac): ports[0] for mac, ports in heard.items() if ports[0].is_edge}
    return found


def _ports(edge: Port | None) -> tuple[Ref, ...]:
    port = edge.interface if edge else None
    return (Ref(model=type(port), pk=port.pk, name=str(port)),) if port else ()


def _more(mac: str, name: str, edge: Port | None, vid: int | None) -> str:
    """Return what else is known of a stranger: its name, who made its card, port and VLAN."""
    maker = vendor(mac) if mac else ""
    parts = (
        f"It calls itself {name}." if name else "",
        f"Its card: {maker}." if maker else "",
        f"It hangs on {edge}{f', VLAN {vid}' if vid else ''}." if edge else f"It is in VLAN {vid}." if vid else "",
    )
    return "".join(f" {part}" for part in parts if part)


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
