"""The endpoints of the REST API."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from nautobot.apps.api import NautobotModelViewSet, ReadOnlyModelViewSet
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.request import Request
from rest_framework.response import Response

from ..filters import ClaimFilterSet, ConflictFilterSet, PlanFilterSet, SystemFilterSet
from ..models import Claim, Conflict, Plan, System
from .serializers import ClaimSerializer, ConflictSerializer, PlanSerializer, SystemSerializer


class SystemViewSet(NautobotModelViewSet):
    """The systems we talk to."""

    queryset = System.objects.all()
    serializer_class = SystemSerializer
    filterset_class = SystemFilterSet


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


class PlanViewSet(ReadOnlyModelViewSet):
    """What runs would do, or did."""

    queryset = Plan.objects.all()
    serializer_class = PlanSerializer
    filterset_class = PlanFilterSet

    def get_queryset(self) -> QuerySet[Plan]:
        """Return the plans; their content stays in the database where nobody asked for it."""
        queryset = super().get_queryset()
        return queryset if "content" in self.request.GET.getlist("include") else queryset.defer("content")


class ConflictViewSet(ObjectInDepthMixin, NautobotModelViewSet):
    """What cannot be true at once: to be read, acknowledged and resolved, neither created nor deleted."""

    queryset = Conflict.objects.select_related("object_type")
    serializer_class = ConflictSerializer
    filterset_class = ConflictFilterSet
    http_method_names = ["get", "post", "patch", "head", "options"]  # POST for notes only

    @extend_schema(exclude=True)
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Refuse: conflicts are found by runs."""
        raise MethodNotAllowed(request.method)
