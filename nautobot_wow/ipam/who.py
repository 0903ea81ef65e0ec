"""Who has an address or a card: what is written down, who sees it, on which port it hangs, and what was before.

Asked for a moment, it answers as one could have known then. Everything is told only as far as the reader may see it.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from nautobot.dcim.models import Interface
from nautobot.ipam.models import IPAddress
from nautobot.virtualization.models import VMInterface

from .. import macs
from ..app_settings import sightings_count_for
from ..errors import Unusable
from ..models import Sighting
from . import moments
from .explain import Explanation, explain
from .where import Port, as_seen_by, ports_of
from .words import age, note, vendor

HISTORY = 100
"""So many rows of the history are shown."""


@dataclass(frozen=True, kw_only=True)
class Witness:
    """One sighting as it stood at the moment. `is_current`: so it was when its observer last looked before then."""

    row: Sighting
    says: str
    age: str
    is_current: bool


@dataclass(frozen=True, kw_only=True)
class Card:
    """A MAC address: who made it, whose it is in Nautobot, where it hangs, and which addresses were seen with it."""

    mac: str
    vendor: str
    shared: str
    owners: tuple[Any, ...]
    ports: tuple[Port, ...]
    hosts: tuple[str, ...]

    @property
    def port(self) -> Port | None:
        """The port that it hangs on, None where that is not known."""
        return next((port for port in self.ports if port.is_edge), None)


@dataclass(frozen=True, kw_only=True)
class WhoHas:
    """The answer. `host` is empty where a card was asked for, `mac` where an address was; `at` is the moment."""

    host: str = ""
    mac: str = ""
    at: datetime
    records: tuple[IPAddress, ...] = ()
    witnesses: tuple[Witness, ...] = ()
    cards: tuple[Card, ...] = ()
    history: tuple[Sighting, ...] = ()
    has_more: bool = False
    explanation: Explanation | None = None

    @property
    def newest(self) -> Witness | None:
        """Who saw it last."""
        return next(iter(self.witnesses), None)

    @property
    def since(self) -> datetime | None:
        """Since when it has been so: the first time that anybody saw the newest card with it who still does."""
        if self.newest is None:
            return None
        card, others = self.newest.row.mac, self.witnesses[1:]
        since: list[datetime] = [one.row.first_seen for one in others if one.is_current and one.row.mac == card]
        first: datetime = min([self.newest.row.first_seen, *since])
        return first


@dataclass(frozen=True, kw_only=True)
class _Asked:
    """One question, on behalf of a reader; with none, everything may be seen."""

    namespace: Any
    at: datetime
    user: Any = None
    seen: QuerySet[Sighting] = field(init=False)

    def __post_init__(self) -> None:
        rows = self.rows(Sighting).filter(namespace=self.namespace)
        object.__setattr__(self, "seen", rows.select_related("system", "interface__device"))

    def rows(self, model: Any) -> Any:
        """Return the rows of a model that the reader may see."""
        return model.objects.all() if self.user is None else model.objects.restrict(self.user, "view")


def parse(text: str) -> tuple[str, str]:
    """Return (address, "") or ("", MAC address) for what a person typed. Raises Unusable."""
    text = text.strip()
    try:
        return str(ipaddress.ip_address(text)), ""
    except ValueError:
        pass
    try:
        return "", macs.normal(text)
    except ValueError:
        raise Unusable(f"{text[:60]!r} is neither an address nor a MAC address") from None


def who_has(text: str, namespace: Any, now: datetime, *, at: datetime | None = None, user: Any = None) -> WhoHas:
    """Return who has an address or a card in a namespace, now or at a moment in the past. Raises Unusable."""
    host, mac = parse(text)
    asked = _Asked(namespace=namespace, at=min(at or now, now), user=user)
    about = asked.seen.filter(host=host) if host else asked.seen.filter(mac=mac)
    history = list(about.order_by("-last_seen")[: HISTORY + 1])
    witnesses = _witnesses(about, asked)
    names = {mac} if mac else {one.row.mac for one in witnesses if one.row.mac}
    hosts = {host} if host else {one.row.host for one in witnesses if one.row.host}
    return WhoHas(
        host=host,
        mac=mac,
        at=asked.at,
        records=tuple(
            asked.rows(IPAddress).filter(parent__namespace=namespace, host__in=hosts).select_related("status")
        ),
        witnesses=tuple(witnesses),
        cards=tuple(_cards(names, asked)),
        history=tuple(history[:HISTORY]),
        has_more=len(history) > HISTORY,
        explanation=explain(host, namespace, now, user=user) if host else None,
    )


def _witnesses(about: QuerySet[Sighting], asked: _Asked) -> list[Witness]:
    """Return what each observer last knew then; of what was over before then, at least the newest."""
    rows = moments.as_of(about.filter(first_seen__lte=asked.at), asked.at)
    since = asked.at - sightings_count_for()
    rows = [row for row in rows if moments.until(row, asked.at) >= since] or rows[:1]
    looks = moments.last_looks(asked.seen.filter(seen_by__in={row.seen_by for row in rows}), asked.at) if rows else {}
    return [
        Witness(
            row=row,
            says=note(row),
            age=age(moments.until(row, asked.at), asked.at),
            is_current=moments.is_current(row, looks, asked.at),
        )
        for row in rows
    ]


def _cards(names: set[str], asked: _Asked) -> Iterable[Card]:
    if not names:
        return
    ports = ports_of(names, asked.seen, asked.at)
    ports = as_seen_by(asked.user, ports) if asked.user is not None else ports
    owners = _owners(names, asked)
    since = asked.at - sightings_count_for()
    with_them = asked.seen.filter(mac__in=names, first_seen__lte=asked.at, last_seen__gte=since).exclude(host=None)
    pairs = set(with_them.order_by().values_list("mac", "host"))
    for mac in sorted(names):
        yield Card(
            mac=mac,
            vendor=vendor(mac),
            shared=macs.virtual_router(mac),
            owners=tuple(owners.get(mac, ())),
            ports=tuple(ports.get(mac, ())),
            hosts=tuple(sorted((host for of, host in pairs if of == mac), key=_in_order)),
        )


def _owners(names: set[str], asked: _Asked) -> dict[str, list[Any]]:
    """Return the interfaces of Nautobot that have these MAC addresses."""
    found: dict[str, list[Any]] = {}
    wanted = Q(mac_address__in=names)
    for model, of in ((Interface, "device"), (VMInterface, "virtual_machine")):
        for port in asked.rows(model).filter(wanted).select_related(of)[:HISTORY]:
            found.setdefault(str(port.mac_address).upper(), []).append(port)
    return found


def _in_order(host: str) -> tuple[int, int]:
    address = ipaddress.ip_address(host)
    return address.version, int(address)
