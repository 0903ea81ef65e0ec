"""What the tests of the wires stand on."""

from __future__ import annotations

from tests.app.conftest import person  # noqa: F401
