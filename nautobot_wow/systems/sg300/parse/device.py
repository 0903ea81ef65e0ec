"""What the switch is: firmware, name, MAC address, serial number, and what is plugged into it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ....errors import ParseError
from ....macs import normal
from .answer import lines_of
from .columns import Table, tables_of

VERSION, SYSTEM, SYSTEM_ID, INVENTORY = "show version", "show system", "show system id", "show inventory"
# 1.x: "SW version    1.4.11.5 ( date  07-Aug-2019 time  15:02:27 )"; every number may have more than one digit.
PLAIN = re.compile(r"(?P<what>SW|Boot|HW) version\s+(?P<value>\S+)(?:\s+\( .* \))?")
# 2.x and later: a block for each image; only the active one runs.
IMAGE = re.compile(r"(?P<state>Active|Inactive)-image: (?P<file>\S.*)")
FIELD = re.compile(r"(?P<name>[A-Z][\w ]*): *(?P<value>.*)")
LABEL = re.compile(r"(?P<name>[A-Z][\w ()/,:.-]*?):(?P<value>\s.*|)")
SERIAL = re.compile(r"Serial number *: *(?P<serial>\S+)", re.IGNORECASE)
ITEM = re.compile(r'NAME: "(?P<name>[^"]*)"\s+DESCR: "(?P<description>.*)"')
PRODUCT = re.compile(r"PID: (?P<pid>.*?)\s+VID: (?P<vid>.*?)\s+SN: *(?P<serial>\S*)")
VALUE_AT = 42
"""Where `show system` begins its values, and goes on with those that need more than a line."""


@dataclass(frozen=True, kw_only=True)
class SystemFacts:
    """What `show system` says; `mac` is the base address, which the switch itself uses."""

    name: str
    description: str
    mac: str


@dataclass(frozen=True, kw_only=True)
class Item:
    """A unit of the stack ("1"), or a transceiver (named as its port)."""

    name: str
    description: str
    product: str
    serial: str

    @property
    def is_unit(self) -> bool:
        """Tell whether it is a switch, not something that is plugged into one."""
        return self.name.isdecimal()


def parse_version(text: str) -> str:
    """Return the firmware that runs, such as 1.4.11.5: of a stack, that of its first unit."""
    lines = [line for line in lines_of(VERSION, text) if line.strip()]
    if lines and "Unit" in lines[0].split():
        return _version_of_units(lines)
    found = _version_of_images(lines) if any(IMAGE.fullmatch(line.strip()) for line in lines) else _plain(lines)
    if not found:
        raise ParseError(f"{VERSION}: there is no firmware version in {' / '.join(lines)[:120]!r}")
    return found


def _plain(lines: list[str]) -> str:
    found = {}
    for line in lines:
        match = PLAIN.fullmatch(line.strip())
        if not match:
            raise ParseError(f"{VERSION}: cannot read {line[:120]!r}")
        found[match["what"]] = match["value"]
    return found.get("SW", "")


def _version_of_images(lines: list[str]) -> str:
    state = ""
    versions: dict[tuple[str, str], str] = {}
    for line in lines:
        if image := IMAGE.fullmatch(line.strip()):
            state = image["state"]
        elif (field := FIELD.fullmatch(line.strip())) and state:
            versions.setdefault((state, field["name"]), field["value"].strip())
        else:
            raise ParseError(f"{VERSION}: cannot read {line[:120]!r}")
    return versions.get(("Active", "Version"), "")


def _version_of_units(lines: list[str]) -> str:
    table = _only_table(VERSION, lines)
    if not table.has("Unit", "SW version") or not table.rows:
        raise ParseError(f"{VERSION}: cannot read {lines[0][:120]!r}: there is no unit with its SW version")
    return table.rows[0].need("SW version")


def parse_system(text: str) -> SystemFacts:
    """Return name, description and MAC address of the switch."""
    lines = lines_of(SYSTEM, text)
    values: dict[str, str] = {}
    label, rest = "", []
    for line in lines:
        match = LABEL.fullmatch(line)
        if match:
            label = match["name"].strip()
            values[label] = match["value"].strip()
        elif label and line.strip() and not line[:VALUE_AT].strip():
            # A name has no blanks: it was cut anywhere. Everything else is broken between words.
            values[label] += ("" if label == "System Name" else " ") + line.strip()
        else:
            label = ""
            rest.append(line)
    tables_of(SYSTEM, rest)  # units, fans, temperatures: nothing of them is kept, and nothing is taken for one
    for name in ("System Name", "System MAC Address", "System Description"):
        if name not in values:
            raise ParseError(f"{SYSTEM}: there is no {name!r} in {' / '.join(filter(str.strip, lines))[:120]!r}")
    return SystemFacts(
        name=values["System Name"],
        description=values["System Description"],
        mac=to_mac(values["System MAC Address"], SYSTEM),
    )


def parse_system_id(text: str) -> dict[str, str]:
    """Return the serial numbers by unit; a switch that is no stack is unit 1."""
    lines = [line for line in lines_of(SYSTEM_ID, text) if line.strip()]
    if len(lines) == 1 and (found := SERIAL.fullmatch(lines[0].strip())):
        return {"1": found["serial"]}
    table = _only_table(SYSTEM_ID, lines)
    number = next((head for head in table.heads if head.casefold() == "serial number"), "")
    if table.heads[0] != "Unit" or not number:
        raise ParseError(f"{SYSTEM_ID}: cannot read {lines[0][:120]!r}: there is no unit with its serial number")
    return {row.need("Unit"): row.need(number) for row in table.rows}


def parse_inventory(text: str) -> list[Item]:
    """Return the units and what is plugged into them."""
    items: list[Item] = []
    named: re.Match[str] | None = None
    for line in lines_of(INVENTORY, text):
        stripped = line.strip()
        if named is None and (match := ITEM.fullmatch(stripped)):
            named = match
        elif named is not None and (product := PRODUCT.fullmatch(stripped)):
            items.append(
                Item(
                    name=named["name"].strip(),
                    description=named["description"].strip(),
                    product=product["pid"].strip(),
                    serial=product["serial"],
                )
            )
            named = None
        elif stripped:
            raise ParseError(f"{INVENTORY}: cannot read {line[:120]!r}")
    if named is not None:
        raise ParseError(f"{INVENTORY}: the answer ends after {named[0][:120]!r}")
    if not items:
        raise ParseError(f"{INVENTORY}: the answer is empty; a switch names at least itself")
    return items


def to_mac(text: str, what: str) -> str:
    """Return a MAC address in the app's spelling."""
    try:
        return normal(text)
    except ValueError as error:
        raise ParseError(f"{what}: {error}") from None


def _only_table(what: str, lines: Sequence[str]) -> Table:
    tables = tables_of(what, lines)
    if len(tables) != 1:
        raise ParseError(f"{what}: cannot read {' / '.join(lines)[:120]!r}")
    return tables[0]
