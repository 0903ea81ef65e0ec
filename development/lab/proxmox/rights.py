"""Which right a key of a guest's configuration needs, and who may put a guest on a bridge or a storage."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from development.lab.proxmox import strings
from development.lab.proxmox.acl import ROOT
from development.lab.proxmox.endpoint import Call
from development.lab.proxmox.errors import forbidden
from development.lab.proxmox.permits import require_any
from development.lab.proxmox.read import LOCAL_ZONE

CPU = frozenset({"affinity", "cores", "cpu", "cpulimit", "cpuunits", "numa", "sockets", "vcpus"})
MEMORY = frozenset({"balloon", "hugepages", "keephugepages", "memory", "shares", "swap"})
HARDWARE = frozenset({"arch", "bios", "machine", "ostype", "scsihw", "smbios1", "tablet", "vga", "vmgenid", "watchdog"})
NETWORK = frozenset({"hostname", "nameserver", "searchdomain"})
CLOUD_INIT = frozenset({"cicustom", "cipassword", "citype", "ciupgrade", "ciuser", "sshkeys"})


def require_for(call: Call, guest_id: int, keys: Iterable[str], values: dict[str, Any]) -> None:
    """Raise 403 unless the caller may change all these keys of the guest; `values` tells a CD-ROM from a disk."""
    path = f"/vms/{guest_id}"
    for key in keys:
        require_any(call.granted, path, *_rights(key, str(values.get(key, ""))))


def require_bridge(call: Call, net: str) -> None:
    """Raise 403 unless the caller may use the bridge or vnet, and the VLAN on it, that netN names."""
    found = strings.parse(net)
    if "bridge" in found:
        tag = f"/{found['tag']}" if "tag" in found else ""
        zone = call.world.sdn.running["vnets"].get(found["bridge"], {}).get("zone", LOCAL_ZONE)
        require_any(call.granted, f"/sdn/zones/{zone}/{found['bridge']}{tag}", "SDN.Use")


def require_features(call: Call, guest_id: int, before: str, after: str) -> None:
    """Raise 403 for any feature but nesting: only root@pam himself may set those, and a token is never called so."""
    old, new = strings.parse(before), strings.parse(after)
    changed = {name for name in (*old, *new) if old.get(name, "") != new.get(name, "")}
    if call.caller.id == ROOT or not changed:
        return
    if changed - {"nesting"}:
        raise forbidden("changing feature flags (except nesting) is only allowed for root@pam")
    call.require(f"/vms/{guest_id}", "VM.Allocate")


def require_space(call: Call, storage: str) -> None:
    """Raise 403 unless the caller may allocate disks on the storage."""
    call.require(f"/storage/{storage}", "Datastore.AllocateSpace")


def _rights(key: str, value: str) -> tuple[str, ...]:
    if key == "features":
        return ("VM.Allocate", "VM.Config.Options")
    if key in CPU:
        return ("VM.Config.CPU",)
    if key in MEMORY:
        return ("VM.Config.Memory",)
    if key in HARDWARE or re.match(r"(hostpci|serial|usb|parallel|audio|rng)\d", key):
        return ("VM.Config.HWType",)
    if strings.NET_KEY.match(key) or key in NETWORK:
        return ("VM.Config.Network",)
    if re.match(r"ipconfig\d", key):
        return ("VM.Config.Network", "VM.Config.Cloudinit")
    if key in CLOUD_INIT:
        return ("VM.Config.Cloudinit",)
    if strings.DISK_KEY.match(key):
        return (
            ("VM.Config.CDROM", "VM.Config.Cloudinit")
            if "cdrom" in value or "cloudinit" in value
            else ("VM.Config.Disk",)
        )
    return ("VM.Config.Options",)
