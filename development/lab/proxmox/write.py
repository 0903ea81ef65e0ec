"""The writing half of the API: which function answers which method of guests."""

from __future__ import annotations

from development.lab.proxmox import backup, lifecycle, snapshot
from development.lab.proxmox.edit import edit
from development.lab.proxmox.endpoint import Call, Handler, Handlers
from development.lab.proxmox.errors import died
from development.lab.proxmox.tasks import Task


def edit_now(call: Call) -> None:
    """PUT .../config: done when the answer comes."""
    edit(call, call.guest)


def edit_in_task(call: Call) -> str:
    """POST .../config of a VM: refused at once, done by a task."""
    guest = call.guest
    edit(call, guest)

    async def work(_: Task) -> None:
        await call.endpoint.tasks.pause()

    return call.endpoint.tasks.start(call.node.name, "qmconfig", str(guest.id), call.caller.id, work)


def change_pool(call: Call) -> None:
    """PUT /pools: put guests into a pool, or take them out of it; one that is in another pool only if it may move."""
    pool = str(call.values["poolid"])
    if pool not in call.world.pools:
        raise died(f"pool '{pool}' does not exist")
    for word in str(call.values.get("vms", "")).split(","):
        guest = call.world.guests.get(int(word)) if word else None
        if guest is None:
            raise died(f"VM {word} does not exist")
        if guest.pool not in (None, pool) and not call.values.get("allow-move"):
            raise died(f"VM {word} is already a pool member")
        guest.pool = None if call.values.get("delete") else pool


def _both(method: str, rest: str, handler: Handler) -> Handlers:
    return {(method, f"/nodes/{{node}}/{kind}/{{vmid}}{rest}"): handler for kind in ("qemu", "lxc")}


HANDLERS: Handlers = {
    ("PUT", "/pools"): change_pool,
    ("POST", "/nodes/{node}/lxc"): lifecycle.create,
    ("POST", "/nodes/{node}/vzdump"): backup.take,
    ("POST", "/nodes/{node}/qemu"): lifecycle.create,
    ("POST", "/nodes/{node}/qemu/{vmid}/config"): edit_in_task,
    ("POST", "/nodes/{node}/qemu/{vmid}/template"): lifecycle.make_template,
    **_both("DELETE", "", lifecycle.delete),
    **_both("DELETE", "/snapshot/{snapname}", snapshot.remove),
    **_both("POST", "/clone", lifecycle.clone),
    **_both("POST", "/snapshot", snapshot.take),
    **_both("POST", "/snapshot/{snapname}/rollback", snapshot.roll_back),
    **_both("POST", "/status/reboot", lifecycle.reboot),
    **_both("POST", "/status/shutdown", lifecycle.stop),
    **_both("POST", "/status/start", lifecycle.start),
    **_both("POST", "/status/stop", lifecycle.stop),
    **_both("PUT", "/config", edit_now),
    **_both("PUT", "/resize", lifecycle.resize),
}
