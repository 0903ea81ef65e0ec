"""What a sync found out about addresses that were given out: used by whoever got them, or gone with their guest.

given out, and now assigned to a guest       the MAC address of its card is kept with it
held, and now assigned to a guest            in use: somebody created the guest by other means (Ansible, by hand)
in use, and its guest is gone for good       resting, as if it had been given back; the request of the guest is closed
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from nautobot.virtualization.models import VMInterface

from ..choices import AllocationState, RequestAction, RequestStage
from ..models import Allocation, GuestRequest
from .lifecycle import holder_of, promote

GIVEN = (AllocationState.HELD, AllocationState.USED)


def arrived(hosts: list[str], namespace: Any) -> int:
    """Say of held addresses that a guest has them now; return how many there were. Nothing is asked for none."""
    given = Allocation.objects.filter(state__in=GIVEN, namespace=namespace, host__in=hosts, address__isnull=False)
    count = 0
    for allocation in given.select_related("address") if hosts else ():
        if not holder_of(allocation.address):
            continue
        _remember_cards(allocation)
        if allocation.state == AllocationState.HELD:
            promote(allocation)
            count += 1
    return count


def _remember_cards(allocation: Any) -> None:
    """Keep the MAC addresses of the cards that have the address: what is seen of them is seen of its own guest."""
    cards = VMInterface.objects.filter(ip_addresses=allocation.address).exclude(mac_address=None)
    macs = {str(mac).upper() for mac in cards.values_list("mac_address", flat=True)}
    if not macs <= set(allocation.macs):
        allocation.macs = sorted(macs | set(allocation.macs))
        Allocation.objects.filter(pk=allocation.pk).update(macs=allocation.macs)


def departed(hosts: list[str], guests: list[uuid.UUID], namespace: Any, now: datetime) -> None:
    """Let the addresses of guests that are gone for good rest, and close the requests that made the guests."""
    used = Allocation.objects.filter(state=AllocationState.USED, namespace=namespace, host__in=hosts)
    for allocation in used.select_related("profile") if hosts else ():
        rest(allocation, now)
    if guests:
        made = GuestRequest.objects.filter(action=RequestAction.CREATE, stage=RequestStage.ACTIVE, guest__in=guests)
        made.update(stage=RequestStage.RELEASED, finished=now)


def rest(allocation: Any, now: datetime) -> None:
    """Let the address of an allocation rest; its record stays where a System has retired it."""
    allocation.state, allocation.released, allocation.expires = AllocationState.RESTING, now, None
    allocation.rests_until = now + timedelta(hours=allocation.profile.quarantine_hours)
    allocation.save()
