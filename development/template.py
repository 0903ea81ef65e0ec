"""The template database: Nautobot with nautobot-ssot, migrated, without our app. Every other database is a copy of it.

It is restored from the shipped snapshot (seconds) when the migrations of the installed versions are those that the
snapshot was made with, and migrated from nothing (minutes) otherwise. The snapshot is plain SQL, so that it works
with any PostgreSQL that Nautobot works with.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import subprocess
from collections import defaultdict
from importlib.metadata import Distribution, distributions
from typing import Any

from . import environment
from .nautobot import run_inside
from .paths import REPOSITORY, Paths
from .postgres import Postgres, program
from .problems import Problem
from .progress import say, step

FOLDER = REPOSITORY / "development" / "snapshot"
SNAPSHOT = FOLDER / "nautobot.sql.gz"
MANIFEST = FOLDER / "manifest.json"
VERSIONED = ("nautobot", "nautobot-ssot", "django")
OURS = "nautobot_wow"
MIGRATION = re.compile(r"^(?:.*/)?(?P<app>\w+)/migrations/(?P<name>\w+)\.py$")

Migrations = dict[str, list[str]]


def ensure(postgres: Postgres, paths: Paths) -> str:
    """Return the name of the template database, made first if it is not there."""
    name = f"wow_template_{digest(installed_migrations())[:12]}"
    if not postgres.exists(name):
        reason = why_not()
        if reason:
            say(f"         The database snapshot cannot be used: {reason}. Migrating from nothing takes some minutes.")
            with step("migrating an empty database", detail=lambda: _migrating(postgres, f"{name}_new")):
                migrate_from_nothing(postgres, paths, f"{name}_new")
        else:
            with step("restoring the database snapshot"):
                restore(postgres, f"{name}_new")
        postgres.sql(f'alter database "{name}_new" rename to "{name}"')
    return name


def copy(postgres: Postgres, template: str, database: str) -> None:
    """Make a database as a copy of the template."""
    postgres.sql(f'create database "{database}" template "{template}"')


def why_not() -> str:
    """Return why the shipped snapshot does not fit the installed versions, or nothing when it does."""
    if not SNAPSHOT.exists() or not MANIFEST.exists():
        return "there is none"
    shipped: Migrations = manifest()["migrations"]
    installed = installed_migrations()
    return difference(shipped, {app: names for app, names in installed.items() if app in shipped or _is_nautobots(app)})


def difference(shipped: Migrations, installed: Migrations) -> str:
    """Say in a few words how two sets of migrations differ; nothing when they do not."""
    ours = {f"{app}.{name}" for app, names in shipped.items() for name in names}
    theirs = {f"{app}.{name}" for app, names in installed.items() for name in names}
    parts = []
    if theirs - ours:
        parts.append(f"the installed versions add {_some(theirs - ours)}")
    if ours - theirs:
        parts.append(f"they lack {_some(ours - theirs)}")
    return ", ".join(parts)


def _some(names: set[str]) -> str:
    first, *rest = sorted(names)
    return f"{first} and {len(rest)} more" if rest else first


def manifest() -> dict[str, Any]:
    """Return what the shipped snapshot was made of."""
    return dict(json.loads(MANIFEST.read_text(encoding="utf-8")))


# ---------------------------------------------------------------------------------------------- what is installed
def installed_migrations() -> Migrations:
    """Return the migrations of all installed packages by app label, as their packages list them."""
    found: dict[str, set[str]] = defaultdict(set)
    for package in _packages():
        for path in package.files or ():
            match = MIGRATION.match(path.as_posix())
            if match and match["name"] != "__init__" and "/tests/" not in path.as_posix() and match["app"] != OURS:
                found[match["app"]].add(match["name"])
    return {app: sorted(names) for app, names in sorted(found.items())}


def _is_nautobots(app: str) -> bool:
    """Tell whether an app is Nautobot's or nautobot-ssot's own, so that a new one there is news."""
    for package in _packages():
        if package.metadata["Name"].lower().replace("_", "-") in ("nautobot", "nautobot-ssot"):
            pattern = re.compile(rf"^(nautobot/)?{app}/migrations/\w+\.py$")
            if any(pattern.match(path.as_posix()) for path in package.files or ()):
                return True
    return False


def _packages() -> list[Distribution]:
    return list(distributions(path=[str(environment.site_packages())]))


def installed_versions() -> dict[str, str]:
    """Return the versions of the packages that shape the database."""
    wanted = {package.metadata["Name"].lower().replace("_", "-"): package.version for package in _packages()}
    return {name: wanted[name] for name in VERSIONED if name in wanted}


def digest(migrations: Migrations) -> str:
    """Return a fingerprint of a set of migrations."""
    return hashlib.sha256(json.dumps(migrations, sort_keys=True).encode()).hexdigest()


# ------------------------------------------------------------------------------------------------ restore and migrate
def restore(postgres: Postgres, database: str) -> None:
    """Make a database of the shipped snapshot, whole or not at all."""
    postgres.drop(database)
    postgres.sql(f'create database "{database}" template template0')
    done = subprocess.run(
        [program("psql"), "-X", "-q", "-1", "-v", "ON_ERROR_STOP=1", "-o", "/dev/null", "-f", "-"],
        input=gzip.decompress(SNAPSHOT.read_bytes()),
        env=postgres.environment(database),
        capture_output=True,
        check=False,
    )
    if done.returncode:
        raise Problem(f"the database snapshot cannot be restored: {done.stderr.decode(errors='replace').strip()}")
    postgres.sql("analyze", database)


def migrate_from_nothing(postgres: Postgres, paths: Paths, database: str) -> None:
    """Make a database by running every migration of Nautobot and nautobot-ssot."""
    postgres.drop(database)
    postgres.sql(f'create database "{database}" template template0')
    run_inside(paths, "development.inside.migrate", WOW_DATABASE=database, WOW_WITHOUT_APP="1")


def _migrating(postgres: Postgres, database: str) -> str:
    try:
        return f"{postgres.sql('select count(*) from django_migrations', database)} migrations"
    except Problem:
        return ""


# ------------------------------------------------------------------------------------------------------- the snapshot
def rebuild(postgres: Postgres, paths: Paths) -> None:
    """Migrate an empty database and write it as the new snapshot."""
    database = "wow_snapshot"
    with step("migrating an empty database", detail=lambda: _migrating(postgres, database)):
        migrate_from_nothing(postgres, paths, database)
    with step("writing the snapshot"):
        write_snapshot(postgres.environment(database), _recorded(postgres, database))
    postgres.drop(database)
    say(f"{SNAPSHOT.relative_to(REPOSITORY)}: {SNAPSHOT.stat().st_size // 1024} kB")


def write_snapshot(connection: dict[str, str], migrations: Migrations) -> None:
    """Write the database that the variables name, and the manifest. The same database gives the same files."""
    dumped = subprocess.run(
        [program("pg_dump"), "--no-owner", "--no-privileges", "--format=plain", "--restrict-key=snapshot"],
        env=connection,
        capture_output=True,
        check=False,
    )
    if dumped.returncode:
        raise Problem(f"pg_dump failed: {dumped.stderr.decode(errors='replace').strip()}")
    FOLDER.mkdir(exist_ok=True)
    SNAPSHOT.write_bytes(gzip.compress(dumped.stdout, compresslevel=9, mtime=0))
    facts = {"versions": installed_versions(), "migrations": migrations}
    MANIFEST.write_text(json.dumps(facts, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def _recorded(postgres: Postgres, database: str) -> Migrations:
    """Return the migrations that a database says were applied."""
    found: dict[str, set[str]] = defaultdict(set)
    for line in postgres.sql("select app, name from django_migrations", database).splitlines():
        app, name = line.split("|")
        found[app].add(name)
    return {app: sorted(names) for app, names in sorted(found.items())}
