"""The live tests share one Nautobot, also where several workers run them."""

from __future__ import annotations

import pytest


def test_several_workers_keep_together_what_shares_fixtures(request: pytest.FixtureRequest) -> None:
    grouped = request.config.getvalue("loadgroup") if hasattr(request.config, "workerinput") else False
    assert ("@" in request.node.nodeid) is grouped
