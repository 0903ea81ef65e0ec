"""The SSH server of the lab's firewall: host key, user key and password outlive a restart; one command a channel.

As on the real one, a plain user logs in with a key or a password (or only one of them, setting `login`), on a port that
is not 22, and gets tcsh. There is no file transfer, and nothing that changes anything.
"""

from __future__ import annotations

import asyncio
import copy
import secrets
from pathlib import Path
from typing import Any

import asyncssh

from development.lab.files import read_json, write_json, write_private
from development.lab.pfsense.faults import GARBAGE, Fault, Faults
from development.lab.pfsense.files import Files
from development.lab.pfsense.shell import Result, Shell
from development.lab.pfsense.view import View
from development.lab.world import World, WorldError

SLUG = "pfsense"
USER = "nautobot"
KEPT_FILE = "kept.json"
USER_KEY_FILE = "user_key"
SECRETS = ("hash", "private_key", "shared_secret")
# What pfSense's sshd_config offers: no MACs but those over the encrypted text, and one more.
ALGORITHMS = {
    "kex_algs": ["curve25519-sha256", "ecdh-sha2-nistp256", "ecdh-sha2-nistp384"],
    "encryption_algs": ["aes256-gcm@openssh.com", "aes256-ctr", "aes192-ctr", "aes128-ctr"],
    "mac_algs": ["hmac-sha2-512-etm@openssh.com", "hmac-sha2-256-etm@openssh.com", "hmac-sha2-512"],
}
DEFAULTS: dict[str, Any] = {
    "version": None,  # the box's own
    "backend": "isc",  # or kea; empty: the file does not say
    "kea_folder": None,  # that of the version
    "kea_open": False,  # whether Kea's folders can be read from 2.8.1 on
    "lfc": "",  # how far Kea's clean-up got: see leases.kea
    "renames": 0,  # how often Kea renames its files while they are read
    "sudo": None,  # not installed; False: not for this user; True: for cat and ls
    "denied": (),  # paths that the user may not read
    "files": {},  # more files, or other texts; None takes one away
    "more_xml": "",  # more elements of config.xml
    "login": "both",  # key, password, none (locked)
    "shell": True,  # the privilege Shell account access
    "refuses": False,  # the connection is closed at once
    "clock_ahead_s": 0,
    "port": 0,
}


