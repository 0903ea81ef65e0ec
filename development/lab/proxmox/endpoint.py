"""One Proxmox VE endpoint of the lab: the world it shows, its logins, its tasks and its faults."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from development.lab.proxmox import permits
from development.lab.proxmox.acl import Acl, Privileges
from development.lab.proxmox.auth import Caller, Logins
from development.lab.proxmox.errors import died
from development.lab.proxmox.faults import Faults
from development.lab.proxmox.schema import Method
from development.lab.proxmox.tasks import Tasks
from development.lab.world import CONTAINER, Guest, Node, World

CONFIG_FOLDER = {"vm": "qemu-server", "container": "lxc"}
TYPE = {"vm": "qemu", "container": "lxc"}
REMEMBERED = 1000


@dataclass
class Settings:
    """How the endpoint behaves in time, and whether its own answers are checked against the schema."""

    agent_delay_s: float = 3.0
    task_pause_s: float = 0.3
    strict: bool = False


@dataclass
class Endpoint:
    """What the API of one standalone node or cluster works on; `asked` are the paths of the last requests.

    `written` are those of the last requests that were no questions, with their verbs.
    """

    world: World
    acl: Acl
    logins: Logins
    version: dict[str, str]
    settings: Settings = field(default_factory=Settings)
    faults: Faults = field(default_factory=Faults)
    requests: int = 0
    asked: deque[str] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    written: deque[str] = field(default_factory=lambda: deque(maxlen=REMEMBERED))

    def __post_init__(self) -> None:
        self.tasks = Tasks(self.settings.task_pause_s)

    @property
    def local_node(self) -> Node:
        """The node that clients talk to: the first one."""
        return next(iter(self.world.nodes.values()))

    def version_of(self, node: Node) -> dict[str, str]:
        """Return what is installed on a node."""
        return node.version or self.version

    def major_of(self, node: Node) -> int:
        """Return the release of a node without what follows the first dot."""
        return int(self.version_of(node)["version"].partition(".")[0])

    def free_id(self) -> int:
        """Return the lowest free VMID; it is not reserved by asking."""
        first, end = self.world.id_range
        for number in range(first, end):
            if number not in self.world.guests:
                return number
        raise died(f"unable to get any free VMID in range [{first}, {end}]")

    def find(self, guest_id: int, kind: str, node: str) -> Guest:
        """Return the guest, or raise what PVE says when its configuration file is not there."""
        guest = self.world.guests.get(guest_id)
        if guest is None or guest.kind != kind or guest.node != node:
            raise died(f"Configuration file 'nodes/{node}/{CONFIG_FOLDER[kind]}/{guest_id}.conf' does not exist")
        return guest


@dataclass(frozen=True)
class Call:
    """One request that was let in: `values` are its parameters, placeholders of the path included."""

    endpoint: Endpoint
    caller: Caller
    method: Method
    values: Mapping[str, Any]

    @property
    def world(self) -> World:
        """The world the endpoint shows."""
        return self.endpoint.world

    @property
    def node(self) -> Node:
        """The node named in the path."""
        return self.world.nodes[str(self.values["node"])]

    @property
    def kind(self) -> str:
        """The kind of guest that the path is about."""
        return CONTAINER if "/lxc" in self.method.path else "vm"

    @property
    def guest(self) -> Guest:
        """The guest named in the path."""
        return self.endpoint.find(int(self.values["vmid"]), self.kind, self.node.name)

    @property
    def major(self) -> int:
        """The release of the node named in the path, or of the one that answers."""
        return self.endpoint.major_of(self.node if "node" in self.values else self.endpoint.local_node)

    def granted(self, path: str) -> Privileges:
        """Return what the caller may do at `path`."""
        return granted_at(self.endpoint, self.caller, path)

    def may(self, path: str, *names: str) -> bool:
        """Whether the caller has one of the privileges at `path`."""
        have = self.granted(path)
        return any(name in have for name in names)

    def require(self, path: str, *names: str) -> None:
        """Raise 403 unless the caller has all the privileges at `path`."""
        permits.require_all(self.granted, path, *names)

    def visible(self, guests: Iterable[Guest]) -> list[Guest]:
        """Return the guests that the caller may see; the others are left out without a word, as PVE does."""
        return [guest for guest in guests if self.may(f"/vms/{guest.id}", "VM.Audit")]


Handler = Callable[[Call], "Any | Awaitable[Any]"]
Handlers = dict[tuple[str, str], Handler]


def granted_at(endpoint: Endpoint, caller: Caller, path: str, major: int | None = None) -> Privileges:
    """Return what the caller may do at `path` on a node of a release, else on the one that answers; pools count."""
    pools: tuple[str, ...] = ()
    if path.startswith("/vms/"):
        guest = endpoint.world.guests.get(int(path[5:])) if path[5:].isdigit() else None
        pools = (guest.pool,) if guest and guest.pool else ()
    return endpoint.acl.privileges(caller.id, path, pools, major or endpoint.major_of(endpoint.local_node))
