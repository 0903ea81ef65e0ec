"""Forms: a System explains its own options; a Conflict can only change its state."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from nautobot.apps.forms import (
    BootstrapMixin,
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
from nautobot.dcim.models import Device, Location, Platform
from nautobot.extras.models import ExternalIntegration
from nautobot.ipam.models import IPAddressRange, Namespace, Prefix
from nautobot.virtualization.models import Cluster
from pydantic import BaseModel

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
from .models.document import LARGEST
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
    """Acknowledge, resolve or reopen a Conflict; what it says is written by runs and rules only."""

    class Meta:
        model = Conflict
        fields = ("state", "reason", "acknowledged_until", "tags")
        widgets = {"state": StaticSelect2, "acknowledged_until": DateTimePicker}


class ConflictAcknowledgeForm(BootstrapMixin, forms.ModelForm):
    """Why a Conflict may stay, and until when."""

    reason = forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), help_text="Why it may stay as it is.")

    class Meta:
        model = Conflict
        fields = ("reason", "acknowledged_until")
        widgets = {"acknowledged_until": DateTimePicker}


class ConflictBulkEditForm(TagsBulkEditFormMixin, NautobotBulkEditForm):
    """Change the state of many Conflicts at once."""

    pk = forms.ModelMultipleChoiceField(queryset=Conflict.objects.all(), widget=forms.MultipleHiddenInput)
    state = forms.ChoiceField(choices=add_blank_choice(ConflictState), required=False, widget=StaticSelect2)
    reason = forms.CharField(required=False, help_text="Why they may stay as they are, if acknowledged.")
    acknowledged_until = forms.DateTimeField(
        required=False, widget=DateTimePicker, help_text="When they open again by themselves; empty means never."
    )

    class Meta:
        model = Conflict
        nullable_fields = ["reason", "acknowledged_until"]


class ConflictFilterForm(NautobotFilterForm):
    """Filter the list of Conflicts."""

    model = Conflict
    field_order = ["q", "state", "severity", "kind", "location", "prefix", "system"]
    q = forms.CharField(required=False, label="Search")
    state = forms.MultipleChoiceField(choices=ConflictState, required=False, widget=StaticSelect2Multiple)
    severity = forms.MultipleChoiceField(choices=Severity, required=False, widget=StaticSelect2Multiple)
    kind = forms.MultipleChoiceField(choices=conflict_kinds, required=False, widget=StaticSelect2Multiple)
    location = DynamicModelMultipleChoiceField(queryset=Location.objects.all(), required=False, to_field_name="name")
    prefix = DynamicModelMultipleChoiceField(queryset=Prefix.objects.all(), required=False)
    system = DynamicModelMultipleChoiceField(queryset=System.objects.all(), required=False, to_field_name="name")
    tags = TagFilterField(Conflict)


class TextListField(forms.CharField):
    """A list of texts as people write it: with commas, blanks or lines between."""

    def prepare_value(self, value: Any) -> Any:
        """Return the list as one text."""
        return ", ".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> list[str]:
        """Return the text as a list."""
        return value if isinstance(value, list) else str(value or "").replace(",", " ").split()


class NetworkProfileForm(NautobotModelForm):
    """Add or change a NetworkProfile, with its ranges."""

    prefix = DynamicModelChoiceField(
        queryset=Prefix.objects.all(),
        query_params={"ip_version": 4},
        help_text=NetworkProfile._meta.get_field("prefix").help_text,
    )
    prefix6 = DynamicModelChoiceField(
        queryset=Prefix.objects.all(),
        query_params={"ip_version": 6},
        required=False,
        label="IPv6 prefix",
        help_text=NetworkProfile._meta.get_field("prefix6").help_text,
    )
    ranges = DynamicModelMultipleChoiceField(
        queryset=IPAddressRange.objects.select_related("role", "parent"),
        required=False,
        help_text=NetworkProfile._meta.get_field("ranges").help_text,
    )
    dns_servers = TextListField(required=False, label="DNS servers", help_text="Addresses, with commas between.")
    ntp_servers = TextListField(required=False, label="NTP servers", help_text="Addresses or names.")

    class Meta:
        model = NetworkProfile
        fields = (
            "name",
            "description",
            "enabled",
            "is_default",
            "prefix",
            "prefix6",
            "ranges",
            "gateway",
            "gateway6",
            "bridge",
            "vlan_tag",
            "dns_servers",
            "search_domain",
            "ntp_servers",
            "restricted",
            "hold_minutes",
            "probe",
            "quarantine_hours",
            "tags",
        )

    def clean(self) -> dict[str, Any]:
        """Refuse ranges that the profile cannot give out."""
        super().clean()  # which returns nothing
        given = self.cleaned_data
        if given.get("prefix") is not None and given.get("ranges"):
            profile = NetworkProfile(prefix=given["prefix"], prefix6=given.get("prefix6"))
            for text in profile.range_errors(given["ranges"]):
                self.add_error("ranges", text)
        return given


class NetworkProfileBulkEditForm(TagsBulkEditFormMixin, NautobotBulkEditForm):
    """Change many NetworkProfiles at once."""

    pk = forms.ModelMultipleChoiceField(queryset=NetworkProfile.objects.all(), widget=forms.MultipleHiddenInput)
    description = forms.CharField(required=False)
    enabled = forms.NullBooleanField(required=False, widget=BulkEditNullBooleanSelect)
    restricted = forms.NullBooleanField(required=False, widget=BulkEditNullBooleanSelect)
    bridge = forms.CharField(required=False)
    search_domain = forms.CharField(required=False)
    hold_minutes = forms.IntegerField(required=False, min_value=1)
    quarantine_hours = forms.IntegerField(required=False, min_value=0)

    class Meta:
        model = NetworkProfile
        nullable_fields = ["description", "bridge", "search_domain"]


class NetworkProfileFilterForm(NautobotFilterForm):
    """Filter the list of NetworkProfiles."""

    model = NetworkProfile
    field_order = ["q", "enabled", "restricted"]
    q = forms.CharField(required=False, label="Search")
    enabled = forms.NullBooleanField(required=False, widget=StaticSelect2(choices=BOOLEAN_WITH_BLANK_CHOICES))
    restricted = forms.NullBooleanField(required=False, widget=StaticSelect2(choices=BOOLEAN_WITH_BLANK_CHOICES))
    tags = TagFilterField(NetworkProfile)


SIZES = ("container_cores", "container_memory_mb", "container_disk_gb", "vm_cores", "vm_memory_mb", "vm_disk_gb")


class DocumentForm(NautobotModelForm):
    """Add or change a Document: typed in, or a file from the own computer."""

    system = DynamicModelChoiceField(
        queryset=System.objects.all(), help_text="A System that is read from documents, such as a site design."
    )
    path = forms.CharField(
        required=False,
        help_text=f"{Document._meta.get_field('path').help_text} Empty: the name of the uploaded file.",
    )
    file = forms.FileField(
        required=False, help_text="A text file from your computer; it takes the place of what is typed in below."
    )
    content = forms.CharField(
        required=False,
        strip=False,  # the digest is that of the file
        widget=forms.Textarea(attrs={"rows": 24, "class": "form-control font-monospace"}),
    )

    class Meta:
        model = Document
        fields = ("system", "path", "file", "content", "tags")

    def clean(self) -> dict[str, Any]:
        """Take the text out of the file, if there is one, and the path if there is none."""
        super().clean()
        given = self.cleaned_data
        file = given.get("file")
        given["path"] = given.get("path") or (file.name if file is not None else "")
        if not given["path"]:
            raise forms.ValidationError({"path": "Name the document, or upload a file."})
        given["content"] = given.get("content", "").replace("\r\n", "\n")  # browsers send what is typed like that
        if file is not None:
            if file.size > LARGEST * 4:
                raise forms.ValidationError({"file": f"This file is larger than {LARGEST:,} characters can be."})
            try:
                given["content"] = file.read().decode("utf-8-sig")
            except UnicodeDecodeError as error:
                raise forms.ValidationError({"file": f"This is no UTF-8 text: {error}."}) from error
        return given


class DocumentBulkEditForm(TagsBulkEditFormMixin, NautobotBulkEditForm):
    """Change many Documents at once."""

    pk = forms.ModelMultipleChoiceField(queryset=Document.objects.all(), widget=forms.MultipleHiddenInput)
    system = DynamicModelChoiceField(queryset=System.objects.all(), required=False)

    class Meta:
        model = Document


class DocumentFilterForm(NautobotFilterForm):
    """Filter the list of Documents."""

    model = Document
    q = forms.CharField(required=False, label="Search")
    system = DynamicModelMultipleChoiceField(queryset=System.objects.all(), required=False)
    tags = TagFilterField(Document)


class GuestSizeForm(NautobotModelForm):
    """Add or change a GuestSize."""

    class Meta:
        model = GuestSize
        fields = ("name", "description", *SIZES, "tags")


class GuestSizeBulkEditForm(TagsBulkEditFormMixin, NautobotBulkEditForm):
    """Change many GuestSizes at once."""

    pk = forms.ModelMultipleChoiceField(queryset=GuestSize.objects.all(), widget=forms.MultipleHiddenInput)
    description = forms.CharField(required=False)
    container_cores = forms.IntegerField(required=False, min_value=1)
    container_memory_mb = forms.IntegerField(required=False, min_value=16)
    container_disk_gb = forms.IntegerField(required=False, min_value=1)
    vm_cores = forms.IntegerField(required=False, min_value=1)
    vm_memory_mb = forms.IntegerField(required=False, min_value=16)
    vm_disk_gb = forms.IntegerField(required=False, min_value=1)

    class Meta:
        model = GuestSize
        nullable_fields = ["description"]


class GuestSizeFilterForm(NautobotFilterForm):
    """Filter the list of GuestSizes."""

    model = GuestSize
    q = forms.CharField(required=False, label="Search")
    tags = TagFilterField(GuestSize)


class GuestImageForm(NautobotModelForm):
    """Add or change a GuestImage."""

    system = DynamicModelChoiceField(queryset=System.objects.all())
    platform = DynamicModelChoiceField(queryset=Platform.objects.all(), required=False)

    class Meta:
        model = GuestImage
        fields = ("name", "description", "system", "guest_type", "source", "platform", "default_user", "tags")
        widgets = {"guest_type": StaticSelect2}


class GuestImageBulkEditForm(TagsBulkEditFormMixin, NautobotBulkEditForm):
    """Change many GuestImages at once."""

    pk = forms.ModelMultipleChoiceField(queryset=GuestImage.objects.all(), widget=forms.MultipleHiddenInput)
    description = forms.CharField(required=False)
    platform = DynamicModelChoiceField(queryset=Platform.objects.all(), required=False)
    default_user = forms.CharField(required=False)

    class Meta:
        model = GuestImage
        nullable_fields = ["description", "platform", "default_user"]


class GuestImageFilterForm(NautobotFilterForm):
    """Filter the list of GuestImages."""

    model = GuestImage
    field_order = ["q", "system", "guest_type", "platform"]
    q = forms.CharField(required=False, label="Search")
    system = DynamicModelMultipleChoiceField(queryset=System.objects.all(), required=False, to_field_name="name")
    guest_type = forms.MultipleChoiceField(choices=GuestKind, required=False, widget=StaticSelect2Multiple)
    platform = DynamicModelMultipleChoiceField(queryset=Platform.objects.all(), required=False, to_field_name="name")
    tags = TagFilterField(GuestImage)


class AllocationFilterForm(NautobotFilterForm):
    """Filter the list of Allocations."""

    model = Allocation
    field_order = ["q", "profile", "state", "host"]
    q = forms.CharField(required=False, label="Search")
    profile = DynamicModelMultipleChoiceField(
        queryset=NetworkProfile.objects.all(), required=False, to_field_name="name"
    )
    state = forms.MultipleChoiceField(choices=AllocationState, required=False, widget=StaticSelect2Multiple)
    host = forms.CharField(required=False, label="Address or network")


class SightingFilterForm(NautobotFilterForm):
    """Filter the list of Sightings; who had an address at a time is told by both ends."""

    model = Sighting
    field_order = ["q", "host", "mac", "source", "system"]
    q = forms.CharField(required=False, label="Search")
    host = forms.CharField(required=False, label="Address or network")
    mac = forms.CharField(required=False, label="MAC address")
    source = forms.MultipleChoiceField(choices=SightingSource, required=False, widget=StaticSelect2Multiple)
    system = DynamicModelMultipleChoiceField(queryset=System.objects.all(), required=False, to_field_name="name")
    first_seen__lte = forms.DateTimeField(required=False, widget=DateTimePicker, label="First seen before")
    last_seen__gte = forms.DateTimeField(required=False, widget=DateTimePicker, label="Last seen after")


class GuestRequestFilterForm(NautobotFilterForm):
    """Find guest requests."""

    model = GuestRequest
    field_order = ["q", "action", "stage", "system", "profile"]
    q = forms.CharField(required=False, label="Search")
    action = forms.MultipleChoiceField(choices=RequestAction, required=False, widget=StaticSelect2Multiple)
    stage = forms.MultipleChoiceField(choices=RequestStage, required=False, widget=StaticSelect2Multiple)
    system = DynamicModelMultipleChoiceField(queryset=System.objects.all(), required=False)
    profile = DynamicModelMultipleChoiceField(queryset=NetworkProfile.objects.all(), required=False)
    tags = TagFilterField(GuestRequest)
