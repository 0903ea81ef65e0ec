"""Filters of the lists, of REST and of GraphQL."""

from __future__ import annotations

from django.contrib.auth import get_user_model
from django.db.models import Q, QuerySet
from django.utils import timezone
from nautobot.apps.filters import (
    BaseFilterSet,
    BooleanFilter,
    ContentTypeFilter,
    ModelMultipleChoiceFilter,
    MultipleChoiceFilter,
    NaturalKeyOrPKMultipleChoiceFilter,
    NautobotFilterSet,
    RelatedMembershipBooleanFilter,
    SearchFilter,
    TreeNodeMultipleChoiceFilter,
)
from nautobot.dcim.models import Device, Location
from nautobot.extras.models import ExternalIntegration, JobResult
from nautobot.ipam.models import Namespace
from nautobot.virtualization.models import Cluster

from .choices import (
    ConflictKind,
    ConflictState,
    DeletePolicy,
    Mode,
    PlanState,
    RecordKind,
    RunStatus,
    Severity,
    system_kinds,
)
from .models import Claim, Conflict, Plan, System


def _system_filter() -> NaturalKeyOrPKMultipleChoiceFilter:
    return NaturalKeyOrPKMultipleChoiceFilter(queryset=System.objects.all(), label="System (name or ID)")


class SystemFilterSet(NautobotFilterSet):
    """Filters of Systems."""

    q = SearchFilter(filter_predicates={"name": "icontains", "description": "icontains"})
    kind = MultipleChoiceFilter(choices=system_kinds)
    mode = MultipleChoiceFilter(choices=Mode)
    delete_policy = MultipleChoiceFilter(choices=DeletePolicy)
    last_status = MultipleChoiceFilter(choices=RunStatus)
    external_integration = NaturalKeyOrPKMultipleChoiceFilter(
        queryset=ExternalIntegration.objects.all(), label="External integration (name or ID)"
    )
    location = TreeNodeMultipleChoiceFilter(
        queryset=Location.objects.all(), to_field_name="name", label="Location (name or ID)"
    )
    cluster = NaturalKeyOrPKMultipleChoiceFilter(queryset=Cluster.objects.all(), label="Cluster (name or ID)")
    device = NaturalKeyOrPKMultipleChoiceFilter(queryset=Device.objects.all(), label="Device (name or ID)")
    namespace = NaturalKeyOrPKMultipleChoiceFilter(queryset=Namespace.objects.all(), label="Namespace (name or ID)")
    has_conflicts = RelatedMembershipBooleanFilter(field_name="conflicts", label="Has conflicts")

    class Meta:
        model = System
        fields = (
            "id",
            "name",
            "kind",
            "description",
            "enabled",
            "external_integration",
            "location",
            "cluster",
            "device",
            "namespace",
            "mode",
            "precedence",
            "delete_policy",
            "grace_runs",
            "last_status",
            "last_run_at",
            "last_success_at",
            "created",
            "last_updated",
            "tags",
        )


class ClaimFilterSet(BaseFilterSet):
    """Filters of Claims."""

    q = SearchFilter(filter_predicates={"external_id": "icontains", "system__name": "icontains"})
    system = _system_filter()
    kind = MultipleChoiceFilter(choices=RecordKind)
    object_type = ContentTypeFilter()
    missing = BooleanFilter(method="filter_missing", label="Missing at the source")

    class Meta:
        model = Claim
        fields = (
            "id",
            "system",
            "kind",
            "external_id",
            "object_type",
            "object_id",
            "created_object",
            "missing_since",
            "missed_runs",
            "retired",
            "created",
        )

    def filter_missing(self, queryset: QuerySet[Claim], name: str, value: bool) -> QuerySet[Claim]:
        """Keep what is, or is not, missing at its system."""
        return queryset.filter(missing_since__isnull=not value)


class PlanFilterSet(BaseFilterSet):
    """Filters of Plans."""

    q = SearchFilter(filter_predicates={"digest": "istartswith", "system__name": "icontains"})
    system = _system_filter()
    state = MultipleChoiceFilter(choices=PlanState, method="filter_state", label="State")
    requested_by = NaturalKeyOrPKMultipleChoiceFilter(
        queryset=get_user_model().objects.all(), to_field_name="username", label="Requested by (username or ID)"
    )
    applied_by = NaturalKeyOrPKMultipleChoiceFilter(
        queryset=get_user_model().objects.all(), to_field_name="username", label="Applied by (username or ID)"
    )
    job_result = ModelMultipleChoiceFilter(queryset=JobResult.objects.all(), label="Job result (ID)")

    class Meta:
        model = Plan
        fields = (
            "id",
            "system",
            "digest",
            "truncated",
            "created",
            "expires",
            "requested_by",
            "applied_at",
            "applied_by",
            "job_result",
        )

    def filter_state(self, queryset: QuerySet[Plan], name: str, value: list[str]) -> QuerySet[Plan]:
        """Keep the plans in one of the states; the state is derived as in `Plan.state`."""
        if not value:
            return queryset
        unapplied = Q(applied_at__isnull=True)
        expired = Q(expires__lte=timezone.now())
        conditions = {
            PlanState.APPLIED: ~unapplied,
            PlanState.EXPIRED: unapplied & expired,
            PlanState.REFUSED: unapplied & ~expired & ~Q(refused=""),
            PlanState.PENDING: unapplied & ~expired & Q(refused=""),
        }
        wanted = Q(pk__in=[])
        for state in value:
            wanted |= conditions[state]
        return queryset.filter(wanted)


class ConflictFilterSet(NautobotFilterSet):
    """Filters of Conflicts."""

    q = SearchFilter(filter_predicates={"title": "icontains", "message": "icontains", "system__name": "icontains"})
    system = _system_filter()
    kind = MultipleChoiceFilter(choices=ConflictKind)
    severity = MultipleChoiceFilter(choices=Severity)
    state = MultipleChoiceFilter(choices=ConflictState)
    object_type = ContentTypeFilter()

    class Meta:
        model = Conflict
        fields = (
            "id",
            "key",
            "title",
            "kind",
            "severity",
            "system",
            "object_type",
            "object_id",
            "first_seen",
            "last_seen",
            "state",
            "resolved_at",
            "created",
            "last_updated",
            "tags",
        )
