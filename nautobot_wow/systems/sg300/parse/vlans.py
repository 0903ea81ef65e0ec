"""VLANs and their ports, in the layouts of the releases.

    until 1.4.0      Vlan  Name  Ports  Type  Authorization      who is a member, not whether with a tag
    later 1.4        Vlan  Name  Ports  Created by               the same
    last 1.4, 2.x    Vlan  Name  Tagged Ports  UnTagged Ports  Created by

Where tags are not told, `show interfaces switchport` says so port by port.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ....errors import ParseError
from .answer import lines_of
from .columns import Row, tables_of
from .ports import to_port, to_ports, to_vid

VLANS = "show vlan"
SWITCHPORT = "show interfaces switchport"
NOTES = (r"Created by: .*", r"Vlan mode: .*")
PORT_COLUMNS = ("Ports", "Tagged Ports", "UnTagged Ports")
# Learned from others at run time: G (GVRP), R (RADIUS). What somebody made is D (default), S (static) or V (voice).
CREATED_BY = re.compile(r"[DSGRV]+")
LEARNED = frozenset("GR")
DYNAMIC_TYPES = ("dynamicgvrp", "dynamic", "radius")
LABEL = re.compile(r"(?P<name>[A-Z][\w ()/.-]*?) *: *(?P<value>.*)")
RULES = {"Tagged": True, "Untagged": False}


@dataclass(frozen=True, kw_only=True)
class VlanRow:
    """A VLAN with its members. `tagged` and `untagged` are None where the release does not tell them apart.

    `name` is empty where nobody gave one: the switch then shows the number. `is_learned` is one that others announced.
    """

    vid: int
    name: str
    members: tuple[str, ...]
    tagged: frozenset[str] | None
    untagged: frozenset[str] | None
    is_learned: bool


@dataclass(frozen=True, kw_only=True)
class Switchport:
    """How a port treats VLANs. `native` is the VLAN that its untagged frames come in to, None for none."""

    port: str
    mode: str
    native: int | None
    tagged: frozenset[int]
    untagged: frozenset[int]

    @property
    def vid(self) -> int:
        """Return the VLAN of its untagged frames, 0 for none: the one they come in to, if they also leave from it."""
        if self.native in self.untagged:
            return self.native or 0
        return min(self.untagged, default=0)


def parse_vlans(text: str) -> dict[int, VlanRow]:
    """Return the VLANs by number."""
    found: dict[int, VlanRow] = {}
    tables = tables_of(VLANS, lines_of(VLANS, text), notes=NOTES, wraps=["Name", *PORT_COLUMNS])
    if len(tables) != 1 or not tables[0].has("Vlan", "Name") or not set(PORT_COLUMNS) & set(tables[0].heads):
        heads = "; ".join(", ".join(table.heads) for table in tables)
        raise ParseError(f"{VLANS}: there is no table of VLANs, only {heads or text.strip()[:120] or 'nothing'!r}")
    for row in tables[0].rows:
        vlan = _vlan(row)
        if vlan.vid in found:
            raise row.error(f"VLAN {vlan.vid} is listed twice")
        found[vlan.vid] = vlan
    if not found:
        raise ParseError(f"{VLANS}: there is no VLAN in the table; a switch has at least its default one")
    return found


def _vlan(row: Row) -> VlanRow:
    vid = to_vid(row.need("Vlan"), VLANS)
    name = row.text("Name")
    ports = {column: _port_list(row, column) for column in PORT_COLUMNS if column in row.cells}
    told = {"Tagged Ports", "UnTagged Ports"} <= set(ports)
    members = [port for found in ports.values() for port in found]
    if len(set(members)) < len(members):
        raise row.error("a port is both tagged and untagged")
    return VlanRow(
        vid=vid,
        name="" if name in (str(vid), "-") else name,
        members=tuple(members),
        tagged=frozenset(ports["Tagged Ports"]) if told else None,
        untagged=frozenset(ports["UnTagged Ports"]) if told else None,
        is_learned=_is_learned(row),
    )


def _port_list(row: Row, column: str) -> list[str]:
    """Return the ports of a list, which ends in a comma wherever it goes on below."""
    parts = [part.strip() for part in row.parts(column)]
    if parts and parts[0] in ("--", "-"):
        parts[0] = ""
    for before in parts[:-1]:
        if not before.endswith(","):
            raise row.error(f"the list in {column} goes on below without a comma")
    if parts and parts[-1].endswith(","):
        raise row.error(f"the list in {column} ends in a comma: the rest is missing")
    return to_ports("".join(parts), f"{VLANS}: VLAN {row.text('Vlan')}")


def _is_learned(row: Row) -> bool:
    if "Created by" in row.cells:
        by = row.need("Created by")
        if not CREATED_BY.fullmatch(by):
            raise row.error(f"{by!r} is nobody that creates a VLAN")
        return set(by) <= LEARNED
    return row.need("Type").casefold() in DYNAMIC_TYPES


def parse_switchport(text: str, port: str) -> Switchport:
    """Return how this port treats VLANs. An answer about another port is an error."""
    lines = lines_of(SWITCHPORT, text)
    values = {found["name"]: found["value"] for line in lines if (found := LABEL.fullmatch(line.strip()))}
    for name in ("Port", "Port Mode", "Ingress UnTagged VLAN ( NATIVE )"):
        if name not in values:
            raise ParseError(f"{SWITCHPORT} {port}: there is no {name!r} in {text.strip()[:120]!r}")
    if to_port(values["Port"], SWITCHPORT) != port:
        raise ParseError(f"{SWITCHPORT} {port}: the answer is about {values['Port'][:60]!r}")
    rules: dict[int, bool] = {}
    for table in tables_of(SWITCHPORT, lines, notes=[LABEL.pattern]):
        for row in table.rows if table.has("Vlan", "Egress rule") else ():
            rule = row.need("Egress rule")
            if rule not in RULES:
                raise row.error(f"{rule!r} is neither Tagged nor Untagged")
            rules[to_vid(row.need("Vlan"), SWITCHPORT)] = RULES[rule]
    native = values["Ingress UnTagged VLAN ( NATIVE )"].strip()
    return Switchport(
        port=port,
        mode=values["Port Mode"].strip().casefold(),
        native=None if native.casefold() in ("", "none", "4095") else to_vid(native, SWITCHPORT),
        tagged=frozenset(vid for vid, is_tagged in rules.items() if is_tagged),
        untagged=frozenset(vid for vid, is_tagged in rules.items() if not is_tagged),
    )
