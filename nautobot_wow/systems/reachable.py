"""Whether something answers on a TCP port: a guest is not ready for the automation before SSH is."""

from __future__ import annotations

import socket

ATTEMPT_S = 3.0


def why_silent(host: str, port: int, timeout_s: float = ATTEMPT_S) -> str:
    """Return why nothing answers on a port of a host, "" if something does; within `timeout_s` seconds."""
    try:
        with socket.create_connection((host, port), timeout=timeout_s):
            return ""
    except OSError as error:
        return str(error) or type(error).__name__
