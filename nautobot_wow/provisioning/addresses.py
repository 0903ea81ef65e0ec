"""The addresses of a request, one of each family that its network gives out: held, used and given back together.

They are known by their keys, so that those are found again which a killed worker had taken and not noted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from ..ipam import lifecycle
from ..ipam.allocator import Ask, allocate
from ..ipam.allocator import preview as preview_address
from ..models import Allocation, GuestRequest, NetworkProfile

HOLD = timedelta(hours=24)
FIELDS = {4: "allocation", 6: "allocation6"}
"""Where a request keeps its address of a family."""
SHOWN = {4: "address", 6: "address6"}
"""What a step and REST call it."""

Addresses = Mapping[int, str]
"""Addresses with their masks, by family; a family without one is left out."""


def families_of(profile: NetworkProfile) -> tuple[int, ...]:
    """Return the families that a guest on the network gets an address of."""
    return (4, 6) if profile.prefix6_id else (4,)


def key_of(request: GuestRequest, family: int = 4) -> str:
    """Return the key under which the request's address of a family is allocated."""
    return f"guest-request:{request.pk}" + (":6" if family == 6 else "")


def ask_of(request: GuestRequest, family: int) -> Ask:
    """Return what is asked of the allocator for a request."""
    return Ask(
        profile=request.profile,
        key=key_of(request, family),
        family=family,
        purpose=f"Guest {request.name}",
        justification=request.justification,
        dns_name=request.name if "." in request.name else "",
        user=request.requested_by,
        hold=HOLD,
        approved=True,
    )


def preview(request: GuestRequest) -> Addresses:
    """Return what the request would be given now; nothing is held."""
    lengths = {4: request.profile.prefix, 6: request.profile.prefix6}
    return {
        family: f"{preview_address(ask_of(request, family))[0]}/{lengths[family].prefix_length}"
        for family in families_of(request.profile)
    }


def hold(request: GuestRequest) -> Addresses:
    """Hold one of each family, and note it; the same request always gets the same."""
    for family in families_of(request.profile):
        given, _ = allocate(ask_of(request, family))
        setattr(request, FIELDS[family], given)
        request.save_progress()
    return addresses_of(request)


def allocations_of(request: GuestRequest) -> list[Allocation]:
    """Return the request's allocations as they are now, IPv4 before IPv6."""
    keys = [key_of(request, family) for family in FIELDS]
    rows = Allocation.objects.filter(key__in=keys).select_related("profile", "address")
    return list(rows.order_by("ip_version"))


def addresses_of(request: GuestRequest) -> Addresses:
    """Return the addresses that the request has."""
    return {given.ip_version: given.cidr for given in allocations_of(request)}


def promote(request: GuestRequest) -> None:
    """Say that they are used."""
    for given in allocations_of(request):
        lifecycle.promote(given)


def release(request: GuestRequest) -> None:
    """Give them back; they rest before somebody else gets them."""
    for given in allocations_of(request):
        lifecycle.release(given)


def shown(addresses: Addresses) -> dict[str, Any]:
    """Return them under the names by which steps and REST show them."""
    return {SHOWN[family]: cidr for family, cidr in addresses.items()}


def named_in(detail: Mapping[str, Any]) -> dict[int, str]:
    """Return the addresses that `shown` put into the detail of a step."""
    return {family: detail[name] for family, name in SHOWN.items() if detail.get(name)}


def host_of(cidr: str) -> str:
    """Return an address without its mask."""
    return cidr.partition("/")[0]


def hosts_of(addresses: Addresses) -> set[str]:
    """Return the addresses without their masks."""
    return {host_of(cidr) for cidr in addresses.values()}


def listed(hosts: Iterable[str]) -> str:
    """Return addresses as people read them, IPv4 first; "no address" where there is none."""
    return " and ".join(sorted(hosts, key=lambda host: (":" in host, host))) or "no address"
