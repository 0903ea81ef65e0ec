"""The SSH server of the lab's firewall: host key, user key and password outlive a restart; one command a channel.

As on the real one, a plain user logs in with a key or a password (or only one of them, setting `login`), on a port that
is not 22, and gets tcsh. There is no file transfer, and nothing that changes anything.
"""

from __future__ import annotations

import asyncio
import secrets
from pathlib import Path
from typing import Any

import asyncssh

from development.lab.files import read_json, write_json
from development.lab.pfsense.faults import GARBAGE, Fault
from development.lab.pfsense.files import Files
from development.lab.pfsense.shell import Result, Shell
from development.lab.pfsense.view import View
from development.lab.ssh import Gate, SshServer, kept_key
from development.lab.world import World

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


class Firewall(SshServer):
    """The firewall as an SSH server on the loopback address; a `SideServer`."""

    slug = SLUG
    defaults = DEFAULTS
    fault_kind = Fault

    def __init__(self, world: World, folder: Path) -> None:
        super().__init__()
        self._folder = folder / SLUG
        self._folder.mkdir(parents=True, exist_ok=True)
        kept = read_json(self._folder / KEPT_FILE)
        self.password: str = kept.get("password") or secrets.token_urlsafe(18)
        self.secrets: dict[str, str] = kept.get("secrets") or {name: secrets.token_urlsafe(24) for name in SECRETS}
        write_json(self._folder / KEPT_FILE, {"password": self.password, "secrets": self.secrets})
        self.key = kept_key(self._folder / "host_key", "ssh-ed25519")
        self.user_key = kept_key(self._folder / USER_KEY_FILE, "ssh-ed25519")
        self.view = View(world, self.settings)
        self.files = Files(self.view, self.secrets)
        self.shell = Shell(self.view, self.files)

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

    def describe(self) -> dict[str, Any]:
        """Return where it is, whose key it shows, and how to log in."""
        return {
            "url": f"ssh://127.0.0.1:{self.port}",
            "host_key": self.host_key,
            "username": USER,
            "password": self.password,
            "key": (self._folder / USER_KEY_FILE).read_text(encoding="utf-8"),
        }

    # ------------------------------------------------------------------------------------------- changed while it runs

    def reset(self) -> None:
        """Behave as at the start."""
        super().reset()
        self.files.renames = 0
        self.settings["port"] = self.port

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


class _Gate(Gate):
    """Lets a user in, or not."""

    def begin_auth(self, username: str) -> bool:
        self._of.logins.append(username)
        return True

    def password_auth_supported(self) -> bool:
        return self._of.settings["login"] in ("both", "password")

    def validate_password(self, username: str, password: str) -> bool:
        return username == USER and secrets.compare_digest(self._of.password.encode(), password.encode())

    def public_key_auth_supported(self) -> bool:
        return self._of.settings["login"] in ("both", "key")

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        return username == USER and key == self._of.user_key.convert_to_public()
