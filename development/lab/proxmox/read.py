"""The reading half of the API: version, cluster, nodes, guests, storages, pools, tasks, permissions."""

from __future__ import annotations

import hashlib
from typing import Any

from development.lab.proxmox import render
from development.lab.proxmox.endpoint import Call, Handlers
from development.lab.proxmox.errors import died, forbidden, refused
from development.lab.proxmox.records import digest
from development.lab.proxmox.roles import known
from development.lab.proxmox.tasks import Task
from development.lab.world import CONTAINER, Guest, Storage, World

LOCAL_ZONE = "localnetwork"
ANY_BRIDGE = {"any_bridge": ("bridge", "OVSBridge", "vnet"), "any_local_bridge": ("bridge", "OVSBridge")}


def version(call: Call) -> dict[str, str]:
    """GET /version and /nodes/N/version."""
    node = call.node if "node" in call.values else call.endpoint.local_node
    found = call.endpoint.version_of(node)
    return {key: found[key] for key in ("release", "repoid", "version")}


def cluster_status(call: Call) -> list[dict[str, Any]]:
    """GET /cluster/status: a row per node, and one for the cluster if there are several."""
    nodes = list(call.world.nodes.values())
    rows: list[dict[str, Any]] = []
    name = call.world.cluster or ("wow" if len(nodes) > 1 else None)
    if name:
        rows.append({"id": "cluster", "name": name, "nodes": len(nodes), "quorate": int(call.world.quorate),
                     "type": "cluster", "version": 1})  # fmt: skip
    for number, node in enumerate(nodes):
        rows.append({
            "id": f"node/{node.name}",
            "ip": node.address,
            "level": "",
            "local": int(node is call.endpoint.local_node),
            "name": node.name,
            "nodeid": number + 1 if name else 0,
            "online": int(node.online),
            "type": "node",
        })  # fmt: skip
    return rows


def cluster_resources(call: Call) -> list[dict[str, Any]]:
    """GET /cluster/resources: everything, without what the caller may not see."""
    wanted = call.values.get("type")
    parts = {"pool": _pool_resources, "vm": _guest_resources, "node": _node_resources, "storage": _storage_resources,
             "sdn": _network_resources}  # fmt: skip
    return [row for name, rows in parts.items() if wanted in (None, name) for row in rows(call)]


def _pool_resources(call: Call) -> list[dict[str, Any]]:
    return [{"id": f"/pool/{pool}", "pool": pool, "type": "pool"} for pool in _visible_pools(call)]


def _guest_resources(call: Call) -> list[dict[str, Any]]:
    pools = set(_visible_pools(call))
    rows = []
    for guest in call.visible(list(call.world.guests.values())):
        row = render.resource_row(call.world, guest)
        if guest.pool in pools:
            row["pool"] = guest.pool
        rows.append(row)
    return rows


def _node_resources(call: Call) -> list[dict[str, Any]]:
    return [_node_row(call, name) for name in call.world.nodes]


def _storage_resources(call: Call) -> list[dict[str, Any]]:
    return [
        {**render.storage_resource(storage, node.name), "status": "available" if node.online else "unknown"}
        for storage in call.world.storages.values()
        if call.may(f"/storage/{storage.name}", "Datastore.Audit")
        for node in call.world.nodes.values()
        if not storage.nodes or node.name in storage.nodes
    ]


def _network_resources(call: Call) -> list[dict[str, Any]]:
    """A row per node and zone; each node reports its own in the words of what is installed on it."""
    zones = [zone for zone in (LOCAL_ZONE, *call.world.sdn.running["zones"]) if may_see_zone(call, zone)]
    return [
        render.zone_resource(node, zone, call.endpoint.version_of(node)["version"])
        for node in call.world.nodes.values()
        for zone in zones
        if is_of_node(call, zone, node.name)
    ]


def may_see_zone(call: Call, zone: str) -> bool:
    """Whether the caller is shown a zone."""
    return call.may(f"/sdn/zones/{zone}", "SDN.Audit", "SDN.Allocate")


def is_of_node(call: Call, zone: str, node: str) -> bool:
    """Whether a zone is on a node; one that names no nodes is on all."""
    named = call.world.sdn.running["zones"].get(zone, {}).get("nodes")
    return not named or node in str(named).split(",")


