"""Another card behind an address than shortly before."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Count
from nautobot.ipam.models import IPAddress, IPAddressToInterface

from ...choices import Severity
from ...models import Allocation, Sighting
from ..estate import SHARED, Estate, address_ref
from ..rule import Fault, Rule
from ..witnesses import COMES_AND_GOES, ago, counting, histories, last_look, no_shared, real, side

DHCP = "DHCP"


def find(estate: Estate) -> Iterable[Fault]:
    """Find recorded addresses whose observer sees another MAC than before, which is not the card in the record.

    Not meant are addresses that a DHCP server gives to whoever comes, shared ones, and those given to somebody else in
    the meantime. An address with two MACs in one look is another fault.
    """
    rows = no_shared(counting(estate)).exclude(mac="").exclude(host=None).exclude(source__in=COMES_AND_GOES)
    changed: dict[tuple[Any, str], tuple[Sighting, Sighting]] = {}
    for history in histories(real(_several(rows), estate)).values():
        now = last_look(history)
        before = next((row for row in history if row.mac != history[0].mac), None)
        if len({row.mac for row in now}) != 1 or before is None:
            continue
        name = now[0].namespace_id, str(now[0].host)
        if name not in changed or changed[name][0].last_seen < now[0].last_seen:
            changed[name] = now[0], before
    hosts = {host for _, host in changed}
    known = IPAddress.objects.filter(host__in=hosts).exclude(role__name__in=SHARED).exclude(type="dhcp").order_by()
    recorded, given = _cards_of(hosts), _given(hosts)
    for pk, host, prefix, namespace in known.values_list("pk", "host", "parent_id", "parent__namespace_id"):
        now_row, before = changed.get((namespace, host), (None, None))
        if now_row is None or before is None or now_row.mac in recorded.get(pk, ()):
            continue
        since = given.get((namespace, host))
        if (since and since >= before.last_seen) or estate.span_at(namespace, host, (DHCP,)):
            continue
        yield Fault(
            about=address_ref(pk, host),
            title=f"{host} answers with another MAC address than before: {now_row.mac}",
            message=f"{now_row.seen_by} saw {host} with {before.mac} until {ago(before, estate)}, and sees it with "
            f"{now_row.mac} now. The card was exchanged, or another machine took the address.",
            sides=(side(now_row), side(before)),
            prefix=prefix,
        )


def _several(rows: Any) -> Any:
    """Keep the rows of addresses that were seen with more than one MAC; most have only one."""
    several = rows.order_by().values("namespace_id", "host").annotate(macs=Count("mac", distinct=True))
    return rows.filter(host__in={row["host"] for row in several.filter(macs__gt=1)})


def _cards_of(hosts: Iterable[str]) -> dict[Any, set[str]]:
    """Return the MAC addresses of the interfaces that have each address in Nautobot."""
    found: dict[Any, set[str]] = {}
    links = IPAddressToInterface.objects.filter(ip_address__host__in=hosts).order_by()
    for pk, port, card in links.values_list("ip_address_id", "interface__mac_address", "vm_interface__mac_address"):
        found.setdefault(pk, set()).update(str(mac).upper() for mac in (port, card) if mac)
    return found


def _given(hosts: Iterable[str]) -> dict[tuple[Any, str], Any]:
    """Return when each address was last given out, or back."""
    rows = Allocation.objects.filter(host__in=hosts).order_by("created")
    return {
        (row.namespace_id, row.host): max(filter(None, (row.created, row.released)))
        for row in rows.only("namespace_id", "host", "created", "released")
    }


RULE = Rule(
    slug="mac-changed",
    name="Another MAC address behind an address",
    severity=Severity.WARNING,
    explanation="The same observer saw an address with one MAC address and later with another one, which is not that "
    "of the interface that has it in Nautobot. Addresses of a DHCP range, shared ones (VIP, VRRP, CARP) and those that "
    "were given to somebody else in the meantime are left out. It is over when the older sighting no longer counts.",
    cure="Find the machine by its MAC address and port (Who has it?). If a card was exchanged, correct the MAC address "
    "of the interface; if it is another machine, give it an address of its own.",
    action="edit",
    find=find,
)
