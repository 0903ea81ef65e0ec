"""A group in which VLAN ids are unique: a Nautobot VLANGroup."""

from __future__ import annotations

import uuid
from typing import Any

from nautobot.ipam.models import VLANGroup as VLANGroupRow
from typing_extensions import override

from ..records import Kind, VlanGroupRecord
from .base import KindModel, mine, put
from .view import Current, View, Wanted


class VlanGroup(KindModel):
    """A group. Its name is unique in all of Nautobot."""

    kind = Kind.VLAN_GROUP
    orm = VLANGroupRow
    kept = frozenset({"description", "location"})
    outlives = True

    _modelname = "vlan_group"
    _attributes = ("name", "description", "location")
    name: str | None = None
    description: str | None = None
    location: str | None = None

    @override
    @classmethod
    def read(cls, view: View) -> dict[uuid.UUID, Current]:
        names = [record.name for record in view.records[Kind.VLAN_GROUP].values()]  # type: ignore[attr-defined]
        groups = VLANGroupRow.objects.filter(mine(view, Kind.VLAN_GROUP, name__in=names)).order_by()
        found = {}
        for pk, name, description, place, place_name in groups.values_list(
            "pk", "name", "description", "location_id", "location__name"
        ):
            values = {"name": name, "description": description, "location": view.place_text(place, place_name)}
            found[pk] = Current(pk, name, values)
        return found

    @override
    @classmethod
    def candidates(cls, record: VlanGroupRecord, view: View) -> list[uuid.UUID]:
        pk = view.by_natural(Kind.VLAN_GROUP).get(record.name)
        return [pk] if pk else []

    @override
    @classmethod
    def want(cls, record: VlanGroupRecord, view: View) -> Wanted:
        return Wanted({"name": record.name, "description": record.description, "location": record.location})

    @override
    @classmethod
    def new(cls, pk: uuid.UUID, record: VlanGroupRecord, view: View) -> VLANGroupRow:
        return VLANGroupRow(pk=pk, _custom_field_data=view.refs.custom_field_defaults(VLANGroupRow))

    @override
    @classmethod
    def assign(cls, row: Any, attrs: dict[str, Any], view: View) -> set[str]:
        touched = put(row, attrs, ("name", "description"))
        if "location" in attrs:
            row.location_id = view.known(Kind.LOCATION, attrs["location"]) if attrs["location"] else None
            touched.add("location")
        return touched

    @override
    @classmethod
    def retire(cls, current: Current, key: str, view: View) -> dict[str, Any]:
        return {}

    @override
    @classmethod
    def label(cls, key: str, name: Any) -> str:
        return str(name or key.partition("/")[2])
