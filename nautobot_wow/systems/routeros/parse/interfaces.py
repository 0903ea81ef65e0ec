"""Interfaces: all of them, and what is said only of Ethernet ports, bonds and VLAN interfaces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ....errors import ParseError
from ..menus import BONDING, ETHERNET, INTERFACES, VLANS, Answer, Menu
from .rows import Row, row_of, rows_of
from .values import rate_kbps

MONITOR = Menu(path="/interface/ethernet/monitor", scope="parts")


@dataclass(frozen=True, kw_only=True)
class InterfaceRow:
    """An interface. `type` is the router's word: ether, bond, bridge, vlan, vrrp, loopback, ..."""

    id: str
    name: str
    default_name: str
    type: str
    enabled: bool
    dynamic: bool
    mtu: int | None
    mac: str
    comment: str


@dataclass(frozen=True, kw_only=True)
class VlanInterface:
    """A VLAN interface; `service_tag` is the tag of a provider (802.1ad), no VLAN of the site."""

    name: str
    vid: int
    parent: str
    service_tag: bool


@dataclass(frozen=True, kw_only=True)
class Link:
    """What a port says of its link and of the module in it."""

    name: str
    up: bool
    speed_kbps: int | None
    rates: frozenset[str]
    vendor: str = ""
    part: str = ""
    serial: str = ""
    module: str = ""


def parse_interfaces(answers: Sequence[Answer]) -> dict[str, InterfaceRow]:
    """Return the interfaces by name."""
    found = {}
    for row in rows_of(INTERFACES, answers):
        name = row.required("name")
        if name in found:
            raise ParseError(f"{row.menu}: two interfaces are called {name!r}: the answer is not whole; run again")
        found[name] = InterfaceRow(
            id=row.text(".id"),
            name=name,
            default_name=row.text("default-name"),
            type=row.required("type"),
            enabled=not row.flag("disabled"),
            dynamic=row.flag("dynamic"),
            mtu=_mtu(row),
            mac=row.mac("mac-address"),
            comment=row.text("comment"),
        )
    if not found:
        raise ParseError(f"{INTERFACES.path}: there is no interface; a router has some: check the rights of the user")
    return found


def _mtu(row: Row) -> int | None:
    """Return the MTU in force; a bridge that is off has only the word auto."""
    return row.number("actual-mtu") or (None if row.text("mtu") == "auto" else row.number("mtu"))


def parse_ethernet(answers: Sequence[Answer]) -> dict[str, str]:
    """Return the names that Ethernet ports left the factory with, by their present ones."""
    return {row.required("name"): row.text("default-name") for row in rows_of(ETHERNET, answers)}


def parse_bonding(answers: Sequence[Answer]) -> dict[str, str]:
    """Return the bond of every interface that is in one."""
    found = {}
    for row in rows_of(BONDING, answers):
        bond = row.required("name")
        for slave in row.names("slaves"):
            found[slave] = bond
    return found


def parse_vlans(answers: Sequence[Answer]) -> dict[str, VlanInterface]:
    """Return the VLAN interfaces by name."""
    found = {}
    for row in rows_of(VLANS, answers):
        name, vid = row.required("name"), row.vid("vlan-id")
        if vid is None:
            raise row.error("vlan-id", "a VLAN")
        found[name] = VlanInterface(
            name=name, vid=vid, parent=row.text("interface"), service_tag=row.flag("use-service-tag")
        )
    return found


def parse_link(name: str, answers: Sequence[Answer]) -> Link:
    """Return the link of one port."""
    row = row_of(MONITOR, answers)
    up = row.text("status") == "link-ok"
    return Link(
        name=name,
        up=up,
        speed_kbps=rate_kbps(row.text("rate")) if up else None,
        rates=frozenset(row.names("supported") or row.names("advertising")),
        vendor=row.text("sfp-vendor-name").strip(),
        part=row.text("sfp-vendor-part-number").strip(),
        serial=row.text("sfp-vendor-serial").strip(),
        module=row.text("sfp-type").strip() if row.flag("sfp-module-present") else "",
    )
