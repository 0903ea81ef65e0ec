"""A rack: a Nautobot Rack at its location."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from nautobot.dcim.models import Rack as RackRow
from typing_extensions import override

from ..records import Kind, RackRecord
from .base import KindModel, mine, put
from .view import Current, View, Wanted


class Rack(KindModel):
    """A rack. Nautobot lets several have one name at one place; then nothing is guessed."""

    kind = Kind.RACK
    orm = RackRow
    kept = frozenset({"status", "role"})
    retired_status = "Deprecated"
    outlives = True

    _modelname = "rack"
    _attributes = ("name", "status", "role", "u_height", "desc_units", "serial")
    name: str | None = None
    status: str | None = None
    role: str | None = None
    u_height: int | None = None
    desc_units: bool | None = None
    serial: str | None = None

    @override
    @classmethod
    def read(cls, view: View) -> dict[uuid.UUID, Current]:
        names = [record.name for record in view.records[Kind.RACK].values()]  # type: ignore[attr-defined]
        racks = RackRow.objects.filter(mine(view, Kind.RACK, name__in=names)).order_by()
        rows = racks.values_list("pk", "location_id", "name", "status__name", "role__name", *PLAIN)
        return {
            pk: Current(
                pk,
                (name, location),
                {"name": name, "status": status, "role": role or "", **dict(zip(PLAIN, plain, strict=True))},
            )
            for pk, location, name, status, role, *plain in rows
        }

    @override
    @classmethod
    def candidates(cls, record: RackRecord, view: View) -> list[uuid.UUID]:
        place = view.pk[Kind.LOCATION, record.location]
        return [row.pk for row in view.current[Kind.RACK].values() if row.natural == (record.name, place)]

    @override
    @classmethod
    def parent(cls, record: RackRecord) -> tuple[Kind, str]:
        return (Kind.LOCATION, record.location)

    @override
    @classmethod
    def want(cls, record: RackRecord, view: View) -> Wanted:
        return Wanted(
            {
                "name": record.name,
                "status": "Active",
                "role": record.role,
                "u_height": record.height_u,
                "desc_units": record.descending,
                "serial": record.serial,
            }
        )

    @override
    @classmethod
    def new(cls, pk: uuid.UUID, record: RackRecord, view: View) -> RackRow:
        return RackRow(
            pk=pk,
            location_id=view.pk[Kind.LOCATION, record.location],
            status=view.refs.status("Active"),
            _custom_field_data=view.refs.custom_field_defaults(RackRow),
        )

    @override
    @classmethod
    def prepare(cls, attrs: Iterable[dict[str, Any]], view: View) -> None:
        view.refs.ensure_roles((values["role"] for values in attrs if values.get("role")), RackRow)

    @override
    @classmethod
    def assign(cls, row: Any, attrs: dict[str, Any], view: View) -> set[str]:
        touched = put(row, attrs, ("name", *PLAIN))
        if "status" in attrs:
            row.status = view.refs.status(attrs["status"])
            touched.add("status")
        if "role" in attrs:
            row.role = view.refs.role(attrs["role"]) if attrs["role"] else None
            touched.add("role")
        return touched

    @override
    @classmethod
    def label(cls, key: str, name: Any) -> str:
        return str(name or key.partition("/")[2])


PLAIN = ("u_height", "desc_units", "serial")
