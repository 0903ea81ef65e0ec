"""Claim: "this system says that this object exists and has these values"."""

from __future__ import annotations

from datetime import datetime

from django.contrib.contenttypes.fields import GenericForeignKey
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.urls import reverse
from django.utils.http import urlencode
from nautobot.apps.models import BaseModel, extras_features

from ..choices import RecordKind


@extras_features("custom_links", "export_templates", "graphql")
class Claim(BaseModel):
    """The only mark of ownership: ties an object of one system to one in Nautobot. Written by runs, never by people."""

    # A System is removed only after its claims were given up by a plan (Job "Release a System").
    system = models.ForeignKey(to="nautobot_wow.System", on_delete=models.PROTECT, related_name="claims")
    kind = models.CharField(max_length=50, choices=RecordKind)
    external_id = models.CharField(
        max_length=255,
        verbose_name="external id",
        help_text="What the system itself never changes, for example lxc/210.",
    )
    scopes = models.JSONField(
        default=list,
        blank=True,
        help_text="The listings that would show the object; only if all were read it can be missing.",
    )
    object_type = models.ForeignKey(to="contenttypes.ContentType", on_delete=models.PROTECT, related_name="+")
    object_id = models.UUIDField()
    object = GenericForeignKey(ct_field="object_type", fk_field="object_id")
    values = models.JSONField(
        default=dict, blank=True, encoder=DjangoJSONEncoder, help_text="What the system last said of the object."
    )
    fingerprint = models.JSONField(
        default=list, blank=True, help_text="Tokens that survive a rename but not a rebuild (UUID, MAC addresses)."
    )
    origin = models.CharField(
        max_length=255,
        blank=True,
        help_text="Where a person finds it: a document and its line; empty where a system was asked.",
    )
    created_object = models.BooleanField(
        default=False, help_text="Whether this System created the object; it never deletes another one."
    )
    missing_since = models.DateTimeField(blank=True, null=True)
    missed_runs = models.PositiveSmallIntegerField(default=0)
    retired = models.BooleanField(default=False)
    created = models.DateTimeField(auto_now_add=True)

    is_metadata_associable_model = False
    is_data_compliance_model = False
    natural_key_field_names = ["system", "kind", "external_id"]

    class Meta:
        ordering = ["system", "kind", "external_id"]
        constraints = [
            models.UniqueConstraint(fields=["system", "kind", "external_id"], name="wow_claim_unique"),
        ]
        indexes = [models.Index(fields=["object_type", "object_id"], name="wow_claim_object")]

    def __str__(self) -> str:
        return f"{self.system}: {self.external_id}"

    @property
    def origin_url(self) -> str:
        """Where the document is shown that the claim stands in; the list is empty where Git keeps it."""
        path, _, _ = self.origin.rpartition(":")
        query = urlencode({"system": self.system.name, "path": path})
        return f"{reverse('plugins:nautobot_wow:document_list')}?{query}"

    @property
    def last_seen(self) -> datetime | None:
        """When the object was last known to be there; not written per row, but derived from the System's runs."""
        return self.missing_since or self.system.last_success_at
