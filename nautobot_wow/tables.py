"""The lists of the models."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import django_tables2 as tables
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from nautobot.apps.tables import (
    BaseTable,
    BooleanColumn,
    ButtonsColumn,
    ChoiceFieldColumn,
    TagColumn,
    ToggleColumn,
)
from nautobot.apps.templatetags import placeholder

from .choices import PlanState
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
from .ui.text import ago, badge, choice_badge


class AgeColumn(tables.Column):
    """A time as its age, the exact time on hovering."""

    def render(self, value: datetime) -> SafeString:
        """Return the age."""
        return ago(value)


class CountColumn(tables.Column):
    """A number that leads to the list it counts. `params` of the link take `{pk}` of the row."""

    def __init__(self, viewname: str, params: dict[str, str], color: str = "primary", **kwargs: Any) -> None:
        super().__init__(empty_values=(), **kwargs)
        self.viewname = viewname
        self.params = params
        self.color = color

    def render(self, record: Any, value: int | None) -> SafeString:
        """Return the number, or a dash for none."""
        if not value:
            return placeholder(None)
        query = urlencode({name: text.format(pk=record.pk) for name, text in self.params.items()})
        return format_html(
            '<a href="{}?{}" class="badge bg-{}">{}</a>', reverse(self.viewname), query, self.color, value
        )


class ObjectColumn(tables.Column):
    """The Nautobot object that a row is about; a link while it exists."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(accessor="object", orderable=False, empty_values=(), **kwargs)

    def render(self, value: Any) -> str | SafeString:
        """Return a link to the object."""
        if value is None:
            return placeholder(None)
        return format_html('<a href="{}">{}</a>', value.get_absolute_url(), value)


class SystemTable(BaseTable):
    """The systems we talk to and how their last run went."""

    pk = ToggleColumn()
    name = tables.Column(linkify=True)
    enabled = BooleanColumn()
    last_status = ChoiceFieldColumn(verbose_name="Last run")
    last_success_at = AgeColumn(verbose_name="Last good sync")
    last_run_at = AgeColumn(verbose_name="Last run at")
    claim_count = CountColumn(
        "plugins:nautobot_wow:claim_list", {"system": "{pk}"}, verbose_name="Claims", accessor="claim_count"
    )
    conflict_count = CountColumn(
        "plugins:nautobot_wow:conflict_list",
        {"system": "{pk}", "state": "open"},
        color="danger",
        verbose_name="Open conflicts",
        accessor="conflict_count",
    )
    external_integration = tables.Column(linkify=True)
    location = tables.Column(linkify=True)
    cluster = tables.Column(linkify=True)
    device = tables.Column(linkify=True)
    namespace = tables.Column(linkify=True)
    tags = TagColumn(url_name="plugins:nautobot_wow:system_list")
    actions = ButtonsColumn(System)

    class Meta(BaseTable.Meta):
        model = System
        fields = (
            "pk",
            "name",
            "kind",
            "enabled",
            "last_status",
            "last_success_at",
            "claim_count",
            "conflict_count",
            "last_run_at",
            "last_message",
            "description",
            "external_integration",
            "location",
            "cluster",
            "device",
            "namespace",
            "mode",
            "precedence",
            "delete_policy",
            "grace_runs",
            "tags",
            "actions",
        )
        default_columns = (
            "pk",
            "name",
            "kind",
            "enabled",
            "last_status",
            "last_success_at",
            "claim_count",
            "conflict_count",
            "location",
            "actions",
        )


