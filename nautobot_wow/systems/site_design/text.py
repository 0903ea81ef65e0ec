"""YAML that people write, with the line of everything in it: so that an error can say where it is.

Aliases are refused: a few lines of them are millions of values, and a design needs none.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml.constructor import SafeConstructor

Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the one in C is ten times as quick, where it was built
DEEPEST = 20
STANDARD = {f"tag:yaml.org,2002:{name}" for name in ("map", "seq", "str", "int", "float", "bool", "null", "timestamp")}
Path = tuple[str | int, ...]
"""Where something is in a text: ("devices", 3, "rack")."""


@dataclass(frozen=True, order=True)
class Problem:
    """Something that is wrong in a text, and where."""

    file: str
    line: int
    says: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.says}"


@dataclass
class Located:
    """What a text says as plain values, and the line of each of them."""

    file: str
    values: Any = None
    lines: dict[Path, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    scalars: SafeConstructor = field(default_factory=SafeConstructor, repr=False)

    def line(self, path: Path) -> int:
        """Return the line of something, or of the closest thing around it that is there."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def problem(self, path: Path, says: str) -> Problem:
        """Return that something is wrong there."""
        return Problem(self.file, self.line(path), says)


def located(file: str, text: str) -> Located:
    """Return what a YAML text says. What cannot be read is a problem; the values are then None."""
    found = Located(file)
    try:
        refused = _refused(file, text)
        node = yaml.compose(text, Loader=Loader) if refused is None else None
        found.problems += [refused] if refused else []
        found.values = _plain(node, (), found) if node is not None else None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        found.problems.append(Problem(file, _line(mark) if mark else 1, f"this is no YAML: {error.problem}"))
    except (yaml.YAMLError, ValueError) as error:
        found.problems.append(Problem(file, 1, f"this is no YAML: {' '.join(str(error).split())[:200]}"))
    if found.problems:
        found.values = None
    return found


def _refused(file: str, text: str) -> Problem | None:
    """Return what must not even be put together: a reader that builds the values would never end, or run too deep."""
    depth = 0
    for event in yaml.parse(text, Loader=Loader):
        if isinstance(event, yaml.AliasEvent):
            return Problem(file, _line(event.start_mark), "aliases (*name) are not read; write it out")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            return Problem(file, _line(event.start_mark), f"this is nested more than {DEEPEST} deep")
    return None


def _line(mark: Any) -> int:
    return int(mark.line) + 1


def _plain(node: yaml.Node, path: Path, found: Located) -> Any:
    found.lines[path] = _line(node.start_mark)
    if node.tag not in STANDARD:
        found.problems.append(found.problem(path, f"{node.tag} is a tag; only plain values are read"))
        return None
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, path, found)
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, (*path, number), found) for number, item in enumerate(node.value)]
    try:
        return found.scalars.construct_object(node)
    except ValueError as error:  # the 45th of a month
        found.problems.append(found.problem(path, f"this cannot be read: {error}"))
        return None


def _mapping(node: yaml.MappingNode, path: Path, found: Located) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = key_node.value if isinstance(key_node, yaml.ScalarNode) else None
        if key is None or key == "<<":
            found.problems.append(Problem(found.file, _line(key_node.start_mark), "a key is a plain word"))
        elif key in values:
            found.problems.append(Problem(found.file, _line(key_node.start_mark), f"{key} is here twice"))
        else:
            here = (*path, key)
            values[key] = _plain(value_node, here, found)
            found.lines[here] = _line(key_node.start_mark)
    return values
