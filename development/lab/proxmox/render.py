"""Rows of the Proxmox VE API made from the world, with the types as Perl lets them through."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from development.lab.proxmox import strings
from development.lab.proxmox.endpoint import TYPE
from development.lab.world import CONTAINER, Guest, Node, Port, Storage, World, uptime_s

MIB = 1 << 20
GIB = 1 << 30
FINGERPRINT = ":".join(["5E"] * 32)


def resource_row(world: World, guest: Guest) -> dict[str, Any]:
    """Return a guest's row of cluster/resources; without a report from its node it has no name and no numbers."""
    row: dict[str, Any] = {
        "id": f"{TYPE[guest.kind]}/{guest.id}",
        "node": guest.node,
        "type": TYPE[guest.kind],
        "vmid": guest.id,
    }
    for key in ("lock", "tags"):
        if guest.record.get(key):
            row[key] = guest.record[key]
    if not guest.reported or not world.nodes[guest.node].online:
        return {**row, "status": "unknown"}
    return {
        **row,
        "maxcpu": cpus(guest),
        "maxdisk": max_disk(guest),
        "maxmem": memory_mb(guest) * MIB,
        "name": shown_name(guest),
        "status": "running" if guest.running else "stopped",
        "template": int(guest.template),
        **usage(guest),
        "memhost": usage(guest)["mem"],
    }


def list_row(guest: Guest) -> dict[str, Any]:
    """Return a guest's row of its node's list; the container list writes some numbers as text."""
    row: dict[str, Any] = {
        "cpus": cpus(guest),
        "maxdisk": max_disk(guest),
        "maxmem": memory_mb(guest) * MIB,
        "name": shown_name(guest),
        "status": "running" if guest.running else "stopped",
        "vmid": guest.id,
        **usage(guest),
    }
    if guest.kind == CONTAINER:
        row |= {"disk": str(row["disk"]), "maxswap": int(guest.record.get("swap", 512)) * MIB}
        row |= {"type": "lxc", "vmid": str(guest.id)}
    elif guest.running:
        row["pid"] = 100000 + guest.id
    if guest.template:
        row["template"] = 1
    for key in ("lock", "tags"):
        if guest.record.get(key):
            row[key] = guest.record[key]
    return row


def status_row(guest: Guest) -> dict[str, Any]:
    """Return status/current of a guest."""
    row = {**list_row(guest), "ha": {"managed": 0}, "vmid": guest.id}
    if guest.kind != CONTAINER:
        row["qmpstatus"] = "running" if guest.running else "stopped"
        if agent_enabled(guest):
            row["agent"] = 1
        if guest.running:
            row |= {"running-machine": "pc-i440fx-10.1+pve0", "running-qemu": "10.1.2"}
    return row


def usage(guest: Guest) -> dict[str, Any]:
    """Return the numbers that move while a guest runs; 0 while it does not."""
    scale = guest.id if guest.running else 0
    return {
        "cpu": round(0.0012345 * (1 + scale % 50), 7) if guest.running else 0,
        "disk": max_disk(guest) // 3 if guest.kind == CONTAINER and guest.running else 0,
        "diskread": 7919 * scale,
        "diskwrite": 5701 * scale,
        "mem": memory_mb(guest) * MIB * 2 // 5 if guest.running else 0,
        "netin": 4093 * scale,
        "netout": 2039 * scale,
        "uptime": uptime_s(guest),
    }


def shown_name(guest: Guest) -> str:
    """Return the name PVE shows, which it makes up for a guest that has none."""
    return guest.name or (f"CT{guest.id}" if guest.kind == CONTAINER else f"VM {guest.id}")


def cpus(guest: Guest) -> int:
    """Return the guest's virtual processors."""
    return int(guest.record.get("cores", 1)) * int(guest.record.get("sockets", 1))


def memory_mb(guest: Guest) -> int:
    """Return the guest's memory; a VM's setting is text and may be a property string."""
    text = str(guest.record.get("memory", 512))
    return int(strings.parse(text, "current")["current"])


def max_disk(guest: Guest) -> int:
    """Return the bytes of the container's root, or of the VM's boot disk only."""
    if guest.kind == CONTAINER:
        return strings.disk_bytes(guest.record.get("rootfs", ""))
    order = strings.parse(str(guest.record.get("boot", ""))).get("order", "scsi0").split(";")
    drives = [str(guest.record[key]) for key in order if key in guest.record and strings.DISK_KEY.match(key)]
    return next((strings.disk_bytes(drive) for drive in drives if not strings.is_cdrom(drive)), 0)


def agent_enabled(guest: Guest) -> bool:
    """Whether the guest agent is switched on in the VM's configuration."""
    return strings.truthy(strings.parse(str(guest.record.get("agent", "0")), "enabled").get("enabled", "0"))


def node_row(node: Node, world: World, *, full: bool) -> dict[str, Any]:
    """Return a node's row; without Sys.Audit it carries no numbers."""
    row: dict[str, Any] = {
        "id": f"node/{node.name}",
        "node": node.name,
        "status": "online" if node.online else "offline",
        "type": "node",
    }
    if not full:
        return row
    if not node.online:
        return {**row, "level": ""}
    return {
        **row,
        "cpu": 0.0417,
        "disk": node.disk_gb * GIB // 5,
        "level": "",
        "maxcpu": node.threads,
        "maxdisk": node.disk_gb * GIB,
        "maxmem": node.memory_mb * MIB,
        "mem": _used_memory(node, world),
        "uptime": 2591999,
    }


