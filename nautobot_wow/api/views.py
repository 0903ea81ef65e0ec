"""The endpoints of the REST API."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from nautobot.apps.api import NautobotModelViewSet, ReadOnlyModelViewSet
from rest_framework.decorators import action
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.generics import get_object_or_404
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from ..choices import ConflictState
from ..filters import (
    AllocationFilterSet,
    ClaimFilterSet,
    ConflictFilterSet,
    DocumentFilterSet,
    GuestImageFilterSet,
    GuestSizeFilterSet,
    NetworkProfileFilterSet,
    PlanFilterSet,
    SightingFilterSet,
    SystemFilterSet,
)
from ..models import (
    Allocation,
    Claim,
    Conflict,
    Document,
    GuestImage,
    GuestSize,
    NetworkProfile,
    Plan,
    Sighting,
    System,
)
from ..ui.start import PUSH_JOB, RELEASE_JOB, SYNC_JOB, TEST_JOB, NotStarted, apply_plan, demand, start
from . import allocate as giving
from . import answers, sightings, who_has
from .body import read
from .serializers import (
    AllocationSerializer,
    ClaimSerializer,
    ConflictSerializer,
    DocumentSerializer,
    GuestImageSerializer,
    GuestSizeSerializer,
    NetworkProfileSerializer,
    PlanSerializer,
    SightingSerializer,
    SystemSerializer,
)
from .start import (
    PushBody,
    ReleaseBody,
    StartPermissions,
    SyncBody,
    answer,
    approved_plan,
    refusal,
    starts,
)

STARTS = {"detail": True, "methods": ["post"], "permission_classes": [StartPermissions], "filterset_class": None}
ACTS = {**STARTS, "pagination_class": None}


class StartsJobsMixin:
    """Endpoints that do something: the row is looked up plainly, then each permission is checked by itself."""

    action: str
    starting: frozenset[str] = frozenset()

    def restrict_queryset(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Leave out nothing where a Job is started: who lacks the permission is told so."""
        if self.action not in self.starting:
            super().restrict_queryset(request, *args, **kwargs)  # type: ignore[misc]


class SystemViewSet(StartsJobsMixin, NautobotModelViewSet):
    """The systems we talk to."""

    queryset = System.objects.all()
    serializer_class = SystemSerializer
    filterset_class = SystemFilterSet
    starting = frozenset({"sync", "push", "test_connection", "release"})

    @starts(SyncBody, "Plan or apply a sync of this System")
    @action(**STARTS)
    def sync(self, request: Request, pk: str | None = None) -> Response:
        """Start the Job "Sync from system"."""
        return self._start(request, SYNC_JOB, read(SyncBody, request))

    @starts(PushBody, "Plan or apply what is sent to this System")
    @action(**STARTS)
    def push(self, request: Request, pk: str | None = None) -> Response:
        """Start the Job "Sync to system"."""
        return self._start(request, PUSH_JOB, read(PushBody, request))

    @starts(None, "Test the connection to this System")
    @action(**STARTS, url_path="test-connection")
    def test_connection(self, request: Request, pk: str | None = None) -> Response:
        """Start the Job "Test connection"; its result holds what was found."""
        return self._start(request, TEST_JOB, {})

    @starts(ReleaseBody, "Plan or apply the release of what this System claims")
    @action(**STARTS)
    def release(self, request: Request, pk: str | None = None) -> Response:
        """Start the Job that releases the claims."""
        return self._start(request, RELEASE_JOB, read(ReleaseBody, request))

    def _start(self, request: Request, class_path: str, values: dict[str, Any]) -> Response:
        system = get_object_or_404(System.objects.all(), pk=self.kwargs["pk"])
        action = "plan" if values.get("dryrun", True) else "apply"
        try:
            demand(request.user, action, system)
            values = _of_plan(system, class_path, values)
            started = start(request.user, class_path, system, action=action, needs_worker=True, **values)
        except NotStarted as reason:
            return refusal(reason)
        return answer(request, started)


