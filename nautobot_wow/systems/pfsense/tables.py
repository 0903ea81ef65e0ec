"""What the box says that is no object in Nautobot, as tables for people: routes, gateways, names, link states."""

from __future__ import annotations

from collections.abc import Iterable

from .networks import Networks
from .parse.box import RouteLine
from .parse.ifconfig import LivePort
from .ports import port_names

Row = dict[str, str]
Tables = dict[str, tuple[Row, ...]]
NOT_KNOWN = "not known"


def tables_of(networks: Networks, live: dict[str, LivePort] | None, routes: Iterable[RouteLine] | None) -> Tables:
    """Return the tables that have a row, by title."""
    tables = {
        "Interfaces": _interfaces(networks, live),
        "Virtual IPs": _virtual(networks, live or {}),
        "Gateways": _gateways(networks),
        "Static routes": _static_routes(networks),
        "Routes in force": _routes(routes or ()),
        "DHCP scopes": _scopes(networks),
        "DHCP static mappings": _mappings(networks),
        "Host overrides": _overrides(networks),
    }
    return {title: rows for title, rows in tables.items() if rows}


def _interfaces(networks: Networks, live: dict[str, LivePort] | None) -> tuple[Row, ...]:
    called = {one.port: one for one in networks.config.interfaces.values()}
    rows = []
    for name in sorted(port_names(networks.config, live)):
        one, port = called.get(name), (live or {}).get(name)
        rows.append(
            {
                "port": name,
                "interface": one.title if one else "",
                "enabled": "" if one is None else _yes(one.enabled),
                "link": port.status or "" if port else NOT_KNOWN,
                "media": port.media if port else "",
                "addresses": ", ".join(map(str, [*(one.static if one else ()), *(one.dynamic if one else ())])),
            }
        )
    return tuple(rows)


def _virtual(networks: Networks, live: dict[str, LivePort]) -> tuple[Row, ...]:
    rows = []
    for vip in networks.config.vips:
        port = live.get(networks.config.port_of(vip.interface))
        rows.append(
            {
                "address": str(vip.address),
                "mode": vip.mode,
                "interface": vip.interface,
                "vhid": str(vip.vhid or ""),
                "state": port.carp.get(vip.vhid, "") if port and vip.vhid else "",
                "description": vip.title,
            }
        )
    return tuple(rows)


def _gateways(networks: Networks) -> tuple[Row, ...]:
    return tuple(
        {
            "name": one.name,
            "interface": one.interface,
            "address": one.address or "from the connection",
            "default": _yes(one.default),
            "disabled": _yes(one.disabled),
            "description": one.title,
        }
        for one in networks.config.gateways
    )


def _static_routes(networks: Networks) -> tuple[Row, ...]:
    return tuple(
        {
            "destination": one.network,
            "gateway": one.gateway,
            "disabled": _yes(one.disabled),
            "description": one.title,
        }
        for one in networks.config.routes
    )


def _routes(routes: Iterable[RouteLine]) -> tuple[Row, ...]:
    """Return the routes that lead to another router; the others are the networks of the interfaces."""
    return tuple(
        {"destination": one.destination, "gateway": one.gateway, "port": one.port}
        for one in routes
        if "G" in one.flags and not one.port.startswith("lo")
    )


def _scopes(networks: Networks) -> tuple[Row, ...]:
    serving = {(scope.tag, scope.version) for scope, _ in networks.serving()}
    return tuple(
        {
            "interface": networks.config.interfaces[scope.tag].title if scope.tag in networks.config.interfaces else (
                f"{scope.tag} (deleted)"
            ),
            "serves": _yes((scope.tag, scope.version) in serving),
            "ranges": ", ".join(f"{pool.first} to {pool.last}" for pool in scope.pools),
            "gateway": scope.gateway,
            "dns": ", ".join(scope.dns),
            "domain": scope.domain,
        }
        for scope in networks.config.scopes
    )  # fmt: skip


def _mappings(networks: Networks) -> tuple[Row, ...]:
    serving = {(scope.tag, scope.version) for scope, _ in networks.serving()}
    return tuple(
        {
            "interface": scope.tag,
            "address": one.host,
            "client": one.mac or one.cid,
            "name": one.name,
            "served": _yes((scope.tag, scope.version) in serving),
            "description": one.title,
        }
        for scope in networks.config.scopes
        for one in scope.static
    )


def _overrides(networks: Networks) -> tuple[Row, ...]:
    return tuple(
        {"name": one.name, "addresses": one.addresses, "description": one.title} for one in networks.config.overrides
    )


def _yes(value: bool) -> str:
    return "yes" if value else "no"
