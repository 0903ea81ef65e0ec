"""Each guard alone stops a plan, at its limit and not before."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from nautobot_wow.reconcile.guards import Extent, GuardLimits, objections
from nautobot_wow.records import Kind

OFF = {"delete_share": 1.0, "delete_count": 10**6, "update_share": 1.0, "small": 0}
COUNT = st.integers(0, 200)


def said(extent: Extent, **limits: float) -> list[str]:
    return objections({Kind.GUEST: extent}, GuardLimits(**{**OFF, **limits}))  # type: ignore[arg-type]


def extent(claimed: int = 100, gone: int = 0, created: int = 0, updated: int = 0) -> Extent:
    return Extent(claimed=claimed, gone=gone, created=created, updated=updated)


def test_a_plan_that_does_nothing_is_allowed() -> None:
    assert said(extent(claimed=0), delete_share=0, delete_count=0, update_share=0) == []


def test_too_large_a_share_of_deletes_is_refused() -> None:
    assert said(extent(gone=30), delete_share=0.3) == []
    assert said(extent(gone=31), delete_share=0.3) == ["31 of 100 guests would go (more than 30%)"]


def test_a_few_are_never_too_large_a_share() -> None:
    assert said(extent(claimed=4, gone=3), delete_share=0.3, small=3) == []
    assert said(extent(claimed=4, gone=4, created=0), delete_share=0.3, small=3) != []


def test_too_large_a_number_of_deletes_is_refused() -> None:
    assert said(extent(gone=5), delete_count=5) == []
    assert said(extent(gone=6), delete_count=5) == ["6 guests would go (more than 5)"]


def test_too_large_a_share_of_updates_is_refused() -> None:
    assert said(extent(updated=70), update_share=0.7) == []
    assert said(extent(updated=71), update_share=0.7) == ["71 of 100 guests would be updated (more than 70%)"]


def test_a_few_updates_are_never_too_large_a_share() -> None:
    assert said(extent(claimed=4, updated=3), update_share=0.1, small=3) == []
    assert said(extent(claimed=4, updated=4), update_share=0.1, small=3) != []


def test_new_identities_for_all_are_refused_though_the_count_is_the_same() -> None:
    assert said(extent(claimed=10, gone=10, created=10)) == [
        "all 10 guests would be replaced by 10 others (identity churn)"
    ]


def test_it_is_no_churn_while_one_stays_or_fewer_come() -> None:
    assert said(extent(claimed=10, gone=9, created=10)) == []
    assert said(extent(claimed=10, gone=10, created=9)) == []


def test_a_first_sync_is_no_churn() -> None:
    assert said(extent(claimed=0, gone=0, created=500), delete_share=0, delete_count=0, update_share=0) == []


def test_kinds_are_judged_by_themselves() -> None:
    found = objections({Kind.GUEST: extent(), Kind.GUEST_INTERFACE: extent(gone=60)}, GuardLimits())
    assert found == [
        "60 of 100 guest interfaces would go (more than 30%)",
        "60 guest interfaces would go (more than 50)",
    ]


def test_every_guard_that_objects_has_its_own_sentence() -> None:
    worst = extent(claimed=80, gone=80, created=80, updated=80)
    assert len(said(worst, delete_share=0.3, delete_count=50, update_share=0.7)) == 4


@pytest.mark.parametrize(
    "wrong",
    [{"delete_share": 1.1}, {"update_share": -0.1}, {"delete_count": -1}, {"small": -1}, {"delete_shares": 0.5}],
)
def test_limits_that_make_no_sense_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValidationError):
        GuardLimits(**wrong)  # type: ignore[arg-type]


@given(claimed=COUNT, gone=COUNT, created=COUNT, updated=COUNT, more=st.integers(1, 50))
def test_more_deletes_never_make_a_refused_plan_acceptable(
    claimed: int, gone: int, created: int, updated: int, more: int
) -> None:
    gone, worse = min(gone, claimed), min(gone + more, claimed)
    created = min(created, gone)
    if said(extent(claimed, gone, created, updated), delete_share=0.3, delete_count=50, small=3):
        assert said(extent(claimed, worse, max(created, worse), updated), delete_share=0.3, delete_count=50, small=3)


def test_a_kind_may_have_limits_of_its_own() -> None:
    limits = GuardLimits(**{**OFF, "delete_share": 0.3}, kinds={"address": {"delete_share": 0.6}})  # type: ignore[arg-type]
    half = {Kind.GUEST: extent(gone=50), Kind.ADDRESS: extent(gone=50)}
    assert objections(half, limits) == ["50 of 100 guests would go (more than 30%)"]
    with pytest.raises(ValidationError):
        GuardLimits(kinds={"address": {"delete_part": 1}})  # type: ignore[dict-item]
    with pytest.raises(ValidationError):
        GuardLimits(kinds={"unicorn": {}})  # type: ignore[dict-item]
