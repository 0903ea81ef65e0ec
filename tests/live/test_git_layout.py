"""The repository as Nautobot walks through it when it provides Jobs: nothing is found but the Jobs."""

from __future__ import annotations

import logging
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from nautobot.core.utils.module_loading import import_modules_privately
from nautobot.extras.registry import registry

from development.paths import REPOSITORY
from tests.live.git_server import LEFT_OUT

SLUG = "wow_walked"


@pytest.fixture
def git_root(tmp_path: Path) -> Iterator[Path]:
    """A folder of Git repositories with this one in it; what is loaded of it is forgotten afterwards."""
    shutil.copytree(REPOSITORY, tmp_path / SLUG, symlinks=True, ignore=shutil.ignore_patterns(*LEFT_OUT))
    yield tmp_path
    for known in (sys.modules, registry["jobs"]):
        for name in [name for name in known if name == SLUG or name.startswith(f"{SLUG}.")]:
            del known[name]


def test_only_the_jobs_are_registered_and_nothing_fails_to_load(
    git_root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    before = set(registry["jobs"])
    with caplog.at_level(logging.WARNING):
        import_modules_privately(str(git_root), module_path=[SLUG, "jobs"], ignore_import_errors=False)
    found = set(registry["jobs"]) - before
    assert f"{SLUG}.jobs.sync.SyncSystem" in found
    assert {name for name in found if not name.startswith(f"{SLUG}.jobs.")} == set()
    assert caplog.messages == []
