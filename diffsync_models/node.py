"""A node: a Nautobot Device at the System's location, of an unknown type until something knows better."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from nautobot.dcim.models import Device, DeviceClusterAssignment
from typing_extensions import override

from ..errors import ConfigurationError
from ..records import Kind, NodeRecord, Power
from .base import KindModel, mine
from .view import Current, View, Wanted

STATUS = {Power.ON: "Active", Power.OFF: "Offline"}


class Node(KindModel):
    """A machine that runs guests. What is not known of it (type, role, place) is only set when it is created."""

    kind = Kind.NODE
    orm = Device
    sets = frozenset({"clusters"})
    refilled = frozenset({"primary_ip4", "primary_ip6"})

    _modelname = "node"
    _attributes = ("name", "status", "platform", "software_version", "clusters", "primary_ip4", "primary_ip6")
    name: str | None = None
    status: str | None = None
    platform: str | None = None
    software_version: str | None = None
    clusters: list[str] | None = None
    primary_ip4: str | None = None
    primary_ip6: str | None = None

    @override
    @classmethod
    def read(cls, view: View) -> dict[uuid.UUID, Current]:
        names = [record.name for record in view.records[Kind.NODE].values()]  # type: ignore[attr-defined]
        devices = Device.objects.filter(mine(view, Kind.NODE, name__in=names))
        rows = devices.values_list(
            "pk",
            "name",
            "location_id",
            "status__name",
            "platform__name",
            "software_version__version",
            "primary_ip4__host",
            "primary_ip6__host",
        )
        found = {}
        for pk, name, location, status, platform, version, ip4, ip6 in rows:
            values = {
                "name": name,
                "status": status,
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
    def candidates(cls, record: NodeRecord, view: View) -> list[uuid.UUID]:
        named = [row for row in view.current[Kind.NODE].values() if row.natural[0] == record.name]
        here = [row.pk for row in named if not view.refs.places or row.natural[1] in view.refs.places]
        return here or [row.pk for row in named]

    @override
    @classmethod
    def parent(cls, record: NodeRecord) -> tuple[Kind, str]:
        return (Kind.CLUSTER, record.cluster)

    @override
    @classmethod
    def want(cls, record: NodeRecord, view: View) -> Wanted:
        pk = view.pk[Kind.NODE, record.key]
        values = {
            "name": view.names.get(record.key),
            "status": STATUS.get(record.power) if record.power else None,
            "platform": record.platform,
            "software_version": record.version if record.platform else None,
            "clusters": [record.cluster],
            "primary_ip4": reachable(view, record.primary_ip4, pk),
            "primary_ip6": reachable(view, record.primary_ip6, pk),
        }
        return Wanted(values)

    @override
    @classmethod
    def new(cls, pk: uuid.UUID, record: NodeRecord, view: View) -> Device:
        if view.system.location is None:
            raise ConfigurationError(
                f"{view.system.name}: node {record.name} needs a place; set the location of the System"
            )
        return Device(
            pk=pk,
            device_type=view.refs.unknown_device_type,
            role=view.refs.role("Hypervisor"),
            location=view.system.location,
            status=view.refs.status("Active"),
            _custom_field_data=view.refs.custom_field_defaults(Device),
        )

    @override
    @classmethod
    def prepare(cls, attrs: Iterable[dict[str, Any]], view: View) -> None:
        for values in attrs:
            if values.get("platform"):
                view.refs.ensure_platforms([values["platform"]])

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


def reachable(view: View, host: str | None, machine: uuid.UUID) -> str | None:
    """Return the host if, after this run, it is assigned to the machine; only then may it be its primary address."""
    return host if host and machine in view.reachable.get(host, frozenset()) else None