class Firewall:
    """The firewall as an SSH server on the loopback address; a `SideServer`."""

    slug = SLUG

    def __init__(self, world: World, folder: Path) -> None:
        self._folder = folder / SLUG
        self._folder.mkdir(parents=True, exist_ok=True)
        kept = read_json(self._folder / KEPT_FILE)
        self.password: str = kept.get("password") or secrets.token_urlsafe(18)
        self.secrets: dict[str, str] = kept.get("secrets") or {name: secrets.token_urlsafe(24) for name in SECRETS}
        write_json(self._folder / KEPT_FILE, {"password": self.password, "secrets": self.secrets})
        self.key = _kept_key(self._folder / "host_key")
        self.user_key = _kept_key(self._folder / USER_KEY_FILE)
        self.port = 0
        self.settings: dict[str, Any] = copy.deepcopy(DEFAULTS)
        self.view = View(world, self.settings)
        self.files = Files(self.view, self.secrets)
        self.shell = Shell(self.view, self.files)
        self.faults = Faults()
        self.asked: list[str] = []
        self.logins: list[str] = []
        self.connections: set[asyncssh.SSHServerConnection] = set()
        self._server: asyncssh.SSHAcceptor | None = None

    async def start(self) -> None:
        """Listen; `port` is the real one from here on."""
        self._server = await asyncssh.create_server(
            lambda: _Gate(self),
            "127.0.0.1",
            self.port,
            server_host_keys=[self.key],
            process_factory=self._session,
            encoding=None,
            allow_scp=False,
            agent_forwarding=False,
            server_version="OpenSSH_9.7",
            login_timeout=30,
            **ALGORITHMS,
        )
        self.port = self._server.get_port()
        self.settings["port"] = self.port

    async def stop(self) -> None:
        """Stop listening, and end the sessions."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
            self._server = None
        for connection in list(self.connections):
            connection.abort()
            await connection.wait_closed()

    def describe(self) -> dict[str, Any]:
        """Return where it is, whose key it shows, and how to log in."""
        return {
            "url": f"ssh://127.0.0.1:{self.port}",
            "host_key": " ".join(self.key.export_public_key().decode().split()[:2]),
            "username": USER,
            "password": self.password,
            "key": (self._folder / USER_KEY_FILE).read_text(encoding="utf-8"),
        }

    # ------------------------------------------------------------------------------------------- changed while it runs

    def set(self, **values: Any) -> None:
        """Change how it behaves: see DEFAULTS."""
        unknown = sorted(set(values) - set(DEFAULTS))
        if unknown:
            raise WorldError(f"{SLUG}: there is no {unknown[0]!r}: {', '.join(sorted(DEFAULTS))}")
        self.settings.update(copy.deepcopy(values))

    def fault(self, action: str, *, command: str = "", **how: Any) -> None:
        """Let something go wrong from now on: see `faults`."""
        try:
            self.faults.waiting.append(Fault(action, command, **how))
        except (TypeError, ValueError) as error:
            raise WorldError(str(error)) from error

    def reset(self) -> None:
        """Behave as at the start."""
        self.faults.waiting.clear()
        self.asked.clear()
        self.logins.clear()
        self.files.renames = 0
        self.set(**{**DEFAULTS, "port": self.port})

    # ------------------------------------------------------------------------------------------------------ one channel

    async def _session(self, process: asyncssh.SSHServerProcess[bytes]) -> None:
        line = process.command
        if line is None or process.subsystem:
            process.exit(1)
            return
        self.asked.append(line)
        fault = self.faults.take(line)
        if not self.settings["shell"]:
            result = Result(b"This account is currently not available.\n", "", 1)
        elif fault and fault.action == "error":
            result = Result(b"", f"{line.partition(' ')[0].rpartition('/')[2]}: {fault.text}\n", 1)
        else:
            result = self.shell.run(line)
        await self._answer(process, result, fault)

    async def _answer(self, process: asyncssh.SSHServerProcess[bytes], result: Result, fault: Fault | None) -> None:
        action = fault.action if fault else ""
        out = GARBAGE if action == "garbage" else result.out
        if action in ("half", "cut", "drop"):
            out = out[: len(out) // 2]
        if action == "silent":
            await process.channel.wait_closed()
            return
        if action == "slow" and fault:
            for at in range(0, len(out), 40):
                process.stdout.write(out[at : at + 40])
                await asyncio.sleep(fault.seconds)
        else:
            process.stdout.write(out)
        process.stderr.write(result.complaint.encode())
        if action == "drop":
            await process.stdout.drain()
            process.channel.get_connection().abort()
        elif action == "cut":
            await process.stdout.drain()
            process.close()
        else:
            process.exit(result.status)


class _Gate(asyncssh.SSHServer):
    """Lets a connection in, or not."""

    def __init__(self, firewall: Firewall) -> None:
        self._firewall = firewall
        self._connection: asyncssh.SSHServerConnection | None = None

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connection = conn
        self._firewall.connections.add(conn)
        if self._firewall.settings["refuses"]:
            conn.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._connection is not None:
            self._firewall.connections.discard(self._connection)

    def begin_auth(self, username: str) -> bool:
        self._firewall.logins.append(username)
        return True

    def password_auth_supported(self) -> bool:
        return self._firewall.settings["login"] in ("both", "password")

    def validate_password(self, username: str, password: str) -> bool:
        return username == USER and secrets.compare_digest(self._firewall.password.encode(), password.encode())

    def public_key_auth_supported(self) -> bool:
        return self._firewall.settings["login"] in ("both", "key")

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        return username == USER and key == self._firewall.user_key.convert_to_public()


def _kept_key(path: Path) -> asyncssh.SSHKey:
    """Return the key of the last time, a new one at the first."""
    if path.exists():
        return asyncssh.read_private_key(str(path))
    key = asyncssh.generate_private_key("ssh-ed25519")
    write_private(path, key.export_private_key())
    return key
