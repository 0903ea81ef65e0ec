"""A test of the connection to a router: who answers, over what, and which menus could not be read."""

from __future__ import annotations

import time
from collections.abc import Iterator

from ..connection import Connection
from ..kind import ConnectionReport
from .answers import Answers
from .options import RouterOsOptions
from .read import ask, client_of
from .records import facts_of

WHAT = {
    "device/serial": "the serial number",
    "parts": "links and modules of ports",
    "interfaces": "interfaces",
    "interfaces/ethernet": "what kind of port each is",
    "interfaces/bonding": "members of bonds",
    "interfaces/vlan": "VLAN interfaces",
    "interfaces/bridge": "ports of bridges",
    "vlans": "VLANs of bridges",
    "bridge-hosts": "who is heard on which port",
    "addresses/ipv4": "the router's own IPv4 addresses",
    "addresses/ipv6": "the router's own IPv6 addresses",
    "arp": "the ARP table",
    "neighbours": "neighbours",
    "ranges": "DHCP servers and pools",
    "dhcp-networks": "DHCP networks",
    "leases": "DHCP leases",
    "routes": "routes",
}
"""What is not seen, by the scope that could not be read."""


def check(connection: Connection, options: RouterOsOptions) -> ConnectionReport:
    """Return what a run could rely on, or raise a SourceError or ConfigurationError."""
    began = time.perf_counter()
    with client_of(connection, options) as client:
        answers, login = ask(client), client.login
    how = "TLS" if login.tls and not login.anonymous and login.verify else "TLS, not verified" if login.tls else "plain"
    facts = (
        *facts_of(answers).items(),
        ("user", login.user),
        ("connection", how),
        ("reading takes", f"{time.perf_counter() - began:.1f} s"),
    )
    return ConnectionReport(facts=facts, invisible=tuple(_invisible(answers)))


def _invisible(answers: Answers) -> Iterator[str]:
    for scope, reason in sorted(answers.unseen.items()):
        yield f"Not read: {WHAT.get(scope, scope)}. {reason}."
