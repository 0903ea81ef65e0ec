"""A network card of a guest: a Nautobot VMInterface, named as the hypervisor names it (net0)."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import Q
from nautobot.virtualization.models import VMInterface
from typing_extensions import override

from ..records import GuestInterfaceRecord, Kind
from .base import KindModel, mac_text, put
from .switching import MODES, drop_tagged, settle_vlans, tagged_vids, vlan_values
from .view import Current, View, Wanted


class GuestInterface(KindModel):
    """A card of a guest. Where people said which VLAN it is on, adoption keeps that."""

    kind = Kind.GUEST_INTERFACE
    orm = VMInterface
    sets = frozenset({"tagged_vlans"})
    kept = frozenset({"mode", "untagged_vlan", "status", "description"})

    _modelname = "guest_interface"
    _attributes = ("name", "status", "enabled", "mac_address", "mtu", *MODES, "description")
    name: str | None = None
    status: str | None = None
    enabled: bool | None = None
    mac_address: str | None = None
    mtu: int | None = None
    mode: str | None = None
    untagged_vlan: int | None = None
    tagged_vlans: list[int] | None = None
    description: str | None = None

    @override
    @classmethod
    def read(cls, view: View) -> dict[uuid.UUID, Current]:
        cards = VMInterface.objects.filter(
            Q(virtual_machine__cluster_id__in=view.pks(Kind.CLUSTER))
            | Q(virtual_machine_id__in=view.moved.values())
            | Q(pk__in=view.claimed(Kind.GUEST_INTERFACE))
        )
        rows = cards.order_by().values_list(
            "pk",
            "virtual_machine_id",
            "name",
            "status__name",
            "enabled",
            "mac_address",
            "mtu",
            "mode",
            "untagged_vlan__vid",
            "description",
        )
        tagged = tagged_vids(VMInterface, cards.values("pk"))
        found = {}
        for pk, guest, name, status, enabled, mac, mtu, mode, vid, description in rows:
            values = {
                "name": name,
                "status": status,
                "enabled": enabled,
                "mac_address": mac_text(mac),
                "mtu": mtu,
                "mode": mode,
                "untagged_vlan": vid or 0,
                "tagged_vlans": tagged.get(pk, []),
                "description": description,
            }
            found[pk] = Current(pk, (guest, name), values, parent=guest)
        return found

    @override
    @classmethod
    def candidates(cls, record: GuestInterfaceRecord, view: View) -> list[uuid.UUID]:
        pk = view.by_natural(Kind.GUEST_INTERFACE).get((view.pk[Kind.GUEST, record.guest], record.name))
        return [pk] if pk else []

    @override
    @classmethod
    def parent(cls, record: GuestInterfaceRecord) -> tuple[Kind, str]:
        return (Kind.GUEST, record.guest)

    @override
    @classmethod
    def want(cls, record: GuestInterfaceRecord, view: View) -> Wanted:
        values = {
            "name": record.name,
            "status": "Active",
            "enabled": record.enabled,
            "mac_address": record.mac,
            "mtu": record.mtu,
            "description": record.description,
            **vlan_values(record.vid, record.tagged, view),
        }
        return Wanted(values)

    @override
    @classmethod
    def settle(cls, attrs: dict[str, Any], theirs: dict[str, Any]) -> dict[str, Any]:
        return settle_vlans(attrs, theirs)

    @override
    @classmethod
    def new(cls, pk: uuid.UUID, record: GuestInterfaceRecord, view: View) -> VMInterface:
        return VMInterface(
            pk=pk,
            virtual_machine_id=view.pk[Kind.GUEST, record.guest],
            status=view.refs.status("Active"),
            _custom_field_data=view.refs.custom_field_defaults(VMInterface),
        )

    @override
    @classmethod
    def assign(cls, row: Any, attrs: dict[str, Any], view: View) -> set[str]:
        touched = put(row, attrs, ("enabled", "mtu", "mode", "description"))
        if "name" in attrs:
            row.name = attrs["name"]
            touched |= {"name", "_name"}
        if "mac_address" in attrs:
            row.mac_address = attrs["mac_address"] or None
            touched.add("mac_address")
        if "status" in attrs:
            row.status = view.refs.status(attrs["status"])
            touched.add("status")
        if "untagged_vlan" in attrs:
            row.untagged_vlan = view.refs.vlan(attrs["untagged_vlan"]) if attrs["untagged_vlan"] else None
            touched.add("untagged_vlan")
        return touched

    @override
    @classmethod
    def tidy(cls, attrs: dict[uuid.UUID, dict[str, Any]]) -> None:
        drop_tagged(VMInterface, attrs)
