"""A guest's life through the API: create, clone, start, stop, delete. Each is a task that runs and can fail."""

from __future__ import annotations

import copy
import re
import uuid
from typing import Any

from development.lab.proxmox import edit, rights, strings
from development.lab.proxmox.boot import power_off, power_on, read_keys
from development.lab.proxmox.endpoint import Call
from development.lab.proxmox.errors import ApiError, died
from development.lab.proxmox.tasks import Task, Work
from development.lab.world import CONTAINER, VM, Guest, OperatingSystem

# Parameters of create that are no keys of the configuration.
CREATE_ONLY = frozenset({
    "archive", "bwlimit", "force", "ha-managed", "ignore-unpack-errors", "import-working-storage", "live-restore",
    "node", "ostemplate", "password", "pool", "restore", "ssh-public-keys", "start", "storage", "unique", "vmid",
})  # fmt: skip
TASK_PREFIX = {VM: "qm", CONTAINER: "vz"}
LABEL = {VM: "VM", CONTAINER: "CT"}
UBUNTU_OR_DEBIAN = re.compile(r"(ubuntu|debian)-(\d+)")
CONTAINER_DEFAULTS = {"arch": "amd64", "memory": 512, "swap": 512, "unprivileged": 1}
VM_DEFAULTS = {"numa": 0, "ostype": "l26", "sockets": 1}


def create(call: Call) -> str:
    """POST /nodes/N/qemu and /lxc: the id is taken at once, the guest is complete when its task has ended."""
    guest_id = int(call.values["vmid"])
    _require_allocate(call, guest_id)
    settings = {key: value for key, value in call.values.items() if key not in CREATE_ONLY}
    rights.require_for(call, guest_id, settings, settings)
    if "archive" in call.values or "restore" in call.values:
        raise died("the lab does not restore backups")
    _require_free(call, guest_id, f"unable to create {LABEL[call.kind]} {guest_id} - ")
    guest = Guest(guest_id, call.kind, None, call.node.name, {"lock": "create"}, pool=_pool_of(call))
    prepare = _prepare_container if guest.kind == CONTAINER else _prepare_vm
    settings = prepare(call, guest, settings)
    call.world.guests[guest_id] = guest
    try:
        edit.store(call, guest, settings)
    except ApiError:
        del call.world.guests[guest_id]
        raise
    made, guest.record = guest.record, {"lock": "create"}
    return _start(call, "create", guest_id, lambda task: _finish_create(call, task, guest, made))


async def _finish_create(call: Call, task: Task, guest: Guest, made: dict[str, Any]) -> None:
    """Make the guest; until then its configuration holds nothing but the lock."""
    task.say(f"creating {LABEL[guest.kind]} {guest.id} on node {guest.node}")
    template = call.values.get("ostemplate")
    if template and template not in _images(call):
        call.world.guests.pop(guest.id, None)
        raise died(f"unable to create CT {guest.id} - volume '{template}' does not exist")
    await call.endpoint.tasks.pause()
    guest.record = {key: value for key, value in made.items() if key != "lock"}
    if call.values.get("start"):
        power_on(call.world, guest)


def _prepare_vm(_: Call, guest: Guest, settings: dict[str, Any]) -> dict[str, Any]:
    return {
        **VM_DEFAULTS,
        "smbios1": f"uuid={uuid.uuid4()}",
        "vmgenid": str(uuid.uuid4()),
        "name": f"VM{guest.id}",
        **settings,
    }


def _prepare_container(call: Call, guest: Guest, settings: dict[str, Any]) -> dict[str, Any]:
    template = str(call.values["ostemplate"])
    if not settings.get("unprivileged", 1):
        call.require("/", "Sys.Modify")
    guest.os = _system_of(call, template)
    guest.ssh_keys = read_keys(str(call.values.get("ssh-public-keys", "")))
    ostype = guest.os.id if guest.os else "unmanaged"
    root = f"{call.values.get('storage', 'local')}:8"
    return {**CONTAINER_DEFAULTS, "hostname": f"CT{guest.id}", "ostype": ostype, "rootfs": root, **settings}


def clone(call: Call) -> str:
    """POST .../clone: a linked clone of a template unless `full`; a full one of anything else."""
    source, new_id = call.guest, int(call.values["newid"])
    edit.require_unlocked(source)
    linked = not call.values.get("full", 0 if source.template else 1)
    for name in ("storage", "format"):
        if linked and name in call.values:
            raise died(f"parameter '{name}' not allowed for linked clones")
    record = _snapshot_record(source, call.values.get("snapname"))
    for key, value in record.items():
        if strings.NET_KEY.match(key):
            rights.require_bridge(call, str(value))
    target = _target_storage(call, source, record)
    if source.kind == VM and new_id in call.world.guests:
        raise died(f"unable to create VM {new_id}: config file already exists")
    _require_free(call, new_id, "")
    if source.kind == CONTAINER and source.running and "snapname" not in call.values and not linked:
        raise died("Full clone feature is not supported for running CTs")
    guest = Guest(new_id, source.kind, _clone_name(call, source), call.values.get("target", source.node),
                  {"lock": "clone"}, os=copy.deepcopy(source.os), pool=_pool_of(call),
                  docker=source.docker, inside=copy.deepcopy(source.inside))  # fmt: skip
    call.world.guests[new_id] = guest
    cloned = _cloned_record(call, guest, record, linked, target)
    return _start(call, "clone", source.id, lambda task: _finish_clone(call, task, guest, cloned))


