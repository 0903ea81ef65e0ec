"""The lab's firewall over a real socket; no Django anywhere here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from development.lab.client import Lab
from nautobot_wow.snapshot import Snapshot
from nautobot_wow.systems.connection import Connection, Secret
from nautobot_wow.systems.pfsense import PFSENSE, PfsenseOptions
from tests.captures import captures_of

TIMEOUT_S = 5.0


@pytest.fixture(scope="session")
def captures() -> Path:
    """Outputs recorded by others, beside the repository; CI has them."""
    return captures_of("pfsense")


@pytest.fixture
def firewall(lab: Lab) -> Any:
    """The lab's firewall: what it was asked is in `asked`."""
    return lab.side("pfsense")


@pytest.fixture
def change(lab: Lab) -> Callable[..., None]:
    """Change how the firewall behaves."""
    return lambda **values: lab.change("side", slug="pfsense", **values)


@pytest.fixture
def fault(lab: Lab) -> Callable[..., None]:
    """Let something go wrong on the firewall."""
    return lambda action, **how: lab.change("side_fault", slug="pfsense", action=action, **how)


@pytest.fixture
def read(firewall: Any) -> Callable[..., Snapshot]:
    """Read the firewall as the app does; options in place of the defaults."""
    return lambda **options: PFSENSE.read(connection_to(firewall), options_of(firewall, **options))


def connection_to(firewall: Any, **changes: Any) -> Connection:
    facts = firewall.describe()
    values: dict[str, Any] = {
        "system": "wow-pfsense",
        "url": facts["url"],
        "username": facts["username"],
        "secret": Secret(facts["password"]),
        "timeout_s": TIMEOUT_S,
    }
    return Connection(**{**values, **changes})


def options_of(firewall: Any, **options: Any) -> PfsenseOptions:
    return PfsenseOptions(**{"host_key": firewall.describe()["host_key"], **options})
