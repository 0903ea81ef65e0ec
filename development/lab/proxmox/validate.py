"""Checks a request's parameters against the schema, in PVE's words, and turns them into typed values.

A boolean arrives as 1, on, yes, true (or their opposites) and becomes 0 or 1; an integer and a number become numbers;
everything else stays text. A property string is checked key by key and stays the text that it was.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from development.lab.proxmox import formats
from development.lab.proxmox.errors import refused
from development.lab.proxmox.schema import Method

UNKNOWN = "property is not defined in schema and the schema does not allow additional properties"
MISSING = "property is missing and it is not optional"
YES = frozenset({"1", "on", "yes", "true"})
NO = frozenset({"0", "off", "no", "false"})
INDEXED = re.compile(r"^([a-z][a-z-]*?)(0|[1-9]\d*)$")

# How many of an indexed key there are; the tree only says net[n].
LIMITS = {
    "dev": 256, "hostpci": 16, "ide": 4, "ipconfig": 32, "mp": 256, "net": 32, "numa": 8, "parallel": 3, "sata": 6,
    "scsi": 31, "serial": 4, "unused": 256, "usb": 14, "virtio": 16, "virtiofs": 10,
}  # fmt: skip


def checked(method: Method, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the typed values, or raise the 400 that names every parameter that does not fit."""
    errors: dict[str, str] = {}
    typed: dict[str, Any] = {}
    for name, value in values.items():
        schema = schema_of(method.parameters, name)
        if schema is None:
            if method.open_ended:
                typed[name] = value
            else:
                errors[name] = UNKNOWN
            continue
        typed[name] = check_value(name, schema, value, errors)
    for name, schema in method.parameters.items():
        if name not in values and not schema.get("optional") and "[n]" not in name:
            errors[name] = MISSING
        elif name in values and schema.get("requires") and schema["requires"] not in values:
            errors[schema["requires"]] = f"missing property - '{name}' requires this property"
    if errors:
        raise refused(errors)
    return typed


def schema_of(properties: Mapping[str, Any], name: str) -> Mapping[str, Any] | None:
    """Return the schema of a property, finding net3 under net[n]; None if it is not declared."""
    found: Mapping[str, Any] | None = properties.get(name)
    if found is not None:
        return found
    match = INDEXED.match(name)
    if match and int(match[2]) < LIMITS.get(match[1], 1 << 16):
        found = properties.get(f"{match[1]}[n]")
    return found


def check_value(path: str, schema: Mapping[str, Any], value: Any, errors: dict[str, str]) -> Any:
    """Return the typed value; what is wrong is added to `errors` under `path`."""
    kind = schema.get("type", "string")
    if kind == "array":
        return value if isinstance(value, list) else [item for item in str(value).split(",") if item]
    if kind in ("object", "null"):
        return value
    text = _text(value)
    typed, complaint = _typed(kind, text)
    complaint = complaint or _bounds(schema, typed, text)
    if complaint:
        errors[path] = complaint
        return value
    _check_format(path, schema.get("format"), text, errors)
    return typed


def _typed(kind: str, text: str) -> tuple[Any, str | None]:
    failed = f"type check ('{kind}') failed - got '{text}'"
    if kind == "integer":
        return (int(text), None) if re.fullmatch(r"-?\d+", text) else (text, failed)
    if kind == "number":
        return (float(text), None) if re.fullmatch(r"-?\d+(\.\d+)?", text) else (text, failed)
    if kind == "boolean":
        lower = text.lower()
        return (1 if lower in YES else 0, None) if lower in YES | NO else (text, failed)
    return text, None


def _bounds(schema: Mapping[str, Any], typed: Any, text: str) -> str | None:
    if isinstance(typed, (int, float)):
        if "minimum" in schema and typed < schema["minimum"]:
            return f"value must have a minimum value of {schema['minimum']}"
        if "maximum" in schema and typed > schema["maximum"]:
            return f"value must have a maximum value of {schema['maximum']}"
    if "minLength" in schema and len(text) < int(schema["minLength"]):
        return f"value must be at least {schema['minLength']} characters long"
    if "maxLength" in schema and len(text) > int(schema["maxLength"]):
        return f"value may only be {schema['maxLength']} characters long"
    if "enum" in schema and text not in [str(item) for item in schema["enum"]]:
        return f"value '{text}' does not have a value in the enumeration '{', '.join(map(str, schema['enum']))}'"
    if "pattern" in schema and not pattern(str(schema["pattern"])).fullmatch(text):
        return "value does not match the regex pattern"
    return None


def _check_format(path: str, named: Any, text: str, errors: dict[str, str]) -> None:
    keys = formats.PROPERTY_STRINGS.get(named) if isinstance(named, str) else named
    if keys:
        complaint = property_string_complaint(path, keys, text)
    else:
        complaint = formats.complaint(named, text) if named else None
    if complaint:
        errors[path] = f"invalid format - {complaint}\n"


def property_string_complaint(path: str, keys: Mapping[str, Any], text: str) -> str | None:
    """Return what is wrong with a property string whose keys are `keys`, None if nothing is."""
    values: dict[str, str] = {}
    for part in text.split(","):
        if not part:
            continue
        key, equals, value = part.partition("=")
        if not equals:
            key = next((name for name, schema in keys.items() if schema.get("default_key")), "")
            value = part
            if not key:
                return "value without key, but schema does not define a default key"
        schema = keys.get(key, {})
        if "keyAlias" in schema:
            values[schema["keyAlias"]] = key
        key = schema.get("alias", key)
        if key in values:
            return f"duplicate key in comma-separated list property: {key}"
        values[key] = value
    return _keys_complaint(path, keys, values)


def _keys_complaint(path: str, keys: Mapping[str, Any], values: Mapping[str, str]) -> str | None:
    errors: dict[str, str] = {}
    for key, value in values.items():
        if key not in keys:
            errors[f"{path}.{key}"] = UNKNOWN
        else:
            check_value(f"{path}.{key}", keys[key], value, errors)
            needed = keys[key].get("requires")
            if needed and needed not in values:
                errors[f"{path}.{needed}"] = f"missing property - '{path}.{key}' requires this property"
    for key, schema in keys.items():
        if key not in values and not schema.get("optional") and "alias" not in schema and "default" not in schema:
            errors[f"{path}.{key}"] = MISSING
    if not errors:
        return None
    return "format error\n" + "\n".join(f"{key}: {text.rstrip()}" for key, text in sorted(errors.items()))


@cache
def pattern(perl: str) -> re.Pattern[str]:
    """Return the compiled pattern of the schema, which is written for Perl."""
    return re.compile(perl.replace("(?^:", "(?:"))


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    return str(value)
