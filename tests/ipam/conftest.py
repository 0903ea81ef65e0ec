"""A network to give addresses out of, as the lab has it."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def net(db: None) -> Any:
    """Prefixes, ranges and profiles."""
    from tests.ipam.net import Net

    return Net()
