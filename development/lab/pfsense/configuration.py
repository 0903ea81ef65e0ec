"""config.xml of the lab's firewall, secrets included: what reads it must show that it keeps none of them."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from typing import Any
from xml.sax.saxutils import escape

from development.lab.fabric import BoxInterface
from development.lab.pfsense.view import DOMAIN, View

# Schema versions by release; see the history of the file format.
SCHEMAS = (((24, 0), "23.9"), ((2, 8), "24.0"), ((2, 7), "23.3"))


def render(view: View, secrets: Mapping[str, str]) -> str:
    """Return the file. `secrets` are what a real one holds: a password hash, a private key, a shared secret."""
    parts = [
        '<?xml version="1.0"?>',
        "<pfsense>",
        f"\t<version>{_schema(view)}</version>",
        *_system(view, secrets),
        *_interfaces(view),
        *_static(view),
        *_dhcp(view),
        *_resolver(view),
        *_vlans(view),
        "\t<laggs></laggs>",
        "\t<bridges></bridges>",
        "\t<virtualip></virtualip>",
        f"\t<dhcpbackend>{view.settings['backend']}</dhcpbackend>" if view.settings["backend"] else "",
        "\t<cert>",
        "\t\t<refid>676149b4a3898</refid>",
        f"\t\t<prv>{secrets['private_key']}</prv>",
        "\t</cert>",
        f"\t<ipsec><phase1><pre-shared-key>{secrets['shared_secret']}</pre-shared-key></phase1></ipsec>",
        str(view.settings["more_xml"]),
        "</pfsense>",
    ]
    return "\n".join(part for part in parts if part) + "\n"


def _schema(view: View) -> str:
    return next((schema for since, schema in SCHEMAS if view.version_number >= since), "22.9")


def _element(name: str, text: str, depth: int) -> str:
    return f"{chr(9) * depth}<{name}>{escape(text)}</{name}>"


def _system(view: View, secrets: Mapping[str, str]) -> Iterator[str]:
    yield "\t<system>"
    yield _element("hostname", view.box.name, 2)
    yield _element("domain", DOMAIN, 2)
    yield "\t\t<user>"
    yield "\t\t\t<name>admin</name>"
    yield "\t\t\t<descr><![CDATA[System Administrator]]></descr>"
    yield _element("bcrypt-hash", secrets["hash"], 3)
    yield "\t\t</user>"
    yield "\t\t<ssh>"
    yield "\t\t\t<enable>enabled</enable>"
    yield _element("port", str(view.settings["port"] or ""), 3)
    yield "\t\t</ssh>"
    yield "\t</system>"


def _interfaces(view: View) -> Iterator[str]:
    yield "\t<interfaces>"
    for tag, one in view.tags():
        yield f"\t\t<{tag}>"
        yield f"\t\t\t<descr><![CDATA[{one.description or tag.upper()}]]></descr>"
        yield _element("if", one.name, 3)
        if isinstance(one, BoxInterface):
            address = ipaddress.ip_interface(one.addresses[0]) if one.addresses else None
            yield "\t\t\t<enable></enable>"
            yield _element("ipaddr", str(address.ip) if address else "", 3)
            yield _element("subnet", str(address.network.prefixlen) if address else "", 3)
        else:
            yield "\t\t\t<enable></enable>" if one.enabled else ""
            yield "\t\t\t<ipaddr>dhcp</ipaddr>"
        yield "\t\t\t<spoofmac></spoofmac>"
        yield f"\t\t</{tag}>"
    yield "\t</interfaces>"


def _static(view: View) -> Iterator[str]:
    yield "\t<gateways>"
    yield "\t\t<defaultgw4></defaultgw4>"
    yield "\t</gateways>"
    routes: list[dict[str, Any]] = view.box.values.get("routes", [])
    yield "\t<staticroutes>"
    for route in routes:
        yield "\t\t<route>"
        yield from (_element(name, str(route[name]), 3) for name in ("network", "gateway", "descr"))
        yield "\t\t</route>"
    yield "\t</staticroutes>"


def _dhcp(view: View) -> Iterator[str]:
    yield "\t<dhcpd>"
    for tag, one in view.tags():
        network = view.network_of(one) if isinstance(one, BoxInterface) else None
        if network is None:
            continue
        yield f"\t\t<{tag}>"
        if network.dhcp:
            yield "\t\t\t<enable></enable>"
            yield "\t\t\t<range>"
            yield _element("from", network.dhcp[0], 4)
            yield _element("to", network.dhcp[1], 4)
            yield "\t\t\t</range>"
            yield _element("domain", DOMAIN, 3)
        for mac, host in view.world.reservations.items():
            if ipaddress.IPv4Address(host) in network.network:
                yield from _mapping(view, mac, host)
        yield f"\t\t</{tag}>"
    yield "\t</dhcpd>"


def _mapping(view: View, mac: str, host: str) -> Iterator[str]:
    yield "\t\t\t<staticmap>"
    yield _element("mac", mac.lower(), 4)
    yield "\t\t\t\t<cid></cid>"
    yield _element("ipaddr", host, 4)
    yield _element("hostname", view.name_of(mac), 4)
    yield "\t\t\t\t<descr></descr>"
    yield "\t\t\t</staticmap>"


def _resolver(view: View) -> Iterator[str]:
    yield "\t<unbound>"
    yield "\t\t<enable></enable>"
    for one in view.box.values.get("overrides", []):
        yield "\t\t<hosts>"
        yield from (_element(name, str(one.get(name, "")), 3) for name in ("host", "domain", "ip", "descr"))
        yield "\t\t\t<aliases></aliases>"
        yield "\t\t</hosts>"
    yield "\t</unbound>"


def _vlans(view: View) -> Iterator[str]:
    yield "\t<vlans>"
    for one in view.box.interfaces:
        if one.parent:
            network = view.network_of(one)
            yield "\t\t<vlan>"
            yield _element("if", one.parent, 3)
            yield _element("tag", str(one.vlan), 3)
            yield "\t\t\t<pcp></pcp>"
            yield f"\t\t\t<descr><![CDATA[{network.name if network else ''}]]></descr>"
            yield _element("vlanif", one.name, 3)
            yield "\t\t</vlan>"
    yield "\t</vlans>"
