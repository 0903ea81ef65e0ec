"""The lab's switch, and recorded answers of real ones; no Django anywhere here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from development.lab.client import Lab
from development.lab.sg300.server import Switch
from nautobot_wow.snapshot import Snapshot
from nautobot_wow.systems.connection import Connection, Secret
from nautobot_wow.systems.sg300 import SG300
from nautobot_wow.systems.sg300.options import Sg300Options
from tests.captures import captures_of


@pytest.fixture(scope="session")
def captures() -> Path:
    """Answers recorded by others, beside the repository; CI has them."""
    return captures_of("cisco_sg300", "ntc_templates")


@pytest.fixture
def switch(lab: Lab) -> Switch:
    """The lab's switch; look at it, and change it through the lab."""
    found: Switch = lab.side("sg300")
    return found


@pytest.fixture
def read(switch: Switch) -> Callable[..., Snapshot]:
    """Read the switch as the app does; options and the connection can be changed."""

    def reading(*, options: dict[str, Any] | None = None, **changes: Any) -> Snapshot:
        return SG300.read(connection_to(switch, **changes), options_for(switch, **(options or {})))

    return reading


def connection_to(switch: Switch, **changes: Any) -> Connection:
    """Return how the switch is reached by the user who may do all."""
    facts = switch.describe()
    values: dict[str, Any] = {
        "system": "wow-sg300",
        "url": facts["url"],
        "username": facts["username"],
        "secret": Secret(facts["password"]),
        "timeout_s": 5.0,
    }
    return Connection(**{**values, **changes})


def options_for(switch: Switch, **changes: Any) -> Sg300Options:
    """Return options that know the host key."""
    return Sg300Options(**{"host_key": switch.describe()["host_key"], **changes})
