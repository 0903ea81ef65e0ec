"""The lists of the four models."""

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

from .models import Claim, Conflict, Plan, System
from .ui.text import ago


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
    state = ChoiceFieldColumn(orderable=False)
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
            "first_seen",
            "last_seen",
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
