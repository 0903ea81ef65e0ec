"""What REST takes where something that saw addresses says so: a list of them, from any program."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any

import netaddr
from django.db import transaction
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from nautobot.ipam.models import Namespace
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from ..choices import SightingSource
from ..ipam.sightings import record
from ..models import Sighting
from ..snapshot import Seen
from .body import Body

MOST_AT_ONCE = 10_000


class SeenBody(Body):
    """One address, or only a card, as it was seen."""

    host = serializers.IPAddressField(
        required=False, default="", help_text="The address; left out where only a card was seen, as in a MAC table."
    )
    source = serializers.ChoiceField(choices=SightingSource.CHOICES, help_text="How it was seen.")
    mac = serializers.CharField(
        required=False, allow_blank=True, default="", help_text="An ARP row without one is no evidence, and left out."
    )
    where = serializers.CharField(
        required=False, allow_blank=True, default="", max_length=255, help_text="On which port, interface or guest."
    )
    vid = serializers.IntegerField(
        required=False, allow_null=True, default=None, min_value=1, max_value=4094, help_text="In which VLAN."
    )
    name = serializers.CharField(
        required=False, allow_blank=True, default="", max_length=255, help_text="What the other side calls itself."
    )
    seen_by = serializers.CharField(max_length=255, help_text="The system or program that saw it.")
    namespace = serializers.CharField(required=False, default="Global", help_text="Name of the namespace.")

    def validate_mac(self, value: str) -> str:
        """Return a MAC address the way it is stored, however it was written."""
        if not value:
            return ""
        try:
            return str(netaddr.EUI(value, version=48, dialect=netaddr.mac_unix_expanded)).upper()
        except (netaddr.AddrFormatError, TypeError, ValueError) as error:
            raise serializers.ValidationError(f"{value!r} is not a MAC address.") from error

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a row that names neither an address nor a card."""
        if not attrs["host"] and not attrs["mac"]:
            raise serializers.ValidationError({"host": ["Write an address, a MAC address, or both."]})
        return attrs


class RecordedSerializer(serializers.Serializer):
    """What became of the list."""

    received = serializers.IntegerField(help_text="How many were in the list.")
    new = serializers.IntegerField(help_text="How many are new; the others were seen the same way the last time.")


def record_all(request: Request) -> Response:
    """Record a list of sightings, all of it or, where anything is wrong with it, nothing."""
    body = SeenBody(data=request.data, many=True, allow_empty=True, max_length=MOST_AT_ONCE)
    body.is_valid(raise_exception=True)
    namespaces = _namespaces({row["namespace"] for row in body.validated_data})
    now, new = timezone.now(), 0
    with transaction.atomic():
        for (name, seen_by), seen in _grouped(body.validated_data).items():
            new += record(seen, namespace=namespaces[name], seen_by=seen_by, now=now)
        _refuse_what_is_not_permitted(request, now, namespaces)
    return Response({"received": len(body.validated_data), "new": new})


def _grouped(rows: list[dict[str, Any]]) -> dict[tuple[str, str], list[Seen]]:
    found: dict[tuple[str, str], list[Seen]] = defaultdict(list)
    for row in rows:
        seen = Seen(**{name: row[name] for name in ("host", "source", "mac", "where", "vid", "name")})
        found[row["namespace"], row["seen_by"]].append(seen)
    return found


def _namespaces(names: set[str]) -> dict[str, Namespace]:
    found = {row.name: row for row in Namespace.objects.filter(name__in=names)}
    if unknown := sorted(names - set(found)):
        raise serializers.ValidationError({"namespace": [f"There is no namespace {', '.join(unknown)}."]})
    return found


def _refuse_what_is_not_permitted(request: Request, now: datetime, namespaces: dict[str, Namespace]) -> None:
    """Raise PermissionDenied where the constraints of the permission leave out a row that was just recorded."""
    rows = Sighting.objects.filter(last_seen=now, namespace__in=namespaces.values())
    if rows.exclude(pk__in=Sighting.objects.restrict(request.user, "add").values("pk")).exists():
        raise PermissionDenied(f"{request.user} may not record some of these; see the constraints of add_sighting.")


records = extend_schema(
    methods=["post"],
    summary="Record what was seen on the network",
    description="The same again only moves the end of what is there already.",
    request=SeenBody(many=True),
    responses={
        200: RecordedSerializer,
        400: OpenApiResponse(description="Names each field that is wrong, row by row; nothing is recorded"),
        403: OpenApiResponse(description="The permission add_sighting is missing"),
    },
    examples=[
        OpenApiExample(
            "The ARP table of a firewall",
            value=[
                {
                    "host": "172.16.100.54",
                    "source": "arp",
                    "mac": "bc:24:11:0a:00:01",
                    "where": "ix3",
                    "seen_by": "pfsense",
                }
            ],
            request_only=True,
        )
    ],
    filters=False,
)