async def _finish_clone(call: Call, task: Task, guest: Guest, record: dict[str, Any]) -> None:
    for key, value in record.items():
        if strings.DISK_KEY.match(key) and not strings.is_cdrom(value):
            task.say(f"create clone of drive {key}: {str(value).partition(',')[0]}")
            await call.endpoint.tasks.pause()
    guest.record = record


def _cloned_record(
    call: Call, guest: Guest, record: dict[str, Any], linked: bool, target: str | None
) -> dict[str, Any]:
    """Return the copy: new MAC addresses and identity, own disks, everything else as it was."""
    cloned: dict[str, Any] = {}
    for key, value in record.items():
        if strings.NET_KEY.match(key):
            cloned[key] = _with_new_mac(call, guest, str(value))
        elif strings.DISK_KEY.match(key):
            cloned[key] = _cloned_drive(call, guest, str(value), linked, target)
        elif key not in ("lock", "vmgenid", "smbios1"):
            cloned[key] = value
    if guest.kind == VM:
        cloned |= {"smbios1": f"uuid={uuid.uuid4()}", "vmgenid": str(uuid.uuid4())}
    if "description" in call.values:
        cloned["description"] = str(call.values["description"]).rstrip("\n") + "\n"
    return cloned


def _with_new_mac(call: Call, guest: Guest, text: str) -> str:
    if guest.kind == CONTAINER:
        return strings.join({**strings.parse(text), "hwaddr": edit.new_mac(call)})
    return strings.join_vm_net({**strings.parse_vm_net(text), "macaddr": edit.new_mac(call)})


def _cloned_drive(call: Call, guest: Guest, text: str, linked: bool, target: str | None) -> str:
    old, comma, options = text.partition(",")
    storage_name, _, name = old.partition(":")
    storage = call.world.storages.get(target or storage_name)
    if storage is None or "iso/" in name:
        return text
    if "cloudinit" in name:
        return edit.volume(storage, guest, f"vm-{guest.id}-cloudinit") + comma + options
    number = re.search(r"-disk-(\d+)", name)
    new = edit.volume(storage, guest, f"vm-{guest.id}-disk-{number[1] if number else 0}")
    if linked:
        new = f"{old}/{new.partition(':')[2]}"
    return new + comma + options


def start(call: Call) -> str:
    """POST .../status/start."""
    guest = call.guest
    if guest.kind == CONTAINER and guest.running:
        raise died(f"CT {guest.id} already running")
    return _start(call, "start", guest.id, lambda task: _finish_start(call, task, guest))


async def _finish_start(call: Call, task: Task, guest: Guest) -> None:
    if guest.template:
        raise died(f"you can't start a {'CT' if guest.kind == CONTAINER else 'vm'} if it's a template")
    if guest.running:
        raise died(f"VM {guest.id} already running")
    edit.require_unlocked(guest)
    bridges = call.world.plugs(guest.node)
    for _, key in strings.net_keys(guest.record):
        bridge = strings.parse(str(guest.record[key])).get("bridge")
        if bridge and bridge not in bridges:
            raise died(f"bridge '{bridge}' does not exist")
    await call.endpoint.tasks.pause()
    power_on(call.world, guest)
    task.say(f"started {LABEL[guest.kind]} {guest.id}")


def stop(call: Call) -> str:
    """POST .../status/stop and /shutdown: the task's name differs, the end is the same."""
    guest = call.guest
    if guest.kind == CONTAINER and not guest.running:
        raise died(f"CT {guest.id} not running")
    kind = "shutdown" if call.method.path.endswith("shutdown") else "stop"
    return _start(call, kind, guest.id, lambda _: _finish_stop(call, guest))


async def _finish_stop(call: Call, guest: Guest) -> None:
    edit.require_unlocked(guest)
    await call.endpoint.tasks.pause()
    power_off(guest)


def reboot(call: Call) -> str:
    """POST .../status/reboot: what waited becomes real, and cloud-init reads its data again."""
    guest = call.guest
    if not guest.running:
        raise died(f"{LABEL[guest.kind]} {guest.id} not running")
    return _start(call, "reboot", guest.id, lambda _: _finish_reboot(call, guest))


async def _finish_reboot(call: Call, guest: Guest) -> None:
    await call.endpoint.tasks.pause()
    power_off(guest)
    power_on(call.world, guest)