def _of_plan(system: System, class_path: str, values: dict[str, Any]) -> dict[str, Any]:
    """Return the values, with what an approved plan was limited to; to ask for something else is refused."""
    if not values.get("approve"):
        return values
    plan = approved_plan(system, values["approve"])
    if plan.is_outbound != (class_path == PUSH_JOB):
        there = "push" if plan.is_outbound else "sync"
        raise NotStarted(f"Plan {plan.digest[:12]} goes the other way; apply it by {there}.", 409)
    only = set(values.get("only", []))
    if only and only != set(plan.only):
        raise NotStarted(
            "The plan is of other nodes and guests.", 400, {"only": ["The plan is of others; leave it out."]}
        )
    return {**values, "only": plan.only}


class ObjectInDepthMixin:
    """Fetches what the rows are about in one query per type, where the request wants to see it in depth."""

    request: Request

    def get_queryset(self) -> QuerySet[Any]:
        """Return the rows."""
        queryset = super().get_queryset()  # type: ignore[misc]
        return queryset.prefetch_related("object") if self.request.GET.get("depth", "0") != "0" else queryset


class ClaimViewSet(ObjectInDepthMixin, ReadOnlyModelViewSet):
    """What each system says exists."""

    queryset = Claim.objects.select_related("object_type")
    serializer_class = ClaimSerializer
    filterset_class = ClaimFilterSet


class PlanViewSet(StartsJobsMixin, ReadOnlyModelViewSet):
    """What runs would do, or did."""

    queryset = Plan.objects.all()
    serializer_class = PlanSerializer
    filterset_class = PlanFilterSet
    starting = frozenset({"apply"})

    @starts(None, "Apply exactly this plan")
    @action(**STARTS)
    def apply(self, request: Request, pk: str | None = None) -> Response:
        """Start the Job that made the plan, with its digest; the guards are passed, a changed world is refused."""
        plan = get_object_or_404(Plan.objects.restrict(request.user, "view"), pk=self.kwargs["pk"])
        try:
            return answer(request, apply_plan(request.user, plan, needs_worker=True))
        except NotStarted as reason:
            return refusal(reason)

    def get_queryset(self) -> QuerySet[Plan]:
        """Return the plans; their content stays in the database where nobody asked for it."""
        queryset = super().get_queryset()
        return queryset if "content" in self.request.GET.getlist("include") else queryset.defer("content")


