"""The steps of a new guest, in their order.

preflight   nothing is touched: would it work?
address     one of each family of the profile, held
numbers     VMID and MAC, unique among requests
guest       created with the request's mark, or found again by it
settings    size, network, access; the same again changes nothing
snapshot    before, as the policy says
start       and wait
check       the guest itself reports the addresses it was given
record      the parser and writer of a sync, for this one guest; then what only the request knows
snapshot    after, as the policy says
"""

from __future__ import annotations

from typing import Any

from ..choices import RequestStage, WaitFor
from ..errors import ConfigurationError, NotFound, RemoteError, Unavailable, Unusable
from ..models import Claim, GuestRequest
from ..records import Kind
from ..systems.provisioner import Taken
from ..wiring.ways import known_break
from . import addresses, numbers, records, snapshots, waits
from .flow import Step, Work
from .mismatch import mismatch
from .spec import spec_of, spec_with

TASK_S = 900
VMID_TRIES = 20


class Preflight:
    """Would it work? Nothing is touched."""

    name, stage = "preflight", RequestStage.REQUESTED

    def do(self, work: Work) -> dict[str, Any]:
        """Raise with everything that stands in the way at once."""
        request = work.request
        require_synced(request)
        node = request.node or least_loaded(work)
        spec = spec_of(request, addresses.preview(request), node=node, vmid=next_vmid(work), mac=MAC_TO_TRY)
        problems = [*work.provisioner.preflight(spec), *wire_problems(request, node)]
        if problems:
            raise Unusable(f"{request.name} cannot be created: {'; '.join(problems)}")
        request.target_node = node
        request.save_progress()
        return {"node": node}

    def undo(self, work: Work) -> None:
        """Nothing was touched."""


MAC_TO_TRY = f"{numbers.MAC_PREFIX}:00:00:01"


class Address:
    """One address of each family of the profile, held before anything else knows of the guest."""

    name, stage = "address", RequestStage.ALLOCATED

    def do(self, work: Work) -> dict[str, Any]:
        """Allocate them; the same request always gets the same ones."""
        return addresses.shown(addresses.hold(work.request))

    def undo(self, work: Work) -> None:
        """Give them back; they rest before somebody else gets them."""
        addresses.release(work.request)


class Numbers:
    """VMID and MAC address."""

    name, stage = "numbers", RequestStage.ALLOCATED

    def do(self, work: Work) -> dict[str, Any]:
        """Choose what nobody has, and keep it."""
        choose_numbers(work)
        return {"vmid": work.request.vmid, "mac": work.request.mac}

    def undo(self, work: Work) -> None:
        """They are free again with the request's end."""


class Create:
    """The guest itself, with the request's mark in it."""

    name, stage = "guest", RequestStage.CREATED

    def do(self, work: Work) -> dict[str, Any]:
        """Create it, or go on with the one that carries our mark: an answer may have been lost."""
        request = work.request
        request.stage = RequestStage.CREATING
        request.save_progress()
        for _ in range(VMID_TRIES):
            if ours_there(work) is not None:
                break
            if work.provisioner.find(request.vmid) is None and self._create(work):
                break
            choose_numbers(work, again=True)
        else:
            raise Unavailable(f"no free VMID was found in {VMID_TRIES} tries")
        return {"key": request.guest_key}

    def _create(self, work: Work) -> bool:
        """Create and wait; False where somebody else was quicker with this VMID."""
        request = work.request
        try:
            upid = work.provisioner.create(spec_with(request, addresses.addresses_of(request)))
        except Taken:
            return False
        request.note(self.name, task=upid)
        work.provisioner.wait(upid, TASK_S, work.tell)
        return True

    def undo(self, work: Work) -> None:
        """Destroy it, if it is there and carries our mark; anything else is not ours."""
        request = work.request
        found = ours_there(work) if request.vmid else None
        if found is not None:
            work.provisioner.stop(found.vmid)
            work.provisioner.destroy(found, str(request.pk))


class Settings:
    """Size, network and access."""

    name, stage = "settings", RequestStage.CREATED

    def do(self, work: Work) -> dict[str, Any]:
        """Send what differs."""
        spec = spec_with(work.request, addresses.addresses_of(work.request))
        work.provisioner.configure(spec)
        return {"cores": spec.cores, "memory_mb": spec.memory_mb, "disk_gb": spec.disk_gb, "bridge": spec.nic.bridge}

    def undo(self, work: Work) -> None:
        """They go with the guest."""


class Snapshot:
    """What the policy wants before the automation touches the guest."""

    name, stage = "snapshot", RequestStage.CREATED

    def do(self, work: Work) -> dict[str, Any]:
        """Take it, unless it is there."""
        return snapshots.take(work, self.name, snapshots.BEFORE)

    def undo(self, work: Work) -> None:
        """It goes with the guest."""