def delete(call: Call) -> str:
    """DELETE .../ID: a running guest is refused."""
    guest = call.guest
    edit.require_unlocked(guest)
    if guest.record.get("protection"):
        raise died(f"can't remove {LABEL[guest.kind]} {guest.id} - protection mode enabled")
    if guest.running and not call.values.get("force"):
        if guest.kind == CONTAINER:
            raise died(f"unable to destroy CT {guest.id} - container is running")
        raise died(f"VM {guest.id} is running - destroy failed")
    _require_no_linked_clone(call, guest)
    return _start(call, "destroy", guest.id, lambda _: _finish_delete(call, guest))


async def _finish_delete(call: Call, guest: Guest) -> None:
    await call.endpoint.tasks.pause()
    if call.world.guests.get(guest.id) is guest:
        del call.world.guests[guest.id]


def resize(call: Call) -> str:
    """PUT .../resize: by +4G or to 40G; growing only."""
    guest, disk, size = call.guest, str(call.values["disk"]), str(call.values["size"])
    edit.require_unlocked(guest)
    if disk not in guest.record:
        raise died(f"disk '{disk}' does not exist")
    first = "volume" if guest.kind == CONTAINER else "file"
    values = strings.parse(str(guest.record[disk]), first)
    now = strings.disk_bytes(guest.record[disk])
    wanted = now + strings.size_bytes(size[1:]) if size.startswith("+") else strings.size_bytes(size)
    if wanted < now:
        raise died("unable to shrink disk size" if guest.kind == CONTAINER else "shrinking disks is not supported")

    async def work(_: Task) -> None:
        await call.endpoint.tasks.pause()
        guest.record[disk] = strings.join({**values, "size": strings.size_text(wanted)}, first)

    return _start(call, "resize", guest.id, work)


def make_template(call: Call) -> str:
    """POST .../template of a stopped VM."""
    guest = call.guest
    if guest.template:
        raise died("you can't convert a template to a template")
    if guest.running:
        raise died("you can't convert a VM to template if VM is running")
    if guest.snapshots:
        raise died("unable to create template, because VM contains snapshots")

    async def work(_: Task) -> None:
        await call.endpoint.tasks.pause()
        guest.template = True

    return _start(call, "template", guest.id, work)


def _start(call: Call, action: str, guest_id: int, work: Work) -> str:
    kind = action if action == "resize" else f"{TASK_PREFIX[call.kind]}{action}"
    return call.endpoint.tasks.start(call.node.name, kind, str(guest_id), call.caller.id, work)


def _require_allocate(call: Call, guest_id: int) -> None:
    pool = _pool_of(call)
    if not (pool and call.may(f"/pool/{pool}", "VM.Allocate")):
        call.require(f"/vms/{guest_id}", "VM.Allocate")


def _pool_of(call: Call) -> str | None:
    """Return the pool that a new guest is to be in, if any; it must be there."""
    pool = call.values.get("pool")
    if pool is not None and pool not in call.world.pools:
        raise died(f"pool '{pool}' does not exist")
    return pool


def _require_free(call: Call, guest_id: int, prefix: str) -> None:
    other = call.world.guests.get(guest_id)
    if other:
        raise died(f"{prefix}{LABEL[other.kind]} {guest_id} already exists on node '{other.node}'")


def _require_no_linked_clone(call: Call, guest: Guest) -> None:
    own = re.compile(rf":{guest.id}/base-{guest.id}-disk-\d+\.\w+/")
    for other in call.world.guests.values():
        for value in other.record.values():
            if other is not guest and own.search(str(value)):
                base = str(value).partition(",")[0].rpartition(f"/{other.id}/")[0]
                raise died(f"base volume '{base}' is still in use by linked cloned")


def _snapshot_record(source: Guest, name: Any) -> dict[str, Any]:
    if name is None:
        return copy.deepcopy(source.record)
    for item in source.snapshots:
        if item["name"] == name:
            return copy.deepcopy(item["config"])
    raise died(f"snapshot '{name}' does not exist")


def _target_storage(call: Call, source: Guest, record: dict[str, Any]) -> str | None:
    """Return the storage asked for; check the right to allocate there, or where the disks are now."""
    target = call.values.get("storage")
    if target is not None:
        edit.storage_for(call, str(target), "rootdir" if source.kind == CONTAINER else "images")
        rights.require_space(call, str(target))
        return str(target)
    for key, value in record.items():
        if strings.DISK_KEY.match(key) and not strings.is_cdrom(value):
            rights.require_space(call, str(value).partition(":")[0])
    return None


def _clone_name(call: Call, source: Guest) -> str:
    if source.kind == CONTAINER:
        return str(call.values.get("hostname") or f"Copy-of-{source.name or f'CT{source.id}'}")
    return str(call.values.get("name") or f"Copy-of-VM-{source.name or source.id}")


def _images(call: Call) -> list[str]:
    return [str(file["volid"]) for storage in call.world.storages.values() for file in storage.files]


def _system_of(call: Call, template: str) -> OperatingSystem | None:
    match = UBUNTU_OR_DEBIAN.search(template)
    found = call.world.images.get(f"{match[1]}{match[2]}") if match else None
    return copy.deepcopy(found)
