"""A port, bridge, bond or VLAN interface of a node: a Nautobot Interface."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import Q
from nautobot.dcim.models import Interface as InterfaceRow
from typing_extensions import override

from ..records import InterfaceRecord, Kind, PortType
from .base import KindModel, mac_text, put
from .switching import MODES, drop_tagged, settle_vlans, tagged_vids, vlan_values
from .view import Current, View, Wanted

COLUMNS = {
    "name": "name",
    "type": "type",
    "status": "status__name",
    "enabled": "enabled",
    "mtu": "mtu",
    "speed": "speed",
    "mgmt_only": "mgmt_only",
    "mac_address": "mac_address",
    "lag": "lag__name",
    "bridge": "bridge__name",
    "parent_interface": "parent_interface__name",
    "mode": "mode",
    "untagged_vlan": "untagged_vlan__vid",
    "description": "description",
}
"""Attributes, and where their values are."""

PORTS = {"lag": "lag", "bridge": "bridge", "parent_interface": "parent"}
"""Attributes that name another interface of the same node, and the fields of the record that say so."""


class Interface(KindModel):
    """An interface of a node, known by its name on the node."""

    kind = Kind.INTERFACE
    orm = InterfaceRow
    sets = frozenset({"tagged_vlans"})
    kept = frozenset({"type", "status", "description", "mode", "untagged_vlan"})

    _modelname = "interface"
    _attributes = (
        "name",
        "type",
        "status",
        "enabled",
        "mtu",
        "speed",
        "mgmt_only",
        "mac_address",
        *PORTS,
        *MODES,
        "description",
    )
    name: str | None = None
    type: str | None = None
    status: str | None = None
    enabled: bool | None = None
    mtu: int | None = None
    speed: int | None = None
    mgmt_only: bool | None = None
    mac_address: str | None = None
    lag: str | None = None
    bridge: str | None = None
    parent_interface: str | None = None
    mode: str | None = None
    untagged_vlan: int | None = None
    tagged_vlans: list[int] | None = None
    description: str | None = None

    @override
    @classmethod
    def read(cls, view: View) -> dict[uuid.UUID, Current]:
        ports = InterfaceRow.objects.filter(
            Q(device_id__in=view.pks(Kind.DEVICE)) | Q(pk__in=view.claimed(Kind.INTERFACE))
        ).order_by()
        rows = ports.values_list("pk", "device_id", *COLUMNS.values())
        tagged = tagged_vids(InterfaceRow, ports.values("pk"))
        return {pk: cls._current(pk, device, values, tagged.get(pk, [])) for pk, device, *values in rows}

    @staticmethod
    def _current(pk: uuid.UUID, device: uuid.UUID, columns: list[Any], tagged: list[int]) -> Current:
        values = dict(zip(COLUMNS, columns, strict=True))
        values["mac_address"] = mac_text(values["mac_address"])
        values["type"] = "" if values["type"] == PortType.OTHER.value else values["type"]  # it is not known which
        values["untagged_vlan"] = values["untagged_vlan"] or 0
        values.update((name, values[name] or "") for name in PORTS)
        values["tagged_vlans"] = tagged
        return Current(pk, (device, values["name"]), values, parent=device)

    @override
    @classmethod
    def candidates(cls, record: InterfaceRecord, view: View) -> list[uuid.UUID]:
        pk = view.by_natural(Kind.INTERFACE).get((view.pk[Kind.DEVICE, record.device], record.name))
        return [pk] if pk else []

    @override
    @classmethod
    def parent(cls, record: InterfaceRecord) -> tuple[Kind, str]:
        return (Kind.DEVICE, record.device)

    @override
    @classmethod
    def want(cls, record: InterfaceRecord, view: View) -> Wanted:
        return Wanted(
            {
                "name": record.name,
                "type": record.type.value if record.type and record.type is not PortType.OTHER else None,
                "status": "Active",
                "enabled": record.enabled,
                "mtu": record.mtu,
                "speed": record.speed_kbps,
                "mgmt_only": record.mgmt_only,
                "mac_address": record.mac,
                "description": record.description,
                **{name: cls._port(record, name, view) for name in PORTS},
                **vlan_values(record.vid, record.tagged, view),
            }
        )

    @classmethod
    def _port(cls, record: InterfaceRecord, name: str, view: View) -> str | None:
        """Return the other interface, None where it is not one that Nautobot would accept there."""
        other = getattr(record, PORTS[name])
        if not other:
            return other
        key = f"{record.device}/{other}"
        fits = cls._type_of(key, view) == "lag" if name == "lag" else True
        if name == "parent_interface":
            fits = cls._type_of(record.key, view) == "virtual"
        return str(other) if fits and (Kind.INTERFACE, key) in view.pk else None

    @staticmethod
    def _type_of(key: str, view: View) -> str | None:
        """Return the type that an interface has in Nautobot, or will have when it is created."""
        current = view.current[Kind.INTERFACE].get(view.pk.get((Kind.INTERFACE, key)))  # type: ignore[arg-type]
        if current is not None:
            return str(current.values["type"])
        record = view.records[Kind.INTERFACE].get(key)
        return record.type.value if isinstance(record, InterfaceRecord) and record.type else None

    @override
    @classmethod
    def settle(cls, attrs: dict[str, Any], theirs: dict[str, Any]) -> dict[str, Any]:
        return settle_vlans(attrs, theirs)

    @override
    @classmethod
    def new(cls, pk: uuid.UUID, record: InterfaceRecord, view: View) -> InterfaceRow:
        return InterfaceRow(
            pk=pk,
            device_id=view.pk[Kind.DEVICE, record.device],
            type="other",
            status=view.refs.status("Active"),
            _custom_field_data=view.refs.custom_field_defaults(InterfaceRow),
        )

    @override
    @classmethod
    def assign(cls, row: Any, attrs: dict[str, Any], view: View) -> set[str]:
        touched = put(row, attrs, ("type", "enabled", "mtu", "speed", "mgmt_only", "mode", "description"))
        for name in PORTS.keys() & attrs.keys():
            setattr(row, f"{name}_id", cls._neighbour(row, attrs[name], view))
            touched.add(name)
        if "untagged_vlan" in attrs:
            row.untagged_vlan = view.refs.vlan(attrs["untagged_vlan"]) if attrs["untagged_vlan"] else None
            touched.add("untagged_vlan")
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

    @staticmethod
    def _neighbour(row: Any, name: str, view: View) -> uuid.UUID | None:
        """Return the interface of that name on the same device."""
        node = view.key[Kind.DEVICE].get(row.device_id)
        return view.pk.get((Kind.INTERFACE, f"{node}/{name}")) if name else None

    @override
    @classmethod
    def tidy(cls, attrs: dict[uuid.UUID, dict[str, Any]]) -> None:
        drop_tagged(InterfaceRow, attrs)
