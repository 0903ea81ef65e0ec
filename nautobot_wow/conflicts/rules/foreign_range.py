"""A guest in a range that is kept for something else."""

from __future__ import annotations

from collections.abc import Iterable

from nautobot.virtualization.models import VirtualMachine

from ...choices import Severity
from ..estate import Estate, address_ref, holders, in_ranges, living
from ..rule import Fault, Rule, Side

KEPT = ("Reserved", "NAT Pool")


def find(estate: Estate) -> Iterable[Fault]:
    """Find addresses of guests in ranges that are reserved or translated to; a VIP may be there."""
    inside = in_ranges(living().exclude(role__name="VIP"), *KEPT).filter(vm_interfaces__isnull=False).distinct()
    rows = list(inside.order_by("host").values_list("pk", "host", "parent_id", "parent__namespace_id"))
    who = holders([row[0] for row in rows]) if rows else {}
    for pk, host, prefix, namespace in rows:
        span = estate.span_at(namespace, host, KEPT)
        for holder in who.get(pk, ()):
            if span is None or holder.machine.model is not VirtualMachine:
                continue
            yield Fault(
                about=holder.machine,
                detail=host,
                involved=(address_ref(pk, host), span.ref),
                title=f"{holder.machine.name} has {host}, in the range {span.text} that is kept for something else",
                message=f"The {span.role} range {span.text} is not for guests that people make. What it is kept for "
                f"may come and take {host}.",
                sides=(
                    Side(source="Nautobot", says=f"{holder} has {host}"),
                    Side(source="Nautobot", says=f"the {span.role} range {span.text}"),
                ),
                prefix=prefix,
            )


RULE = Rule(
    slug="foreign-range",
    name="Guest in a range that is kept for something else",
    severity=Severity.WARNING,
    explanation="A guest has an address in a range whose role says that people give no addresses out of it.",
    cure="Move the guest to an address of a network profile, or change the range so that it leaves the address out. If "
    "it belongs there, acknowledge this and say why.",
    action="move",
    find=find,
)
