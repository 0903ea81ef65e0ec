"""A Nautobot of its own for tests: `python3 -m development up` with another state folder."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from development.paths import REPOSITORY
from development.rest import Rest

UP_S = 600


class LiveStack:
    """A running stack: what `up` said, and what `status --json` says."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.said = ""

    def command(self, *arguments: str, timeout_s: float = UP_S) -> subprocess.CompletedProcess[str]:
        """Run a command of the launcher on this state folder."""
        return subprocess.run(
            [sys.executable, "-m", "development", *arguments, "--state", str(self.folder)],
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            check=False,
            timeout=timeout_s,
        )

    def up(self, *arguments: str) -> None:
        """Start everything and run the main job; fails with what it said."""
        done = self.command("up", *arguments)
        self.said = done.stdout
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"

    def down(self) -> None:
        """End everything and delete it, also what lies outside of the folder when root runs the tests."""
        self.command("reset", timeout_s=120)

    @property
    def facts(self) -> dict[str, Any]:
        """What `status --json` says now."""
        return dict(json.loads(self.command("status", "--json").stdout))

    @property
    def password(self) -> str:
        """The administrator's password, which `up` said once."""
        found = re.search(r"log in as \S+ / (\S+)", self.said)
        assert found, self.said
        return found[1]

    @property
    def rest(self) -> Rest:
        """Nautobot's REST API as the administrator."""
        facts = self.facts
        return Rest(facts["url"], facts["api_token"])
