"""Nothing is found where nothing is wrong, and looking costs the same however much there is."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from nautobot_wow.conflicts.check import check
from nautobot_wow.conflicts.registry import RULES
from tests.conflicts.estate import Estate, now_found
from tests.reconcile.site import rows_written

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("seed", range(5))
def test_a_consistent_world_has_no_conflict(db: None, seed: int) -> None:
    Estate(seed)
    assert now_found() == {}


def test_an_empty_nautobot_has_no_conflict() -> None:
    assert now_found() == {}


def test_every_rule_was_asked(estate: Estate) -> None:
    report = check(timezone.now())
    assert report.standing == dict.fromkeys(RULES, 0)


def test_the_number_of_questions_does_not_depend_on_how_many_are_wrong(db: None) -> None:
    estate = Estate(1)

    def break_things(numbers: range) -> None:
        for number in numbers:
            guest = estate.guest(f"broken{number}", estate.apps.host(DHCP + number), profile="nowhere")
            estate.give(estate.apps.host(DHCP + number), estate.card(estate.db, f"net{number}"))
            estate.guest(f"strayed{number}", estate.mgmt.host(100 + number), profile="apps")
            estate.seen(estate.apps.host(200 + number))
            estate.claim(guest, kind="guest", name=guest.name)

    break_things(range(1, 3))
    few = _questions()
    break_things(range(3, 9))
    many = _questions()
    assert len(many) == len(few)
    assert len(many) < 110


DHCP = 40


def _questions() -> list[str]:
    from nautobot_wow.models import Conflict

    Conflict.objects.all().delete()
    with CaptureQueriesContext(connection) as captured:
        assert check(timezone.now()).failed == {}
    return [query["sql"] for query in captured.captured_queries if "SAVEPOINT" not in query["sql"]]


def test_a_second_check_writes_nothing(estate: Estate) -> None:
    estate.give(estate.apps.host(10), estate.card(estate.db, "net1"))
    estate.guest("nobody", profile="nowhere")
    estate.seen(estate.apps.host(99))
    assert len(now_found()) > 2
    with rows_written() as written:
        now_found()
    assert written == {}
