"""The peers are pinned, and stay away from everything that is not a test."""

from __future__ import annotations

from pathlib import Path

import pytest
from packaging.requirements import Requirement

from development import environment
from development.paths import REPOSITORY

PYTHONS = ("3.10", "3.11", "3.12", "3.13")


def requirements(name: str) -> list[Requirement]:
    lines = (REPOSITORY / name).read_text(encoding="utf-8").splitlines()
    return [Requirement(line) for line in lines if line and not line.startswith("#")]


def holds(requirement: Requirement, python: str) -> bool:
    return requirement.marker is None or requirement.marker.evaluate({"python_version": python})


@pytest.mark.parametrize("python", PYTHONS)
def test_every_peer_has_an_exact_version_for_every_python(python: str) -> None:
    pins = {
        pin.name: next(iter(pin.specifier)).version for pin in requirements("constraints.txt") if holds(pin, python)
    }
    for peer in requirements(environment.PEERS):
        assert not holds(peer, python) or peer.specifier.contains(pins[peer.name]), peer


def test_other_peers_ask_for_their_installation_and_for_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (*environment.SOURCES, environment.PEERS):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("a==1\n")
    monkeypatch.setattr(environment, "REPOSITORY", tmp_path)
    mine, theirs = environment._wanted(), environment._wanted((environment.PEERS,))
    (tmp_path / environment.PEERS).write_text("a==2\n")
    assert environment._wanted() == mine
    assert environment._wanted((environment.PEERS,)) != theirs
