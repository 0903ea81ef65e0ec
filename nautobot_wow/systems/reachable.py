"""Whether something answers on a TCP port: a guest is not ready for the automation before SSH is."""

from __future__ import annotations

import socket
import time

from ..errors import RemoteError

ATTEMPT_S = 3.0
PAUSE_S = 1.0


def wait_for_port(host: str, port: int, within_s: float) -> None:
    """Return when something answers on a port of a host; raise RemoteError if nothing does in time."""
    end = time.monotonic() + within_s
    while True:
        try:
            with socket.create_connection((host, port), timeout=min(ATTEMPT_S, max(within_s, 0.1))):
                return
        except OSError as error:
            if time.monotonic() >= end:
                raise RemoteError(f"{host} does not answer on port {port} within {within_s:g} s ({error})") from error
            time.sleep(min(PAUSE_S, max(within_s / 10, 0.01)))
