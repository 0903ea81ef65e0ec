"""Outputs and answers that others recorded on real systems; they lie beside the repository, and CI has them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

CAPTURES = Path(__file__).resolve().parents[2] / "shared" / "captures"


def captures_of(*parts: str) -> Path:
    """Return the folder of one system's captures; without it the test is skipped, and fails in CI."""
    folder = CAPTURES.joinpath(*parts)
    if not folder.is_dir():
        if os.environ.get("CI") == "true":
            pytest.fail("the captures are not beside the repository")
        pytest.skip("the captures are not beside the repository")
    return folder
