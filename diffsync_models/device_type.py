"""A model of hardware: a Nautobot DeviceType with the templates of its ports and bays."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from nautobot.dcim.models import DeviceBayTemplate, InterfaceTemplate
from nautobot.dcim.models import DeviceType as DeviceTypeRow
from typing_extensions import override

from ..records import DeviceTypeRecord, Kind
from .base import KindModel, mine, put
from .view import Current, View, Wanted

PLAIN = ("part_number", "u_height", "is_full_depth", "subdevice_role")


class DeviceType(KindModel):
    """A model. Maker and model are its identity. Its templates say what a device made by a person comes with."""

    kind = Kind.DEVICE_TYPE
    orm = DeviceTypeRow
    outlives = True

    _modelname = "device_type"
    _attributes = (*PLAIN, "ports", "bays")
    part_number: str | None = None
    u_height: int | None = None
    is_full_depth: bool | None = None
    subdevice_role: str | None = None
    ports: list[str] | None = None
    bays: list[str] | None = None

    @override
    @classmethod
    def read(cls, view: View) -> dict[uuid.UUID, Current]:
        models = [record.model for record in view.records[Kind.DEVICE_TYPE].values()]  # type: ignore[attr-defined]
        types = DeviceTypeRow.objects.filter(mine(view, Kind.DEVICE_TYPE, model__in=models)).order_by()
        rows = list(types.values_list("pk", "manufacturer__name", "model", *PLAIN))
        ports, bays = _templates([row[0] for row in rows])
        found = {}
        for pk, maker, model, *plain in rows:
            values = dict(zip(PLAIN, plain, strict=True))
            values |= {"subdevice_role": values["subdevice_role"] or "", "ports": ports[pk], "bays": bays[pk]}
            found[pk] = Current(pk, (maker, model), values)
        return found

    @override
    @classmethod
    def candidates(cls, record: DeviceTypeRecord, view: View) -> list[uuid.UUID]:
        pk = view.by_natural(Kind.DEVICE_TYPE).get((record.manufacturer, record.model))
        return [pk] if pk else []

    @override
    @classmethod
    def want(cls, record: DeviceTypeRecord, view: View) -> Wanted:
        ports = None if record.ports is None else sorted(port_text(*_parts(port)) for port in record.ports)
        values: dict[str, Any] = {name: getattr(record, name) for name in PLAIN}
        return Wanted({**values, "ports": ports, "bays": None if record.bays is None else sorted(record.bays)})

    @override
    @classmethod
    def new(cls, pk: uuid.UUID, record: DeviceTypeRecord, view: View) -> DeviceTypeRow:
        view.refs.ensure_manufacturers([record.manufacturer])
        return DeviceTypeRow(
            pk=pk,
            manufacturer=view.refs.manufacturers[record.manufacturer],
            model=record.model,
            _custom_field_data=view.refs.custom_field_defaults(DeviceTypeRow),
        )

    @override
    @classmethod
    def assign(cls, row: Any, attrs: dict[str, Any], view: View) -> set[str]:
        row.wow_templates = {name: attrs[name] for name in ("ports", "bays") if attrs.get(name) is not None}
        return put(row, attrs, PLAIN)

    @override
    @classmethod
    def once_written(cls, rows: Iterable[Any], view: View) -> None:
        """Make the templates of new types, and let devices of this run be of them."""
        for row in rows:
            view.refs.device_types[row.manufacturer.name, row.model] = row
        _write_templates({row.pk: row.wow_templates for row in rows})

    @override
    @classmethod
    def tidy(cls, attrs: dict[uuid.UUID, dict[str, Any]]) -> None:
        """Give types that were there the templates that they should have; devices that exist are left as they are."""
        _write_templates(attrs)

    @override
    @classmethod
    def retire(cls, current: Current, key: str, view: View) -> dict[str, Any]:
        return {}

    @override
    @classmethod
    def label(cls, key: str, name: Any) -> str:
        return key.partition("/")[2].replace("/", " ", 1) or key


def port_text(name: str, type_: str, mgmt_only: bool) -> str:
    """Return a port template as one text, which people see in plans."""
    return f"{name} ({type_}{', management' if mgmt_only else ''})"


def _parts(port: Any) -> tuple[str, str, bool]:
    return port.name, port.type, port.mgmt_only


def _templates(types: list[uuid.UUID]) -> tuple[dict[uuid.UUID, list[str]], dict[uuid.UUID, list[str]]]:
    """Return the texts of the port templates and the names of the bay templates, by type."""
    ports: dict[uuid.UUID, list[str]] = defaultdict(list)
    bays: dict[uuid.UUID, list[str]] = defaultdict(list)
    if types:
        rows = InterfaceTemplate.objects.filter(device_type__in=types).order_by()
        for pk, *parts in rows.values_list("device_type_id", "name", "type", "mgmt_only"):
            ports[pk].append(port_text(*parts))
        for pk, name in DeviceBayTemplate.objects.filter(device_type__in=types).values_list("device_type_id", "name"):
            bays[pk].append(name)
    for found in (*ports.values(), *bays.values()):
        found.sort()
    return ports, bays


def _write_templates(wanted: dict[uuid.UUID, dict[str, Any]]) -> None:
    """Make the templates of each type exactly these."""
    of_ports = {pk: values["ports"] for pk, values in wanted.items() if values.get("ports") is not None}
    of_bays = {pk: values["bays"] for pk, values in wanted.items() if values.get("bays") is not None}
    known_ports, known_bays = _templates([*of_ports.keys() | of_bays.keys()])
    new_ports, new_bays = [], []
    for pk, texts in of_ports.items():
        for text in set(known_ports[pk]) - set(texts):
            InterfaceTemplate.objects.filter(device_type=pk, name=text.rpartition(" (")[0]).delete()
        new_ports += [_port(pk, text) for text in texts if text not in known_ports[pk]]
    for pk, names in of_bays.items():
        DeviceBayTemplate.objects.filter(device_type=pk).exclude(name__in=names).delete()
        new_bays += [DeviceBayTemplate(device_type_id=pk, name=name) for name in names if name not in known_bays[pk]]
    InterfaceTemplate.objects.bulk_create(new_ports)
    DeviceBayTemplate.objects.bulk_create(new_bays)


def _port(pk: uuid.UUID, text: str) -> InterfaceTemplate:
    name, _, rest = text.rpartition(" (")
    type_, _, mgmt = rest.removesuffix(")").partition(", ")
    return InterfaceTemplate(device_type_id=pk, name=name, type=type_, mgmt_only=bool(mgmt))
