"""The app imports nothing that its own requirements do not bring."""

from __future__ import annotations

import ast
import sys
from importlib.metadata import distribution, packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from development.paths import REPOSITORY

SOURCES = sorted(
    path
    for folder in ("nautobot_wow", "jobs", "diffsync_models")
    for path in (REPOSITORY / folder).rglob("*.py")
    if not any(part.is_symlink() for part in path.parents)
)


def brought(name: str, extras: frozenset[str], seen: set[tuple[str, frozenset[str]]]) -> set[str]:
    """Return a distribution and everything that it requires, by canonical name."""
    if (name, extras) in seen:
        return set()
    seen.add((name, extras))
    found = {name}
    for requirement in map(Requirement, distribution(name).requires or []):
        if requirement.marker is None or any(requirement.marker.evaluate({"extra": one}) for one in (*extras, "")):
            found |= brought(canonicalize_name(requirement.name), frozenset(requirement.extras), seen)
    return found


@pytest.fixture(scope="module")
def allowed() -> set[str]:
    return brought("nautobot-wow", frozenset({"all", "proxmox"}), set())


def roots_of(path: Path) -> set[str]:
    """Return the top-level modules that a file imports from elsewhere."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found.add(str(node.module).split(".")[0])
    return {root for root in found if root not in sys.stdlib_module_names and root != "nautobot_wow"}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_every_import_is_brought_by_a_requirement(path: Path, allowed: set[str]) -> None:
    providers = packages_distributions()
    for root in roots_of(path):
        names = {canonicalize_name(name) for name in providers.get(root, [])}
        assert names & allowed, f"{path.name} imports {root}, which no requirement of the app brings"
