"""A network that a system defines: a Nautobot Prefix in the System's namespace."""

from __future__ import annotations

import ipaddress
import uuid
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q
from nautobot.ipam.models import Prefix as PrefixRow
from nautobot.ipam.models import PrefixLocationAssignment
from typing_extensions import override

from ..records import Kind, PrefixRecord
from .base import KindModel, put
from .view import Current, View, Wanted
from .vlan import Vlan, locations_of


class Prefix(KindModel):
    """A prefix. The network is its identity; type, role and description that people gave it stay."""

    kind = Kind.PREFIX
    orm = PrefixRow
    sets = frozenset({"locations"})
    kept = frozenset({"status", "type", "role", "vlan", "description"})
    prose = frozenset({"description"})
    retired_status = "Deprecated"
    outlives = True

    _modelname = "prefix"
    _attributes = ("status", "type", "role", "vlan", "description", "locations")
    status: str | None = None
    type: str | None = None
    role: str | None = None
    vlan: int | None = None
    description: str | None = None
    locations: list[str] | None = None

    @override
    @classmethod
    def read(cls, view: View) -> dict[uuid.UUID, Current]:
        wanted = Q()
        for record in view.records[Kind.PREFIX].values():
            network = ipaddress.ip_network(record.network)  # type: ignore[attr-defined]
            wanted |= Q(network=str(network.network_address), prefix_length=network.prefixlen)
        here = Q(pk__in=view.claimed(Kind.PREFIX))
        if wanted:
            here |= Q(namespace=view.refs.namespace) & wanted
        rows = list(
            PrefixRow.objects.filter(here)
            .order_by()
            .values_list(
                "pk", "network", "prefix_length", "status__name", "vlan__vid", "description", "type", "role__name"
            )
        )
        places = _places(rows)
        found = {}
        for pk, network, length, status, vid, description, type_, role in rows:
            values = {
                "status": status,
                "type": type_,
                "role": role or "",
                "vlan": vid or 0,
                "description": description,
                "locations": sorted(places.get(pk, ())),
            }
            found[pk] = Current(pk, f"{network}/{length}", values)
        return found

    @override
    @classmethod
    def candidates(cls, record: PrefixRecord, view: View) -> list[uuid.UUID]:
        return [row.pk for row in view.current[Kind.PREFIX].values() if row.natural == record.network]

    @override
    @classmethod
    def want(cls, record: PrefixRecord, view: View) -> Wanted:
        return Wanted(
            {
                "status": "Active",
                "type": record.type,
                "role": record.role,
                "vlan": record.vid if not record.vid or view.knows_vlan(record.vid) else None,
                "description": record.description,
                "locations": locations_of(record.location, view, PrefixRow),
            }
        )

    @override
    @classmethod
    def new(cls, pk: uuid.UUID, record: PrefixRecord, view: View) -> PrefixRow:
        network = ipaddress.ip_network(record.network)
        _refuse_cut_ranges(network, view)
        row = PrefixRow(
            pk=pk,
            network=str(network.network_address),
            broadcast=str(network.broadcast_address),
            prefix_length=network.prefixlen,
            ip_version=network.version,
            type="network",
            namespace=view.refs.namespace,
            status=view.refs.status("Active"),
            _custom_field_data=view.refs.custom_field_defaults(PrefixRow),
        )
        row.parent_id = view.refs.parent_of(network)
        return row

    @override
    @classmethod
    def prepare(cls, attrs: Iterable[dict[str, Any]], view: View) -> None:
        view.refs.ensure_roles((values["role"] for values in attrs if values.get("role")), PrefixRow)

    @override
    @classmethod
    def assign(cls, row: Any, attrs: dict[str, Any], view: View) -> set[str]:
        touched = put(row, attrs, ("type", "description"))
        if "role" in attrs:
            row.role = view.refs.role(attrs["role"]) if attrs["role"] else None
            touched.add("role")
        if "status" in attrs:
            row.status = view.refs.status(attrs["status"])
            touched.add("status")
        if "vlan" in attrs:
            row.vlan = view.refs.vlan(attrs["vlan"]) if attrs["vlan"] else None
            touched.add("vlan")
        return touched

    @override
    @classmethod
    def announce(cls, view: View) -> None:
        for key, record in view.records[Kind.PREFIX].items():
            vlan_name = _vlan_name(record.vid, view)  # type: ignore[attr-defined]
            view.refs.expect(view.pk[Kind.PREFIX, key], record.network, vlan_name)  # type: ignore[attr-defined]

    @override
    @classmethod
    def once_written(cls, rows: Iterable[Any], view: View) -> None:
        """Give the new prefixes what lies in them, as Nautobot does when it saves one."""
        for row in sorted(rows, key=lambda row: row.prefix_length):
            row.reparent_subnets()
            row.reparent_ips()
            row.reparent_ip_address_ranges()

    @override
    @classmethod
    def label(cls, key: str, name: Any) -> str:
        return key.removeprefix("prefix/")


def _vlan_name(vid: int | None, view: View) -> str | None:
    """Return what the VLAN of a prefix is called, also if this run creates it."""
    if not vid or not view.knows_vlan(vid):
        return None
    there = view.refs.vlans.get(vid)
    coming = (record for record in view.records[Kind.VLAN].values() if record.vid == vid)  # type: ignore[attr-defined]
    return str(there[0].name) if there else next((Vlan.name_of(record) for record in coming), None)


def _refuse_cut_ranges(network: Any, view: View) -> None:
    """Core accepts a prefix that holds a part of a range; the range then protects nothing in it (seen on 3.2.7)."""
    cut = view.refs.range_cut_by(network)
    if cut is not None:
        raise ValidationError(f"the range {cut} lies partly in it; split the range, or leave the prefix out")


def _places(rows: list[Any]) -> dict[uuid.UUID, list[str]]:
    """Return the names of the locations of prefixes, by prefix."""
    found: dict[uuid.UUID, list[str]] = {}
    if rows:
        links = PrefixLocationAssignment.objects.filter(prefix_id__in=[row[0] for row in rows])
        for prefix, name in links.values_list("prefix_id", "location__name"):
            found.setdefault(prefix, []).append(name)
    return found
