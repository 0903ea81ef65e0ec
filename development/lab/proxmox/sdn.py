"""Software defined networks: zones, vnets and subnets, as written down, as applied, or both side by side.

config       what somebody wrote down; nothing asks for it to be applied
running=1    what is in force
pending=1    what is in force, each object with its `state` (new, changed, deleted) where something waits

Everything is silently left out for who may not see it. The subnets of a vnet that is no longer written down cannot be
asked for, although it is in force until the change is applied (pve-network, Subnets.pm, check_vnet_access).
"""

from __future__ import annotations

import hashlib
import ipaddress
import json
from collections.abc import Mapping
from typing import Any

from development.lab.proxmox.endpoint import Call, Handlers
from development.lab.proxmox.errors import died
from development.lab.proxmox.permits import require_any
from development.lab.proxmox.read import may_see_zone

# What an object is, and not a setting of it that could wait to be applied.
NAMING = {"zones": ("zone", "type"), "vnets": ("vnet", "type"), "subnets": ("cidr", "vnet")}
SEE = ("SDN.Audit", "SDN.Allocate")
Objects = Mapping[str, Mapping[str, Any]]


def zones(call: Call) -> list[dict[str, Any]]:
    """GET /cluster/sdn/zones."""
    wanted = call.values.get("type")
    return [
        {"zone": name, **row}
        for name, row in _asked(call, "zones").items()
        if may_see_zone(call, name) and wanted in (None, row["type"])
    ]


def vnets(call: Call) -> list[dict[str, Any]]:
    """GET /cluster/sdn/vnets."""
    rows = [{"type": "vnet", "vnet": name, **row} for name, row in _asked(call, "vnets").items()]
    return [row for row in rows if call.may(f"/sdn/zones/{row['zone']}/{row['vnet']}", *SEE)]


def subnets(call: Call) -> list[dict[str, Any]]:
    """GET /cluster/sdn/vnets/VNET/subnets."""
    name = str(call.values["vnet"])
    vnet = call.world.sdn.config["vnets"].get(name)
    if vnet is None:
        raise died(f"sdn '{name}' does not exist")
    require_any(call.granted, f"/sdn/zones/{vnet['zone']}/{name}", *SEE)
    return [_subnet(row, str(vnet["zone"])) for row in _asked(call, "subnets").values() if row["vnet"] == name]


def _subnet(row: dict[str, Any], zone: str) -> dict[str, Any]:
    network = ipaddress.ip_network(row["cidr"])
    name = f"{zone}-{network.network_address}-{network.prefixlen}"
    return {"dhcp-range": [], "id": name, "mask": str(network.prefixlen), "network": str(network.network_address),
            "subnet": name, "type": "subnet", "zone": zone, **row}  # fmt: skip


def _asked(call: Call, section: str) -> dict[str, dict[str, Any]]:
    """Return the objects of a section as the caller wants them."""
    sdn = call.world.sdn
    config, running = sdn.config[section], sdn.running[section]
    if call.values.get("pending"):
        return _pending(config, running, NAMING[section])
    objects = running if call.values.get("running") else config
    digest = hashlib.sha1(json.dumps(objects, sort_keys=True).encode(), usedforsecurity=False).hexdigest()
    return {name: {**objects[name], "digest": digest} for name in sorted(objects)}


def _pending(config: Objects, running: Objects, naming: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for name in sorted({*config, *running}):
        if name not in running:
            waiting = {key: value for key, value in config[name].items() if key not in naming}
            found[name] = {**config[name], "pending": waiting, "state": "new"}
        elif name not in config:
            found[name] = {**running[name], "state": "deleted"}
        else:
            changed = {key: value for key, value in config[name].items() if running[name].get(key) != value}
            found[name] = {**running[name], **({"pending": changed, "state": "changed"} if changed else {})}
    return found


HANDLERS: Handlers = {
    ("GET", "/cluster/sdn/vnets"): vnets,
    ("GET", "/cluster/sdn/vnets/{vnet}/subnets"): subnets,
    ("GET", "/cluster/sdn/zones"): zones,
}
