"""Who says what of an address: why it was not given out, or that nothing is known of it."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from nautobot.ipam.models import IPAddress, IPAddressRange, Prefix

from ..app_settings import sightings_count_for
from ..choices import AllocationState
from ..errors import Unusable
from ..models import Allocation, Claim, NetworkProfile, Sighting
from . import words
from .allocator import why_not
from .evidence import Ground, telling
from .where import ports_of

SHOWN = 20
RANGE = "range"


@dataclass(frozen=True, kw_only=True)
class Fact:
    """One thing that is known: who says it, what, and since or at when; `url` is the page that says more."""

    source: str
    says: str
    at: datetime | None = None
    url: str = ""


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """What is known of an address. `free` is True where nobody says anything against it."""

    host: str
    free: bool
    facts: tuple[Fact, ...]
    profiles: dict[str, str]


def explain(host: str, namespace: Any, now: datetime, user: Any = None) -> Explanation:
    """Return every fact that is known of an address, and for every profile it is in, why it would not give it out.

    With a `user` only the facts that he may see; whether it is free is told from all of them.
    """
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        raise Unusable(f"address: {host!r} is not an address") from None
    host = str(address)
    profiles = dict(_profiles(host, int(address), namespace, now))
    facts = tuple(_Facts(host=host, namespace=namespace, now=now).found())
    taken = any(fact.source != RANGE for fact in facts)
    if user is not None:
        facts = tuple(_Facts(host=host, namespace=namespace, now=now, user=user).found())
    return Explanation(host=host, free=not taken and not any(profiles.values()), facts=facts, profiles=profiles)


@dataclass(frozen=True, kw_only=True)
class _Facts:
    """The questions that are asked about one address, each on behalf of the user, if there is one."""

    host: str
    namespace: Any
    now: datetime
    user: Any = None

    def found(self) -> Iterable[Fact]:
        yield from self._known()
        yield from self._ranges()
        yield from self._allocations()
        yield from self._sightings()

    def _rows(self, model: Any) -> Any:
        return model.objects.all() if self.user is None else model.objects.restrict(self.user, "view")

    def _known(self) -> Iterable[Fact]:
        rows = self._rows(IPAddress).filter(parent__namespace=self.namespace, host=self.host)
        for row in rows.select_related("status", "role"):
            role = f", {row.role}" if row.role else ""
            machines = ", ".join(_machines(row))
            on = f" on {machines}" if machines else ""
            yield Fact(source="Nautobot", says=f"{row.status}{role}{on}", at=row.last_updated)
            for claim in self._rows(Claim).filter(object_id=row.pk).select_related("system"):
                carriers = ", ".join(claim.values.get("interfaces") or ())
                gone = ", missing" if claim.missing_since else ""
                line = f", by {claim.origin}" if claim.origin else ""
                says = f"in use{f' on {carriers}' if carriers else ''}{line}{gone}"
                yield Fact(source=claim.system.name, says=says, at=claim.last_seen, url=claim.get_absolute_url())

    def _ranges(self) -> Iterable[Fact]:
        here = {"parent__namespace": self.namespace, "ip_version": ipaddress.ip_address(self.host).version}
        rows = self._rows(IPAddressRange).filter(**here, start_host__lte=self.host, end_host__gte=self.host)
        for row in rows.select_related("role"):
            says = " ".join(part for part in (str(row.role or ""), row.name or str(row)) if part)
            yield Fact(source=RANGE, says=says, url=row.get_absolute_url())

    def _allocations(self) -> Iterable[Fact]:
        rows = self._rows(Allocation).filter(namespace=self.namespace, host=self.host)
        over = Q(state=AllocationState.RETURNED) | Q(state=AllocationState.RESTING, rests_until__lte=self.now)
        for row in rows.exclude(over).select_related("profile")[:SHOWN]:
            until = f" until {row.rests_until:%Y-%m-%d %H:%M}" if row.state == AllocationState.RESTING else ""
            says = f"{row.get_state_display()}{until}: {row.purpose or row.key}"
            yield Fact(source="allocation", says=says, at=row.created, url=row.get_absolute_url())

    def _sightings(self) -> Iterable[Fact]:
        fresh = self.now - sightings_count_for()
        rows = self._rows(Sighting).filter(namespace=self.namespace, host=self.host, last_seen__gte=fresh)
        found = telling(rows, self.now)[:SHOWN]
        here = self._rows(Sighting).filter(namespace=self.namespace)
        ports = ports_of({seen.mac for seen in found}, here, self.now)
        for seen in found:
            says = f"{words.note(seen)}{words.hangs(ports.get(seen.mac, ()))}"
            yield Fact(source=seen.seen_by, says=says, at=seen.last_seen, url=seen.get_absolute_url())


def _machines(address: IPAddress) -> Iterable[str]:
    for port in address.vm_interfaces.select_related("virtual_machine"):
        yield str(port.virtual_machine)
    for port in address.interfaces.select_related("device"):
        yield str(port.device)


def _profiles(host: str, number: int, namespace: Any, now: datetime) -> Iterable[tuple[str, str]]:
    version = ipaddress.ip_address(host).version
    field = "prefix" if version == 4 else "prefix6"
    inside = {f"{field}__namespace": namespace, f"{field}__network__lte": host, f"{field}__broadcast__gte": host}
    for profile in NetworkProfile.objects.filter(**inside).select_related(field):
        prefix: Prefix = getattr(profile, field)
        yield profile.name, why_not(Ground(profile=profile, prefix=prefix, now=now), number)
