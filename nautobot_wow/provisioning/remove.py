"""The steps of a decommission: the right guest, stopped, destroyed, its records and addresses given back in order.

guest       id, type, name and our mark are those of the record, or it is gone already; anything else is refused, and
            so is a guest that somebody protected
stop        the same check again; in order, else cut off
backup      the same check again; where one was asked for: without it nothing is destroyed
destroy     the same check again, and once more by the system's client
record      what the System made and no person touched goes; the rest is retired
addresses   back to their profiles, to rest
"""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from ..choices import RequestAction, RequestStage
from ..errors import Unusable
from ..models import Claim, GuestRequest
from ..records import Kind
from ..systems.provisioner import Mismatch
from . import records
from .flow import Step, Work
from .rest import addresses_of, give_back


class Identify:
    """Is it the guest that is meant?"""

    name, stage = "guest", RequestStage.REQUESTED

    def do(self, work: Work) -> dict[str, Any]:
        """Compare the record with what is there; note its addresses before anything goes."""
        request = work.request
        key = claimed_key(request)
        request.vmid = int(key.partition("/")[2])
        request.save_progress()
        name, mark = real_name(request), mark_of(request)
        hosts = sorted(addresses_of(request.guest))
        found = work.provisioner.find(request.vmid)
        if found is not None:
            require_meant(request, found, key, name, mark)
            mark = found.request_id
        self._require_backup(work, found)
        was = ("running" if found.running else "switched off") if found else "gone already"
        return {"key": key, "name": name, "mark": mark or "", "addresses": hosts, "was": was}

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
        if the_same(work) is not None:
            work.provisioner.stop(work.request.vmid)
        return {}

    def undo(self, work: Work) -> None:
        """Start it again: it was not destroyed. One that was switched off before stays so."""
        if work.request.detail("guest").get("was") != "switched off" and is_still_there(work):
            work.provisioner.start(work.request.vmid)


class BackUp:
    """Keep a copy of it, if that was asked for."""

    name, stage = "backup", RequestStage.REQUESTED

    def do(self, work: Work) -> dict[str, Any]:
        """Back it up, unless it is gone, or was backed up for this request already."""
        request, found = work.request, the_same(work)
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
        found = the_same(work)
        if found is not None:
            work.provisioner.destroy(found, found.request_id)
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
        """Release what was allocated, and let what was not rest as well; what somebody made more of is left."""
        request = work.request
        hosts = request.detail("guest")["addresses"]
        left = {host: why for host in hosts if (why := give_back(host, request, f"decommission:{request.pk}:{host}"))}
        made = GuestRequest.objects.filter(action="create", system=request.system, vmid=request.vmid, stage="active")
        made.update(stage=RequestStage.RELEASED, finished=timezone.now())
        return {"resting": [host for host in hosts if host not in left], **({"left": left} if left else {})}

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


# ------------------------------------------------------------------------------------------------------- the same guest


def mark_of(request: GuestRequest) -> str | None:
    """Return the mark that the guest must carry: that of the request that made it, None if none did."""
    made = GuestRequest.objects.filter(
        action=RequestAction.CREATE, system=request.system, guest=request.guest_id, stage=RequestStage.ACTIVE
    ).first()
    return str(made.pk) if made is not None else None


def require_meant(request: GuestRequest, found: Any, key: str, name: str, mark: str | None) -> None:
    """Refuse a guest that is not the one that is meant, or that somebody protected; nothing is done to it."""
    if (found.key, found.name) != (key, name):
        raise Mismatch(
            f"{request.system}: {key} is {found.name} ({found.key}) there, and {name} in Nautobot: not destroyed. "
            "Sync the System, and look which of them is meant"
        )
    if mark is not None and found.request_id != mark:
        carried = f"carries the mark of request {found.request_id}" if found.request_id else "carries no mark"
        raise Mismatch(
            f"{request.system}: {name} ({key}) {carried}, and not that of the one it was made for: somebody may have "
            "made it anew under the same id and name, so it is not destroyed. If it is the same guest, put the line "
            f'"wow-request: {mark}" back into its notes'
        )
    if found.protected:
        raise Mismatch(
            f"{request.system}: {name} ({key}) is protected there, because somebody does not want it to be destroyed: "
            "nothing was done to it. Take its protection off (Options, Protection), and ask again"
        )


def the_same(work: Work) -> Any:
    """Return the guest as it is at this moment, None if it is gone; raise Mismatch if it is not the identified one."""
    found = work.provisioner.find(work.request.vmid)
    if found is not None:
        meant = work.request.detail("guest")
        require_meant(work.request, found, meant["key"], meant["name"], meant["mark"])
    return found


def is_still_there(work: Work) -> bool:
    """Tell whether the guest that was identified is there."""
    found, meant = work.provisioner.find(work.request.vmid), work.request.detail("guest")
    return found is not None and (found.key, found.name) == (meant.get("key"), meant.get("name"))
