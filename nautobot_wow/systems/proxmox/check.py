"""A test of the connection to a Proxmox VE endpoint: who answers, with which rights, and what would stay invisible.

The certificate is looked at first: if it is not trusted, the token is not sent, and the error shows the certificate.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from ...errors import Unreachable
from ...records import Power
from ..connection import Connection
from ..kind import ConnectionReport
from .certificate import Certificate, read_certificate
from .login import Login, login_of
from .options import ProxmoxOptions
from .parse.listing import ClusterStatus
from .parse.values import Row
from .read import ask_members, ask_rights, client_of

if TYPE_CHECKING:
    from .client import ProxmoxClient

PATHS = ("/", "/vms", "/nodes", "/sdn")
STATE = {Power.ON: "online", Power.OFF: "offline", None: "unknown"}
Facts = Iterable[tuple[str, str]]


def check(connection: Connection, options: ProxmoxOptions) -> ConnectionReport:
    """Return what a run could rely on, or raise a SourceError or ConfigurationError."""
    login = login_of(connection)
    with client_of(connection, options) as client:
        certificate = read_certificate(connection.system, login, connection.timeout_s)
        _require_trust(connection, login, certificate)
        rights = ask_rights(client)
        members = ask_members(client)
        version, round_trip_s = _ask_version(client)
    facts = (
        ("version", version.text("version")),
        ("release", version.text_or_none("release") or "unknown"),
        *_membership(members),
        ("token", f"{login.user}!{login.token}"),
        *((f"rights on {path}", ", ".join(rights.held_at(path)) or "none") for path in PATHS),
        *_of_certificate(certificate),
        ("round trip", f"{round_trip_s * 1000:.0f} ms"),
    )
    return ConnectionReport(facts=facts, invisible=rights.invisible(_major(version)))


def _require_trust(connection: Connection, login: Login, certificate: Certificate) -> None:
    if certificate.failure:
        raise Unreachable(
            f"{connection.system}: TLS with {login.base} failed: {certificate.failure}. It shows a certificate of "
            f"{certificate.subject}, issued by {certificate.issuer}, SHA-256 {certificate.fingerprint}, which "
            f"{certificate.authorities} does not make trusted; give the External Integration the CA file that signed it"
        )


def _ask_version(client: ProxmoxClient) -> tuple[Row, float]:
    """Return the version, and how long the question took; it is the last one, so that the connection stands."""
    began = time.perf_counter()
    return Row("version", client.version()), time.perf_counter() - began


def _major(version: Row) -> int:
    digits = version.text("version").partition(".")[0]
    return int(digits) if digits.isdecimal() else 9


def _membership(members: ClusterStatus | None) -> Facts:
    if members is None:
        return [("cluster", "unknown: the token may not read cluster/status")]
    quorum = "has a quorum" if members.quorate else "has no quorum"
    named = f"{members.name}, {quorum}" if members.name else "none, a standalone node"
    nodes = sorted(f"{node.name} {STATE[node.power]}" for node in members.nodes)
    return [("cluster", named), ("nodes", ", ".join(nodes))]


def _of_certificate(certificate: Certificate) -> Facts:
    ends, left = certificate.not_after, certificate.days_left(datetime.now(timezone.utc))
    trusted = f"verified with {certificate.authorities}"
    return [
        ("certificate of", certificate.subject),
        ("certificate issued by", certificate.issuer),
        ("certificate valid until", f"{ends:%Y-%m-%d}, {left} days left" if ends else "unknown"),
        ("certificate SHA-256", certificate.fingerprint),
        ("certificate", trusted if certificate.authorities else "not verified: verification is switched off"),
    ]
