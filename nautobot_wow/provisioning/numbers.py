"""VMID and MAC address of a new guest: chosen, and kept in the request, so that no two requests have the same."""

from __future__ import annotations

import secrets

from django.db import IntegrityError, transaction
from nautobot.virtualization.models import VMInterface

from ..choices import RequestStage
from ..errors import Unavailable
from ..models import GuestRequest

MAC_PREFIX = "BC:24:11"
"""The prefix that Proxmox VE itself takes for guests (registered to Proxmox Server Solutions)."""
ATTEMPTS = 20


def taken_vmids(system_id: object) -> frozenset[int]:
    """Return the VMIDs that other open requests of a System have."""
    rows = GuestRequest.objects.filter(system=system_id, vmid__isnull=False).exclude(stage__in=RequestStage.FINAL)
    return frozenset(rows.values_list("vmid", flat=True))


def new_mac() -> str:
    """Return a MAC address that no guest in Nautobot has."""
    for _ in range(ATTEMPTS):
        tail = secrets.token_hex(3).upper()
        mac = f"{MAC_PREFIX}:{tail[0:2]}:{tail[2:4]}:{tail[4:6]}"
        if not VMInterface.objects.filter(mac_address=mac).exists():
            return mac
    raise Unavailable(f"no free MAC address was found in {ATTEMPTS} tries below {MAC_PREFIX}")


def keep(request: GuestRequest, vmid: int, mac: str) -> bool:
    """Keep the numbers in the request; False if another request was quicker."""
    before = request.vmid, request.mac
    request.vmid, request.mac = vmid, mac
    try:
        with transaction.atomic():
            request.save_progress()
    except IntegrityError:
        request.vmid, request.mac = before
        return False
    return True
