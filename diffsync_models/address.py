"""An address: a Nautobot IPAddress in the System's namespace, assigned to the interfaces that carry it."""

from __future__ import annotations

import ipaddress
import uuid
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from nautobot.ipam.models import IPAddress, IPAddressToInterface
from typing_extensions import override

from ..records import AddressRecord, AddressType, Kind
from .base import KindModel, put, tags_of
from .view import Current, Link, View, Wanted

HOSTS_PER_QUERY = 10_000
COLUMNS = {
    "mask_length": "mask_length",
    "type": "type",
    "status__name": "status",
    "role__name": "role",
    "dns_name": "dns_name",
    "description": "description",
}
"""Columns, and the attributes that they are."""


class Address(KindModel):
    """An address in use. What people reserved or described stays as it is."""

    kind = Kind.ADDRESS
    orm = IPAddress
    sets = frozenset({"tags", "interfaces"})
    kept = frozenset({"status", "role", "dns_name", "description"})
    prose = frozenset({"description"})
    retired_status = "Deprecated"

    _modelname = "address"
    _attributes = ("mask_length", "type", "status", "role", "dns_name", "description", "tags", "interfaces")
    mask_length: int | None = None
    type: str | None = None
    status: str | None = None
    role: str | None = None
    dns_name: str | None = None
    description: str | None = None
    tags: list[str] | None = None
    interfaces: list[str] | None = None

    @override
    @classmethod
    def read(cls, view: View) -> dict[uuid.UUID, Current]:
        found = cls._read(view, view.claimed(Kind.ADDRESS))
        known = {row.natural for row in found.values()}
        hosts = sorted(set(view.records[Kind.ADDRESS]) - known)
        for start in range(0, len(hosts), HOSTS_PER_QUERY):
            some = hosts[start : start + HOSTS_PER_QUERY]
            here = IPAddress.objects.filter(parent__namespace=view.refs.namespace, host__in=some)
            found |= cls._read(view, here.order_by().values("pk"))
        return found

    @classmethod
    def _read(cls, view: View, pks: QuerySet[Any, Any]) -> dict[uuid.UUID, Current]:
        addresses = IPAddress.objects.filter(pk__in=pks).order_by()
        rows = list(addresses.values_list("pk", "host", *COLUMNS))
        if not rows:
            return {}
        tags = tags_of(IPAddress, pks)
        cls._read_links(view, pks)
        found = {}
        for pk, host, *columns in rows:
            keys = sorted(
                view.interface_keys.get(link.interface, str(link.interface)) for link in view.links.get(pk, ())
            )
            values = dict(zip(COLUMNS.values(), columns, strict=True)) | {"tags": tags.get(pk, []), "interfaces": keys}
            values["role"] = values["role"] or ""
            found[pk] = Current(pk, host, values)
        return found

    @staticmethod
    def _read_links(view: View, pks: QuerySet[Any, Any]) -> None:
        rows = IPAddressToInterface.objects.filter(ip_address__in=pks).values_list(
            "ip_address_id",
            "interface_id",
            "interface__device_id",
            "vm_interface_id",
            "vm_interface__virtual_machine_id",
        )
        for address, port, device, card, guest in rows:
            view.links.setdefault(address, []).append(Link(port or card, device or guest))

    @override
    @classmethod
    def candidates(cls, record: AddressRecord, view: View) -> list[uuid.UUID]:
        pk = view.by_natural(Kind.ADDRESS).get(record.key)
        return [pk] if pk else []

    @override
    @classmethod
    def want(cls, record: AddressRecord, view: View) -> Wanted:
        tags = {view.system.system_kind.address_tag, "dhcp" if record.type is AddressType.DHCP else ""} - {""}
        tags |= record.tags or frozenset()
        values = {
            "mask_length": record.mask_length,
            "type": record.type.value if record.type else None,
            "status": record.status or "Active",
            "role": record.role,
            "dns_name": record.dns_name,
            "description": record.description,
            "tags": sorted(tags),
            "interfaces": view.carriers.get(record.key),
        }
        return Wanted(values)

    @override
    @classmethod
    def new(cls, pk: uuid.UUID, record: AddressRecord, view: View) -> IPAddress:
        network = view.refs.network_of(record.key)
        if network is None:
            raise ValidationError(f"no prefix of namespace {view.refs.namespace} holds it")
        version = ipaddress.ip_address(record.key).version
        row = IPAddress(
            pk=pk,
            host=record.key,
            ip_version=version,
            mask_length=record.mask_length or network.length,
            status=view.refs.status("Active"),
            _custom_field_data=view.refs.custom_field_defaults(IPAddress),
        )
        row.parent_id = network.pk
        return row

    @override
    @classmethod
    def prepare(cls, attrs: Iterable[dict[str, Any]], view: View) -> None:
        view.refs.ensure_roles((values["role"] for values in attrs if values.get("role")), IPAddress)
        view.refs.ensure_tags((tag for values in attrs for tag in values.get("tags") or ()), IPAddress)

    @override
    @classmethod
    def assign(cls, row: Any, attrs: dict[str, Any], view: View) -> set[str]:
        touched = put(row, attrs, ("mask_length", "type", "dns_name", "description"))
        if "role" in attrs:
            row.role = view.refs.role(attrs["role"]) if attrs["role"] else None
            touched.add("role")
        if "status" in attrs:
            row.status = view.refs.status(attrs["status"])
            touched.add("status")
        return touched
