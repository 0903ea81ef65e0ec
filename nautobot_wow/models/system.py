"""System: one instance of a system we talk to."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.core.validators import MinValueValidator
from django.db import models
from nautobot.apps.constants import CHARFIELD_MAX_LENGTH
from nautobot.apps.models import PrimaryModel, extras_features, get_default_namespace_pk

from ..choices import DeletePolicy, Mode, RunStatus, system_kinds
from ..systems.kind import SystemKind
from .settings import explain, options_of


@extras_features("custom_links", "custom_validators", "export_templates", "graphql", "webhooks")
class System(PrimaryModel):
    """One system we talk to: where it is, how far it is believed, what a run may do, and how the last one went.

    The health fields (`last_*`) are written by the runs with `QuerySet.update()`: no change log, no validation.
    """

    name = models.CharField(
        max_length=CHARFIELD_MAX_LENGTH,
        unique=True,
        help_text="The name people use for it; jobs, plans and conflicts show it.",
    )
    kind = models.CharField(max_length=50, choices=system_kinds, help_text="What kind of system this is.")
    description = models.CharField(max_length=CHARFIELD_MAX_LENGTH, blank=True)
    enabled = models.BooleanField(default=True, help_text="A System that is not enabled is left out of every run.")
    external_integration = models.ForeignKey(
        to="extras.ExternalIntegration",
        on_delete=models.PROTECT,
        related_name="wow_systems",
        blank=True,
        null=True,
        help_text="Its URL, time-out, TLS settings and, by its secrets group, the credentials. "
        "The secrets group needs a username and a token (access type HTTP(S), or Generic), or a password or key (SSH).",
    )
    location = models.ForeignKey(
        to="dcim.Location",
        on_delete=models.PROTECT,
        related_name="wow_systems",
        blank=True,
        null=True,
        help_text="Where the clusters and devices that it creates are placed.",
    )
    cluster = models.ForeignKey(
        to="virtualization.Cluster",
        on_delete=models.SET_NULL,
        related_name="wow_systems",
        blank=True,
        null=True,
        help_text="The cluster that this system is, if it is already in Nautobot.",
    )
    device = models.ForeignKey(
        to="dcim.Device",
        on_delete=models.SET_NULL,
        related_name="wow_systems",
        blank=True,
        null=True,
        help_text="The device that this system runs on, if it is one device.",
    )
    namespace = models.ForeignKey(
        to="ipam.Namespace",
        on_delete=models.PROTECT,
        related_name="wow_systems",
        default=get_default_namespace_pk,
        help_text="The namespace that its addresses belong to.",
    )
    options = models.JSONField(
        default=dict,
        blank=True,
        encoder=DjangoJSONEncoder,
        help_text="Options of this kind of system, as a JSON object; {} takes every default.",
    )
    mode = models.CharField(
        max_length=20,
        choices=Mode,
        default=Mode.KEEP,
        help_text="What happens to a value that a person changed in Nautobot while the system still says the same.",
    )
    precedence = models.PositiveSmallIntegerField(
        blank=True,
        help_text="Where several systems assert one value, the highest precedence writes it and a different value "
        "becomes a conflict. Leave blank for the usual precedence of the kind.",
    )
    delete_policy = models.CharField(
        max_length=20,
        choices=DeletePolicy,
        default=DeletePolicy.RETIRE,
        help_text="What happens to an object that this System created, that nobody else claims, and that the system "
        "no longer has.",
    )
    grace_runs = models.PositiveSmallIntegerField(
        default=2,
        validators=[MinValueValidator(1)],
        help_text="How many complete runs in a row must miss an object before it counts as gone.",
    )
    guards = models.JSONField(
        default=dict,
        blank=True,
        encoder=DjangoJSONEncoder,
        help_text="How much one run may change before it is refused, as a JSON object; {} takes every default.",
    )

    last_run_at = models.DateTimeField(blank=True, null=True, editable=False)
    last_success_at = models.DateTimeField(verbose_name="last good sync", blank=True, null=True, editable=False)
    last_status = models.CharField(max_length=20, choices=RunStatus, default=RunStatus.NEVER, editable=False)
    last_message = models.TextField(blank=True, editable=False)
    last_summary = models.JSONField(default=dict, blank=True, encoder=DjangoJSONEncoder, editable=False)
    last_duration = models.DurationField(blank=True, null=True, editable=False)
    context = models.JSONField(
        default=dict,
        blank=True,
        editable=False,
        encoder=DjangoJSONEncoder,
        help_text="What the system says that is no object in Nautobot: {"
        '"tables": [{"title": …, "columns": […], "rows": [[…]]}]}.',
    )
    learned = models.JSONField(
        default=dict,
        blank=True,
        editable=False,
        encoder=DjangoJSONEncoder,
        help_text="What a run found out for the next one: host keys that were accepted at first use.",
    )

    clone_fields = [
        "kind",
        "external_integration",
        "location",
        "namespace",
        "options",
        "mode",
        "precedence",
        "delete_policy",
        "grace_runs",
        "guards",
    ]
    natural_key_field_names = ["name"]

    class Meta:
        ordering = ["name"]
        permissions = [
            ("plan_system", "Can plan a sync"),
            ("apply_system", "Can apply a sync"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def system_kind(self) -> SystemKind:
        """What the app knows of this kind of system. Raises KeyError for a kind that is not installed."""
        from ..systems.registry import SYSTEM_KINDS

        return SYSTEM_KINDS[self.kind]

    def clean(self) -> None:
        """Fill in the kind's precedence, and refuse options and guards that a run would stumble over."""
        super().clean()
        errors = {"options": explain(options_of(self.kind), self.options), "guards": self._guard_errors()}
        if self.external_integration_id is not None and self._has_documents():
            name = self.get_kind_display()
            errors["external_integration"] = [f"{name} is read from documents and asks nobody; leave this empty."]
        if any(errors.values()):
            raise ValidationError({name: texts for name, texts in errors.items() if texts})
        self._fill_precedence()

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save; a System without a precedence takes that of its kind."""
        self._fill_precedence()
        super().save(*args, **kwargs)

    def get_last_status_class(self) -> str:
        """Return the colour of the badge of the last run."""
        return RunStatus.CSS_CLASSES.get(self.last_status, "secondary")

    def _guard_errors(self) -> list[str]:
        from ..reconcile.guards import GuardLimits

        return explain(GuardLimits, self.guards)

    def _has_documents(self) -> bool:
        return self.kind in dict(system_kinds()) and bool(self.system_kind.suffixes)

    def _fill_precedence(self) -> None:
        if self.precedence is None and self.kind in dict(system_kinds()):
            self.precedence = self.system_kind.precedence
