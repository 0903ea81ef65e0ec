"""A small Proxmox estate as records, for tests of the engine: build one, change it, run it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from nautobot_wow.records import (
    AddressRecord,
    AddressType,
    ClusterRecord,
    DeviceRecord,
    GuestInterfaceRecord,
    GuestRecord,
    GuestType,
    InterfaceRecord,
    Kind,
    PortType,
    Power,
    Record,
)
from nautobot_wow.snapshot import Refusal, Snapshot

ALL = frozenset({"nodes", "guests"})
WEB = "172.16.100.10"
DB = "172.16.100.20"


def cluster(name: str = "wow-prox1") -> ClusterRecord:
    return ClusterRecord(key="cluster", scopes=("nodes",), name=name, cluster_type="Proxmox VE")


def node(name: str = "wow-prox1", **more: Any) -> DeviceRecord:
    values: dict[str, Any] = {"power": Power.ON, "platform": "Proxmox VE", "version": "9.1.3"} | more
    return DeviceRecord(key=f"node/{name}", scopes=("nodes",), cluster="cluster", name=name, **values)


def port(name: str = "vmbr0", on: str = "wow-prox1", **more: Any) -> InterfaceRecord:
    values: dict[str, Any] = {"type": PortType.BRIDGE, "enabled": True} | more
    return InterfaceRecord(
        key=f"node/{on}/{name}", scopes=(f"nodes/{on}/interfaces",), device=f"node/{on}", name=name, **values
    )


def guest(
    vmid: int, name: str | None, *, ip: str | None = None, type: GuestType = GuestType.LXC, **more: Any
) -> GuestRecord:
    values: dict[str, Any] = {
        "power": Power.ON,
        "node": "wow-prox1",
        "vcpus": 2,
        "memory_mb": 2048,
        "disk_gb": 20,
        "description": "",
        "tags": frozenset(),
        "primary_ip4": ip,
        "fingerprint": frozenset({f"mac:{mac(vmid)}"}),
    } | more
    return GuestRecord(
        key=f"{type.value}/{vmid}", scopes=("guests",), cluster="cluster", type=type, vmid=vmid, name=name, **values
    )


def card(of: str, number: int = 0, **more: Any) -> GuestInterfaceRecord:
    vmid = int(of.partition("/")[2])
    values: dict[str, Any] = {"mac": mac(vmid, number), "enabled": True, "vid": 0, "tagged": frozenset()} | more
    return GuestInterfaceRecord(
        key=f"{of}/net{number}", scopes=(f"guests/{of}/interfaces",), guest=of, name=f"net{number}", **values
    )


def address(host: str, *cards: str, **more: Any) -> AddressRecord:
    values: dict[str, Any] = {"mask_length": 24, "type": AddressType.HOST} | more
    owners = sorted({of.rpartition("/")[0] for of in cards})
    return AddressRecord(
        key=host,
        scopes=tuple(f"guests/{owner}/addresses" for owner in owners),
        interfaces=frozenset(cards),
        **values,
    )


def mac(vmid: int, number: int = 0) -> str:
    return f"BC:24:11:{vmid >> 8 & 255:02X}:{vmid & 255:02X}:{number:02X}"


def full(vmid: int, name: str, host: str, **more: Any) -> list[Record]:
    """A guest with one card and one address."""
    record = guest(vmid, name, ip=host, **more)
    return [record, card(record.key), address(host, f"{record.key}/net0")]


def platform() -> list[Record]:
    """The cluster, its one node and a bridge."""
    return [cluster(), node(), port()]


def snapshot(
    *groups: Iterable[Record],
    observed: Iterable[str] = ALL,
    unseen: dict[str, str] | None = None,
    refused: Iterable[Refusal] = (),
) -> Snapshot:
    """All the records of the groups, seen completely unless said otherwise."""
    records = tuple(record for group in groups for record in group)
    return Snapshot(records=records, observed=frozenset(observed), unseen=unseen or {}, refused=tuple(refused))


def change(records: Iterable[Record], key: str, **values: Any) -> list[Record]:
    """The same records, one of them changed."""
    return [replace(record, **values) if record.key == key else record for record in records]


def without(records: Iterable[Record], *keys: str) -> list[Record]:
    """The same records without those keys and without what hangs on them."""
    return [
        record
        for record in records
        if not any(record.key == key or record.key.startswith(f"{key}/") for key in keys)
        and not (record.kind is Kind.ADDRESS and _only_on(record, keys))
    ]


def _only_on(record: Any, keys: tuple[str, ...]) -> bool:
    return bool(record.interfaces) and all(
        any(interface.startswith(f"{key}/") for key in keys) for interface in record.interfaces
    )
