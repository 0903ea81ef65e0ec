"""The steps of a move to another network: hold there, change the card, check, give back here; undone if one fails."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from nautobot.ipam.choices import IPAddressTypeChoices
from nautobot.ipam.models import IPAddress
from nautobot.virtualization.models import VirtualMachine

from ..choices import RequestStage
from ..errors import NotFound, RemoteError, Unusable
from ..ipam import lifecycle
from ..models import Allocation, GuestRequest, NetworkProfile
from . import addresses, records, waits
from .create import wire_problems
from .flow import Step, Work
from .mismatch import mismatch
from .remove import claimed_key
from .rest import give_back, take_off
from .spec import nic_of, resolver_of

CARD = "net0"


class Now:
    """What the guest has now, so that it can have it again."""

    name, stage = "now", RequestStage.REQUESTED

    def do(self, work: Work) -> dict[str, Any]:
        """Note card, addresses and network before anything changes."""
        request = work.request
        key = claimed_key(request)
        card = request.guest.interfaces.filter(name=CARD).first()
        if card is None or not card.mac_address:
            raise Unusable(f"guest: {request.guest} has no card {CARD} with a MAC address; sync it first")
        request.vmid, request.mac = int(key.partition("/")[2]), str(card.mac_address).upper()
        request.save_progress()
        held = had_by(card)
        before = profile_of(next(iter(held.values()))) if held else None
        if before is not None and before.pk == request.profile_id:
            raise Unusable(f"profile: {request.guest} is on {before} already")
        found = self._require_movable(work)
        problems = wire_problems(request, str(request.guest.cf.get("proxmox_node") or ""))
        if problems:
            raise Unusable(f"{request.name} cannot be moved: {'; '.join(problems)}")
        had = {family: f"{row.host}/{row.mask_length}" for family, row in held.items()}
        return {
            "key": key,
            **addresses.shown(had),
            "profile": before.name if before else "",
            "was": "running" if found.running else "switched off",
            "network": work.provisioner.network(request.vmid),
        }

    @staticmethod
    def _require_movable(work: Work) -> Any:
        """Return the guest; raise with everything that stands in the way at once, before anything is touched."""
        request = work.request
        found = work.provisioner.find(request.vmid)
        if found is None:
            raise NotFound(f"{request.system}: {request.name} (VMID {request.vmid}) is gone; sync the System")
        nic = nic_of(request.profile, request.mac, addresses.preview(request))
        problems = work.provisioner.move_problems(found, nic)
        if problems:
            raise Unusable(f"{request.name} cannot be moved to {request.profile}: {' '.join(problems)}")
        return found

    def undo(self, work: Work) -> None:
        """Looking changes nothing."""


class Hold:
    """One address of each family of the new network."""

    name, stage = "address", RequestStage.ALLOCATED

    def do(self, work: Work) -> dict[str, Any]:
        """Allocate them."""
        return addresses.shown(addresses.hold(work.request))

    def undo(self, work: Work) -> None:
        """Give them back; a sync may have put them on the guest's card meanwhile, where they are not any more."""
        request = work.request
        given = addresses.allocations_of(request)
        if any(lifecycle.who_has(one) for one in given):
            records.sync_guest(request.system, request.detail("now")["key"], work.user)
        for one in given:
            take_off(one.host, request)
            lifecycle.remove_retired(lifecycle.release(one))


class Card:
    """The card on the new network: its bridge, tag, addresses, gateways and DNS servers, and nothing else changed."""

    name, stage = "card", RequestStage.CREATED

    def do(self, work: Work) -> dict[str, Any]:
        """Change it."""
        request = work.request
        nic = nic_of(request.profile, request.mac, addresses.addresses_of(request))
        work.provisioner.move_nic(request.vmid, nic, request.mac, resolver_of(request.profile))
        return {"network": work.provisioner.network(request.vmid)}

    def undo(self, work: Work) -> None:
        """Put it back."""
        put_back(work)


