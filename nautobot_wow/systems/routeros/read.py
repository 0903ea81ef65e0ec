"""One reading of a router: every menu once, on one session, and what each table is worth if another is unreadable.

Who it is must be readable, or nothing is read. A menu that is missing, refused or not understood is unseen, with the
reason: nothing in it can be missing, and the others count. A connection that breaks off ends the reading.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from ...errors import ConfigurationError, Forbidden, NotFound, ParseError, RemoteError
from ...snapshot import Snapshot
from ..connection import Connection
from ..extras import needed
from . import menus
from .answers import Answers
from .menus import Answer, Menu
from .options import RouterOsOptions
from .parse.addresses import parse_addresses, parse_routes
from .parse.bridge import parse_bridge_hosts, parse_bridge_ports, parse_bridge_vlans, parse_bridges
from .parse.device import parse_identity, parse_resource, parse_routerboard
from .parse.dhcp import parse_leases, parse_networks, parse_pools, parse_servers
from .parse.heard import parse_arp, parse_neighbours
from .parse.interfaces import (
    MONITOR,
    InterfaceRow,
    Link,
    parse_bonding,
    parse_ethernet,
    parse_interfaces,
    parse_link,
    parse_vlans,
)
from .records import snapshot_of

if TYPE_CHECKING:
    from .client import RouterOsClient

Value = TypeVar("Value")
REFUSED = (RemoteError, Forbidden, NotFound)


def read(connection: Connection, options: RouterOsOptions, only: frozenset[str] = frozenset(), /) -> Snapshot:
    """Return what the router says, or raise a SourceError or ConfigurationError; never less because of a failure."""
    if only:
        raise ConfigurationError(
            f"{connection.system}: a router is read as a whole; leave out what to limit the run to"
        )
    with client_of(connection, options) as client:
        return snapshot_of(ask(client), client.login.host)


def client_of(connection: Connection, options: RouterOsOptions) -> RouterOsClient:
    """Return a client, or say how to install what it needs."""
    with needed(connection, "MikroTik RouterOS", "routeros"):
        from .client import RouterOsClient
    return RouterOsClient(connection, options)


@dataclass
class _Tables:
    """Reads menus that may be unreadable, and remembers which and why."""

    client: RouterOsClient
    unseen: dict[str, str] = field(default_factory=dict)

    def read(
        self,
        menu: Menu,
        parse: Callable[[Sequence[Answer]], Value],
        question: Callable[[], Sequence[Answer]] | None = None,
    ) -> Value | None:
        """Return the table, None where the router refused it or its values cannot be read.

        What is no sentence at all is not caught: after that nobody knows which bytes answer which question.
        """
        try:
            answers = question() if question else self.client.print(menu)
        except REFUSED as error:
            self.unseen.setdefault(menu.scope, str(error))
            return None
        try:
            return parse(answers)
        except ParseError as error:
            self.unseen.setdefault(menu.scope, str(error))
            return None

    def links(self, interfaces: Mapping[str, InterfaceRow] | None) -> dict[str, Link]:
        """Return the links of Ethernet ports; a port that does not tell keeps no other one back."""
        found = {}
        for row in (interfaces or {}).values():
            if row.type != "ether" or not row.id:
                continue
            link = self.read(MONITOR, partial(parse_link, row.name), partial(self.client.monitor, row.id))
            if link is not None:
                found[row.name] = link
        return found


def ask(client: RouterOsClient) -> Answers:
    """Return the answers to every question."""
    identity = parse_identity(client.print(menus.IDENTITY))
    resource = parse_resource(client.print(menus.RESOURCE))
    tables = _Tables(client)
    board = tables.read(menus.ROUTERBOARD, parse_routerboard)
    interfaces = tables.read(menus.INTERFACES, parse_interfaces)
    return Answers(
        identity=identity,
        resource=resource,
        board=board,
        interfaces=interfaces,
        ethernet=tables.read(menus.ETHERNET, parse_ethernet),
        bonds=tables.read(menus.BONDING, parse_bonding),
        vlan_interfaces=tables.read(menus.VLANS, parse_vlans),
        bridges=tables.read(menus.BRIDGES, parse_bridges),
        bridge_ports=tables.read(menus.BRIDGE_PORTS, parse_bridge_ports),
        bridge_vlans=tables.read(menus.BRIDGE_VLANS, parse_bridge_vlans),
        links=tables.links(interfaces),
        addresses=tables.read(menus.ADDRESSES, partial(parse_addresses, menus.ADDRESSES)),
        addresses6=tables.read(menus.ADDRESSES6, partial(parse_addresses, menus.ADDRESSES6)),
        servers=tables.read(menus.DHCP_SERVERS, parse_servers),
        pools=tables.read(menus.POOLS, parse_pools),
        networks=tables.read(menus.DHCP_NETWORKS, parse_networks) or (),
        leases=tables.read(menus.LEASES, parse_leases) or (),
        arp=tables.read(menus.ARP, parse_arp) or (),
        neighbours=tables.read(menus.NEIGHBOURS, parse_neighbours) or (),
        hosts=tables.read(menus.BRIDGE_HOSTS, parse_bridge_hosts) or (),
        routes=tables.read(menus.ROUTES, parse_routes) or (),
        unseen=tables.unseen,
    )
