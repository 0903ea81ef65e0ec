"""A device: a Nautobot Device at the System's location, of an unknown type until something knows better."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from django.db.models import Q
from nautobot.dcim.models import Device as DeviceRow
from nautobot.dcim.models import DeviceClusterAssignment
from typing_extensions import override

from ..errors import ConfigurationError
from ..records import DeviceRecord, Kind, Power
from .base import KindModel, mine, put
from .view import Current, View, Wanted

PLACE = ("role", "device_type", "serial", "asset_tag", "location", "rack", "position", "face")
"""What only some systems know of a device; most of it is said by the site design."""

STATUS = {Power.ON: "Active", Power.OFF: "Offline"}


class Device(KindModel):
    """A device. What is not known of it (type, role, place) is only set when it is created."""

    kind = Kind.DEVICE
    orm = DeviceRow
    sets = frozenset({"clusters"})
    refilled = frozenset({"primary_ip4", "primary_ip6"})

    _modelname = "device"
    _attributes = ("name", "status", *PLACE, "platform", "software_version", "clusters", "primary_ip4", "primary_ip6")
    name: str | None = None
    status: str | None = None
    role: str | None = None
    device_type: str | None = None
    serial: str | None = None
    asset_tag: str | None = None
    location: str | None = None
    rack: str | None = None
    position: int | None = None
    face: str | None = None
    platform: str | None = None
    software_version: str | None = None
    clusters: list[str] | None = None
    primary_ip4: str | None = None
    primary_ip6: str | None = None

    @override
    @classmethod
    def read(cls, view: View) -> dict[uuid.UUID, Current]:
        records: list[DeviceRecord] = list(view.records[Kind.DEVICE].values())  # type: ignore[arg-type]
        serials = [record.serial for record in records if record.serial]
        named = Q(name__in=[record.name for record in records]) | (Q(serial__in=serials) if serials else Q())
        devices = DeviceRow.objects.filter(named | mine(view, Kind.DEVICE)).order_by()
        rows = devices.values_list(
            "pk",
            "name",
            "location_id",
            "status__name",
            "platform__name",
            "software_version__version",
            "primary_ip4__host",
            "primary_ip6__host",
            "role__name",
            "device_type__manufacturer__name",
            "device_type__model",
            "serial",
            "asset_tag",
            "location__name",
            "rack_id",
            "rack__name",
            "position",
            "face",
        )
        found = {}
        for pk, name, location, status, platform, version, ip4, ip6, *place in rows:
            values = {
                "name": name,
                "status": status,
                **_place(view, location, *place),
                "platform": platform or "",
                "software_version": version or "",
                "clusters": [],
                "primary_ip4": ip4 or "",
                "primary_ip6": ip6 or "",
            }
            found[pk] = Current(pk, (name, location), values)
        cls._read_clusters(view, found)
        return found

    @classmethod
    def _read_clusters(cls, view: View, found: dict[uuid.UUID, Current]) -> None:
        rows = DeviceClusterAssignment.objects.filter(device_id__in=list(found)).values_list("device_id", "cluster_id")
        keys = view.key.get(Kind.CLUSTER, {})
        for device, cluster in rows:
            found[device].values["clusters"].append(keys.get(cluster, str(cluster)))

    @override
    @classmethod
    def candidates(cls, record: DeviceRecord, view: View) -> list[uuid.UUID]:
        rows = list(view.current[Kind.DEVICE].values())
        if record.serial and (same := [row.pk for row in rows if row.values["serial"] == record.serial]):
            return same
        named = [row for row in rows if row.natural[0] == record.name and not _is_other(row, record)]
        here = [row.pk for row in named if not view.refs.places or row.natural[1] in view.refs.places]
        return here or [row.pk for row in named]

    @override
    @classmethod
    def parent(cls, record: DeviceRecord) -> tuple[Kind, str] | None:
        return (Kind.CLUSTER, record.cluster) if record.cluster else None

    @override
    @classmethod
    def want(cls, record: DeviceRecord, view: View) -> Wanted:
        pk = view.pk[Kind.DEVICE, record.key]
        values = {
            "name": view.names.get(record.key),
            "status": cls._status_of(record, view),
            **{name: getattr(record, name) for name in PLACE},
            "platform": record.platform,
            "software_version": record.version if record.platform else None,
            "clusters": [record.cluster] if record.cluster else None,
            "primary_ip4": reachable(view, record.primary_ip4, pk),
            "primary_ip6": reachable(view, record.primary_ip6, pk),
        }
        return Wanted(values)

    @staticmethod
    def _status_of(record: DeviceRecord, view: View) -> str | None:
        """Return the status that the system says; one that says none, and has it again, ends its retirement."""
        if record.power:
            return STATUS.get(record.power)
        claim = view.claims[Kind.DEVICE].get(record.key)
        return STATUS[Power.ON] if claim is not None and claim.retired else None

    @override
    @classmethod
    def new(cls, pk: uuid.UUID, record: DeviceRecord, view: View) -> DeviceRow:
        if view.system.location is None and not record.location:
            raise ConfigurationError(
                f"{view.system.name}: device {record.name} needs a place; set the location of the System"
            )
        return DeviceRow(
            pk=pk,
            device_type=view.refs.unknown_device_type,
            role=view.refs.role(view.system.system_kind.device_role),
            location=view.system.location,
            status=view.refs.status("Active"),
            _custom_field_data=view.refs.custom_field_defaults(DeviceRow),
        )

    @override
    @classmethod
    def prepare(cls, attrs: Iterable[dict[str, Any]], view: View) -> None:
        for values in attrs:
            if values.get("platform"):
                view.refs.ensure_platforms([values["platform"]])
        said = {values["role"] for values in attrs if values.get("role")}
        coming = {view.system.system_kind.device_role for values in attrs if "name" in values}
        view.refs.ensure_roles(said | coming, DeviceRow)

    @override
    @classmethod
    def assign(cls, row: Any, attrs: dict[str, Any], view: View) -> set[str]:
        touched = set()
        if "name" in attrs:
            row.name = attrs["name"]
            touched |= {"name", "_name"}
        if "status" in attrs:
            row.status = view.refs.status(attrs["status"])
            touched.add("status")
        touched |= _assign_place(row, attrs, view)
        if "platform" in attrs:
            row.platform = view.refs.platforms.get(attrs["platform"])
            touched.add("platform")
        if "software_version" in attrs and row.platform is not None:
            row.software_version = view.refs.ensure_software_version(row.platform.name, attrs["software_version"])
            touched.add("software_version")
        return touched

    @override
    @classmethod
    def retire(cls, current: Current, key: str, view: View) -> dict[str, Any]:
        return {"status": cls.retired_status, "primary_ip4": "", "primary_ip6": ""}


def _place(view: View, location: uuid.UUID, *columns: Any) -> dict[str, Any]:
    """Return what and where a device is, in the words of records."""
    role, maker, model, serial, asset_tag, location_name, rack, rack_name, position, face = columns
    return {
        "role": role,
        "device_type": f"device_type/{maker}/{model}",
        "serial": serial,
        "asset_tag": asset_tag or "",
        "location": view.place_text(location, location_name),
        "rack": view.key.get(Kind.RACK, {}).get(rack, rack_name) if rack else "",
        "position": position or 0,
        "face": face or "",
    }


def _assign_place(row: Any, attrs: dict[str, Any], view: View) -> set[str]:
    touched = put(row, attrs, ("serial", "face"))
    if "role" in attrs:
        row.role = view.refs.role(attrs["role"])
        touched.add("role")
    if "device_type" in attrs:
        row.device_type = view.refs.device_type(attrs["device_type"])
        touched.add("device_type")
    if "asset_tag" in attrs:
        row.asset_tag = attrs["asset_tag"] or None
        touched.add("asset_tag")
    if "location" in attrs:
        row.location_id = view.known(Kind.LOCATION, attrs["location"])
        touched.add("location")
    if "rack" in attrs:
        row.rack_id = view.known(Kind.RACK, attrs["rack"]) if attrs["rack"] else None
        touched.add("rack")
    if "position" in attrs:
        row.position = attrs["position"] or None
        touched.add("position")
    return touched


def _is_other(row: Current, record: DeviceRecord) -> bool:
    """Tell whether a device of the same name is another one: both have a serial number, and they differ."""
    return bool(record.serial and row.values["serial"] and row.values["serial"] != record.serial)


def reachable(view: View, host: str | None, machine: uuid.UUID) -> str | None:
    """Return the host if, after this run, it is assigned to the machine; only then may it be its primary address."""
    return host if host and machine in view.reachable.get(host, frozenset()) else None