class ConflictViewSet(StartsJobsMixin, ObjectInDepthMixin, NautobotModelViewSet):
    """What cannot be true at once: to be read, acknowledged and resolved, neither created nor deleted."""

    queryset = Conflict.objects.select_related("object_type")
    serializer_class = ConflictSerializer
    filterset_class = ConflictFilterSet
    http_method_names = ["get", "post", "patch", "head", "options"]  # POST for notes and answers only
    starting = frozenset({"acknowledge", "reopen", "resolve", "connect"})

    @extend_schema(exclude=True)
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Refuse: conflicts are found by runs and rules."""
        raise MethodNotAllowed(request.method)

    @answers.answers("Say that a conflict may stay as it is", answers.AcknowledgeBody)
    @action(**ACTS)
    def acknowledge(self, request: Request, pk: str | None = None) -> Response:
        """Note who says why it may stay, and until when."""
        return answers.acknowledge(self, request, read(answers.AcknowledgeBody, request))

    @answers.answers("Open a conflict again", None)
    @action(**ACTS)
    def reopen(self, request: Request, pk: str | None = None) -> Response:
        """Take an acknowledgement back."""
        return answers.become(self, request, ConflictState.OPEN)

    @answers.answers("Say that a conflict is over", None)
    @action(**ACTS)
    def resolve(self, request: Request, pk: str | None = None) -> Response:
        """Close it; whoever finds it again opens it again."""
        return answers.become(self, request, ConflictState.RESOLVED)

    @answers.connects
    @action(**ACTS)
    def connect(self, request: Request, pk: str | None = None) -> Response:
        """Write down the cable that it proposes, and close it."""
        return answers.connect_ports(self, request)


class NetworkProfileViewSet(NautobotModelViewSet):
    """The networks that addresses are given out of."""

    queryset = NetworkProfile.objects.all()
    serializer_class = NetworkProfileSerializer
    filterset_class = NetworkProfileFilterSet


class DocumentViewSet(NautobotModelViewSet):
    """The texts of Systems that people write."""

    queryset = Document.objects.select_related("system")
    serializer_class = DocumentSerializer
    filterset_class = DocumentFilterSet


class GuestSizeViewSet(NautobotModelViewSet):
    """How large a guest may be."""

    queryset = GuestSize.objects.all()
    serializer_class = GuestSizeSerializer
    filterset_class = GuestSizeFilterSet


class GuestImageViewSet(NautobotModelViewSet):
    """What a guest is made of."""

    queryset = GuestImage.objects.all()
    serializer_class = GuestImageSerializer
    filterset_class = GuestImageFilterSet


class AllocationViewSet(StartsJobsMixin, ReadOnlyModelViewSet):
    """The addresses that were given out, and giving them out."""

    queryset = Allocation.objects.select_related("profile", "namespace", "address", "requested_by")
    serializer_class = AllocationSerializer
    filterset_class = AllocationFilterSet
    starting = frozenset({"allocate", "release", "release_by_key", "promote", "promote_by_key", "explain"})

    @giving.allocates
    @action(**ACTS | {"detail": False})
    def allocate(self, request: Request) -> Response:
        """Give out an address."""
        return giving.allocate(request, read(giving.AllocateBody, request))

    @giving.changes("Give an address back")
    @action(**ACTS)
    def release(self, request: Request, pk: str | None = None) -> Response:
        """Give an address back: its record goes, and it rests for a while."""
        return giving.release(request, giving.allocation_of(pk=self.kwargs["pk"]))

    @giving.changes("Give an address back, by its key", giving.KeyBody)
    @action(**ACTS | {"detail": False}, url_path="release", url_name="release-by-key")
    def release_by_key(self, request: Request) -> Response:
        """Give an address back: its record goes, and it rests for a while."""
        return giving.release(request, giving.allocation_of(**read(giving.KeyBody, request)))

    @giving.changes("Say that an address is used")
    @action(**ACTS)
    def promote(self, request: Request, pk: str | None = None) -> Response:
        """Say that an address is used: it is Active, and does not return by itself any more."""
        return giving.promote(request, giving.allocation_of(pk=self.kwargs["pk"]))

    @giving.changes("Say that an address is used, by its key", giving.KeyBody)
    @action(**ACTS | {"detail": False}, url_path="promote", url_name="promote-by-key")
    def promote_by_key(self, request: Request) -> Response:
        """Say that an address is used: it is Active, and does not return by itself any more."""
        return giving.promote(request, giving.allocation_of(**read(giving.KeyBody, request)))

    @giving.explains
    @action(**ACTS | {"detail": False, "methods": ["get"], "permission_classes": [IsAuthenticated]})
    def explain(self, request: Request) -> Response:
        """Say what is known of an address, as far as the reader may see it."""
        return Response(giving.ExplanationSerializer(giving.explained(request)).data)


class SightingViewSet(ReadOnlyModelViewSet):
    """What was seen on the network, and saying so."""

    queryset = Sighting.objects.select_related("namespace", "system", "interface")
    serializer_class = SightingSerializer
    filterset_class = SightingFilterSet

    @who_has.answers
    @action(detail=False, methods=["get"], url_path="who-has", filterset_class=None, pagination_class=None)
    def who_has(self, request: Request) -> Response:
        """Say who has an address or a card."""
        return who_has.answer(request)

    @sightings.records
    @action(detail=False, methods=["post"], filterset_class=None, pagination_class=None)
    def record(self, request: Request) -> Response:
        """Record a list of sightings. The permission is that to add one."""
        return sightings.record_all(request)
