"""One reading of a pfSense: every question once, in the order in which the answers are needed.

    version, configuration     must be there: without them nothing is known
    clock, serial              one line each
    interfaces, ARP, routes    may be silent: then what hangs on them is not seen, and says why
    leases                     of the server that the configuration names

A connection that breaks ends the reading: it is never less because of a failure.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from ...errors import ConfigurationError, Forbidden, NotFound, ParseError, RemoteError
from ...snapshot import Snapshot
from ..connection import Connection
from ..extras import needed
from .answers import ARP, LEASES, LIVE, ROUTES, Answers, snapshot_of
from .client import Box, box_at
from .leases import ask_leases
from .options import PfsenseOptions
from .parse.arp import parse_arp
from .parse.box import parse_routes, parse_serial, parse_time, parse_version
from .parse.config import Config, parse_config
from .parse.ifconfig import parse_ifconfig
from .parse.sections import parse_sections
from .parse.values import to_text

Found = TypeVar("Found")


def read(connection: Connection, options: PfsenseOptions, only: frozenset[str] = frozenset(), /) -> Snapshot:
    """Return what the box says, or raise a SourceError or ConfigurationError; never less because of a failure."""
    if only:
        raise ConfigurationError(
            f"{connection.system}: a pfSense has no nodes and guests and is read as a whole; leave out what to limit "
            "the run to"
        )
    answers, learned = answers_of(connection, options)
    return snapshot_of(answers, name=options.device_name, lease_records=options.lease_addresses, learned=learned)


def answers_of(connection: Connection, options: PfsenseOptions) -> tuple[Answers, dict[str, str]]:
    """Return all answers, and what was learned of the host key."""
    with needed(connection, "pfSense", "pfsense"):
        import defusedxml  # noqa: F401
        import paramiko  # noqa: F401
    with box_at(connection, options) as box:
        try:
            return ask(box), dict(box.keys.learned)
        except ParseError as error:
            raise ParseError(f"{connection.system}: {error}") from None


def ask(box: Box) -> Answers:
    """Return the answers to every question."""
    version = parse_version(to_text(box.version(), "/etc/version"))
    config = _config(box)
    silences: dict[str, str] = {}

    def tried(listing: str, question: Callable[[], Found]) -> Found | None:
        try:
            return question()
        except (Forbidden, NotFound, RemoteError, ParseError) as error:
            silences[listing] = str(error)
            return None

    return Answers(
        host=box.login.host,
        version=version,
        serial=parse_serial(to_text(box.serial(), "kenv")),
        now=parse_time(to_text(box.clock(), "date +%s")),
        config=config,
        live=tried(LIVE, lambda: parse_ifconfig(to_text(box.interfaces(), "ifconfig -a"))),
        neighbours=tried(ARP, lambda: parse_arp(to_text(box.neighbours(), "arp -an"))),
        routes=tried(ROUTES, lambda: parse_routes(to_text(box.routes(), "netstat -rn"))),
        leases=tried(LEASES, lambda: ask_leases(box, config)),
        silences=silences,
    )


def _config(box: Box) -> Config:
    try:
        return parse_config(parse_sections(box.config()))
    except Forbidden as error:
        raise Forbidden(f"{error}; let the user read the configuration (chmod o+r, or its group)") from None
    except NotFound as error:
        raise NotFound(f"{error}; is this a pfSense?") from None
