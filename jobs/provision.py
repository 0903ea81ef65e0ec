"""The Jobs around guests: ask for one, move it, give it back; carry requests out, and take up those left behind."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from nautobot.apps.jobs import BooleanVar, ChoiceVar, DryRunVar, Job, ObjectVar, StringVar, TextVar
from nautobot.virtualization.models import VirtualMachine

from nautobot_wow.choices import RequestAction, RequestStage, SnapshotPolicy, WaitFor
from nautobot_wow.errors import Busy, NotAllowed, Unusable
from nautobot_wow.models import GuestImage, GuestRequest, GuestSize, NetworkProfile, System
from nautobot_wow.provisioning import ask, queue
from nautobot_wow.provisioning.words import told
from nautobot_wow.ui.text import full_text

name = "Operational Truth"  # the heading of the group in Nautobot's list of Jobs

STEPS, OUTCOME, PREVIEW = "steps", "outcome", "dry run"
"""How the lines of the log are grouped."""

LIMITS = {"soft_time_limit": 3000, "time_limit": 3300}


class ShortTextVar(TextVar):
    """A text of a few lines, in a box of that height."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.field_attrs["widget"] = forms.Textarea(attrs={"rows": 3})


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

        def tell(text: str) -> None:
            said = told(request.action, text)
            self.logger.info("%s", said, extra={"object": request, "grouping": STEPS})

        request = queue.run(request, self.user, tell)
        request.refresh_from_db()
        if request.stage == RequestStage.FAILED:
            raise Unusable(f"{request}: {request.error}")
        self.say_the_outcome(request)
        return ask.summary(request)

    def say_the_outcome(self, request: GuestRequest) -> None:
        """Lead to what came of it: the address, the guest and the request itself."""
        guest = request.guest
        for allocation in (request.allocation, request.allocation6):
            if allocation is not None and allocation.address is not None:
                text = f"{request.name} has {allocation.cidr}"
                self.logger.info("%s", text, extra={"object": allocation.address, "grouping": OUTCOME})
        if guest is not None:
            text = f"{guest} is registered, VMID {request.vmid}"
            self.logger.info("%s", text, extra={"object": guest, "grouping": OUTCOME})
        text = f"{request}: {request.get_stage_display()}"
        self.logger.info("%s", text, extra={"object": request, "grouping": OUTCOME})

    def may(self, action: str, system: System) -> None:
        """Raise NotAllowed unless the user may have guests created (or destroyed) on the System."""
        allowed = self.user.has_perm(f"nautobot_wow.{action}_guestrequest")
        if not allowed or not System.objects.restrict(self.user, "view").filter(pk=system.pk).exists():
            raise NotAllowed(f"{self.user} may not {action} guests on {system}; ask for {action}_guestrequest")


