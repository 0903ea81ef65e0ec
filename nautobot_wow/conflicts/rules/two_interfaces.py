"""One address on two interfaces of one machine."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Count
from nautobot.ipam.models import IPAddress, IPAddressToInterface

from ...choices import Severity
from ..estate import GONE, LEAVING, SHARED, Estate, address_ref, holders, listed
from ..rule import Fault, Rule, Side


def find(estate: Estate) -> Iterable[Fault]:
    """Find addresses on several interfaces that all belong to one machine."""
    links = IPAddressToInterface.objects.exclude(ip_address__role__name__in=SHARED)
    links = links.exclude(ip_address__status__name=GONE).exclude(interface__device__status__name=LEAVING)
    links = links.exclude(vm_interface__virtual_machine__status__name=LEAVING)
    several = links.order_by().values("ip_address_id").annotate(links=Count("pk")).filter(links__gt=1)
    disputed = several.values("ip_address_id")
    found = holders(disputed)
    rows = IPAddress.objects.filter(pk__in=disputed).order_by("host").values_list("pk", "host", "parent_id")
    for pk, host, prefix in rows:
        if len({holder.machine.pk for holder in found[pk]}) != 1:
            continue
        machine = found[pk][0].machine
        places = [holder.interface.name for holder in found[pk]]
        yield Fault(
            about=address_ref(pk, host),
            involved=(machine,),
            title=f"{machine.name} has {host} on {listed(places)}",
            message=f"{host} is on {len(places)} interfaces of {machine.name}: {listed(places)}. It can be on one.",
            sides=tuple(Side(source="Nautobot", says=f"on {place}") for place in places),
            prefix=prefix,
        )


RULE = Rule(
    slug="two-interfaces",
    name="One address on two interfaces of a machine",
    severity=Severity.WARNING,
    explanation="The systems place an address of a machine on different interfaces (such as two storage bridges).",
    cure="See on the machine which interface has it, and correct the system or document that is wrong.",
    action="edit",
    find=find,
)
