"""A guest whose VLAN does not reach its gateway."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from nautobot.dcim.models import Interface
from nautobot.virtualization.models import VirtualMachine

from ...choices import Severity
from ...wiring.path import Hop, Way
from ...wiring.ways import GuestWay, Ways
from ..estate import Estate
from ..rule import Fault, Ref, Rule, Side


def find(estate: Estate) -> Iterable[Fault]:
    """Find guests on the way of whose card a port is known not to carry its VLAN; what is unknown is no fault."""
    for one in Ways(estate.wiring).of_guests():
        if one.way is not None and one.way.is_broken:
            yield _fault(one, one.way, estate.now)


def _fault(one: GuestWay, way: Way, now: datetime) -> Fault:
    return Fault(
        about=Ref(model=VirtualMachine, pk=one.guest, name=one.guest_name),
        detail=f"{one.card} {one.network}",
        involved=tuple(
            dict.fromkeys(Ref(model=Interface, pk=hop.port.pk, name=str(hop.port)) for hop in way.hops if hop.problem)
        ),
        title=f"{one.guest_name} {one.card} does not reach its gateway {way.gateway}",
        message=f"{one.guest_name} {one.card} ({one.host}): {way.reason}.",
        sides=tuple(Side(source=hop.port.device_name, says=_said(hop), at=now) for hop in way.hops),
        prefix=one.prefix,
    )


def _said(hop: Hop) -> str:
    """Return what is known of one port on the way, in words."""
    frames = "without a tag" if hop.tag is None else f"tagged {hop.tag}"
    return f"{hop.port.name}: {hop.problem or hop.unknown or frames}"


RULE = Rule(
    slug="vlan-path",
    name="VLAN that does not reach its gateway",
    severity=Severity.WARNING,
    explanation="The VLAN of a guest was followed from the bridge that it is plugged into, through ports and cables, "
    "to the interface with the gateway's address, and every way there meets a port that is known not to carry it. What "
    "nobody reads and cables that nobody knows are no fault.",
    cure="Let the port that is named carry the VLAN, or move the guest to a network that reaches its node. Read the "
    "System of the switch again afterwards.",
    action="move",
    find=find,
)
