"""What a kind of system offers that can make, change and remove guests: one Protocol and the values it speaks in.

Every method raises a SourceError with a sentence, ends within a bounded time and may be called again: a call whose
answer was lost is followed by `find`, never by a blind second attempt.

    create      answers with the name of a task; `wait` is for its end
    configure   sends only what differs from what is there
    destroy     refuses unless id, type, name and marker are those of the guest that is there now
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, TypeVar

from ..errors import RemoteError, SourceError
from ..records import GuestType

Item = TypeVar("Item")
Answer = TypeVar("Answer")

Tell = Callable[[str], None]
"""Takes one sentence on how far it is."""


@dataclass(frozen=True, kw_only=True)
class Nic:
    """The network card of a guest. Addresses are written with their mask ("172.16.100.10/24"), gateways without.

    An address that is None is not given: the guest has none of that family.
    """

    mac: str
    bridge: str
    vlan_tag: int | None = None
    address4: str | None = None
    gateway4: str | None = None
    address6: str | None = None
    gateway6: str | None = None


@dataclass(frozen=True, kw_only=True)
class Resolver:
    """Whom a guest asks for names; without any it asks those that its host asks."""

    servers: tuple[str, ...] = ()
    search_domain: str = ""


@dataclass(frozen=True, kw_only=True)
class GuestSpec:
    """A guest as it shall be.

    `request_id` is carried by the guest in its description, so that it is found again after an answer was lost.
    `source` is the id of a template for a VM, the volume of an image for a container. `ssh_keys` hold one key each.
    `features` are as the system writes them ("nesting=1"). `full` copies a template's disks instead of linking them.
    """

    request_id: str
    vmid: int
    name: str
    type: GuestType
    node: str
    source: str
    cores: int
    memory_mb: int
    disk_gb: int
    nic: Nic
    storage: str | None = None
    dns_servers: tuple[str, ...] = ()
    search_domain: str = ""
    user: str = ""
    ssh_keys: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    description: str = ""
    pool: str = ""
    features: tuple[str, ...] = ()
    start: bool = True
    full: bool = True


@dataclass(frozen=True, kw_only=True)
class House:
    """What a System puts on every guest that is made on it: the pool it is in, "" for none, and its tags."""

    pool: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Found:
    """A guest that is there. `key` is that of its record; `request_id` and `locked` are "" if there is none.

    `protected` says that somebody set it so that it cannot be destroyed.
    """

    key: str
    vmid: int
    type: GuestType
    name: str
    node: str
    request_id: str = ""
    running: bool = False
    locked: str = ""
    template: bool = False
    protected: bool = False


@dataclass(frozen=True, kw_only=True)
class NodeFacts:
    """How busy a node is. `cpu_load` is a share of all its processors, 0 to 1; None means that it does not say."""

    name: str
    online: bool
    free_memory_mb: int | None = None
    cpu_load: float | None = None


@dataclass(frozen=True, kw_only=True)
class Backup:
    """A backup of a guest: what its storage calls it, its size in bytes, and whether it is kept from being pruned."""

    volume: str
    size: int
    protected: bool = True


class Mismatch(SourceError):
    """The guest that is there is not the one that was meant: nothing was done to it."""


class Taken(RemoteError):
    """The id was free when it was chosen and is not any more: choose the next one."""


class Locked(RemoteError):
    """Something else is working on the guest, and went on for longer than was waited."""


class TooSlow(RemoteError):
    """A task runs still after the time it was given; it may end well, so ask again before anything is repeated."""


class Provisioner(Protocol):
    """Makes, changes and removes the guests of one system."""

    def __enter__(self) -> Provisioner: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def next_vmid(self, taken: frozenset[int]) -> int:
        """Return the lowest id that is free there and not in `taken`; it reserves nothing."""

    def find(self, vmid: int) -> Found | None:
        """Return the guest with that id, None only if there certainly is none."""

    def find_request(self, request_id: str, vmid: int) -> Found | None:
        """Return the guest with that id if it was made for the request, or may be.

        While a guest is being made none can tell: then `locked` is set and `request_id` is "". Wait until it is
        unlocked, and ask again.
        """

    def wait_unlocked(self, vmid: int, timeout_s: float = 300) -> Found | None:
        """Return the guest once nothing works on it any more, None if it is gone by then; raise Locked after that."""

    def nodes(self) -> list[NodeFacts]:
        """Return every node, sorted by name."""

    def preflight(self, spec: GuestSpec) -> list[str]:
        """Return everything that would keep the guest from being made, as sentences; nothing is touched."""

    def create(self, spec: GuestSpec) -> str:
        """Begin to make the guest and return its task; raise Taken if the id is in use."""

    def wait(self, task: str, timeout_s: float, tell: Tell | None = None) -> None:
        """Return when the task has ended well; raise RemoteError with its last words if not, TooSlow in between."""

    def configure(self, spec: GuestSpec) -> None:
        """Make the guest as it shall be; nothing is sent that is so already, and a disk is never made smaller."""

    def start(self, vmid: int, timeout_s: float = 120) -> None:
        """Return when the guest runs."""

    def stop(self, vmid: int, timeout_s: float = 120) -> None:
        """Return when the guest is switched off: shut down in order for most of that time, else cut off."""

    def destroy(self, found: Found, request_id: str = "", timeout_s: float = 120) -> None:
        """Return when the guest is gone; raise Mismatch unless id, type, name and mark are what is there now.

        The mark is `request_id`, else the one that was found. A guest that runs is not destroyed: stop it first; one
        that is protected is not either.
        """

    def snapshot(self, vmid: int, name: str) -> None:
        """Return when the snapshot `{type}-{epoch}` is there."""

    def delete_snapshot(self, vmid: int, name: str) -> None:
        """Return when the snapshot is gone; raise Mismatch if its name is not one of ours."""

    def snapshots(self, vmid: int) -> tuple[str, ...]:
        """Return the names of our snapshots, the oldest first; those of others are not among them."""

    def backup_problems(self, found: Found, storage: str) -> list[str]:
        """Return everything that would keep the guest from being backed up there, as sentences."""

    def backup(self, found: Found, storage: str, request_id: str, tell: Tell | None = None) -> Backup:
        """Return the backup made for the request; a guest that has one already is not backed up again.

        No other backup is touched, however many there are of the guest. It is kept until a person removes it: what
        prunes old backups passes it by.
        """

    def addresses(self, vmid: int, mac: str) -> frozenset[str] | None:
        """Return the addresses, without masks, that the guest itself reports on that card; None if it does not say."""

    def cloud_init_done(self, vmid: int) -> bool | None:
        """Return whether the first start has done all it was told to, None if it cannot be known."""

    def move_problems(self, found: Found, nic: Nic) -> list[str]:
        """Return everything that would keep the guest's first card from being put there, as sentences."""

    def move_nic(self, vmid: int, nic: Nic, expected_mac: str, resolver: Resolver | None = None) -> None:
        """Put the first card of the guest elsewhere; raise Mismatch if it does not have that MAC address now.

        Bridge, tag, addresses and gateways are exactly those of `nic` afterwards, and what it asks for names those of
        the resolver; None leaves them. A guest that has to be restarted for it is.
        """

    def network(self, vmid: int) -> dict[str, str]:
        """Return what the guest is told of its network now, in the system's words: what `restore_network` takes."""

    def restore_network(self, vmid: int, settings: Mapping[str, str], expected_mac: str) -> None:
        """Tell the guest to the letter what it was told before; one that has to be restarted for it is.

        Raises Mismatch if its first card does not have that MAC address now.
        """

    def rename(self, vmid: int, name: str) -> None:
        """Give the guest another name."""

    def set_tags(self, vmid: int, tags: tuple[str, ...]) -> None:
        """Give the guest exactly these tags."""

    def set_notes(self, vmid: int, text: str) -> None:
        """Give the guest another description; the line that says for which request it was made stays."""

    def as_answered(self, ask: Callable[[Item], Answer], items: Iterable[Item]) -> Iterator[Answer]:
        """Yield what `ask` answers for each item, in their order; several at once, as the options allow.

        `ask` runs in threads: it may use this provisioner, and no database. The first error that it raises is raised
        here, and stops what has not begun yet.
        """
