"""Ports and port channels: three tables that must name the same ports, and who belongs to which channel."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ....errors import ParseError
from .answer import lines_of
from .columns import Row, Table, tables_of
from .ports import LAG, to_port, to_ports

STATUS = "show interfaces status"
CONFIGURATION = "show interfaces configuration"
DESCRIPTION = "show interfaces description"
CHANNELS = "show interfaces port-channel"
UNKNOWN = "--"
STATES = {"Up": True, "Down": False, "Suspended": False, "Not Present": None}
ADMIN = {"Up": True, "Down": False}
SPEED = re.compile(r"(?P<number>\d{1,6})(?P<unit>[MG]?)")
KBPS = {"": 1000, "M": 1000, "G": 1_000_000}
MEMBERS = re.compile(
    r"(?P<role>Active|Inactive|Non-candidates?|Standby) *: *(?P<ports>[^:]*?)[ ,]*(?=$|[A-Z][a-z-]+ *:)"
)
CHANNEL_NOTES = (r"Load balancing: .*", r"Gathering information\.*")


@dataclass(frozen=True, kw_only=True)
class PortStatus:
    """What a port is doing. `up` is None for a port channel that has no port; `speed_kbps` None without a link."""

    name: str
    type: str
    up: bool | None
    speed_kbps: int | None


def parse_status(text: str) -> dict[str, PortStatus]:
    """Return the state of every port and port channel, by name."""
    return {row_name(row, table): _status(row) for table in _tables(STATUS, text) for row in table.rows}


def _status(row: Row) -> PortStatus:
    state = row.need("Link State")
    if state not in STATES:
        raise row.error(f"{state!r} is no state of a link that is known")
    return PortStatus(
        name=row.need(_key(row)), type=row.need("Type"), up=STATES[state], speed_kbps=_speed(row, row.need("Speed"))
    )


def parse_configuration(text: str) -> dict[str, bool]:
    """Return which ports and port channels are switched on, by name."""
    found = {}
    for table in _tables(CONFIGURATION, text):
        for row in table.rows:
            state = row.need("Admin State")
            if state not in ADMIN:
                raise row.error(f"{state!r} is neither Up nor Down")
            found[row_name(row, table)] = ADMIN[state]
    return found


def parse_descriptions(text: str) -> dict[str, str]:
    """Return the description of every port and port channel, empty where it has none, by name."""
    return {row_name(row, table): row.text("Description") for table in _tables(DESCRIPTION, text) for row in table.rows}


def parse_channels(text: str) -> dict[str, list[str]]:
    """Return the ports that are members of each port channel, whether they work in it or not."""
    found: dict[str, list[str]] = {}
    for table in tables_of(CHANNELS, lines_of(CHANNELS, text), notes=CHANNEL_NOTES, wraps=["Ports"]):
        if not table.has("Channel", "Ports"):
            raise ParseError(f"{CHANNELS}: cannot read a table of {', '.join(table.heads)}")
        for row in table.rows:
            name = to_port(row.need("Channel"), CHANNELS)
            found[name] = _members(row)
    return found


def _members(row: Row) -> list[str]:
    text = " ".join(part.strip() for part in row.parts("Ports")).strip()
    named = list(MEMBERS.finditer(text))
    if "".join(match[0] for match in named).replace(" ", "") != text.replace(" ", ""):
        raise row.error("the members are neither Active nor Inactive")
    return [port for match in named for port in to_ports(match["ports"], row.what)]


def same_ports(**tables: Mapping[str, object]) -> None:
    """Raise ParseError unless the tables name the same ports: one that was cut off would take ports away."""
    (first, expected), *others = tables.items()
    for name, table in others:
        if different := sorted(set(expected) ^ set(table)):
            where = first if different[0] in expected else name
            raise ParseError(
                f"show interfaces {name}: it names {len(table)} ports and show interfaces {first} {len(expected)}; "
                f"{different[0]} is only in {where}"
            )


def is_used(row: PortStatus) -> bool:
    """Tell whether it is a port channel with a port in it: the others are Not Present."""
    return row.name.startswith(LAG) and row.up is not None


def row_name(row: Row, table: Table) -> str:
    """Return the port that a row is about."""
    return to_port(row.need(table.heads[0]), row.what)


def _tables(what: str, text: str) -> list[Table]:
    tables = tables_of(what, lines_of(what, text))
    if not tables or any(table.heads[0] not in ("Port", "Ch") for table in tables):
        heads = "; ".join(", ".join(table.heads) for table in tables)
        raise ParseError(f"{what}: there is no table of ports, only {heads or text.strip()[:120] or 'nothing'!r}")
    names = [row_name(row, table) for table in tables for row in table.rows]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ParseError(f"{what}: {twice[0]} is listed twice")
    return tables


def _key(row: Row) -> str:
    return "Port" if "Port" in row.cells else "Ch"


def _speed(row: Row, text: str) -> int | None:
    if text == UNKNOWN:
        return None
    found = SPEED.fullmatch(text)
    if not found:
        raise row.error(f"{text!r} is no speed")
    return int(found["number"]) * KBPS[found["unit"]]