class CreateGuest(CarriesOut):
    """A new guest, on addresses that Nautobot gives before anything is created."""

    system = ObjectVar(
        label="System", model=System, query_params={"enabled": True}, description="The system that shall create it."
    )
    guest_name = StringVar(
        label="Name", description="A host name: letters, digits and dashes, such as web1 or web1.wow.example."
    )
    network = ObjectVar(
        label="Network",
        model=NetworkProfile,
        query_params={"enabled": True},
        description="The network profile that it gets its address, bridge, VLAN, gateway and DNS servers of.",
    )
    size = ObjectVar(label="Size", model=GuestSize, description="Cores, memory and disk.")
    image = ObjectVar(
        label="Image",
        model=GuestImage,
        query_params={"system": "$system"},
        description="What it is made of; that also decides whether it is a container or a virtual machine.",
    )
    node = StringVar(
        label="Node", required=False, description="The node it shall run on. Empty takes the least loaded one."
    )
    justification = ShortTextVar(
        label="Justification",
        required=False,
        description="Why it is there. Only a restricted network wants this.",
    )
    applications = StringVar(
        label="Applications",
        required=False,
        description="What the automation installs: names with blanks or commas between them, such as nginx, certbot.",
    )
    snapshot_policy = ChoiceVar(
        label="Snapshots",
        choices=SnapshotPolicy.CHOICES,
        default=SnapshotPolicy.NONE,
        description="When snapshots are taken, and how long they are kept.",
    )
    ssh_keys = ShortTextVar(
        label="SSH keys",
        required=False,
        description="Who may log in: public keys, one per line, as in authorized_keys.",
    )
    docker = BooleanVar(
        label="Runs Docker",
        default=False,
        description="A container then gets the feature keyctl as well; a virtual machine needs nothing for it.",
    )
    start = BooleanVar(label="Start it", default=True, description="Start it, and check that it has its address.")
    wait_for = ChoiceVar(
        label="Wait for",
        choices=WaitFor.CHOICES,
        default=WaitFor.ADDRESS,
        description="What must be true before the guest counts as active.",
    )
    key = StringVar(
        label="Key",
        required=False,
        description="What you call this request: asking again with the same key is the same guest. Empty takes system "
        "and name.",
    )
    dryrun = DryRunVar(
        label="Dry run",
        default=True,
        description="Only show the address, the VMID and the parameters, and what would stand in the way. Nothing is "
        "held or created.",
    )

    class Meta:
        name = "Create a guest"
        description = (
            "Hold an address of the network, create a container or virtual machine with it, check that the guest "
            "reports it, and register the guest in Nautobot. If a step fails, everything is undone. Every step is "
            "shown on the page of the guest request."
        )
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
            self.say_what_would_be(shown, wanted)
            return shown
        request = ask.submit(wanted)
        return self.carry_out(request)

    @classmethod
    def as_form(cls, data: Any = None, files: Any = None, initial: Any = None, approval_view: bool = False) -> Any:
        """Return the form; it starts with the default network, where nothing else was chosen."""
        default = NetworkProfile.objects.filter(is_default=True, enabled=True).order_by("name").first()
        if data is None and default is not None and not (initial or {}).get("network"):
            form = super().as_form(data, files, initial, approval_view)
            form.fields["network"].initial = default.pk
            return form
        return super().as_form(data, files, initial, approval_view)

    def say_what_would_be(self, shown: dict[str, Any], wanted: GuestRequest) -> None:
        """Say what would be created, line by line; what stands in the way is a warning."""
        about = {"object": wanted.profile, "grouping": PREVIEW}
        given = ", ".join(shown[name] for name in ("address", "address6") if name in shown)
        text = f"{wanted.name} would get {given} and VMID {shown['vmid']}, on node {shown['node']}"
        self.logger.info("%s", text, extra=about)
        for name, value in shown["parameters"].items():
            said = {key: part for key, part in value.items() if part is not None} if isinstance(value, dict) else value
            if said not in (None, "", [], (), {}):
                self.logger.info("%s: %s", name.replace("_", " "), full_text(said), extra={"grouping": PREVIEW})
        for problem in shown["problems"]:
            self.logger.warning("In the way: %s", problem, extra={"grouping": PREVIEW})
        if not shown["problems"]:
            text = "Nothing stands in the way. Run it again without Dry run to create it"
            self.logger.info("%s", text, extra={"grouping": PREVIEW})


class MoveGuest(CarriesOut):
    """A guest to another network, with an address of that network."""

    guest = ObjectVar(
        label="Guest", model=VirtualMachine, description="The guest to move. A System that can change it must claim it."
    )
    network = ObjectVar(
        label="Network",
        model=NetworkProfile,
        query_params={"enabled": True},
        description="Where it shall be. It gets an address of this network; its old one rests before others get it.",
    )
    justification = ShortTextVar(
        label="Justification",
        required=False,
        description="Why. Only a restricted network wants this.",
    )

    class Meta:
        name = "Move a guest to another network"
        description = (
            "Hold an address there, change the network card, check that the guest reports the address, and give the "
            "old one back. If a step fails, everything is put back as it was. A guest that must be restarted for it is."
        )
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

    guest = ObjectVar(
        label="Guest",
        model=VirtualMachine,
        description="The guest to destroy. A System that can do that must claim it.",
    )
    confirm = StringVar(
        label="Its name", description="Type the name of the guest to confirm: what is destroyed does not come back."
    )
    backup_storage = StringVar(
        required=False,
        label="Last backup on",
        description="A storage for backups; the guest is only destroyed once it is backed up there. Empty: no backup.",
    )

    class Meta:
        name = "Decommission a guest"
        description = (
            "Stop, back up if asked, and destroy a guest with its disks, take its records out of Nautobot, and let its "
            "addresses rest before others get them. A record that a person changed is kept and retired."
        )
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

    request = ObjectVar(
        label="Guest request", model=GuestRequest, description="The request to go on with; one that is over stays so."
    )

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
