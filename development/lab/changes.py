"""Changes from outside: what an operator, an accident or a rebuilt machine does to the world while it runs.

Each operation is a function of the endpoint and named values; OPERATIONS is the list of them. They change the world as
it is, not through the API: nobody asks for a right, no task runs.
"""

from __future__ import annotations

import copy
import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from development.lab.estate import SDN_IDS, add_guest, port_of, world_of
from development.lab.fabric import BoxPort
from development.lab.proxmox import strings
from development.lab.proxmox.acl import Row
from development.lab.proxmox.boot import power_off, power_on, refresh
from development.lab.proxmox.endpoint import Endpoint
from development.lab.proxmox.faults import Fault
from development.lab.proxmox.setup import acl_of, version_of
from development.lab.scale import add_guests
from development.lab.side import SideServer
from development.lab.world import CONTAINER, Guest, WorldError

Estate = Mapping[str, Any]
PORT_KEYS = {"bond": ("slaves",), "vlan": ("raw", "vid")}
SDN_KEYS = {"zones": ("zone", "type"), "vnets": ("vnet", "zone"), "subnets": ("vnet", "cidr")}


class Changes:
    """Carries out operations on one endpoint's world."""

    def __init__(self, endpoint: Endpoint, estate: Estate, generated: int = 0) -> None:
        self.endpoint = endpoint
        self._estate = estate
        self._generated = generated
        self._agent_delay_s = endpoint.settings.agent_delay_s
        self.sides: Mapping[str, SideServer] = {}

    def apply(self, name: str, values: Mapping[str, Any]) -> Any:
        """Carry out the operation, or raise WorldError that says why not."""
        operation = OPERATIONS.get(name)
        if operation is None:
            raise WorldError(f"there is no operation {name!r}: {', '.join(sorted(OPERATIONS))}")
        try:
            inspect.signature(operation).bind(self, **values)
        except TypeError as error:
            raise WorldError(f"{name}: {error}") from error
        return operation(self, **values)

    # -- guests

    def create(self, spec: Mapping[str, Any]) -> int:
        """Create a guest from a description as in the estate's file; `id` may be left out."""
        filled = {"id": self.endpoint.free_id(), "node": self.endpoint.local_node.name, "cores": 1, "memory_mb": 1024,
                  "disk_gb": 8, "kind": "vm", "image": "ubuntu24", "name": None,
                  **spec}  # fmt: skip
        if filled["id"] in self.endpoint.world.guests:
            raise WorldError(f"there is a guest {filled['id']} already")
        if filled["image"] not in self.endpoint.world.images:
            raise WorldError(f"there is no image {filled['image']}")
        filled.setdefault("mac", f"BC:24:11:F0:{filled['id'] >> 8 & 255:02X}:{filled['id'] & 255:02X}")
        if "address" not in filled and "inside" not in filled:
            filled["address"] = "dhcp"
        return add_guest(self.endpoint.world, filled).id

    def rename(self, id: int, name: str | None) -> None:
        """Give a guest another name, or none."""
        self._guest(id).name = name

    def move(self, id: int, node: str) -> None:
        """Move a guest to another node, running or not."""
        self.endpoint.world.node(node)
        self._guest(id).node = node

    def start(self, id: int) -> None:
        """Start a guest."""
        power_on(self.endpoint.world, self._guest(id))

    def stop(self, id: int) -> None:
        """Stop a guest."""
        power_off(self._guest(id))

    def destroy(self, id: int) -> None:
        """Destroy a guest, running or not."""
        self._guest(id)
        del self.endpoint.world.guests[id]

    def reuse(self, id: int, spec: Mapping[str, Any]) -> int:
        """Destroy a guest and create another one with its VMID."""
        self.destroy(id)
        return self.create({**spec, "id": id})

    def set(self, id: int, key: str, value: Any) -> None:
        """Set a key of a guest's configuration to any value, even one the API would refuse; None takes it away."""
        guest = self._guest(id)
        if key in ("name", "hostname"):
            guest.name = value
        elif value is None:
            guest.record.pop(key, None)
        else:
            guest.record[key] = value
        refresh(self.endpoint.world, guest)

    def set_tags(self, id: int, tags: Iterable[str]) -> None:
        """Give a guest exactly these tags."""
        self.set(id, "tags", ";".join(tags) or None)

    def set_description(self, id: int, text: str) -> None:
        """Give a guest another description; an empty one takes it away."""
        self.set(id, "description", text.rstrip("\n") + "\n" if text else None)

    def set_address(self, id: int, address: str, gateway: str | None = None, index: int = 0) -> None:
        """Give a NIC another address in the configuration, and on the wire if the guest runs."""
        guest = self._guest(id)
        guest.inside.pop(index, None)
        key, default = (f"net{index}", "") if guest.kind == CONTAINER else (f"ipconfig{index}", "")
        values = strings.parse(str(guest.record.get(key, default)))
        values["ip"] = address
        if gateway:
            values["gw"] = gateway
        else:
            values.pop("gw", None)
        self.set(id, key, strings.join(values))

    def set_inside(self, id: int, addresses: Iterable[str], index: int = 0) -> None:
        """Set addresses by hand within a guest: its hypervisor's configuration does not know of them."""
        guest = self._guest(id)
        guest.inside[index] = list(addresses)
        refresh(self.endpoint.world, guest)

    def set_agent(self, id: int, alive: bool) -> None:
        """Let the guest agent die, or come back."""
        self._guest(id).agent_alive = alive

    def detach(self, id: int, index: int = 0) -> None:
        """Take a NIC away; the address set for it stays in the configuration, as on PVE."""
        self.set(id, f"net{index}", None)

    def set_reported(self, id: int, reported: bool) -> None:
        """Let the node report on a guest, or not: its row then has no name and its status is unknown."""
        self._guest(id).reported = reported

    def set_pool(self, id: int, pool: str | None) -> None:
        """Put a guest into a pool, which is made if there is none of that name, or take it out of its pool."""
        if pool is not None:
            self.endpoint.world.pools.setdefault(pool, "")
        self._guest(id).pool = pool

    def prune(self, storage: str) -> None:
        """Remove the backups of a storage as a job that keeps none does: those that are protected stay."""
        found = self.endpoint.world.storages[storage]
        found.files = [row for row in found.files if row["content"] != "backup" or row.get("protected")]

    # -- nodes

    def add_node(self, node: str, address: str) -> None:
        """Add a node like the first one: the standalone node becomes a cluster."""
        if node in self.endpoint.world.nodes:
            raise WorldError(f"there is a node {node} already")
        added = copy.deepcopy(self.endpoint.local_node)
        added.name, added.address = node, address
        self.endpoint.world.nodes[node] = added

    def remove_node(self, node: str) -> None:
        """Take a node out of the cluster; it must not carry guests, nor be the one that answers."""
        self.endpoint.world.node(node)
        if node == self.endpoint.local_node.name or any(
            guest.node == node for guest in self.endpoint.world.guests.values()
        ):
            raise WorldError(f"node {node} answers, or carries guests: it cannot go")
        del self.endpoint.world.nodes[node]

    def set_node(self, node: str, online: bool) -> None:
        """Let a node fail, or come back."""
        self.endpoint.world.node(node).online = online

    def set_quorum(self, quorate: bool | None) -> None:
        """Let the cluster lose its quorum, or have it; None lets the nodes that are online decide."""
        self.endpoint.world.quorum = quorate

    def set_version(self, node: str, version: str) -> None:
        """Install another version on a node, such as 8.4.14: what it answers changes with its release."""
        if not re.fullmatch(r"[0-9]+(\.[0-9]+){2}", version):
            raise WorldError(f"{version!r} is no version such as 9.1.3")
        self.endpoint.world.node(node).version = version_of(version)

    def set_port(self, node: str, name: str, port: Mapping[str, Any] | None) -> None:
        """Add a port to a node, or change it, with `kind` and values as in the estate; None takes it away."""
        found = self.endpoint.world.node(node)
        needed = PORT_KEYS.get((port or {}).get("kind", ""), ())
        if port is not None and not {"kind", *needed} <= set(port):
            raise WorldError(f"port {name} needs {' and '.join(('kind', *needed))}")
        found.ports = [each for each in found.ports if each.name != name]
        if port is not None:
            found.ports.append(port_of({"name": name, **port}))

    def set_hardware(
        self,
        node: str,
        disks: Iterable[Mapping[str, Any]] | None = None,
        pci: Iterable[Mapping[str, Any]] | None = None,
    ) -> None:
        """Give a node exactly these disks or PCI devices, as in the estate; None leaves what it has."""
        found = self.endpoint.world.node(node)
        found.disks = found.disks if disks is None else [dict(disk) for disk in disks]
        found.pci = found.pci if pci is None else [dict(row) for row in pci]

    def set_memory(self, node: str, memory_mb: int) -> None:
        """Give a node more or less memory."""
        self.endpoint.world.node(node).memory_mb = memory_mb

    # -- software defined networks

    def set_sdn(self, section: str, values: Mapping[str, Any]) -> None:
        """Write down a zone, vnet or subnet (`section` is the plural) as in the estate; `apply_sdn` makes it real."""
        objects = self._sdn(section)
        missing = [key for key in SDN_KEYS[section] if key not in values]
        if missing:
            raise WorldError(f"one of the {section} needs {' and '.join(missing)}")
        objects[SDN_IDS[section](values)] = dict(values)

    def remove_sdn(self, section: str, id: str) -> None:
        """Strike out a zone or vnet by its name, a subnet by "VNET CIDR"; `apply_sdn` makes it real."""
        if self._sdn(section).pop(id, None) is None:
            raise WorldError(f"there is no {id!r} among the {section}")

    def apply_sdn(self) -> None:
        """Make real what is written down of zones, vnets and subnets."""
        self.endpoint.world.sdn.apply()
        for guest in self.endpoint.world.guests.values():
            refresh(self.endpoint.world, guest)

    # -- rights, faults, the whole

    def set_acl(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Replace the access control list: rows of path, who, role, propagate."""
        self.endpoint.acl.replace(Row(**row) for row in rows)

    def set_role(self, name: str, privileges: Iterable[str]) -> None:
        """Make a role, or change one."""
        self.endpoint.acl.roles[name] = frozenset(privileges)
        self.endpoint.acl.replace(self.endpoint.acl.rows)

    def set_privsep(self, token: str, privsep: bool) -> None:
        """Separate a token's rights from its user's, or let it do all that its user may."""
        self.endpoint.acl.separate(token, privsep)

    def fault(self, action: str, path: str, **how: Any) -> None:
        """Let something go wrong from now on: see `faults`."""
        try:
            self.endpoint.faults.add(Fault(action=action, path=path, **how))
        except (TypeError, ValueError) as error:
            raise WorldError(str(error)) from error

    def clear_faults(self) -> None:
        """Let nothing go wrong any more."""
        self.endpoint.faults.clear()

    def set_outcome(self, type: str, exitstatus: str | None) -> None:
        """Let every task of a type, such as vzcreate, end with this exit status; None lets it end as its work does."""
        self.endpoint.tasks.outcomes.pop(type, None)
        if exitstatus is not None:
            self.endpoint.tasks.outcomes[type] = exitstatus

    def set_id_range(self, first: int, end: int) -> None:
        """Say from which range new guests get their ids, the end excluded."""
        self.endpoint.world.id_range = (first, end)

    def set_cloud_init(self, id: int, done: bool) -> None:
        """Let cloud-init be at work in a guest, or have done what it was told to."""
        self._guest(id).cloud_init_done = done

    def set_agent_delay(self, seconds: float) -> None:
        """Set how long a dead agent keeps a caller waiting."""
        self.endpoint.settings.agent_delay_s = float(seconds)

    def reset(self) -> None:
        """Go back to the world, the rights and the behaviour there were at the start."""
        world = world_of(self._estate)
        add_guests(world, self._generated)
        self.endpoint.world.become(world)
        self.endpoint.acl = acl_of(self._estate)
        self.endpoint.settings.agent_delay_s = self._agent_delay_s
        self.endpoint.faults.clear()
        self.endpoint.tasks.forget()
        for side in self.sides.values():
            side.reset()

    # -- switches, the firewall, and the servers beside Proxmox

    def set_box_port(self, box: str, port: str, **values: Any) -> None:
        """Change a port of a switch or firewall: description, enabled, native, tagged, lag; a new one is made."""
        ports = self.endpoint.world.fabric.box(box).ports
        found = ports.setdefault(port, BoxPort(name=port, mac=self.endpoint.world.fabric.box(box).mac))
        for name, value in values.items():
            if not hasattr(found, name):
                raise WorldError(f"{box}: a port has no {name!r}")
            setattr(found, name, value)

    def set_box(self, box: str, **values: Any) -> None:
        """Change a switch or firewall as a whole: serial, version, vlans, up, values."""
        found = self.endpoint.world.fabric.box(box)
        for name, value in values.items():
            if not hasattr(found, name):
                raise WorldError(f"a box has no {name!r}")
            setattr(found, name, value)

    def side(self, slug: str, **values: Any) -> None:
        """Change how a server beside Proxmox behaves, such as how it lets people log in."""
        self._side(slug).set(**values)

    def side_fault(self, slug: str, action: str, **how: Any) -> None:
        """Let something go wrong on a server beside Proxmox."""
        self._side(slug).fault(action, **how)

    def _side(self, slug: str) -> SideServer:
        if slug not in self.sides:
            raise WorldError(f"there is no server {slug!r}: {', '.join(sorted(self.sides))}")
        return self.sides[slug]

    def _sdn(self, section: str) -> dict[str, dict[str, Any]]:
        if section not in SDN_IDS:
            raise WorldError(f"there is no section {section!r}: {', '.join(sorted(SDN_IDS))}")
        return self.endpoint.world.sdn.config[section]

    def _guest(self, guest_id: int) -> Guest:
        return self.endpoint.world.guest(guest_id)


OPERATIONS: dict[str, Callable[..., Any]] = {
    name: function
    for name, function in vars(Changes).items()
    if inspect.isfunction(function) and not name.startswith("_") and name != "apply"
}
