"""A part of a node (processors, memory, a disk, a network adapter): a Nautobot InventoryItem."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from django.db.models import Q
from nautobot.dcim.models import InventoryItem
from typing_extensions import override

from ..records import Kind, PartRecord
from .base import KindModel, put
from .view import Current, View, Wanted


class Part(KindModel):
    """A part. It has no status: one that is gone only gets its claim's missing-since."""

    kind = Kind.PART
    orm = InventoryItem
    kept = frozenset({"name", "description", "manufacturer"})

    _modelname = "part"
    _attributes = ("name", "manufacturer", "part_id", "serial", "description")
    name: str | None = None
    manufacturer: str | None = None
    part_id: str | None = None
    serial: str | None = None
    description: str | None = None

    @override
    @classmethod
    def read(cls, view: View) -> dict[uuid.UUID, Current]:
        parts = InventoryItem.objects.filter(
            Q(device_id__in=view.pks(Kind.DEVICE)) | Q(pk__in=view.claimed(Kind.PART))
        ).order_by()
        rows = parts.values_list("pk", "device_id", "name", "manufacturer__name", "part_id", "serial", "description")
        found = {}
        for pk, device, name, manufacturer, part_id, serial, description in rows:
            values = {
                "name": name,
                "manufacturer": manufacturer or "",
                "part_id": part_id,
                "serial": serial,
                "description": description,
            }
            found[pk] = Current(pk, (device, name), values, parent=device)
        return found

    @override
    @classmethod
    def candidates(cls, record: PartRecord, view: View) -> list[uuid.UUID]:
        """The part of this node with this serial number, else the one of this name that has none."""
        here = [row for row in view.current[Kind.PART].values() if row.parent == view.pk[Kind.DEVICE, record.device]]
        serial = [row.pk for row in here if record.serial and row.values["serial"] == record.serial]
        return serial or [row.pk for row in here if row.values["name"] == record.name and not row.values["serial"]]

    @override
    @classmethod
    def parent(cls, record: PartRecord) -> tuple[Kind, str]:
        return (Kind.DEVICE, record.device)

    @override
    @classmethod
    def want(cls, record: PartRecord, view: View) -> Wanted:
        return Wanted(
            {
                "name": record.name,
                "manufacturer": record.manufacturer,
                "part_id": record.model,
                "serial": record.serial,
                "description": record.description,
            }
        )

    @override
    @classmethod
    def new(cls, pk: uuid.UUID, record: PartRecord, view: View) -> InventoryItem:
        return InventoryItem(
            pk=pk,
            device_id=view.pk[Kind.DEVICE, record.device],
            discovered=True,
            _custom_field_data=view.refs.custom_field_defaults(InventoryItem),
        )

    @override
    @classmethod
    def prepare(cls, attrs: Iterable[dict[str, Any]], view: View) -> None:
        view.refs.ensure_manufacturers(values["manufacturer"] for values in attrs if values.get("manufacturer"))

    @override
    @classmethod
    def assign(cls, row: Any, attrs: dict[str, Any], view: View) -> set[str]:
        touched = put(row, attrs, ("part_id", "serial", "description"))
        if "name" in attrs:
            row.name = attrs["name"]
            touched |= {"name", "_name"}
        if "manufacturer" in attrs:
            row.manufacturer = view.refs.manufacturers.get(attrs["manufacturer"])
            touched.add("manufacturer")
        return touched

    @override
    @classmethod
    def retire(cls, current: Current, key: str, view: View) -> dict[str, Any]:
        return {}
