"""The lab's RouterOS, and recorded answers of real ones; no Django anywhere here."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from development.lab.client import Lab
from development.lab.routeros.server import Router
from nautobot_wow.snapshot import Snapshot
from nautobot_wow.systems.connection import Connection, Secret
from nautobot_wow.systems.routeros import ROUTEROS
from nautobot_wow.systems.routeros.options import RouterOsOptions

CAPTURES = Path(__file__).resolve().parents[4] / "shared" / "captures" / "mikrotik_routeros" / "ntc_templates"


@pytest.fixture(scope="session")
def captures() -> Path:
    """Answers recorded by others, beside the repository; CI has them."""
    if not CAPTURES.is_dir():
        if os.environ.get("CI") == "true":
            pytest.fail("the captures are not beside the repository")
        pytest.skip("the captures are not beside the repository")
    return CAPTURES


@pytest.fixture(scope="module")
def running_lab() -> Iterator[Lab]:
    with Lab() as lab:
        yield lab


@pytest.fixture
def lab(running_lab: Lab) -> Lab:
    """The lab as it is at its start."""
    running_lab.change("reset")
    return running_lab


@pytest.fixture
def router(lab: Lab) -> Router:
    """The lab's switch; look at it, and change it through the lab."""
    found: Router = lab.side("routeros")
    return found


@pytest.fixture
def read(router: Router) -> Callable[..., Snapshot]:
    """Read the switch as the app does; options and the connection can be changed."""

    def reading(*, options: dict[str, Any] | None = None, **changes: Any) -> Snapshot:
        return ROUTEROS.read(connection_to(router, **changes), RouterOsOptions(**(options or {})))

    return reading


def connection_to(router: Router, **changes: Any) -> Connection:
    """Return how the switch is reached by the user who may read."""
    facts = router.describe()
    values: dict[str, Any] = {
        "system": "wow-crs317",
        "url": facts["url"],
        "username": facts["username"],
        "secret": Secret(facts["password"]),
        "ca_file": facts["ca_file"],
        "timeout_s": 5.0,
    }
    return Connection(**{**values, **changes})
