"""What REST answers to: who has this address or card, since when, and on which port?"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from nautobot.apps.utils import is_uuid
from nautobot.ipam.models import Namespace
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from ..errors import Unusable
from ..ipam.who import Card, WhoHas, who_has
from .allocate import FactSerializer


class HeardOnSerializer(serializers.Serializer):
    """A port on which a card is heard; `why` says how it was told that the card hangs on this one."""

    switch = serializers.CharField()
    port = serializers.CharField()
    vlan = serializers.IntegerField(source="vid", allow_null=True)
    interface = serializers.UUIDField(source="interface.pk", default=None, allow_null=True)
    is_edge = serializers.BooleanField(help_text="The card hangs here.")
    is_uplink = serializers.BooleanField(help_text="It leads to another switch that hears the card as well.")
    is_current = serializers.BooleanField(help_text="It was heard here at the last look.")
    cards = serializers.IntegerField(help_text="How many cards are heard here in that VLAN.")
    box = serializers.CharField(help_text="What is known to be at the far end.")
    why = serializers.CharField()
    since = serializers.DateTimeField()
    last_seen = serializers.DateTimeField()


class CardSerializer(serializers.Serializer):
    """A MAC address: who made it, whose it is in Nautobot, where it hangs."""

    mac = serializers.CharField()
    vendor = serializers.CharField()
    shared = serializers.CharField(help_text="The protocol of a router's shared address (VRRP, CARP), or empty.")
    owners = serializers.SerializerMethodField()
    hosts = serializers.ListField(child=serializers.CharField(), help_text="The addresses that were seen with it.")
    ports = HeardOnSerializer(many=True, help_text="The one that it hangs on comes first.")

    def get_owners(self, card: Card) -> list[str]:
        """Return the interfaces that have it in Nautobot."""
        return [f"{port.parent} {port.name}" for port in card.owners]


class SeenBySerializer(serializers.Serializer):
    """Who saw it, how, and when; the newest comes first."""

    id = serializers.UUIDField(source="row.pk")
    seen_by = serializers.CharField(source="row.seen_by")
    how = serializers.CharField(source="row.source")
    host = serializers.CharField(source="row.host", allow_null=True)
    mac = serializers.CharField(source="row.mac")
    name = serializers.CharField(source="row.name", help_text="What the other side calls itself.")
    says = serializers.CharField(help_text="In words.")
    is_current = serializers.BooleanField(help_text="So it was when its observer last looked.")
    first_seen = serializers.DateTimeField(source="row.first_seen")
    last_seen = serializers.DateTimeField(source="row.last_seen")


class WhoHasSerializer(serializers.Serializer):
    """Who has an address or a card at a moment."""

    host = serializers.CharField()
    mac = serializers.CharField()
    at = serializers.DateTimeField()
    since = serializers.DateTimeField(allow_null=True, help_text="Since when it is as it is.")
    records = serializers.SerializerMethodField()
    seen = SeenBySerializer(many=True, source="witnesses")
    cards = CardSerializer(many=True)
    free = serializers.BooleanField(
        source="explanation.free", default=None, allow_null=True, help_text="Whether nothing speaks against it, now."
    )
    facts = FactSerializer(source="explanation.facts", many=True, default=())
    profiles = serializers.DictField(
        source="explanation.profiles",
        child=serializers.CharField(),
        default=dict,
        help_text="Why each network profile would not give it out; empty: it would.",
    )

    def get_records(self, found: WhoHas) -> list[dict[str, str]]:
        """Return what is written down of the addresses."""
        return [
            {"id": str(row.pk), "address": str(row.address), "status": str(row.status), "dns_name": row.dns_name}
            for row in found.records
        ]


def answer(request: Request) -> Response:
    """Answer for the address or card that the query names, as far as the reader may see it."""
    asked = request.query_params
    text = asked.get("address") or asked.get("mac") or ""
    at = _moment(asked["at"]) if asked.get("at") else None
    try:
        found = who_has(text, _namespace(asked.get("namespace", "Global")), timezone.now(), at=at, user=request.user)
    except Unusable as error:
        raise serializers.ValidationError({"address": [f"{str(error)[:1].upper()}{str(error)[1:]}."]}) from error
    return Response(WhoHasSerializer(found).data)


def _moment(text: str) -> datetime:
    try:
        moment: datetime = serializers.DateTimeField().to_internal_value(text)
    except serializers.ValidationError as error:
        raise serializers.ValidationError({"at": error.detail}) from error
    return moment


def _namespace(name: str) -> Namespace:
    key: dict[str, Any] = {"pk": uuid.UUID(name)} if is_uuid(name) else {"name": name}
    namespace = Namespace.objects.filter(**key).first()
    if namespace is None:
        raise NotFound(f"There is no namespace {name}.")
    return namespace


answers = extend_schema(
    methods=["get"],
    summary="Say who has an address or a card, since when, and on which port",
    parameters=[
        OpenApiParameter("address", str, examples=[OpenApiExample("An address", "172.16.100.54")]),
        OpenApiParameter("mac", str, description="Instead of an address; in any spelling."),
        OpenApiParameter("at", datetime, description="At this moment; left out, now."),
        OpenApiParameter("namespace", str, default="Global", description="Name or id."),
    ],
    responses={
        200: WhoHasSerializer,
        400: OpenApiResponse(description="This is neither an address nor a MAC address, or no moment"),
        404: OpenApiResponse(description="There is no such namespace"),
    },
    filters=False,
)
