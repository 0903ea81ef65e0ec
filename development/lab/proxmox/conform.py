"""Checks an answer of the lab against what the schema says the method returns, so that no field is invented."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from development.lab.proxmox.schema import Method
from development.lab.proxmox.validate import schema_of

# Fields that the real API answers although its schema does not name them (seen in recorded answers).
EXTRAS: dict[str, frozenset[str]] = {
    "/access/ticket": frozenset({"cap"}),
    "/cluster/resources": frozenset({"ssl_fingerprint"}),
    "/nodes": frozenset({"disk", "id", "maxdisk", "type"}),
    "/nodes/{node}/lxc": frozenset({"type"}),
    "/nodes/{node}/disks/list": frozenset({"by_id_link", "rpm", "type", "wearout"}),
    "/nodes/{node}/lxc/{vmid}/status/current": frozenset({"type", "managed"}),
    "/nodes/{node}/network": frozenset({"altnames", "bridge_fd", "bridge_stp"}),
    "/nodes/{node}/qemu/{vmid}/config": frozenset({"meta"}),
    "/nodes/{node}/qemu/{vmid}/snapshot": frozenset({"running", "digest"}),
    "/nodes/{node}/qemu/{vmid}/status/current": frozenset({"disk", "managed"}),
    "/nodes/{node}/qemu": frozenset({"disk"}),
    "/nodes/{node}/lxc/{vmid}/snapshot": frozenset({"running", "digest"}),
    "/nodes/{node}/tasks": frozenset(),
    "/nodes/{node}/tasks/{upid}/status": frozenset({"tokenid"}),
    "/nodes/{node}/status": frozenset(),
    "/nodes/{node}/storage/{storage}/content": frozenset({"content"}),
}

# Answers whose properties depend on a plugin, of which the schema names only the common ones.
OPEN = frozenset({"/storage"})

# Answers that may be null although the schema says otherwise: a stopped container has no interfaces.
NULLABLE = frozenset({"/nodes/{node}/lxc/{vmid}/interfaces"})


# Fields of the newest schema that older releases do not answer.
SINCE_9 = {"/nodes/{node}/lxc/{vmid}/interfaces": ("hardware-address", "ip-addresses")}


def mismatches(method: Method, data: Any, major: int = 9) -> list[str]:
    """Return every difference between `data` and the schema of the method's answer, as that release gives it."""
    if data is None and method.path in NULLABLE:
        return []
    later = SINCE_9.get(method.path, ()) if major < 9 else ()
    found = _differences(method.path, "data", method.returns, data)
    return [text for text in found if not text.endswith(tuple(f".{name}: missing" for name in later))]


def _differences(path: str, at: str, schema: Mapping[str, Any], value: Any) -> Iterable[str]:
    kind = schema.get("type")
    if kind == "null":
        if value is not None:
            yield f"{at}: {value!r} where the schema returns nothing"
    elif kind == "array":
        yield from _list_differences(path, at, schema, value)
    elif kind == "object":
        yield from _object_differences(path, at, schema, value)
    elif kind:
        yield from _scalar_differences(at, kind, schema, value)


def _list_differences(path: str, at: str, schema: Mapping[str, Any], value: Any) -> Iterable[str]:
    if not isinstance(value, list):
        yield f"{at}: {type(value).__name__} where the schema has a list"
        return
    for index, item in enumerate(value):
        yield from _differences(path, f"{at}[{index}]", schema.get("items") or {}, item)


def _object_differences(path: str, at: str, schema: Mapping[str, Any], value: Any) -> Iterable[str]:
    if not isinstance(value, dict):
        yield f"{at}: {type(value).__name__} where the schema has an object"
        return
    properties: Mapping[str, Any] = schema.get("properties") or {}
    if not properties:
        return
    for name, item in value.items():
        declared = schema_of(properties, name)
        if declared is not None:
            yield from _differences(path, f"{at}.{name}", declared, item)
        elif not (schema.get("additionalProperties") == 1 or path in OPEN or name in EXTRAS.get(path, ())):
            yield f"{at}.{name}: not in the schema"
    for name, declared in properties.items():
        if name not in value and not declared.get("optional") and "[n]" not in name:
            yield f"{at}.{name}: missing"


def _scalar_differences(at: str, kind: str, schema: Mapping[str, Any], value: Any) -> Iterable[str]:
    """Compare as Perl does: the text 12 is an integer too."""
    text = "" if value is None else str(value)
    fits = {
        "string": isinstance(value, (str, int, float)) and not isinstance(value, bool),
        "integer": not isinstance(value, (bool, float)) and text.lstrip("-").isdigit(),
        "number": not isinstance(value, bool) and text.replace(".", "", 1).replace("e-", "", 1).isdigit(),
        "boolean": value in (0, 1, "0", "1") or value is True or value is False,
    }[kind]
    if not fits:
        yield f"{at}: {value!r} is no {kind}"
    elif "enum" in schema and text not in [str(item) for item in schema["enum"]]:
        yield f"{at}: {text!r} is not one of {', '.join(map(str, schema['enum']))}"
