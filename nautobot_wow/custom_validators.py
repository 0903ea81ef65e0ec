"""What people are kept from writing over ranges; the app's own writers, and changes of what is there, are not checked.

an address in a range that is not for hosts    refused: DHCP, load balancer, NAT, reserved
a prefix over a part of a range                refused: the range would stay with its parent, and protect nothing there
a range over a range of another parent         refused: core only compares those of one parent
"""

from __future__ import annotations

from typing import Any

from nautobot.apps.models import CustomValidator
from nautobot.ipam.models import IPAddressRange

from .app_settings import ranges_are_protected
from .choices import NOT_FOR_HOSTS
from .ipam.ours import is_written_by_us

ALLOCATE = "POST /api/plugins/wow/allocations/allocate/"


class OfPeople(CustomValidator):
    """Checks what a person, or a program on behalf of one, creates."""

    is_for_people_only = True
    """The bulk writer leaves validators with this mark out: it would ask the database once for each row."""

    def clean(self) -> None:
        """Raise ValidationError with a sentence, if there is something to be said."""
        row = self.context["obj"]
        if row.present_in_database or is_written_by_us() or not ranges_are_protected():
            return
        if why := self.why_not(row):
            self.validation_error(why)

    def why_not(self, row: Any) -> str:
        """Return why it may not be created, or ""."""
        raise NotImplementedError


class AddressOutsideOfForeignRanges(OfPeople):
    """An address in a range whose addresses are given out by something else is refused."""

    model = "ipam.ipaddress"

    def why_not(self, row: Any) -> str:
        """Return the range that it is in, and where to get an address instead."""
        if row.parent is None:
            return ""
        ranges = _meeting(row.parent.namespace_id, row.ip_version, row.host, row.host)
        found = ranges.filter(role__name__in=NOT_FOR_HOSTS).select_related("role").first()
        if found is None:
            return ""
        return (
            f"{row.host} is in the {found.role} range {_name(found)}, which is not for hosts. "
            f'{ALLOCATE}, or the Job "Allocate an address", gives out one that is free.'
        )


class PrefixAroundWholeRanges(OfPeople):
    """A prefix that would cut a range in two is refused."""

    model = "ipam.prefix"

    def why_not(self, row: Any) -> str:
        """Return the range that it would cut."""
        if not row.network or not row.namespace_id:
            return ""
        ranges = _meeting(row.namespace_id, row.ip_version, row.network, row.broadcast)
        whole = ranges.filter(start_host__gte=row.network, end_host__lte=row.broadcast)
        found = ranges.exclude(pk__in=whole.values("pk")).select_related("role").first()
        if found is None:
            return ""
        return f"{row.prefix} would lie over a part of the range {_name(found)}. Change the range first, or remove it."


class RangeBesideOtherRanges(OfPeople):
    """A range that meets one of another parent is refused."""

    model = "ipam.ipaddressrange"

    def why_not(self, row: Any) -> str:
        """Return the range that it meets."""
        if row.parent is None or not row.start_host or not row.end_host:
            return ""
        found = _meeting(row.parent.namespace_id, row.ip_version, row.start_host, row.end_host).first()
        if found is None:
            return ""
        return f"{row.start_host} to {row.end_host} meets the range {_name(found)} of {found.parent.prefix}."


def _meeting(namespace: Any, version: int, first: str, last: str) -> Any:
    """Return the ranges of a namespace that have an address in common with these."""
    return IPAddressRange.objects.filter(
        parent__namespace=namespace, ip_version=version, start_host__lte=last, end_host__gte=first
    )


def _name(found: IPAddressRange) -> str:
    ends = f"{found.start_host} to {found.end_host}"
    return f"{found.name} ({ends})" if found.name else ends


custom_validators = [AddressOutsideOfForeignRanges, PrefixAroundWholeRanges, RangeBesideOtherRanges]
