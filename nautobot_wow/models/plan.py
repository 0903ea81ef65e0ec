"""Plan: what a run would do."""

from __future__ import annotations

from collections import Counter

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils import timezone
from nautobot.apps.models import BaseModel, extras_features

from ..choices import Action, PlanState


@extras_features("custom_links", "export_templates", "graphql")
class Plan(BaseModel):
    """What a run would do, as it was shown to a person; its digest approves exactly that. Written by runs only."""

    system = models.ForeignKey(to="nautobot_wow.System", on_delete=models.CASCADE, related_name="plans")
    digest = models.CharField(max_length=64, db_index=True, help_text="Names exactly these changes.")
    summary = models.JSONField(
        default=dict, blank=True, encoder=DjangoJSONEncoder, help_text="How many changes, by kind and action."
    )
    content = models.JSONField(default=dict, blank=True, encoder=DjangoJSONEncoder, help_text="The changes themselves.")
    truncated = models.BooleanField(default=False, help_text="Whether there are more changes than the content lists.")
    created = models.DateTimeField(auto_now_add=True)
    expires = models.DateTimeField()
    refused = models.TextField(blank=True, help_text="Why a guard refused it.")
    job_result = models.ForeignKey(
        to="extras.JobResult", on_delete=models.SET_NULL, related_name="wow_plans", blank=True, null=True
    )
    requested_by = models.ForeignKey(
        to=settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, related_name="+", blank=True, null=True
    )
    applied_at = models.DateTimeField(blank=True, null=True)
    applied_by = models.ForeignKey(
        to=settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, related_name="+", blank=True, null=True
    )

    is_metadata_associable_model = False
    is_data_compliance_model = False
    natural_key_field_names = ["pk"]

    class Meta:
        ordering = ["-created"]

    def __str__(self) -> str:
        return f"{self.system}: {self.digest[:12]}"

    @property
    def state(self) -> str:
        """Where it stands, one of `PlanState`. A refused one can still be approved until it expires."""
        if self.applied_at:
            return PlanState.APPLIED
        if self.expires <= timezone.now():
            return PlanState.EXPIRED
        return PlanState.REFUSED if self.refused else PlanState.PENDING

    @property
    def totals(self) -> dict[str, int]:
        """How many changes there are per action, over all kinds."""
        found: Counter[str] = Counter()
        for actions in self.summary.values():
            found.update(actions)
        return {action: found[action] for action in Action.values() if found[action]}

    @property
    def totals_text(self) -> str:
        """The totals in words, "12 create, 1 retire"."""
        return ", ".join(f"{count} {action}" for action, count in self.totals.items()) or "nothing"

    @property
    def only(self) -> list[str]:
        """The keys of the nodes and guests that the run was limited to; empty means everything."""
        return list(self.content.get("only") or [])

    @property
    def is_outbound(self) -> bool:
        """Whether it sends to the system what people changed in Nautobot, instead of the other way round."""
        return bool(self.content.get("direction"))

    @property
    def direction(self) -> str:
        """Which way it goes, in words."""
        return f"from Nautobot to {self.system}" if self.is_outbound else f"from {self.system} to Nautobot"

    def get_state_class(self) -> str:
        """Return the colour of the badge of the state."""
        return PlanState.CSS_CLASSES[self.state]

    def get_state_display(self) -> str:
        """Return the state as people read it."""
        return dict(PlanState.CHOICES)[self.state]

    @property
    def approvable(self) -> bool:
        """Whether a run may still be told to apply exactly this."""
        return self.state in (PlanState.PENDING, PlanState.REFUSED)

    @property
    def why_not(self) -> str:
        """What has become of a plan that cannot be approved any more: how a sentence goes on that begins with "it"."""
        ends = {PlanState.APPLIED: "was applied already", PlanState.EXPIRED: "expired; make a new one"}
        return ends.get(self.state, "")
