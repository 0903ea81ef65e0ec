"""What exists: cluster/status names the nodes, cluster/resources lists nodes and guests in one answer.

Name, status, size and template flag of a guest come from statistics, not from its configuration: just after creation,
or while the statistics daemon or the node is down, the row has the status "unknown" and no name (API2Tools.pm).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ....errors import ParseError
from ....records import GuestType, Kind, Power
from ....snapshot import Refusal
from .strings import words
from .values import Row

POWER = {"running": Power.ON, "paused": Power.ON, "stopped": Power.OFF, "online": Power.ON, "offline": Power.OFF}
GUEST_TYPES = {"qemu": GuestType.VM, "lxc": GuestType.LXC}
NODE_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,62}[A-Za-z0-9])?")
GUEST_KEY = re.compile(r"(?:qemu|lxc)/[0-9]{1,9}", re.ASCII)
VMIDS = range(100, 1_000_000_000)


@dataclass(frozen=True, kw_only=True)
class NodeRow:
    """A node; `power` is None where the cluster does not know, `address` is what its name resolves to."""

    name: str
    power: Power | None = None
    address: str | None = None
    local: bool = False


@dataclass(frozen=True, kw_only=True)
class ClusterStatus:
    """The members of a cluster, or the one node of none; `name` is None for a standalone node."""

    name: str | None
    quorate: bool
    nodes: tuple[NodeRow, ...]


@dataclass(frozen=True, kw_only=True)
class GuestRow:
    """A guest as the list shows it. None means that the statistics do not know (yet)."""

    type: GuestType
    vmid: int
    node: str
    name: str | None = None
    power: Power | None = None
    template: bool = False
    cores: int | None = None
    memory_bytes: int | None = None
    disk_bytes: int | None = None
    tags: frozenset[str] | None = None

    @property
    def key(self) -> str:
        """Return what never changes during the guest's life."""
        return f"{self.type.value}/{self.vmid}"


@dataclass(kw_only=True)
class Listing:
    """Everything in cluster/resources that is a node or a guest; rows that could not be read are in `refused`.

    `unnamed` counts the refused rows of which not even the guest's id is known.
    """

    nodes: dict[str, NodeRow] = field(default_factory=dict)
    guests: dict[str, GuestRow] = field(default_factory=dict)
    refused: list[Refusal] = field(default_factory=list)
    unnamed: int = 0

    def add(self, number: int, payload: object) -> None:
        """Take in one row of the answer."""
        try:
            row = Row(f"cluster/resources: row {number}", payload)
            kind = row.text("type")
            if kind == "node":
                node = parse_node(row)
                self.nodes[node.name] = node
            elif kind in GUEST_TYPES:
                self._add_guest(row)
        except ParseError as error:
            self._refuse(number, payload, str(error))

    def _add_guest(self, row: Row) -> None:
        guest = parse_guest(row)
        if guest.key in self.guests:
            raise ParseError(f"{row.what}: {guest.key} is listed twice")
        self.guests[guest.key] = guest

    def _refuse(self, number: int, payload: object, reason: str) -> None:
        fields = payload if isinstance(payload, dict) else {}
        identity = str(fields.get("id", ""))
        if fields.get("type") == "node" or identity.startswith("node/"):
            self.refused.append(Refusal(kind=Kind.DEVICE, key=identity or f"row {number}", reason=reason))
            return
        named = GUEST_KEY.fullmatch(identity)
        self.unnamed += not named
        self.refused.append(Refusal(kind=Kind.GUEST, key=identity if named else f"row {number}", reason=reason))


def parse_resources(payload: list[object]) -> Listing:
    """Return the nodes and guests of cluster/resources; storages, pools and SDN rows are not ours."""
    listing = Listing()
    for number, row in enumerate(payload, start=1):
        listing.add(number, row)
    return listing


def parse_cluster_status(payload: list[object]) -> ClusterStatus:
    """Return the members; an answer without any node is an error, because whoever answers is one."""
    rows = [Row("cluster/status", row) for row in payload]
    nodes = tuple(_member(row) for row in rows if row.text("type") == "node")
    clusters = [row for row in rows if row.text("type") == "cluster"]
    if not nodes or len(clusters) > 1:
        raise ParseError(f"cluster/status: {len(nodes)} nodes and {len(clusters)} clusters are no possible answer")
    if not clusters:
        return ClusterStatus(name=None, quorate=True, nodes=nodes)
    return ClusterStatus(name=clusters[0].text("name"), quorate=clusters[0].flag("quorate"), nodes=nodes)


def parse_node(row: Row) -> NodeRow:
    """Return a node from its row in cluster/resources."""
    return NodeRow(name=node_name(row, "node"), power=POWER.get(row.text_or_none("status") or ""))


def parse_guest(row: Row) -> GuestRow:
    """Return a guest from its row in cluster/resources."""
    vmid = row.integer("vmid")
    if vmid not in VMIDS:
        raise ParseError(f"{row.what}: vmid {vmid} is not between {VMIDS.start} and {VMIDS.stop - 1}")
    row = Row(f"{row.text('type')}/{vmid}", row.fields)
    known = row.text_or_none("status") not in (None, "unknown")
    return GuestRow(
        type=GUEST_TYPES[row.text("type")],
        vmid=vmid,
        node=node_name(row, "node"),
        name=(row.text_or_none("name") or None) if known else None,
        power=POWER.get(row.text_or_none("status") or ""),
        template=row.flag("template"),
        cores=_positive(row, "maxcpu"),
        memory_bytes=_positive(row, "maxmem"),
        disk_bytes=_positive(row, "maxdisk"),
        tags=words(row.text("tags")) if row.has("tags") else None,
    )


def node_name(row: Row, key: str) -> str:
    """Return the name of a node; it becomes part of a path, so it must look like one."""
    name = row.text(key)
    if not NODE_NAME.fullmatch(name):
        raise ParseError(f"{row.what}: {key} {name!r} is not the name of a node")
    return name


def _member(row: Row) -> NodeRow:
    return NodeRow(
        name=node_name(row, "name"),
        power=Power.ON if row.flag("online") else Power.OFF,
        address=row.text_or_none("ip"),
        local=row.flag("local"),
    )


def _positive(row: Row, key: str) -> int | None:
    """Return a count; the statistics say 0 where they do not know."""
    number = row.integer_or_none(key)
    return number if number and number > 0 else None
