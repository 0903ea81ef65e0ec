"""One running lab a module, for the clients of every system; no Django anywhere here."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from development.lab.client import Lab


@pytest.fixture(scope="module")
def running_lab() -> Iterator[Lab]:
    with Lab() as lab:
        yield lab


@pytest.fixture
def lab(running_lab: Lab) -> Lab:
    """The lab as it is at its start."""
    running_lab.change("reset")
    return running_lab
