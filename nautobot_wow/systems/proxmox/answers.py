"""What all answers together are worth: records, the scopes that were seen completely, and what was not seen and why.

The scope "guests" is the whole endpoint, because a guest may move: it was seen completely only if every node answered
and the token may see every guest. A guest's own scope is below it (guests/lxc/210), so that a single guest can be
unseen. Pure: what was asked and how is the business of `read`.

    a node is offline                        guests are not observed; nodes are, and the interfaces of the others
    a node answers with an error             nothing is observed
    the token cannot see all guests          guests are not observed
    single guests are hidden or unreadable   these guests are unseen
    a guest vanished while it was read       this guest is unseen
    a guest does not answer                  its addresses are unseen
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from ...records import ClusterRecord, GuestRecord, GuestType, Kind, NodeRecord, Record
from ...snapshot import Refusal, Snapshot
from .parse.addresses import GuestAddresses, merge
from .parse.config import GIB, GuestConfig
from .parse.listing import ClusterStatus, GuestRow, Listing, NodeRow
from .parse.network import NodeNetwork
from .parse.rights import ADVICE, Rights

NAME = "Proxmox VE"
CLUSTER = "cluster"
MIB = 1024**2
ORDER = {kind: number for number, kind in enumerate(Kind)}


@dataclass(frozen=True, kw_only=True)
class NodeAnswer:
    """A node with its network. `failure` says why it did not answer, `broken` that it should have."""

    row: NodeRow
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
class Answers:
    """The answers of one run; `members` is None if the token may not know them."""

    version: str
    release: str
    rights: Rights
    members: ClusterStatus | None
    listing: Listing
    nodes: tuple[NodeAnswer, ...]
    guests: tuple[GuestAnswer, ...]


def snapshot_of(answers: Answers, cluster_name: str | None = None) -> Snapshot:
    """Return records, scopes and refusals; two readings of the same world give the same Snapshot."""
    return Snapshot(
        records=tuple(sorted(_records(answers, cluster_name), key=lambda record: (ORDER[record.kind], record.key))),
        observed=_observed(answers),
        unseen=dict(sorted(_unseen(answers))),
        refused=tuple(_refused(answers)),
        facts=_facts(answers),
    )


# -------------------------------------------------------------------------------------------------------- records


def _records(answers: Answers, cluster_name: str | None) -> Iterable[Record]:
    yield _cluster(answers.members, cluster_name)
    for node in answers.nodes:
        yield _node(node, answers)
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


def _node(node: NodeAnswer, answers: Answers) -> NodeRecord:
    row = node.row
    answered_version = row.local or len(answers.nodes) == 1
    return NodeRecord(
        key=f"node/{row.name}",
        scopes=("nodes",),
        cluster=CLUSTER,
        name=row.name,
        power=row.power,
        platform=NAME,
        version=answers.version if answered_version else None,
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
        description=config.description,
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


# --------------------------------------------------------------------------------------------------------- scopes


def _observed(answers: Answers) -> frozenset[str]:
    if _why_nodes_are_incomplete(answers):
        return frozenset()
    return frozenset({"nodes"} if _why_guests_are_incomplete(answers) else {"nodes", "guests"})


def _unseen(answers: Answers) -> Iterable[tuple[str, str]]:
    """Yield every scope that was not seen, with the reason."""
    for scope, why in (("nodes", _why_nodes_are_incomplete), ("guests", _why_guests_are_incomplete)):
        if reason := why(answers):
            yield scope, reason
    for vmid in answers.rights.hidden_guests():
        yield f"guests/lxc/{vmid}", "the token may not see it"
        yield f"guests/qemu/{vmid}", "the token may not see it"
    for refusal in answers.listing.refused:
        if refusal.kind is Kind.GUEST and "/" in refusal.key:
            yield f"guests/{refusal.key}", refusal.reason
    for node in answers.nodes:
        if reason := _why_interfaces_are_incomplete(node, answers.rights):
            yield f"nodes/{node.row.name}/interfaces", reason
    for guest in answers.guests:
        yield from _unseen_of(guest)


def _unseen_of(guest: GuestAnswer) -> Iterable[tuple[str, str]]:
    scope = f"guests/{guest.row.key}"
    if guest.vanished:
        yield scope, "it went, or moved to another node, while it was read"
    elif guest.failure:
        parts = (f"{scope}/interfaces", f"{scope}/addresses") if guest.record else (scope,)
        yield from ((part, guest.failure) for part in parts)
    yield from guest.addresses.unseen.items()
    for refusal in guest.refused:
        card = refusal.key.rpartition("/")[2]
        if refusal.kind is Kind.GUEST:
            yield scope, refusal.reason
        elif refusal.key != guest.row.key:
            yield f"{scope}/addresses/{card}", refusal.reason
        if refusal.kind is Kind.GUEST_INTERFACE:
            yield f"{scope}/interfaces", refusal.reason


def _why_nodes_are_incomplete(answers: Answers) -> str | None:
    members, listing = answers.members, answers.listing
    if members is None:
        return f"the token may not read cluster/status; {ADVICE}"
    if not members.quorate:
        return "the cluster has no quorum, so what this node knows may be old"
    if {node.name for node in members.nodes} != set(listing.nodes):
        return "cluster/status and cluster/resources do not name the same nodes"
    unreadable = [refusal.reason for refusal in listing.refused if refusal.kind is Kind.NODE]
    broken = [node.failure for node in answers.nodes if node.broken]
    return next(iter(unreadable + broken), None)


def _why_guests_are_incomplete(answers: Answers) -> str | None:
    reasons = (
        answers.rights.why_guests_are_incomplete(),
        *(node.failure for node in answers.nodes),
        "a guest was listed without its id" if answers.listing.unnamed else None,
        _why_nodes_are_incomplete(answers),
    )
    return next((reason for reason in reasons if reason), None)


def _why_interfaces_are_incomplete(node: NodeAnswer, rights: Rights) -> str | None:
    unreadable = next((refusal.reason for refusal in node.network.refused), None)
    return node.failure or rights.why_bridges_are_hidden() or unreadable


# ----------------------------------------------------------------------------------------------- refusals and facts


def _refused(answers: Answers) -> Iterable[Refusal]:
    yield from answers.listing.refused
    for node in answers.nodes:
        yield from node.network.refused
    for guest in answers.guests:
        yield from guest.refused


def _facts(answers: Answers) -> dict[str, str]:
    guests = answers.guests
    return {
        "version": answers.version,
        "release": answers.release,
        "nodes": str(len(answers.nodes)),
        "guests": str(sum(guest.record is not None for guest in guests)),
        "templates": str(sum(guest.template for guest in guests)),
        "skipped": str(sum(guest.vanished for guest in guests)),
        "rights": answers.rights.summary(),
    }
