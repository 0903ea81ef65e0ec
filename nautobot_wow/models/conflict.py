"""Conflict: a disagreement, as data."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.postgres.indexes import GinIndex
from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils import timezone
from nautobot.apps.constants import CHARFIELD_MAX_LENGTH
from nautobot.apps.models import PrimaryModel, extras_features

from ..choices import ConflictState, Severity, conflict_kinds

HISTORY_KEPT = 50
BECAME = {
    ConflictState.OPEN: "opened again",
    ConflictState.ACKNOWLEDGED: "acknowledged",
    ConflictState.RESOLVED: "resolved",
}


def _person() -> Any:
    """Return on whose behalf something is being saved, or None."""
    from nautobot.extras.signals import change_context_state  # not in nautobot.apps as of 3.2

    context = change_context_state.get()
    user = context.get_user() if context is not None else None
    return user if user is not None and user.is_authenticated else None


@extras_features("custom_links", "custom_validators", "export_templates", "graphql", "webhooks")
class Conflict(PrimaryModel):
    """What cannot be true at once, who says what, what to do, and whether a person has looked at it.

    Runs and rules write it with bulk statements; people change only `state`, with a reason and until when.
    """

    key = models.CharField(
        max_length=64, unique=True, editable=False, help_text="The same disagreement always has the same key."
    )
    title = models.CharField(max_length=CHARFIELD_MAX_LENGTH)
    kind = models.CharField(max_length=50, choices=conflict_kinds)
    severity = models.CharField(max_length=20, choices=Severity, default=Severity.WARNING)
    message = models.TextField(blank=True, help_text="What is wrong.")
    cure = models.TextField(blank=True, help_text="What to do about it.")
    action = models.CharField(
        max_length=50, blank=True, editable=False, help_text="What the app itself can do about it, if anything."
    )
    system = models.ForeignKey(
        to="nautobot_wow.System", on_delete=models.SET_NULL, related_name="conflicts", blank=True, null=True
    )
    object_type = models.ForeignKey(
        to="contenttypes.ContentType", on_delete=models.SET_NULL, related_name="+", blank=True, null=True
    )
    object_id = models.UUIDField(blank=True, null=True)
    object = GenericForeignKey(ct_field="object_type", fk_field="object_id")
    host = models.CharField(
        max_length=45, blank=True, editable=False, help_text="The address that it is about, in Nautobot or not."
    )
    involved = models.JSONField(
        default=list,
        blank=True,
        editable=False,
        help_text="The keys (UUID) of every object that it is about, so that each shows it on its page.",
    )
    prefix = models.ForeignKey(
        to="ipam.Prefix", on_delete=models.SET_NULL, related_name="wow_conflicts", blank=True, null=True
    )
    location = models.ForeignKey(
        to="dcim.Location", on_delete=models.SET_NULL, related_name="wow_conflicts", blank=True, null=True
    )
    evidence = models.JSONField(
        default=list,
        blank=True,
        encoder=DjangoJSONEncoder,
        help_text="What each side says: a list of objects with source, says and at.",
    )
    digest = models.CharField(
        max_length=64,
        blank=True,
        editable=False,
        help_text="Of what the sides say: when it changes, an acknowledgement is over.",
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
    acknowledged_by = models.ForeignKey(
        to=settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, related_name="+", blank=True, null=True
    )
    acknowledged_at = models.DateTimeField(blank=True, null=True)
    acknowledged_until = models.DateTimeField(
        blank=True, null=True, help_text="When it opens again by itself; empty means never."
    )
    reason = models.TextField(blank=True, help_text="Why it may stay as it is.")
    times_opened = models.PositiveIntegerField(default=1, help_text="How often it was opened, the first time included.")
    history = models.JSONField(
        default=list,
        blank=True,
        editable=False,
        encoder=DjangoJSONEncoder,
        help_text="What became of it, the latest last: a list of objects with at, what, by and why.",
    )

    natural_key_field_names = ["key"]
    _state_read = ""

    class Meta:
        ordering = ["-last_seen", "title"]
        indexes = [
            models.Index(fields=["object_type", "object_id"], name="wow_conflict_object"),
            models.Index(fields=["state", "kind"], name="wow_conflict_state"),
            GinIndex(fields=["involved"], name="wow_conflict_involved", opclasses=["jsonb_path_ops"]),
        ]

    def __str__(self) -> str:
        return self.title

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save; a conflict is resolved, or acknowledged, at the moment when its state becomes so, by whoever did it."""
        now, person = timezone.now(), _person()
        if self.state != ConflictState.RESOLVED:
            self.resolved_at = None
        elif self.resolved_at is None:
            self.resolved_at = now
        if self.state != ConflictState.ACKNOWLEDGED:
            self.acknowledged_at = self.acknowledged_until = self.acknowledged_by = None
            self.reason = ""
        elif self.acknowledged_at is None:
            self.acknowledged_at, self.acknowledged_by = now, self.acknowledged_by or person
        before, self._state_read = self._state_read, self.state
        if before not in ("", self.state):
            self.times_opened += self.state == ConflictState.OPEN
            self.remember(BECAME[self.state], now, by=str(person or ""), why=self.reason)
        super().save(*args, **kwargs)

    @classmethod
    def from_db(cls, db: Any, field_names: Any, values: Any) -> Conflict:
        """Return a row of the database, which knows the state that it was read with."""
        row = super().from_db(db, field_names, values)
        row._state_read = row.__dict__.get("state", "")
        return row

    def clean(self) -> None:
        """Refuse an acknowledgement that is over before it begins."""
        super().clean()
        until = self.acknowledged_until
        if self.state == ConflictState.ACKNOWLEDGED and until is not None and until <= timezone.now():
            raise ValidationError({"acknowledged_until": "This is over already; choose a later time, or none."})

    def remember(self, what: str, at: datetime, *, by: str = "", why: str = "") -> None:
        """Add a line to the history; the oldest ones make room."""
        line = {"at": at.isoformat(), "what": what, "by": by, "why": why}
        self.history = [*self.history, {name: value for name, value in line.items() if value}][-HISTORY_KEPT:]

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
