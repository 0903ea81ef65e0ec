"""What the tests of the engine stand on: a kind of system that no network is needed for, and a place in Nautobot."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest


@pytest.fixture
def fake_kind(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Register the kinds "fake" and "paper"; they return, or raise, what is first in the list that this returns."""
    from nautobot_wow.records import Kind
    from nautobot_wow.systems.kind import ConnectionReport, Options, SystemKind
    from nautobot_wow.systems.registry import SYSTEM_KINDS

    answers: list[Any] = []

    def read(connection: Any, options: Any, only: frozenset[str] = frozenset()) -> Any:
        answer = answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def check(connection: Any, options: Any) -> Any:
        answer = answers[0]
        if isinstance(answer, Exception):
            raise answer
        return ConnectionReport(facts=(("version", "1.0"),), invisible=("nothing is sure",))

    kind = SystemKind(
        slug="fake",
        name="Fake",
        kinds=tuple(Kind),
        precedence=100,
        options=Options,
        read=read,
        check=check,
        address_tag="proxmox",
    )
    monkeypatch.setitem(SYSTEM_KINDS, "fake", kind)
    # Two Systems of one kind are two worlds; what is written down may be about the first one's.
    monkeypatch.setitem(SYSTEM_KINDS, "paper", replace(kind, slug="paper", name="Paper", precedence=10))
    return answers


@pytest.fixture
def site(db: None, fake_kind: list[Any]) -> Any:
    """A location with prefixes, and nothing in it."""
    from tests.reconcile.site import Site

    return Site()


@pytest.fixture
def pve(site: Any) -> Any:
    """A System that no guard stops."""
    return site.system()


@pytest.fixture
def world() -> list[Any]:
    """A node with two containers, web (210) and db (220)."""
    from tests.reconcile.estate import DB, WEB, full, platform

    return platform() + full(210, "web", WEB) + full(220, "db", DB)


@pytest.fixture
def synced(site: Any, pve: Any, world: list[Any]) -> list[Any]:
    """The same, already in Nautobot."""
    assert site.sync(pve, world).refused == {}
    return world
