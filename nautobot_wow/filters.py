"""Filters of the lists, of REST and of GraphQL."""

from __future__ import annotations

from typing import Any

import netaddr
from django.contrib.auth import get_user_model
from django.db.models import Q, QuerySet
from django.utils import timezone
from nautobot.apps.filters import (
    BaseFilterSet,
    BooleanFilter,
    ContentTypeFilter,
    ModelMultipleChoiceFilter,
    MultipleChoiceFilter,
    MultiValueCharFilter,
    MultiValueUUIDFilter,
    NaturalKeyOrPKMultipleChoiceFilter,
    NautobotFilterSet,
    RelatedMembershipBooleanFilter,
    SearchFilter,
    TreeNodeMultipleChoiceFilter,
)
from nautobot.dcim.models import Device, Interface, Location, Platform
from nautobot.extras.models import ExternalIntegration, JobResult
from nautobot.ipam.models import IPAddress, IPAddressRange, Namespace, Prefix
from nautobot.virtualization.models import Cluster, VirtualMachine

from .choices import (
    AllocationState,
    ConflictState,
    DeletePolicy,
    GuestKind,
    Mode,
    PlanState,
    RecordKind,
    RequestAction,
    RequestStage,
    RunStatus,
    Severity,
    SightingSource,
    conflict_kinds,
    system_kinds,
)
from .conflicts.registry import RULES
from .models import (
    Allocation,
    Claim,
    Conflict,
    Document,
    GuestImage,
    GuestRequest,
    GuestSize,
    NetworkProfile,
    Plan,
    Sighting,
    System,
)


def _system_filter() -> NaturalKeyOrPKMultipleChoiceFilter:
    return NaturalKeyOrPKMultipleChoiceFilter(queryset=System.objects.all(), label="System (name or ID)")


def _namespace_filter() -> NaturalKeyOrPKMultipleChoiceFilter:
    return NaturalKeyOrPKMultipleChoiceFilter(queryset=Namespace.objects.all(), label="Namespace (name or ID)")


def _user_filter(label: str) -> NaturalKeyOrPKMultipleChoiceFilter:
    return NaturalKeyOrPKMultipleChoiceFilter(
        queryset=get_user_model().objects.all(), to_field_name="username", label=f"{label} (username or ID)"
    )


class HostFilterMixin(BaseFilterSet):
    """Finds rows by address, or by a network that contains it."""

    host = MultiValueCharFilter(method="filter_host", label="Address, or network that contains it")

    def filter_host(self, queryset: QuerySet[Any], name: str, value: list[str]) -> QuerySet[Any]:
        """Keep what has one of the addresses, or lies in one of the networks; none does in what is neither."""
        wanted = Q(pk__in=[])
        for text in value:
            try:
                network = netaddr.IPNetwork(text)
            except (netaddr.AddrFormatError, ValueError):
                continue
            ends = {"host__gte": str(netaddr.IPAddress(network.first, network.version))}
            ends["host__lte"] = str(netaddr.IPAddress(network.last, network.version))
            wanted |= Q(ip_version=network.version, **ends)
        return queryset.filter(wanted)


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
    namespace = _namespace_filter()
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

    q = SearchFilter(filter_predicates={"external_id": "icontains", "system__name": "icontains", "origin": "icontains"})
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
            "origin",
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
    requested_by = _user_filter("Requested by")
    applied_by = _user_filter("Applied by")
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

    q = SearchFilter(
        filter_predicates={
            "title": "icontains",
            "message": "icontains",
            "system__name": "icontains",
            "host": {"lookup_expr": "exact", "preprocessor": str.strip},
        }
    )
    system = _system_filter()
    kind = MultipleChoiceFilter(choices=conflict_kinds)
    is_found_by_rule = BooleanFilter(method="filter_rule", label="Found by a rule, not by a run")
    involves = MultiValueUUIDFilter(method="filter_involves", label="About this object, or another one's too (ID)")
    prefix = ModelMultipleChoiceFilter(queryset=Prefix.objects.all(), label="Prefix (ID)")
    location = TreeNodeMultipleChoiceFilter(
        queryset=Location.objects.all(), to_field_name="name", label="Location (name or ID)"
    )
    acknowledged_by = _user_filter("Who acknowledged it")
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
            "host",
            "prefix",
            "location",
            "first_seen",
            "last_seen",
            "state",
            "resolved_at",
            "acknowledged_by",
            "acknowledged_at",
            "acknowledged_until",
            "reason",
            "times_opened",
            "created",
            "last_updated",
            "tags",
        )

    def filter_rule(self, queryset: QuerySet[Conflict], name: str, value: bool) -> QuerySet[Conflict]:
        """Keep what rules found, or what runs disputed."""
        by_rule = Q(kind__in=RULES)
        return queryset.filter(by_rule if value else ~by_rule)

    def filter_involves(self, queryset: QuerySet[Conflict], name: str, value: list[Any]) -> QuerySet[Conflict]:
        """Keep what is about one of the objects, be it not of it alone."""
        wanted = Q(object_id__in=value)
        for pk in value:
            wanted |= Q(involved__contains=[str(pk)])
        return queryset.filter(wanted)


