"""Ports: the remembered one while it is free, another when it is taken."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from development import ports


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as server:
        server.bind((ports.LOOPBACK, 0))
        server.listen()
        yield server.getsockname()[1]


def test_a_taken_port_is_passed_over(taken: int) -> None:
    assert not ports.is_free(taken)
    assert ports.answers(taken)
    assert ports.choose(taken) != taken


def test_the_first_free_port_of_those_wanted_is_taken(taken: int) -> None:
    free = ports.choose()
    assert ports.choose(None, taken, free) == free
