"""What people install: the wheel holds the app, whole, and nothing else."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

from development.paths import REPOSITORY

MUST_HAVE = (
    "nautobot_wow/jobs/sync.py",
    "nautobot_wow/diffsync_models/__init__.py",
    "nautobot_wow/migrations/0001_initial.py",
    "nautobot_wow/systems/proxmox/__init__.py",
    "nautobot_wow/py.typed",
)
FOREIGN = ("development/", "tests/", "jobs/", "diffsync_models/", "fixtures/")
SDIST = "import setuptools.build_meta as backend, sys; backend.build_sdist(sys.argv[1])"


def shipped(folder: str) -> list[str]:
    """Return the files of a folder of the app, as the wheel names them."""
    base = REPOSITORY / "nautobot_wow" / folder
    files = [path for path in base.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    return [str(path.relative_to(REPOSITORY)) for path in files]


def contents(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_the_wheel_holds_the_app_whole(wheel: Path) -> None:
    names = contents(wheel)
    for name in (*MUST_HAVE, *shipped("templates"), *shipped("static"), *shipped("docs")):
        assert name in names


def test_the_wheel_holds_nothing_else(wheel: Path) -> None:
    assert [name for name in contents(wheel) if name.startswith(FOREIGN) or "__pycache__" in name] == []


def test_the_source_archive_builds_the_same_wheel(
    source: Path, wheel: Path, build: Callable[[Path, Path], Path], tmp_path: Path
) -> None:
    subprocess.run([sys.executable, "-c", SDIST, tmp_path], cwd=source, check=True, capture_output=True)
    with tarfile.open(next(tmp_path.glob("*.tar.gz"))) as archive:
        archive.extractall(tmp_path)  # noqa: S202 - our own archive
    unpacked = next(path for path in tmp_path.iterdir() if path.is_dir())
    again = tmp_path / "again"
    again.mkdir()
    assert contents(build(unpacked, again)) == contents(wheel)


def test_the_wheel_is_what_is_imported(ask: Callable[..., str], fresh: Path) -> None:
    where = ask("import nautobot_wow.records; print(nautobot_wow.__file__)")
    assert Path(where).is_relative_to(fresh.parent.parent)
