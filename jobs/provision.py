"""The Jobs around guests: ask for one, move it, give it back; carry requests out, and take up those left behind."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from nautobot.apps.jobs import BooleanVar, ChoiceVar, DryRunVar, Job, ObjectVar, StringVar, TextVar
from nautobot.virtualization.models import VirtualMachine

from nautobot_wow.choices import RequestAction, RequestStage, SnapshotPolicy, WaitFor
from nautobot_wow.errors import Busy, NotAllowed, Unusable
from nautobot_wow.models import GuestImage, GuestRequest, GuestSize, NetworkProfile, System
from nautobot_wow.provisioning import ask, queue

name = "Operational Truth"  # the heading of the group in Nautobot's list of Jobs

LIMITS = {"soft_time_limit": 3000, "time_limit": 3300}


class CarriesOut(Job):
    """What every Job that carries a request out does with it."""

    class Meta:
        abstract = True

    def carry_out(self, request: GuestRequest) -> dict[str, Any]:
        """Bring the request to its end, and say how it ended."""
        self.logger.info("%s", request, extra={"object": request})
        if request.stage == RequestStage.WAITING:
            self.logger.info("It waits for an approval", extra={"object": request})
            return ask.summary(request)
        request = queue.run(request, self.user, lambda text: self.logger.info("%s", text))
        request.refresh_from_db()
        if request.stage == RequestStage.FAILED:
            raise Unusable(f"{request}: {request.error}")
        about = request.guest or request
        self.logger.info("%s: %s", request, request.get_stage_display(), extra={"object": about})
        return ask.summary(request)

    def may(self, action: str, system: System) -> None:
        """Raise NotAllowed unless the user may have guests created (or destroyed) on the System."""
        allowed = self.user.has_perm(f"nautobot_wow.{action}_guestrequest")
        if not allowed or not System.objects.restrict(self.user, "view").filter(pk=system.pk).exists():
            raise NotAllowed(f"{self.user} may not {action} guests on {system}; ask for {action}_guestrequest")


class CreateGuest(CarriesOut):
    """A new guest, on an address that Nautobot gives before anything is created."""

    system = ObjectVar(model=System, query_params={"enabled": True}, description="Where it shall be created.")
    guest_name = StringVar(label="Name", description="A host name.")
    network = ObjectVar(
        model=NetworkProfile, label="Network", query_params={"enabled": True}, description="Which network it is on."
    )
    size = ObjectVar(model=GuestSize, description="Cores, memory and disk.")
    image = ObjectVar(
        model=GuestImage, query_params={"system": "$system"}, description="What it is made of; that decides its type."
    )
    node = StringVar(required=False, description="Where it shall run; empty is the least loaded node.")
    justification = TextVar(required=False, description="Why; a restricted network wants it.")
    applications = StringVar(
        required=False, description="What the automation installs: names with blanks or commas between them."
    )
    snapshot_policy = ChoiceVar(choices=SnapshotPolicy.CHOICES, default=SnapshotPolicy.NONE)
    ssh_keys = TextVar(label="SSH keys", required=False, description="Public keys, one per line.")
    docker = BooleanVar(label="Runs Docker", default=False, description="A container then gets keyctl as well.")
    start = BooleanVar(default=True, description="Start it, and check that it has its address.")
    wait_for = ChoiceVar(choices=WaitFor.CHOICES, default=WaitFor.ADDRESS)
    key = StringVar(required=False, description="What you call this request; asking again is the same guest.")
    dryrun = DryRunVar(label="Dry run", default=True, description="Only show address, VMID and parameters.")

    class Meta:
        name = "Create a guest"
        description = "Allocate an address, create a container or virtual machine with it, check and register it."
        has_sensitive_variables = False
        dryrun_default = True
        soft_time_limit, time_limit = LIMITS["soft_time_limit"], LIMITS["time_limit"]

    def run(self, **given: Any) -> dict[str, Any]:
        """Ask, and carry out."""
        self.may("provision", given["system"])
        dryrun = given.pop("dryrun", True)
        given["profile"] = given.pop("network")  # `profile` is a word of Nautobot's own on Jobs
        wanted = ask.new_guest(self.user, **given)
        if dryrun:
            shown = ask.preview(wanted)
            for field, value in shown.items():
                self.logger.info("%s: %s", field, value)
            return shown
        request = ask.submit(wanted)
        return self.carry_out(request)


class MoveGuest(CarriesOut):
    """A guest to another network, with an address of that network."""

    guest = ObjectVar(model=VirtualMachine, description="The guest; a System must claim it.")
    network = ObjectVar(model=NetworkProfile, label="Network", query_params={"enabled": True})
    justification = TextVar(required=False, description="Why; a restricted network wants it.")

    class Meta:
        name = "Move a guest to another network"
        description = "Hold an address there, change the card, check it, and give the old address back."
        has_sensitive_variables = False
        soft_time_limit, time_limit = LIMITS["soft_time_limit"], LIMITS["time_limit"]

    def run(self, guest: VirtualMachine, network: NetworkProfile, justification: str = "") -> dict[str, Any]:
        """Ask, and carry out."""
        system = ask.system_of(guest)
        self.may("provision", system)
        wanted = ask.for_guest(self.user, RequestAction.MOVE, guest, profile=network, justification=justification)
        return self.carry_out(ask.submit(wanted))


class DecommissionGuest(CarriesOut):
    """A guest away, with everything that it had."""

    guest = ObjectVar(model=VirtualMachine, description="The guest; a System must claim it.")
    confirm = StringVar(
        label="Its name", description="Type the name of the guest: what is destroyed does not come back."
    )
    backup_storage = StringVar(
        required=False,
        label="Last backup on",
        description="A storage for backups; the guest is only destroyed once it is backed up there. Empty: no backup.",
    )

    class Meta:
        name = "Decommission a guest"
        description = "Stop, back up if asked, and destroy a guest, take its records away, and let its addresses rest."
        has_sensitive_variables = False
        soft_time_limit, time_limit = LIMITS["soft_time_limit"], LIMITS["time_limit"]

    def run(self, guest: VirtualMachine, confirm: str, backup_storage: str = "") -> dict[str, Any]:
        """Ask, and carry out."""
        system = ask.system_of(guest)
        self.may("destroy", system)
        if confirm.strip() != guest.name:
            raise Unusable(f"confirm: {confirm!r} is not the name of the guest, {guest.name!r}; nothing was touched")
        wanted = ask.for_guest(self.user, RequestAction.DECOMMISSION, guest, backup_storage=backup_storage.strip())
        return self.carry_out(ask.submit(wanted))


class CarryOutRequest(CarriesOut):
    """Go on with a request."""

    request = ObjectVar(model=GuestRequest)

    class Meta:
        name = "Carry a guest request out"
        description = "Go on with a request that waits, or that a killed worker left behind."
        has_sensitive_variables = False
        soft_time_limit, time_limit = LIMITS["soft_time_limit"], LIMITS["time_limit"]

    def run(self, request: GuestRequest) -> dict[str, Any]:
        """Go on where it stands."""
        self.may("destroy" if request.action == RequestAction.DECOMMISSION else "provision", request.system)
        return self.carry_out(request)


class ResumeRequests(Job):
    """Go on with every request that was left behind."""

    class Meta:
        name = "Resume guest requests"
        description = (
            "Finish, or undo, what a killed worker left behind. Enabling this Job schedules it every two minutes."
        )
        has_sensitive_variables = False
        soft_time_limit, time_limit = LIMITS["soft_time_limit"], LIMITS["time_limit"]

    def run(self) -> dict[str, Any]:
        """Take up one after the other; one that fails does not keep the others from it."""
        ended: dict[str, Any] = {}
        for request in queue.left_behind(timezone.now()):
            try:
                queue.run(request, request.requested_by or self.user)
            except Busy:
                continue
            except Exception as error:  # noqa: BLE001  (the request has said why; the others go on)
                self.logger.warning("%s: %s", request, error, extra={"object": request})
            request.refresh_from_db()
            ended[str(request)] = request.stage
            self.logger.info("%s: %s", request, request.get_stage_display(), extra={"object": request})
        return ended
