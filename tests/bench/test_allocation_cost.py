"""What giving out one address costs the database: the same for small and large networks, empty and nearly full ones.

Rows that were looked at and pages that were touched, as PostgreSQL tells them of every statement; not a clock.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction

from development.bench import crowd
from development.bench.explained import Explained, explained
from nautobot_wow.ipam.allocator import Ask, allocate

pytestmark = pytest.mark.django_db(transaction=True)

LENGTHS, FILLS = (24, 18), (0, 50, 95)
MOST_STATEMENTS, MOST_BUFFERS = 35, 400
MOST_ROWS = 8 * crowd.hosts_of(24)  # PostgreSQL reads a small table whole, several times; a large one it must not


def cost(profile: Any, key: str) -> Explained:
    """Give out an address for that key; return what it cost."""
    with transaction.atomic(), explained() as found:
        allocate(Ask(profile=profile, key=key))
    return found


@pytest.mark.parametrize("layout", [crowd.PACKED, crowd.SPREAD])
def test_an_address_costs_the_same_however_large_and_full_the_network_is(layout: str) -> None:
    costs = []
    for length in LENGTHS:
        for fill in FILLS:
            profile = crowd.make(length, fill, layout)
            cost(profile, "the first one finds where to begin")
            costs.append(cost(profile, "the second"))
    assert max(len(found.statements) for found in costs) <= MOST_STATEMENTS
    assert max(found.rows for found in costs) <= MOST_ROWS
    assert max(found.buffers for found in costs) <= MOST_BUFFERS, max(costs, key=lambda one: one.buffers).dearest
    assert max(found.buffers for found in costs) <= 4 * min(found.buffers for found in costs)


def test_a_network_that_was_full_from_its_beginning_is_read_once(db: None) -> None:
    profile = crowd.make(20, 95, crowd.PACKED)
    first, second = cost(profile, "first"), cost(profile, "second")
    assert first.rows > 0.95 * crowd.hosts_of(20)
    assert second.rows < 0.1 * first.rows


def test_what_is_explained_is_done_once(db: None) -> None:
    profile = crowd.make(24, 0)
    found = cost(profile, "one")
    assert len(crowd.given()) == 1
    assert found.dearest in found.statements
    assert found.rows == sum(statement.rows for statement in found.statements) > 0
