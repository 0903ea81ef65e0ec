"""One card that is heard on two ports at a time: a loop, or a MAC address that two machines have."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db.models import Count
from nautobot.dcim.models import Device, Interface
from nautobot.ipam.models import Namespace

from ...choices import Severity
from ...ipam.where import Port, learned, ports_of, switch_of
from ...models import Sighting
from ..estate import Estate, listed
from ..rule import Fault, Ref, Rule, Side
from ..witnesses import counting, known_cards, no_shared, side

FLAPPED_IN = timedelta(days=1)
TIMES = 2
"""A card that was found on each of two ports so often in that time goes back and forth; one that moved does not."""


def find(estate: Estate) -> Iterable[Fault]:
    """Find cards that a switch hears on two ports in one VLAN, or that hang on ports of two switches at once.

    A switch hears a card on one port at a time, so there it is told from one look that names two, or from coming back:
    on each port twice in a day. Of two switches both must lead to a known box that is no switch, and to two of them;
    what is heard through another switch is no fault.
    """
    heard = learned(no_shared(counting(estate)))
    places = heard.order_by().values("namespace_id", "mac").annotate(n=Count("where", distinct=True))
    switches = heard.order_by().values("namespace_id", "mac").annotate(n=Count("seen_by", distinct=True))
    macs = {row["mac"] for rows in (places, switches) for row in rows.filter(n__gt=1)}
    by_card: dict[tuple[Any, str], list[Sighting]] = defaultdict(list)
    for row in heard.filter(mac__in=macs) if macs else ():
        by_card[row.namespace_id, row.mac].append(row)
    found = {name: rows for name, each in by_card.items() if (rows := _at_once(each) or _back_and_forth(each, estate))}
    apart = _on_two_switches({name for name in by_card if name not in found}, estate)
    names = {name: {f"{row.where} of {switch_of(row)}" for row in rows} for name, rows in found.items()}
    names |= {name: {str(port) for port in ports} for name, ports in apart.items()}
    sides = {name: tuple(side(row) for row in rows) for name, rows in found.items()}
    sides |= {name: tuple(_heard(port) for port in ports) for name, ports in apart.items()}
    ports = {name: [row.interface for row in rows if row.interface] for name, rows in found.items()}
    ports |= {name: [port.interface for port in each if port.interface] for name, each in apart.items()}
    spaces, cards = _namespaces(names), known_cards({mac for _, mac in names})
    for name in sorted(names, key=str):
        yield _fault(name, names[name], sides[name], ports[name], spaces, cards)


def _at_once(rows: list[Sighting]) -> list[Sighting]:
    """Return the rows of one look of one switch that has the card on two ports in one VLAN."""
    together: dict[tuple[Any, ...], list[Sighting]] = defaultdict(list)
    for row in rows:
        together[row.seen_by, row.source, row.vid, row.last_seen].append(row)
    newest = sorted(together.values(), key=lambda each: each[0].last_seen, reverse=True)
    looks: set[tuple[str, str, Any]] = set()
    for each in newest:
        name = each[0].seen_by, each[0].source, each[0].vid
        if name not in looks and len({row.where for row in each}) > 1:
            return each
        looks.add(name)
    return []


def _back_and_forth(rows: list[Sighting], estate: Estate) -> list[Sighting]:
    """Return the last rows of two ports of a switch between which the card goes back and forth."""
    times: dict[tuple[str, int | None], dict[str, list[Sighting]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        if row.last_seen >= estate.now - FLAPPED_IN:
            times[row.seen_by, row.vid][row.where].append(row)
    for places in times.values():
        often = [each for each in places.values() if len(each) >= TIMES]
        if len(often) > 1:
            return [max(each, key=lambda row: row.last_seen) for each in often]
    return []


def _on_two_switches(names: set[tuple[Any, str]], estate: Estate) -> dict[tuple[Any, str], list[Port]]:
    """Return the ports of cards that are heard now where two different boxes are known to be plugged in."""
    found: dict[tuple[Any, str], list[Port]] = {}
    for namespace in {namespace for namespace, _ in names}:
        here = counting(estate).filter(namespace=namespace)
        heard = ports_of({mac for of, mac in names if of == namespace}, here, estate.now)
        observers = learned(here).order_by("seen_by", "pk").distinct("seen_by")
        listeners = {name.lower() for row in observers for name in (row.seen_by, switch_of(row))}
        apart = {mac: ends for mac, ports in heard.items() if _are_apart(ends := _known_ends(ports, listeners))}
        found |= {(namespace, mac): ends for mac, ends in apart.items()}
    return found


def _known_ends(ports: list[Port], listeners: set[str]) -> list[Port]:
    """Return the ports on which a card is heard now and that lead to a box which is known, and no switch."""
    return [port for port in ports if port.is_current and port.box and port.box.lower() not in listeners]


def _are_apart(ends: list[Port]) -> bool:
    """Tell whether two switches hear a card in one VLAN, from two boxes."""
    switches, boxes, vlans = ({getattr(port, name) for port in ends} for name in ("switch", "box", "vid"))
    return len(switches) > 1 and len(boxes) > 1 and len(vlans) == 1


def _heard(port: Port) -> Side:
    return Side(source=port.switch, says=f"hears {port.mac} on {port.port}, which leads to {port.box}", at=port.since)


def _namespaces(names: Iterable[tuple[Any, str]]) -> dict[Any, str]:
    return dict(Namespace.objects.filter(pk__in={pk for pk, _ in names}).values_list("pk", "name"))


def _fault(
    name: tuple[Any, str],
    places: set[str],
    sides: tuple[Side, ...],
    ports: list[Interface],
    spaces: dict[Any, str],
    cards: dict[str, Any],
) -> Fault:
    namespace, mac = name
    boxes = {
        port.device.pk: Ref(model=Device, pk=port.device.pk, name=str(port.device)) for port in ports if port.device
    }
    refs = [Ref(model=Interface, pk=port.pk, name=port.name) for port in ports]
    about = next(iter(boxes.values()), Ref(model=Namespace, pk=namespace, name=spaces.get(namespace, "")))
    several = " It is that of several machines in Nautobot." if len(cards.get(mac, ())) > 1 else ""
    return Fault(
        about=about,
        detail=mac,
        involved=(*boxes.values(), *refs),
        title=f"{mac} is heard on {listed(places)} at the same time",
        message=f"A card hangs on one port, and {mac} is heard on {listed(places)}: two machines have one MAC address, "
        f"or there is a loop.{several}",
        sides=sides,
    )


RULE = Rule(
    slug="mac-on-two-ports",
    name="One MAC address on two ports",
    severity=Severity.WARNING,
    explanation="One MAC address is heard on two ports of a switch at once, goes back and forth between them, or hangs "
    "on ports of two switches that lead to two different machines. Frames for it reach now the one, now the other. "
    "MAC addresses that routers share (VRRP, CARP) are left out.",
    cure="Give the clone a MAC address of its own, or find the loop: two cables between the same switches without a "
    "LAG or spanning tree.",
    find=find,
)
