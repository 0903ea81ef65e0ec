"""What the tests of the ledger stand on."""

from __future__ import annotations

import zlib
from typing import Any

import pytest


@pytest.fixture
def estate(db: None, request: pytest.FixtureRequest) -> Any:
    """A consistent data centre with other names, addresses and VLANs for each test, and the same ones each time."""
    from tests.conflicts.estate import Estate

    return Estate(zlib.crc32(request.node.name.encode()))
