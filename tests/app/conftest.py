"""Names the tags that Nautobot's own test classes carry; pytest refuses markers that it does not know."""

from __future__ import annotations

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Register the tags."""
    for tag in ("api", "integration", "performance", "unit"):
        config.addinivalue_line("markers", f"{tag}: a tag of Nautobot's own test classes")
