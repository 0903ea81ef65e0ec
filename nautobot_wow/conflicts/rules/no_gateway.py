"""A network that guests are on and that has no gateway."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

from nautobot.ipam.models import IPAddress, IPAddressToInterface

from ...choices import Severity
from ..estate import Estate
from ..rule import Fault, Rule, Side

NEEDS_NONE = {4: 30, 6: 126}
"""Longer prefixes are links between two machines, or one of them."""


def find(estate: Estate) -> Iterable[Fault]:
    """Find prefixes with guests or a profile for which neither an address nor a profile names a gateway."""
    named = set(IPAddress.objects.filter(role__name="Gateway").order_by().values_list("parent_id", flat=True))
    profiles: dict[object, str] = {}
    for one in estate.profiles:
        for prefix, gateway in ((one.prefix_id, one.gateway), (one.prefix6_id, one.gateway6)):
            if prefix is not None:
                profiles[prefix] = one.name
                if gateway and ipaddress.ip_address(gateway):
                    named.add(prefix)
    guests = IPAddressToInterface.objects.filter(vm_interface__isnull=False).order_by()
    used = set(guests.values_list("ip_address__parent_id", flat=True).distinct())
    for net in sorted(estate.nets.values(), key=lambda net: (net.version, net.first)):
        length = int(net.text.rpartition("/")[2])
        if net.pk in named or net.type != "network" or length > NEEDS_NONE[net.version]:
            continue
        if net.pk not in used and net.pk not in profiles:
            continue
        profile = profiles.get(net.pk)
        yield Fault(
            about=net.ref,
            severity="" if profile else Severity.INFO,
            title=f"{net.text} has no gateway",
            message=f"Guests are {f'made by the network profile {profile}' if profile else 'on this network'}, and "
            "nothing says which address leads out of it.",
            sides=(
                *([Side(source="Network profiles", says=f"{profile} names no gateway")] if profile else []),
                Side(source="Nautobot", says="no address with the role Gateway"),
            ),
            prefix=net.pk,
        )


RULE = Rule(
    slug="no-gateway",
    name="Network without a gateway",
    severity=Severity.WARNING,
    explanation="Guests are on a network, and neither a network profile nor an address with the role Gateway says "
    "where its gateway is. A guest that is made there reaches nobody outside. Without a profile it is only a note.",
    cure="Enter the gateway in the network profile, or add its address with the role Gateway. If the network has none "
    "on purpose, acknowledge this.",
    action="edit",
    find=find,
)