class Start:
    """Switch it on."""

    name, stage = "start", RequestStage.CREATED

    def do(self, work: Work) -> dict[str, Any]:
        """Start it if that is wanted."""
        if work.request.start:
            work.provisioner.start(work.request.vmid)
        return {"started": work.request.start}

    def undo(self, work: Work) -> None:
        """It is stopped before it is destroyed."""


class Check:
    """The guest itself says which addresses it has."""

    name, stage = "check", RequestStage.VERIFIED

    def do(self, work: Work) -> dict[str, Any]:
        """Wait until it reports all of them; others are a conflict and no success."""
        request = work.request
        if not request.start or request.wait_for == WaitFor.NOTHING:
            return {"reported": "not asked"}
        given = addresses.addresses_of(request)
        wanted = addresses.hosts_of(given)
        reported = waits.reported(work, self.name, wanted)
        if not waits.has_arrived(reported, wanted):
            raise mismatch(work, wanted, reported)
        return {"reported": ", ".join(sorted(reported)), **self._wait_for_more(work, given)}

    def _wait_for_more(self, work: Work, given: addresses.Addresses) -> dict[str, Any]:
        if work.request.wait_for == WaitFor.CLOUD_INIT:
            return {"cloud-init": waits.for_cloud_init(work, self.name)}
        if work.request.wait_for == WaitFor.SSH:
            waits.for_ssh(work, self.name, addresses.host_of(given[4]))
            return {"ssh": "answers"}
        return {}

    def undo(self, work: Work) -> None:
        """Looking changes nothing."""


class Record:
    """The guest in Nautobot, as a sync would write it."""

    name, stage = "record", RequestStage.REGISTERED

    def do(self, work: Work) -> dict[str, Any]:
        """Sync this one guest, and add what only the request knows."""
        request = work.request
        request.about(records.register(request, work.user))
        addresses.promote(request)
        return {"guest": str(request.guest), "id": str(request.guest.pk)}

    def undo(self, work: Work) -> None:
        """Take the records away that were made for it."""
        records.forget(work.request, work.user)
        work.request.about(None)


class SnapshotAfter:
    """What the policy wants of the guest as it was handed over."""

    name, stage = "snapshot after", RequestStage.REGISTERED

    def do(self, work: Work) -> dict[str, Any]:
        """Take it; that it cannot be taken is said, and no reason to destroy a guest that is up."""
        try:
            return snapshots.take(work, self.name, snapshots.AFTER)
        except RemoteError as error:
            work.tell(f"no snapshot was taken afterwards: {error}")
            return {"problem": str(error)}

    def undo(self, work: Work) -> None:
        """It goes with the guest."""


STEPS: tuple[Step, ...] = (
    Preflight(),
    Address(),
    Numbers(),
    Create(),
    Settings(),
    Snapshot(),
    Start(),
    Check(),
    Record(),
    SnapshotAfter(),
)


# ------------------------------------------------------------------------------------------------------- what they use


def require_synced(request: GuestRequest) -> None:
    """A guest is registered beside the cluster that a whole sync has claimed."""
    if not Claim.objects.filter(system=request.system, kind=Kind.CLUSTER.value).exists():
        raise ConfigurationError(f"{request.system}: run a whole sync first, so that the guest has a cluster to be in")


def wire_problems(request: GuestRequest, node: str) -> list[str]:
    """Return why a guest on this network would not reach its gateway from a node; what is not known is no reason."""
    sentence = known_break(request.system, request.profile, node)
    return [sentence] if sentence else []


def least_loaded(work: Work) -> str:
    """Return the online node with the most free memory."""
    nodes = [node for node in work.provisioner.nodes() if node.online]
    if not nodes:
        raise NotFound(f"{work.request.system}: no node is online")
    return str(max(nodes, key=lambda node: (node.free_memory_mb or 0, node.name)).name)


def next_vmid(work: Work) -> int:
    """Return the VMID that the request has, or would get now; nothing is held."""
    request = work.request
    return request.vmid or int(work.provisioner.next_vmid(numbers.taken_vmids(request.system_id)))


def choose_numbers(work: Work, *, again: bool = False) -> None:
    """Keep a VMID and a MAC address in the request."""
    request = work.request
    if request.vmid and request.mac and not again:
        return
    tried: set[int] = {request.vmid} if request.vmid else set()
    for _ in range(VMID_TRIES):
        taken = numbers.taken_vmids(request.system_id) | tried
        vmid = work.provisioner.next_vmid(frozenset(taken))
        if numbers.keep(request, vmid, request.mac or numbers.new_mac()):
            return
        tried.add(vmid)
    raise Unavailable(f"no free VMID was found in {VMID_TRIES} tries")


def ours_there(work: Work) -> Any:
    """Return the guest that was made for the request, None if it is not there; one that is being made is waited for."""
    request = work.request
    found = work.provisioner.find_request(str(request.pk), request.vmid)
    if found is not None and found.locked:
        work.tell(f"{found.key} is locked ({found.locked})")
        found = work.provisioner.wait_unlocked(request.vmid, TASK_S)
    return found if found is not None and found.request_id == str(request.pk) else None
