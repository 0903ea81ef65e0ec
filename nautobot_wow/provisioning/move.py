"""The steps of a move to another network: hold there, change the card, check, give back here; undone if one fails."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from nautobot.ipam.models import IPAddress

from ..choices import RequestStage
from ..errors import RemoteError, Unusable
from ..ipam import lifecycle
from ..ipam.allocator import allocate
from ..models import Allocation, NetworkProfile
from ..systems.provisioner import Nic
from . import records
from .create import BOOT_S, allocation_of, ask_of, polls
from .flow import Step, Work
from .mismatch import report_mismatch
from .remove import claimed_key, give_back
from .spec import nic_of

CARD = "net0"


class Now:
    """What the guest has now, so that it can have it again."""

    name, stage = "now", RequestStage.REQUESTED

    def do(self, work: Work) -> dict[str, Any]:
        """Note card, address and network before anything changes."""
        request = work.request
        key = claimed_key(request)
        card = request.guest.interfaces.filter(name=CARD).first()
        if card is None or not card.mac_address:
            raise Unusable(f"guest: {request.guest} has no card {CARD} with a MAC address; sync it first")
        request.vmid, request.mac = int(key.partition("/")[2]), str(card.mac_address).upper()
        request.save_progress()
        address = card.ip_addresses.filter(ip_version=4).first()
        before = profile_of(address) if address else None
        if before is not None and before.pk == request.profile_id:
            raise Unusable(f"profile: {request.guest} is on {before} already")
        return {
            "key": key,
            "address": f"{address.host}/{address.mask_length}" if address else "",
            "profile": before.name if before else "",
        }

    def undo(self, work: Work) -> None:
        """Looking changes nothing."""


class Hold:
    """An address in the new network."""

    name, stage = "address", RequestStage.ALLOCATED

    def do(self, work: Work) -> dict[str, Any]:
        """Allocate it."""
        request = work.request
        request.allocation, _ = allocate(ask_of(request))
        request.save_progress()
        return {"address": f"{request.allocation.host}/{request.allocation.mask_length}"}

    def undo(self, work: Work) -> None:
        """Give it back."""
        allocation = allocation_of(work.request)
        if allocation is not None:
            lifecycle.release(allocation)


class Card:
    """The card on the new network, with the new address."""

    name, stage = "card", RequestStage.CREATED

    def do(self, work: Work) -> dict[str, Any]:
        """Change it."""
        request, allocation = work.request, allocation_of(work.request)
        nic = nic_of(request.profile, request.mac, allocation.host, allocation.mask_length)
        work.provisioner.move_nic(request.vmid, nic, request.mac)
        return {"bridge": nic.bridge, "vlan_tag": nic.vlan_tag}

    def undo(self, work: Work) -> None:
        """Put it back where it was."""
        before = self._before(work)
        if before is not None:
            work.provisioner.move_nic(work.request.vmid, before, work.request.mac)

    @staticmethod
    def _before(work: Work) -> Nic | None:
        detail = work.request.detail("now")
        profile = NetworkProfile.objects.filter(name=detail["profile"]).first()
        if profile is None or not detail["address"]:
            return None
        host, _, length = detail["address"].partition("/")
        return nic_of(profile, work.request.mac, host, int(length))


class Check:
    """The guest reports the new address."""

    name, stage = "check", RequestStage.VERIFIED

    def do(self, work: Work) -> dict[str, Any]:
        """Wait for it, if the guest runs."""
        request, allocation = work.request, allocation_of(work.request)
        found = work.provisioner.find(request.vmid)
        if found is None or not found.running:
            return {"reported": "it is not running"}
        reported: set[str] = set()
        for _ in polls(work):
            reported = set(work.provisioner.addresses(request.vmid, request.mac) or reported)
            if allocation.host in reported:
                return {"reported": ", ".join(sorted(reported))}
        before = request.detail("now")["address"].partition("/")[0]
        if reported == {before}:
            raise RemoteError(
                f"{request.name} has {before} still, after {BOOT_S} s: it is set in the guest, where no hypervisor can "
                f"change it. Ask again, and set {allocation.host} in the guest while the request waits for it"
            )
        report_mismatch(request, allocation.host, reported)
        said = ", ".join(sorted(reported)) or "no address"
        raise RemoteError(f"{request.name} reports {said} instead of {allocation.host}, within {BOOT_S} s")

    def undo(self, work: Work) -> None:
        """Looking changes nothing."""


class Record:
    """Nautobot as a sync would write it, and the network's name."""

    name, stage = "record", RequestStage.REGISTERED

    def do(self, work: Work) -> dict[str, Any]:
        """Sync this one guest."""
        request = work.request
        records.sync_guest(request.system, request.detail("now")["key"], work.user)
        guest = type(request.guest).objects.get(pk=request.guest_id)
        if guest.cf.get("network_profile") != request.profile.name:
            guest._custom_field_data["network_profile"] = request.profile.name
            guest.validated_save()
        lifecycle.promote(allocation_of(request))
        return {"address": str(guest.primary_ip4 or "")}

    def undo(self, work: Work) -> None:
        """Sync again: the card is where it was."""
        records.sync_guest(work.request.system, work.request.detail("now")["key"], work.user)


class GiveBack:
    """The old address, to rest."""

    name, stage = "old address", RequestStage.ACTIVE

    def do(self, work: Work) -> dict[str, Any]:
        """Let it rest, unless somebody else has it."""
        request = work.request
        host = request.detail("now")["address"].partition("/")[0]
        if host:
            give_back(host, request, f"move:{request.pk}:{host}")
        return {"resting": host}

    def undo(self, work: Work) -> None:
        """It is the last step."""


STEPS: tuple[Step, ...] = (Now(), Hold(), Card(), Check(), Record(), GiveBack())


def profile_of(address: Any) -> NetworkProfile | None:
    """Return the profile that an address came from, else one of its network."""
    given = Allocation.objects.filter(address=address).select_related("profile").first()
    parent = IPAddress.objects.select_related("parent").get(pk=address.pk).parent
    here = NetworkProfile.objects.filter(Q(prefix=parent) | Q(prefix6=parent)).order_by("name")
    found: NetworkProfile | None = given.profile if given is not None else here.first()
    return found
