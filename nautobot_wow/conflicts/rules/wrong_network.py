"""A guest whose record names another network than the one it is on."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from django.db.models import Q
from nautobot.virtualization.models import VirtualMachine

from ...choices import Severity
from ..estate import LEAVING, Estate, address_ref
from ..rule import Fault, Ref, Rule, Side

CHOSEN = "_custom_field_data__network_profile"


def find(estate: Estate) -> Iterable[Fault]:
    """Find guests whose primary address is in none of the prefixes of the profile that their record names."""
    restricted = {pk for one in estate.profiles if one.restricted for pk in (one.prefix_id, one.prefix6_id)}
    for version, field in ((4, "prefix_id"), (6, "prefix6_id")):
        homes = {one.name: getattr(one, field) for one in estate.profiles if getattr(one, field)}
        if homes:
            yield from _elsewhere(estate, version, homes, restricted)


def _elsewhere(
    estate: Estate, version: int, homes: dict[str, uuid.UUID], restricted: set[uuid.UUID | None]
) -> Iterable[Fault]:
    primary = f"primary_ip{version}"
    strayed = Q(pk__in=[])
    for profile, home in homes.items():
        strayed |= Q(**{CHOSEN: profile}) & ~Q(**{f"{primary}__parent": home})
    guests = VirtualMachine.objects.filter(strayed, **{f"{primary}__isnull": False}).exclude(status__name=LEAVING)
    rows = guests.order_by("name").values_list(
        "pk", "name", CHOSEN, f"{primary}_id", f"{primary}__host", f"{primary}__parent_id"
    )
    for pk, name, profile, address, host, prefix in rows:
        home = homes[profile]
        if prefix in restricted or _is_inside(estate, prefix, home):  # a restricted network has a rule of its own
            continue
        yield Fault(
            about=Ref(model=VirtualMachine, pk=pk, name=name),
            detail=f"{version}",
            involved=(address_ref(address, host),),
            title=f"{name} is recorded for the network {profile}, and has {host}",
            message=f"The record of {name} names the network profile {profile} ({estate.name_of(home)}), but its "
            f"primary address {host} is in {estate.name_of(prefix)}. The automation would build it on {profile}.",
            sides=(
                Side(source="Nautobot", says=f"network_profile is {profile}"),
                Side(source="Nautobot", says=f"its primary address is {host}, in {estate.name_of(prefix)}"),
            ),
            prefix=prefix,
        )


def _is_inside(estate: Estate, prefix: uuid.UUID | None, home: uuid.UUID) -> bool:
    """Tell whether a prefix is a part of the profile's."""
    while prefix is not None and prefix in estate.nets:
        prefix = estate.nets[prefix].parent
        if prefix == home:
            return True
    return False


RULE = Rule(
    slug="wrong-network",
    name="Guest on another network than its record says",
    severity=Severity.WARNING,
    explanation="The custom field network_profile of a guest names one network, its primary address is in another one.",
    cure="Move the guest to the network that its record names, or correct network_profile.",
    action="move",
    find=find,
)