class ClaimTable(BaseTable):
    """What each system says exists."""

    external_id = tables.Column(linkify=True)
    system = tables.Column(linkify=True)
    object = ObjectColumn(verbose_name="In Nautobot")
    created_object = BooleanColumn(verbose_name="Created it")
    missing_since = AgeColumn()
    retired = BooleanColumn()
    created = AgeColumn(verbose_name="Claimed")

    class Meta(BaseTable.Meta):
        model = Claim
        fields = (
            "external_id",
            "kind",
            "system",
            "object",
            "origin",
            "created_object",
            "missing_since",
            "missed_runs",
            "retired",
            "created",
        )
        default_columns = (
            "external_id",
            "kind",
            "system",
            "object",
            "created_object",
            "missing_since",
            "retired",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.add_conditional_prefetch("object")


class PlanTable(BaseTable):
    """What runs would do, or did."""

    digest = tables.Column(linkify=True)
    system = tables.Column(linkify=True)
    state = tables.Column(orderable=False)
    changes = tables.Column(accessor="summary", orderable=False)
    created = AgeColumn()
    expires = tables.DateTimeColumn(short=True)
    applied_at = AgeColumn()
    job_result = tables.Column(linkify=True)

    class Meta(BaseTable.Meta):
        model = Plan
        fields = (
            "digest",
            "system",
            "state",
            "changes",
            "created",
            "requested_by",
            "expires",
            "applied_at",
            "applied_by",
            "job_result",
        )
        default_columns = ("digest", "system", "state", "changes", "created", "requested_by", "applied_at")

    def __init__(self, data: Any = None, *args: Any, **kwargs: Any) -> None:
        """Leave the content, which can be megabytes, in the database."""
        super().__init__(data.defer("content") if isinstance(data, QuerySet) else data, *args, **kwargs)

    def render_digest(self, value: str) -> str:
        """Return as much of the digest as people compare."""
        return value[:12]

    def render_state(self, record: Plan) -> SafeString:
        """Return the badge of the state; what changes nothing waits for nobody."""
        if not record.totals and record.approvable:
            return badge("Nothing to do", "secondary")
        return choice_badge(PlanState, record.state)

    def render_changes(self, record: Plan) -> str:
        """Return the number of changes per action."""
        return record.totals_text


class ConflictTable(BaseTable):
    """What cannot be true at once."""

    pk = ToggleColumn()
    title = tables.Column(linkify=True)
    severity = ChoiceFieldColumn()
    state = ChoiceFieldColumn()
    system = tables.Column(linkify=True)
    object = ObjectColumn(verbose_name="Object")
    prefix = tables.Column(linkify=True)
    location = tables.Column(linkify=True)
    first_seen = AgeColumn()
    last_seen = AgeColumn(accessor="last_found", order_by="last_seen")
    tags = TagColumn(url_name="plugins:nautobot_wow:conflict_list")
    actions = ButtonsColumn(Conflict, buttons=("detail", "changelog", "edit"))

    class Meta(BaseTable.Meta):
        model = Conflict
        fields = (
            "pk",
            "title",
            "severity",
            "state",
            "kind",
            "system",
            "object",
            "host",
            "prefix",
            "location",
            "first_seen",
            "last_seen",
            "times_opened",
            "acknowledged_by",
            "acknowledged_until",
            "reason",
            "resolved_at",
            "tags",
            "actions",
        )
        default_columns = (
            "pk",
            "title",
            "severity",
            "state",
            "kind",
            "system",
            "object",
            "first_seen",
            "last_seen",
            "actions",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.add_conditional_prefetch("object")
        self.add_conditional_prefetch("last_seen", "system")


class NetworkProfileTable(BaseTable):
    """The networks that addresses are given out of."""

    pk = ToggleColumn()
    name = tables.Column(linkify=True)
    enabled = BooleanColumn()
    is_default = BooleanColumn(verbose_name="Default")
    restricted = BooleanColumn()
    prefix = tables.Column(linkify=True)
    prefix6 = tables.Column(linkify=True)
    vlan_tag = tables.Column(verbose_name="VLAN tag")
    held_count = CountColumn(
        "plugins:nautobot_wow:allocation_list",
        {"profile": "{pk}", "state": "held"},
        color="info",
        verbose_name="Held",
        accessor="held_count",
    )
    used_count = CountColumn(
        "plugins:nautobot_wow:allocation_list",
        {"profile": "{pk}", "state": "used"},
        verbose_name="In use",
        accessor="used_count",
    )
    tags = TagColumn(url_name="plugins:nautobot_wow:networkprofile_list")
    actions = ButtonsColumn(NetworkProfile)

    class Meta(BaseTable.Meta):
        model = NetworkProfile
        fields = (
            "pk",
            "name",
            "description",
            "enabled",
            "is_default",
            "restricted",
            "prefix",
            "prefix6",
            "gateway",
            "gateway6",
            "bridge",
            "vlan_tag",
            "search_domain",
            "hold_minutes",
            "probe",
            "quarantine_hours",
            "held_count",
            "used_count",
            "tags",
            "actions",
        )
        default_columns = (
            "pk",
            "name",
            "enabled",
            "is_default",
            "restricted",
            "prefix",
            "bridge",
            "vlan_tag",
            "held_count",
            "used_count",
            "actions",
        )


class DocumentTable(BaseTable):
    """Texts that people write."""

    pk = ToggleColumn()
    path = tables.Column(linkify=True)
    system = tables.Column(linkify=True)
    uploaded_at = AgeColumn(verbose_name="Uploaded")
    uploaded_by = tables.Column()
    tags = TagColumn(url_name="plugins:nautobot_wow:document_list")
    actions = ButtonsColumn(Document)

    class Meta(BaseTable.Meta):
        model = Document
        fields = ("pk", "path", "system", "uploaded_at", "uploaded_by", "digest", "tags", "actions")
        default_columns = ("pk", "path", "system", "uploaded_at", "uploaded_by", "actions")


class GuestSizeTable(BaseTable):
    """How large a guest may be."""

    pk = ToggleColumn()
    name = tables.Column(linkify=True)
    tags = TagColumn(url_name="plugins:nautobot_wow:guestsize_list")
    actions = ButtonsColumn(GuestSize)

    class Meta(BaseTable.Meta):
        model = GuestSize
        fields = (
            "pk",
            "name",
            "description",
            "container_cores",
            "container_memory_mb",
            "container_disk_gb",
            "vm_cores",
            "vm_memory_mb",
            "vm_disk_gb",
            "tags",
            "actions",
        )
        default_columns = (
            "pk",
            "name",
            "container_cores",
            "container_memory_mb",
            "container_disk_gb",
            "vm_cores",
            "vm_memory_mb",
            "vm_disk_gb",
            "actions",
        )


class GuestImageTable(BaseTable):
    """What a guest is made of."""

    pk = ToggleColumn()
    name = tables.Column(linkify=True)
    system = tables.Column(linkify=True)
    platform = tables.Column(linkify=True)
    tags = TagColumn(url_name="plugins:nautobot_wow:guestimage_list")
    actions = ButtonsColumn(GuestImage)

    class Meta(BaseTable.Meta):
        model = GuestImage
        fields = (
            "pk",
            "name",
            "description",
            "system",
            "guest_type",
            "source",
            "platform",
            "default_user",
            "tags",
            "actions",
        )
        default_columns = ("pk", "name", "system", "guest_type", "source", "platform", "default_user", "actions")


class AllocationTable(BaseTable):
    """The addresses that were given out."""

    key = tables.Column(linkify=True)
    host = tables.Column(verbose_name="Address", linkify=True)
    profile = tables.Column(linkify=True)
    namespace = tables.Column(linkify=True)
    address = tables.Column(linkify=True, verbose_name="In Nautobot")
    state = ChoiceFieldColumn()
    created = AgeColumn(verbose_name="First given")
    expires = tables.DateTimeColumn(short=True)
    released = AgeColumn()
    rests_until = tables.DateTimeColumn(short=True)

    class Meta(BaseTable.Meta):
        model = Allocation
        fields = (
            "host",
            "state",
            "profile",
            "namespace",
            "address",
            "purpose",
            "justification",
            "requested_by",
            "created",
            "expires",
            "released",
            "rests_until",
            "key",
        )
        default_columns = ("host", "state", "profile", "purpose", "requested_by", "expires", "rests_until", "key")


class SightingTable(BaseTable):
    """What was seen on the network."""

    host = tables.Column(linkify=True, verbose_name="Address", empty_values=())
    namespace = tables.Column(linkify=True)
    system = tables.Column(linkify=True)
    interface = tables.Column(linkify=True)
    first_seen = AgeColumn()
    last_seen = AgeColumn()

    class Meta(BaseTable.Meta):
        model = Sighting
        fields = (
            "host", "mac", "name", "source", "seen_by", "where", "interface", "vid", "far_port", "namespace", "system",
            "first_seen", "last_seen",
        )  # fmt: skip
        default_columns = ("host", "mac", "name", "source", "seen_by", "where", "vid", "first_seen", "last_seen")

    def render_host(self, value: str | None) -> str:
        """Return the address; where only a card was seen, words that lead to the row."""
        return value or "only a card"


class GuestRequestTable(BaseTable):
    """What was asked, how far it is, which address and guest came of it."""

    name = tables.Column(linkify=True)
    stage = ChoiceFieldColumn()
    system = tables.Column(linkify=True)
    profile = tables.Column(linkify=True, verbose_name="Network")
    address = tables.Column(
        accessor="allocation__host",
        verbose_name="Address",
        linkify=lambda record: record.allocation.address and record.allocation.address.get_absolute_url(),
    )
    address6 = tables.Column(
        accessor="allocation6__host",
        verbose_name="IPv6 address",
        linkify=lambda record: record.allocation6.address and record.allocation6.address.get_absolute_url(),
    )
    guest = tables.Column(linkify=True)
    created = AgeColumn(verbose_name="Asked")
    finished = AgeColumn()
    tags = TagColumn(url_name="plugins:nautobot_wow:guestrequest_list")

    class Meta(BaseTable.Meta):
        model = GuestRequest
        fields = (
            "name",
            "action",
            "stage",
            "system",
            "profile",
            "address",
            "address6",
            "vmid",
            "guest",
            "requested_by",
            "created",
            "finished",
            "error",
            "key",
            "tags",
        )
        default_columns = (
            "name", "action", "stage", "system", "profile", "address", "vmid", "guest", "requested_by", "created",
        )  # fmt: skip
