"""The lab's simulators, each a process beside Nautobot that writes where it listens into the state folder."""

from __future__ import annotations

import json
from typing import Any

from . import environment, ports
from .paths import REPOSITORY
from .processes import Service, Supervisor
from .state import State

NAME = "lab"


class Lab:
    """The lab of one state folder."""

    def __init__(self, state: State, supervisor: Supervisor) -> None:
        self.state = state
        self.supervisor = supervisor
        self.note = state.paths.lab / "proxmox.json"

    def start(self, guests: int | None = None) -> None:
        """Start it if it does not run, or runs with another number of guests."""
        known = self.state.section(NAME)
        running = self.supervisor.running(NAME)
        if running and guests in (None, known.get("guests")):
            return
        if running:
            self.supervisor.stop(running)
        if guests is not None:
            known["guests"] = guests
        known["port"] = ports.choose(known.get("port"))
        self.note.unlink(missing_ok=True)
        self.supervisor.start(self._service())

    def wait(self) -> None:
        """Wait until it has written where it listens, and does listen."""
        service = self._service()
        self.supervisor.wait(self.supervisor.known()[NAME], service.ready, service.patience_s)

    def stop(self) -> None:
        """End it."""
        self.supervisor.stop(*[running for name, running in self.supervisor.known().items() if name == NAME])

    def endpoints(self) -> dict[str, Any]:
        """Return what the simulators say about themselves, by system; empty without a lab."""
        if not self.supervisor.running(NAME):
            return {}
        try:
            notes = sorted(self.note.parent.glob("*.json")) if self.note.exists() else []
            return {
                note.stem: json.loads(note.read_text(encoding="utf-8")) for note in notes if "-kept" not in note.stem
            }
        except (OSError, ValueError):
            return {}

    def _service(self) -> Service:
        known = self.state.section(NAME)
        options = ["--guests", str(known["guests"])] if known.get("guests") else []
        return Service(
            name=NAME,
            argv=[
                environment.python(),
                "-m",
                "development.lab",
                "proxmox",
                "--state-dir",
                self.state.paths.lab,
                "--port",
                str(known["port"]),
                *options,
            ],
            environment=environment.clean_environment(PYTHONUNBUFFERED="1"),
            folder=REPOSITORY,
            ready=lambda: bool(self.endpoints()) and ports.answers(known["port"]),
        )
