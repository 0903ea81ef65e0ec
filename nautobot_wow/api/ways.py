"""What REST says of ways to gateways: of a guest, or of a network profile from each node."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from nautobot.virtualization.models import VirtualMachine
from rest_framework import serializers
from rest_framework.generics import get_object_or_404
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from ..models import NetworkProfile
from ..wiring.path import Verdict, Way
from ..wiring.shown import visible_ports, way_shown
from ..wiring.ways import Ways


class HopSerializer(serializers.Serializer):
    """One port on the way; `tag` is that of the frames there, empty without one."""

    device = serializers.CharField()
    port = serializers.CharField(allow_blank=True)
    interface = serializers.UUIDField(allow_null=True)
    tag = serializers.IntegerField(allow_null=True)
    vid = serializers.IntegerField(allow_null=True, help_text="The VLAN of the frames, where it is known.")
    problem = serializers.CharField(allow_blank=True, help_text="Why the VLAN does not pass here.")
    unknown = serializers.CharField(allow_blank=True, help_text="Why nobody knows whether it passes here.")


class WaySerializer(serializers.Serializer):
    """A way from a bridge to the gateway."""

    title = serializers.CharField()
    verdict = serializers.ChoiceField(choices=[one.value for one in Verdict])
    reason = serializers.CharField(allow_blank=True)
    gateway = serializers.CharField(allow_blank=True)
    hops = HopSerializer(many=True)


class WayQuery(serializers.Serializer):
    """Whose ways are asked for: one of the two."""

    virtual_machine = serializers.UUIDField(required=False)
    network_profile = serializers.UUIDField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse neither and both."""
        if len(attrs) != 1:
            raise serializers.ValidationError("Name either a virtual_machine or a network_profile, by its id.")
        return attrs


class WaysView(APIView):
    """Follows the VLAN of a guest or network profile to its gateway."""

    permission_classes = [IsAuthenticated]

    @extend_schema(
        summary="Follow a VLAN to its gateway",
        parameters=[
            OpenApiParameter("virtual_machine", str, description="Id of the guest."),
            OpenApiParameter("network_profile", str, description="Id of the network profile."),
        ],
        responses={
            200: WaySerializer(many=True),
            400: OpenApiResponse(description="Neither or both were named, or not by an id"),
            404: OpenApiResponse(description="There is no such object, or you may not see it"),
        },
    )
    def get(self, request: Request) -> Response:
        """Return the ways; ports that the reader may not see are not named."""
        query = WayQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        found = _ways(request, **query.validated_data)
        visible = visible_ports(request.user, [way for _, way, _ in found if way is not None])
        return Response([_shown(*one, visible) for one in found])


def _ways(request: Request, virtual_machine: Any = None, network_profile: Any = None) -> list[tuple[str, Any, str]]:
    if virtual_machine:
        guest = get_object_or_404(VirtualMachine.objects.restrict(request.user, "view"), pk=virtual_machine)
        ways = Ways().of_guests([guest.pk])
        return [(f"{guest.name} {one.card}, {one.host}", one.way, one.reason) for one in ways]
    profile = get_object_or_404(NetworkProfile.objects.restrict(request.user, "view"), pk=network_profile)
    return [(f"{profile.bridge} of {one.device}", one.way, "") for one in Ways().of_profile(profile)]


def _shown(title: str, way: Way | None, reason: str, visible: frozenset[Any]) -> dict[str, Any]:
    nowhere = {"verdict": Verdict.UNKNOWN.value, "reason": reason, "gateway": "", "hops": []}
    return {"title": title, **(nowhere if way is None else way_shown(way, visible))}
