"""Every tier of the tests: pure ones run anywhere, the others where `python3 -m development test` has set Nautobot up.

pure        no Django at all; `--fast`, or plain pytest in the environment
database    `django_db`: a copy of the template database with our migrations on top
live        `live`: a whole Nautobot with web server, worker and lab, started once
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

WITH_NAUTOBOT = "NAUTOBOT_CONFIG" in os.environ
NEEDS_NAUTOBOT = re.compile(
    r"^\s*(?:from|import)\s+(?:django|nautobot|nautobot_ssot|rest_framework)[.\s]|\bdjango_db\b|\blive_stack\b", re.M
)

if WITH_NAUTOBOT:
    import nautobot

    nautobot.setup()
    pytest_plugins = ["tests.database"]


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out modules that need Nautobot where it is not set up; they cannot even be imported."""
    if WITH_NAUTOBOT or collection_path.suffix != ".py" or collection_path.name == "conftest.py":
        return None
    if NEEDS_NAUTOBOT.search(collection_path.read_text(encoding="utf-8")):
        config.stash.setdefault(LEFT_OUT, []).append(collection_path)
        return True
    return None


LEFT_OUT = pytest.StashKey[list[Path]]()


def pytest_collection_finish(session: pytest.Session) -> None:
    """Let pytest-django see that there are no settings: importing Nautobot names some that do not exist here."""
    if not WITH_NAUTOBOT:
        os.environ.pop("DJANGO_SETTINGS_MODULE", None)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Say what was left out, so that nobody takes a part for the whole."""
    left_out = config.stash.get(LEFT_OUT, [])
    if left_out:
        terminalreporter.write_line(
            f"{len(left_out)} modules need Nautobot and were left out (python3 -m development test)"
        )


@pytest.hookimpl(tryfirst=True)  # before the workers look for groups
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Run the live tests last; with several workers first, because they wait more than they work.

    What shares fixtures goes to one worker: all live tests, else each file.
    """
    parallel = "PYTEST_XDIST_WORKER" in os.environ
    items.sort(key=lambda item: (item.get_closest_marker("live") is not None) is not parallel)
    for item in items if parallel else ():
        group = "live" if item.get_closest_marker("live") else item.nodeid.partition("::")[0]
        item.add_marker(pytest.mark.xdist_group(group))


@pytest.fixture(scope="session")
def lab_proxmox() -> Iterator[Any]:
    """The lab's Proxmox over real sockets; tests that change its world put it back with `change("reset")`."""
    from development.lab.client import Lab

    with Lab() as lab:
        yield lab


@pytest.fixture(scope="session")
def live_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A second, private Nautobot with worker and lab, started as a user would, ended after the last test."""
    from tests.live_stack import LiveStack

    stack = LiveStack(tmp_path_factory.mktemp("live"))
    try:
        stack.up()
        yield stack
    finally:
        stack.down()
