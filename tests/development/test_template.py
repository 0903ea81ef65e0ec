"""The database snapshot: when it is used, and what is (not) in it."""

from __future__ import annotations

import gzip
import re

import pytest

from development import template
from development.paths import REPOSITORY

SHIPPED = {"dcim": ["0001_initial", "0002_more"], "ipam": ["0001_initial"]}


def dumped() -> str:
    return gzip.decompress(template.SNAPSHOT.read_bytes()).decode()


def rows_of(table: str) -> list[str]:
    found = re.search(rf"^COPY public\.{table} \(.*?\) FROM stdin;\n(.*?)^\\\.$", dumped(), re.M | re.S)
    assert found, f"{table} is not in the snapshot"
    return found[1].splitlines()


def test_the_same_migrations_are_no_difference() -> None:
    assert template.difference(SHIPPED, dict(SHIPPED)) == ""


def test_a_newer_version_is_named_by_what_it_adds() -> None:
    newer = {**SHIPPED, "ipam": ["0001_initial", "0002_ranges", "0003_roles"]}
    assert template.difference(SHIPPED, newer) == "the installed versions add ipam.0002_ranges and 1 more"


def test_an_older_version_is_named_by_what_it_lacks() -> None:
    older = {**SHIPPED, "dcim": ["0001_initial"]}
    assert template.difference(SHIPPED, older) == "they lack dcim.0002_more"


def test_the_shipped_snapshot_fits_the_pinned_versions() -> None:
    assert template.why_not() == ""


def test_another_version_of_nautobot_is_not_taken_for_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    installed = template.installed_migrations()
    monkeypatch.setattr(template, "installed_migrations", lambda: {**installed, "dcim": [*installed["dcim"], "0999_x"]})
    assert "dcim.0999_x" in template.why_not()


def test_the_manifest_says_what_the_snapshot_holds() -> None:
    recorded = {tuple(row.split("\t")[1:3]) for row in rows_of("django_migrations")}
    assert recorded == {(app, name) for app, names in template.manifest()["migrations"].items() for name in names}


@pytest.mark.parametrize(
    "table", ["auth_user", "users_token", "django_session", "extras_objectchange", "extras_secret"]
)
def test_the_snapshot_holds_nothing_of_anybody(table: str) -> None:
    assert rows_of(table) == []


def test_the_snapshot_is_small_enough_to_live_in_the_repository() -> None:
    assert template.SNAPSHOT.stat().st_size < 200_000
    assert template.SNAPSHOT.is_relative_to(REPOSITORY)


def test_our_own_migrations_are_not_in_the_snapshot() -> None:
    assert "nautobot_wow" not in template.manifest()["migrations"]
    assert "nautobot_wow" not in dumped()
