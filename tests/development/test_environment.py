"""The virtual environment: when it is made anew, and what its processes inherit."""

from __future__ import annotations

from pathlib import Path

import pytest

from development import environment
from development.problems import Problem


def test_settings_of_another_nautobot_or_database_do_not_leak_in(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NAUTOBOT_DB_HOST", "DJANGO_SETTINGS_MODULE", "PGPASSWORD", "PYTHONPATH", "UWSGI_HTTP"):
        monkeypatch.setenv(name, "theirs")
    monkeypatch.setenv("PIP_INDEX_URL", "kept")
    cleaned = environment.clean_environment(WOW_STATE="ours")
    assert "theirs" not in cleaned.values()
    assert cleaned["PIP_INDEX_URL"] == "kept"
    assert cleaned["WOW_STATE"] == "ours"


def test_this_machine_is_never_asked_through_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "example.org")
    assert environment.clean_environment()["NO_PROXY"] == "example.org,127.0.0.1,localhost"


def test_other_pins_or_another_place_ask_for_an_installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("pyproject.toml", "constraints.txt"):
        (tmp_path / name).write_text("a==1\n")
    monkeypatch.setattr(environment, "REPOSITORY", tmp_path)
    first = environment._wanted()
    assert environment._wanted() == first
    (tmp_path / "constraints.txt").write_text("a==2\n")
    assert environment._wanted() != first


def test_an_installation_that_fails_shows_pips_own_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "python", lambda: Path("/bin/false"))
    with pytest.raises(Problem, match="pip could not install") as raised:
        environment._pip(["install", "x"], tmp_path / "install.log")
    assert raised.value.log == tmp_path / "install.log"


def test_a_named_environment_that_is_none_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WOW_VENV", str(tmp_path / "nothing"))
    with pytest.raises(Problem, match="WOW_VENV names"):
        environment.ensure()
