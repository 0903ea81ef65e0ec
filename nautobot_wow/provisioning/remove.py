"""The steps of a decommission: the right guest, stopped, destroyed, its records and addresses given back in order.

guest       id, type and name are those of the record, or it is gone already; anything else is refused
stop        in order, else cut off
backup      where one was asked for: without it nothing is destroyed
destroy     the same check again, by the system's client
record      what the System made and no person touched goes; the rest is retired
addresses   back to their profiles, to rest
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone
from nautobot.ipam.choices import IPAddressTypeChoices
from nautobot.ipam.models import IPAddress, IPAddressToInterface, Prefix

from ..choices import AllocationState, RequestAction, RequestStage
from ..errors import Unusable
from ..ipam import lifecycle
from ..models import Allocation, Claim, GuestRequest, NetworkProfile, Sighting
from ..records import Kind
from ..systems.provisioner import Mismatch
from . import records
from .flow import Step, Work

BECAME = {RequestAction.MOVE: "moved", RequestAction.DECOMMISSION: "decommissioned"}

REST_HOURS = 72
"""How long an address rests that no profile knows."""


class Identify:
    """Is it the guest that is meant?"""

    name, stage = "guest", RequestStage.REQUESTED

    def do(self, work: Work) -> dict[str, Any]:
        """Compare the record with what is there; note its addresses before anything goes."""
        request = work.request
        key = claimed_key(request)
        type_, _, number = key.partition("/")
        request.vmid = int(number)
        request.save_progress()
        hosts = sorted(addresses_of(request.guest))
        found = work.provisioner.find(request.vmid)
        if found is not None and (found.type.value != type_ or found.name != real_name(request)):
            raise Mismatch(
                f"{request.system}: {key} is {found.name} there, and {request.name} in Nautobot: it is not destroyed. "
                "Sync the System, and look which of them is meant"
            )
        self._require_backup(work, found)
        was = ("running" if found.running else "switched off") if found else "gone already"
        return {"key": key, "addresses": hosts, "was": was}

    @staticmethod
    def _require_backup(work: Work, found: Any) -> None:
        """Refuse a backup that cannot be made before anything is touched."""
        storage = work.request.backup_storage
        problems = work.provisioner.backup_problems(found, storage) if storage and found is not None else []
        if problems:
            raise Unusable(f"backup_storage: {' '.join(problems)}")

    def undo(self, work: Work) -> None:
        """Nothing was touched."""


class Stop:
    """Switch it off."""

    name, stage = "stop", RequestStage.REQUESTED

    def do(self, work: Work) -> dict[str, Any]:
        """Stop it, unless it is gone."""
        if still_there(work):
            work.provisioner.stop(work.request.vmid)
        return {}

    def undo(self, work: Work) -> None:
        """Start it again: it was not destroyed. One that was switched off before stays so."""
        if work.request.detail("guest").get("was") != "switched off" and still_there(work):
            work.provisioner.start(work.request.vmid)


class BackUp:
    """Keep a copy of it, if that was asked for."""

    name, stage = "backup", RequestStage.REQUESTED

    def do(self, work: Work) -> dict[str, Any]:
        """Back it up, unless it is gone, or was backed up for this request already."""
        request, found = work.request, still_there(work)
        if not request.backup_storage or found is None:
            return {}
        made = work.provisioner.backup(found, request.backup_storage, str(request.pk), work.tell)
        return {"volume": made.volume, "size": f"{made.size / 2**20:.1f} MiB"}

    def undo(self, work: Work) -> None:
        """A backup too many harms nobody; it stays."""


class Destroy:
    """Remove it, with its disks."""

    name, stage = "destroy", RequestStage.REQUESTED

    def do(self, work: Work) -> dict[str, Any]:
        """Destroy it, unless it is gone."""
        found = still_there(work)
        if found is not None:
            work.provisioner.destroy(found)
        return {}

    def undo(self, work: Work) -> None:
        """What was destroyed stays destroyed; what was not is still there."""


class Records:
    """Take its records away."""

    name, stage = "record", RequestStage.REQUESTED

    def do(self, work: Work) -> dict[str, Any]:
        """Forget the guest; a record that a person changed is retired instead."""
        key = work.request.detail("guest")["key"]
        records.forget_guest(work.request.system, key, work.user)
        return {}

    def undo(self, work: Work) -> None:
        """The next sync writes what is there."""


class GiveBack:
    """Let its addresses rest, and close the request that made it."""

    name, stage = "addresses", RequestStage.RELEASED

    def do(self, work: Work) -> dict[str, Any]:
        """Release what was allocated, and let what was not rest as well."""
        request = work.request
        hosts = request.detail("guest")["addresses"]
        for host in hosts:
            give_back(host, request, f"decommission:{request.pk}:{host}")
        made = GuestRequest.objects.filter(action="create", system=request.system, vmid=request.vmid, stage="active")
        made.update(stage=RequestStage.RELEASED, finished=timezone.now())
        return {"resting": hosts}

    def undo(self, work: Work) -> None:
        """It is the last step."""


STEPS: tuple[Step, ...] = (Identify(), Stop(), BackUp(), Destroy(), Records(), GiveBack())


def claimed_key(request: GuestRequest) -> str:
    """Return the key of the guest in its System."""
    claim = Claim.objects.filter(system=request.system, kind=Kind.GUEST.value, object_id=request.guest_id).first()
    if claim is None:
        raise Unusable(f"guest: {request.system} does not claim {request.guest or request.name}; sync it first")
    return str(claim.external_id)


def real_name(request: GuestRequest) -> str:
    """Return the name that the system itself gave the guest: Nautobot's may have "(VMID)" behind it."""
    claim = Claim.objects.get(system=request.system, kind=Kind.GUEST.value, object_id=request.guest_id)
    named = [token.partition(":")[2] for token in claim.fingerprint if token.startswith("name:")]
    return str(named[0]) if named else request.name


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


def still_there(work: Work) -> Any:
    """Return the guest if it is there, and it is the one that was identified."""
    found = work.provisioner.find(work.request.vmid)
    key = work.request.detail("guest")["key"]
    return found if found is not None and found.key == key else None


def give_back(host: str, request: GuestRequest, key: str) -> None:
    """Let an address rest: by its allocation, or, where it was never allocated, by one that is made for that."""
    namespace = request.system.namespace
    _take_off(host, request)
    given = Allocation.objects.filter(
        namespace=namespace, host=host, state__in=(AllocationState.HELD, AllocationState.USED)
    ).first()
    if given is not None:
        lifecycle.release(given)
        return
    address = IPAddress.objects.filter(parent__namespace=namespace, host=host).first()
    profile = _profile_of(host, namespace)
    if address is None or profile is None or lifecycle.holder_of(address):
        return
    if address.type == IPAddressTypeChoices.TYPE_DHCP:  # it is the DHCP server's, which gives it to whom it likes
        address.delete()
        return
    now = timezone.now()
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
    address.delete()


def _cards_seen(host: str, request: GuestRequest) -> list[str]:
    """Return the MAC addresses that the System saw of the request's guest with this address."""
    key = request.detail("guest").get("key") or request.detail("now").get("key")
    seen = Sighting.objects.filter(system=request.system, namespace=request.system.namespace, host=host, where=key)
    return sorted(set(seen.exclude(mac="").values_list("mac", flat=True)))


def _take_off(host: str, request: GuestRequest) -> None:
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
