"""What a node is made of: its disks and its PCI devices, for who may audit the system."""

from __future__ import annotations

from typing import Any

from development.lab.proxmox.endpoint import Call, Handlers


def disks(call: Call) -> list[dict[str, Any]]:
    """GET /nodes/N/disks/list: the health is only looked up if nobody asks to leave the disks asleep."""
    skip = {"health", "wearout"} if call.values.get("skipsmart") else set()
    return [{key: value for key, value in _disk(disk).items() if key not in skip} for disk in call.node.disks]


def _disk(disk: dict[str, Any]) -> dict[str, Any]:
    """Return a disk as udev and sysfs describe it, which say "unknown" where they do not know."""
    defaults = {"gpt": 1, "health": "PASSED", "model": "unknown", "mounted": 0, "osdid": -1, "osdid-list": [],
                "serial": "unknown", "vendor": "unknown", "wwn": "unknown"}  # fmt: skip
    return {**defaults, **disk}


def pci(call: Call) -> list[dict[str, Any]]:
    """GET /nodes/N/hardware/pci: bridges and memory controllers are left out unless they are asked for."""
    left_out = str(call.values.get("pci-class-blacklist", "05;06;0b")).split(";")
    hidden = tuple(f"0x{number}" for number in left_out if number)
    return [{"iommugroup": -1, **row} for row in call.node.pci if not str(row["class"]).startswith(hidden)]


HANDLERS: Handlers = {
    ("GET", "/nodes/{node}/disks/list"): disks,
    ("GET", "/nodes/{node}/hardware/pci"): pci,
}
