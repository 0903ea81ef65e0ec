"""The lab's RouterOS, and recorded answers of real ones; no Django anywhere here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from development.lab.client import Lab
from development.lab.routeros.server import Router
from nautobot_wow.snapshot import Snapshot
from nautobot_wow.systems.connection import Connection, Secret
from nautobot_wow.systems.routeros import ROUTEROS
from nautobot_wow.systems.routeros.options import RouterOsOptions
from tests.captures import captures_of


@pytest.fixture(scope="session")
def captures() -> Path:
    """Answers recorded by others, beside the repository; CI has them."""
    return captures_of("mikrotik_routeros", "ntc_templates")


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
