"""The lab's Proxmox with what a person may ask for: networks, sizes, images."""

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
def shop(db: None, world: Any, tmp_path: Path) -> Any:
    """A synced Nautobot in which guests can be asked for; see `tests.provisioning.shop`."""
    from tests.provisioning.shop import Shop

    return Shop(world, tmp_path)
