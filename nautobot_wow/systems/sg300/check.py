"""A test of the connection to a switch: who answers, with which rights, and which tables could not be read."""

from __future__ import annotations

import time
from collections.abc import Iterable

from ..connection import Connection
from ..kind import ConnectionReport
from .answers import Answers
from .options import Sg300Options
from .read import PRIVILEGED, ask, client_of

WHAT = {
    "parts": "transceivers and further units",
    "device/serial": "the serial number",
    "configuration": "the running configuration",
    "interfaces": "ports",
    "interfaces/descriptions": "descriptions of ports",
    "interfaces/channels": "members of port channels",
    "vlans": "VLANs",
    "addresses": "the switch's own addresses",
    "mac-table": "who is heard on which port",
    "neighbours": "LLDP neighbours",
}
"""What is not seen, by the scope that could not be read."""


def check(connection: Connection, options: Sg300Options) -> ConnectionReport:
    """Return what a run could rely on, or raise a SourceError or ConfigurationError."""
    began = time.perf_counter()
    with client_of(connection, options) as client:
        answers = ask(client, options)
    facts = (
        ("name", answers.name),
        ("model", answers.model),
        ("serial", answers.serial or "unknown"),
        ("version", answers.version),
        ("user", f"{client.login.user}, privilege {answers.privilege}"),
        ("ports", str(len(answers.ports.names)) if answers.ports else "unknown"),
        ("reading takes", f"{time.perf_counter() - began:.1f} s"),
    )
    return ConnectionReport(facts=facts, invisible=tuple(_invisible(answers, options)))


def _invisible(answers: Answers, options: Sg300Options) -> Iterable[str]:
    if options.read_running_config and answers.privilege < PRIVILEGED:
        yield (
            f"The user has privilege {answers.privilege}: the running configuration is not read. It would show the "
            "full names of long VLANs. Give it privilege 15, or switch the option read_running_config off."
        )
    for scope, reason in sorted(answers.unseen.items()):
        what = WHAT.get(scope) or f"the VLANs of {scope.rpartition('/')[2]}"
        yield f"Not read: {what}. {reason}."
