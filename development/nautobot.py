"""Nautobot as in production: uWSGI, one Celery worker, beat; and short processes that run within its environment."""

from __future__ import annotations

import hashlib
import http.client
import json
import subprocess
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from . import environment, ports
from .paths import REPOSITORY, Paths, environment_folder
from .problems import Problem
from .processes import STARTED, Service, Supervisor
from .rest import Rest
from .state import State, write_private

DATABASE = "nautobot"
PREFERRED_PORT = 8080
MARK = "X-Wow-State"  # tells one web server on this machine from another
NAMES = ("web", "worker", "beat")
SETTINGS = REPOSITORY / "development" / "nautobot_config.py"
SOURCES = ("nautobot_wow", "jobs", "diffsync_models", "development/inside", "development/nautobot_config.py")


def variables(paths: Paths, **more: str) -> dict[str, str]:
    """Return the environment of everything that runs within Nautobot."""
    return environment.clean_environment(
        NAUTOBOT_CONFIG=str(SETTINGS),
        NAUTOBOT_ROOT=str(paths.nautobot),
        WOW_STATE=str(paths.root),
        PYTHONUNBUFFERED="1",
        **more,
    )


def run_inside(paths: Paths, module: str, order: dict[str, Any] | None = None, **more: str) -> dict[str, Any]:
    """Run a module within Nautobot's environment. It reads an order and answers with one line, both JSON."""
    log = paths.log(module.rsplit(".", 1)[-1])
    with log.open("ab") as errors:
        done = subprocess.run(
            [environment.python(), "-m", module],
            input=json.dumps(order or {}).encode(),
            stdout=subprocess.PIPE,
            stderr=errors,
            cwd=REPOSITORY,
            check=False,
            env=variables(paths, **more),
        )
        errors.write(done.stdout)
    if done.returncode:
        raise Problem(f"{module} failed; the end of its log:", log)
    lines = done.stdout.decode().strip().splitlines()
    return dict(json.loads(lines[-1])) if lines else {}


def source_digest() -> str:
    """Return a fingerprint of the code that Nautobot's processes have loaded."""
    found = hashlib.sha256()
    for source in SOURCES:
        base = REPOSITORY / source
        files = [base] if base.is_file() else sorted(path for path in base.rglob("*") if path.is_file())
        for path in files:
            if "__pycache__" not in path.parts:
                found.update(str(path.relative_to(REPOSITORY)).encode() + b"\0" + path.read_bytes())
    found.update((environment_folder() / "installed").read_bytes() if _has_marker() else b"")
    return found.hexdigest()


def _has_marker() -> bool:
    return (environment_folder() / "installed").exists()


class Nautobot:
    """The three processes of one state folder."""

    def __init__(self, state: State, supervisor: Supervisor) -> None:
        self.state = state
        self.supervisor = supervisor
        self.paths = state.paths

    @property
    def url(self) -> str:
        """The address of the web pages."""
        return f"http://{ports.LOOPBACK}:{self.state.section('web')['port']}"

    @property
    def rest(self) -> Rest:
        """Its REST API, as the administrator."""
        return Rest(self.url, self.state.secret("api_token", size=40))

    def start(self, *names: str) -> None:
        """Start those of the three that do not run yet, at the same time."""
        for service in self._services():
            if service.name in names and not self.supervisor.running(service.name):
                self.supervisor.start(service)

    def wait(self, *names: str) -> None:
        """Wait until the login page answers (web), it has answered a ping (worker), or has begun (beat)."""
        for service in self._services():
            if service.name in names:
                self.supervisor.wait(self.supervisor.known()[service.name], service.ready, service.patience_s)

    def wait_for_pages(self) -> None:
        """Wait for the web server. Another may have taken its port while it was loading; then it takes a new one."""
        try:
            self.wait("web")
        except Problem:
            if "Address already in use" not in self._latest("web"):
                raise
            self.choose_port()
            self.start("web")
            self.wait("web")

    def stop(self) -> None:
        """End the three processes."""
        self.supervisor.stop(*[running for name, running in self.supervisor.known().items() if name in NAMES])

    def all_running(self) -> bool:
        """Tell whether the three processes are alive."""
        return all(self.supervisor.running(name) for name in NAMES)

    # --------------------------------------------------------------------------------------------------- the processes
    def _services(self) -> list[Service]:
        server = environment.program("nautobot-server")
        celery: dict[str, list[str | Path]] = {
            "worker": [
                server,
                "celery",
                "worker",
                "--loglevel",
                "INFO",
                "--concurrency",
                "2",
                "-n",
                f"wow-{self._tag()}@%h",
            ],
            "beat": [server, "celery", "beat", "--loglevel", "INFO", "--pidfile="],
        }
        return [
            self._service("web", [server, "start", "--ini", self._uwsgi()], self._page_answers),
            self._service("worker", celery["worker"], self._worker_answers),
            self._service("beat", celery["beat"], self._beat_runs),
        ]

    def _service(self, name: str, argv: list[str | Path], ready: Any) -> Service:
        return Service(
            name=name, argv=argv, environment=variables(self.paths), folder=REPOSITORY, ready=ready, patience_s=120
        )

    def _tag(self) -> str:
        return hashlib.sha256(str(self.paths.root).encode()).hexdigest()[:8]

    def choose_port(self, wanted: int | None = None) -> None:
        """Keep the port while the web server runs, else take the wanted, the remembered, the preferred or any."""
        if not self.supervisor.running("web"):
            known = self.state.section("web")
            known["port"] = ports.choose(wanted, known.get("port"), PREFERRED_PORT)
            self.state.save()

    def _uwsgi(self) -> Path:
        """Write the web server's settings. Without keep-alive, clients fail on the second request of a session."""
        path = self.paths.run / "uwsgi.ini"
        write_private(path, UWSGI.format(address=self.url.removeprefix("http://"), tag=self._tag()))
        return path

    def _page_answers(self) -> bool:
        """Tell whether it is our web server that answers, and well."""
        status, tag = page(f"{self.url}/login/")
        return status == 200 and tag == self._tag()

    def _worker_answers(self) -> bool:
        """Ask Nautobot to ping it, which takes a second, once the worker itself says that it is ready."""
        if " ready." not in self._latest("worker"):
            return False
        try:
            return int(self.rest.get("/api/status/")["celery-workers-running"]) > 0
        except Problem:
            return False

    def _beat_runs(self) -> bool:
        return "beat: Starting" in self._latest("beat")

    def _latest(self, name: str) -> str:
        """Return what a process has logged since its last start."""
        return self.paths.log(name).read_text(encoding="utf-8", errors="replace").rpartition(STARTED)[2]


def page(url: str) -> tuple[int, str]:
    """Return the status that a page answers with, 0 when nothing answers, and the mark of the server."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=30) as answer:
            return int(answer.status), str(answer.headers.get(MARK, ""))
    except urllib.error.HTTPError as error:
        return error.code, str(error.headers.get(MARK, ""))
    except (OSError, http.client.HTTPException):
        return 0, ""


UWSGI = """\
[uwsgi]
http = {address}
http-keepalive = 1
http-timeout = 300
so-keepalive = true
buffer-size = 65535
master = true
processes = 2
enable-threads = true
die-on-term = true
need-app = true
vacuum = true
harakiri = 300
listen = 100
disable-logging = true
log-5xx = true
py-call-uwsgi-fork-hooks = true
skip-atexit-teardown = true
add-header = X-Wow-State: {tag}
"""
