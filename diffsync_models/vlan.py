"""A VLAN that a system defines: a Nautobot VLAN at the System's location, in the location's VLAN group."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from django.db.models import Model, Q
from nautobot.ipam.models import VLAN, VLANLocationAssignment
from typing_extensions import override

from ..records import Kind, VlanRecord
from .base import KindModel, mine, put
from .view import Current, View, Wanted


class Vlan(KindModel):
    """A VLAN. Its number is its identity; what people called it stays."""

    kind = Kind.VLAN
    orm = VLAN
    sets = frozenset({"locations"})
    kept = frozenset({"name", "status", "description"})
    prose = frozenset({"description"})
    retired_status = "Deprecated"
    outlives = True

    _modelname = "vlan"
    _attributes = ("name", "status", "description", "locations")
    name: str | None = None
    status: str | None = None
    description: str | None = None
    locations: list[str] | None = None

    @override
    @classmethod
    def read(cls, view: View) -> dict[uuid.UUID, Current]:
        vids = [record.vid for record in view.records[Kind.VLAN].values()]  # type: ignore[attr-defined]
        here = VLAN.objects.filter(mine(view, Kind.VLAN, vid__in=vids)).order_by()
        rows = list(here.values_list("pk", "vid", "vlan_group_id", "name", "status__name", "description"))
        places = _places(rows)
        found = {}
        for pk, vid, group, name, status, description in rows:
            names = sorted(name for _, name in places.get(pk, ()))
            values = {"name": name, "status": status, "description": description, "locations": names}
            found[pk] = Current(pk, (vid, group, frozenset(place for place, _ in places.get(pk, ()))), values)
        return found

    @override
    @classmethod
    def candidates(cls, record: VlanRecord, view: View) -> list[uuid.UUID]:
        """The VLANs of this number that are at this place or above, or of the group that a new one would be in."""
        if record.group:
            group = view.pk.get((Kind.VLAN_GROUP, record.group))
            rows = view.current[Kind.VLAN].values()
            return [row.pk for row in rows if row.natural[:2] == (record.vid, group)]
        group = view.refs.vlan_group
        return [
            row.pk
            for row in view.current[Kind.VLAN].values()
            if row.natural[0] == record.vid
            and (not row.natural[2] or row.natural[2] & view.refs.places or (group and row.natural[1] == group.pk))
        ]

    @override
    @classmethod
    def want(cls, record: VlanRecord, view: View) -> Wanted:
        return Wanted(
            {
                "name": record.name,
                "status": "Active",
                "description": record.description,
                "locations": locations_of(record.location, view, VLAN),
            }
        )

    @override
    @classmethod
    def new(cls, pk: uuid.UUID, record: VlanRecord, view: View) -> VLAN:
        return VLAN(
            pk=pk,
            vid=record.vid,
            name=cls.name_of(record),
            **cls._group(record, view),
            status=view.refs.status("Active"),
            _custom_field_data=view.refs.custom_field_defaults(VLAN),
        )

    @staticmethod
    def _group(record: VlanRecord, view: View) -> dict[str, Any]:
        if record.group:
            return {"vlan_group_id": view.known(Kind.VLAN_GROUP, record.group)}
        return {"vlan_group": view.refs.vlan_group}

    @staticmethod
    def name_of(record: Any) -> str:
        """Return the name of a new VLAN; without one it is named as switches name it, VLAN0130."""
        return (record.name or record.title)[:255] or f"VLAN{record.vid:04d}"

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
    def announce(cls, view: View) -> None:
        new = (record for key, record in view.records[Kind.VLAN].items() if (Kind.VLAN, key) in view.created)
        view.refs.coming_vlans.update(record.vid for record in new)  # type: ignore[attr-defined]

    @override
    @classmethod
    def once_written(cls, rows: Iterable[Any], view: View) -> None:
        """Let the interfaces of this run be put on the new VLANs."""
        for row in rows:
            view.refs.vlans[row.vid].append(row)

    @override
    @classmethod
    def label(cls, key: str, name: Any) -> str:
        return f"{key.rpartition('/')[2]} ({name})" if name else key.rpartition("/")[2]


def locations_of(name: str | None, view: View, model: type[Model]) -> list[str] | None:
    """Return where a VLAN or prefix is: the place that the record names, else the System's own."""
    if name is not None:
        return [name] if name else []
    return [view.system.location.name] if view.refs.allows_here(model) else None


def _places(rows: list[Any]) -> dict[uuid.UUID, list[tuple[uuid.UUID, str]]]:
    """Return where VLANs are, by VLAN."""
    found: dict[uuid.UUID, list[tuple[uuid.UUID, str]]] = {}
    if rows:
        links = VLANLocationAssignment.objects.filter(Q(vlan_id__in=[row[0] for row in rows]))
        for vlan, place, name in links.values_list("vlan_id", "location_id", "location__name"):
            found.setdefault(vlan, []).append((place, name))
    return found
