"""What REST takes and answers where addresses are given out and given back: checked bodies, sentences on refusals."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from nautobot.apps.utils import is_uuid
from nautobot.ipam.models import Namespace
from rest_framework import serializers, status
from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from ..errors import KeyInUse, NotAllowed, Unavailable, Unusable
from ..ipam import allocator, lifecycle
from ..ipam.explain import Explanation, explain
from ..models import Allocation, NetworkProfile
from .body import Body
from .serializers import AllocationSerializer

LONGEST_HOLD_MINUTES = 30 * 24 * 60


class AllocateBody(Body):
    """Ask for an address."""

    profile = serializers.CharField(help_text="Name or id of the network profile.")
    key = serializers.CharField(
        max_length=255,
        help_text="What you call this request. Asking again with the same key gives the same address.",
    )
    family = serializers.ChoiceField(choices=(4, 6), default=4, help_text="IPv4 or IPv6.")
    host = serializers.IPAddressField(
        required=False, allow_blank=True, default="", help_text="A certain address; left out, the first free one."
    )
    purpose = serializers.CharField(
        required=False, allow_blank=True, default="", max_length=255, help_text="The description of the address."
    )
    justification = serializers.CharField(
        required=False, allow_blank=True, default="", help_text="A restricted profile wants one."
    )
    dns_name = serializers.CharField(required=False, allow_blank=True, default="", max_length=255)
    hold_minutes = serializers.IntegerField(
        required=False,
        allow_null=True,
        default=None,
        min_value=1,
        max_value=LONGEST_HOLD_MINUTES,
        help_text="How long it is held for you; left out, as long as the profile says.",
    )


class KeyBody(Body):
    """Name an allocation by its key."""

    key = serializers.CharField(max_length=255, help_text="The key that the address was asked for with.")


class NetworkSerializer(serializers.Serializer):
    """What a guest is told of its network."""

    prefix = serializers.CharField()
    gateway = serializers.CharField(allow_null=True)
    dns_servers = serializers.ListField(child=serializers.CharField())
    search_domain = serializers.CharField()
    ntp_servers = serializers.ListField(child=serializers.CharField())
    bridge = serializers.CharField()
    vlan_tag = serializers.IntegerField(allow_null=True)


class AllocatedSerializer(AllocationSerializer):
    """An Allocation with all that is needed to configure the guest."""

    network = serializers.SerializerMethodField()

    def get_network(self, given: Allocation) -> NetworkSerializer:
        """Return what the guest is told of its network."""
        profile, is_v4 = given.profile, given.ip_version == 4
        return NetworkSerializer(
            {
                "prefix": str((profile.prefix if is_v4 else profile.prefix6).prefix),
                "gateway": profile.gateway if is_v4 else profile.gateway6,
                "dns_servers": profile.dns_servers,
                "search_domain": profile.search_domain,
                "ntp_servers": profile.ntp_servers,
                "bridge": profile.bridge,
                "vlan_tag": profile.vlan_tag,
            }
        ).data


class PassedOverSerializer(serializers.Serializer):
    """How many addresses were passed over for one reason, and the first of them."""

    reason = serializers.CharField()
    count = serializers.IntegerField()
    first = serializers.ListField(child=serializers.CharField())


class WitnessSerializer(serializers.Serializer):
    """Who saw an address that is therefore not given out, how and when, and on which port its card hangs."""

    address = serializers.CharField()
    seen_by = serializers.CharField()
    how = serializers.CharField()
    mac = serializers.CharField()
    since = serializers.DateTimeField()
    at = serializers.DateTimeField()
    port = serializers.CharField(help_text="Empty where that is not known.")
    says = serializers.CharField(help_text="In a sentence.")


class NothingFreeSerializer(serializers.Serializer):
    """Why no address was given."""

    detail = serializers.CharField()
    considered = serializers.IntegerField(required=False)
    passed_over = PassedOverSerializer(many=True, required=False)
    seen = WitnessSerializer(many=True, required=False, help_text="As far as the asker may see sightings.")


class FactSerializer(serializers.Serializer):
    """One thing that is known of an address."""

    source = serializers.CharField()
    says = serializers.CharField()
    at = serializers.DateTimeField(allow_null=True)


class ExplanationSerializer(serializers.Serializer):
    """What is known of an address, and why each profile would not give it out (empty: it would)."""

    host = serializers.CharField()
    free = serializers.BooleanField()
    facts = FactSerializer(many=True)
    profiles = serializers.DictField(child=serializers.CharField())


def allocate(request: Request, values: dict[str, Any]) -> Response:
    """Give an address out: 201, or 200 with what this key has already."""
    profile = _permitted(request, _profile_of(values.pop("profile")))
    minutes = values.pop("hold_minutes")
    hold = timedelta(minutes=minutes) if minutes is not None else None
    try:
        given, is_new = allocator.allocate(allocator.Ask(profile=profile, user=request.user, hold=hold, **values))
    except Unusable as error:
        field, _, text = str(error).partition(": ")
        raise serializers.ValidationError({field: [f"{text[:1].upper()}{text[1:]}."]}) from error
    except ValidationError as error:  # of the address itself: somebody's rules in Nautobot
        raise serializers.ValidationError(serializers.as_serializer_error(error)) from error
    except NotAllowed as error:
        raise PermissionDenied(f"{error}.") from error
    except KeyInUse as error:
        return conflict(error, {})
    except Unavailable as error:
        return conflict(error, error.detail)
    return shown(request, given, status.HTTP_201_CREATED if is_new else status.HTTP_200_OK)


def release(request: Request, allocation: Allocation) -> Response:
    """Give an address back; twice is no error."""
    return _changed(request, allocation, lifecycle.release)


def promote(request: Request, allocation: Allocation) -> Response:
    """Say that an address is used; twice is no error."""
    return _changed(request, allocation, lifecycle.promote)


def allocation_of(**key: Any) -> Allocation:
    """Return an allocation by its id or key. Raises NotFound."""
    found = Allocation.objects.filter(**key).select_related("profile").first()
    if found is None:
        name, value = next(iter(key.items()))
        raise NotFound(f"There is no allocation with the {'id' if name == 'pk' else name} {value}.")
    return found


def explained(request: Request) -> Explanation:
    """Return what is known of the address that the query names, as far as the reader may see it."""
    address, name = request.query_params.get("address", ""), request.query_params.get("namespace", "Global")
    key = {"pk": uuid.UUID(name)} if is_uuid(name) else {"name": name}
    namespace = Namespace.objects.filter(**key).first()
    if namespace is None:
        raise NotFound(f"There is no namespace {name}.")
    try:
        return explain(address, namespace, timezone.now(), user=request.user)
    except Unusable as error:
        raise serializers.ValidationError({"address": [f"{address!r} is not an address."]}) from error


def shown(request: Request, allocation: Allocation, code: int = status.HTTP_200_OK) -> Response:
    """Show an allocation with its network."""
    return Response(AllocatedSerializer(allocation, context={"request": request, "depth": 0}).data, status=code)


def conflict(error: Exception, detail: dict[str, Any]) -> Response:
    """Say why not, with what stands in the way: 409."""
    return Response({"detail": f"{error}.", **detail}, status=status.HTTP_409_CONFLICT)


def _changed(request: Request, allocation: Allocation, change: Any) -> Response:
    _permitted(request, allocation.profile)
    try:
        return shown(request, change(allocation))
    except Unavailable as error:
        return conflict(error, error.detail)


def _profile_of(text: str) -> NetworkProfile:
    key = {"pk": uuid.UUID(text)} if is_uuid(text) else {"name": text}
    found = NetworkProfile.objects.filter(**key).select_related("prefix", "prefix6").first()
    if found is None:
        raise NotFound(f"There is no network profile {text}.")
    return found


def _permitted(request: Request, profile: NetworkProfile) -> NetworkProfile:
    if not NetworkProfile.objects.restrict(request.user, "allocate").filter(pk=profile.pk).exists():
        raise PermissionDenied(
            f"{request.user} may not allocate from {profile}; ask for the permission allocate_networkprofile."
        )
    return profile


REFUSED = {
    403: OpenApiResponse(
        description="The permission allocate_networkprofile is missing for this profile, or it wants an approval"
    ),
    404: OpenApiResponse(description="There is no such profile or allocation"),
}
STILL_USED = OpenApiResponse(
    NothingFreeSerializer, description="Somebody still has the address, or it is not held any more"
)
GIVEN = {
    "key": "web-01",
    "cidr": "172.16.100.10/24",
    "host": "172.16.100.10",
    "state": "held",
    "network": {
        "prefix": "172.16.100.0/24",
        "gateway": "172.16.100.1",
        "dns_servers": ["172.16.100.2", "172.16.110.100"],
        "search_domain": "wow.example",
        "ntp_servers": ["10.1.1.1"],
        "bridge": "vmbr0",
        "vlan_tag": None,
    },
}
FULL = {
    "detail": "apps: no address of 172.16.100.0/24 is free (40 considered); give the profile another range, or give "
    "back what is not needed.",
    "considered": 40,
    "passed_over": [
        {"reason": "in Nautobot", "count": 39, "first": ["172.16.100.10", "172.16.100.11"]},
        {"reason": "seen on the network", "count": 1, "first": ["172.16.100.49"]},
    ],
}

allocates = extend_schema(
    methods=["post"],
    summary="Give out an address",
    description="The same key gets the same address, however often and by however many callers it is asked for.",
    request=AllocateBody,
    responses={
        201: OpenApiResponse(AllocatedSerializer, description="The address is held for this key"),
        200: OpenApiResponse(AllocatedSerializer, description="This key has the address already"),
        400: OpenApiResponse(description="Names each field that is wrong"),
        **REFUSED,
        409: OpenApiResponse(
            NothingFreeSerializer, description="Nothing is free, or the wanted address is not, or the key is taken"
        ),
    },
    examples=[
        OpenApiExample(
            "The first free address",
            value={"profile": "apps", "key": "web-01", "purpose": "Web server", "dns_name": "web-01.wow.example"},
            request_only=True,
        ),
        OpenApiExample(
            "A certain address of a restricted network",
            value={
                "profile": "proxmox-mgmt",
                "key": "backup",
                "host": "172.16.110.20",
                "justification": "The backup server reaches the hypervisors",
            },
            request_only=True,
        ),
        OpenApiExample("Held", value=GIVEN, response_only=True, status_codes=["201", "200"]),
        OpenApiExample("Nothing is free", value=FULL, response_only=True, status_codes=["409"]),
    ],
    filters=False,
)


def changes(summary: str, body: Any = None) -> Any:
    """Describe an endpoint that gives an address back or says that it is used."""
    return extend_schema(
        methods=["post"],
        summary=summary,
        request=body,
        responses={
            200: AllocatedSerializer,
            400: OpenApiResponse(description="Names each field that is wrong"),
            **REFUSED,
            409: STILL_USED,
        },
        examples=[
            OpenApiExample("By key", value={"key": "web-01"}, request_only=True),
            OpenApiExample("The allocation", value=GIVEN, response_only=True, status_codes=["200"]),
        ],
        filters=False,
    )


explains = extend_schema(
    methods=["get"],
    summary="Say what is known of an address",
    parameters=[
        OpenApiParameter("address", str, required=True, examples=[OpenApiExample("An address", "172.16.100.54")]),
        OpenApiParameter("namespace", str, default="Global", description="Name or id."),
    ],
    responses={
        200: ExplanationSerializer,
        400: OpenApiResponse(description="This is no address"),
        404: OpenApiResponse(description="There is no such namespace"),
    },
    examples=[
        OpenApiExample(
            "Seen",
            value={
                "host": "172.16.100.54",
                "free": False,
                "facts": [
                    {"source": "range", "says": "DHCP pfSense apps", "at": None},
                    {"source": "pfsense", "says": "ARP table with BC:24:11:0A:00:01 on ix3", "at": "2026-01-01T08:00Z"},
                ],
                "profiles": {"apps": "outside of what the profile gives out"},
            },
            response_only=True,
        )
    ],
    filters=False,
)