def node_status(node: Node, world: World, version: Mapping[str, str]) -> dict[str, Any]:
    """Return GET /nodes/N/status."""
    total, used = node.memory_mb * MIB, _used_memory(node, world)
    disk, disk_used = node.disk_gb * GIB, node.disk_gb * GIB // 5
    return {
        "boot-info": {"mode": "efi", "secureboot": 0},
        "cpu": 0.0417,
        "cpuinfo": {
            "cores": node.cores,
            "cpus": node.threads,
            "model": node.cpu_model,
            "sockets": node.sockets,
        },
        "current-kernel": {
            "machine": "x86_64",
            "release": version["kernel"],
            "sysname": "Linux",
            "version": f"#1 SMP PREEMPT_DYNAMIC PMX {version['kernel']}",
        },
        "idle": 0,
        "ksm": {"shared": 0},
        "kversion": f"Linux {version['kernel']} #1 SMP PREEMPT_DYNAMIC PMX",
        "loadavg": ["1.02", "0.97", "0.91"],
        "memory": {"available": total - used, "free": total - used, "total": total, "used": used},
        "pveversion": f"pve-manager/{version['version']}/{version['repoid']}",
        "rootfs": {"avail": disk - disk_used, "free": disk - disk_used, "total": disk, "used": disk_used},
        "swap": {"free": 8 * GIB, "total": 8 * GIB, "used": 0},
        "uptime": 2591999,
        "wait": 0,
    }


def zone_resource(node: Node, zone: str, version: str) -> dict[str, Any]:
    """Return a zone's row of cluster/resources; pve-manager 9.0.12 renamed what was called sdn."""
    shared = {"node": node.name, "status": "ok" if node.online else "unknown"}
    if tuple(int(part) for part in version.split(".")[:3]) < (9, 0, 12):
        return {**shared, "id": f"sdn/{node.name}/{zone}", "sdn": zone, "type": "sdn"}
    named = {"id": f"network/{node.name}/zone/{zone}", "network": zone, "network-type": "zone", "type": "network"}
    return {**shared, **named}


def network_row(port: Port, priority: int) -> dict[str, Any]:
    """Return a network interface of a node; numbers that come from its configuration file are text."""
    values = port.values
    row: dict[str, Any] = {
        "families": ["inet"],
        "iface": port.name,
        "method": "static" if "cidr" in values else "manual",
        "method6": "manual",
        "priority": priority,
        "type": port.kind,
        "active": 1,
    }
    if port.kind == "eth":
        row |= {"exists": 1, "altnames": values.get("altnames", [])}
    else:
        row["autostart"] = 1
    if "cidr" in values:
        address, _, length = values["cidr"].partition("/")
        row |= {"address": address, "cidr": values["cidr"], "netmask": length}
    if port.kind == "bridge":
        row |= {"bridge_fd": "0", "bridge_ports": values.get("bridge_ports", ""), "bridge_stp": "off"}
        if values.get("bridge_vlan_aware"):
            row |= {"bridge_vids": values.get("bridge_vids", "2-4094"), "bridge_vlan_aware": 1}
    if port.kind == "bond":
        row |= {"bond_mode": values.get("bond_mode", "802.3ad"), "slaves": values["slaves"]}
    if "bond_xmit_hash_policy" in values:
        row["bond_xmit_hash_policy"] = values["bond_xmit_hash_policy"]
    if port.kind == "vlan":
        row |= {"vlan-id": str(values["vid"]), "vlan-raw-device": values["raw"]}
    if "gateway" in values:
        row["gateway"] = values["gateway"]
    if "mtu" in values:
        row["mtu"] = str(values["mtu"])
    if "comments" in values:
        row["comments"] = values["comments"] + "\n"
    return row


def storage_resource(storage: Storage, node: str) -> dict[str, Any]:
    """Return a storage's row of cluster/resources: one per node that has it."""
    return {
        "content": ",".join(storage.content),
        "disk": storage.used_gb * GIB,
        "id": f"storage/{node}/{storage.name}",
        "maxdisk": storage.size_gb * GIB,
        "node": node,
        "plugintype": storage.kind,
        "shared": int(storage.shared),
        "status": "available",
        "storage": storage.name,
        "type": "storage",
    }


def storage_status(storage: Storage) -> dict[str, Any]:
    """Return a storage's row of GET /nodes/N/storage."""
    return {
        "active": 1,
        "avail": (storage.size_gb - storage.used_gb) * GIB,
        "content": ",".join(storage.content),
        "enabled": 1,
        "shared": int(storage.shared),
        "storage": storage.name,
        "total": storage.size_gb * GIB,
        "type": storage.kind,
        "used": storage.used_gb * GIB,
        "used_fraction": round(storage.used_gb / storage.size_gb, 6),
    }


def storage_volumes(storage: Storage, world: World) -> list[dict[str, Any]]:
    """Return what lies on a storage: its images, and the disks of the guests."""
    rows = [{"ctime": 1764547200, **file} for file in storage.files]
    for guest in world.guests.values():
        for key, value in guest.record.items():
            volume = str(value).partition(",")[0].removeprefix("file=")
            if strings.DISK_KEY.match(key) and volume.startswith(f"{storage.name}:") and "iso/" not in volume:
                rows.append(_volume_row(guest, key, volume, str(value)))
    return rows


def _volume_row(guest: Guest, key: str, volume: str, value: str) -> dict[str, Any]:
    suffix = volume.rpartition(".")[2]
    return {
        "content": "rootdir" if key == "rootfs" or key.startswith("mp") else "images",
        "ctime": 1764547200,
        "format": suffix if suffix in ("qcow2", "raw", "vmdk") else "raw",
        "size": strings.disk_bytes(value),
        "used": strings.disk_bytes(value) // 4,
        "vmid": guest.id,
        "volid": volume,
    }


def _used_memory(node: Node, world: World) -> int:
    return sum(memory_mb(guest) for guest in world.guests.values() if guest.running and guest.node == node.name) * MIB