class Check:
    """The guest reports the new addresses, and none of those it had."""

    name, stage = "check", RequestStage.VERIFIED

    def do(self, work: Work) -> dict[str, Any]:
        """Wait for them, if the guest runs."""
        request = work.request
        found = work.provisioner.find(request.vmid)
        if found is None:
            raise NotFound(f"{request.system}: {request.name} (VMID {request.vmid}) is gone")
        if not found.running:
            return self._of_a_stopped_one(request)
        wanted = addresses.hosts_of(addresses.addresses_of(request))
        gone = frozenset(addresses.hosts_of(addresses.named_in(request.detail("now"))) - wanted)
        reported = waits.reported(work, self.name, wanted, gone)
        if waits.has_arrived(reported, wanted, gone):
            return {"reported": ", ".join(sorted(reported))}
        if reported and reported <= gone:
            raise RemoteError(
                f"{request.name} has {addresses.listed(reported)} still, after {waits.within_s(work):g} s: it is set "
                "in the guest, where no hypervisor can change it. Ask again, and set "
                f"{addresses.listed(wanted)} in the guest while the request waits for it"
            )
        raise mismatch(work, wanted, reported)

    @staticmethod
    def _of_a_stopped_one(request: GuestRequest) -> dict[str, Any]:
        if request.detail("now").get("was") == "running":
            raise RemoteError(f"{request.name} did not come up again on {request.profile}; look at its console")
        return {"reported": "not asked: it is switched off, and was before"}

    def undo(self, work: Work) -> None:
        """Looking changes nothing."""


class Record:
    """Nautobot as a sync would write it, and the network's name."""

    name, stage = "record", RequestStage.REGISTERED

    def do(self, work: Work) -> dict[str, Any]:
        """Sync this one guest."""
        request = work.request
        records.sync_guest(request.system, request.detail("now")["key"], work.user)
        guest = VirtualMachine.objects.get(pk=request.guest_id)
        if "network before" not in request.detail(self.name):
            request.note(self.name, **{"network before": guest.cf.get("network_profile")})
        _name_network(guest, request.profile.name)
        addresses.promote(request)
        primary = {4: str(guest.primary_ip4 or ""), 6: str(guest.primary_ip6 or "")}
        return {name: text for name, text in addresses.shown(primary).items() if text}

    def undo(self, work: Work) -> None:
        """Sync again, once the card is where it was and the guest says so."""
        request, before = work.request, work.request.detail("now")
        put_back(work)
        if before.get("was") == "running":
            new = frozenset(addresses.hosts_of(addresses.addresses_of(request)))
            waits.reported(work, self.name, addresses.hosts_of(addresses.named_in(before)), new)
        records.sync_guest(request.system, before["key"], work.user)
        if "network before" in request.detail(self.name):
            guest = VirtualMachine.objects.get(pk=request.guest_id)
            _name_network(guest, request.detail(self.name)["network before"])


class GiveBack:
    """The old addresses, to rest."""

    name, stage = "old address", RequestStage.ACTIVE

    def do(self, work: Work) -> dict[str, Any]:
        """Let them rest, unless somebody else has them."""
        request = work.request
        hosts = sorted(addresses.hosts_of(addresses.named_in(request.detail("now"))))
        left = {host: why for host in hosts if (why := give_back(host, request, f"move:{request.pk}:{host}"))}
        resting = [host for host in hosts if host not in left]
        return {"resting": ", ".join(resting), **({"left": left} if left else {})}

    def undo(self, work: Work) -> None:
        """It is the last step."""


STEPS: tuple[Step, ...] = (Now(), Hold(), Card(), Check(), Record(), GiveBack())


def put_back(work: Work) -> None:
    """Put the card back to the letter, and let the guest run if it ran; one that is gone is left at that."""
    request, before = work.request, work.request.detail("now")
    if not before.get("network") or work.provisioner.find(request.vmid) is None:
        return
    work.provisioner.restore_network(request.vmid, before["network"], request.mac)
    if before["was"] == "running":
        work.provisioner.start(request.vmid)


def _name_network(guest: VirtualMachine, name: str | None) -> None:
    """Say on the guest's record which network it is on."""
    if guest.cf.get("network_profile") != name:
        guest._custom_field_data["network_profile"] = name
        guest.validated_save()


def had_by(card: Any) -> dict[int, IPAddress]:
    """Return one address of each family of a card, the primary one first; what a guest makes for itself is not given.

    A SLAAC address lives on for a while in the guest, wherever its card is.
    """
    rows = list(card.ip_addresses.exclude(type=IPAddressTypeChoices.TYPE_SLAAC).order_by("host"))
    primary = {card.virtual_machine.primary_ip4_id, card.virtual_machine.primary_ip6_id}
    rows.sort(key=lambda row: row.pk not in primary)
    return {family: row for family in (4, 6) for row in reversed(rows) if row.ip_version == family}


def profile_of(address: Any) -> NetworkProfile | None:
    """Return the profile that an address came from, else one of its network."""
    given = Allocation.objects.filter(address=address).select_related("profile").first()
    parent = IPAddress.objects.select_related("parent").get(pk=address.pk).parent
    here = NetworkProfile.objects.filter(Q(prefix=parent) | Q(prefix6=parent)).order_by("name")
    found: NetworkProfile | None = given.profile if given is not None else here.first()
    return found
