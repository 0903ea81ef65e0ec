"""The tier that needs no database runs by itself."""

from __future__ import annotations

import subprocess
import sys

from development import environment
from development.paths import REPOSITORY


def test_the_fast_tier_runs_without_any_service() -> None:
    """Importing Nautobot names settings that do not exist there; pytest-django must not look for them."""
    done = subprocess.run(
        [sys.executable, "-m", "development", "test", "--fast", "-q", "tests/systems/proxmox/test_strings.py"],
        cwd=REPOSITORY,
        env=environment.clean_environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "passed" in done.stdout
