"""One reading of a Proxmox VE endpoint: every question, in the order in which the answers are needed.

    version, rights        once
    members, resources     once: the nodes, and every guest with its node and power
    network                per node
    configuration          per guest; then its interfaces and operating system, if it runs and answers

What concerns one node or one guest may fail alone and is noted with its reason; every other failure is raised.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ...errors import AuthenticationError, ConfigurationError, Forbidden, NotFound, ParseError, SourceError
from ...records import GuestType, Kind, Power
from ...snapshot import Refusal, Snapshot
from ..connection import Connection
from .answers import Answers, GuestAnswer, NodeAnswer, snapshot_of
from .options import ProxmoxOptions
from .parse.addresses import LiveInterface, guest_addresses
from .parse.config import parse_config
from .parse.listing import ClusterStatus, GuestRow, Listing, NodeRow, parse_cluster_status, parse_resources
from .parse.live import parse_agent_interfaces, parse_container_interfaces
from .parse.network import parse_node_network
from .parse.platforms import parse_os_info
from .parse.rights import Rights, may_read_acl, parse_rights
from .parse.values import Row

if TYPE_CHECKING:
    from .client import ProxmoxClient

# What errors of the guest agent come to; the texts are those of qemu-server (Agent.pm). The first that is found counts.
SILENCE = (
    (re.compile(r"no qemu guest agent configured", re.IGNORECASE), "the guest agent is not configured"),
    (re.compile(r"guest agent is not running", re.IGNORECASE), "the guest agent is not running"),
    (re.compile(r"is not running", re.IGNORECASE), "the guest is not running"),
)


def read(connection: Connection, options: ProxmoxOptions, only: frozenset[str] = frozenset()) -> Snapshot:
    """Return what the endpoint says, or raise a SourceError or ConfigurationError; never less because of a failure."""
    with client_of(connection, options) as client:
        return snapshot_of(ask(client), options.cluster_name)


def client_of(connection: Connection, options: ProxmoxOptions) -> ProxmoxClient:
    """Return a client, or say how to install what it needs."""
    try:
        from .client import ProxmoxClient
    except ImportError as error:
        raise ConfigurationError(
            f"{connection.system}: the client for Proxmox VE is not installed; install nautobot-wow[proxmox]"
        ) from error
    return ProxmoxClient(connection, concurrency=options.concurrency)


def ask(client: ProxmoxClient) -> Answers:
    """Return the answers to every question."""
    version = Row("version", client.version())
    rights = ask_rights(client)
    members = _ask_members(client)
    listing = parse_resources(client.resources())
    asked = client.concurrently(lambda row: _ask_node(client, row), node_rows(members, listing))
    nodes = {node.row.name: node for node in asked}
    guests = client.concurrently(lambda row: _ask_guest(client, row, nodes.get(row.node)), listing.guests.values())
    client.require_alive()
    return Answers(
        version=version.text("version"),
        release=version.text_or_none("release") or "",
        rights=rights,
        members=members,
        listing=listing,
        nodes=tuple(nodes.values()),
        guests=tuple(guests),
    )


def node_rows(members: ClusterStatus | None, listing: Listing) -> list[NodeRow]:
    """Return every node by name; the membership knows better than the statistics who is online."""
    by_membership = {node.name: node for node in members.nodes} if members else {}
    return [row for _, row in sorted({**listing.nodes, **by_membership}.items())]


def ask_rights(client: ProxmoxClient) -> Rights:
    """Return what the token may see."""
    permissions = client.permissions()
    return parse_rights(permissions, client.access_rules() if may_read_acl(permissions) else None)


def _ask_members(client: ProxmoxClient) -> ClusterStatus | None:
    """Return the members, None if the token may not know them."""
    try:
        return parse_cluster_status(client.cluster_status())
    except Forbidden:
        return None


def _ask_node(client: ProxmoxClient, row: NodeRow) -> NodeAnswer:
    if row.power is Power.OFF:
        return NodeAnswer(row=row, failure=f"node {row.name} is offline")
    try:
        return NodeAnswer(row=row, network=parse_node_network(row.name, client.node_network(row.name)))
    except AuthenticationError:
        raise
    except SourceError as error:
        return NodeAnswer(row=row, failure=f"node {row.name} did not answer: {error}", broken=True)


# ----------------------------------------------------------------------------------------------------- one guest


def _ask_guest(client: ProxmoxClient, row: GuestRow, node: NodeAnswer | None) -> GuestAnswer:
    if row.template:
        return GuestAnswer(row=row, template=True)
    if node is None or node.failure:
        return GuestAnswer(row=row, failure=node.failure if node else f"node {row.node} is not listed")
    try:
        payload = client.guest_config(row.node, row.type, row.vmid)
        config = parse_config(row.type, row.vmid, payload, frozenset(node.network.bridges))
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
        return "the token may not ask for it (VM.GuestAgent.Audit)"
    return next((reason for pattern, reason in SILENCE if pattern.search(str(error))), str(error))
