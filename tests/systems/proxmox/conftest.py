"""The lab and a wire of recorded answers, for clients; no Django anywhere here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from development.lab.certificates import Certificates, certificates_in
from development.lab.client import Lab
from nautobot_wow.snapshot import Snapshot
from nautobot_wow.systems.connection import Connection, Secret
from nautobot_wow.systems.proxmox import PROXMOX, ProxmoxOptions
from tests.captures import captures_of
from tests.systems.proxmox.wire import Wire


@pytest.fixture(scope="session")
def captures() -> Path:
    """Answers recorded by others, beside the repository; CI has them."""
    return captures_of("proxmox", "go_proxmox", "pve9x")


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return certificates_in(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def wire(certificates: Certificates) -> Iterator[Callable[[dict[str, Any]], Wire]]:
    """Start a server of the given answers by path."""
    with ExitStack() as stack:
        yield lambda answers: stack.enter_context(Wire(certificates, answers).running())


@pytest.fixture
def connection(lab: Lab) -> Connection:
    return connection_to(lab)


@pytest.fixture
def read(lab: Lab) -> Callable[[], Snapshot]:
    """Read the lab as the app does."""
    return lambda: PROXMOX.read(connection_to(lab), ProxmoxOptions())


def connection_to(lab: Lab, **changes: Any) -> Connection:
    values: dict[str, Any] = {
        "system": "wow-prox1",
        "url": lab.url,
        "username": lab.token_id,
        "secret": Secret(lab.secret),
        "ca_file": lab.ca_file,
        "timeout_s": 5.0,
    }
    return Connection(**{**values, **changes})
