"""The official API schema: which paths exist, which parameters they take, what they return.

The tree is data of the development dependency `fakepve`, read from its installed file; none of its code is imported.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import Any

PACKAGE = "fakepve"
DATA_FILE = "fakepve/data/pve-api.json.gz"


@dataclass(frozen=True)
class Method:
    """One method of one path; `path` still has its {placeholders}."""

    verb: str
    path: str
    info: Mapping[str, Any]

    @property
    def parameters(self) -> Mapping[str, Any]:
        """The schema of each parameter, placeholders included."""
        properties: Mapping[str, Any] = self.info.get("parameters", {}).get("properties") or {}
        return properties

    @property
    def open_ended(self) -> bool:
        """Whether parameters that are not declared are let through."""
        return bool(self.info.get("parameters", {}).get("additionalProperties", 1))

    @property
    def returns(self) -> Mapping[str, Any]:
        """The schema of the answer's data."""
        returned: Mapping[str, Any] = self.info.get("returns") or {}
        return returned


class ApiTree:
    """Finds the method for a request's path: literal segments win over placeholders."""

    def __init__(self, paths: Mapping[str, Mapping[str, Any]]) -> None:
        self.methods = {
            (verb, path): Method(verb, path, info) for path, verbs in paths.items() for verb, info in verbs.items()
        }
        self._root: dict[str, Any] = {}
        for path in paths:
            node = self._root
            for segment in _segments(path):
                node = node.setdefault("{}" if segment.startswith("{") else segment, {})
            node["/"] = path

    def find(self, verb: str, path: str) -> tuple[Method, dict[str, str]] | None:
        """Return the method and the values of its placeholders, None if there is no such path or method."""
        segments = _segments(path)
        template = self._walk(self._root, segments, 0)
        method = self.methods.get((verb, template)) if template else None
        if method is None:
            return None
        names = _segments(method.path)
        return method, {name[1:-1]: value for name, value in zip(names, segments, strict=True) if name[0] == "{"}

    def _walk(self, node: dict[str, Any], segments: list[str], at: int) -> str | None:
        if at == len(segments):
            return node.get("/")
        for step in (segments[at], "{}"):
            if step in node and step != "/":
                found = self._walk(node[step], segments, at + 1)
                if found:
                    return found
        return None


@lru_cache(maxsize=1)
def load_tree() -> ApiTree:
    """Return the API tree of the installed data file."""
    try:
        file = Path(str(metadata.distribution(PACKAGE).locate_file(DATA_FILE)))
        content = json.loads(gzip.decompress(file.read_bytes()))
    except (metadata.PackageNotFoundError, OSError) as error:
        raise RuntimeError(
            f"the lab needs the Proxmox VE API schema, which the package {PACKAGE} carries: install the extra `dev`"
        ) from error
    return ApiTree(content["paths"])


def _segments(path: str) -> list[str]:
    return [segment for segment in path.split("/") if segment]
