"""The questions put to a Proxmox VE endpoint, and what it is told; each method is one request.

A method returns the payload of the answer or raises a SourceError; it never returns an empty answer for a failure. What
is done in the background is answered with the name of its task (UPID).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from ...errors import ParseError, RemoteError, Unreachable
from ...records import GuestType
from ..connection import Connection
from .login import login_of
from .transport import Transport

Item = TypeVar("Item")
Answer = TypeVar("Answer")

# UPID:node:PID:PSTART:STARTTIME:type:id:user: (pve-common, UPID.pm); it becomes part of a path.
UPID = re.compile(r"UPID:(?P<node>[A-Za-z0-9-]+):[0-9A-F]{8}:[0-9A-F]{8,9}:[0-9A-F]{8}:\w+:[^:/?#\s]*:[^:/?#\s]+:")


class ProxmoxClient:
    """Asks one endpoint, with a token, over HTTPS; at most `concurrency` questions at a time."""

    def __init__(self, connection: Connection, concurrency: int = 8) -> None:
        self.system = connection.system
        self._concurrency = concurrency
        self._transport = Transport(connection.system, login_of(connection), connection.timeout_s)

    def __enter__(self) -> ProxmoxClient:
        return self

    def __exit__(self, *_: object) -> None:
        self._transport.close()

    def version(self) -> dict[str, Any]:
        """Return version and release of the node that answers."""
        return self._object("version")

    def permissions(self) -> dict[str, Any]:
        """Return the token's effective rights by path; paths without any right are left out."""
        return self._object("access/permissions")

    def access_rules(self) -> list[Any]:
        """Return the access control list; silently filtered without Sys.Audit on /access."""
        return self._list("access/acl")

    def cluster_status(self) -> list[Any]:
        """Return the members of the cluster, or the one standalone node; needs Sys.Audit on /."""
        return self._list("cluster/status")

    def resources(self) -> list[Any]:
        """Return every node and guest; silently filtered by rights."""
        return self._list("cluster/resources")

    def node_network(self, node: str) -> list[Any]:
        """Return the interfaces of a node; without bridges if the token lacks SDN.Audit."""
        return self._list(f"nodes/{node}/network")

    def node_version(self, node: str) -> dict[str, Any]:
        """Return version and release of a node; every token may ask."""
        return self._object(f"nodes/{node}/version")

    def node_status(self, node: str) -> dict[str, Any]:
        """Return processors and memory of a node; needs Sys.Audit on it."""
        return self._object(f"nodes/{node}/status")

    def node_disks(self, node: str) -> list[Any]:
        """Return the disks of a node; their health is not asked for, which would wake up those that sleep."""
        return self._list(f"nodes/{node}/disks/list", skipsmart=1)

    def node_pci(self, node: str) -> list[Any]:
        """Return the PCI devices of a node; needs Sys.Audit on /."""
        return self._list(f"nodes/{node}/hardware/pci")

    def sdn_zones(self) -> list[Any]:
        """Return the zones that are in force; silently filtered by SDN.Audit."""
        return self._list("cluster/sdn/zones", running=1)

    def sdn_vnets(self) -> list[Any]:
        """Return the vnets that are in force; silently filtered by SDN.Audit."""
        return self._list("cluster/sdn/vnets", running=1)

    def sdn_subnets(self, vnet: str) -> list[Any]:
        """Return the subnets of a vnet; one that waits to be deleted is not found, although it is in force."""
        return self._list(f"cluster/sdn/vnets/{vnet}/subnets", running=1)

    def guest_config(self, node: str, guest_type: GuestType, vmid: int) -> dict[str, Any]:
        """Return the configuration that is in force, without changes that wait for a restart."""
        return self._object(f"nodes/{node}/{guest_type.value}/{vmid}/config", current=1)

    def agent_interfaces(self, node: str, vmid: int) -> dict[str, Any]:
        """Return what a VM's guest agent says of its interfaces; a dead agent takes 3 s to be found out."""
        return self._object(f"nodes/{node}/qemu/{vmid}/agent/network-get-interfaces")

    def agent_os_info(self, node: str, vmid: int) -> dict[str, Any]:
        """Return what a VM's guest agent says of its operating system."""
        return self._object(f"nodes/{node}/qemu/{vmid}/agent/get-osinfo")

    def container_interfaces(self, node: str, vmid: int) -> list[Any] | None:
        """Return the interfaces inside a container, None if it is not running."""
        path = f"nodes/{node}/lxc/{vmid}/interfaces"
        answer = self._transport.get(path)
        return None if answer is None else self._shaped(list, answer, path)

    # ------------------------------------------------------------------------------------------ before a guest is made

    def next_id(self) -> Any:
        """Return the lowest free id within the range of the datacenter, as text or number; it is not reserved."""
        return self._transport.get("cluster/nextid")

    def is_free_id(self, vmid: int) -> bool:
        """Whether no guest has that id; the cluster knows, whatever the token may see."""
        try:
            self._transport.get("cluster/nextid", vmid=vmid)
        except RemoteError as error:
            if "already exists" in str(error):
                return False
            raise
        return True

    def cluster_options(self) -> dict[str, Any]:
        """Return the options of the datacenter; without Sys.Audit on / only some of them."""
        return self._object("cluster/options")

    def guests(self) -> list[Any]:
        """Return every guest; silently filtered by rights."""
        return self._list("cluster/resources", type="vm")

    def node_storages(self, node: str) -> list[Any]:
        """Return the storages of a node; silently filtered by rights."""
        return self._list(f"nodes/{node}/storage")

    def storage_content(self, node: str, storage: str, content: str) -> list[Any]:
        """Return the volumes of one kind on a storage."""
        return self._list(f"nodes/{node}/storage/{storage}/content", content=content)

    def backups(self, node: str, storage: str, vmid: int) -> list[Any]:
        """Return the backups of a guest on a storage, with the first line of their notes."""
        return self._list(f"nodes/{node}/storage/{storage}/content", content="backup", vmid=vmid)

    # ------------------------------------------------------------------------------------------------ guests and tasks

    def guest_settings(self, node: str, guest_type: GuestType, vmid: int) -> dict[str, Any]:
        """Return the configuration as it was last set, with changes that wait for a restart."""
        return self._object(f"nodes/{node}/{guest_type.value}/{vmid}/config")

    def guest_status(self, node: str, guest_type: GuestType, vmid: int) -> dict[str, Any]:
        """Return whether the guest runs, and what works on it."""
        return self._object(f"nodes/{node}/{guest_type.value}/{vmid}/status/current")

    def snapshots(self, node: str, guest_type: GuestType, vmid: int) -> list[Any]:
        """Return the snapshots of a guest, and a row for where it is now."""
        return self._list(f"nodes/{node}/{guest_type.value}/{vmid}/snapshot")

    def read_guest_file(self, node: str, vmid: int, file: str) -> dict[str, Any]:
        """Return the content of a file inside a VM, read by its guest agent; needs VM.GuestAgent.FileRead."""
        return self._object(f"nodes/{node}/qemu/{vmid}/agent/file-read", file=file)

    def task_status(self, node: str, upid: str) -> dict[str, Any]:
        """Return whether a task runs, and how it ended."""
        return self._object(f"nodes/{node}/tasks/{upid}/status")

    def task_log(self, node: str, upid: str, start: int, limit: int) -> list[Any]:
        """Return lines of the log of a task."""
        return self._list(f"nodes/{node}/tasks/{upid}/log", start=start, limit=limit)

    # ---------------------------------------------------------------------------------------------------------- writes

    def create_container(self, node: str, **settings: Any) -> str:
        """Begin to make a container from an image."""
        return self._task(self._transport.post(f"nodes/{node}/lxc", **settings))

    def clone_vm(self, node: str, template: int, **settings: Any) -> str:
        """Begin to clone a VM or template that is on `node`."""
        return self._task(self._transport.post(f"nodes/{node}/qemu/{template}/clone", **settings))

    def configure(self, node: str, guest_type: GuestType, vmid: int, **settings: Any) -> None:
        """Change the configuration of a guest; `delete` names the keys that go."""
        self._transport.put(f"nodes/{node}/{guest_type.value}/{vmid}/config", **settings)

    def resize(self, node: str, guest_type: GuestType, vmid: int, disk: str, size: str) -> str | None:
        """Begin to grow a disk; until release 8 a VM's disk has grown when the answer comes, and there is no task."""
        answer = self._transport.put(f"nodes/{node}/{guest_type.value}/{vmid}/resize", disk=disk, size=size)
        return None if answer is None else self._task(answer)

    def power(self, node: str, guest_type: GuestType, vmid: int, action: str, **how: Any) -> str:
        """Begin to start, stop, shutdown or reboot a guest."""
        return self._task(self._transport.post(f"nodes/{node}/{guest_type.value}/{vmid}/status/{action}", **how))

    def destroy(self, node: str, guest_type: GuestType, vmid: int) -> str:
        """Begin to destroy a guest with its disks, its backup jobs and its replication.

        Disks that only carry its number are left: a former guest of that number may have left them on purpose.
        """
        return self._task(self._transport.delete(f"nodes/{node}/{guest_type.value}/{vmid}", purge=1))

    def take_snapshot(self, node: str, guest_type: GuestType, vmid: int, name: str, description: str) -> str:
        """Begin to take a snapshot."""
        path = f"nodes/{node}/{guest_type.value}/{vmid}/snapshot"
        return self._task(self._transport.post(path, snapname=name, description=description))

    def delete_snapshot(self, node: str, guest_type: GuestType, vmid: int, name: str) -> str:
        """Begin to remove a snapshot."""
        return self._task(self._transport.delete(f"nodes/{node}/{guest_type.value}/{vmid}/snapshot/{name}"))

    def back_up(self, node: str, vmid: int, storage: str, notes: str) -> str:
        """Begin to back a guest up, protected; those that are there stay, whatever the storage's retention says."""
        settings = {"storage": storage, "mode": "stop", "compress": "zstd", "remove": 0, "protected": 1}
        settings["notes-template"] = notes
        return self._task(self._transport.post(f"nodes/{node}/vzdump", vmid=vmid, **settings))

    def add_to_pool(self, pool: str, vmid: int) -> None:
        """Put a guest into a pool; needs Pool.Allocate on it."""
        self._transport.put("pools", poolid=pool, vms=vmid)

    # -------------------------------------------------------------------------------------------------------- together

    def concurrently(self, ask: Callable[[Item], Answer], items: Iterable[Item]) -> list[Answer]:
        """Return the answer for each item, in their order; the first error stops what has not begun yet."""
        return list(self.as_answered(ask, items))

    def as_answered(self, ask: Callable[[Item], Answer], items: Iterable[Item]) -> Iterator[Answer]:
        """Yield the answer for each item, in their order, as soon as it and those before it are there."""
        with ThreadPoolExecutor(max_workers=self._concurrency, thread_name_prefix="proxmox") as pool:
            futures = [pool.submit(ask, item) for item in items]
            try:
                for future in futures:
                    yield future.result()
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise

    def is_gone(self) -> bool:
        """Whether the endpoint stopped answering."""
        return self._transport.is_gone()

    def require_alive(self) -> None:
        """Raise Unreachable if the endpoint stopped answering on the way."""
        if self._transport.is_gone():
            raise Unreachable(f"{self.system}: the endpoint stopped answering while it was read; nothing was changed")

    def _object(self, path: str, **params: Any) -> dict[str, Any]:
        return self._shaped(dict, self._transport.get(path, **params), path)

    def _list(self, path: str, **params: Any) -> list[Any]:
        return self._shaped(list, self._transport.get(path, **params), path)

    def _task(self, answer: Any) -> str:
        if not isinstance(answer, str) or not UPID.fullmatch(answer):
            raise ParseError(f"{self.system}: a write should answer the name of a task, but answered {answer!r:.80}")
        return answer

    def _shaped(self, shape: type[Answer], answer: Any, path: str) -> Answer:
        if not isinstance(answer, shape):
            found = "nothing" if answer is None else type(answer).__name__
            raise ParseError(f"{self.system}: GET {path} should answer a {shape.__name__}, but answered {found}")
        return answer
