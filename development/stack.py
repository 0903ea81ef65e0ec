"""All services of one state folder, in the order in which they need each other."""

from __future__ import annotations

import os
import shutil
import time
from dataclasses import dataclass
from typing import Any

from . import interrupts, template
from .lab_process import Lab
from .nautobot import DATABASE, Nautobot, run_inside, source_digest
from .paths import Paths, environment_folder
from .postgres import Postgres
from .problems import Problem
from .processes import Supervisor
from .progress import step
from .state import State
from .valkey import Valkey

ADMIN = "admin"
SERVICES = ("postgres", "valkey")  # what the others need until they have ended


LAB_SECRETS = {
    "proxmox": ("token_id", "token_secret", "automation_token_id", "automation_token_secret"),
    "pfsense": ("username", "key"),
    "routeros": ("username", "password"),
    "sg300": ("username", "password"),
}
"""What each server of the lab lets people log in with, by its name in the lab's notes."""


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What the person who says `up` may choose."""

    lab: bool = True
    guests: int | None = None
    port: int | None = None
    admin_password: str | None = None
    api_token: str | None = None


class Stack:
    """PostgreSQL, Valkey, the lab and Nautobot of one state folder."""

    def __init__(self, paths: Paths) -> None:
        paths.make()
        self.paths = paths
        self.state = State(paths)
        self.supervisor = Supervisor(self.state)
        self.postgres = Postgres(self.state, self.supervisor)
        self.valkey = Valkey(self.state, self.supervisor)
        self.lab = Lab(self.state, self.supervisor)
        self.nautobot = Nautobot(self.state, self.supervisor)

    def up(self, wishes: Wishes) -> str | None:
        """Start everything that does not run, and wait until it answers. Returns a password that was made now.

        If it fails or is interrupted, everything that was started here is ended again.
        """
        try:
            return self._up(wishes)
        except BaseException:
            with interrupts.deferred():
                self.supervisor.stop(*[running for running in self.supervisor.started if running.name not in SERVICES])
                self.supervisor.stop(*self.supervisor.started)
            raise

    def _up(self, wishes: Wishes) -> str | None:
        self.start_services()
        if wishes.lab:
            self.lab.start(wishes.guests)
        else:
            self.lab.stop()
        self._make_database()
        if self._outdated():
            self.nautobot.stop()
        self.nautobot.choose_port(wishes.port)
        self.nautobot.start("web")  # it takes seconds to load, and is asked for nothing before the next step is done
        password = self._prepare(wishes)
        self.nautobot.start("worker", "beat")
        with step("the web pages answer", quiet_below_s=1):
            self.nautobot.wait_for_pages()
        with step("the worker answers, beat runs", quiet_below_s=1):
            self.nautobot.wait("worker", "beat")
        return password

    def start_services(self) -> None:
        """Start PostgreSQL and Valkey. Nautobot's processes that knew earlier ones are ended."""
        with step("PostgreSQL and Valkey", quiet_below_s=1):
            before = len(self.supervisor.started)
            self.postgres.start()
            self.valkey.start()
            self.state.secret("secret_key")
        if len(self.supervisor.started) > before:
            self.nautobot.stop()

    def _make_database(self) -> None:
        if not self.postgres.exists(DATABASE):
            template.copy(self.postgres, template.ensure(self.postgres, self.paths), DATABASE)
            self.state.section("databases").clear()

    def _outdated(self) -> bool:
        """Tell whether the code is another than the one that the database was prepared with."""
        return self.state.section("databases").get("prepared") != source_digest()

    def _prepare(self, wishes: Wishes) -> str | None:
        """Bring the database up to date with the code; returns a password that was made now."""
        migrate, digest = self._outdated(), source_digest()
        password = self._password(wishes)
        if wishes.lab:
            self.lab.wait()
        what = "migrations, static files, administrator" if migrate else "administrator"
        with step(f"{what}, the lab's places and networks" if wishes.lab else what, quiet_below_s=1):
            run_inside(self.paths, "development.inside.prepare", self._order(wishes, password, migrate))
        self.state.section("databases").update(prepared=digest, admin=ADMIN)
        self.state.save()
        return password

    def _password(self, wishes: Wishes) -> str | None:
        """Return the password to set: the one given, a new one at the first start, else none. It is not stored."""
        given = wishes.admin_password or os.environ.get("WOW_ADMIN_PASSWORD")
        if given or self.state.section("databases").get("admin"):
            return given or None
        import secrets

        return secrets.token_urlsafe(12)

    def _order(self, wishes: Wishes, password: str | None, migrate: bool) -> dict[str, Any]:
        given = wishes.api_token or os.environ.get("WOW_API_TOKEN") or None
        if given and (len(given) != 40 or not given.isalnum()):
            raise Problem("An API token of Nautobot has 40 letters and digits.")
        token = self.state.secret("api_token", given, size=40)
        endpoints: dict[str, Any] = self.lab.endpoints() if wishes.lab else {}
        if endpoints:
            for slug, names in LAB_SECRETS.items():
                for name in names if slug in endpoints else ():
                    self.state.secret(f"{slug}_{name}", endpoints[slug][name])
            endpoints["secrets"] = str(self.paths.secrets)
        return {"admin": ADMIN, "password": password, "token": token, "migrate": migrate, "lab": endpoints}

    def down(self) -> list[str]:
        """End everything; returns the names of what was alive."""
        with interrupts.deferred():
            return self.supervisor.stop_all(last=SERVICES)

    def watch(self) -> None:
        """Stay until a process ends by itself (a Problem) or another command ends them all."""
        watched = list(self.supervisor.known().values())  # also one that has died since it was started
        while True:
            time.sleep(1)
            for running in watched:
                if not running.alive():
                    time.sleep(1)  # `down` ends one after the other
                    self.state.reload()
                    if running.name not in self.state.section("processes"):
                        return
                    raise Problem(f"{running.name} has ended by itself; the end of its log:", running.log)

    def reset(self) -> None:
        """Delete everything but the virtual environment and the log of its installation."""
        self.down()
        self.postgres.remove()
        for path in (self.paths.secrets, self.paths.nautobot, self.paths.lab, self.paths.run):
            shutil.rmtree(path, ignore_errors=True)
        for path in self.paths.logs.glob("*.log"):
            if path.name != "install.log":
                path.unlink()
        self.paths.state.unlink(missing_ok=True)

    def facts(self) -> dict[str, Any]:
        """Return all that a script may want to know. It holds secrets."""
        processes = {
            name: {"pid": running.pid, "alive": running.alive(), "log": str(running.log)}
            for name, running in self.supervisor.known().items()
        }
        running = bool(processes) and all(row["alive"] for row in processes.values())
        facts: dict[str, Any] = {
            "running": running,
            "state": str(self.paths.root),
            "environment": str(environment_folder()),
            "processes": processes,
        }
        if "web" in processes:
            facts |= {
                "url": self.nautobot.url,
                "admin": {"user": ADMIN},
                "api_token": self.state.secret("api_token", size=40),
                "database": {
                    "host": "127.0.0.1",
                    "port": self.postgres.port,
                    "name": DATABASE,
                    "user": "nautobot",
                    "password": self.postgres.password,
                },
                "redis_url": self.valkey.url(),
                "lab": self.lab.endpoints(),
                "versions": template.installed_versions(),
            }
        return facts
