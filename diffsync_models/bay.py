"""A bay of a chassis, with the blade that is in it: a Nautobot DeviceBay."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import Q
from nautobot.dcim.models import DeviceBay
from typing_extensions import override

from ..records import BayRecord, Kind
from .base import KindModel, put
from .view import Current, View, Wanted


class Bay(KindModel):
    """A bay, known by its name in its chassis. It has no status: of one that is gone only its claim says so."""

    kind = Kind.BAY
    orm = DeviceBay

    _modelname = "bay"
    _attributes = ("name", "installed")
    name: str | None = None
    installed: str | None = None

    @override
    @classmethod
    def read(cls, view: View) -> dict[uuid.UUID, Current]:
        bays = DeviceBay.objects.filter(Q(device_id__in=view.pks(Kind.DEVICE)) | Q(pk__in=view.claimed(Kind.BAY)))
        rows = bays.order_by().values_list("pk", "device_id", "name", "installed_device_id", "installed_device__name")
        found = {}
        for pk, device, name, blade, blade_name in rows:
            known = view.key.get(Kind.DEVICE, {}).get(blade, blade_name or str(blade)) if blade else ""
            found[pk] = Current(pk, (device, name), {"name": name, "installed": known}, parent=device)
        return found

    @override
    @classmethod
    def candidates(cls, record: BayRecord, view: View) -> list[uuid.UUID]:
        pk = view.by_natural(Kind.BAY).get((view.pk[Kind.DEVICE, record.device], record.name))
        return [pk] if pk else []

    @override
    @classmethod
    def parent(cls, record: BayRecord) -> tuple[Kind, str]:
        return (Kind.DEVICE, record.device)

    @override
    @classmethod
    def want(cls, record: BayRecord, view: View) -> Wanted:
        return Wanted({"name": record.name, "installed": record.installed})

    @override
    @classmethod
    def new(cls, pk: uuid.UUID, record: BayRecord, view: View) -> DeviceBay:
        return DeviceBay(
            pk=pk,
            device_id=view.pk[Kind.DEVICE, record.device],
            _custom_field_data=view.refs.custom_field_defaults(DeviceBay),
        )

    @override
    @classmethod
    def assign(cls, row: Any, attrs: dict[str, Any], view: View) -> set[str]:
        touched = put(row, attrs, ("name",))
        if "name" in attrs:
            touched.add("_name")
        if "installed" in attrs:
            blade = attrs["installed"]
            row.installed_device_id = view.known(Kind.DEVICE, blade) if blade else None
            touched.add("installed_device")
        return touched

    @override
    @classmethod
    def retire(cls, current: Current, key: str, view: View) -> dict[str, Any]:
        return {}

    @override
    @classmethod
    def label(cls, key: str, name: Any) -> str:
        return key.partition("/")[2] or key
