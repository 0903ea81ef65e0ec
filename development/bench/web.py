"""A web server of its own for a measurement, as `up` starts it: two processes, on the measured database."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from .. import environment, ports
from ..nautobot import UWSGI, page
from ..paths import REPOSITORY
from ..problems import Problem

PATIENCE_S = 120.0


@contextlib.contextmanager
def serving(database: str) -> Iterator[str]:
    """Serve a database for the time of the block; yields the address."""
    with tempfile.TemporaryDirectory(prefix="wow-bench-web-") as folder:
        address = f"{ports.LOOPBACK}:{ports.choose()}"
        settings, log, tag = Path(folder) / "uwsgi.ini", Path(folder) / "web.log", f"bench-{os.getpid()}"
        settings.write_text(UWSGI.format(address=address, tag=tag), encoding="utf-8")
        with log.open("wb") as output, _server(settings, database, output.fileno()) as process:
            _wait(process, f"http://{address}", tag, log)
            yield f"http://{address}"


@contextlib.contextmanager
def _server(settings: Path, database: str, output: int) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [environment.program("nautobot-server"), "start", "--ini", settings],
        cwd=REPOSITORY,
        env={**os.environ, "WOW_DATABASE": database},
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(20)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # whatever of it is left
        process.wait()


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
