"""The router's own addresses, and the routes that somebody gave it."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..menus import ROUTES, Answer, Menu
from .rows import Row, rows_of

OwnInterface = ipaddress.IPv4Interface | ipaddress.IPv6Interface


@dataclass(frozen=True, kw_only=True)
class OwnAddress:
    """An address of the router; `interface` is the one that really carries it."""

    address: OwnInterface
    interface: str
    enabled: bool
    dynamic: bool
    comment: str

    @property
    def is_of_the_network(self) -> bool:
        """Tell whether others can reach it: neither loopback nor link-local."""
        return not (self.address.ip.is_loopback or self.address.ip.is_link_local or self.address.ip.is_unspecified)


def parse_addresses(menu: Menu, answers: Sequence[Answer]) -> tuple[OwnAddress, ...]:
    """Return the addresses, those that are switched off among them."""
    return tuple(
        OwnAddress(
            address=_interface(row),
            interface=row.text("actual-interface") or row.text("interface"),
            enabled=not row.flag("disabled"),
            dynamic=row.flag("dynamic"),
            comment=row.text("comment"),
        )
        for row in rows_of(menu, answers)
    )


def _interface(row: Row) -> OwnInterface:
    """Return an address with its mask. Raises ParseError for a link-local one with a zone as for any other text."""
    try:
        return ipaddress.ip_interface(row.required("address"))
    except ValueError:
        raise row.error("address", "an address with its mask") from None


def parse_routes(answers: Sequence[Answer]) -> tuple[Mapping[str, str], ...]:
    """Return the routes in words for people: release 7 says immediate-gw and routing-table, 6 gateway-status."""
    return tuple(_route(row) for row in rows_of(ROUTES, answers))


def _route(row: Row) -> Mapping[str, str]:
    table = row.text("routing-table") or row.text("routing-mark") or "main"
    state = "disabled" if row.flag("disabled") else "active" if row.flag("active") else "inactive"
    blackhole = row.flag("blackhole") or row.text("type") == "blackhole"
    return {
        "destination": row.required("dst-address"),
        "gateway": "blackhole" if blackhole else row.text("gateway"),
        "through": row.text("immediate-gw") or row.text("gateway-status"),
        "distance": row.text("distance"),
        "table": table,
        "state": state,
        "comment": row.text("comment"),
    }
