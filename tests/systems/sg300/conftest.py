"""The lab's switch, and recorded answers of real ones; no Django anywhere here."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from development.lab.client import Lab
from development.lab.sg300.server import Switch
from nautobot_wow.snapshot import Snapshot
from nautobot_wow.systems.connection import Connection, Secret
from nautobot_wow.systems.sg300 import SG300
from nautobot_wow.systems.sg300.options import Sg300Options

CAPTURES = Path(__file__).resolve().parents[4] / "shared" / "captures" / "cisco_sg300" / "ntc_templates"


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
