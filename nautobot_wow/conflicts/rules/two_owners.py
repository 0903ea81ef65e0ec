"""One address that two machines have."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Count, F
from nautobot.ipam.models import IPAddress, IPAddressToInterface

from ...choices import Severity
from ..estate import GONE, LEAVING, SHARED, Estate, address_ref, holders, listed
from ..rule import Fault, Rule, Side


def find(estate: Estate) -> Iterable[Fault]:
    """Find addresses that are assigned to interfaces of more than one machine, unless their role is to be shared."""
    links = IPAddressToInterface.objects.exclude(ip_address__role__name__in=SHARED)
    links = links.exclude(ip_address__status__name=GONE).exclude(interface__device__status__name=LEAVING)
    links = links.exclude(vm_interface__virtual_machine__status__name=LEAVING)
    several = (
        links.order_by()
        .values("ip_address_id")
        .annotate(
            devices=Count("interface__device_id", distinct=True),
            guests=Count("vm_interface__virtual_machine_id", distinct=True),
        )
        .filter(devices__gt=1 - F("guests"))
    )
    disputed = several.values("ip_address_id")
    found = holders(disputed)
    rows = IPAddress.objects.filter(pk__in=disputed).order_by("host").values_list("pk", "host", "parent_id")
    for pk, host, prefix in rows:
        who = {holder.machine.pk: holder.machine for holder in found[pk]}
        yield Fault(
            about=address_ref(pk, host),
            involved=tuple(who.values()),
            title=f"{host} belongs to {listed(who.values())}",
            message=f"{host} is assigned to {listed(found[pk])}. Only one machine can have it: the other one is cut "
            "off, now and then, or was meant to have another address.",
            sides=tuple(Side(source="Nautobot", says=f"assigned to {holder}") for holder in found[pk]),
            prefix=prefix,
        )


RULE = Rule(
    slug="two-owners",
    name="One address, two owners",
    severity=Severity.CRITICAL,
    explanation="Two machines have the same address. When both are up, each takes the traffic of the other.",
    cure="Find out whose it is, give the other machine an address of its own, and correct what the system that is "
    "wrong says. Where sharing is meant, give the address a role such as VIP or Anycast.",
    action="edit",
    find=find,
)
