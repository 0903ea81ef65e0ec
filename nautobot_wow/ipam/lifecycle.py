"""What becomes of an allocation: it is used, given back, or returns by itself; afterwards its address rests.

held ──promote──► used ──release──► resting ──(time)──► returned, with the record that a System had retired
  └───────────────release, or nobody used it in time──────┘
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import ProtectedError, Q
from django.utils import timezone
from nautobot.extras.models import Status, Tag
from nautobot.ipam.models import IPAddress, IPAddressToInterface
from nautobot.load_balancers.models import VirtualServer

from ..choices import AllocationState
from ..errors import Unavailable
from ..models import Allocation, Claim
from .ours import written_by_us

RETIRED, RETIRED_GUEST = "Deprecated", "Decommissioning"


def description_of(purpose: str, key: str) -> str:
    """Return what the record of an address that is given out says."""
    return (purpose or f"Held for {key}")[:255]


@dataclass
class Swept:
    """What the sweep did, by key; `failed` says why. `removed` are addresses whose retired record went."""

    used: list[str] = field(default_factory=list)
    returned: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    removed: list[str] = field(default_factory=list)
    rested: int = 0


def promote(allocation: Allocation) -> Allocation:
    """Say that the address is used: it is Active, and does not return by itself any more. Twice is no error.

    Raises Unavailable where it is not held any more.
    """
    with transaction.atomic():
        allocation = _locked(allocation)
        if allocation.state == AllocationState.USED:
            return allocation
        if allocation.state != AllocationState.HELD or allocation.address is None:
            raise Unavailable(
                f"{allocation.key}: {allocation.host} is not held any more; allocate it again",
                {"address": allocation.host, "state": allocation.state},
            )
        address = allocation.address
        if address.status.name == "Reserved":  # else a person said what it is
            address.status = Status.objects.get(name="Active")
            address.validated_save()
        address.tags.remove(*Tag.objects.filter(name="reserved"))
        allocation.state, allocation.expires = AllocationState.USED, None
        allocation.save()
        return allocation


def release(allocation: Allocation, *, keep: bool = False) -> Allocation:
    """Give the address back: its record goes, and it rests for the profile's time. Twice is no error.

    With `keep`, a record that a person wrote something about stays, and says that it is Deprecated.

    Raises Unavailable where it is still somebody's: assigned to an interface, or claimed by a System that sees it.
    """
    with transaction.atomic():
        allocation = _locked(allocation)
        if allocation.state not in (AllocationState.HELD, AllocationState.USED):
            return allocation
        holder = who_has(allocation)
        if holder:
            raise Unavailable(
                f"{allocation.key}: {allocation.host} cannot be given back, {holder}; remove that first",
                {"address": allocation.host, "holder": holder},
            )
        _rest(allocation, timezone.now(), keep=keep)
        return allocation


def retire(address: IPAddress) -> None:
    """Let the record of an address say that nobody has it any more."""
    address.status = Status.objects.get(name=RETIRED)
    with written_by_us():
        address.validated_save()


def forget(allocation: Allocation) -> None:
    """Undo what was just given out, as if it had never been: nobody has used it, so nothing rests."""
    address = allocation.address
    allocation.delete()
    if address is not None and not Claim.objects.filter(object_id=address.pk).exists():
        address.delete()


def sweep(now: datetime) -> Swept:
    """Let unused holds return, keep those that turn out to be used, and end the rest of what has rested long enough.

    Each in a transaction of its own: one that cannot be done does not keep the others from it.
    """
    swept = Swept()
    overdue = Allocation.objects.filter(state=AllocationState.HELD, expires__lte=now)
    for pk, key in list(overdue.order_by("expires").values_list("pk", "key")):
        try:
            with transaction.atomic():
                _sweep(pk, now, swept)
        except (ValidationError, ProtectedError) as error:  # of one address; the others return all the same
            swept.failed[key] = str(error)
    rested = Allocation.objects.filter(state=AllocationState.RESTING, rests_until__lte=now)
    for pk, key in list(rested.order_by("rests_until").values_list("pk", "key")):
        try:
            with transaction.atomic():
                _end_rest(pk, now, swept)
        except (ValidationError, ProtectedError) as error:
            swept.failed[key] = str(error)
    return swept


def _sweep(pk: Any, now: datetime, swept: Swept) -> None:
    allocation = Allocation.objects.select_for_update(of=("self",)).filter(pk=pk).first()
    if allocation is None or not allocation.is_overdue(now):
        return
    is_used = bool(who_has(allocation))
    if is_used:
        promote(allocation)
    else:
        _rest(allocation, now)
    (swept.used if is_used else swept.returned).append(allocation.key)


def _end_rest(pk: Any, now: datetime, swept: Swept) -> None:
    """End a rest; the record that a System had retired goes with it, or nobody could ever get the address."""
    allocation = Allocation.objects.select_for_update(of=("self",)).filter(pk=pk).first()
    if allocation is None or allocation.state != AllocationState.RESTING or not _has_rested(allocation, now):
        return
    if remove_retired(allocation):
        swept.removed.append(allocation.host)
    Allocation.objects.filter(pk=pk).update(state=AllocationState.RETURNED)
    swept.rested += 1


def remove_retired(allocation: Allocation) -> bool:
    """Remove the retired record of an address, unless somebody has it or wrote something about it."""
    rows = IPAddress.objects.filter(parent__namespace=allocation.namespace_id, host=allocation.host)
    gone = [
        row
        for row in rows
        if row.status.name == RETIRED and not _still_held(row) and not _is_annotated(row, allocation)
    ]
    for address in gone:
        Claim.objects.filter(object_id=address.pk).delete()  # of Systems that do not see it any more
        address.delete()
    return bool(gone)


def _has_rested(allocation: Allocation, now: datetime) -> bool:
    return allocation.rests_until is not None and allocation.rests_until <= now


def who_has(allocation: Allocation) -> str:
    """Return who still has the address, in words; empty if nobody."""
    if allocation.address is None:
        return ""
    return holder_of(allocation.address) or _made_more_of_it(allocation)


def holder_of(address: Any) -> str:
    """Return which machine or System has an address of Nautobot, in words; empty if none."""
    return _assigned(IPAddressToInterface.objects.filter(ip_address=address)) or _seen_by(address)


def _still_held(address: Any) -> str:
    """Return who has a retired address, in words: the cards of a guest that is retired as well do not count."""
    gone = Q(vm_interface__virtual_machine__status__name=RETIRED_GUEST)
    return (
        _assigned(IPAddressToInterface.objects.filter(ip_address=address).exclude(gone))
        or _seen_by(address)
        or _serves(address)
    )


def _assigned(links: Any) -> str:
    link = links.select_related("vm_interface__virtual_machine", "interface__device").first()
    if link is None:
        return ""
    port: Any = link.vm_interface or link.interface
    return f"it is assigned to {getattr(port, 'virtual_machine', None) or getattr(port, 'device', None)} {port.name}"


def _seen_by(address: Any) -> str:
    claims = Claim.objects.filter(object_id=address.pk, missed_runs=0, system__enabled=True)
    claim = claims.select_related("system").first()
    return f"{claim.system} sees it" if claim else ""


def _made_more_of_it(allocation: Allocation) -> str:
    """Return what a person made of the address, in words: a VIP, an endpoint of a service or NAT, or a used one."""
    address = allocation.address
    if serves := _serves(address):
        return serves
    if allocation.state == AllocationState.HELD and address.status.name != "Reserved":
        return f"somebody made it {address.status}"
    return ""


def _is_annotated(address: Any, allocation: Allocation) -> bool:
    """Tell whether a person wrote something about an address: a note, a tenant, a role, or another description."""
    written = description_of(allocation.purpose, allocation.key)
    has_text = address.description not in ("", written) and allocation.purpose != ""
    return bool(address.tenant_id or address.role_id or has_text or address.notes.exists())


def _serves(address: Any) -> str:
    if VirtualServer.objects.filter(vip=address).exists():
        return "it is the VIP of a virtual server"
    if address.services.exists() or address.nat_outside_list.exists():
        return "a service or a NAT uses it"
    return ""


def _locked(allocation: Allocation) -> Allocation:
    locked: Allocation = Allocation.objects.select_for_update(of=("self",)).get(pk=allocation.pk)
    return locked


def _rest(allocation: Allocation, now: datetime, *, keep: bool = False) -> None:
    """Take the record of the address away, unless somebody else made something of it, and let the address rest."""
    address = allocation.address
    allocation.state = AllocationState.RESTING
    allocation.released, allocation.expires = now, None
    allocation.rests_until = now + timedelta(hours=allocation.profile.quarantine_hours)
    allocation.address = None
    allocation.save()
    if address is None or Claim.objects.filter(object_id=address.pk).exists():
        return
    if keep and _is_annotated(address, allocation):
        retire(address)
    else:
        address.delete()
