"""What REST shows and takes."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field, inline_serializer
from nautobot.apps.api import BaseModelSerializer, NautobotModelSerializer, TaggedModelSerializerMixin
from nautobot.apps.utils import get_route_for_model
from nautobot.core.api.utils import (  # not in nautobot.apps as of 3.2
    get_nested_serializer_depth,
    return_nested_serializer_data_based_on_depth,
)
from rest_framework import serializers
from rest_framework.reverse import reverse

from ..models import Claim, Conflict, Plan, System

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
    """A Conflict; only its state, tags and custom fields can be changed."""

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
            "system",
            "object_id",
            "evidence",
            "scopes",
            "first_seen",
            "last_seen",
            "resolved_at",
        )
