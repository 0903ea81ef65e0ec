"""One reading of a Proxmox VE endpoint: every question, in the order in which the answers are needed.

    version, rights         once
    members, resources      once: the nodes, and every guest with its node and power
    zones, vnets, subnets   once, and once per vnet
    network, hardware       per node, and the version of those that do not answer themselves
    configuration           per guest; then its interfaces and operating system, if it runs and answers

Where only some nodes and guests are asked for, only they are; zones and vnets only if a card of theirs hangs on
something that is no bridge of its node. What concerns one node, one guest or the software defined networks may fail
alone and is noted with its reason; every other failure is raised.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ...errors import AuthenticationError, ConfigurationError, Forbidden, NotFound, ParseError, SourceError
from ...records import GuestType, Kind, Power
from ...snapshot import Refusal, Snapshot
from ..connection import Connection
from ..extras import needed
from .answers import Answers, GuestAnswer, NodeAnswer, SdnAnswer, snapshot_of
from .networks import Networks
from .options import ProxmoxOptions
from .parse.addresses import LiveInterface, guest_addresses
from .parse.config import bridges_of, parse_config
from .parse.listing import (
    GUEST_KEY,
    NODE_NAME,
    ClusterStatus,
    GuestRow,
    Listing,
    NodeRow,
    parse_cluster_status,
    parse_resources,
)
from .parse.live import parse_agent_interfaces, parse_container_interfaces
from .parse.network import parse_node_network
from .parse.parts import NodeParts, add_adapters, add_board, add_disks
from .parse.platforms import parse_os_info
from .parse.rights import ADVICE, Rights, may_read_acl, parse_rights
from .parse.values import Row

if TYPE_CHECKING:
    from .client import ProxmoxClient

# What errors of the guest agent come to; the texts are those of qemu-server (Agent.pm). The first that is found counts.
SILENCE = (
    (re.compile(r"no qemu guest agent configured", re.IGNORECASE), "the guest agent is not configured"),
    (re.compile(r"guest agent is not running", re.IGNORECASE), "the guest agent is not running"),
    (re.compile(r"is not running", re.IGNORECASE), "the guest is not running"),
)
# The right that the answer to a forbidden question names: its name depends on the release of the node.
AGENT_RIGHT = re.compile(r"VM\.(?:GuestAgent\.\w+|Monitor)")
NODE_KEY = re.compile(rf"node/{NODE_NAME.pattern}")


def read(connection: Connection, options: ProxmoxOptions, only: frozenset[str] = frozenset()) -> Snapshot:
    """Return what the endpoint says, or raise a SourceError or ConfigurationError; never less because of a failure."""
    _require_keys(connection, only)
    with client_of(connection, options) as client:
        return snapshot_of(ask(client, only), options.cluster_name)


def _require_keys(connection: Connection, only: frozenset[str]) -> None:
    for key in sorted(only):
        if not GUEST_KEY.fullmatch(key) and not NODE_KEY.fullmatch(key):
            raise ConfigurationError(
                f"{connection.system}: {key!r} names no node and no guest; write lxc/210, qemu/211 or node/NAME"
            )


def client_of(connection: Connection, options: ProxmoxOptions) -> ProxmoxClient:
    """Return a client, or say how to install what it needs."""
    with needed(connection, "Proxmox VE", "proxmox"):
        from .client import ProxmoxClient
    return ProxmoxClient(connection, concurrency=options.concurrency)


def ask(client: ProxmoxClient, only: frozenset[str] = frozenset()) -> Answers:
    """Return the answers to every question, or to those about these nodes and guests."""
    version = Row("version", client.version())
    rights = ask_rights(client)
    members = ask_members(client)
    listing = parse_resources(client.resources())
    networks = Networks(client, whole=not only)
    nodes = _ask_nodes(client, version.text("version"), rights, node_rows(members, listing), listing, only)
    chosen = [row for row in listing.guests.values() if is_asked_for(row, only)]
    guests = client.concurrently(lambda row: _ask_guest(client, row, nodes.get(row.node), networks), chosen)
    client.require_alive()
    return Answers(
        version=version.text("version"),
        release=version.text_or_none("release") or "",
        rights=rights,
        members=members,
        listing=listing,
        nodes=tuple(node for name, node in nodes.items() if not only or f"node/{name}" in only),
        guests=tuple(guests),
        sdn=networks.answer() if not only else SdnAnswer(),
        only=only,
    )


def is_asked_for(row: GuestRow, only: frozenset[str]) -> bool:
    """Whether a guest is asked for: itself, or all that are on its node, or everything."""
    return not only or row.key in only or f"node/{row.node}" in only


def node_rows(members: ClusterStatus | None, listing: Listing) -> list[NodeRow]:
    """Return every node by name; the membership knows better than the statistics who is online."""
    by_membership = {node.name: node for node in members.nodes} if members else {}
    return [row for _, row in sorted({**listing.nodes, **by_membership}.items())]


def ask_rights(client: ProxmoxClient) -> Rights:
    """Return what the token may see."""
    permissions = client.permissions()
    return parse_rights(permissions, client.access_rules() if may_read_acl(permissions) else None)


def ask_members(client: ProxmoxClient) -> ClusterStatus | None:
    """Return the members, None if the token may not know them."""
    try:
        return parse_cluster_status(client.cluster_status())
    except Forbidden:
        return None


# ----------------------------------------------------------------------------------------------------- nodes


def _ask_nodes(
    client: ProxmoxClient, version: str, rights: Rights, rows: list[NodeRow], listing: Listing, only: frozenset[str]
) -> dict[str, NodeAnswer]:
    """Return the nodes by name; those that only carry a guest that is asked for with nothing but their network.

    The version of the node that answers is known already.
    """
    _require_nodes(client, rows, only)
    carrying = {row.node for row in listing.guests.values() if is_asked_for(row, only) and not row.template}

    def ask_node(row: NodeRow) -> NodeAnswer:
        whole = not only or f"node/{row.name}" in only
        known = version if row.local or len(rows) == 1 else None
        return _ask_node(client, row, known, sees_bridges=not rights.why_bridges_are_hidden(), whole=whole)

    chosen = [row for row in rows if not only or f"node/{row.name}" in only or row.name in carrying]
    return {node.row.name: node for node in client.concurrently(ask_node, chosen)}


def _require_nodes(client: ProxmoxClient, rows: list[NodeRow], only: frozenset[str]) -> None:
    names = sorted(row.name for row in rows)
    for key in sorted(only):
        kind, _, name = key.partition("/")
        if kind == "node" and name not in names:
            raise NotFound(f"{client.system}: there is no node {name}; there are {', '.join(names) or 'none'}")


def _ask_node(
    client: ProxmoxClient, row: NodeRow, version: str | None, *, sees_bridges: bool, whole: bool
) -> NodeAnswer:
    if row.power is Power.OFF:
        return NodeAnswer(row=row, failure=f"node {row.name} is offline")
    try:
        network = parse_node_network(row.name, client.node_network(row.name), sees_bridges=sees_bridges)
    except AuthenticationError:
        raise
    except SourceError as error:
        return NodeAnswer(row=row, failure=f"node {row.name} did not answer: {error}", broken=True)
    if not whole:
        return NodeAnswer(row=row, network=network)
    return NodeAnswer(
        row=row,
        network=network,
        version=version or _ask_version(client, row.name),
        parts=_ask_parts(client, row.name),
    )


def _ask_version(client: ProxmoxClient, node: str) -> str | None:
    """Return what is installed on a node; not to know it is no reason for a complaint."""
    try:
        return Row(f"node/{node}: version", client.node_version(node)).text("version")
    except AuthenticationError:
        raise
    except SourceError:
        return None


def _ask_parts(client: ProxmoxClient, node: str) -> NodeParts:
    """Return the parts of a node; what it does not tell of one kind keeps no other kind back."""
    parts = NodeParts()
    questions: tuple[tuple[Callable[[str], Any], Callable[[NodeParts, str, Any], None]], ...] = (
        (client.node_status, add_board),
        (client.node_disks, add_disks),
        (client.node_pci, add_adapters),
    )
    for question, add in questions:
        try:
            add(parts, node, question(node))
        except AuthenticationError:
            raise
        except Forbidden:
            parts.failure = f"the token may not audit the hardware (Sys.Audit on /); {ADVICE}"
        except SourceError as error:
            parts.failure = parts.failure or f"node {node} did not tell its hardware: {error}"
    return parts


# ----------------------------------------------------------------------------------------------------- one guest


def _ask_guest(client: ProxmoxClient, row: GuestRow, node: NodeAnswer | None, networks: Networks) -> GuestAnswer:
    if row.template:
        return GuestAnswer(row=row, template=True)
    if node is None or node.failure:
        return GuestAnswer(row=row, failure=node.failure if node else f"node {row.node} is not listed")
    try:
        payload = client.guest_config(row.node, row.type, row.vmid)
        plugs = networks.plugs(frozenset(node.network.bridges), bridges_of(payload))
        config = parse_config(row.type, row.vmid, payload, plugs)
    except AuthenticationError:
        raise
    except NotFound:
        return GuestAnswer(row=row, vanished=True)
    except ParseError as error:
        return GuestAnswer(row=row, refused=(Refusal(kind=Kind.GUEST, key=row.key, reason=str(error)),))
    except SourceError as error:
        return GuestAnswer(row=row, failure=f"its configuration could not be read: {error}")
    if config.template:
        return GuestAnswer(row=row, template=True)
    live, silence, refused = _ask_live(client, row, agent=config.agent)
    return GuestAnswer(
        row=row,
        config=config,
        addresses=guest_addresses(row.key, config.cards, live, silence),
        platform=_ask_platform(client, row) if live is not None and row.type is GuestType.VM else None,
        refused=(*config.refused, *refused),
    )


def _ask_live(
    client: ProxmoxClient, row: GuestRow, *, agent: bool
) -> tuple[list[LiveInterface] | None, str, tuple[Refusal, ...]]:
    """Return what the guest says of its interfaces, or None and why it says nothing; and what could not be read."""
    if row.power is Power.OFF:
        return None, "the guest is not running", ()
    if row.type is GuestType.VM and not agent:
        return None, "the guest agent is not configured", ()
    try:
        live = _live_interfaces(client, row)
    except AuthenticationError:
        raise
    except ParseError as error:
        return None, str(error), (Refusal(kind=Kind.ADDRESS, key=row.key, reason=str(error)),)
    except SourceError as error:
        return None, _why_silent(error), ()
    return live, "" if live is not None else "the container reports no interfaces", ()


def _live_interfaces(client: ProxmoxClient, row: GuestRow) -> list[LiveInterface] | None:
    if row.type is GuestType.VM:
        return parse_agent_interfaces(row.key, client.agent_interfaces(row.node, row.vmid))
    payload = client.container_interfaces(row.node, row.vmid)
    return parse_container_interfaces(row.key, payload) if payload else None


def _ask_platform(client: ProxmoxClient, row: GuestRow) -> str | None:
    """Return the operating system; an agent that cannot tell (old, restricted) is no reason for a complaint."""
    try:
        return parse_os_info(row.key, client.agent_os_info(row.node, row.vmid))
    except AuthenticationError:
        raise
    except SourceError:
        return None


def _why_silent(error: SourceError) -> str:
    if isinstance(error, Forbidden):
        asked = AGENT_RIGHT.search(str(error))
        return f"the token may not ask for it ({asked[0] if asked else 'VM.GuestAgent.Audit'})"
    return next((reason for pattern, reason in SILENCE if pattern.search(str(error))), str(error))
