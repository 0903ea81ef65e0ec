"""The pages of Systems: is it healthy, what may it do, what does it claim, plan and dispute."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template import Context
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from nautobot.apps.choices import ButtonActionColorChoices
from nautobot.apps.models import count_related
from nautobot.apps.templatetags import hyperlinked_object, placeholder
from nautobot.apps.ui import (
    KeyValueTablePanel,
    ObjectDetailContent,
    ObjectFieldsPanel,
    ObjectsTablePanel,
    Panel,
    SectionChoices,
)
from nautobot.apps.views import NautobotUIViewSet, get_obj_from_context
from rest_framework.decorators import action

from ..api.serializers import SystemSerializer
from ..choices import ConflictState, RunStatus
from ..filters import SystemFilterSet
from ..forms import SystemBulkEditForm, SystemFilterForm, SystemForm
from ..models import Claim, Conflict, System
from ..models.settings import effective, options_of
from ..systems.registry import SYSTEM_KINDS
from ..tables import ConflictTable, DocumentTable, PlanTable, SystemTable
from ..ui.connection import LatestTestPanel
from ..ui.jobs import StartButton, SyncButton, lead_to, refused
from ..ui.start import PUSH_JOB, RELEASE_JOB, TEST_JOB, NotStarted, start
from ..ui.text import ago, badge, choice_badge, shown


class HealthPanel(KeyValueTablePanel):
    """How the last run went."""

    def get_data(self, context: Context) -> dict[str, Any]:
        """Return the health as people ask for it."""
        system: System = get_obj_from_context(context)
        return {
            "Status": choice_badge(RunStatus, system.last_status),
            "Last good sync": ago(system.last_success_at),
            "Last run": ago(system.last_run_at),
            "Duration": f"{system.last_duration.total_seconds():.1f} s" if system.last_duration else None,
            "Message": system.last_message,
            **{f"Last run: {name}": shown(value) for name, value in system.last_summary.items()},
        }

    def render_key(self, key: str, value: Any, context: Context) -> str:
        """Return the key as it is."""
        return key


class SettingsPanel(KeyValueTablePanel):
    """The settings of the kind (options, guards) with what is in force; what is not the default is marked."""

    field: str = "options"

    def get_data(self, context: Context) -> dict[str, Any]:
        """Return every setting with its value."""
        system: System = get_obj_from_context(context)
        return {
            name: format_html("<code>{}</code>{}", shown(value), "" if is_default else format_html(" {}", SET))
            for name, value, is_default in effective(self._model(system), getattr(system, self.field))
        }

    def render_key(self, key: str, value: Any, context: Context) -> SafeString:
        """Return the name as it is written in JSON, with its description behind it."""
        field = self._model(get_obj_from_context(context)).model_fields[key]
        return format_html('<code title="{}">{}</code>', field.description or "", key)

    def _model(self, system: System) -> Any:
        from ..reconcile.guards import GuardLimits

        return options_of(system.kind) if self.field == "options" else GuardLimits


SET = badge("set", "info")
START_PERMISSIONS = ["extras.run_job", "nautobot_wow.plan_system"]


class ClaimCountsPanel(KeyValueTablePanel):
    """How many objects of each kind the System claims, leading to them."""

    def get_data(self, context: Context) -> dict[str, Any]:
        """Return the counts per kind, and how many are missing."""
        system: System = get_obj_from_context(context)
        claims = Claim.objects.restrict(context["request"].user, "view").filter(system=system)
        counts = claims.order_by().values("kind").annotate(all=Count("pk"), missing=Count("missing_since"))
        rows = counts.order_by("kind")
        return {row["kind"]: self._links(system, row) for row in rows} or {"none": placeholder(None)}

    def render_key(self, key: str, value: Any, context: Context) -> str:
        """Return the kind as words."""
        return key.replace("_", " ").capitalize()

    def _links(self, system: System, row: dict[str, Any]) -> SafeString:
        links = [(self._url(system, kind=row["kind"]), "primary", f"{row['all']}")]
        if row["missing"]:
            links.append((self._url(system, kind=row["kind"], missing="true"), "warning", f"{row['missing']} missing"))
        return format_html_join(" ", '<a href="{}" class="badge bg-{}">{}</a>', links)

    def _url(self, system: System, **params: str) -> str:
        return f"{reverse('plugins:nautobot_wow:claim_list')}?{urlencode({'system': system.pk, **params})}"


class OpenConflictsPanel(ObjectsTablePanel):
    """The open conflicts of the System."""

    def get_table_data_queryset(self, instance: System, request: Any) -> QuerySet[Conflict]:
        """Return the open conflicts."""
        return Conflict.objects.filter(system=instance, state=ConflictState.OPEN)


class ContextPanel(Panel):
    """What the system says that is no object in Nautobot, as tables: routes, host overrides."""

    def should_render(self, context: Context) -> bool:
        """Tell whether it says any."""
        return super().should_render(context) and bool(get_obj_from_context(context).context.get("tables"))

    def get_extra_context(self, context: Context) -> dict[str, Any]:
        """Return the tables, each with a title, columns, and rows of cells."""
        return {**super().get_extra_context(context), "tables": get_obj_from_context(context).context["tables"]}


class DocumentsPanel(ObjectsTablePanel):
    """The documents of a System that is read from documents, with the way to upload one."""

    def should_render(self, context: Context) -> bool:
        """Tell whether the System has any, or may."""
        kind = SYSTEM_KINDS.get(get_obj_from_context(context).kind)
        return super().should_render(context) and kind is not None and bool(kind.suffixes)


class SystemUIViewSet(NautobotUIViewSet):
    """List, detail, add, edit and delete Systems."""

    queryset = System.objects.all()
    serializer_class = SystemSerializer
    filterset_class = SystemFilterSet
    filterset_form_class = SystemFilterForm
    form_class = SystemForm
    bulk_update_form_class = SystemBulkEditForm
    table_class = SystemTable

    object_detail_content = ObjectDetailContent(
        panels=[
            HealthPanel(weight=100, section=SectionChoices.LEFT_HALF, label="Health"),
            ObjectFieldsPanel(
                weight=200,
                section=SectionChoices.LEFT_HALF,
                label="Configuration",
                fields=[
                    "name",
                    "kind",
                    "description",
                    "enabled",
                    "external_integration",
                    "external_integration__secrets_group",
                    "location",
                    "cluster",
                    "device",
                    "namespace",
                    "mode",
                    "precedence",
                    "delete_policy",
                    "grace_runs",
                ],
                key_transforms={"external_integration__secrets_group": "Secrets Group"},
                value_transforms={"external_integration": [lambda value: hyperlinked_object(value, "name")]},
            ),
            LatestTestPanel(weight=150, section=SectionChoices.RIGHT_HALF, label="Connection"),
            ClaimCountsPanel(
                weight=100,
                section=SectionChoices.RIGHT_HALF,
                label="Claims",
                required_permissions=["nautobot_wow.view_claim"],
            ),
            SettingsPanel(weight=200, section=SectionChoices.RIGHT_HALF, label="Options", field="options"),
            SettingsPanel(weight=300, section=SectionChoices.RIGHT_HALF, label="Guards", field="guards"),
            OpenConflictsPanel(
                weight=100,
                section=SectionChoices.FULL_WIDTH,
                table_class=ConflictTable,
                table_title="Open conflicts",
                related_field_name="system",
                list_url_extra_params={"state": ConflictState.OPEN},
                exclude_columns=["system", "state", "actions"],
                add_button_route=None,
                max_display_count=10,
                required_permissions=["nautobot_wow.view_conflict"],
            ),
            DocumentsPanel(
                weight=50,
                section=SectionChoices.FULL_WIDTH,
                table_class=DocumentTable,
                table_filter="system",
                table_title="Documents",
                exclude_columns=["system"],
                max_display_count=25,
                required_permissions=["nautobot_wow.view_document"],
            ),
            ContextPanel(
                weight=150,
                section=SectionChoices.FULL_WIDTH,
                label="What it says that is no object of Nautobot",
                body_content_template_path="nautobot_wow/context_panel.html",
            ),
            ObjectsTablePanel(
                weight=200,
                section=SectionChoices.FULL_WIDTH,
                table_class=PlanTable,
                table_filter="system",
                table_title="Latest plans",
                exclude_columns=["system"],
                add_button_route=None,
                max_display_count=5,
                required_permissions=["nautobot_wow.view_plan"],
            ),
        ],
        extra_buttons=[
            SyncButton(
                weight=100,
                label="Sync now",
                icon="mdi-sync",
                color=ButtonActionColorChoices.RUN,
                dryrun=False,
                required_permissions=["extras.run_job", "nautobot_wow.apply_system"],
            ),
            SyncButton(
                weight=200,
                label="Dry run",
                icon="mdi-clipboard-text-search-outline",
                color=ButtonActionColorChoices.INFO,
                dryrun=True,
                required_permissions=START_PERMISSIONS,
            ),
            SyncButton(
                weight=250,
                label="Send to system",
                icon="mdi-upload-network-outline",
                color=ButtonActionColorChoices.INFO,
                class_path=PUSH_JOB,
                dryrun=True,
                attributes={"title": "A dry run first: it shows which changes of guests would be sent"},
                required_permissions=START_PERMISSIONS,
            ),
            StartButton(
                weight=300,
                label="Test connection",
                icon="mdi-lan-check",
                color=ButtonActionColorChoices.INFO,
                link_name="plugins:nautobot_wow:system_test_connection",
                class_path=TEST_JOB,
                required_permissions=START_PERMISSIONS,
            ),
            StartButton(
                weight=400,
                label="Release claims",
                icon="mdi-link-off",
                color=ButtonActionColorChoices.EDIT,
                link_name="plugins:nautobot_wow:system_release",
                class_path=RELEASE_JOB,
                attributes={"title": "A dry run: it only shows what would be released"},
                required_permissions=START_PERMISSIONS,
            ),
        ],
    )

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Refuse a GET where only POST is meant; routed actions replace this method on their instance."""
        return HttpResponseNotAllowed(["POST"])

    @action(
        detail=True,
        methods=["post"],
        url_path="test-connection",
        url_name="test_connection",
        custom_view_base_action="view",
        custom_view_additional_permissions=START_PERMISSIONS,
    )
    def test_connection(self, request: HttpRequest, pk: str | None = None) -> HttpResponse:
        """Test the connection, and lead to the result."""
        return self._start(request, TEST_JOB)

    @action(
        detail=True,
        methods=["post"],
        custom_view_base_action="view",
        custom_view_additional_permissions=START_PERMISSIONS,
    )
    def release(self, request: HttpRequest, pk: str | None = None) -> HttpResponse:
        """Make the plan of releasing every claim, and lead to the result."""
        return self._start(request, RELEASE_JOB, dryrun=True)

    def _start(self, request: HttpRequest, class_path: str, **values: Any) -> HttpResponse:
        system: System = self.get_object()
        try:
            return lead_to(request, start(request.user, class_path, system, action="plan", **values))
        except NotStarted as reason:
            return refused(request, reason, system)

    def get_queryset(self) -> QuerySet[System]:
        """Return the Systems; the list also counts what each claims and disputes."""
        queryset = super().get_queryset()
        if self.action != "list":
            return queryset
        return queryset.annotate(
            claim_count=count_related(Claim, "system"),
            conflict_count=count_related(Conflict, "system", filter_dict={"state": ConflictState.OPEN}),
        )
