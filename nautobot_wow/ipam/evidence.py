"""What is known of addresses: each source is asked once for a whole stretch.

it is in Nautobot                  an IPAddress of the namespace, whatever its status
a range that is not the profile's  DHCP pool, load balancer pool, NAT, reserved, another profile's
a smaller prefix                   belongs to that one
a gateway                          of any profile
it was seen                        ARP, lease, static map, agent ... within the last days; not by proxy ARP
it rests                           given back not long ago
it is held                         by an allocation whose address somebody deleted
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from nautobot.ipam.models import IPAddress, IPAddressRange, Prefix

from ..app_settings import sightings_count_for
from ..choices import NOT_FOR_HOSTS, AllocationState
from ..models import Allocation, NetworkProfile, Sighting
from .proxy import without_proxied
from .stretch import Stretch, text_of, usable, within

KNOWN = "in Nautobot"
SEEN = "seen on the network"
RESTING = "resting after it was given back"
HELD = "held by an allocation"
GATEWAY = "a gateway"


@dataclass
class Ground:
    """What one profile gives out of one prefix: stretches to search, and what lies in the way, in a few queries.

    `mine` is what the asker had before: that it rests, or was seen of its own guest, is no reason for its own key.
    """

    profile: NetworkProfile
    prefix: Any
    now: datetime
    mine: Allocation | None = None
    seen_since: datetime | None = None
    open: list[Stretch] = field(default_factory=list)
    closed: list[Stretch] = field(default_factory=list)
    gateways: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.seen_since = self.now - sightings_count_for()
        whole = usable(str(self.prefix.prefix))
        ranges = list(_ranges(self.prefix, whole))
        own = set(self.profile.range_assignments.values_list("range_id", flat=True))
        mine = [stretch for pk, role, stretch in ranges if pk in own and role not in NOT_FOR_HOSTS]
        self.open = within(whole, mine) if own else [whole]
        foreign = [stretch for pk, role, stretch in ranges if pk not in own or role in NOT_FOR_HOSTS]
        self.closed = within(whole, [*foreign, *_children(self.prefix)])
        self.gateways = _gateways(self.prefix.namespace_id, self.version)

    @property
    def version(self) -> int:
        """4 or 6."""
        return int(self.prefix.ip_version)

    def closed_at(self, number: int) -> Stretch | None:
        """Return what is closed at an address, or None."""
        return next((one for one in self.closed if one.first <= number <= one.last), None)

    def taken(self, first: int, last: int) -> dict[int, str]:
        """Return the addresses of a stretch that cannot be given out one by one, with the reason."""
        between = {"host__gte": text_of(first, self.version), "host__lte": text_of(last, self.version)}
        return self._taken(between, (number for number in self.gateways if first <= number <= last))

    def taken_of(self, numbers: Iterable[int]) -> dict[int, str]:
        """Return those of some addresses that cannot be given out one by one, with the reason."""
        asked = set(numbers)
        return self._taken({"host__in": [text_of(number, self.version) for number in asked]}, self.gateways & asked)

    def _taken(self, hosts: dict[str, Any], gateways: Iterable[int]) -> dict[int, str]:
        found = dict.fromkeys(gateways, GATEWAY)
        here = {"ip_version": self.version, **hosts}
        found.update((_number(host), reason) for host, reason in self._given(here))
        found.update((_number(host), SEEN) for host in self._seen(here))
        found.update((_number(host), KNOWN) for host in self._known(here))
        return found

    def _known(self, here: dict[str, Any]) -> Iterable[str]:
        addresses = IPAddress.objects.filter(parent__namespace=self.prefix.namespace_id, **here)
        return list(addresses.order_by().values_list("host", flat=True))

    def _seen(self, here: dict[str, Any]) -> Iterable[str]:
        seen = Sighting.objects.filter(namespace=self.prefix.namespace_id, last_seen__gte=self.seen_since, **here)
        return {row.host for row in telling(seen.order_by(), self.now, self.mine)}

    def _given(self, here: dict[str, Any]) -> Iterable[tuple[str, str]]:
        resting = Q(state=AllocationState.RESTING, rests_until__gt=self.now)
        held = Q(state__in=(AllocationState.HELD, AllocationState.USED))
        rows = Allocation.objects.filter(resting | held, namespace=self.prefix.namespace_id, **here)
        if self.mine is not None:
            rows = rows.exclude(pk=self.mine.pk)
        for host, state in rows.order_by().values_list("host", "state"):
            yield host, RESTING if state == AllocationState.RESTING else HELD


def telling(seen: QuerySet[Sighting], now: datetime, mine: Allocation | None = None) -> list[Sighting]:
    """Return the sightings that say that somebody has the address; not those of who had it for the asker's key.

    What was seen of a card before its address was given back says nothing any more: then the address rests. Nor does a
    router that answers for whole networks.
    """
    rows = without_proxied(seen, now - sightings_count_for())
    if not rows:
        return rows
    given_back = Q(state__in=(AllocationState.RESTING, AllocationState.RETURNED))
    known = Allocation.objects.filter(given_back | Q(pk=mine.pk if mine else None), namespace=rows[0].namespace_id)
    excused: dict[tuple[str, str], datetime] = {}
    for allocation in known.filter(host__in={row.host for row in rows}).order_by():
        until = now if mine and allocation.pk == mine.pk else allocation.released
        for mac in allocation.macs if until else ():
            name = allocation.host, mac
            excused[name] = max(until, excused.get(name, until))
    return [row for row in rows if not _is_excused(row, excused)]


def _is_excused(row: Sighting, excused: dict[tuple[str, str], datetime]) -> bool:
    until = excused.get((row.host, row.mac))
    return until is not None and row.last_seen <= until


def _ranges(prefix: Any, whole: Stretch) -> Iterable[tuple[Any, str | None, Stretch]]:
    """Yield every range of the namespace that meets the prefix; one may be kept under a wider prefix."""
    rows = IPAddressRange.objects.filter(
        parent__namespace=prefix.namespace_id,
        ip_version=prefix.ip_version,
        start_host__lte=text_of(whole.last, prefix.ip_version),
        end_host__gte=text_of(whole.first, prefix.ip_version),
    ).values_list("pk", "start_host", "end_host", "name", "role__name")
    for pk, start, end, name, role in rows.order_by():
        label = " ".join(part for part in (role, "range", name or f"{start} to {end}") if part)
        yield pk, role, Stretch(_number(start), _number(end), f"in the {label}")


def _children(prefix: Any) -> Iterable[Stretch]:
    rows = Prefix.objects.filter(parent=prefix).values_list("network", "broadcast", "prefix_length")
    for network, broadcast, length in rows:
        yield Stretch(_number(network), _number(broadcast), f"in the smaller prefix {network}/{length}")


def _gateways(namespace: Any, version: int) -> set[int]:
    """Return the gateways of every profile of the namespace."""
    name, prefix = ("gateway", "prefix") if version == 4 else ("gateway6", "prefix6")
    here = {f"{name}__isnull": False, f"{prefix}__namespace": namespace}
    rows = NetworkProfile.objects.filter(**here).values_list(name, flat=True)
    return {_number(host) for host in rows}


def _number(host: Any) -> int:
    return int(ipaddress.ip_address(str(host)))