class NetworkProfileFilterSet(NautobotFilterSet):
    """Filters of NetworkProfiles."""

    q = SearchFilter(
        filter_predicates={"name": "icontains", "description": "icontains", "search_domain": "icontains"},
    )
    prefix = ModelMultipleChoiceFilter(queryset=Prefix.objects.all(), label="Prefix (ID)")
    prefix6 = ModelMultipleChoiceFilter(queryset=Prefix.objects.all(), label="IPv6 prefix (ID)")
    ranges = ModelMultipleChoiceFilter(queryset=IPAddressRange.objects.all(), label="Range (ID)")

    class Meta:
        model = NetworkProfile
        fields = (
            "id",
            "name",
            "description",
            "enabled",
            "is_default",
            "prefix",
            "prefix6",
            "ranges",
            "bridge",
            "vlan_tag",
            "search_domain",
            "restricted",
            "hold_minutes",
            "probe",
            "quarantine_hours",
            "created",
            "last_updated",
            "tags",
        )


class DocumentFilterSet(NautobotFilterSet):
    """Filters of Documents."""

    q = SearchFilter(filter_predicates={"path": "icontains", "content": "icontains"})
    system = _system_filter()
    uploaded_by = _user_filter("Uploaded by")

    class Meta:
        model = Document
        fields = ("id", "system", "path", "digest", "uploaded_by", "uploaded_at", "created", "last_updated", "tags")


class GuestSizeFilterSet(NautobotFilterSet):
    """Filters of GuestSizes."""

    q = SearchFilter(filter_predicates={"name": "icontains", "description": "icontains"})

    class Meta:
        model = GuestSize
        fields = (
            "id",
            "name",
            "description",
            "container_cores",
            "container_memory_mb",
            "container_disk_gb",
            "vm_cores",
            "vm_memory_mb",
            "vm_disk_gb",
            "created",
            "last_updated",
            "tags",
        )


class GuestImageFilterSet(NautobotFilterSet):
    """Filters of GuestImages."""

    q = SearchFilter(filter_predicates={"name": "icontains", "description": "icontains", "source": "icontains"})
    system = _system_filter()
    guest_type = MultipleChoiceFilter(choices=GuestKind)
    platform = NaturalKeyOrPKMultipleChoiceFilter(
        queryset=Platform.objects.all(), to_field_name="name", label="Platform (name or ID)"
    )

    class Meta:
        model = GuestImage
        fields = (
            "id",
            "name",
            "description",
            "system",
            "guest_type",
            "source",
            "platform",
            "default_user",
            "created",
            "last_updated",
            "tags",
        )


class AllocationFilterSet(HostFilterMixin):
    """Filters of Allocations."""

    q = SearchFilter(filter_predicates={"key": "icontains", "purpose": "icontains", "profile__name": "icontains"})
    profile = NaturalKeyOrPKMultipleChoiceFilter(
        queryset=NetworkProfile.objects.all(), to_field_name="name", label="Network profile (name or ID)"
    )
    namespace = _namespace_filter()
    address = ModelMultipleChoiceFilter(queryset=IPAddress.objects.all(), label="IP address (ID)")
    state = MultipleChoiceFilter(choices=AllocationState)
    requested_by = _user_filter("Requested by")

    class Meta:
        model = Allocation
        fields = (
            "id",
            "key",
            "profile",
            "namespace",
            "host",
            "ip_version",
            "address",
            "state",
            "purpose",
            "requested_by",
            "created",
            "expires",
            "released",
            "rests_until",
        )


class SightingFilterSet(HostFilterMixin):
    """Filters of Sightings. Who had an address at a time: first seen before it, last seen after it."""

    q = SearchFilter(
        filter_predicates={"mac": "icontains", "seen_by": "icontains", "where": "icontains", "name": "icontains"}
    )
    namespace = _namespace_filter()
    system = _system_filter()
    mac = MultiValueCharFilter(lookup_expr="iexact", label="MAC address")
    source = MultipleChoiceFilter(choices=SightingSource)
    interface = ModelMultipleChoiceFilter(queryset=Interface.objects.all(), label="Interface (ID)")

    class Meta:
        model = Sighting
        fields = (
            "id",
            "namespace",
            "host",
            "ip_version",
            "mac",
            "source",
            "system",
            "seen_by",
            "where",
            "interface",
            "vid",
            "name",
            "far_port",
            "first_seen",
            "last_seen",
        )


class GuestRequestFilterSet(NautobotFilterSet):
    """Filters of GuestRequests."""

    q = SearchFilter(filter_predicates={"name": "icontains", "key": "icontains", "error": "icontains"})
    action = MultipleChoiceFilter(choices=RequestAction)
    stage = MultipleChoiceFilter(choices=RequestStage)
    system = NaturalKeyOrPKMultipleChoiceFilter(queryset=System.objects.all(), label="System (name or ID)")
    profile = NaturalKeyOrPKMultipleChoiceFilter(queryset=NetworkProfile.objects.all(), label="Network (name or ID)")
    guest = ModelMultipleChoiceFilter(queryset=VirtualMachine.objects.all(), label="Guest (ID)")
    requested_by = ModelMultipleChoiceFilter(
        queryset=get_user_model().objects.all(), to_field_name="username", label="Who asked (name)"
    )

    class Meta:
        model = GuestRequest
        fields = (
            "id",
            "key",
            "action",
            "name",
            "system",
            "profile",
            "stage",
            "vmid",
            "guest",
            "requested_by",
            "created",
            "last_updated",
            "tags",
        )
