"""A guest: a Nautobot VirtualMachine, with the custom fields that the operator's automation reads."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from django.db.models import Q
from nautobot.virtualization.models import VirtualMachine
from typing_extensions import override

from ..records import GuestRecord, Kind, Power
from .base import KindModel, mine, put, tags_of
from .device import reachable
from .view import Current, View, Wanted

STATUS = {Power.ON: "Active", Power.OFF: "Offline"}
CUSTOM = ("proxmox_vmid", "proxmox_node", "proxmox_vmtype", "ansible_host", "network_profile")
FILLED = ("t_shirt_size", "application_list")


class Guest(KindModel):
    """A virtual machine or container. Its name is an attribute; equal names get "(VMID)" appended."""

    kind = Kind.GUEST
    orm = VirtualMachine
    sets = frozenset({"tags"})
    refilled = frozenset({"primary_ip4", "primary_ip6"})
    kept = frozenset({"comments", "ansible_host"})

    _modelname = "guest"
    _attributes = (
        "name",
        "cluster",
        "status",
        "platform",
        "vcpus",
        "memory",
        "disk",
        "comments",
        "tags",
        *CUSTOM,
        *FILLED,
        "primary_ip4",
        "primary_ip6",
    )
    name: str | None = None
    cluster: str | None = None
    status: str | None = None
    platform: str | None = None
    vcpus: int | None = None
    memory: int | None = None
    disk: int | None = None
    comments: str | None = None
    tags: list[str] | None = None
    proxmox_vmid: int | None = None
    proxmox_node: str | None = None
    proxmox_vmtype: str | None = None
    ansible_host: str | None = None
    network_profile: str | None = None
    t_shirt_size: str | None = None
    application_list: list[Any] | None = None
    primary_ip4: str | None = None
    primary_ip6: str | None = None

    @override
    @classmethod
    def read(cls, view: View) -> dict[uuid.UUID, Current]:
        here = mine(view, Kind.GUEST, cluster_id__in=view.pks(Kind.CLUSTER)) | Q(pk__in=view.moved.values())
        guests = VirtualMachine.objects.filter(here).order_by()
        tags = tags_of(VirtualMachine, guests.values("pk"))
        rows = guests.values_list(
            "pk",
            "cluster_id",
            "cluster__name",
            "name",
            "status__name",
            "platform__name",
            "vcpus",
            "memory",
            "disk",
            "comments",
            "primary_ip4__host",
            "primary_ip6__host",
            "_custom_field_data",
        )
        found = {}
        for pk, cluster, cluster_name, name, status, platform, vcpus, memory, disk, comments, ip4, ip6, custom in rows:
            values = {
                "name": name,
                "cluster": cluster_name,
                "status": status,
                "platform": platform or "",
                "vcpus": vcpus,
                "memory": memory,
                "disk": disk,
                "comments": comments,
                "tags": tags.get(pk, []),
                "primary_ip4": ip4 or "",
                "primary_ip6": ip6 or "",
            }
            values.update((field, custom.get(field)) for field in CUSTOM + FILLED)
            found[pk] = Current(pk, (cluster, name), values)
        return found

    @override
    @classmethod
    def candidates(cls, record: GuestRecord, view: View) -> list[uuid.UUID]:
        """A record of the same cluster with this VMID, or else with this name and no other VMID."""
        if record.key in view.moved:
            return [view.moved[record.key]]
        cluster = view.pk[Kind.CLUSTER, record.cluster]
        here = [row for row in view.current[Kind.GUEST].values() if row.natural[0] == cluster]
        numbered = [row.pk for row in here if row.values["proxmox_vmid"] == record.vmid]
        named = [row.pk for row in here if row.natural[1] == record.name and not row.values["proxmox_vmid"]]
        return sorted(set(numbered) | set(named))

    @override
    @classmethod
    def parent(cls, record: GuestRecord) -> tuple[Kind, str]:
        return (Kind.CLUSTER, record.cluster)

    @override
    @classmethod
    def want(cls, record: GuestRecord, view: View) -> Wanted:
        pk = view.pk[Kind.GUEST, record.key]
        ip4 = reachable(view, record.primary_ip4, pk)
        values = {
            "name": view.names.get(record.key),
            "cluster": cls._cluster(record, view),
            "status": STATUS.get(record.power) if record.power else None,
            "platform": record.platform,
            "vcpus": record.vcpus,
            "memory": record.memory_mb,
            "disk": record.disk_gb,
            "comments": record.description,
            "tags": None if record.tags is None else sorted(record.tags),
            "proxmox_vmid": record.vmid,
            "proxmox_node": record.node,
            "proxmox_vmtype": record.type.value,
            "ansible_host": ip4,
            "primary_ip4": ip4,
            "primary_ip6": reachable(view, record.primary_ip6, pk),
        }
        return Wanted(values, cls._gaps(record, ip4, view))

    @staticmethod
    def _cluster(record: GuestRecord, view: View) -> str | None:
        """Return the name that the cluster has in Nautobot: people may have given it another."""
        current = view.current[Kind.CLUSTER].get(view.pk[Kind.CLUSTER, record.cluster])
        if current is not None:
            return str(current.values["name"])
        return view.names.get(record.cluster)

    @classmethod
    def _gaps(cls, record: GuestRecord, ip4: str | None, view: View) -> dict[str, Any]:
        """What a null in a custom field would cost: Jinja's default filter does not replace it."""
        defaults = view.refs.custom_field_defaults(VirtualMachine)
        gaps = {name: defaults[name] for name in FILLED if defaults.get(name) is not None}
        network = view.refs.network_of(ip4) if ip4 else None
        gaps["network_profile"] = (network.vlan_name if network else None) or ""
        gaps["ansible_host"] = ""
        if not record.platform and record.platform_family:
            gaps["platform"] = record.platform_family
        return gaps

    @override
    @classmethod
    def new(cls, pk: uuid.UUID, record: GuestRecord, view: View) -> VirtualMachine:
        return VirtualMachine(
            pk=pk,
            cluster_id=view.pk[Kind.CLUSTER, record.cluster],
            name=record.name or record.key,
            status=view.refs.status("Active"),
            _custom_field_data=view.refs.custom_field_defaults(VirtualMachine),
        )

    @override
    @classmethod
    def prepare(cls, attrs: Iterable[dict[str, Any]], view: View) -> None:
        attrs = list(attrs)
        view.refs.ensure_platforms(values["platform"] for values in attrs if values.get("platform"))
        view.refs.ensure_tags((tag for values in attrs for tag in values.get("tags") or ()), VirtualMachine)

    @override
    @classmethod
    def assign(cls, row: Any, attrs: dict[str, Any], view: View) -> set[str]:
        touched = put(row, attrs, ("name", "vcpus", "memory", "disk", "comments"))
        if "cluster" in attrs:
            row.cluster_id = view.cluster_of(row.pk) or row.cluster_id
            touched.add("cluster")
        if "status" in attrs:
            row.status = view.refs.status(attrs["status"])
            touched.add("status")
        if "platform" in attrs:
            row.platform = view.refs.platforms.get(attrs["platform"])
            touched.add("platform")
        custom = {name: attrs[name] for name in CUSTOM + FILLED if name in attrs}
        if custom:
            row._custom_field_data = {**row._custom_field_data, **custom}
            touched.add("_custom_field_data")
        return touched

    @override
    @classmethod
    def retire(cls, current: Current, key: str, view: View) -> dict[str, Any]:
        """Free the name and the primary address for the guest that comes after."""
        return {
            "status": cls.retired_status,
            "name": _gone_name(current, key, view),
            "primary_ip4": "",
            "primary_ip6": "",
        }


def _gone_name(current: Current, key: str, view: View) -> str:
    name = current.values["name"]
    if "(gone " in name:
        return name
    number = key.rpartition("/")[2].partition("~")[0]
    gone = f"{name} (gone {number})"
    taken = {row.values["name"] for row in view.current[Kind.GUEST].values()}
    return gone if gone not in taken else f"{name} (gone {number} {str(current.pk)[:8]})"
