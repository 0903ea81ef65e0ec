"""Three values in, one answer out: who may write what, field by field."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nautobot_wow.reconcile.merge import Claimant, Disagreement, Merged, Mode, fill, merge

KEPT = frozenset({"comments"})
SETS = frozenset({"tags"})

VALUE = st.sampled_from([None, "", "a", "b", "c"])
TAGS = st.lists(st.sampled_from(["red", "green", "blue"]), unique=True).map(sorted)
OURS = st.fixed_dictionaries({}, optional={"name": VALUE, "comments": VALUE, "tags": st.none() | TAGS})
THEIRS = st.fixed_dictionaries({"name": VALUE, "comments": VALUE, "tags": TAGS})
BASE = st.fixed_dictionaries({}, optional={"name": VALUE.filter(bool), "comments": VALUE.filter(bool), "tags": TAGS})
MODE = st.sampled_from(Mode)
BELIEVED = st.booleans()


@st.composite
def claimants(draw: Any) -> list[Claimant]:
    return [
        Claimant(system=f"system {number}", believed_more=draw(BELIEVED), values=draw(BASE))
        for number in range(draw(st.integers(0, 2)))
    ]


def asked(ours: Any, theirs: Any, base: Any, mode: Mode = Mode.KEEP, others: Any = ()) -> Merged:
    return merge(ours, theirs, base, mode=mode, sets=SETS, kept=KEPT, others=others)


def applied(theirs: dict[str, Any], merged: Merged) -> dict[str, Any]:
    return theirs | {name: new for name, (_, new) in merged.changes.items()}


def asserted(ours: dict[str, Any], base: dict[str, Any], merged: Merged) -> dict[str, Any]:
    """What the claim says after the run: where both sides moved, still what it said before."""
    return base | {name: value for name, value in ours.items() if value is not None and name not in merged.collisions}


# ------------------------------------------------------------------------------------------------------ the four rows


@pytest.mark.parametrize("mode", Mode)
def test_a_value_that_is_already_there_is_not_written(mode: Mode) -> None:
    assert asked({"name": "x"}, {"name": "x"}, {}, mode) == Merged()
    assert asked({"name": "x"}, {"name": "x"}, {"name": "w"}, mode) == Merged()


@pytest.mark.parametrize("blank", ["", None])
@pytest.mark.parametrize("name", ["name", "comments"])
def test_first_contact_fills_what_is_blank(name: str, blank: str | None) -> None:
    assert asked({name: "x"}, {name: blank}, {}).changes == {name: (blank, "x")}


def test_first_contact_corrects_facts() -> None:
    assert asked({"name": "x"}, {"name": "y"}, {}).changes == {"name": ("y", "x")}


def test_first_contact_keeps_what_people_wrote_as_prose() -> None:
    assert asked({"comments": "x"}, {"comments": "y"}, {}) == Merged()


@pytest.mark.parametrize("name", ["name", "comments"])
def test_first_contact_with_something_known_to_be_empty_does_not_blank_what_we_did_not_write(name: str) -> None:
    assert asked({name: ""}, {name: "y"}, {}).changes == {}


def test_empty_clears_what_we_wrote() -> None:
    assert asked({"name": ""}, {"name": "x"}, {"name": "x"}).changes == {"name": ("x", "")}
    assert asked({"tags": []}, {"tags": ["red"]}, {"tags": ["red"]}).changes == {"tags": (["red"], [])}


def test_an_operators_edit_is_kept_and_reported() -> None:
    merged = asked({"name": "x"}, {"name": "y"}, {"name": "x"})
    assert merged.changes == {}
    assert merged.edits == {"name": ("x", "y")}


def test_an_operators_edit_is_restored_where_the_system_is_in_that_mode() -> None:
    merged = asked({"name": "x"}, {"name": "y"}, {"name": "x"}, Mode.RESTORE)
    assert merged.changes == {"name": ("y", "x")}
    assert merged.edits == {}


def test_news_are_written_over_what_we_wrote() -> None:
    assert asked({"name": "z"}, {"name": "x"}, {"name": "x"}).changes == {"name": ("x", "z")}


def test_where_both_sides_moved_the_operators_value_stays_and_it_is_a_collision() -> None:
    merged = asked({"name": "z"}, {"name": "y"}, {"name": "x"})
    assert merged.changes == {}
    assert merged.edits == {}
    assert merged.collisions == {"name": ("z", "y")}


def test_where_both_sides_moved_the_mode_restore_writes() -> None:
    assert asked({"name": "z"}, {"name": "y"}, {"name": "x"}, Mode.RESTORE).changes == {"name": ("y", "z")}


@pytest.mark.parametrize("blank", [None, 0, ""])
def test_first_contact_with_something_known_to_be_empty_makes_a_blank_that_empty(blank: Any) -> None:
    assert asked({"name": ""}, {"name": blank}, {}).changes == ({} if blank == "" else {"name": (blank, "")})


@pytest.mark.parametrize("blank", [None, ""])
def test_a_blank_in_a_field_that_is_refilled_is_nobodys_edit(blank: str | None) -> None:
    ours, base, theirs = {"primary_ip4": "x"}, {"primary_ip4": "x"}, {"primary_ip4": blank}
    refilled = frozenset({"primary_ip4"})
    assert merge(ours, theirs, base, refilled=refilled).changes == {"primary_ip4": (blank, "x")}
    assert merge(ours, theirs, base).edits == {"primary_ip4": ("x", blank)}


def test_what_people_put_into_a_field_that_is_refilled_is_their_edit() -> None:
    merged = merge({"name": "x"}, {"name": "y"}, {"name": "x"}, refilled=frozenset({"name"}))
    assert merged.changes == {}
    assert merged.edits == {"name": ("x", "y")}


def test_a_set_that_nobody_edited_is_no_edit() -> None:
    assert asked({"tags": ["red"]}, {"tags": ["red", "blue"]}, {"tags": ["red"]}) == Merged()


def test_an_element_that_is_gone_on_both_sides_is_no_change() -> None:
    assert asked({"tags": ["red"]}, {"tags": ["red"]}, {"tags": ["red", "blue"]}) == Merged()


def test_a_set_that_is_not_there_yet_is_filled() -> None:
    assert asked({"tags": ["red"]}, {}, {}).changes == {"tags": ([], ["red"])}


def test_a_value_that_an_operator_blanked_stays_blank() -> None:
    merged = asked({"name": "x"}, {"name": ""}, {"name": "x"})
    assert merged.changes == {}
    assert merged.edits == {"name": ("x", "")}


# ---------------------------------------------------------------------------------------------------- several systems


def other(believed_more: bool, **values: Any) -> tuple[Claimant, ...]:
    return (Claimant(system="inventory", believed_more=believed_more, values=values),)


def test_the_system_that_is_believed_less_does_not_write() -> None:
    merged = asked({"name": "x"}, {"name": "y"}, {}, others=other(True, name="y"))
    assert merged.changes == {}
    assert merged.disagreements == [Disagreement(attribute="name", ours="x", system="inventory", theirs="y")]


def test_the_system_that_is_believed_less_does_not_write_in_mode_restore_either() -> None:
    assert asked({"name": "x"}, {"name": "y"}, {"name": "x"}, Mode.RESTORE, other(True, name="y")).changes == {}


def test_the_system_that_is_believed_more_writes_over_the_other_and_the_disagreement_is_named() -> None:
    merged = asked({"name": "x"}, {"name": "y"}, {"name": "x"}, others=other(False, name="y"))
    assert merged.changes == {"name": ("y", "x")}
    assert merged.edits == {}
    assert merged.disagreements == [Disagreement(attribute="name", ours="x", system="inventory", theirs="y")]


def test_two_systems_that_say_the_same_do_not_disagree() -> None:
    assert asked({"name": "x"}, {"name": "x"}, {"name": "x"}, others=other(True, name="x")) == Merged()


@pytest.mark.parametrize("values", [{}, {"name": None}])
def test_a_system_that_does_not_say_is_no_reason_to_be_silent(values: dict[str, Any]) -> None:
    assert asked({"name": "x"}, {"name": ""}, {}, others=other(True, **values)).changes == {"name": ("", "x")}


def test_an_operators_edit_is_not_taken_for_the_other_systems_value() -> None:
    merged = asked({"name": "x"}, {"name": "z"}, {"name": "x"}, others=other(False, name="y"))
    assert merged.changes == {}
    assert merged.edits == {"name": ("x", "z")}


def test_an_empty_value_never_clears_what_the_other_system_wrote() -> None:
    said = other(False, name="a")
    assert asked({"name": ""}, {"name": "a"}, {}, others=said).changes == {}
    assert asked({"name": ""}, {"name": "a"}, {"name": ""}, others=said).changes == {}


def test_prose_that_the_other_system_wrote_is_not_an_operators() -> None:
    merged = asked({"comments": "x"}, {"comments": "y"}, {}, others=other(False, comments="y"))
    assert merged.changes == {"comments": ("y", "x")}


# --------------------------------------------------------------------------------------------------------------- sets


def test_elements_of_others_stay_when_ours_come_and_go() -> None:
    merged = asked({"tags": ["new"]}, {"tags": ["old", "stranger"]}, {"tags": ["old"]})
    assert merged.changes == {"tags": (["old", "stranger"], ["new", "stranger"])}


def test_an_element_that_an_operator_removed_stays_removed() -> None:
    merged = asked({"tags": ["red"]}, {"tags": []}, {"tags": ["red"]})
    assert merged.changes == {}
    assert merged.edits == {"tags": (["red"], [])}


def test_an_element_that_an_operator_removed_comes_back_in_mode_restore() -> None:
    merged = asked({"tags": ["red"]}, {"tags": []}, {"tags": ["red"]}, Mode.RESTORE)
    assert merged.changes == {"tags": ([], ["red"])}
    assert merged.edits == {}


def test_an_element_that_another_system_asserts_is_not_taken_away() -> None:
    merged = asked({"tags": []}, {"tags": ["red"]}, {"tags": ["red"]}, others=other(False, tags=["red"]))
    assert merged.changes == {}


# --------------------------------------------------------------------------------------------------------------- gaps


def test_gaps_are_filled_and_nothing_else() -> None:
    assert fill({"a": 1, "b": 2, "c": 3}, {"a": None, "b": "", "c": "x"}) == {"a": (None, 1), "b": ("", 2)}


def test_a_gap_that_is_filled_with_what_is_there_is_no_change() -> None:
    assert fill({"a": "", "b": None}, {"a": "", "b": None}) == {}


# --------------------------------------------------------------------------------------------------------- properties


@settings(max_examples=400)
@given(ours=OURS, theirs=THEIRS, base=BASE, mode=MODE, others=claimants())
def test_a_second_merge_finds_nothing_to_do(ours: Any, theirs: Any, base: Any, mode: Mode, others: Any) -> None:
    first = asked(ours, theirs, base, mode, others)
    second = asked(ours, applied(theirs, first), asserted(ours, base, first), mode, others)
    assert second.changes == {}
    assert second.collisions == first.collisions


@given(ours=OURS, theirs=THEIRS, base=BASE, mode=MODE, others=claimants())
def test_what_a_system_does_not_say_is_not_touched(ours: Any, theirs: Any, base: Any, mode: Mode, others: Any) -> None:
    merged = asked(ours, theirs, base, mode, others)
    said = {name for name, value in ours.items() if value is not None}
    assert set(merged.changes) | set(merged.edits) | set(merged.collisions) <= said
    assert {item.attribute for item in merged.disagreements} <= said


@given(ours=OURS, theirs=THEIRS, base=BASE, mode=MODE, others=claimants())
def test_elements_of_strangers_survive_every_merge(ours: Any, theirs: Any, base: Any, mode: Mode, others: Any) -> None:
    after = applied(theirs, asked(ours, theirs, base, mode, others))
    assert set(theirs["tags"]) - set(base.get("tags", [])) <= set(after["tags"])


@given(ours=OURS, theirs=THEIRS, base=BASE)
def test_an_operators_edit_is_never_overwritten_in_mode_keep(ours: Any, theirs: Any, base: Any) -> None:
    after = applied(theirs, asked(ours, theirs, base))
    for name in ("name", "comments"):
        if name in base and theirs[name] != base[name]:
            assert after[name] == theirs[name]


@given(ours=OURS, theirs=THEIRS, base=BASE, mode=MODE, others=claimants())
def test_every_change_says_what_was_there_and_is_one(
    ours: Any, theirs: Any, base: Any, mode: Mode, others: Any
) -> None:
    for name, (old, new) in asked(ours, theirs, base, mode, others).changes.items():
        assert old == theirs[name]
        assert old != new


@given(ours=OURS, theirs=THEIRS, base=BASE, mode=MODE)
def test_the_claim_that_is_believed_more_is_never_written_over(ours: Any, theirs: Any, base: Any, mode: Mode) -> None:
    merged = asked(ours, theirs, base, mode, other(True, name="a", comments="b"))
    assert not {"name", "comments"} & set(merged.changes)
