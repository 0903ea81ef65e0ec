"""Settings kept as JSON: checked by the pydantic model that reads them, explained to the person who wrote them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from ..systems.kind import Options


def options_of(kind: str) -> type[BaseModel]:
    """Return what reads the options of a kind of system; an unknown kind has none."""
    from ..systems.registry import SYSTEM_KINDS

    return SYSTEM_KINDS[kind].options if kind in SYSTEM_KINDS else Options


def explain(model: type[BaseModel], value: Any) -> list[str]:
    """Return one sentence for each thing that is wrong with `value`: which option, what it is, what was expected."""
    if not isinstance(value, dict):
        return [f"This must be a JSON object such as {{}}, not {type(value).__name__}."]
    try:
        model.model_validate(value)
    except ValidationError as error:
        return [_sentence(model, detail) for detail in error.errors(include_url=False)]
    return []


def effective(model: type[BaseModel], value: Any) -> Iterator[tuple[str, Any, bool]]:
    """Yield every setting with the value in force, and whether that is the default."""
    given = value if isinstance(value, dict) else {}
    for name, field in model.model_fields.items():
        default = None if field.is_required() else field.get_default(call_default_factory=True)
        yield name, given.get(name, default), name not in given


def describe(model: type[BaseModel]) -> Iterator[tuple[str, str, str]]:
    """Yield name, default as it is written in JSON, and description of every setting."""
    for name, field in model.model_fields.items():
        default = field.get_default(call_default_factory=True)
        yield name, "none, required" if field.is_required() else _json(default), field.description or ""


def _sentence(model: type[BaseModel], detail: ErrorDetails) -> str:
    name = ".".join(str(part) for part in detail["loc"])
    if detail["type"] == "extra_forbidden":
        known = ", ".join(model.model_fields) or "none"
        return f"{name}: there is no such option; the options are: {known}."
    if detail["type"] == "missing":
        return f"{name}: this option is required."
    expected = detail["msg"].removeprefix("Value error, ").removeprefix("Input should be ")
    return f"{name}: {detail['input']!r} is not usable; expected {expected}." if name else f"{expected}."


def _json(value: Any) -> str:
    return json.dumps(value, default=str)
