"""The ledger: conflicts open, last, are answered, end and open again; and no rule takes another one down."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from constance.test import override_config
from django.contrib.auth import get_user_model
from django.db import connections
from django.utils import timezone
from nautobot.ipam.models import IPAddress

from nautobot_wow.conflicts import check as checking
from nautobot_wow.conflicts.check import check
from nautobot_wow.conflicts.registry import RULES
from nautobot_wow.errors import Busy
from nautobot_wow.models import Conflict
from tests.conflicts.estate import Estate, now_found, only, standing

pytestmark = pytest.mark.django_db


@pytest.fixture
def doubled(estate: Estate) -> IPAddress:
    """An address that two guests have."""
    estate.give(estate.apps.host(10), estate.card(estate.db, "net1"))
    return IPAddress.objects.get(host=estate.apps.host(10))


def what_happened(row: Conflict) -> list[str]:
    row.refresh_from_db()
    return [line["what"] for line in row.history]


# ------------------------------------------------------------------------------------------------------ life of a row


def test_a_conflict_is_resolved_by_itself_when_the_world_is_right(estate: Estate, doubled: IPAddress) -> None:
    row = only("two-owners")
    estate.db.interfaces.get(name="net1").delete()
    assert now_found() == {}
    row.refresh_from_db()
    assert row.state == "resolved"
    assert row.resolved_at is not None
    assert what_happened(row) == ["opened", "resolved"]


def test_a_conflict_that_comes_back_is_the_same_one(estate: Estate, doubled: IPAddress) -> None:
    row = only("two-owners")
    estate.db.interfaces.get(name="net1").delete()
    now_found()
    estate.give(estate.apps.host(10), estate.card(estate.db, "net1"))
    assert only("two-owners").pk == row.pk
    row.refresh_from_db()
    assert row.times_opened == 2
    assert row.resolved_at is None
    assert what_happened(row) == ["opened", "resolved", "opened again"]


def test_an_acknowledged_conflict_stays_so_while_nothing_changes(doubled: IPAddress) -> None:
    row = only("two-owners")
    _acknowledge(row)
    assert now_found() == {}
    row.refresh_from_db()
    assert (row.state, row.reason) == ("acknowledged", "a cluster")


def test_an_acknowledged_conflict_opens_again_when_its_evidence_changes(estate: Estate, doubled: IPAddress) -> None:
    row = only("two-owners")
    _acknowledge(row)
    estate.give(estate.apps.host(10), estate.card(estate.guest("third", estate.apps.host(12)), "net1"))
    assert only("two-owners").pk == row.pk
    row.refresh_from_db()
    assert (row.state, row.reason, row.acknowledged_by, row.times_opened) == ("open", "", None, 2)
    assert "something else" in row.history[-1]["why"]


def test_an_acknowledgement_runs_out(doubled: IPAddress) -> None:
    row = only("two-owners")
    until = timezone.now() + timedelta(days=7)
    _acknowledge(row, until=until)
    assert now_found(until - timedelta(seconds=1)) == {}
    assert list(now_found(until)) == ["two-owners"]
    row.refresh_from_db()
    assert row.acknowledged_until is None
    assert "ran out" in row.history[-1]["why"]


def test_an_acknowledgement_of_what_a_run_disputes_runs_out_too(estate: Estate) -> None:
    from tests.app import rows

    until = timezone.now() + timedelta(days=1)
    row = rows.conflict(estate.system(), state="acknowledged", acknowledged_until=until)
    check(until)
    row.refresh_from_db()
    assert row.state == "open"


def test_an_acknowledged_conflict_ends_too_when_the_world_is_right(estate: Estate, doubled: IPAddress) -> None:
    row = only("two-owners")
    _acknowledge(row)
    estate.db.interfaces.get(name="net1").delete()
    now_found()
    row.refresh_from_db()
    assert (row.state, row.reason) == ("resolved", "")


def test_the_history_is_bounded(doubled: IPAddress) -> None:
    row = only("two-owners")
    for number in range(60):
        row.remember(f"line {number}", timezone.now())
    assert len(row.history) == 50
    assert row.history[-1]["what"] == "line 59"


def test_what_runs_dispute_is_not_the_ledgers_to_end(estate: Estate) -> None:
    from tests.app import rows

    row = rows.conflict(estate.system())
    other = rows.conflict(None, "written down")
    check(timezone.now())
    for one in (row, other):
        one.refresh_from_db()
        assert one.state == "open"


def _acknowledge(row: Conflict, until: datetime | None = None) -> None:
    row.refresh_from_db()
    row.state, row.reason, row.acknowledged_until = "acknowledged", "a cluster", until
    row.acknowledged_by = get_user_model().objects.get_or_create(username="operator")[0]
    row.validated_save()


# ----------------------------------------------------------------------------------------------------------- evidence


def test_each_side_is_named_with_system_document_and_since_when(estate: Estate, doubled: IPAddress) -> None:
    claim = estate.claim(doubled, by="inventory", role="", interfaces=["lxc/1/net0"])
    claim.origin = "inventory.md:118"
    claim.save()
    sides = {side["source"]: side for side in only("two-owners").evidence}
    assert "lxc/1/net0" in sides["inventory (inventory.md:118)"]["says"]
    assert sides["inventory (inventory.md:118)"]["at"] == claim.created.isoformat()
    assert "Nautobot" in sides


def test_every_rule_says_what_it_means_and_what_to_do(doubled: IPAddress) -> None:
    for rule in RULES.values():
        assert rule.explanation.endswith("."), rule.slug
        assert rule.cure.endswith("."), rule.slug
        assert rule.action in ("", "move", "adopt", "edit", "connect"), rule.slug
        assert len(rule.slug) <= 50
    assert only("two-owners").cure == RULES["two-owners"].cure


# -------------------------------------------------------------------------------------------------------------- rules


def _broken(estate: Any) -> Any:
    raise ValueError("not today")


def test_a_rule_that_fails_is_reported_and_leaves_its_conflicts_alone(
    monkeypatch: pytest.MonkeyPatch, estate: Estate, doubled: IPAddress
) -> None:
    row = only("two-owners")
    monkeypatch.setitem(RULES, "two-owners", replace(RULES["two-owners"], find=_broken))
    estate.guest("shy")
    report = check(timezone.now())
    assert report.failed == {"two-owners": "ValueError: not today"}
    assert set(standing()) == {"two-owners", "misread-record"}
    row.refresh_from_db()
    assert row.state == "open"


def test_a_rule_that_breaks_the_transaction_does_not_break_the_others(
    monkeypatch: pytest.MonkeyPatch, doubled: IPAddress
) -> None:
    def wrong(estate: Any) -> Any:
        return list(IPAddress.objects.extra(where=["no_such_column = 1"]))

    monkeypatch.setitem(RULES, "no-gateway", replace(RULES["no-gateway"], find=wrong))
    assert set(check(timezone.now()).failed) == {"no-gateway"}
    assert list(standing()) == ["two-owners"]


def test_a_rule_can_be_switched_off_and_that_ends_its_conflicts(doubled: IPAddress) -> None:
    row = only("two-owners")
    with override_config(nautobot_wow__conflict_rules={"two-owners": "off"}):
        assert now_found() == {}
    row.refresh_from_db()
    assert row.history[-1]["why"] == "The rule was switched off"
    assert list(now_found()) == ["two-owners"]


def test_the_severity_of_a_rule_can_be_chosen(doubled: IPAddress) -> None:
    with override_config(nautobot_wow__conflict_rules={"two-owners": "info"}):
        assert only("two-owners").severity == "info"
    assert only("two-owners").severity == "critical"


def test_a_setting_that_cannot_be_used_is_said_and_left_out(doubled: IPAddress) -> None:
    with override_config(nautobot_wow__conflict_rules={"two-owners": "loud", "no-such": "off"}):
        report = check(timezone.now())
    assert [note.partition(":")[0] for note in report.notes] == ["conflict_rules"] * 2
    assert "no-such" in report.notes[0]
    assert "loud" in report.notes[1]
    assert standing() != {}


def test_more_than_there_is_room_for_are_counted_and_those_that_are_open_stay(
    monkeypatch: pytest.MonkeyPatch, estate: Estate
) -> None:
    monkeypatch.setattr(checking, "LIMIT", 2)
    for number in range(2):
        estate.guest(f"shy{number}")
    before = now_found()["misread-record"]
    for number in range(2, 7):
        estate.guest(f"shy{number}")
    found = now_found()["misread-record"]
    assert set(before) < set(found)
    assert [title for title in found if title not in before] == [f"{RULES['misread-record'].name}: and 5 more"]


@pytest.mark.django_db(transaction=True)
def test_two_checks_never_work_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    import psycopg2

    settings = connections["default"].get_connection_params()
    names = {"dbname", "host", "port", "user", "password"}
    other = psycopg2.connect(**{name: settings[name] for name in names & set(settings)})
    monkeypatch.setattr(checking, "WAIT_MS", 100)
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", checking.LOCK)
        with pytest.raises(Busy, match="another check"):
            check(timezone.now())
        other.rollback()
        assert check(timezone.now()).failed == {}
    finally:
        other.close()
