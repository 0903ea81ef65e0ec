"""What a running guest says of its own interfaces: a VM's guest agent, or the host looking into a container."""

from __future__ import annotations

from collections.abc import Iterable

from ....errors import ParseError
from .addresses import LiveInterface, telling_mac
from .values import MAC, Interface, Row, to_interface, to_mac


def parse_agent_interfaces(guest: str, payload: object) -> list[LiveInterface]:
    """Return the interfaces of network-get-interfaces; the answer is wrapped twice, and rows may lack a MAC."""
    return [
        LiveInterface(name=row.text("name"), mac=_mac(row, "hardware-address"), addresses=tuple(_listed(row)))
        for row in _rows(f"{guest}: guest agent", Row(f"{guest}: guest agent", payload).fields.get("result"))
    ]


def parse_container_interfaces(guest: str, payload: object) -> list[LiveInterface]:
    """Return the interfaces of a container.

    Since pve-container 5.2.6 there is a list of addresses; before, `inet` and `inet6` held the last one of each family.
    """
    return [
        LiveInterface(
            name=row.text("name"),
            mac=_mac(row, "hwaddr", "hardware-address"),
            addresses=tuple(_listed(row) if row.has("ip-addresses") else _last_ones(row)),
        )
        for row in _rows(f"{guest}: interfaces", payload)
    ]


def _rows(what: str, payload: object) -> list[Row]:
    if not isinstance(payload, list):
        raise ParseError(f"{what}: expected a list of interfaces")
    return [Row(f"{what}: interface {number}", item) for number, item in enumerate(payload, start=1)]


def _mac(row: Row, *keys: str) -> str | None:
    """Return the MAC, None where there is none: tunnels have no hardware address, or one of another length."""
    text = next((row.text(key) for key in keys if row.has(key)), "").strip()
    return telling_mac(to_mac(text, row.what)) if MAC.fullmatch(text) else None


def _listed(row: Row) -> Iterable[Interface]:
    items = row.fields.get("ip-addresses")
    if items is None:
        return
    if not isinstance(items, list):
        raise ParseError(f"{row.what}: ip-addresses is not a list")
    for item in items:
        address = Row(f"{row.what}: address", item)
        yield to_interface(f"{address.text('ip-address')}/{address.integer('prefix')}", address.what)


def _last_ones(row: Row) -> Iterable[Interface]:
    for key in ("inet", "inet6"):
        if row.has(key):
            yield to_interface(row.text(key), f"{row.what}: {key}")
