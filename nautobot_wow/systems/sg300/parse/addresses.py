"""The switch's own addresses, in the layouts of the releases: with the state of the interface, or without."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

from ....errors import ParseError
from .answer import lines_of
from .columns import Row, Table, tables_of
from .ports import NAME, VLAN

IP_INTERFACE = "show ip interface"
NOTES = (r"!source_precedence_is_supported.*", r"IP Routing.*", r"Proxy ARP is .*", r"\(Precedence .*\)")
KINDS = {"static": False, "dhcp": True, "default": False}


@dataclass(frozen=True, kw_only=True)
class OwnAddress:
    """An address of the switch and the interface that carries it ("vlan 1", a port, "oob")."""

    interface: ipaddress.IPv4Interface
    carrier: str
    is_dhcp: bool


@dataclass(frozen=True, kw_only=True)
class Addresses:
    """What `show ip interface` says: the addresses that are in use, and the default gateways."""

    own: tuple[OwnAddress, ...]
    gateways: tuple[str, ...]


def parse_addresses(text: str) -> Addresses:
    """Return the addresses; one that DHCP has not given yet (Not received) is none."""
    own: list[OwnAddress] = []
    gateways: list[str] = []
    tables = tables_of(IP_INTERFACE, lines_of(IP_INTERFACE, text), notes=NOTES, wraps=["Status"])
    for table in tables:
        if table.has("IP Address", "I/F", "Type", "Status"):
            own += [address for row in table.rows if (address := _address(row)) is not None]
        elif table.has("Gateway IP Address"):
            gateways += _gateways(table)
        else:
            raise ParseError(f"{IP_INTERFACE}: cannot read a table of {', '.join(table.heads)}")
    if not any(table.has("IP Address") for table in tables):
        raise ParseError(f"{IP_INTERFACE}: there is no table of addresses in {text.strip()[:120] or 'nothing'!r}")
    return Addresses(own=tuple(own), gateways=tuple(gateways))


def _address(row: Row) -> OwnAddress | None:
    try:
        interface = ipaddress.IPv4Interface(row.need("IP Address"))
    except ValueError:
        raise row.error("the first column holds no address") from None
    carrier = " ".join(row.need("I/F").split())
    if not (NAME.fullmatch(carrier) or VLAN.fullmatch(carrier) or carrier == "oob"):
        raise row.error(f"{carrier!r} is no interface")
    kind = row.need("Type").casefold()
    if kind not in KINDS:
        raise row.error(f"{kind!r} is no way to come by an address that is known")
    # "Not received", in a column of six characters: Not / receiv / ed. What was broken is compared without blanks.
    status = re.sub(r"\s", "", row.need("Status")).casefold()
    if status not in ("valid", "notreceived", "delayed", "tentative", "duplicated"):
        raise row.error(f"{row.text('Status')!r} is no state of an address that is known")
    if status != "valid" or interface.ip.is_unspecified:
        return None
    return OwnAddress(interface=interface, carrier=carrier, is_dhcp=KINDS[kind])


def _gateways(table: Table) -> list[str]:
    found = []
    for row in table.rows:
        try:
            found.append(str(ipaddress.IPv4Address(row.need("Gateway IP Address"))))
        except ValueError:
            raise row.error("the first column holds no address") from None
    return found
