"""The state folder: secrets stay secret, files are whole, one command at a time."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from development.paths import Paths
from development.problems import Problem
from development.state import State, locked


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    paths = Paths(tmp_path / "a state folder")
    paths.make()
    return paths


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_secrets_and_state_are_for_the_owner_only(paths: Paths) -> None:
    state = State(paths)
    state.secret("api_token")
    state.save()
    assert mode(paths.secrets) == 0o700
    assert mode(paths.secrets / "api_token") == 0o600
    assert mode(paths.state) == 0o600


def test_a_secret_stays_the_same_until_another_is_given(paths: Paths) -> None:
    first = State(paths).secret("api_token", size=40)
    assert len(first) == 40
    assert State(paths).secret("api_token") == first
    assert State(paths).secret("api_token", "f" * 40) == "f" * 40
    assert State(paths).secret("api_token") == "f" * 40


def test_what_one_command_saves_the_next_one_reads_in_the_same_order(paths: Paths) -> None:
    state = State(paths)
    state.section("processes").update(web=1, beat=2)
    state.save()
    assert list(State(paths).section("processes")) == ["web", "beat"]


def test_a_damaged_state_names_the_way_out(paths: Paths) -> None:
    paths.state.write_text("{")
    with pytest.raises(Problem, match="reset"):
        State(paths)


def test_a_second_command_is_refused_while_the_first_is_at_work(paths: Paths) -> None:
    with (
        locked(paths.lock, "Another command"),
        pytest.raises(Problem, match="at work already: process"),
        locked(paths.lock, "Another command"),
    ):
        pass
    with locked(paths.lock, "Another command"):
        pass
