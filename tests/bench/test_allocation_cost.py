"""What giving out one address costs the database: the same for small and large networks, empty and nearly full ones.

Rows that were looked at and pages that were touched, as PostgreSQL tells them of every statement; not a clock.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction
from nautobot.extras.models import Status
from nautobot.ipam.models import IPAddress

from development.bench import crowd
from development.bench.explained import Explained, explained
from nautobot_wow.ipam.allocator import LOTS, Ask, allocate
from nautobot_wow.models import AllocationCursor

pytestmark = pytest.mark.django_db(transaction=True)

LENGTHS, FILLS = (24, 18), (0, 50, 95)
MOST_STATEMENTS, MOST_BUFFERS = 35, 400
MOST_BUFFERS_BY_LOT = 3 * 256 * 4  # three questions, 256 draws, a few index pages for each
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


@pytest.mark.parametrize("length", LENGTHS)
def test_the_first_address_of_a_network_that_is_full_from_its_beginning_costs_no_more(length: int, db: None) -> None:
    """Nothing is remembered of it yet, and its first 95 % are taken: reading from the front would read all of them."""
    found = cost(crowd.make(length, 95, crowd.PACKED), "first")
    assert found.rows <= 2 * MOST_ROWS
    assert found.buffers <= MOST_BUFFERS_BY_LOT
    assert len(found.statements) <= MOST_STATEMENTS + len(LOTS) * 3


def test_coming_to_the_end_and_beginning_anew_costs_no_more(db: None) -> None:
    profile = crowd.make(18, 95, crowd.PACKED)
    cost(profile, "the first one makes the cursor")
    cursor = AllocationCursor.objects.get()
    AllocationCursor.objects.update(next=cursor.last)
    IPAddress.objects.get_or_create(host=cursor.last, defaults={"mask_length": 18, "status": Status.objects.first()})
    found = cost(profile, "behind the end")
    assert found.rows <= 2 * MOST_ROWS
    assert found.buffers <= MOST_BUFFERS_BY_LOT


def test_what_is_explained_is_done_once(db: None) -> None:
    profile = crowd.make(24, 0)
    found = cost(profile, "one")
    assert len(crowd.given()) == 1
    assert found.dearest in found.statements
    assert found.rows == sum(statement.rows for statement in found.statements) > 0
