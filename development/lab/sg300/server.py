"""The SSH server of the lab's SG300: keys and passwords that outlive a restart, two ways to log in, old algorithms.

    password   SSH password authentication (`ip ssh password-auth` is configured)
    shell      SSH authentication "none"; the switch asks User Name and Password itself

No key logs in: the firmware refuses them. There are few sessions: one too many is turned away.
"""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

import asyncssh

from development.lab.files import read_json, write_json
from development.lab.sg300.faults import Fault
from development.lab.sg300.shell import Gone, Shell, Terminal
from development.lab.sg300.show import Show
from development.lab.ssh import Gate, SshServer, kept_key
from development.lab.world import World

SLUG = "sg300"
BOX = "cisco-sg300-28"
ADMIN, READER = "nautobot", "viewer"
PRIVILEGES = {ADMIN: 15, READER: 1}
# What firmware 1.4 has to offer; there is nothing newer on the box.
OLD = {
    "kex_algs": ["diffie-hellman-group14-sha1", "diffie-hellman-group-exchange-sha1", "diffie-hellman-group1-sha1"],
    "encryption_algs": ["aes128-cbc", "aes192-cbc", "aes256-cbc", "3des-cbc"],
    "mac_algs": ["hmac-sha1"],
}
SESSIONS = 5
IDLE_S = 600.0
KEPT_FILE = "kept.json"
DEFAULTS: dict[str, Any] = {
    "login": "password", "expired": False, "refuses": False, "layout": "tags", "image": "1.x", "no_commands": (),
    "idle_s": IDLE_S, "sessions": SESSIONS,
}  # fmt: skip


class Switch(SshServer):
    """The switch as an SSH server on the loopback address; a `SideServer`."""

    slug = SLUG
    defaults = DEFAULTS
    fault_kind = Fault

    def __init__(self, world: World, folder: Path) -> None:
        super().__init__()
        self._folder = folder / SLUG
        self._folder.mkdir(parents=True, exist_ok=True)
        kept = read_json(self._folder / KEPT_FILE)
        self.passwords: dict[str, str] = kept.get("passwords") or {
            user: secrets.token_urlsafe(18) for user in PRIVILEGES
        }
        self.enable_password: str = kept.get("enable_password") or secrets.token_urlsafe(18)
        write_json(self._folder / KEPT_FILE, {"passwords": self.passwords, "enable_password": self.enable_password})
        self.key = kept_key(self._folder / "host_key", "ssh-rsa", key_size=2048)
        self.show = Show(world, BOX)

    async def start(self) -> None:
        """Listen; `port` is the real one from here on."""
        pair = asyncssh.load_keypairs([self.key])[0]
        pair.host_key_algorithms = [b"ssh-rsa"]  # no SHA-2 on the box
        self._server = await asyncssh.create_server(
            lambda: _Gate(self),
            "127.0.0.1",
            self.port,
            server_host_keys=[pair],
            process_factory=self._session,
            encoding="utf-8",
            line_editor=False,
            allow_scp=False,
            server_version="SSHServer",
            compression_algs=None,
            login_timeout=30,
            **OLD,
        )
        self.port = self._server.get_port()

    def describe(self) -> dict[str, Any]:
        """Return where it is, whose key it shows, and how to log in: as one who may do all, and as one who may look."""
        return {
            "url": f"ssh://127.0.0.1:{self.port}",
            "host_key": self.host_key,
            "username": ADMIN,
            "password": self.passwords[ADMIN],
            "reader": READER,
            "reader_password": self.passwords[READER],
        }

    # -------------------------------------------------------------------------------------------- changed while it runs

    def set(self, **values: Any) -> None:
        """Change how it behaves: see DEFAULTS."""
        super().set(**values)
        self.show.layout = self.settings["layout"]
        self.show.image = self.settings["image"]
        self.show.no_commands = set(self.settings["no_commands"])

    # --------------------------------------------------------------------------------------------------- who may log in

    @property
    def expired(self) -> bool:
        """Whether the password is too old."""
        return bool(self.settings["expired"])

    def admits(self, user: str, password: str) -> bool:
        """Tell whether this is the password of the user."""
        self.logins.append(user)
        return secrets.compare_digest(self.passwords.get(user, "\0").encode(), password.encode())

    def enables(self, password: str) -> bool:
        """Tell whether this is the password for privilege 15."""
        return secrets.compare_digest(self.enable_password.encode(), password.encode())

    def turns_away(self) -> bool:
        """Tell whether there is no session left, or nobody is let in."""
        return len(self.connections) > self.settings["sessions"] or super().turns_away()

    def privilege_of(self, user: str) -> int:
        """Return what a user may."""
        return PRIVILEGES.get(user, 1)

    async def _session(self, process: asyncssh.SSHServerProcess[str]) -> None:
        connection = process.channel.get_connection()
        user = str(process.get_extra_info("username"))
        terminal = Terminal(process, self.settings["idle_s"])
        try:
            await Shell(self, terminal, user, self.settings["login"] == "shell").run()
        except Gone:
            pass
        finally:
            connection.close()


class _Gate(Gate):
    """Lets a user in, or not."""

    def begin_auth(self, username: str) -> bool:
        return bool(self._of.settings["login"] == "password")

    def password_auth_supported(self) -> bool:
        return True

    def public_key_auth_supported(self) -> bool:
        return False

    def validate_password(self, username: str, password: str) -> bool:
        return self._of.admits(username, password)
