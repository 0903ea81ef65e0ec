"""What REST takes where a person, or a program on behalf of one, answers a conflict."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError as ModelError
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from ..choices import ConflictState
from ..errors import NotAllowed, Unusable
from ..models import Conflict
from ..wiring.connect import connect
from .body import Body
from .serializers import ConflictSerializer


class AcknowledgeBody(Body):
    """Why a conflict may stay, and until when."""

    reason = serializers.CharField(help_text="Why it may stay as it is.")
    until = serializers.DateTimeField(
        required=False, allow_null=True, default=None, help_text="When it opens again by itself; left out, never."
    )


def answers(summary: str, body: Any) -> Any:
    """Describe an endpoint that answers a conflict."""
    responses = {
        200: ConflictSerializer,
        400: OpenApiResponse(description="Names each field of the body that is wrong"),
        403: OpenApiResponse(description="The permission to change the conflict is missing"),
        404: OpenApiResponse(description="There is no such conflict"),
    }
    return extend_schema(methods=["post"], summary=summary, request=body, responses=responses, filters=False)


class ConnectedSerializer(serializers.Serializer):
    """The cable that was written down."""

    cable = serializers.UUIDField()
    conflict = ConflictSerializer()


connects = extend_schema(
    methods=["post"],
    summary="Write down the cable that a conflict proposes",
    request=None,
    responses={
        201: ConnectedSerializer,
        403: OpenApiResponse(description="The permission dcim.add_cable is missing"),
        404: OpenApiResponse(description="There is no such conflict, or you may not see it"),
        409: OpenApiResponse(description="It proposes no cable, or a port has got one meanwhile"),
    },
    filters=False,
)


def connect_ports(view: Any, request: Request) -> Response:
    """Write the cable down; the permission is that to add cables."""
    conflict = get_object_or_404(Conflict.objects.restrict(request.user, "view"), pk=view.kwargs["pk"])
    try:
        cable = connect(conflict, request.user)
    except NotAllowed as error:
        raise PermissionDenied(f"{error}.") from error
    except Unusable as error:
        return Response({"detail": f"{error}."}, status=409)
    conflict.refresh_from_db()
    shown = ConflictSerializer(conflict, context={"request": request}).data
    return Response({"cable": str(cable.pk), "conflict": shown}, status=201)


def acknowledge(view: Any, request: Request, body: dict[str, Any]) -> Response:
    """Note that it may stay."""
    conflict = _to_change(view, request)
    conflict.reason, conflict.acknowledged_until = body["reason"], body["until"]
    conflict.acknowledged_by, conflict.acknowledged_at = request.user, None
    return _save(request, conflict, ConflictState.ACKNOWLEDGED)


def become(view: Any, request: Request, state: str) -> Response:
    """Give it another state."""
    return _save(request, _to_change(view, request), state)


def _to_change(view: Any, request: Request) -> Conflict:
    conflict = get_object_or_404(Conflict.objects.all(), pk=view.kwargs["pk"])
    if not Conflict.objects.restrict(request.user, "change").filter(pk=conflict.pk).exists():
        raise PermissionDenied(f"{request.user} may not answer this conflict; ask for the permission change_conflict.")
    return conflict  # type: ignore[no-any-return]


def _save(request: Request, conflict: Conflict, state: str) -> Response:
    conflict.state = state
    try:
        conflict.validated_save()
    except ModelError as error:
        fields = error.message_dict
        raise ValidationError({name.replace("acknowledged_until", "until"): fields[name] for name in fields}) from error
    return Response(ConflictSerializer(conflict, context={"request": request}).data)
