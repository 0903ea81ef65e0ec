"""The MAC address table: which card was heard on which port, and which addresses are the switch's own."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ....errors import ParseError
from .answer import lines_of
from .columns import tables_of
from .device import to_mac
from .ports import to_port, to_vid

MAC_TABLE = "show mac address-table"
OLDER_MAC_TABLE = "show mac-address-table"
"""How some models spell it."""
NOTES = (r"Flags: .*", r"Aging time is \d+ .*", r"Number of .*: *\d+")
VLAN = re.compile(r"(?P<vid>\d{1,4})(?: *(?P<internal>I))?")
OWN = frozenset({"self", "management"})
HEARD = frozenset({"dynamic", "static", "secure", "permanent", "delete-on-reset", "delete-on-timeout"})


@dataclass(frozen=True, kw_only=True)
class MacRow:
    """A row of the table. `is_own` is an address of the switch itself, on no port."""

    vid: int
    mac: str
    port: str
    is_own: bool


def parse_mac_table(text: str) -> list[MacRow]:
    """Return the rows, without those of VLANs that the switch only uses inside itself (flag I)."""
    tables = tables_of(MAC_TABLE, lines_of(MAC_TABLE, text), notes=NOTES)
    if len(tables) != 1 or not tables[0].has("Vlan", "Mac Address", "Port", "Type"):
        heads = "; ".join(", ".join(table.heads) for table in tables)
        raise ParseError(f"{MAC_TABLE}: there is no table of addresses, only {heads or text.strip()[:120]!r}")
    found = []
    for row in tables[0].rows:
        vlan = VLAN.fullmatch(row.need("Vlan"))
        kind = row.need("Type").casefold()
        if not vlan:
            raise row.error("the first column holds no VLAN")
        if kind not in OWN | HEARD:
            raise row.error(f"{kind!r} is no type of an address that is known")
        mac, port = to_mac(row.need("Mac Address"), MAC_TABLE), row.need("Port")
        is_own = kind in OWN
        if not vlan["internal"]:
            found.append(
                MacRow(
                    vid=to_vid(vlan["vid"], MAC_TABLE),
                    mac=mac,
                    port="" if is_own else to_port(port, MAC_TABLE),
                    is_own=is_own,
                )
            )
    return found
