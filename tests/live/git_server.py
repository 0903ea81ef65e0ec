"""Git repositories over plain HTTP on the loopback address, made of folders as they lie there now."""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

BRANCH = "main"
LEFT_OUT = (".git", ".wow", "__pycache__", "*.egg-info", ".*_cache", "build", "dist")
NOBODY = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    **{f"GIT_{who}_{what}": "lab@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
}


class GitServer:
    """Serves whatever was published; the dumb protocol needs files and nothing else."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        handler = functools.partial(Handler, directory=str(folder))
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)

    def publish(self, source: Path, name: str) -> str:
        """Commit what is in a folder, uncommitted changes included, and return the address of the repository."""
        work, bare = self.folder / f"{name}.work", self.folder / f"{name}.git"
        shutil.copytree(source, work, symlinks=True, ignore=shutil.ignore_patterns(*LEFT_OUT))
        git(work, "init", "-q", "-b", BRANCH)
        git(work, "add", "--all")
        git(work, "commit", "-q", "-m", "As it is")
        git(self.folder, "clone", "-q", "--bare", str(work), str(bare))
        git(bare, "update-server-info")
        return f"http://127.0.0.1:{self._server.server_address[1]}/{bare.name}"

    @contextlib.contextmanager
    def running(self) -> Iterator[GitServer]:
        thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            thread.join()


class Handler(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def git(folder: Path, *arguments: str) -> str:
    """Run git without anybody's configuration."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    done = subprocess.run(
        ["git", *arguments], cwd=folder, env={**environment, **NOBODY}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
