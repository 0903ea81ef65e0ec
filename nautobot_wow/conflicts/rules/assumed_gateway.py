"""A gateway that no machine is known to have."""

from __future__ import annotations

import ipaddress
import uuid
from collections.abc import Iterable

from nautobot.ipam.models import IPAddress, IPAddressToInterface

from ...choices import Severity
from ..estate import Estate, address_ref, living
from ..rule import Fault, Ref, Rule, Side


def find(estate: Estate) -> Iterable[Fault]:
    """Find gateways that are on no interface, in namespaces where the interface of another gateway is known."""
    named: dict[tuple[uuid.UUID, str], tuple[Ref, uuid.UUID, str]] = {}
    gateways = living().filter(role__name="Gateway").values_list("pk", "host", "parent_id", "parent__namespace_id")
    for pk, host, parent, namespace in gateways:
        named[namespace, host] = (address_ref(pk, host), parent, "an address with the role Gateway")
    for one in estate.profiles:
        for prefix, gateway in ((one.prefix_id, one.gateway), (one.prefix6_id, one.gateway6)):
            if prefix is not None and gateway and not ipaddress.ip_address(gateway).is_link_local:
                net = estate.nets[prefix]
                named.setdefault((net.namespace, gateway), (net.ref, prefix, f"the network profile {one.name}"))
    if not named:
        return
    carried = IPAddressToInterface.objects.order_by().values("ip_address_id")
    here = IPAddress.objects.filter(pk__in=carried, host__in={host for _, host in named}).order_by()
    known = set(here.values_list("parent__namespace_id", "host"))
    sighted = {namespace for namespace, _ in known & named.keys()}
    for (namespace, host), (about, prefix, source) in sorted(named.items(), key=lambda item: item[0][1]):
        if namespace not in sighted or (namespace, host) in known:
            continue
        text = estate.name_of(prefix)
        yield Fault(
            about=about,
            detail=host,
            involved=(estate.nets[prefix].ref,),
            title=f"The gateway {host} of {text} is only assumed",
            message=f"{source[:1].upper()}{source[1:]} names {host} as the gateway of {text}, and no interface of any "
            "machine has it, though those of other gateways are known.",
            sides=(
                Side(source="Nautobot", says=f"{source} names {host}"),
                Side(source="Interfaces", says="nobody has it"),
            ),
            prefix=prefix,
        )


RULE = Rule(
    slug="assumed-gateway",
    name="Gateway that nobody has",
    severity=Severity.WARNING,
    explanation="A gateway is written down, and no interface of a router has the address. Guests of that network "
    "would send everything to nobody. Only looked for where the interface of at least one gateway is known.",
    cure="Configure the address on the router, or correct the gateway.",
    action="edit",
    find=find,
)
