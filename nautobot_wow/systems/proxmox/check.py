"""A test of the connection to a Proxmox VE endpoint: who answers, with which rights, and what would stay invisible."""

from __future__ import annotations

from ..connection import Connection
from ..kind import ConnectionReport
from .options import ProxmoxOptions
from .parse.values import Row
from .read import ask_rights, client_of


def check(connection: Connection, options: ProxmoxOptions) -> ConnectionReport:
    """Return what a run could rely on, or raise a SourceError or ConfigurationError."""
    with client_of(connection, options) as client:
        version = Row("version", client.version())
        rights = ask_rights(client)
    return ConnectionReport(
        facts=(("version", version.text("version")), ("rights", rights.summary())),
        invisible=tuple(reason for reason in (rights.why_guests_are_incomplete(),) if reason),
    )
