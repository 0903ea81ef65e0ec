"""Snapshots of guests: taken, listed, rolled back to and removed through tasks."""

from __future__ import annotations

import copy
import time
from typing import Any

from development.lab.proxmox.boot import power_off
from development.lab.proxmox.edit import require_unlocked
from development.lab.proxmox.endpoint import Call
from development.lab.proxmox.errors import died
from development.lab.proxmox.lifecycle import LABEL, TASK_PREFIX
from development.lab.proxmox.tasks import Task, Work
from development.lab.world import Guest

RESERVED = ("current", "pending", "vzdump")


def take(call: Call) -> str:
    """POST .../snapshot."""
    guest, name = call.guest, str(call.values["snapname"])
    if name in RESERVED:
        raise died(f"unable to use snapshot name '{name}' (reserved name)")

    async def work(_: Task) -> None:
        if guest.template:
            raise died("you can't take a snapshot if it's a template")
        require_unlocked(guest)
        if any(item["name"] == name for item in guest.snapshots):
            raise died(f"snapshot name '{name}' already used")
        await call.endpoint.tasks.pause()
        kept: dict[str, Any] = {"config": copy.deepcopy(guest.record), "description": _description(call), "name": name,
                                "snaptime": int(time.time())}  # fmt: skip
        if guest.snapshots:
            kept["parent"] = guest.snapshots[-1]["name"]
        guest.snapshots.append(kept)

    return _start(call, "snapshot", guest, work)


def roll_back(call: Call) -> str:
    """POST .../snapshot/NAME/rollback: the guest is stopped and has the configuration it had."""
    guest = call.guest

    async def work(_: Task) -> None:
        kept = _find(guest, str(call.values["snapname"]))
        await call.endpoint.tasks.pause()
        power_off(guest)
        guest.record = copy.deepcopy(kept["config"])

    return _start(call, "rollback", guest, work)


def remove(call: Call) -> str:
    """DELETE .../snapshot/NAME."""
    guest = call.guest

    async def work(_: Task) -> None:
        kept = _find(guest, str(call.values["snapname"]))
        await call.endpoint.tasks.pause()
        guest.snapshots.remove(kept)

    return _start(call, "delsnapshot", guest, work)


def _find(guest: Guest, name: str) -> dict[str, Any]:
    for item in guest.snapshots:
        if item["name"] == name:
            return item
    raise died(f"snapshot '{name}' does not exist for {LABEL[guest.kind]} {guest.id}")


def _description(call: Call) -> str:
    text = str(call.values.get("description", ""))
    return text.rstrip("\n") + "\n" if text else ""


def _start(call: Call, action: str, guest: Guest, work: Work) -> str:
    kind = f"{TASK_PREFIX[call.kind]}{action}"
    return call.endpoint.tasks.start(call.node.name, kind, str(guest.id), call.caller.id, work)
