"""What REST takes and answers where it starts a Job: checked bodies, 202 with where to look, sentences on refusals."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiResponse, extend_schema
from nautobot.core.api.authentication import TokenPermissions  # not in nautobot.apps as of 3.2
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from ..models import Plan, System
from ..ui.start import NotStarted, Started
from .body import Body

DIGEST = r"^[0-9a-f]{64}$"
MOST_KEYS = 1000


class StartPermissions(TokenPermissions):
    """Somebody who is logged in, or a token that may write; what else it takes is looked up for the System itself."""

    perms_map = {**TokenPermissions.perms_map, "POST": []}


class ReleaseBody(Body):
    """Plan, or apply a plan."""

    dryrun = serializers.BooleanField(default=True, help_text="Only make the plan.")
    approve = serializers.RegexField(
        DIGEST,
        required=False,
        allow_blank=True,
        default="",
        help_text="The digest of a plan: exactly that is applied, past the guards. Takes dryrun = false.",
        error_messages={"invalid": "This is not a digest: 64 hexadecimal digits in lower case."},
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse what contradicts itself."""
        if attrs["approve"] and attrs["dryrun"]:
            raise serializers.ValidationError({"approve": ["A dry run approves nothing; send dryrun = false with it."]})
        return attrs


class PushBody(ReleaseBody):
    """Plan or apply what is sent of that which people changed in Nautobot."""


class SyncBody(ReleaseBody):
    """Plan or apply a sync, of everything or of single nodes and guests."""

    only = serializers.ListField(
        child=serializers.CharField(max_length=255),
        required=False,
        default=list,
        max_length=MOST_KEYS,
        help_text="Keys of nodes and guests, for example lxc/210; left out or empty means everything.",
    )


class ReferenceSerializer(serializers.Serializer):
    """Where a row is."""

    id = serializers.UUIDField()
    object_type = serializers.CharField()
    url = serializers.URLField()


class StartedSerializer(serializers.Serializer):
    """What was started: a JobResult; or, where an approval workflow of Nautobot holds, a ScheduledJob that waits."""

    job_result = ReferenceSerializer(allow_null=True)
    scheduled_job = ReferenceSerializer(allow_null=True)


class RefusalSerializer(serializers.Serializer):
    """Why nothing was started, as a sentence."""

    detail = serializers.CharField()


def starts(body: Any, summary: str) -> Any:
    """Describe an endpoint that starts a Job."""
    refusals = {
        403: "A permission is missing: run on the Job; on the System plan for a dry run or a test, apply otherwise",
        404: "There is no such object, or the Job is not installed",
        409: "Not now: the Job or the System is not enabled, or the plan was applied already, expired or is unknown",
        503: "No worker listens to the queue of the Job",
    }
    return extend_schema(
        methods=["post"],
        summary=summary,
        request=body,
        responses={
            202: StartedSerializer,
            400: OpenApiResponse(description="Names each field of the body that is wrong"),
            **{code: OpenApiResponse(RefusalSerializer, description=text) for code, text in refusals.items()},
        },
        filters=False,
    )


def approved_plan(system: System, digest: str) -> Plan:
    """Return the plan of a System that a digest names. Raises NotStarted where it cannot be applied."""
    plan = Plan.objects.filter(system=system, digest=digest).order_by("-created").first()
    if plan is None:
        raise NotStarted(f"{system} has no plan {digest[:12]}; make one and approve that.", 409)
    if not plan.approvable:
        raise NotStarted(f"Plan {digest[:12]} cannot be applied: it {plan.why_not}.", 409)
    return plan


def answer(request: Request, started: Started) -> Response:
    """Say where to look: 202."""
    shown = {
        "job_result": _reference(request, started.job_result, "extras-api:jobresult-detail"),
        "scheduled_job": _reference(request, started.scheduled_job, "extras-api:scheduledjob-detail"),
    }
    return Response(shown, status=status.HTTP_202_ACCEPTED)


def refusal(reason: NotStarted) -> Response:
    """Say why nothing was started; wrong input by its fields."""
    if reason.status == status.HTTP_400_BAD_REQUEST and reason.fields:
        return Response({name or "detail": texts for name, texts in reason.fields.items()}, status=reason.status)
    return Response({"detail": str(reason)}, status=reason.status)


def _reference(request: Request, row: Any, route: str) -> dict[str, Any] | None:
    if row is None:
        return None
    return {
        "id": str(row.pk),
        "object_type": row._meta.label_lower,
        "url": reverse(route, kwargs={"pk": row.pk}, request=request),
    }
