"""The wheel, built of a clean copy of the repository, and an environment that has it installed."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from collections.abc import Callable
from pathlib import Path

import pytest

from development.paths import REPOSITORY

NEEDED = ("pyproject.toml", "README.md", "LICENSE", "MANIFEST.in", "nautobot_wow", "jobs", "diffsync_models", "docs")
Ask = Callable[..., str]
Build = Callable[[Path, Path], Path]


@pytest.fixture(scope="session")
def build() -> Build:
    """Build a wheel as pip does, with the tools that are installed."""

    def build(source: Path, target: Path) -> Path:
        command = [
            sys.executable,
            "-m",
            "pip",
            "wheel",
            "-q",
            "--no-deps",
            "--no-build-isolation",
            "-w",
            target,
            source,
        ]
        done = subprocess.run(command, capture_output=True, text=True, cwd=target, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return next(target.glob("*.whl"))

    return build


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clean copy of the repository: building leaves traces, and traces of earlier builds must not help."""
    target = tmp_path_factory.mktemp("source") / "repository"
    target.mkdir()
    for name in NEEDED:
        if (REPOSITORY / name).exists():
            subprocess.run(["cp", "-a", REPOSITORY / name, target / name], check=True)
    return target


@pytest.fixture(scope="session")
def wheel(source: Path, build: Build, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(source, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="session")
def fresh(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of a new environment with the wheel in it. What the wheel depends on is borrowed, the app is not.

    The borrowed folder is a plain path at the end: .pth files in it, and so editable installations, are not read.
    """
    folder = tmp_path_factory.mktemp("fresh")
    venv.create(folder, with_pip=True, symlinks=True)
    python = folder / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "-q", "--no-deps", "--no-index", wheel], check=True)
    own = next(folder.glob("lib/python3.*/site-packages"))
    (own / "borrowed.pth").write_text(f"{Path(pytest.__file__).parent.parent}\n")
    return python


@pytest.fixture(scope="session")
def ask(fresh: Path) -> Ask:
    """Run some code in the new environment, far from the repository, and return what it prints."""

    def ask(code: str, *arguments: str, **variables: str) -> str:
        theirs = {
            name: value for name, value in os.environ.items() if not name.startswith(("NAUTOBOT_", "WOW_", "DJANGO_"))
        }
        done = subprocess.run(
            [fresh, "-c", code, *arguments],
            cwd=fresh.parent,
            env={**theirs, **variables},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.strip()

    return ask