def next_id(call: Call) -> str:
    """GET /cluster/nextid: the lowest free id, as text, reserved by nobody."""
    asked = call.values.get("vmid")
    if asked is None:
        return str(call.endpoint.free_id())
    if asked in call.world.guests:
        raise refused({"vmid": f"VM {asked} already exists"})
    return str(asked)


def cluster_options(call: Call) -> dict[str, Any]:
    """GET /cluster/options: the range of new ids, if it is not the default one."""
    first, end = call.world.id_range
    is_default = (first, end) == World().id_range
    return {"allowed-tags": [], "keyboard": "en-us"} | ({} if is_default else {"next-id": f"lower={first},upper={end}"})


def nodes(call: Call) -> list[dict[str, Any]]:
    """GET /nodes."""
    return [{**_node_row(call, name), "ssl_fingerprint": render.FINGERPRINT} for name in call.world.nodes]


def _node_row(call: Call, name: str) -> dict[str, Any]:
    return render.node_row(call.world.nodes[name], call.world, full=call.may(f"/nodes/{name}", "Sys.Audit"))


def node_status(call: Call) -> dict[str, Any]:
    """GET /nodes/N/status."""
    return render.node_status(call.node, call.world, call.endpoint.version_of(call.node))


def node_network(call: Call) -> list[dict[str, Any]]:
    """GET /nodes/N/network: bridges are left out for who has no right on the local zone; the order means nothing."""
    may_see_bridges = call.may(f"/sdn/zones/{LOCAL_ZONE}", "SDN.Audit", "SDN.Use")
    wanted = call.values.get("type")
    kinds = ANY_BRIDGE.get(str(wanted), (wanted,)) if wanted not in (None, "include_sdn") else None
    rows = [
        render.network_row(port, priority)
        for priority, port in enumerate(call.node.ports, start=3)
        if (port.kind != "bridge" or may_see_bridges) and (kinds is None or port.kind in kinds)
    ]
    return rows[::-1]


def guests(call: Call) -> list[dict[str, Any]]:
    """GET /nodes/N/qemu and /nodes/N/lxc."""
    here = [guest for guest in call.world.guests.values() if guest.node == call.node.name and guest.kind == call.kind]
    return [render.list_row(guest) for guest in call.visible(here)]


def guest_index(call: Call) -> list[dict[str, str]]:
    """GET /nodes/N/{qemu,lxc}/ID: what can be asked about the guest."""
    shared = ["config", "pending", "status", "snapshot", "clone", "resize"]
    own = ["interfaces"] if call.guest.kind == CONTAINER else ["agent"]
    return [{"subdir": name} for name in shared + own]


def guest_status(call: Call) -> dict[str, Any]:
    """GET .../status/current."""
    return render.status_row(call.guest)


def guest_config(call: Call) -> dict[str, Any]:
    """GET .../config: with the pending changes unless `current` is set, or as a snapshot kept it."""
    guest = call.guest
    name = call.values.get("snapshot")
    if name:
        return _snapshot(guest, str(name))["config"] | {"digest": digest(guest)}
    return config_of(guest, pending=not call.values.get("current"))


def config_of(guest: Guest, *, pending: bool) -> dict[str, Any]:
    """Return the configuration as the API shows it."""
    shown = dict(guest.record)
    if pending:
        for key, value in guest.pending.items():
            if value is None:
                shown.pop(key, None)
            else:
                shown[key] = value
    if guest.name:
        shown["hostname" if guest.kind == CONTAINER else "name"] = guest.name
    if guest.template:
        shown["template"] = 1
    if "cipassword" in shown:
        shown["cipassword"] = "**********"
    return {**shown, "digest": digest(guest)}


def guest_pending(call: Call) -> list[dict[str, Any]]:
    """GET .../pending: every key with its value now and the one that waits."""
    guest = call.guest
    now = config_of(guest, pending=False)
    rows = []
    for key in sorted(set(now) | set(guest.pending)):
        row: dict[str, Any] = {"key": key}
        if key in now:
            row["value"] = now[key]
        if key in guest.pending:
            row |= {"delete": 1} if guest.pending[key] is None else {"pending": guest.pending[key]}
        rows.append(row)
    return rows


def snapshots(call: Call) -> list[dict[str, Any]]:
    """GET .../snapshot: the snapshots, and "current" for where the guest is."""
    guest = call.guest
    rows = [{key: value for key, value in item.items() if key != "config"} for item in guest.snapshots]
    now: dict[str, Any] = {"description": "You are here!", "digest": digest(guest), "name": "current"}
    if guest.kind != CONTAINER:
        now["running"] = int(guest.running)
    if guest.snapshots:
        now["parent"] = guest.snapshots[-1]["name"]
    return [*rows, now]


