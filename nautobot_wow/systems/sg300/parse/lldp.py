"""LLDP neighbours: who is at the other end of a port, by its own words."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ....errors import ParseError
from ....macs import normal
from .answer import lines_of
from .columns import tables_of
from .ports import to_port

LLDP = "show lldp neighbors"
NOTES = (
    r"System capability legend:",
    r"(?:\w{1,2} - [\w -]+;? ?)+",
    r"LLDP .* disabled\.?",
)
WRAPS = ("Device ID", "Port ID", "System Name", "Capabilities")


@dataclass(frozen=True, kw_only=True)
class Neighbour:
    """Who is at the far end of a port. `mac` is empty where it calls itself by something else than its card."""

    port: str
    device_id: str
    mac: str
    far_port: str
    name: str
    capabilities: tuple[str, ...]


def parse_neighbours(text: str) -> list[Neighbour]:
    """Return the neighbours; a port can have several, behind a switch that passes LLDP on."""
    tables = tables_of(LLDP, lines_of(LLDP, text), notes=NOTES, wraps=WRAPS)
    if len(tables) != 1 or not tables[0].has("Port", "Device ID", "Port ID", "System Name", "TTL"):
        heads = "; ".join(", ".join(table.heads) for table in tables)
        raise ParseError(f"{LLDP}: there is no table of neighbours, only {heads or text.strip()[:120] or 'nothing'!r}")
    found = []
    for row in tables[0].rows:
        if not re.fullmatch(r"[0-9]+", row.need("TTL")):
            raise row.error("the TTL is no number")
        device_id = row.need("Device ID")
        found.append(
            Neighbour(
                port=to_port(row.need("Port"), LLDP),
                device_id=device_id,
                mac=_card(device_id),
                far_port=row.need("Port ID"),
                name=row.text("System Name"),
                capabilities=tuple(part for part in re.split(r"[, ]+", row.text("Capabilities")) if part),
            )
        )
    return found


def _card(device_id: str) -> str:
    try:
        return normal(device_id) if re.fullmatch(r"(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}", device_id) else ""
    except ValueError:
        return ""
