"""A port, bridge, bond or VLAN interface of a node: a Nautobot Interface."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import Q
from nautobot.dcim.models import Interface as InterfaceRow
from typing_extensions import override

from ..records import InterfaceRecord, Kind
from .base import KindModel, mac_text, put
from .view import Current, View, Wanted


class Interface(KindModel):
    """An interface of a node, known by its name on the node."""

    kind = Kind.INTERFACE
    orm = InterfaceRow
    kept = frozenset({"type", "status", "description"})

    _modelname = "interface"
    _attributes = ("name", "type", "status", "enabled", "mtu", "mac_address", "description")
    name: str | None = None
    type: str | None = None
    status: str | None = None
    enabled: bool | None = None
    mtu: int | None = None
    mac_address: str | None = None
    description: str | None = None

    @override
    @classmethod
    def read(cls, view: View) -> dict[uuid.UUID, Current]:
        rows = InterfaceRow.objects.filter(
            Q(device_id__in=view.pks(Kind.NODE)) | Q(pk__in=view.claimed(Kind.INTERFACE))
        ).values_list("pk", "device_id", "name", "type", "status__name", "enabled", "mtu", "mac_address", "description")
        return {row[0]: cls._current(*row) for row in rows}

    @staticmethod
    def _current(
        pk: uuid.UUID,
        device: uuid.UUID,
        name: str,
        type_: str,
        status: str,
        enabled: bool,
        mtu: int | None,
        mac: Any,
        description: str,
    ) -> Current:
        values = {
            "name": name,
            "type": type_,
            "status": status,
            "enabled": enabled,
            "mtu": mtu,
            "mac_address": mac_text(mac),
            "description": description,
        }
        return Current(pk, (device, name), values, parent=device)

    @override
    @classmethod
    def candidates(cls, record: InterfaceRecord, view: View) -> list[uuid.UUID]:
        wanted = (view.pk[Kind.NODE, record.node], record.name)
        return [row.pk for row in view.current[Kind.INTERFACE].values() if row.natural == wanted]

    @override
    @classmethod
    def parent(cls, record: InterfaceRecord) -> tuple[Kind, str]:
        return (Kind.NODE, record.node)

    @override
    @classmethod
    def want(cls, record: InterfaceRecord, view: View) -> Wanted:
        return Wanted(
            {
                "name": record.name,
                "type": record.type.value if record.type else None,
                "status": "Active",
                "enabled": record.enabled,
                "mtu": record.mtu,
                "mac_address": record.mac,
                "description": record.description,
            }
        )

    @override
    @classmethod
    def new(cls, pk: uuid.UUID, record: InterfaceRecord, view: View) -> InterfaceRow:
        return InterfaceRow(
            pk=pk,
            device_id=view.pk[Kind.NODE, record.node],
            type="other",
            status=view.refs.status("Active"),
            _custom_field_data=view.refs.custom_field_defaults(InterfaceRow),
        )

    @override
    @classmethod
    def assign(cls, row: Any, attrs: dict[str, Any], view: View) -> set[str]:
        touched = put(row, attrs, ("type", "enabled", "mtu", "description"))
        if "name" in attrs:
            row.name = attrs["name"]
            touched |= {"name", "_name"}
        if "mac_address" in attrs:
            row.mac_address = attrs["mac_address"] or None
            touched.add("mac_address")
        if "status" in attrs:
            row.status = view.refs.status(attrs["status"])
            touched.add("status")
        return touched
