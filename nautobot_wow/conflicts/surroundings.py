"""What is around the faults of a check: what each System claims of their objects, and where they are. A few queries."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from nautobot.dcim.models import Device
from nautobot.ipam.models import PrefixLocationAssignment
from nautobot.virtualization.models import VirtualMachine

from ..models import Claim
from .rule import Fault, Ref, Side

MOST_SIDES = 8
TELLING = ("name", "role", "type", "primary_ip4", "primary_ip6", "interfaces", "dns_name", "untagged_vlan", "vlan")
"""What of a claim's values people compare."""


@dataclass
class Surroundings:
    """Claims by object, locations by prefix and by machine."""

    claims: dict[uuid.UUID, list[Side]] = field(default_factory=lambda: defaultdict(list))
    of_prefix: dict[uuid.UUID, uuid.UUID] = field(default_factory=dict)
    of_machine: dict[uuid.UUID, uuid.UUID] = field(default_factory=dict)

    @classmethod
    def of(cls, faults: Iterable[Fault]) -> Surroundings:
        """Read what is around these faults."""
        found = cls()
        faults = list(faults)
        if not faults:
            return found
        refs = {ref.pk: ref for fault in faults for ref in (fault.about, *fault.involved)}
        rows = Claim.objects.filter(object_id__in=refs).select_related("system").order_by("system__name", "external_id")
        for claim in rows:
            found.claims[claim.object_id].append(_side(claim))
        prefixes = {fault.prefix for fault in faults if fault.prefix}
        places = PrefixLocationAssignment.objects.filter(prefix__in=prefixes).order_by("-location__name")
        found.of_prefix = dict(places.values_list("prefix_id", "location_id"))
        machines = {ref.pk for ref in refs.values() if ref.model in (Device, VirtualMachine)}
        devices = Device.objects.filter(pk__in=machines, location__isnull=False).order_by()
        guests = VirtualMachine.objects.filter(pk__in=machines, cluster__location__isnull=False).order_by()
        found.of_machine = dict(devices.values_list("pk", "location_id"))
        found.of_machine |= dict(guests.values_list("pk", "cluster__location_id"))
        return found

    def claims_of(self, refs: Iterable[Ref]) -> list[Side]:
        """Return what Systems claim of objects, of the first ones first."""
        return [side for ref in refs for side in self.claims.get(ref.pk, ())][:MOST_SIDES]

    def location_of(self, fault: Fault) -> uuid.UUID | None:
        """Return where it is: at the place of its prefix, else of its machine."""
        place = self.of_prefix.get(fault.prefix) if fault.prefix else None
        machines = (self.of_machine.get(ref.pk) for ref in (fault.about, *fault.involved))
        return place or next((one for one in machines if one), None)


def _side(claim: Claim) -> Side:
    origin = getattr(claim, "origin", "")
    source = f"{claim.system.name} ({origin})" if origin else claim.system.name
    told = [f"{name.replace('_', ' ')} {_text(claim.values[name])}" for name in TELLING if claim.values.get(name)]
    missing = ", not seen any more" if claim.missing_since else ""
    text = f"{claim.external_id}{': ' if told else ''}{'; '.join(told)}{missing}"
    return Side(source=source, says=text, at=claim.created)


def _text(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
