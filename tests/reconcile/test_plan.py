"""A plan is data: counted, named by a digest, bounded, compared."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nautobot_wow.reconcile.plan import STORED_CHANGES, Action, Change, Draft, digest_of, moved
from nautobot_wow.records import Kind

WEB = uuid.UUID(int=1)


def change(key: str = "lxc/210", action: Action = Action.UPDATE, **more: Any) -> Change:
    values: dict[str, Any] = {"kind": Kind.GUEST, "label": f"web ({key})", "object_id": WEB, "attrs": {}} | more
    return Change(key=key, action=action, **values)


UPDATE = change(attrs={"memory": (1024, 2048), "name": ("a", "b")})

CHANGES = st.lists(
    st.builds(
        change,
        key=st.sampled_from(["lxc/1", "lxc/2", "qemu/3"]),
        action=st.sampled_from(Action),
        attrs=st.dictionaries(st.sampled_from(["name", "memory"]), st.tuples(st.integers(), st.integers())),
    ),
    max_size=6,
)


@given(CHANGES)
def test_the_order_of_changes_does_not_matter_to_the_digest(changes: list[Change]) -> None:
    assert Draft(changes=changes).digest() == Draft(changes=changes[::-1]).digest()


@pytest.mark.parametrize(
    "different",
    [
        {"key": "lxc/211"},
        {"kind": Kind.ADDRESS},
        {"action": Action.RETIRE},
        {"object_id": uuid.UUID(int=2)},
        {"attrs": {"memory": (1024, 4096), "name": ("a", "b")}},
        {"attrs": {"memory": (512, 2048), "name": ("a", "b")}},
        {"attrs": {"memory": (1024, 2048)}},
        {"note": "not seen in 1 complete run"},
    ],
)
def test_whatever_a_change_would_do_is_in_the_digest(different: dict[str, Any]) -> None:
    assert Draft(changes=[UPDATE]).digest() != Draft(changes=[replace(UPDATE, **different)]).digest()


def test_the_key_that_a_new_object_would_get_is_not_in_the_digest() -> None:
    first, second = (change(action=Action.CREATE, object_id=uuid.uuid4()) for _ in range(2))
    assert Draft(changes=[first]).digest() == Draft(changes=[second]).digest()


def test_notes_are_not_in_the_digest() -> None:
    assert Draft(changes=[UPDATE], notes=["not seen: guests/lxc/1"]).digest() == Draft(changes=[UPDATE]).digest()


def test_the_digest_of_what_was_stored_is_that_of_the_plan() -> None:
    draft = Draft(changes=[UPDATE, change("lxc/2", Action.CREATE, attrs={"tags": (None, ["a"])})])
    assert digest_of(draft.content()["changes"]) == draft.digest()


def test_a_plan_that_was_stored_with_its_keys_in_another_order_has_the_same_digest() -> None:
    stored = [dict(reversed(item.items())) for item in Draft(changes=[UPDATE]).content()["changes"]]
    assert digest_of(stored) == Draft(changes=[UPDATE]).digest()


def test_the_summary_counts_by_kind_in_writing_order() -> None:
    draft = Draft(
        changes=[
            change("10.0.0.1", Action.CREATE, kind=Kind.ADDRESS),
            change("lxc/1", Action.RETIRE),
            change("lxc/2", Action.CREATE),
            change("lxc/3", Action.CREATE),
        ]
    )
    assert draft.summary() == {"guest": {"create": 2, "retire": 1}, "address": {"create": 1}}
    assert list(draft.summary()) == ["guest", "address"]


def test_what_is_stored_is_bounded_and_says_so() -> None:
    many = [change(f"lxc/{number}") for number in range(STORED_CHANGES + 1)]
    assert len(Draft(changes=many).content()["changes"]) == STORED_CHANGES
    assert Draft(changes=many).truncated
    assert Draft(notes=["note"] * (STORED_CHANGES + 1)).truncated
    assert not Draft(changes=many[:-1], notes=["note"] * STORED_CHANGES).truncated


@pytest.mark.parametrize("action", Action)
def test_a_claim_alone_writes_no_object(action: Action) -> None:
    assert change(action=action).writes is (action in (Action.CREATE, Action.DELETE))
    assert change(action=action, attrs={"name": ("a", "b")}).writes


def test_what_moved_is_named() -> None:
    before = Draft(changes=[UPDATE, change("lxc/1"), change("lxc/2")]).content()["changes"]
    after = Draft(changes=[UPDATE, change("lxc/1", Action.RETIRE), change("lxc/3")]).content()["changes"]
    assert moved(before, after) == ["guest web (lxc/1)", "guest web (lxc/2)", "guest web (lxc/3)"]


def test_equal_plans_did_not_move_though_one_was_stored() -> None:
    changes = Draft(changes=[change(attrs={"tags": (None, ["a"]), "name": ("a", "b")})]).content()["changes"]
    stored = [{**item, "attrs": {name: list(pair) for name, pair in item["attrs"].items()}} for item in changes]
    assert moved(stored, changes) == []


def test_of_many_that_moved_a_few_are_named_and_the_rest_counted() -> None:
    names = moved([], Draft(changes=[change(f"lxc/{number}") for number in range(12)]).content()["changes"])
    assert len(names) == 11
    assert names[-1] == "and 2 more"


def test_when_exactly_as_many_moved_as_are_named_none_is_counted() -> None:
    moves = Draft(changes=[change(f"lxc/{number}") for number in range(10)]).content()["changes"]
    assert len(moved([], moves)) == 10
    assert "more" not in moved([], moves)[-1]


def test_a_change_tells_what_was_and_what_becomes_and_who_comes_and_goes() -> None:
    assert UPDATE.old == {"memory": 1024, "name": "a"}
    assert UPDATE.new == {"memory": 2048, "name": "b"}
    assert [action for action in Action if change(action=action).comes] == [Action.CREATE]
    assert [action for action in Action if change(action=action).goes] == [Action.DELETE]
