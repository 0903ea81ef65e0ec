"""The operator's hand-kept inventory page: a Markdown document, read line by line, and written back."""

from __future__ import annotations

from ...records import Kind
from ..kind import SystemKind
from .read import InventoryOptions, check, read

INVENTORY = SystemKind(
    slug="inventory",
    name="Inventory page",
    kinds=(Kind.VLAN, Kind.PREFIX, Kind.RANGE, Kind.PROFILE, Kind.ADDRESS),
    precedence=10,
    options=InventoryOptions,
    read=read,
    check=check,
    suffixes=(".md", ".markdown"),
)
