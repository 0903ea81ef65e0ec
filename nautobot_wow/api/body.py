"""Bodies of requests that are no row of a table: checked by field, and a misspelt field is no field left out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request


class Body(serializers.Serializer):
    """What an endpoint takes. A field that it does not have is refused."""

    def to_internal_value(self, data: Any) -> Any:
        """Return the fields. Raises ValidationError, which names those that are wrong or not known."""
        unknown = set(data) - set(self.fields) if isinstance(data, Mapping) else set()
        if unknown:
            known = ", ".join(self.fields)
            raise serializers.ValidationError(
                {str(name): [f"There is no such field; the fields are: {known}."] for name in sorted(unknown, key=str)}
            )
        return super().to_internal_value(data)


def read(body: type[Body], request: Request) -> dict[str, Any]:
    """Return the checked body. Raises ValidationError, which names the fields."""
    given = body(data=request.data)
    given.is_valid(raise_exception=True)
    return dict(given.validated_data)
