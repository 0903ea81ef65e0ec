"""Sighting: an address or a card that somebody has really seen."""

from __future__ import annotations

from django.db import models
from nautobot.apps.constants import CHARFIELD_MAX_LENGTH
from nautobot.apps.models import BaseModel, extras_features
from nautobot.ipam.fields import VarbinaryIPField  # not in nautobot.apps as of 3.2

from ..choices import SightingSource


@extras_features("custom_links", "export_templates")  # GraphQL: nautobot_wow.graphql.types, with more than columns
class Sighting(BaseModel):
    """Who saw which address with which MAC, how and where, from when to when. The same again only moves `last_seen`.

    Where only a card was seen (in a MAC table, at the far end of a cable), there is no `host`.
    """

    namespace = models.ForeignKey(to="ipam.Namespace", on_delete=models.CASCADE, related_name="+")
    host = VarbinaryIPField(blank=True, null=True)
    ip_version = models.PositiveSmallIntegerField(blank=True, null=True)
    mac = models.CharField(
        max_length=17, blank=True, verbose_name="MAC address", help_text="BC:24:11:00:00:01, or empty."
    )
    source = models.CharField(max_length=20, choices=SightingSource)
    system = models.ForeignKey(
        to="nautobot_wow.System", on_delete=models.SET_NULL, related_name="sightings", blank=True, null=True
    )
    seen_by = models.CharField(max_length=CHARFIELD_MAX_LENGTH, help_text="The system or program that saw it.")
    where = models.CharField(
        max_length=CHARFIELD_MAX_LENGTH, blank=True, help_text="On which port, interface or guest."
    )
    interface = models.ForeignKey(
        to="dcim.Interface",
        on_delete=models.SET_NULL,
        related_name="wow_sightings",
        blank=True,
        null=True,
        help_text="The port that it was seen on, where Nautobot knows it.",
    )
    vid = models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="VLAN", help_text="In which VLAN.")
    name = models.CharField(max_length=CHARFIELD_MAX_LENGTH, blank=True, help_text="What the other side calls itself.")
    far_port = models.CharField(
        max_length=CHARFIELD_MAX_LENGTH, blank=True, help_text="The neighbour's own name of its port."
    )
    first_seen = models.DateTimeField()
    last_seen = models.DateTimeField()

    is_metadata_associable_model = False
    is_data_compliance_model = False
    natural_key_field_names = ["pk"]

    class Meta:
        ordering = ["-last_seen"]
        indexes = [
            models.Index(fields=["namespace", "host", "-last_seen"], name="wow_sighting_host"),
            models.Index(fields=["mac", "-last_seen"], name="wow_sighting_mac"),
            models.Index(fields=["-last_seen"], name="wow_sighting_age"),
        ]

    def __str__(self) -> str:
        return f"{self.host or 'No address'} {self.mac or 'without MAC'} by {self.seen_by}"
