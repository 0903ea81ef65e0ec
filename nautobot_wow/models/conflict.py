"""Conflict: a disagreement, as data."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.contenttypes.fields import GenericForeignKey
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils import timezone
from nautobot.apps.constants import CHARFIELD_MAX_LENGTH
from nautobot.apps.models import PrimaryModel, extras_features

from ..choices import ConflictKind, ConflictState, Severity


@extras_features("custom_links", "custom_validators", "export_templates", "graphql", "webhooks")
class Conflict(PrimaryModel):
    """What cannot be true at once, who says what, and whether a person has looked at it. People change only `state`."""

    key = models.CharField(
        max_length=64, unique=True, editable=False, help_text="The same disagreement always has the same key."
    )
    title = models.CharField(max_length=CHARFIELD_MAX_LENGTH)
    kind = models.CharField(max_length=50, choices=ConflictKind)
    severity = models.CharField(max_length=20, choices=Severity, default=Severity.WARNING)
    message = models.TextField(blank=True, help_text="What is wrong and what to do about it.")
    system = models.ForeignKey(
        to="nautobot_wow.System", on_delete=models.SET_NULL, related_name="conflicts", blank=True, null=True
    )
    object_type = models.ForeignKey(
        to="contenttypes.ContentType", on_delete=models.SET_NULL, related_name="+", blank=True, null=True
    )
    object_id = models.UUIDField(blank=True, null=True)
    object = GenericForeignKey(ct_field="object_type", fk_field="object_id")
    evidence = models.JSONField(
        default=list,
        blank=True,
        encoder=DjangoJSONEncoder,
        help_text="What each side says: a list of objects with source, says and at.",
    )
    scopes = models.JSONField(
        default=list,
        blank=True,
        editable=False,
        help_text="The listings it was found in; a run that did not read all of them does not resolve it.",
    )
    first_seen = models.DateTimeField()
    last_seen = models.DateTimeField()
    state = models.CharField(
        max_length=20,
        choices=ConflictState,
        default=ConflictState.OPEN,
        help_text="Acknowledged: seen, and it may stay as it is. A run resolves a conflict that is no longer there.",
    )
    resolved_at = models.DateTimeField(blank=True, null=True)

    natural_key_field_names = ["key"]

    class Meta:
        ordering = ["-last_seen", "title"]
        indexes = [models.Index(fields=["object_type", "object_id"], name="wow_conflict_object")]

    def __str__(self) -> str:
        return self.title

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save; a conflict is resolved at the moment when its state becomes so."""
        if self.state != ConflictState.RESOLVED:
            self.resolved_at = None
        elif self.resolved_at is None:
            self.resolved_at = timezone.now()
        super().save(*args, **kwargs)

    @property
    def last_found(self) -> datetime:
        """When a run last found it: while it lasts that is the System's last good run, which is not written per row."""
        if self.state == ConflictState.RESOLVED or self.system is None or self.system.last_success_at is None:
            return self.last_seen
        return max(self.last_seen, self.system.last_success_at)

    def get_severity_class(self) -> str:
        """Return the colour of the badge of the severity."""
        return Severity.CSS_CLASSES.get(self.severity, "secondary")

    def get_state_class(self) -> str:
        """Return the colour of the badge of the state."""
        return ConflictState.CSS_CLASSES.get(self.state, "secondary")
