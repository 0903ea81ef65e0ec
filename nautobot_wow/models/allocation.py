"""Allocation: an address that was given to somebody, from the moment it is held until it may be given again."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from nautobot.apps.constants import CHARFIELD_MAX_LENGTH
from nautobot.apps.models import BaseModel, extras_features
from nautobot.ipam.fields import VarbinaryIPField  # not in nautobot.apps as of 3.2

from ..choices import AllocationState


@extras_features("custom_links", "export_templates", "graphql", "webhooks")
class Allocation(BaseModel):
    """What was given to whom. The same key always gets the same address, also after a restart."""

    key = models.CharField(
        max_length=CHARFIELD_MAX_LENGTH,
        unique=True,
        help_text="What the asker calls this request; asking again with the same key gives the same address.",
    )
    profile = models.ForeignKey(to="nautobot_wow.NetworkProfile", on_delete=models.PROTECT, related_name="allocations")
    namespace = models.ForeignKey(to="ipam.Namespace", on_delete=models.PROTECT, related_name="+")
    host = VarbinaryIPField()
    ip_version = models.PositiveSmallIntegerField()
    mask_length = models.PositiveSmallIntegerField()
    address = models.ForeignKey(
        to="ipam.IPAddress", on_delete=models.SET_NULL, related_name="wow_allocations", blank=True, null=True
    )
    state = models.CharField(max_length=20, choices=AllocationState, default=AllocationState.HELD)
    purpose = models.CharField(max_length=CHARFIELD_MAX_LENGTH, blank=True)
    justification = models.TextField(blank=True)
    requested_by = models.ForeignKey(
        to=settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, related_name="+", blank=True, null=True
    )
    created = models.DateTimeField(auto_now_add=True)
    expires = models.DateTimeField(blank=True, null=True, help_text="When a hold that nobody uses returns by itself.")
    released = models.DateTimeField(blank=True, null=True)
    rests_until = models.DateTimeField(
        blank=True, null=True, help_text="Until when the address is given to nobody after it came back."
    )

    macs = models.JSONField(
        default=list,
        blank=True,
        verbose_name="MAC addresses",
        help_text="The cards that had the address under this key; what was seen of them does not keep it from the key.",
    )

    is_metadata_associable_model = False
    is_data_compliance_model = False
    natural_key_field_names = ["key"]

    class Meta:
        ordering = ["-created"]
        indexes = [
            models.Index(fields=["namespace", "host"], name="wow_allocation_host"),
            models.Index(fields=["state", "expires"], name="wow_allocation_expiry"),
        ]

    def __str__(self) -> str:
        return f"{self.cidr} ({self.purpose or self.key})"

    @property
    def cidr(self) -> str:
        """The address with its mask."""
        return f"{self.host}/{self.mask_length}"

    def get_state_class(self) -> str:
        """Return the colour of the badge of the state."""
        return AllocationState.CSS_CLASSES.get(self.state, "secondary")

    def is_overdue(self, now: datetime) -> bool:
        """Tell whether the hold has run out."""
        return self.state == AllocationState.HELD and self.expires is not None and self.expires <= now


class AllocationCursor(BaseModel):
    """Below which address of a stretch nothing is free: so that giving one out costs the same however full it is."""

    prefix = models.ForeignKey(to="ipam.Prefix", on_delete=models.CASCADE, related_name="+")
    first = VarbinaryIPField()
    last = VarbinaryIPField()
    next = VarbinaryIPField()

    is_metadata_associable_model = False
    is_data_compliance_model = False
    natural_key_field_names = ["prefix", "first", "last"]

    class Meta:
        constraints = [models.UniqueConstraint(fields=["prefix", "first", "last"], name="wow_cursor_unique")]

    def __str__(self) -> str:
        return f"{self.prefix}: {self.first} to {self.last}, next {self.next}"
