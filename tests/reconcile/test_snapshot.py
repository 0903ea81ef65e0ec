"""What a snapshot covers: silence is not absence."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nautobot_wow.snapshot import Snapshot, ancestry

PART = st.sampled_from(["a", "b", "c"])
SCOPE = st.lists(PART, min_size=1, max_size=4).map("/".join)
SCOPES = st.frozensets(SCOPE, max_size=4)


def seen(*observed: str, unseen: str = "") -> Snapshot:
    return Snapshot(records=(), observed=frozenset(observed), unseen={unseen: "why"} if unseen else {})


def test_a_scope_and_all_that_contains_it() -> None:
    assert ancestry("a/b/c") == ("a/b/c", "a/b", "a")
    assert ancestry("a") == ("a",)


def test_what_was_observed_covers_all_below_it() -> None:
    assert seen("guests").covers(["guests"])
    assert seen("guests").covers(["guests/lxc/210/addresses"])


@pytest.mark.parametrize("scope", ["nodes", "guest", "guestsx", "a/guests"])
def test_what_was_not_looked_at_is_not_covered(scope: str) -> None:
    assert not seen("guests").covers([scope])


def test_a_part_does_not_cover_the_whole() -> None:
    assert not seen("guests/lxc/210").covers(["guests"])


def test_an_unseen_part_is_not_covered_and_neither_is_what_is_below_it() -> None:
    snapshot = seen("guests", unseen="guests/lxc/210")
    assert not snapshot.covers(["guests/lxc/210"])
    assert not snapshot.covers(["guests/lxc/210/addresses"])
    assert snapshot.covers(["guests/lxc/2100"])
    assert snapshot.covers(["guests"])


def test_unseen_above_wins_over_observed_below() -> None:
    assert not seen("guests/lxc/210", unseen="guests").covers(["guests/lxc/210"])


def test_an_object_without_a_scope_is_never_missing() -> None:
    assert not seen("guests").covers([])


def test_all_scopes_of_an_object_must_have_been_seen() -> None:
    assert seen("guests", "nodes").covers(["guests", "nodes"])
    assert not seen("guests").covers(["guests", "nodes"])


@given(observed=SCOPES, unseen=SCOPES, scopes=SCOPES, more=SCOPES)
def test_to_look_at_more_never_covers_less(
    observed: frozenset[str], unseen: frozenset[str], scopes: frozenset[str], more: frozenset[str]
) -> None:
    less = Snapshot(records=(), observed=observed, unseen=dict.fromkeys(unseen, "why"))
    wider = Snapshot(records=(), observed=observed | more, unseen=dict.fromkeys(unseen, "why"))
    assert wider.covers(scopes) or not less.covers(scopes)


@given(observed=SCOPES, unseen=SCOPES, scopes=SCOPES, more=SCOPES)
def test_to_miss_more_never_covers_more(
    observed: frozenset[str], unseen: frozenset[str], scopes: frozenset[str], more: frozenset[str]
) -> None:
    before = Snapshot(records=(), observed=observed, unseen=dict.fromkeys(unseen, "why"))
    after = Snapshot(records=(), observed=observed, unseen=dict.fromkeys(unseen | more, "why"))
    assert before.covers(scopes) or not after.covers(scopes)


@given(scope=SCOPE, below=SCOPE, unseen=SCOPES)
def test_what_covers_a_part_that_nothing_hides_covers_it_by_its_whole(
    scope: str, below: str, unseen: frozenset[str]
) -> None:
    snapshot = Snapshot(records=(), observed=frozenset({scope}), unseen=dict.fromkeys(unseen, "why"))
    part = f"{scope}/{below}"
    assert snapshot.covers([part]) is not any(path in unseen for path in ancestry(part))
