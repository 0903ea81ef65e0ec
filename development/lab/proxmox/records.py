"""The configuration that Proxmox VE keeps of a guest, made from the estate's short description of it."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping
from typing import Any

from development.lab.proxmox.strings import join
from development.lab.world import CONTAINER, Guest

STORAGE = "TSVMDS01"


def record_of(spec: Mapping[str, Any]) -> dict[str, Any]:
    """Return the configuration of the guest that `spec` describes; its name is the guest's own."""
    return _container(spec) if spec["kind"] == CONTAINER else _vm(spec)


def digest(guest: Guest) -> str:
    """Return the SHA-1 that guards a configuration against changes by somebody else."""
    content = json.dumps([guest.name, guest.template, guest.record, guest.pending], sort_keys=True)
    return hashlib.sha1(content.encode(), usedforsecurity=False).hexdigest()


def _birth(spec: Mapping[str, Any]) -> str:
    """What makes a VM another one than that which had its id before."""
    return f"wow.example/guest/{spec['id']}/{spec.get('name')}"


def _vm(spec: Mapping[str, Any]) -> dict[str, Any]:
    guest_id = spec["id"]
    record: dict[str, Any] = {
        "agent": "1",
        "boot": "order=scsi0",
        "cores": spec["cores"],
        "memory": str(spec["memory_mb"]),
        "meta": "creation-qemu=10.1.2,ctime=1764547200",
        "net0": _vm_net(spec, 0),
        "numa": 0,
        "ostype": "l26",
        "scsi0": f"{STORAGE}:{guest_id}/{'base' if spec.get('template') else 'vm'}-{guest_id}-disk-0.qcow2,"
        f"discard=on,size={spec['disk_gb']}G",
        "scsihw": "virtio-scsi-single",
        "smbios1": f"uuid={uuid.uuid5(uuid.NAMESPACE_URL, _birth(spec))}",
        "sockets": 1,
        "vmgenid": str(uuid.uuid5(uuid.NAMESPACE_URL, f"wow.example/generation/{guest_id}")),
    }
    if "installed_from" in spec:
        record["ide2"] = f"{spec['installed_from']},media=cdrom,size=3064M"
    else:
        record["ide2"] = f"{STORAGE}:{guest_id}/vm-{guest_id}-cloudinit.qcow2,media=cdrom,size=4M"
        record["ciuser"] = spec.get("user", "ubuntu")
    if "address" in spec:
        record["ipconfig0"] = _ip_config(spec["address"], spec.get("gateway"))
    if "mac2" in spec:
        record["net1"] = _vm_net(spec, 1)
        record["ipconfig1"] = _ip_config(spec["address2"], None)
    return record | _common(spec)


def _container(spec: Mapping[str, Any]) -> dict[str, Any]:
    guest_id = spec["id"]
    record: dict[str, Any] = {
        "arch": "amd64",
        "cores": spec["cores"],
        "features": "keyctl=1,nesting=1" if spec.get("docker") else "nesting=1",
        "memory": spec["memory_mb"],
        "net0": _container_net(spec, 0),
        "ostype": "debian" if spec["image"].startswith("debian") else "ubuntu",
        "rootfs": f"{STORAGE}:{guest_id}/vm-{guest_id}-disk-0.raw,size={spec['disk_gb']}G",
        "swap": 512,
        "unprivileged": 1,
    }
    if spec.get("privileged"):
        del record["unprivileged"]
    if "mac2" in spec:
        record["net1"] = _container_net(spec, 1)
    return record | _common(spec)


def _common(spec: Mapping[str, Any]) -> dict[str, Any]:
    record: dict[str, Any] = {}
    if spec.get("tags"):
        record["tags"] = ";".join(spec["tags"])
    if spec.get("description"):
        record["description"] = spec["description"].rstrip("\n") + "\n"
    if spec.get("onboot"):
        record["onboot"] = 1
    return record


def _vm_net(spec: Mapping[str, Any], index: int) -> str:
    suffix = "" if index == 0 else str(index + 1)
    values = {"virtio": spec[f"mac{suffix}"], "bridge": spec.get(f"bridge{suffix}", "vmbr0"), "firewall": 1}
    if spec.get(f"vlan{suffix}"):
        values["tag"] = spec[f"vlan{suffix}"]
    if spec.get(f"trunks{suffix}"):
        values["trunks"] = spec[f"trunks{suffix}"]
    return join(values)


def _container_net(spec: Mapping[str, Any], index: int) -> str:
    suffix = "" if index == 0 else str(index + 1)
    values = {"name": f"eth{index}", "bridge": spec.get(f"bridge{suffix}", "vmbr0"), "firewall": 1}
    if index == 0 and spec.get("gateway"):
        values["gw"] = spec["gateway"]
    values |= {"hwaddr": spec[f"mac{suffix}"], "ip": spec[f"address{suffix}"]}
    if spec.get(f"vlan{suffix}"):
        values["tag"] = spec[f"vlan{suffix}"]
    return join(values | {"type": "veth"})


def _ip_config(address: str, gateway: str | None) -> str:
    return f"gw={gateway},ip={address}" if gateway else f"ip={address}"
