"""GuestRequest: one guest's life, from the wish to the machine and back; every step is saved before it is tried."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.core.validators import RegexValidator
from django.db import models
from django.utils import timezone
from nautobot.apps.constants import CHARFIELD_MAX_LENGTH
from nautobot.apps.models import ApprovableModelMixin, PrimaryModel, extras_features
from nautobot.extras.models import Job, JobResult

from ..choices import RequestAction, RequestStage, SnapshotPolicy, StepState, WaitFor
from ..errors import ConfigurationError

HOST_NAME = RegexValidator(
    r"^(?!-)[A-Za-z0-9-]{1,63}(?<!-)(\.(?!-)[A-Za-z0-9-]{1,63}(?<!-))*\Z",
    "A guest's name is a host name: letters, digits and dashes, in parts of at most 63.",
)


def empty_list() -> list[Any]:
    """Return the default of a list."""
    return []


@extras_features("custom_links", "custom_validators", "export_templates", "graphql", "webhooks")
class GuestRequest(ApprovableModelMixin, PrimaryModel):
    """What somebody wants of a guest, how far it is, and what was done for it. The same key is the same request."""

    key = models.CharField(
        max_length=CHARFIELD_MAX_LENGTH,
        unique=True,
        help_text="What the asker calls this request; asking again with the same key is the same guest.",
    )
    action = models.CharField(max_length=20, choices=RequestAction, default=RequestAction.CREATE)
    name = models.CharField(max_length=CHARFIELD_MAX_LENGTH, validators=[HOST_NAME])
    description = models.CharField(max_length=CHARFIELD_MAX_LENGTH, blank=True)
    system = models.ForeignKey(to="nautobot_wow.System", on_delete=models.PROTECT, related_name="requests")
    profile = models.ForeignKey(
        to="nautobot_wow.NetworkProfile", on_delete=models.PROTECT, related_name="requests", blank=True, null=True
    )
    size = models.ForeignKey(
        to="nautobot_wow.GuestSize", on_delete=models.PROTECT, related_name="requests", blank=True, null=True
    )
    image = models.ForeignKey(
        to="nautobot_wow.GuestImage", on_delete=models.PROTECT, related_name="requests", blank=True, null=True
    )
    node = models.CharField(
        max_length=CHARFIELD_MAX_LENGTH, blank=True, help_text="Where it shall run; empty is the least loaded node."
    )
    storage = models.CharField(
        max_length=CHARFIELD_MAX_LENGTH,
        blank=True,
        help_text="Where its disk shall lie; empty is where the image lies.",
    )
    backup_storage = models.CharField(
        max_length=CHARFIELD_MAX_LENGTH,
        blank=True,
        help_text="Where the last backup of a guest that goes is kept; empty is no backup.",
    )
    justification = models.TextField(blank=True, help_text="Why; a restricted network wants it.")
    application_list = models.JSONField(
        default=empty_list, blank=True, help_text="What the automation installs on the guest: a list of names."
    )
    snapshot_policy = models.CharField(max_length=20, choices=SnapshotPolicy, default=SnapshotPolicy.NONE)
    ssh_keys = models.TextField(blank=True, verbose_name="SSH keys", help_text="Public keys, one per line.")
    docker = models.BooleanField(
        default=False, help_text="A container that runs Docker needs keyctl as well as nesting."
    )
    start = models.BooleanField(default=True, help_text="Start the guest, and check that it has its address.")
    wait_for = models.CharField(max_length=20, choices=WaitFor, default=WaitFor.ADDRESS)

    stage = models.CharField(max_length=20, choices=RequestStage, default=RequestStage.REQUESTED, editable=False)
    steps = models.JSONField(default=empty_list, blank=True, encoder=DjangoJSONEncoder, editable=False)
    undoing = models.BooleanField(default=False, editable=False)
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    allocation = models.ForeignKey(
        to="nautobot_wow.Allocation",
        on_delete=models.SET_NULL,
        related_name="requests",
        blank=True,
        null=True,
        editable=False,
    )
    allocation6 = models.ForeignKey(
        to="nautobot_wow.Allocation",
        on_delete=models.SET_NULL,
        related_name="requests6",
        verbose_name="IPv6 allocation",
        blank=True,
        null=True,
        editable=False,
    )
    vmid = models.PositiveIntegerField(verbose_name="VMID", blank=True, null=True, editable=False)
    mac = models.CharField(max_length=17, verbose_name="MAC address", blank=True, editable=False)
    target_node = models.CharField(max_length=CHARFIELD_MAX_LENGTH, blank=True, editable=False)
    guest = models.ForeignKey(
        to="virtualization.VirtualMachine",
        on_delete=models.SET_NULL,
        related_name="wow_requests",
        blank=True,
        null=True,
    )
    error = models.TextField(blank=True, editable=False)
    requested_by = models.ForeignKey(
        to=settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, related_name="+", blank=True, null=True, editable=False
    )
    finished = models.DateTimeField(blank=True, null=True, editable=False)

    natural_key_field_names = ["key"]
    clone_fields = ["system", "profile", "size", "image", "node", "snapshot_policy", "ssh_keys", "start", "wait_for"]

    class Meta:
        ordering = ["-created"]
        permissions = [
            ("provision_guestrequest", "Can have guests created and moved"),
            ("destroy_guestrequest", "Can have guests destroyed"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["system", "vmid"],
                condition=models.Q(action="create", vmid__isnull=False) & ~models.Q(stage__in=["failed", "released"]),
                name="wow_request_vmid",
            ),
            models.UniqueConstraint(
                fields=["mac"],
                condition=models.Q(action="create") & ~models.Q(mac="") & ~models.Q(stage__in=["failed", "released"]),
                name="wow_request_mac",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_action_display()} {self.name}"

    # ------------------------------------------------------------------------------------------------------- checking

    def clean(self) -> None:
        """Refuse what no step could do anything with."""
        super().clean()
        errors: dict[str, str] = {}
        needed = {RequestAction.CREATE: ("profile", "size", "image"), RequestAction.MOVE: ("profile", "guest")}
        for field in needed.get(self.action, ("guest",)):
            if getattr(self, f"{field}_id") is None:
                errors[field] = f"{self.get_action_display()} needs this."
        if self.image_id and self.system_id and self.image.system_id != self.system_id:
            errors["image"] = f"{self.image} is an image of {self.image.system}, not of {self.system}."
        if not isinstance(self.application_list, list) or not all(
            isinstance(one, str) for one in self.application_list
        ):
            errors["application_list"] = 'This must be a list of names, such as ["nginx"].'
        if self.backup_storage and self.action != RequestAction.DECOMMISSION:
            errors["backup_storage"] = "Only a guest that is decommissioned gets a last backup."
        bad = next((line for line in self.keys_of() if len(line.split()) < 2), None)
        if bad:
            errors["ssh_keys"] = f"{bad[:40]!r} is no public key; write one per line, as in authorized_keys."
        if errors:
            raise ValidationError(errors)

    def keys_of(self) -> tuple[str, ...]:
        """Return the SSH keys, one each; what arrived as a literal \\n is a line break."""
        return tuple(line.strip() for line in self.ssh_keys.replace("\\n", "\n").splitlines() if line.strip())

    @property
    def is_over(self) -> bool:
        """Whether nothing more will be done."""
        return self.stage in RequestStage.FINAL

    @property
    def guest_key(self) -> str:
        """The key of the guest in its system, such as lxc/210."""
        return f"{self.image.guest_type}/{self.vmid}" if self.image and self.vmid else ""

    # ---------------------------------------------------------------------------------------------------------- steps

    def step(self, name: str) -> dict[str, Any] | None:
        """Return what is recorded of a step, None if it was never tried."""
        return next((row for row in self.steps if row["name"] == name), None)

    def detail(self, name: str) -> dict[str, Any]:
        """Return what a step has found out, empty if it was never tried."""
        row = self.step(name)
        return dict(row["detail"]) if row else {}

    def begin(self, name: str) -> None:
        """Record that a step is about to be tried; called and saved before anything is done."""
        row = self.step(name)
        if row is None:
            row = {"name": name, "detail": {}}
            self.steps = [*self.steps, row]
        row.update(state=StepState.BEGUN, at=timezone.now().isoformat())

    def end(self, name: str, state: str, detail: dict[str, Any] | None = None) -> None:
        """Record how a step ended; what it was waiting for is over with it."""
        row = self.step(name)
        assert row is not None
        row.update(state=state, at=timezone.now().isoformat())
        row["detail"] = {**row["detail"], **(detail or {})}
        row["detail"].pop("waiting", None)

    def note(self, name: str, **detail: Any) -> None:
        """Record something that was found out of a step, so that who comes later knows it; nothing else is saved."""
        row = self.step(name)
        assert row is not None
        row["detail"] = {**row["detail"], **detail}
        type(self).objects.filter(pk=self.pk).update(steps=self.steps)

    def save_progress(self) -> None:
        """Write the bookkeeping, and nothing that a person may have changed meanwhile."""
        type(self).objects.filter(pk=self.pk).update(**{name: getattr(self, name) for name in PROGRESS})

    def about(self, guest: Any) -> None:
        """Record which guest it is about; apart from the rest, for the database forgets a guest that is deleted."""
        self.guest = guest
        type(self).objects.filter(pk=self.pk).update(guest=guest)

    def close(self, stage: str, error: str = "") -> None:
        """Record that it is over."""
        self.stage, self.error, self.finished, self.undoing = stage, error, timezone.now(), False
        self.save_progress()

    def enqueue(self) -> Any:
        """Let a worker carry it out, as the person who asked; returns the JobResult."""
        job = Job.objects.get(module_name=CARRY_OUT[0], job_class_name=CARRY_OUT[1])
        if not job.enabled:
            raise ConfigurationError(f"the Job {job.name} is not enabled; enable it, then the request goes on")
        return JobResult.enqueue_job(job, self.requested_by, job_kwargs={"request": str(self.pk)})

    # ------------------------------------------------------------------------------------------------------- approval

    @property
    def waits_since(self) -> datetime | None:
        """Since when it waits for an approval."""
        return self.last_updated if self.stage == RequestStage.WAITING else None

    def on_workflow_initiated(self, approval_workflow: Any) -> None:
        """Wait."""
        self.stage = RequestStage.WAITING
        self.save_progress()

    def on_workflow_approved(self, approval_workflow: Any) -> None:
        """Go on, as the person who asked."""
        self.stage = RequestStage.REQUESTED
        self.save_progress()
        self.enqueue()

    def on_workflow_denied(self, approval_workflow: Any) -> None:
        """Nothing was done, and nothing will be."""
        self.close(RequestStage.FAILED, "the approval was denied")

    def on_workflow_canceled(self, approval_workflow: Any) -> None:
        """Nothing was done, and nothing will be."""
        self.close(RequestStage.FAILED, "the approval was cancelled")

    def get_stage_class(self) -> str:
        """Return the colour of the badge of the stage."""
        return RequestStage.CSS_CLASSES.get(self.stage, "secondary")


CARRY_OUT = ("nautobot_wow.jobs.provision", "CarryOutRequest")
PROGRESS = (
    "stage",
    "steps",
    "undoing",
    "attempts",
    "allocation_id",
    "allocation6_id",
    "vmid",
    "mac",
    "target_node",
    "error",
    "finished",
)
