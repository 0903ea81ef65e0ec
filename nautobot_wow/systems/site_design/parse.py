"""From texts to the parts of a design, with the place of each; everything that is wrong is said at once.

a design                sections: locations, racks, devices, vlans, ...
a device type           the community's format: manufacturer, model and slug at the top, one type a file
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from ...errors import ParseError
from ..documents import Documents
from .schema import SECTIONS, DeviceTypePart
from .text import Located, Path, Problem, located

SHOWN = 50
LIBRARY_KEYS = {
    "manufacturer": "manufacturer",
    "model": "model",
    "part_number": "part_number",
    "u_height": "u_height",
    "is_full_depth": "is_full_depth",
    "subdevice_role": "subdevice_role",
    "interfaces": "interfaces",
    "device-bays": "bays",
}
"""What is read of the community's device types; power ports, images and the rest are for others."""


@dataclass(frozen=True)
class Placed:
    """A part of the design, and where it stands."""

    part: Any
    text: Located
    path: Path

    @property
    def origin(self) -> str:
        """The file and the line."""
        return f"{self.text.file}:{self.text.line(self.path)}"

    def problem(self, says: str, *where: str) -> Problem:
        """Return that something is wrong with it."""
        return self.text.problem((*self.path, *where), says)


@dataclass
class Parts:
    """Everything that the texts say, by section. `said` are the sections that are there at all.

    `broken` are the names of rows that are wrong: who names one of them is not told that it is missing as well.
    """

    of: dict[str, list[Placed]] = field(default_factory=lambda: {section: [] for section in SECTIONS})
    said: set[str] = field(default_factory=set)
    broken: set[tuple[str, str]] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)


def parts_of(documents: Documents) -> Parts:
    """Return the parts of all texts; what cannot be read is among the problems."""
    parts = Parts()
    for text in documents.texts:
        found = located(text.path, text.content)
        parts.problems += found.problems
        if found.values is None:
            if not found.problems:
                parts.problems.append(Problem(text.path, 1, "there is nothing in it"))
        elif not isinstance(found.values, dict):
            parts.problems.append(Problem(text.path, 1, f"a design is a mapping of sections: {', '.join(SECTIONS)}"))
        elif _is_device_type(found.values):
            _add_library(found, parts)
        else:
            _add(found, parts)
    return parts


def _is_device_type(values: dict[str, Any]) -> bool:
    """Tell whether it is a file of the community's format; one that lacks its model is told so."""
    return not values.keys() & SECTIONS.keys() and bool(values.keys() & {"manufacturer", "model", "slug"})


def _add(found: Located, parts: Parts) -> None:
    """Take each row for itself: one that is wrong does not make the names of the others unknown."""
    for section, rows in found.values.items():
        if section not in SECTIONS:
            parts.problems.append(found.problem((section,), f"there is no section {section}: {', '.join(SECTIONS)}"))
        elif not isinstance(rows, list):
            parts.problems.append(found.problem((section,), f"{section} is a list"))
        else:
            parts.said.add(section)
            for number, row in enumerate(rows):
                _add_row(found, section, number, row, parts)


def _add_row(found: Located, section: str, number: int, row: Any, parts: Parts) -> None:
    path: Path = (section, number)
    try:
        parts.of[section].append(Placed(SECTIONS[section].model_validate(row), found, path))
    except ValidationError as error:
        parts.problems += [found.problem((*path, *_path(item["loc"])), _in_words(item)) for item in error.errors()]
        if isinstance(row, dict):
            parts.broken |= {
                (section, str(row.get("name"))),
                (section, f"{row.get('manufacturer')}/{row.get('model')}"),
            }


def _add_library(found: Located, parts: Parts) -> None:
    values = {ours: found.values[theirs] for theirs, ours in LIBRARY_KEYS.items() if theirs in found.values}
    values["interfaces"] = _each(values.get("interfaces"), lambda port: _only(port, ("name", "type", "mgmt_only")))
    values["bays"] = _each(values.get("bays"), lambda bay: bay.get("name") if isinstance(bay, dict) else bay)
    values["subdevice_role"] = values.get("subdevice_role") or ""
    height = values.get("u_height")
    values["u_height"] = int(height) if isinstance(height, float) and height.is_integer() else values.get("u_height", 1)
    try:
        part = DeviceTypePart.model_validate(values)
    except ValidationError as error:
        theirs = {ours: name for name, ours in LIBRARY_KEYS.items()}
        for item in error.errors():
            path = _path(item["loc"])
            parts.problems.append(
                found.problem((theirs.get(str(path[0]), path[0]), *path[1:]) if path else (), _in_words(item))
            )
        return
    parts.said.add("device_types")
    parts.of["device_types"].append(Placed(part, found, ()))


def _each(value: Any, change: Callable[[Any], Any]) -> Any:
    """Return a list with every element changed; what is no list stays as it is, to be complained about."""
    return [change(one) for one in value] if isinstance(value, list) else value or ()


def _only(value: Any, names: Iterable[str]) -> Any:
    return {name: value[name] for name in names if name in value} if isinstance(value, dict) else value


def _path(loc: tuple[Any, ...]) -> Path:
    return tuple(part for part in loc if isinstance(part, (str, int)))


def _in_words(item: Any) -> str:
    """Return a sentence on what is wrong with one value."""
    name = ".".join(str(part) for part in item["loc"] if isinstance(part, str))
    given = item.get("input")
    has = f", not {given!r}" if isinstance(given, (str, int, float, bool)) else ""
    if item["type"] == "extra_forbidden":
        return f"there is no {name} here"
    if item["type"] == "missing":
        return f"{name} is missing"
    if item["type"] == "string_type" and given is not None and not isinstance(given, (list, dict)):
        return f"{name}: a text is expected, and YAML takes this for another thing; put it in quotes"
    message = str(item["msg"]).removeprefix("Value error, ")
    says = f"{message[:1].lower()}{message[1:]}{has}"
    return f"{name}: {says}" if name else says


def require_none(system: str, problems: Iterable[Problem]) -> None:
    """Raise ParseError with everything that is wrong, in the order of files and lines."""
    found = sorted(set(problems))
    if found:
        more = f"\n... and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
        lines = "\n".join(str(problem) for problem in found[:SHOWN])
        raise ParseError(f"{system}: {len(found)} things are wrong in the design, so nothing was read:\n{lines}{more}")
