"""A device with two management addresses."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Count, Q
from nautobot.dcim.models import Device
from nautobot.ipam.models import IPAddressToInterface

from ...choices import Severity
from ..estate import GONE, LEAVING, SHARED, Estate, address_ref, listed
from ..rule import Fault, Ref, Rule, Side


def find(estate: Estate) -> Iterable[Fault]:
    """Find devices with two addresses of one IP version on interfaces that are only for management."""
    links = IPAddressToInterface.objects.filter(interface__mgmt_only=True).exclude(ip_address__role__name__in=SHARED)
    links = links.exclude(ip_address__status__name=GONE).exclude(interface__device__status__name=LEAVING).order_by()
    several = links.values("interface__device_id").annotate(
        four=Count("ip_address_id", filter=Q(ip_address__ip_version=4), distinct=True),
        six=Count("ip_address_id", filter=Q(ip_address__ip_version=6), distinct=True),
    )
    devices = several.filter(Q(four__gt=1) | Q(six__gt=1)).values("interface__device_id")
    links = links.filter(interface__device__in=devices).order_by("interface__device__name", "ip_address__host")
    rows = links.values_list(
        "interface__device_id", "interface__device__name", "interface__name", "ip_address_id", "ip_address__host",
        "ip_address__parent_id", "ip_address__ip_version",
    )  # fmt: skip
    by_device: dict[tuple[object, int], list[tuple[object, ...]]] = {}
    for row in rows:
        by_device.setdefault((row[0], row[6]), []).append(row)
    for (pk, version), found in by_device.items():
        hosts = {row[4] for row in found}
        if len(hosts) < 2:
            continue
        name = str(found[0][1] or "a device")
        yield Fault(
            about=Ref(model=Device, pk=pk, name=name),  # type: ignore[arg-type]
            detail=str(version),
            involved=tuple(address_ref(row[3], str(row[4])) for row in found),  # type: ignore[arg-type]
            title=f"{name} has {len(hosts)} management addresses",
            message=f"{name} is managed at {listed(hosts)}. Only one of them can be right, or tools will talk past "
            "each other.",
            sides=tuple(Side(source="Nautobot", says=f"{row[4]} on {row[2]}") for row in found),
            prefix=found[0][5],  # type: ignore[arg-type]
        )


RULE = Rule(
    slug="two-managements",
    name="Two management addresses for one device",
    severity=Severity.WARNING,
    explanation="A device has several addresses on its management interfaces: one is out of date, or another device's. "
    "One management address for two devices is found as one address with two owners.",
    cure="Log in at each address, see who answers, and remove the one that is wrong.",
    action="edit",
    find=find,
)
