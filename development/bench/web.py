"""A web server of its own for a measurement, as `up` starts it: two processes, on the measured database."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from .. import environment, interrupts, ports
from ..nautobot import UWSGI, page
from ..paths import REPOSITORY
from ..problems import Problem

PATIENCE_S = 120.0


class Server:
    """Serves the database that the environment names for the time of the block."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="wow-bench-web-")
        self.address = f"{ports.LOOPBACK}:{ports.choose()}"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{self.address}"

    @property
    def is_running(self) -> bool:
        """Tell whether it has been started and not ended."""
        return self._process is not None and self._process.poll() is None

    def __enter__(self) -> Server:
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._folder.cleanup()

    def start(self) -> None:
        """Start it, and wait until it answers."""
        folder, tag = Path(self._folder.name), f"bench-{os.getpid()}"
        settings, log = folder / "uwsgi.ini", folder / "web.log"
        settings.write_text(UWSGI.format(address=self.address, tag=tag), encoding="utf-8")
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [environment.program("nautobot-server"), "start", "--ini", settings],
                cwd=REPOSITORY,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        _wait(self._process, self.url, tag, log)

    def stop(self) -> None:
        """End it at once, whatever it is at: nobody waits for that any more."""
        if self._process is not None:
            with interrupts.deferred(), contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()


def _wait(process: subprocess.Popen[bytes], url: str, tag: str, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while process.poll() is None and time.monotonic() < deadline:
        status, mark = page(f"{url}/api/")
        if mark == tag and status < 500:
            return
        time.sleep(0.2)
    kept = Path(tempfile.gettempdir()) / "wow-bench-web.log"
    kept.write_bytes(log.read_bytes())
    raise Problem("The web server of the measurement did not answer; the end of its log:", kept)
