"""All answers of one reading, and the records they make; what they are worth is the business of `scopes`.

Pure: what was asked and how is the business of `read`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from ...records import ClusterRecord, DeviceRecord, GuestRecord, GuestType, Kind, Power, Record
from ...snapshot import Refusal, Seen, Snapshot
from .marker import without_line
from .parse.addresses import GuestAddresses, merge
from .parse.config import GIB, GuestConfig
from .parse.listing import ClusterStatus, GuestRow, Listing, NodeRow
from .parse.network import NodeNetwork
from .parse.parts import NodeParts
from .parse.rights import Rights
from .parse.sdn import Sdn
from .scopes import observed_of, unseen_of

NAME = "Proxmox VE"
CLUSTER = "cluster"
MIB = 1024**2
ORDER = {kind: number for number, kind in enumerate(Kind)}


@dataclass(frozen=True, kw_only=True)
class NodeAnswer:
    """A node with its network and parts. `failure` says why it did not answer, `broken` that it should have."""

    row: NodeRow
    version: str | None = None
    parts: NodeParts = field(default_factory=NodeParts)
    network: NodeNetwork = field(default_factory=NodeNetwork)
    failure: str = ""
    broken: bool = False


@dataclass(frozen=True, kw_only=True)
class GuestAnswer:
    """What became of one listed guest.

    It is a template, or it vanished while it was read, or its configuration was not to be had (`failure`), or it could
    not be read (`refused`, no `config`), or everything that was asked is here.
    """

    row: GuestRow
    config: GuestConfig | None = None
    addresses: GuestAddresses = field(default_factory=GuestAddresses)
    platform: str | None = None
    refused: tuple[Refusal, ...] = ()
    failure: str = ""
    template: bool = False
    vanished: bool = False

    @property
    def record(self) -> GuestRecord | None:
        """Return the guest, None where nothing can be said of it."""
        if self.config:
            return _record(self, self.config)
        return _record_of_row(self.row) if self.failure and self.row.name else None


@dataclass(frozen=True, kw_only=True)
class SdnAnswer:
    """The networks that the endpoint defines itself; `failure` says why they are not all of them."""

    networks: Sdn = field(default_factory=Sdn)
    failure: str = ""


@dataclass(frozen=True, kw_only=True)
class Answers:
    """The answers of one run; `members` is None if the token may not know them.

    `only` are the keys of the nodes and guests that were asked for; then `nodes` and `guests` hold these, and the
    guests on these nodes. Empty means that everything was asked for.
    """

    version: str
    release: str
    rights: Rights
    members: ClusterStatus | None
    listing: Listing
    nodes: tuple[NodeAnswer, ...]
    guests: tuple[GuestAnswer, ...]
    sdn: SdnAnswer = field(default_factory=SdnAnswer)
    only: frozenset[str] = frozenset()

    @property
    def offline(self) -> tuple[NodeRow, ...]:
        """Return the members that are not there."""
        return tuple(node for node in (self.members.nodes if self.members else ()) if node.power is Power.OFF)

    @property
    def major(self) -> int:
        """Return the release of the node that answers, without what follows the first dot."""
        digits = self.version.partition(".")[0]
        return int(digits) if digits.isdecimal() else 9


def snapshot_of(answers: Answers, cluster_name: str | None = None) -> Snapshot:
    """Return records, scopes and refusals; two readings of the same world give the same Snapshot."""
    return Snapshot(
        records=tuple(sorted(_records(answers, cluster_name), key=lambda record: (ORDER[record.kind], record.key))),
        observed=observed_of(answers),
        unseen=dict(sorted(unseen_of(answers))),
        refused=tuple(_refused(answers)),
        facts=_facts(answers),
        seen=tuple(sorted(_seen(answers), key=lambda one: (one.where, one.mac, one.host))),
    )


# -------------------------------------------------------------------------------------------------------- records


def _records(answers: Answers, cluster_name: str | None) -> Iterable[Record]:
    yield _cluster(answers.members, cluster_name)
    if not answers.only:
        yield from answers.sdn.networks.records
    for node in answers.nodes:
        yield _node(node)
        yield from node.parts.records
        yield from node.network.records
    for guest in answers.guests:
        if record := guest.record:
            yield record
            yield from guest.config.interfaces if guest.config else ()
    held = [one for node in answers.nodes for one in node.network.held]
    yield from merge(held + [one for guest in answers.guests for one in guest.addresses.held])


def _cluster(members: ClusterStatus | None, name: str | None) -> ClusterRecord:
    if not name and members:
        name = members.name or members.nodes[0].name
    return ClusterRecord(key=CLUSTER, scopes=("nodes",), name=name, cluster_type=NAME)


def _node(node: NodeAnswer) -> DeviceRecord:
    row = node.row
    return DeviceRecord(
        key=f"node/{row.name}",
        scopes=("nodes",),
        cluster=CLUSTER,
        name=row.name,
        power=row.power,
        platform=NAME,
        version=node.version,
        primary_ip4=node.network.primary(4, row.address),
        primary_ip6=node.network.primary(6, row.address),
    )


def _record(guest: GuestAnswer, config: GuestConfig) -> GuestRecord:
    """Return the guest as its configuration describes it; power and node come from the list."""
    row = guest.row
    return GuestRecord(
        key=row.key,
        scopes=(f"guests/{row.key}",),
        fingerprint=config.fingerprint,
        cluster=CLUSTER,
        type=row.type,
        vmid=row.vmid,
        name=config.name or row.name or (f"VM {row.vmid}" if row.type is GuestType.VM else f"CT{row.vmid}"),
        power=row.power,
        node=row.node,
        vcpus=config.vcpus or row.cores,
        memory_mb=config.memory_mb,
        disk_gb=config.disk_gb,
        platform=guest.platform,
        platform_family=config.platform_family,
        description=without_line(config.description),
        tags=config.tags,
        primary_ip4=guest.addresses.primary_ip4,
        primary_ip6=guest.addresses.primary_ip6,
    )


def _record_of_row(row: GuestRow) -> GuestRecord:
    """Return what the list alone says; it knows the size of a container's disk, but only of a VM's first one."""
    disk_bytes = row.disk_bytes if row.type is GuestType.LXC else None
    return GuestRecord(
        key=row.key,
        scopes=(f"guests/{row.key}",),
        cluster=CLUSTER,
        type=row.type,
        vmid=row.vmid,
        name=row.name,
        power=row.power,
        node=row.node,
        vcpus=row.cores,
        memory_mb=row.memory_bytes // MIB if row.memory_bytes else None,
        disk_gb=-(-disk_bytes // GIB) if disk_bytes else None,
        tags=row.tags,
    )


# ----------------------------------------------------------------------------------------------- refusals and facts


def _refused(answers: Answers) -> Iterable[Refusal]:
    yield from (refusal for refusal in answers.listing.refused if not answers.only or refusal.key in answers.only)
    yield from answers.sdn.networks.refused
    for node in answers.nodes:
        yield from node.network.refused
        yield from node.parts.refused
    for guest in answers.guests:
        yield from guest.refused


def _seen(answers: Answers) -> Iterable[Seen]:
    for guest in answers.guests:
        yield from guest.addresses.seen
        yield from _plugged(guest)


def _plugged(guest: GuestAnswer) -> Iterable[Seen]:
    """Yield the cards of a guest with the bridge that each is plugged into: where its way through the network begins.

    They are known from the configuration, whether it runs or not.
    """
    if guest.config is None:
        return
    for card, interface in zip(guest.config.cards, guest.config.interfaces, strict=True):
        if card.mac and card.bridge:
            yield Seen(
                source="bridge",
                mac=card.mac,
                where=interface.key,
                port=f"node/{guest.row.node}/{card.bridge}",
                vid=interface.vid,
            )


def _facts(answers: Answers) -> dict[str, str]:
    guests = answers.guests
    return {
        "version": answers.version,
        "release": answers.release,
        "nodes": str(len(answers.nodes)),
        "guests": str(sum(guest.record is not None for guest in guests)),
        "templates": str(sum(guest.template for guest in guests)),
        "skipped": str(sum(guest.vanished for guest in guests)),
        "rights": answers.rights.summary(answers.major),
    }
