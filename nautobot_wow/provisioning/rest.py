"""Addresses that a guest had and does not have any more: taken off it, and left to rest before others get them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import ProtectedError
from django.utils import timezone
from nautobot.ipam.choices import IPAddressTypeChoices
from nautobot.ipam.models import IPAddress, IPAddressToInterface, Prefix

from ..choices import AllocationState, RequestAction
from ..errors import Unavailable
from ..ipam import lifecycle
from ..models import Allocation, Claim, GuestRequest, NetworkProfile, Sighting
from ..reconcile.elsewhere import touched_by_people
from ..records import Kind

BECAME = {RequestAction.MOVE: "moved", RequestAction.DECOMMISSION: "decommissioned"}
REST_HOURS = 72
"""How long an address rests whose profile does not say."""


def addresses_of(guest: Any) -> set[str]:
    """Return the addresses that only this guest has."""
    if guest is None:
        return set()
    mine = IPAddress.objects.filter(vm_interfaces__virtual_machine=guest).distinct()
    return {
        row.host
        for row in mine
        if not row.interfaces.exists() and not row.vm_interfaces.exclude(virtual_machine=guest).exists()
    }


def give_back(host: str, request: GuestRequest, key: str) -> str:
    """Let an address rest: by its allocation, or, where it was never allocated, by one that is made for that.

    Returns "", or why the address is left as it is: it is somebody's still. The record of one that a person wrote
    something about says Deprecated, and stays when the address rests.
    """
    namespace = request.system.namespace
    take_off(host, request)
    given = Allocation.objects.filter(
        namespace=namespace, host=host, state__in=(AllocationState.HELD, AllocationState.USED)
    ).first()
    if given is not None:
        return _release(given)
    address = IPAddress.objects.filter(parent__namespace=namespace, host=host).first()
    profile = _profile_of(host, namespace)
    if address is None or profile is None:
        return ""
    if holder := lifecycle.holder_of(address):
        return holder
    if address.type == IPAddressTypeChoices.TYPE_DHCP:  # it is the DHCP server's, which gives it to whom it likes
        address.delete()
        return ""
    try:
        with transaction.atomic():
            _rest(address, profile, request, key)
    except (ProtectedError, ValidationError) as error:
        return str(error)
    return ""


def _release(given: Allocation) -> str:
    try:
        lifecycle.release(given, keep=True)
    except (Unavailable, ProtectedError, ValidationError) as error:
        return str(error)
    return ""


def _rest(address: IPAddress, profile: NetworkProfile, request: GuestRequest, key: str) -> None:
    """Make the allocation of an address that never had one, and let it rest."""
    host, namespace, now = address.host, request.system.namespace, timezone.now()
    Allocation.objects.get_or_create(
        key=key,
        defaults={
            "profile": profile,
            "namespace": namespace,
            "host": host,
            "ip_version": address.ip_version,
            "mask_length": address.mask_length,
            "state": AllocationState.RESTING,
            "purpose": f"Had by {request.name}, which was {BECAME[request.action]}",
            "macs": _cards_seen(host, request),
            "released": now,
            "rests_until": now + timedelta(hours=profile.quarantine_hours or REST_HOURS),
        },
    )
    if touched_by_people(address.pk):
        lifecycle.retire(address)
    else:
        address.delete()


def _cards_seen(host: str, request: GuestRequest) -> list[str]:
    """Return the MAC addresses that the System saw of the request's guest with this address."""
    key = request.detail("guest").get("key") or request.detail("now").get("key")
    seen = Sighting.objects.filter(system=request.system, namespace=request.system.namespace, host=host, where=key)
    return sorted(set(seen.exclude(mac="").values_list("mac", flat=True)))


def take_off(host: str, request: GuestRequest) -> None:
    """Take an address off the guest, which does not have it any more, and end the System's claim on it."""
    links = IPAddressToInterface.objects.filter(
        ip_address__host=host,
        ip_address__parent__namespace=request.system.namespace,
        vm_interface__virtual_machine=request.guest_id,
    )
    for link in links if request.guest_id else ():
        link.delete()
    key = request.detail("guest").get("key") or request.detail("now").get("key")
    claim = Claim.objects.filter(system=request.system, kind=Kind.ADDRESS.value, external_id=host).first()
    cards = (claim.values.get("interfaces") or ()) if claim else ()
    if claim is not None and all(card.startswith(f"{key}/") for card in cards):
        claim.delete()


def _profile_of(host: str, namespace: Any) -> NetworkProfile | None:
    here = Prefix.objects.filter(namespace=namespace, network__lte=host, broadcast__gte=host)
    found: NetworkProfile | None = (
        NetworkProfile.objects.filter(prefix__in=here).order_by("-prefix__prefix_length").first()
        or NetworkProfile.objects.filter(prefix6__in=here).first()
    )
    return found
