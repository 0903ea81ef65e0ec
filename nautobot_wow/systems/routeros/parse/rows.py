"""A row of an answer, read field by field; every error names the menu, the row and the field.

A router leaves out what is empty. So a field that is not there is the empty text, and a flag that is not there is off.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ....errors import ParseError
from ....macs import normal
from ..menus import Answer, Menu

TRUE = frozenset({"true", "yes"})
FALSE = frozenset({"false", "no"})
QUOTED = 80
FIRST_VID, LAST_VID = 1, 4094


@dataclass(frozen=True)
class Row:
    """One row of a menu."""

    menu: str
    values: Answer

    def error(self, name: str, expected: str) -> ParseError:
        """Return the error that says what was expected of a field, and what is there."""
        which = self.values.get("name") or self.values.get("address") or self.values.get(".id") or "a row"
        return ParseError(
            f"{self.menu}: {which[:QUOTED]}: {name} is {self.values.get(name, '')[:QUOTED]!r}, expected {expected}; "
            "look at it on the router"
        )

    def text(self, name: str) -> str:
        """Return a text as it stands; empty where there is none."""
        return self.values.get(name, "")

    def required(self, name: str) -> str:
        """Return a text that must be there."""
        if not (found := self.text(name)):
            raise self.error(name, "something")
        return found

    def flag(self, name: str) -> bool:
        """Return whether a flag is set."""
        found = self.text(name)
        if found in TRUE:
            return True
        if found in FALSE or not found:
            return False
        raise self.error(name, "true or false")

    def number(self, name: str) -> int | None:
        """Return a number, None where there is none."""
        found = self.text(name)
        if not found:
            return None
        if not (found.isascii() and found.isdigit() and len(found) < 10):
            raise self.error(name, "a number")
        return int(found)

    def vid(self, name: str) -> int | None:
        """Return the id of a VLAN, None where there is none."""
        found = self.number(name)
        if found is not None and not FIRST_VID <= found <= LAST_VID:
            raise self.error(name, f"a VLAN ({FIRST_VID}-{LAST_VID})")
        return found

    def names(self, name: str) -> tuple[str, ...]:
        """Return a list of names."""
        return tuple(one for one in self.text(name).split(",") if one)

    def mac(self, name: str) -> str:
        """Return a MAC address in the one spelling, empty where there is none."""
        found = self.text(name)
        if not found:
            return ""
        try:
            return normal(found)
        except ValueError:
            raise self.error(name, "a MAC address") from None

    def host(self, name: str) -> str:
        """Return an IP address in its shortest form, empty where there is none."""
        found = self.text(name)
        if not found:
            return ""
        try:
            return str(ipaddress.ip_address(found))
        except ValueError:
            raise self.error(name, "an IP address") from None


def rows_of(menu: Menu, answers: Iterable[Answer]) -> Iterator[Row]:
    """Yield the rows of a menu."""
    return (Row(menu.path, values) for values in answers)


def row_of(menu: Menu, answers: Iterable[Answer]) -> Row:
    """Return the one row of a menu that is no table."""
    found = list(rows_of(menu, answers))
    if len(found) != 1:
        raise ParseError(f"{menu.path}: {len(found)} rows came, expected one; is this RouterOS?")
    return found[0]
