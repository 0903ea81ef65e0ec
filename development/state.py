"""What one run must tell the next: ports, processes, what was prepared; and the secrets, one file each."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .paths import Paths
from .problems import Problem

Json = dict[str, Any]


class State:
    """The state file as a dictionary that is written whenever `save()` is called, whole or not at all."""

    def __init__(self, paths: Paths) -> None:
        self.paths = paths
        self.data: Json = self._load()

    def _load(self) -> Json:
        try:
            return dict(json.loads(self.paths.state.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return {}
        except ValueError as error:
            raise Problem(f"{self.paths.state} cannot be read ({error}); `development reset` starts afresh") from error

    def reload(self) -> None:
        """Read what another command may have written."""
        self.data = self._load()

    def save(self) -> None:
        """Write the file, readable by the owner only."""
        write_private(self.paths.state, json.dumps(self.data, indent=2) + "\n")

    def section(self, name: str) -> Json:
        """Return a part of the state, made when it is not there."""
        part: Json = self.data.setdefault(name, {})
        return part

    def secret(self, name: str, given: str | None = None, size: int = 64) -> str:
        """Return a secret: the one given, else the stored one, else a new one of that size; stored with mode 0600."""
        path = self.paths.secrets / name
        if given is None and path.exists():
            return path.read_text(encoding="utf-8").strip()
        value = given or secrets.token_hex(size // 2)
        if not path.exists() or path.read_text(encoding="utf-8").strip() != value:
            write_private(path, value + "\n")
        return value


def write_private(path: Path, text: str) -> None:
    """Replace a file in one step, readable by the owner only."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as handle:
        handle.write(text)
    temporary.replace(path)


@contextlib.contextmanager
def locked(path: Path, what: str) -> Iterator[None]:
    """Hold a lock file; it frees itself when the process ends, however it ends."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            handle.seek(0)
            holder = handle.read().strip() or "another command"
            raise Problem(f"{what} is at work already: {holder}. Wait until it is done, or end it.") from error
        handle.truncate(0)
        handle.write(f"process {os.getpid()}")
        handle.flush()
        yield
        handle.truncate(0)