def _snapshot(guest: Guest, name: str) -> dict[str, Any]:
    for item in guest.snapshots:
        if item["name"] == name:
            return item
    raise died(f"snapshot '{name}' does not exist")


def pools(call: Call) -> list[dict[str, Any]]:
    """GET /pools: the pools, or with `poolid` one of them with its members."""
    asked = call.values.get("poolid")
    if asked is None:
        return [{"comment": call.world.pools[pool], "poolid": pool} for pool in _visible_pools(call)]
    call.require(f"/pool/{asked}", "Pool.Audit")
    return [{"poolid": asked, **_pool(call, str(asked))}]


def pool(call: Call) -> dict[str, Any]:
    """GET /pools/POOL."""
    return _pool(call, str(call.values["poolid"]))


def _pool(call: Call, name: str) -> dict[str, Any]:
    if name not in call.world.pools:
        raise died(f"pool '{name}' does not exist")
    members = [guest for guest in call.world.guests.values() if guest.pool == name]
    return {"comment": call.world.pools[name], "members": [render.resource_row(call.world, item) for item in members]}


def _visible_pools(call: Call) -> list[str]:
    return [name for name in call.world.pools if call.may(f"/pool/{name}", "Pool.Audit")]


def storages(call: Call) -> list[dict[str, Any]]:
    """GET /storage: the definitions."""
    return [_storage(item) for item in _visible_storages(call) if call.values.get("type") in (None, item.kind)]


def _storage(item: Storage) -> dict[str, Any]:
    return {
        "content": ",".join(item.content),
        "digest": hashlib.sha1(item.name.encode(), usedforsecurity=False).hexdigest(),
        "shared": int(item.shared),
        "storage": item.name,
        "type": item.kind,
        **item.options,
    }


def node_storages(call: Call) -> list[dict[str, Any]]:
    """GET /nodes/N/storage."""
    asked, content = call.values.get("storage"), call.values.get("content")
    wanted = set(str(content).split(",")) if content else set()
    return [
        render.storage_status(item)
        for item in _visible_storages(call)
        if (not item.nodes or call.node.name in item.nodes)
        and asked in (None, item.name)
        and (not wanted or wanted & set(item.content))
    ]


def storage_content(call: Call) -> list[dict[str, Any]]:
    """GET /nodes/N/storage/S/content."""
    name = str(call.values["storage"])
    if name not in call.world.storages:
        raise died(f"storage '{name}' does not exist")
    content, guest_id = call.values.get("content"), call.values.get("vmid")
    return [
        row
        for row in render.storage_volumes(call.world.storages[name], call.world)
        if content in (None, row["content"]) and guest_id in (None, row.get("vmid"))
    ]


def _visible_storages(call: Call) -> list[Storage]:
    return [
        item
        for item in call.world.storages.values()
        if call.may(f"/storage/{item.name}", "Datastore.Audit", "Datastore.AllocateSpace")
    ]


def tasks(call: Call) -> list[dict[str, Any]]:
    """GET /nodes/N/tasks: newest first."""
    found = [task for task in call.endpoint.tasks.by_upid.values() if task.node == call.node.name]
    may_see_all = call.may(f"/nodes/{call.node.name}", "Sys.Audit")
    rows = []
    for task in reversed(found):
        if may_see_all or task.user.partition("!")[0] == call.caller.user:
            row: dict[str, Any] = {key: getattr(task, key) for key in TASK_KEYS}
            if task.exitstatus is not None:
                row |= {"endtime": task.endtime, "status": task.exitstatus}
            rows.append(row)
    start, limit = call.values.get("start", 0), call.values.get("limit", 50)
    return rows[start : start + limit]


def task_status(call: Call) -> dict[str, Any]:
    """GET /nodes/N/tasks/UPID/status: running, or stopped with its exit status."""
    task = _task(call)
    row: dict[str, Any] = {key: getattr(task, key) for key in TASK_KEYS}
    if task.exitstatus is None:
        return {**row, "status": "running"}
    return {**row, "exitstatus": task.exitstatus, "status": "stopped"}


def task_log(call: Call) -> list[dict[str, Any]]:
    """GET /nodes/N/tasks/UPID/log: 50 lines unless asked for others."""
    task = _task(call)
    start, limit = call.values.get("start", 0), call.values.get("limit", 50)
    lines = task.log or ["no content"]
    return [{"n": number, "t": line} for number, line in enumerate(lines, start=1)][start : start + limit]


