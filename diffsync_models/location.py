"""A place: a Nautobot Location below its parent, of a location type that is made if there is none of that name."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.exceptions import ValidationError
from nautobot.dcim.models import Location as LocationRow
from typing_extensions import override

from ..records import Kind, LocationRecord
from .base import KindModel, mine, put
from .view import Current, View, Wanted


class Location(KindModel):
    """A place. Its name below its parent is its identity to people; what stands there outlives who named it."""

    kind = Kind.LOCATION
    orm = LocationRow
    kept = frozenset({"status", "description"})
    retired_status = "Retired"
    outlives = True

    _modelname = "location"
    _attributes = ("name", "status", "description")
    name: str | None = None
    status: str | None = None
    description: str | None = None

    @override
    @classmethod
    def read(cls, view: View) -> dict[uuid.UUID, Current]:
        names = [record.name for record in view.records[Kind.LOCATION].values()]  # type: ignore[attr-defined]
        here = LocationRow.objects.filter(mine(view, Kind.LOCATION, name__in=names)).order_by()
        rows = here.values_list("pk", "name", "parent_id", "status__name", "description")
        return {
            pk: Current(pk, (name, parent), {"name": name, "status": status, "description": description})
            for pk, name, parent, status, description in rows
        }

    @override
    @classmethod
    def candidates(cls, record: LocationRecord, view: View) -> list[uuid.UUID]:
        parent = view.pk[Kind.LOCATION, record.parent] if record.parent else None
        rows = view.current[Kind.LOCATION].values()
        return [row.pk for row in rows if row.natural == (record.name, parent)]

    @override
    @classmethod
    def parent(cls, record: LocationRecord) -> tuple[Kind, str] | None:
        return (Kind.LOCATION, record.parent) if record.parent else None

    @override
    @classmethod
    def want(cls, record: LocationRecord, view: View) -> Wanted:
        return Wanted({"name": record.name, "status": "Active", "description": record.description})

    @override
    @classmethod
    def new(cls, pk: uuid.UUID, record: LocationRecord, view: View) -> LocationRow:
        if not record.types:
            raise ValidationError("a new location needs a location type; say which it is of")
        return LocationRow(
            pk=pk,
            location_type=view.refs.ensure_location_type(record.types),
            parent_id=view.pk[Kind.LOCATION, record.parent] if record.parent else None,
            status=view.refs.status("Active"),
            _custom_field_data=view.refs.custom_field_defaults(LocationRow),
        )

    @override
    @classmethod
    def assign(cls, row: Any, attrs: dict[str, Any], view: View) -> set[str]:
        touched = put(row, attrs, ("name", "description"))
        if "status" in attrs:
            row.status = view.refs.status(attrs["status"])
            touched.add("status")
        return touched

    @override
    @classmethod
    def label(cls, key: str, name: Any) -> str:
        return key.partition("/")[2] or key
