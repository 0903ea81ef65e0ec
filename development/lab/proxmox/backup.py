"""Backups of guests: vzdump writes an archive onto a storage, and keeps the guest locked meanwhile."""

from __future__ import annotations

import time
from typing import Any

from development.lab.proxmox import strings
from development.lab.proxmox.edit import require_unlocked
from development.lab.proxmox.endpoint import Call
from development.lab.proxmox.errors import died
from development.lab.proxmox.tasks import Task
from development.lab.world import CONTAINER, Guest

ROOT_ONLY = ("tmpdir", "dumpdir", "script", "job-id")
SHARE = 3
"""An archive is so many times smaller than the disks."""


def take(call: Call) -> str:
    """POST /nodes/N/vzdump of one guest."""
    for name in ROOT_ONLY:
        if name in call.values:
            raise died(f"{name}: only root may set this parameter")
    name = str(call.values.get("storage", "local"))
    words = [word for word in str(call.values.get("vmid", "")).split(",") if word]
    if len(words) != 1 or call.values.get("all") or call.values.get("pool"):
        raise died("the lab backs up one guest at a time")
    guest_id = int(words[0])
    call.require(f"/vms/{guest_id}", "VM.Backup")
    call.require(f"/storage/{name}", "Datastore.AllocateSpace")
    storage = call.world.storages.get(name)
    if storage is None:
        raise died(f"storage '{name}' does not exist")
    if "backup" not in storage.content:
        raise died(f"storage '{name}' is not configured for content type 'backup'")

    async def work(task: Task) -> None:
        guest = call.world.guests.get(guest_id)
        if guest is None or guest.node != call.node.name:
            raise died(f"unable to find VM '{guest_id}'")
        require_unlocked(guest)
        task.say(f"Starting Backup of VM {guest_id}")
        guest.record["lock"] = "backup"
        try:
            await call.endpoint.tasks.pause()
            storage.files.append(_archive(call, guest, name))
        finally:
            guest.record.pop("lock", None)

    return call.endpoint.tasks.start(call.node.name, "vzdump", str(guest_id), call.caller.id, work)


def _archive(call: Call, guest: Guest, storage: str) -> dict[str, Any]:
    kind, suffix = ("lxc", "tar.zst") if guest.kind == CONTAINER else ("qemu", "vma.zst")
    stamp = time.strftime("%Y_%m_%d-%H_%M_%S", time.gmtime())
    disks = [str(value) for key, value in guest.record.items() if strings.DISK_KEY.match(key)]
    size = sum(strings.disk_bytes(value) for value in disks if not strings.is_cdrom(value))
    row: dict[str, Any] = {
        "content": "backup",
        "ctime": int(time.time()),
        "format": suffix,
        "size": max(size // SHARE, 1),
        "vmid": guest.id,
        "volid": f"{storage}:backup/vzdump-{kind}-{guest.id}-{stamp}.{suffix}",
    }
    if call.values.get("protected"):
        row["protected"] = 1
    notes = str(call.values.get("notes-template", ""))
    for name, value in (("guestname", guest.name or ""), ("node", guest.node), ("vmid", str(guest.id))):
        notes = notes.replace("{{" + name + "}}", value)
    return {**row, "notes": notes.replace("\\n", "\n").partition("\n")[0]} if notes else row
