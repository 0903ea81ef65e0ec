"""The small languages inside values: property strings such as `virtio=BC:24:11:00:00:01,bridge=vmbr0`, and sizes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal

from ....errors import ParseError
from .values import shorten

SIZE = re.compile(r"([0-9]{1,30}(?:\.[0-9]{1,30})?)([KMGTP]?)(?:iB|B)?", re.IGNORECASE)
UNIT = {"": 0, "K": 1, "M": 2, "G": 3, "T": 4, "P": 5}


def properties(text: str, what: str, default_key: str = "") -> dict[str, str]:
    """Return the parts of a property string; the one part without "=" belongs to `default_key`.

    Keys that a later release adds are simply there; nothing is dropped. A key that stands twice, and text without a
    key where none is expected, are errors.
    """
    found: dict[str, str] = {}
    for part in text.split(","):
        if not part.strip():
            continue
        key, equals, value = part.partition("=")
        if not equals:
            key, value = default_key, part
        key = key.strip()
        if not key:
            raise ParseError(f"{what}: cannot read {shorten(part)}")
        if key in found:
            raise ParseError(f"{what}: {key} stands twice")
        found[key] = value.strip()
    return found


def size_bytes(text: str, what: str) -> int:
    """Return the bytes of a size such as 32G, 1.5T or 512; units are powers of 1024, no unit means bytes."""
    match = SIZE.fullmatch(text.strip())
    if not match:
        raise ParseError(f"{what}: expected a size such as 32G, found {shorten(text)}")
    return int(Decimal(match[1]) * 1024 ** UNIT[match[2].upper()])


def numbered(keys: Iterable[str], prefix: str) -> list[tuple[int, str]]:
    """Return (number, key) of the keys `prefix0`, `prefix1`, ... in the order of their numbers."""
    pattern = re.compile(rf"{prefix}([0-9]{{1,6}})")
    return sorted((int(match[1]), key) for key in keys if (match := pattern.fullmatch(key)))


def words(text: str) -> frozenset[str]:
    """Return the tags of a guest: separated by semicolons, in old data also by commas or blanks; lower case."""
    return frozenset(word.lower() for word in re.split(r"[;,\s]+", text) if word)
