"""Forms: a System explains its own options; a Conflict can only change its state."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from nautobot.apps.forms import (
    BulkEditNullBooleanSelect,
    DateTimePicker,
    DynamicModelChoiceField,
    DynamicModelMultipleChoiceField,
    JSONField,
    NautobotBulkEditForm,
    NautobotFilterForm,
    NautobotModelForm,
    StaticSelect2,
    StaticSelect2Multiple,
    TagFilterField,
    TagsBulkEditFormMixin,
    add_blank_choice,
)
from nautobot.core.forms.constants import BOOLEAN_WITH_BLANK_CHOICES
from nautobot.dcim.models import Device, Location
from nautobot.extras.models import ExternalIntegration
from nautobot.ipam.models import Namespace
from nautobot.virtualization.models import Cluster
from pydantic import BaseModel

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
from .models.settings import describe

SETTINGS_BOX = {"rows": 4, "class": "form-control font-monospace"}


def _settings_help(title: str, model: type[BaseModel]) -> SafeString:
    """Return the settings of a model as a list: name, default, what it does."""
    lines = format_html_join(
        "", "<li><code>{}</code> (default <code>{}</code>) {}</li>", sorted(describe(model), key=lambda row: row[0])
    )
    return format_html("<strong>{}</strong><ul>{}</ul>", title, lines or "no options")


def _options_help() -> SafeString:
    """Return the options of every kind of system."""
    from .systems.registry import SYSTEM_KINDS

    kinds = format_html_join("", "{}", ((_settings_help(kind.name, kind.options),) for kind in SYSTEM_KINDS.values()))
    return format_html("{} {}", System._meta.get_field("options").help_text, kinds)


def _guards_help() -> SafeString:
    from .reconcile.guards import GuardLimits

    return format_html("{} {}", System._meta.get_field("guards").help_text, _settings_help("Limits", GuardLimits))


class SystemForm(NautobotModelForm):
    """Add or change a System."""

    kind = forms.ChoiceField(
        choices=lambda: add_blank_choice(system_kinds()),
        widget=StaticSelect2,
        help_text=System._meta.get_field("kind").help_text,
    )
    external_integration = DynamicModelChoiceField(
        queryset=ExternalIntegration.objects.all(),
        required=False,
        help_text=System._meta.get_field("external_integration").help_text,
    )
    location = DynamicModelChoiceField(
        queryset=Location.objects.all(), required=False, help_text=System._meta.get_field("location").help_text
    )
    cluster = DynamicModelChoiceField(
        queryset=Cluster.objects.all(), required=False, help_text=System._meta.get_field("cluster").help_text
    )
    device = DynamicModelChoiceField(
        queryset=Device.objects.all(), required=False, help_text=System._meta.get_field("device").help_text
    )
    namespace = DynamicModelChoiceField(
        queryset=Namespace.objects.all(), help_text=System._meta.get_field("namespace").help_text
    )
    options = JSONField(required=False, widget=forms.Textarea(attrs=SETTINGS_BOX))
    guards = JSONField(required=False, widget=forms.Textarea(attrs=SETTINGS_BOX))

    class Meta:
        model = System
        fields = (
            "name",
            "kind",
            "description",
            "enabled",
            "external_integration",
            "location",
            "cluster",
            "device",
            "namespace",
            "options",
            "mode",
            "precedence",
            "delete_policy",
            "grace_runs",
            "guards",
            "tags",
        )
        widgets = {"mode": StaticSelect2, "delete_policy": StaticSelect2}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["options"].help_text = _options_help()
        self.fields["guards"].help_text = _guards_help()

    def clean_options(self) -> Any:
        """Return the options; an empty field takes every default."""
        return self._or_empty("options")

    def clean_guards(self) -> Any:
        """Return the guards; an empty field takes every default."""
        return self._or_empty("guards")

    def _or_empty(self, name: str) -> Any:
        value = self.cleaned_data[name]
        return {} if value is None else value


class SystemBulkEditForm(TagsBulkEditFormMixin, NautobotBulkEditForm):
    """Change many Systems at once."""

    pk = forms.ModelMultipleChoiceField(queryset=System.objects.all(), widget=forms.MultipleHiddenInput)
    description = forms.CharField(required=False)
    enabled = forms.NullBooleanField(required=False, widget=BulkEditNullBooleanSelect)
    external_integration = DynamicModelChoiceField(queryset=ExternalIntegration.objects.all(), required=False)
    location = DynamicModelChoiceField(queryset=Location.objects.all(), required=False)
    mode = forms.ChoiceField(choices=add_blank_choice(Mode), required=False, widget=StaticSelect2)
    precedence = forms.IntegerField(required=False, min_value=0)
    delete_policy = forms.ChoiceField(choices=add_blank_choice(DeletePolicy), required=False, widget=StaticSelect2)
    grace_runs = forms.IntegerField(required=False, min_value=1)

    class Meta:
        model = System
        nullable_fields = ["description", "external_integration", "location"]


class SystemFilterForm(NautobotFilterForm):
    """Filter the list of Systems."""

    model = System
    field_order = ["q", "kind", "enabled", "last_status", "location"]
    q = forms.CharField(required=False, label="Search")
    kind = forms.MultipleChoiceField(choices=system_kinds, required=False, widget=StaticSelect2Multiple)
    enabled = forms.NullBooleanField(required=False, widget=StaticSelect2(choices=BOOLEAN_WITH_BLANK_CHOICES))
    last_status = forms.MultipleChoiceField(choices=RunStatus, required=False, widget=StaticSelect2Multiple)
    location = DynamicModelMultipleChoiceField(queryset=Location.objects.all(), required=False, to_field_name="name")
    tags = TagFilterField(System)


class ClaimFilterForm(NautobotFilterForm):
    """Filter the list of Claims."""

    model = Claim
    field_order = ["q", "system", "kind", "missing", "retired", "created_object"]
    q = forms.CharField(required=False, label="Search")
    system = DynamicModelMultipleChoiceField(queryset=System.objects.all(), required=False, to_field_name="name")
    kind = forms.MultipleChoiceField(choices=RecordKind, required=False, widget=StaticSelect2Multiple)
    missing = forms.NullBooleanField(required=False, widget=StaticSelect2(choices=BOOLEAN_WITH_BLANK_CHOICES))
    retired = forms.NullBooleanField(required=False, widget=StaticSelect2(choices=BOOLEAN_WITH_BLANK_CHOICES))
    created_object = forms.NullBooleanField(required=False, widget=StaticSelect2(choices=BOOLEAN_WITH_BLANK_CHOICES))


class PlanFilterForm(NautobotFilterForm):
    """Filter the list of Plans."""

    model = Plan
    field_order = ["q", "system", "state"]
    q = forms.CharField(required=False, label="Search")
    system = DynamicModelMultipleChoiceField(queryset=System.objects.all(), required=False, to_field_name="name")
    state = forms.MultipleChoiceField(choices=PlanState, required=False, widget=StaticSelect2Multiple)
    created__gte = forms.DateTimeField(required=False, widget=DateTimePicker, label="Created after")


class ConflictForm(NautobotModelForm):
    """Acknowledge, resolve or reopen a Conflict; what it says is written by runs only."""

    class Meta:
        model = Conflict
        fields = ("state", "tags")
        widgets = {"state": StaticSelect2}


class ConflictBulkEditForm(TagsBulkEditFormMixin, NautobotBulkEditForm):
    """Change the state of many Conflicts at once."""

    pk = forms.ModelMultipleChoiceField(queryset=Conflict.objects.all(), widget=forms.MultipleHiddenInput)
    state = forms.ChoiceField(choices=add_blank_choice(ConflictState), required=False, widget=StaticSelect2)

    class Meta:
        model = Conflict
        nullable_fields: list[str] = []


class ConflictFilterForm(NautobotFilterForm):
    """Filter the list of Conflicts."""

    model = Conflict
    field_order = ["q", "state", "severity", "kind", "system"]
    q = forms.CharField(required=False, label="Search")
    state = forms.MultipleChoiceField(choices=ConflictState, required=False, widget=StaticSelect2Multiple)
    severity = forms.MultipleChoiceField(choices=Severity, required=False, widget=StaticSelect2Multiple)
    kind = forms.MultipleChoiceField(choices=ConflictKind, required=False, widget=StaticSelect2Multiple)
    system = DynamicModelMultipleChoiceField(queryset=System.objects.all(), required=False, to_field_name="name")
    tags = TagFilterField(Conflict)
