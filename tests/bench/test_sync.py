"""The measurement itself, small: whole Jobs, counted on every connection; contestants that may not leave work out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from nautobot.extras.models import ObjectChange
from nautobot.virtualization.models import VirtualMachine, VMInterface

from development.bench import contestant, outcome, seed, world
from development.bench.meter import measure
from nautobot_wow.reconcile import statistics
from nautobot_wow.systems.registry import SYSTEM_KINDS

# Jobs log on a connection of their own, which sees only what was committed.
pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "job_logs"])

FEW, MANY = 5, 80


@pytest.fixture
def user() -> Any:
    user = seed.seed(MANY)
    seed.warm_up(user)
    return user


@pytest.fixture
def ours(user: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    from development.bench import ours as module

    monkeypatch.setitem(SYSTEM_KINDS, module.KIND, None)  # put back after the test
    return module.prepare(user)


def queries(sync: contestant.Sync, guests: Sequence[world.Guest]) -> int:
    return measure(lambda: sync(guests)).queries


def counts(sync: contestant.Sync, number: int) -> dict[str, int]:
    """Return the queries of each phase for an estate of that size that is in Nautobot already."""
    guests = world.guests(number)
    sync(guests)
    found = {"same": queries(sync, guests), "changed": queries(sync, world.changed(guests))}
    found["gone"] = queries(sync, world.without(world.changed(guests)))
    sync(guests)
    return found


def test_a_job_asks_as_often_for_many_guests_as_for_few(ours: contestant.Sync) -> None:
    counts(ours, 1)  # what is looked up once a process is looked up now
    assert counts(ours, FEW) == counts(ours, MANY)


LEDGER = 120
"""What checking every rule of the ledger costs after a run, once, however much there is."""
BUDGETS = {"first": 160, "same": 75, "changed": 120, "gone": 175}


def test_a_job_stays_below_the_budgets(ours: contestant.Sync) -> None:
    first = queries(ours, world.guests(FEW))
    found = {"first": first - LEDGER, **{name: number - LEDGER for name, number in counts(ours, FEW).items()}}
    assert {name: number for name, number in found.items() if number > BUDGETS[name]} == {}


def test_more_new_guests_cost_no_more_queries(ours: contestant.Sync) -> None:
    ours(world.guests(1))
    few = queries(ours, world.guests(FEW))
    assert queries(ours, world.guests(MANY)) == few


@pytest.mark.parametrize("name", contestant.CONTESTANTS)
def test_every_contestant_does_all_of_the_work(name: str, user: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SYSTEM_KINDS, "bench", None)
    sync = contestant.load(name, user)
    before: list[world.Guest] = []
    for guests in contestant.feeds(4).values():
        started = timezone.now()
        sync(guests)
        outcome.verify(before, guests, started)
        before = guests


class TestWhoLeavesWorkOutIsFoundOut:
    @pytest.fixture
    def done(self, ours: contestant.Sync) -> tuple[list[world.Guest], Any]:
        guests, started = world.guests(3), timezone.now()
        ours(guests)
        outcome.verify([], guests, started)
        return guests, started

    def test_a_wrong_value(self, done: Any) -> None:
        VirtualMachine.objects.filter(name="guest-000001").update(memory=1)
        with pytest.raises(AssertionError, match="1 guests are not as they should be, the first is guest-000001"):
            outcome.verify([], *done)

    def test_a_missing_card(self, done: Any) -> None:
        VMInterface.objects.filter(virtual_machine__name="guest-000001", name="net1").delete()
        with pytest.raises(AssertionError, match="cards are not as they should be"):
            outcome.verify([], *done)

    def test_a_missing_primary_address(self, done: Any) -> None:
        VirtualMachine.objects.filter(name="guest-000002").update(primary_ip4=None)
        with pytest.raises(AssertionError, match="guests are not"):
            outcome.verify([], *done)

    def test_a_missing_entry_of_the_change_log(self, done: Any) -> None:
        ObjectChange.objects.filter(object_repr="guest-000001").delete()
        with pytest.raises(AssertionError, match="the change log lacks"):
            outcome.verify([], *done)

    def test_an_entry_where_nothing_changed(self, done: Any) -> None:
        guests, started = done
        with pytest.raises(AssertionError, match="nothing changed, but"):
            outcome.verify(guests, guests, started)


def test_after_many_new_guests_the_planner_knows_of_them(ours: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statistics, "MANY", FEW)
    ours(world.guests(FEW))
    known = known_rows()
    assert known["virtualization_virtualmachine"] == FEW
    assert known["nautobot_wow_claim"] > 4 * FEW
    assert known["ipam_ipaddresstointerface"] > FEW


def test_after_few_new_guests_nothing_is_analysed(ours: Any) -> None:
    before = known_rows()
    ours(world.guests(FEW))
    assert known_rows() == before


def known_rows() -> dict[str, int]:
    tables = ["virtualization_virtualmachine", "nautobot_wow_claim", "ipam_ipaddresstointerface"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname, reltuples FROM pg_class WHERE relname = ANY(%s)", [tables])
        return {name: round(rows) for name, rows in cursor.fetchall()}
