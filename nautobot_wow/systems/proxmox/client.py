"""The questions put to a Proxmox VE endpoint; each method asks one and returns the payload of the answer.

A method raises a SourceError; it never returns an empty answer for a failure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from ...errors import ParseError, Unreachable
from ...records import GuestType
from ..connection import Connection
from .login import login_of
from .transport import Transport

Item = TypeVar("Item")
Answer = TypeVar("Answer")


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

    def concurrently(self, ask: Callable[[Item], Answer], items: Iterable[Item]) -> list[Answer]:
        """Return the answer for each item, in their order; the first error stops what has not begun yet."""
        with ThreadPoolExecutor(max_workers=self._concurrency, thread_name_prefix="proxmox") as pool:
            futures = [pool.submit(ask, item) for item in items]
            try:
                return [future.result() for future in futures]
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise

    def require_alive(self) -> None:
        """Raise Unreachable if the endpoint stopped answering on the way."""
        if self._transport.is_gone():
            raise Unreachable(f"{self.system}: the endpoint stopped answering while it was read; nothing was changed")

    def _object(self, path: str, **params: Any) -> dict[str, Any]:
        return self._shaped(dict, self._transport.get(path, **params), path)

    def _list(self, path: str, **params: Any) -> list[Any]:
        return self._shaped(list, self._transport.get(path, **params), path)

    def _shaped(self, shape: type[Answer], answer: Any, path: str) -> Answer:
        if not isinstance(answer, shape):
            found = "nothing" if answer is None else type(answer).__name__
            raise ParseError(f"{self.system}: GET {path} should answer a {shape.__name__}, but answered {found}")
        return answer
