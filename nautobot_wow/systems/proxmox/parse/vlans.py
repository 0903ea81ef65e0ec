"""Sets of VLAN ids as they are written: `2-4094` and `10 20 100-200` of a bridge, `10;20;30-40` of a card."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ....errors import ParseError
from ....records import ALL_VLANS
from .values import shorten, to_integer

FIRST, LAST = 1, 4094
NEARLY_ALL = 4000
PART = re.compile(r"([0-9]{1,4})(?:-([0-9]{1,4}))?")


def vlan_ids(text: str, what: str) -> frozenset[int]:
    """Return the ids. Who lets nearly all through lets all through: nobody means to have four thousand VLANs."""
    parts = (part for part in re.split(r"[;,\s]+", text) if part)
    ids = frozenset(vid for part in parts for vid in _range(part, what))
    return ALL_VLANS if len(ids) >= NEARLY_ALL else ids


def vlan_id(value: object, what: str) -> int:
    """Return one id, which may have been written as text."""
    vid = to_integer(value, what)
    if not FIRST <= vid <= LAST:
        raise ParseError(f"{what} {vid} is not a VLAN")
    return vid


def _range(part: str, what: str) -> Iterable[int]:
    match = PART.fullmatch(part)
    if not match:
        raise ParseError(f"{what}: expected ids of VLANs such as 10 or 20-30, found {shorten(part)}")
    first, last = vlan_id(match[1], what), vlan_id(match[2] or match[1], what)
    if first > last:
        raise ParseError(f"{what}: the range {part} ends before it begins")
    return range(first, last + 1)
