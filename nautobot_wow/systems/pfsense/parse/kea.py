"""Kea's lease files: CSV with a header, appended to as leases change (memfile), and renamed by a clean-up.

    address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname[,state[,user_context[,pool_id]]]

A later row replaces an earlier one, and a row with a lifetime of 0 takes the address away. Columns are found by their
name: releases added some. Commas within values are written `&#x2c`. While the clean-up (LFC) runs, or after it was
killed, leases are in more than one file; `load_order` says which to read, one after the other.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from ....errors import ParseError
from .leases import Lease
from .values import quoted, to_address, to_mac, to_number

NAME = "dhcp4.leases"
FOREVER = 2**32 - 1
# Lease states of Kea (src/lib/dhcpsrv/lease.h).
ACTIVE, DECLINED, REGISTERED = "0", "1", "4"
STATES = (ACTIVE, DECLINED, "2", "3", REGISTERED)
NEEDED = ("address", "hwaddr", "valid_lifetime", "expire", "hostname")
ESCAPED = re.compile(r"&#x([0-9a-fA-F]{2})")


def load_order(names: Iterable[str]) -> tuple[str, ...]:
    """Return which files of a folder hold leases, in the order in which Kea itself loads them.

    That is `.completed`, where a clean-up got that far, or else `.2` and `.1`; the plain file is always the last one.
    """
    there = frozenset(names)
    older = (f"{NAME}.completed",) if f"{NAME}.completed" in there else (f"{NAME}.2", f"{NAME}.1")
    return tuple(name for name in (*older, NAME) if name in there)


def parse_kea_leases(text: str, what: str = NAME) -> tuple[Lease, ...]:
    """Return the rows of one file in its order. Raises ParseError that quotes the row it cannot read."""
    lines = text.split("\n")
    if lines and lines[-1] == "":
        lines.pop()
    elif lines:
        raise ParseError(f"{what}: it ends in the middle of line {len(lines)}: {quoted(lines[-1])}")
    if not lines:
        return ()
    columns = _columns(lines[0], what)
    return tuple(_lease(line, number, columns, what) for number, line in enumerate(lines[1:], start=2) if line)


def _columns(header: str, what: str) -> tuple[str, ...]:
    columns = tuple(header.split(","))
    missing = [name for name in NEEDED if name not in columns]
    if missing:
        raise ParseError(f"{what}: line 1 is no header, {missing[0]} is missing: {quoted(header)}")
    return columns


def _lease(line: str, number: int, columns: tuple[str, ...], what: str) -> Lease:
    cells = line.split(",")
    # A row that an older release wrote lacks the columns at the end; Kea reads it all the same.
    if not len(NEEDED) < len(cells) <= len(columns) or len(cells) <= columns.index("hostname"):
        raise ParseError(f"{what}: cannot read line {number}: {quoted(line)}")
    try:
        return _made({name: _plain(cell) for name, cell in zip(columns, cells, strict=False)})
    except ParseError as error:
        raise ParseError(f"{what}: cannot read line {number} ({error}): {quoted(line)}") from None


def _made(row: Mapping[str, str]) -> Lease:
    address = to_address(row["address"], "address")
    if address.version != 4:
        raise ParseError("address: it is no IPv4 address")
    state = row.get("state") or ACTIVE
    if state not in STATES:
        raise ParseError(f"state: {quoted(state)} is none of {', '.join(STATES)}")
    lifetime, expire = (to_number(row[name], name) for name in ("valid_lifetime", "expire"))
    return Lease(
        host=str(address),
        mac=to_mac(row["hwaddr"], "hwaddr") if row["hwaddr"] else "",
        name=row["hostname"].rstrip("."),
        ends=None if lifetime == FOREVER else expire,
        held=state in (ACTIVE, REGISTERED) and lifetime > 0,
        shunned=state == DECLINED and lifetime > 0,
    )


def _plain(cell: str) -> str:
    return ESCAPED.sub(lambda match: chr(int(match[1], 16)), cell)
