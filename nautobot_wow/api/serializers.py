"""What REST shows and takes."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field, inline_serializer
from nautobot.apps.api import BaseModelSerializer, NautobotModelSerializer, TaggedModelSerializerMixin
from nautobot.apps.utils import get_route_for_model
from nautobot.core.api.fields import NautobotHyperlinkedRelatedField  # not in nautobot.apps as of 3.2
from nautobot.core.api.utils import (  # not in nautobot.apps as of 3.2
    get_nested_serializer_depth,
    return_nested_serializer_data_based_on_depth,
)
from nautobot.ipam.models import IPAddressRange
from rest_framework import serializers
from rest_framework.reverse import reverse

from ..models import (
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

REFERENCE = inline_serializer(
    "WowObjectReference",
    {
        "id": serializers.UUIDField(),
        "object_type": serializers.CharField(),
        "url": serializers.URLField(allow_null=True),
    },
    allow_null=True,
)


class ObjectReferenceMixin(serializers.Serializer):
    """Shows what a row is about the way REST shows every related object; `object_type` is the row's own type."""

    object = serializers.SerializerMethodField(read_only=True)

    @extend_schema_field(REFERENCE)
    def get_object(self, row: Any) -> dict[str, Any] | None:
        """Return id, type and address of the object. It may be gone; the row says what it was."""
        if row.object_id is None or row.object_type is None:
            return None
        depth = get_nested_serializer_depth(self)
        if depth and row.object is not None:
            return return_nested_serializer_data_based_on_depth(self, depth, row, row.object, "object")
        model = row.object_type.model_class()
        return {
            "id": row.object_id,
            "object_type": f"{row.object_type.app_label}.{row.object_type.model}",
            "url": self._url(model, row.object_id) if model else None,
        }

    def _url(self, model: Any, pk: Any) -> str:
        route = get_route_for_model(model, "detail", api=True)
        return reverse(route, kwargs={"pk": pk}, request=self.context.get("request"))


class SystemSerializer(TaggedModelSerializerMixin, NautobotModelSerializer):
    """A System; the health of its last run is read-only."""

    class Meta:
        model = System
        fields = "__all__"


class ClaimSerializer(ObjectReferenceMixin, BaseModelSerializer):
    """A Claim; read-only."""

    last_seen = serializers.DateTimeField(read_only=True, allow_null=True)

    class Meta:
        model = Claim
        fields = "__all__"


class PlanSerializer(BaseModelSerializer):
    """A Plan; read-only. Its changes are only there when asked for with `?include=content`: they can be large."""

    state = serializers.CharField(read_only=True)

    class Meta:
        model = Plan
        fields = "__all__"
        opt_in_fields = ["content"]


class ConflictSerializer(ObjectReferenceMixin, TaggedModelSerializerMixin, NautobotModelSerializer):
    """A Conflict; only its state, why and until when it may stay, tags and custom fields can be changed."""

    last_found = serializers.DateTimeField(read_only=True)

    class Meta:
        model = Conflict
        fields = "__all__"
        read_only_fields = (
            "key",
            "title",
            "kind",
            "severity",
            "message",
            "cure",
            "action",
            "system",
            "object_id",
            "host",
            "involved",
            "prefix",
            "location",
            "evidence",
            "digest",
            "scopes",
            "first_seen",
            "last_seen",
            "resolved_at",
            "acknowledged_by",
            "acknowledged_at",
            "times_opened",
            "history",
        )


class TextListField(serializers.ListField):
    """A list of texts; in a table (CSV) as one text with commas between."""

    child = serializers.CharField()

    def to_internal_value(self, data: Any) -> list[str]:
        """Return the list."""
        return super().to_internal_value(data.replace(",", " ").split() if isinstance(data, str) else data)


class NetworkProfileSerializer(TaggedModelSerializerMixin, NautobotModelSerializer):
    """A NetworkProfile with its ranges, which are replaced as a whole."""

    ranges = NautobotHyperlinkedRelatedField(
        view_name="ipam-api:ipaddressrange-detail",
        queryset=IPAddressRange.objects.select_related("role", "parent"),
        many=True,
        required=False,
        help_text=NetworkProfile._meta.get_field("ranges").help_text,
    )
    dns_servers = TextListField(required=False, help_text="Addresses.")
    ntp_servers = TextListField(required=False, help_text="Addresses or names.")

    class Meta:
        model = NetworkProfile
        fields = "__all__"

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse ranges that the profile cannot give out."""
        attrs = super().validate(attrs)
        prefixes = {name: attrs.get(name, getattr(self.instance, name, None)) for name in ("prefix", "prefix6")}
        if "ranges" in attrs and (errors := NetworkProfile(**prefixes).range_errors(attrs["ranges"])):
            raise serializers.ValidationError({"ranges": errors})
        return attrs


class DocumentSerializer(TaggedModelSerializerMixin, NautobotModelSerializer):
    """A Document, with its text."""

    content = serializers.CharField(
        trim_whitespace=False, allow_blank=True, help_text=Document._meta.get_field("content").help_text
    )

    class Meta:
        model = Document
        fields = "__all__"
        read_only_fields = ("digest", "uploaded_by", "uploaded_at")


class GuestSizeSerializer(TaggedModelSerializerMixin, NautobotModelSerializer):
    """A GuestSize."""

    class Meta:
        model = GuestSize
        fields = "__all__"


class GuestImageSerializer(TaggedModelSerializerMixin, NautobotModelSerializer):
    """A GuestImage."""

    class Meta:
        model = GuestImage
        fields = "__all__"


class AllocationSerializer(BaseModelSerializer):
    """An Allocation; read-only, what changes it are actions. `address` is its record while there is one."""

    host = serializers.CharField(read_only=True)
    cidr = serializers.CharField(read_only=True, help_text="The address with its mask, as a guest is configured.")

    class Meta:
        model = Allocation
        fields = "__all__"


class SightingSerializer(BaseModelSerializer):
    """A Sighting; read-only, it is recorded by an action."""

    host = serializers.CharField(read_only=True)

    class Meta:
        model = Sighting
        fields = "__all__"


class GuestRequestSerializer(TaggedModelSerializerMixin, NautobotModelSerializer):
    """A GuestRequest: what was asked, how far it is, every step."""

    class Meta:
        model = GuestRequest
        fields = "__all__"
        read_only_fields = tuple(
            field.name for field in GuestRequest._meta.fields if field.name not in ("tags", "_custom_field_data")
        )
