"""A seeded Nautobot and the lab's Proxmox: read over real sockets, reconcile, look at the result."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def world(lab_proxmox: Any) -> Iterator[Any]:
    """The lab as its estate file describes it; put back afterwards."""
    lab_proxmox.change("reset")
    yield lab_proxmox
    lab_proxmox.change("reset")


@pytest.fixture
def estate(db: None, world: Any, tmp_path: Path) -> Any:
    """Nautobot with places, networks, credentials and the System of the lab; see `tests.sync.estate`."""
    from tests.sync.estate import Estate

    return Estate(world, tmp_path)
