"""Questions to a pfSense over SSH: one simple command on each channel, and what its end means.

The shell of a plain user is tcsh, for which redirections, loops and globs mean other things than for sh. So a command
is a path and plain words: no quote, no glob, no pipe, no variable. Its output, its complaints and its exit status come
apart; only status 0 makes an answer, and an answer without a status was cut off.

Nothing is tried twice: the box locks out who fails to log in a few times (sshguard), and whoever reads comes again.
"""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ...errors import Forbidden, NotFound, RemoteError, SourceError, Unreachable
from ..connection import Connection
from ..ssh import HostKeys, SshLogin, connected, explained, login_of
from .options import PfsenseOptions

if TYPE_CHECKING:
    import paramiko

VERSION = "/bin/cat /etc/version"
CONFIG = "/bin/cat /cf/conf/config.xml"
CLOCK = "/bin/date +%s"
SERIAL = "/bin/kenv -q smbios.system.serial"
INTERFACES = "/sbin/ifconfig -a"
NEIGHBOURS = "/usr/sbin/arp -an"
ROUTES = "/usr/bin/netstat -rn"
ISC_LEASES = "/bin/cat /var/dhcpd/var/db/dhcpd.leases"
LIST = "/bin/ls -1i {}"
SHOW = "/bin/cat {}"
SUDO = "/usr/local/bin/sudo -n "

PIECE = 64 * 1024
MOST_BYTES = 64 * 1024 * 1024
MOST_WORDS = 4096
PATIENCE = 10
"""A command may take so many time-outs, as long as it goes on saying something."""

COMPLAINTS: tuple[tuple[re.Pattern[str], type[SourceError], str], ...] = (
    (re.compile("permission denied|a password is required|not allowed to", re.IGNORECASE), Forbidden, "may not run"),
    (re.compile("no such file or directory", re.IGNORECASE), NotFound, "finds nothing with"),
)
"""What tools of FreeBSD and sudo say when they cannot, and what it is to us."""


@contextlib.contextmanager
def box_at(connection: Connection, options: PfsenseOptions) -> Iterator[Box]:
    """Log in. Raises AuthenticationError, Unreachable, or ConfigurationError for an unknown host key."""
    login = login_of(connection)
    keys = HostKeys.of(connection, options)
    with connected(login, keys) as client:
        yield Box(client, login, keys, SUDO if options.sudo else "")


class Box:
    """A box that we are logged in to. Every method asks one question and returns the answer as it came."""

    def __init__(self, client: paramiko.SSHClient, login: SshLogin, keys: HostKeys, prefix: str) -> None:
        self.login = login
        self.keys = keys
        self._client = client
        self._prefix = prefix

    def version(self) -> bytes:
        """Return /etc/version."""
        return self._ask(VERSION)

    def config(self) -> Iterator[bytes]:
        """Yield the configuration in pieces as they arrive, so that nobody needs to hold all of it."""
        return self._stream(CONFIG)

    def clock(self) -> bytes:
        """Return the time of the box: leases end by its clock."""
        return self._ask(CLOCK)

    def serial(self) -> bytes:
        """Return the serial number that the board told the kernel; empty where there is none."""
        try:
            return self._ask(SERIAL)
        except (Forbidden, NotFound, RemoteError):  # kenv ends with status 1 where the name is not set
            return b""

    def interfaces(self) -> bytes:
        """Return the interfaces as they are."""
        return self._ask(INTERFACES)

    def neighbours(self) -> bytes:
        """Return the ARP table."""
        return self._ask(NEIGHBOURS)

    def routes(self) -> bytes:
        """Return the routing table."""
        return self._ask(ROUTES)

    def isc_leases(self) -> bytes:
        """Return the lease file of ISC dhcpd."""
        return self._ask(self._prefix + ISC_LEASES)

    def files(self, folder: str) -> bytes:
        """Return the names in a folder, each behind the number of its file."""
        return self._ask(self._prefix + LIST.format(folder))

    def file(self, path: str) -> bytes:
        """Return a file."""
        return self._ask(self._prefix + SHOW.format(path))

    # -- one channel

    def _ask(self, command: str) -> bytes:
        return b"".join(self._stream(command))

    def _stream(self, command: str) -> Iterator[bytes]:
        """Yield the output of a command; the end of it is reached only if the command ended well."""
        with explained(self.login):
            channel = self._client.get_transport().open_session(timeout=self.login.timeout_s)
        with contextlib.closing(channel):
            with explained(self.login):
                channel.settimeout(self.login.timeout_s)
                channel.exec_command(command)
                channel.shutdown_write()
            yield from self._pieces(channel, command)
            self._require_end(channel, command)

    def _pieces(self, channel: paramiko.Channel, command: str) -> Iterator[bytes]:
        size, deadline = 0, time.monotonic() + PATIENCE * self.login.timeout_s
        while True:
            with explained(self.login):
                piece = channel.recv(PIECE)
            if not piece:
                return
            size += len(piece)
            if size > MOST_BYTES:
                raise RemoteError(f"{self._start(command)} gave more than {MOST_BYTES // 2**20} MiB; it was given up")
            if time.monotonic() > deadline:
                raise Unreachable(
                    f"{self._start(command)} was not done after {PATIENCE * self.login.timeout_s:g} s; it was given up"
                )
            yield piece

    def _require_end(self, channel: paramiko.Channel, command: str) -> None:
        with explained(self.login):
            said = channel.makefile_stderr("rb").read(MOST_WORDS).decode("utf-8", errors="replace").strip()
        if not channel.status_event.wait(self.login.timeout_s) or channel.exit_status < 0:
            raise Unreachable(f"{self._start(command)} was cut off in the middle; nothing of it was used")
        if channel.exit_status != 0:
            raise self._refusal(command, channel.exit_status, said)

    def _refusal(self, command: str, status: int, said: str) -> SourceError:
        """Return what the end of a command means. Only its complaints are shown: its output may hold secrets."""
        words = " ".join(said.split())[:200]
        for pattern, error, verb in COMPLAINTS:
            if pattern.search(words):
                return error(f"{self.login.system}: user {self.login.user!r} {verb} {command!r} ({words})")
        advice = "" if words else "; a user without the privilege Shell account access gets no further than this"
        return RemoteError(f"{self._start(command)} ended with status {status} ({words or 'no word'}){advice}")

    def _start(self, command: str) -> str:
        return f"{self.login.system}: {self.login.base}: {command!r}"
