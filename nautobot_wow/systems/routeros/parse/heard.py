"""Who was heard: the ARP table, and neighbours that speak LLDP, CDP or MikroTik's own protocol."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass

from ..menus import ARP, NEIGHBOURS, Answer
from .rows import Row, rows_of

GONE = ("failed", "incomplete")


@dataclass(frozen=True, kw_only=True)
class ArpRow:
    """An address and the card that answered for it; `static` where a person wrote it down."""

    host: str
    mac: str
    interface: str
    static: bool


@dataclass(frozen=True, kw_only=True)
class NeighbourRow:
    """A device at the other end. `interfaces` are where it was heard, the port first and what the port is in behind."""

    interfaces: tuple[str, ...]
    host: str
    mac: str
    name: str
    far_port: str
    platform: str
    version: str
    board: str


def parse_arp(answers: Sequence[Answer]) -> tuple[ArpRow, ...]:
    """Return the rows that somebody answered for; incomplete ones have no card, and say nothing of anybody."""
    return tuple(
        ArpRow(
            host=row.host("address"),
            mac=row.mac("mac-address"),
            interface=row.text("interface"),
            static=not row.flag("dynamic"),
        )
        for row in rows_of(ARP, answers)
        if _is_answered(row)
    )


def _is_answered(row: Row) -> bool:
    """Tell whether a row is in force and complete; published rows are the router answering for others."""
    off = row.flag("disabled") or row.flag("invalid") or row.flag("published")
    complete = row.flag("complete") if row.text("complete") else True
    return not off and complete and bool(row.text("mac-address")) and row.text("status") not in GONE


def parse_neighbours(answers: Sequence[Answer]) -> tuple[NeighbourRow, ...]:
    """Return the neighbours."""
    return tuple(
        NeighbourRow(
            interfaces=row.names("interface"),
            host=_host(row),
            mac=_mac(row),
            name=row.text("identity"),
            far_port=row.text("interface-name"),
            platform=row.text("platform"),
            version=row.text("version"),
            board=row.text("board"),
        )
        for row in rows_of(NEIGHBOURS, answers)
    )


def _host(row: Row) -> str:
    """Return where the neighbour can be reached; a link-local address is the same on every wire, and says nothing."""
    host = row.host("address4") or row.host("address") or row.host("address6")
    return "" if not host or ipaddress.ip_address(host).is_link_local else host


def _mac(row: Row) -> str:
    """Return the card; CDP and LLDP neighbours may tell none."""
    return row.mac("mac-address")