TASK_KEYS = ("id", "node", "pid", "pstart", "starttime", "type", "upid", "user")


def _task(call: Call) -> Task:
    upid = str(call.values["upid"])
    if not upid.startswith("UPID:"):
        raise refused({"upid": f"unable to parse worker upid '{upid}'"})
    task = call.endpoint.tasks.by_upid.get(upid)
    if task is None:
        raise died(f"no such task '{upid}'")
    if task.user.partition("!")[0] != call.caller.user:
        call.require(f"/nodes/{task.node}", "Sys.Audit")
    return task


def permissions(call: Call) -> dict[str, dict[str, int]]:
    """GET /access/permissions: what the caller really may do, after the intersection."""
    who = str(call.values.get("userid") or call.caller.id)
    if who not in (call.caller.id, call.caller.user) and not call.may("/access", "Sys.Audit"):
        raise forbidden("/access, Sys.Audit")
    acl = call.endpoint.acl
    path = call.values.get("path")
    found = {each: acl.privileges(who, each, major=call.major) for each in ([str(path)] if path else acl.known_paths())}
    return {
        each: {name: int(deep) for name, deep in sorted(privileges.items())}
        for each, privileges in found.items()
        if privileges or path
    }


def acl_rows(call: Call) -> list[dict[str, Any]]:
    """GET /access/acl: only rows the caller could change, or all with Sys.Audit on /access."""
    if not call.may("/access", "Sys.Audit"):
        return []
    return [
        {"path": row.path, "propagate": int(row.propagate), "roleid": row.role,
         "type": "token" if "!" in row.who else "user", "ugid": row.who}
        for row in call.endpoint.acl.rows
    ]  # fmt: skip


def roles(call: Call) -> list[dict[str, Any]]:
    """GET /access/roles."""
    return [
        {
            "privs": ",".join(sorted(known(privileges, call.major))),
            "roleid": name,
            "special": int(name.startswith(("PVE", "Admin", "NoA"))),
        }
        for name, privileges in sorted(call.endpoint.acl.roles.items())
    ]


HANDLERS: Handlers = {
    ("GET", "/access/acl"): acl_rows,
    ("GET", "/access/permissions"): permissions,
    ("GET", "/access/roles"): roles,
    ("GET", "/cluster/nextid"): next_id,
    ("GET", "/cluster/options"): cluster_options,
    ("GET", "/cluster/resources"): cluster_resources,
    ("GET", "/cluster/status"): cluster_status,
    ("GET", "/nodes"): nodes,
    ("GET", "/nodes/{node}/lxc"): guests,
    ("GET", "/nodes/{node}/lxc/{vmid}"): guest_index,
    ("GET", "/nodes/{node}/lxc/{vmid}/config"): guest_config,
    ("GET", "/nodes/{node}/lxc/{vmid}/pending"): guest_pending,
    ("GET", "/nodes/{node}/lxc/{vmid}/snapshot"): snapshots,
    ("GET", "/nodes/{node}/lxc/{vmid}/status/current"): guest_status,
    ("GET", "/nodes/{node}/network"): node_network,
    ("GET", "/nodes/{node}/qemu"): guests,
    ("GET", "/nodes/{node}/qemu/{vmid}"): guest_index,
    ("GET", "/nodes/{node}/qemu/{vmid}/config"): guest_config,
    ("GET", "/nodes/{node}/qemu/{vmid}/pending"): guest_pending,
    ("GET", "/nodes/{node}/qemu/{vmid}/snapshot"): snapshots,
    ("GET", "/nodes/{node}/qemu/{vmid}/status/current"): guest_status,
    ("GET", "/nodes/{node}/status"): node_status,
    ("GET", "/nodes/{node}/storage"): node_storages,
    ("GET", "/nodes/{node}/storage/{storage}/content"): storage_content,
    ("GET", "/nodes/{node}/tasks"): tasks,
    ("GET", "/nodes/{node}/tasks/{upid}/log"): task_log,
    ("GET", "/nodes/{node}/tasks/{upid}/status"): task_status,
    ("GET", "/nodes/{node}/version"): version,
    ("GET", "/pools"): pools,
    ("GET", "/pools/{poolid}"): pool,
    ("GET", "/storage"): storages,
    ("GET", "/version"): version,
}
