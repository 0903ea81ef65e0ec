"""Changes a guest's configuration as the API does: fills in MAC addresses, allocates disks, keeps what has to wait."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping
from typing import Any

from development.lab.proxmox import rights, strings
from development.lab.proxmox.boot import hotplug
from development.lab.proxmox.endpoint import Call
from development.lab.proxmox.errors import died
from development.lab.proxmox.records import digest
from development.lab.world import CONTAINER, Guest, Storage

# Parameters that steer the call and are no keys of a configuration.
STEERING = frozenset({"background_delay", "delete", "digest", "force", "node", "revert", "skiplock", "vmid"})
# A running VM keeps its old processors and memory until it is stopped.
WAITS = frozenset({"arch", "bios", "cores", "cpu", "machine", "memory", "numa", "scsihw", "sockets", "vcpus"})
ALLOCATE = re.compile(r"^(?P<storage>[A-Za-z][\w.-]*):(?P<size>\d+(?:\.\d+)?|cloudinit)$")
MAC_PREFIX = "BC:24:11"


def edit(call: Call, guest: Guest) -> None:
    """Carry out PUT or POST .../config, or raise what PVE says."""
    settings = settings_of(call.values)
    deleted = [key for key in re.split(r"[,;\s\0]+", str(call.values.get("delete", ""))) if key]
    if not settings and not deleted and "revert" not in call.values:
        raise died("no options specified")
    rights.require_for(call, guest.id, [*settings, *deleted], settings)
    require_unlocked(guest)
    _require_digest(guest, call.values.get("digest"))
    for key in re.split(r"[,;\s\0]+", str(call.values.get("revert", ""))):
        guest.pending.pop(key, None)
    for key in deleted:
        _delete(guest, key)
    store(call, guest, settings)
    hotplug(call.world, guest)


def settings_of(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keys of a configuration among the parameters of a call."""
    return {key: value for key, value in values.items() if key not in STEERING}


def store(call: Call, guest: Guest, settings: Mapping[str, Any]) -> None:
    """Put the settings into the guest's configuration, or among those that wait for it to stop."""
    for key, value in settings.items():
        if key in ("name", "hostname"):
            guest.name = str(value)
        elif key == "template":
            guest.template = bool(value)
        else:
            stored = _stored(call, guest, key, value)
            waits = guest.running and guest.kind != CONTAINER and key in WAITS
            (guest.pending if waits else guest.record)[key] = stored


def require_unlocked(guest: Guest) -> None:
    """Raise what PVE says when something else works on the guest."""
    if guest.record.get("lock"):
        raise died(f"{'CT' if guest.kind == CONTAINER else 'VM'} is locked ({guest.record['lock']})")


def storage_for(call: Call, name: str, content: str) -> Storage:
    """Return the storage, or raise what PVE says when it is missing or keeps other things."""
    storage = call.world.storages.get(name)
    if storage is None:
        raise died(f"storage '{name}' does not exist")
    if content == "rootdir" and content not in storage.content:
        raise died(f"storage '{name}' does not allow content type 'rootdir' (Container)")
    if content not in storage.content:
        raise died(f"storage '{name}' does not support content-type '{content}'")
    return storage


def new_mac(call: Call) -> str:
    """Return a MAC address that no guest has, under Proxmox VE's own prefix."""
    taken = {nic.mac for _, nic in call.world.wire()}
    while True:
        raw = secrets.token_bytes(3)
        mac = f"{MAC_PREFIX}:{raw[0]:02X}:{raw[1]:02X}:{raw[2]:02X}"
        if mac not in taken:
            return mac


def volume(storage: Storage, guest: Guest, name: str) -> str:
    """Return the id of a guest's volume on a storage; file storages keep a folder per guest."""
    suffix = ".raw" if guest.kind == CONTAINER else ".qcow2"
    file_based = storage.kind in ("dir", "nfs", "cifs")
    return f"{storage.name}:{guest.id}/{name}{suffix}" if file_based else f"{storage.name}:{name}"


def _require_digest(guest: Guest, given: Any) -> None:
    if given and given != digest(guest):
        if guest.kind == CONTAINER:
            raise died("detected modified configuration - file changed by other user? Try again.")
        raise died("checksum mismatch (file change by other user?)")


def _delete(guest: Guest, key: str) -> None:
    guest.pending.pop(key, None)
    if key in ("name", "hostname"):
        guest.name = None
        return
    value = guest.record.pop(key, None)
    is_disk = strings.DISK_KEY.match(key) and not key.startswith("unused")
    if value is not None and is_disk and not strings.is_cdrom(value):
        free = next(number for number in range(256) if f"unused{number}" not in guest.record)
        guest.record[f"unused{free}"] = str(value).partition(",")[0]


def _stored(call: Call, guest: Guest, key: str, value: Any) -> Any:
    if strings.NET_KEY.match(key):
        rights.require_bridge(call, str(value))
        return _net(call, guest, key, str(value))
    if strings.DISK_KEY.match(key):
        return _drive(call, guest, key, str(value))
    if key == "features":
        rights.require_features(call, guest.id, str(guest.record.get(key, "")), str(value))
    if key == "tags":
        return ";".join(_unique(re.split(r"[,;\s]+", str(value))))
    if key == "description":
        return str(value).rstrip("\n") + "\n"
    return value


def _net(call: Call, guest: Guest, key: str, text: str) -> str:
    """Return netN with a MAC address: the one given, the one it had, or a new one."""
    if guest.kind == CONTAINER:
        values = strings.parse(text)
        before = strings.parse(str(guest.record.get(key, "")))
        values["hwaddr"] = (values.get("hwaddr") or before.get("hwaddr") or new_mac(call)).upper()
        _require_bridge_exists(call, guest, values.get("bridge"))
        return strings.join({"name": values.pop("name"), **values, "type": "veth"})
    values = strings.parse_vm_net(text)
    values["macaddr"] = (values.get("macaddr") or new_mac(call)).upper()
    return strings.join_vm_net(values)


def _require_bridge_exists(call: Call, guest: Guest, bridge: str | None) -> None:
    if bridge and bridge not in call.world.plugs(guest.node):
        raise died(f"bridge '{bridge}' does not exist")


def _drive(call: Call, guest: Guest, key: str, text: str) -> str:
    """Return the drive; STORAGE:32 allocates 32 GiB, STORAGE:cloudinit the image that cloud-init reads."""
    first = "volume" if guest.kind == CONTAINER else "file"
    values = strings.parse(text, first)
    match = ALLOCATE.match(values.get(first, ""))
    if not match:
        return text
    rights.require_space(call, match["storage"])
    storage = storage_for(call, match["storage"], "rootdir" if guest.kind == CONTAINER else "images")
    values.pop("import-from", None)
    if match["size"] == "cloudinit":
        values[first] = volume(storage, guest, f"vm-{guest.id}-cloudinit")
        return strings.join({**values, "media": "cdrom", "size": "4M"}, first)
    values[first] = volume(storage, guest, f"vm-{guest.id}-disk-{_next_disk(guest)}")
    return strings.join({**values, "size": strings.size_text(int(float(match["size"]) * strings.UNITS["G"]))}, first)


def _next_disk(guest: Guest) -> int:
    used = {int(found) for value in guest.record.values() for found in re.findall(r"-disk-(\d+)", str(value))}
    return next(number for number in range(len(used) + 1) if number not in used)


def _unique(tags: Iterable[str]) -> list[str]:
    return sorted({tag for tag in tags if tag})
