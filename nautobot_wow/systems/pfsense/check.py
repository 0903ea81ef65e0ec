"""A test of the connection to a pfSense: who answers, as whom, and what the user cannot read, with what to do."""

from __future__ import annotations

import time

from ..connection import Connection
from ..kind import ConnectionReport
from ..ssh import HOST_KEY, fingerprint_of, login_of
from .answers import ARP, LEASES, LIVE, ROUTES, facts_of
from .options import PfsenseOptions
from .read import answers_of

MEANS = {
    LIVE: "the state of ports, their MAC addresses, and addresses that come from outside",
    ARP: "who was seen on the wire",
    LEASES: "who holds a lease",
    ROUTES: "the routes in force",
}


def check(connection: Connection, options: PfsenseOptions) -> ConnectionReport:
    """Return what a run could rely on, or raise a SourceError or ConfigurationError. It reads what a run reads."""
    login = login_of(connection)
    began = time.perf_counter()
    answers, learned = answers_of(connection, options)
    took_s = time.perf_counter() - began
    accepted = [("host key accepted at first use", fingerprint_of(learned[HOST_KEY]))] if learned else []
    invisible = [f"{MEANS[listing]}: {why}" for listing, why in sorted(answers.silences.items())]
    invisible += [f"{element} was not understood: {why}" for _, element, why in answers.config.troubles]
    return ConnectionReport(
        facts=(
            *facts_of(answers).items(),
            ("user", f"{login.user}, with a {'key' if login.key is not None else 'password'}"),
            *accepted,
            ("took", f"{took_s * 1000:.0f} ms"),
        ),
        invisible=tuple(invisible),
    )
