"""What the lab's SSH servers share: keys that outlive a restart, and connections that end with the server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import asyncssh

from development.lab.files import write_private
from development.lab.steered import Steered


class SshServer(Steered):
    """An SSH server on the loopback address. `logins` are the users who tried."""

    key: asyncssh.SSHKey

    def __init__(self) -> None:
        super().__init__()
        self.port = 0
        self.logins: list[str] = []
        self.connections: set[asyncssh.SSHServerConnection] = set()
        self._server: asyncssh.SSHAcceptor | None = None

    async def stop(self) -> None:
        """Stop listening, and end the sessions."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
            self._server = None
        for connection in list(self.connections):
            connection.abort()
            await connection.wait_closed()

    def reset(self) -> None:
        """Behave as at the start."""
        super().reset()
        self.logins.clear()

    @property
    def host_key(self) -> str:
        """The key that it shows, as a line of known_hosts without the host."""
        return " ".join(self.key.export_public_key().decode().split()[:2])

    def turns_away(self) -> bool:
        """Tell whether the connection that was just made is closed at once."""
        return bool(self.settings["refuses"])


class Gate(asyncssh.SSHServer):
    """Lets a connection in, or not."""

    def __init__(self, server: Any) -> None:
        self._of = server
        self._connection: asyncssh.SSHServerConnection | None = None

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        """Note the connection, and end it where the server turns it away."""
        self._connection = conn
        self._of.connections.add(conn)
        if self._of.turns_away():
            conn.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        if self._connection is not None:
            self._of.connections.discard(self._connection)


def kept_key(path: Path, algorithm: str, **how: Any) -> asyncssh.SSHKey:
    """Return the key of the last time, a new one at the first."""
    if path.exists():
        return asyncssh.read_private_key(str(path))
    key = asyncssh.generate_private_key(algorithm, **how)
    write_private(path, key.export_private_key())
    return key
