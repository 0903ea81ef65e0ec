"""Where things are: the repository, the environment, and the one folder of state."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
DEFAULT_STATE = REPOSITORY / ".wow"


def environment_folder() -> Path:
    """Return the virtual environment: WOW_VENV, or .wow/venv, whatever state folder is used."""
    return Path(os.environ.get("WOW_VENV") or DEFAULT_STATE / "venv").expanduser().absolute()


@dataclass(frozen=True)
class Paths:
    """The files of one state folder. Several can live side by side, each with services of its own."""

    root: Path

    @property
    def state(self) -> Path:
        """Ports, processes and what was prepared; readable by the owner only."""
        return self.root / "state.json"

    @property
    def lock(self) -> Path:
        """Held while a command changes something."""
        return self.root / "lock"

    @property
    def secrets(self) -> Path:
        """One file per secret, readable by the owner only."""
        return self.root / "secrets"

    @property
    def logs(self) -> Path:
        """One log per process."""
        return self.root / "logs"

    @property
    def nautobot(self) -> Path:
        """NAUTOBOT_ROOT: static files, uploads, Git repositories."""
        return self.root / "nautobot"

    @property
    def lab(self) -> Path:
        """What the simulators write: endpoints and certificates."""
        return self.root / "lab"

    @property
    def run(self) -> Path:
        """Generated configuration of the processes."""
        return self.root / "run"

    def log(self, name: str) -> Path:
        """Return the log of a process."""
        return self.logs / f"{name}.log"

    def make(self) -> None:
        """Create the folders; all but the root are closed to others."""
        self.root.mkdir(parents=True, exist_ok=True)
        for folder in (self.secrets, self.logs, self.nautobot, self.lab, self.run):
            folder.mkdir(mode=0o700, exist_ok=True)
            folder.chmod(0o700)
