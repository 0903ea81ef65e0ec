"""Does somebody answer on an address? Asked just before it is given out, where the profile wants it.

An echo request where the operating system lets an ordinary process send one (Linux: sysctl net.ipv4.ping_group_range),
else connections to a few ports: one that is accepted, and one that is refused, both come from somebody. Silence proves
nothing, a firewall may be all there is; so this only ever takes addresses away from what is free.
"""

from __future__ import annotations

import errno
import ipaddress
import os
import select
import socket
import time

TIMEOUT_S = 0.6
PORTS = (22, 80, 443, 3389)
ECHO_REQUEST = {4: 8, 6: 128}
PROTOCOL = {4: socket.IPPROTO_ICMP, 6: socket.IPPROTO_ICMPV6}
FAMILY = {4: socket.AF_INET, 6: socket.AF_INET6}
TOKEN_LENGTH = 8
THERE = (0, errno.ECONNREFUSED)


def answers(host: str, timeout_s: float = TIMEOUT_S) -> str:
    """Return how somebody answered on the address ("echo reply", "TCP port 22"), "" if nobody did in time."""
    version = ipaddress.ip_address(host).version
    try:
        return "echo reply" if _echoes(host, version, timeout_s) else ""
    except PermissionError:
        return _accepts(host, version, timeout_s)
    except OSError:  # no route, or no such family here: nobody can be reached
        return ""


def _echoes(host: str, version: int, timeout_s: float) -> bool:
    """Send one echo request (RFC 792, RFC 4443) and wait for its reply. Raises PermissionError where that is not ours.

    The kernel fills in the checksum and the identifier of such a socket, and passes on only its own replies.
    """
    token = os.urandom(TOKEN_LENGTH)
    with socket.socket(FAMILY[version], socket.SOCK_DGRAM, PROTOCOL[version]) as wire:
        wire.setblocking(False)
        wire.sendto(bytes((ECHO_REQUEST[version], 0)) + bytes(4) + b"\0\1" + token, (host, 0))
        end = time.monotonic() + timeout_s
        while (left := end - time.monotonic()) > 0:
            if select.select([wire], [], [], left)[0] and token in wire.recv(1024):
                return True
    return False


def _accepts(host: str, version: int, timeout_s: float) -> str:
    """Open connections to all the ports at once; return the first that was accepted or refused."""
    opening: dict[socket.socket, int] = {}
    try:
        for port in PORTS:
            wire = socket.socket(FAMILY[version], socket.SOCK_STREAM)
            wire.setblocking(False)
            opening[wire] = port
            if wire.connect_ex((host, port)) in THERE:
                return f"TCP port {port}"
        return _first_of(opening, time.monotonic() + timeout_s)
    finally:
        for wire in opening:
            wire.close()


def _first_of(opening: dict[socket.socket, int], end: float) -> str:
    waiting = set(opening)
    while waiting and (left := end - time.monotonic()) > 0:
        for wire in select.select([], list(waiting), [], left)[1]:
            waiting.discard(wire)
            if wire.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) in THERE:
                return f"TCP port {opening[wire]}"
    return ""
