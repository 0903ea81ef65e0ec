"""A guest whose record the automation would misread."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q
from nautobot.virtualization.models import VirtualMachine

from ...choices import Severity
from ..estate import LEAVING, Estate
from ..rule import Fault, Ref, Rule, Side

CHOSEN = "_custom_field_data__network_profile"
VMID = "_custom_field_data__proxmox_vmid"


def find(estate: Estate) -> Iterable[Fault]:
    """Find guests with a VMID that lack a primary address or name no profile there is (if there is any)."""
    without = Q(primary_ip4=None, primary_ip6=None)
    if estate.profile_names:
        known = Q(**{f"{CHOSEN}__in": sorted(estate.profile_names)})
        without |= ~known | Q(**{f"{CHOSEN}__isnull": True})
    guests = VirtualMachine.objects.filter(without, **{f"{VMID}__gt": 0}).exclude(status__name=LEAVING)
    rows = guests.order_by("name").values_list("pk", "name", CHOSEN, "primary_ip4_id", "primary_ip6_id")
    for pk, name, profile, ip4, ip6 in rows:
        lacks = [] if ip4 or ip6 else ["no primary address"]
        if estate.profile_names and profile not in estate.profile_names:
            lacks.append(f"the unknown network profile {profile}" if profile else "no network profile")
        text = " and ".join(lacks)
        yield Fault(
            about=Ref(model=VirtualMachine, pk=pk, name=name),
            title=f"{name} has {text}",
            message=f"The record of {name} has {text}. The automation takes the default network for what is not "
            "there, and would build the guest in the wrong place.",
            sides=tuple(Side(source="Nautobot", says=lack) for lack in lacks),
            severity=Severity.CRITICAL if len(lacks) > 1 else "",
        )


RULE = Rule(
    slug="misread-record",
    name="Record that provisioning would misread",
    severity=Severity.WARNING,
    explanation="The automation reads network profile and primary address of a guest from its record, and takes "
    "defaults for what is missing: it then builds the guest on the default network. Critical where both are missing.",
    cure="Fill in network_profile and the primary address before anybody provisions from this record.",
    action="edit",
    find=find,
)
