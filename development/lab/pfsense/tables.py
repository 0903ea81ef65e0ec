"""What FreeBSD's tools print: ifconfig, arp and netstat."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from development.lab.fabric import BoxInterface, BoxPort
from development.lab.pfsense.view import View

FLAGS = "UP,BROADCAST,RUNNING,SIMPLEX,MULTICAST,LOWER_UP"
MEDIA = {10000: "10Gbase-SR <full-duplex,rxpause,txpause>", 1000: "1000baseT <full-duplex>"}
NOBODY = 253
"""The last number of an address in each network that was asked for in vain."""


def ifconfig(view: View) -> str:
    """Return every interface: cards, what the kernel makes itself, VLANs."""
    lines: list[str] = []
    for port in view.box.ports.values():
        lines += _card(view, port)
    lines += [
        "enc0: flags=0<> metric 0 mtu 1536",
        "\tgroups: enc",
        "\tnd6 options=9<PERFORMNUD,IFDISABLED>",
        "lo0: flags=8049<UP,LOOPBACK,RUNNING,MULTICAST> metric 0 mtu 16384",
        "\toptions=680003<RXCSUM,TXCSUM,LINKSTATE,RXCSUM_IPV6,TXCSUM_IPV6>",
        "\tinet 127.0.0.1 netmask 0xff000000",
        "\tinet6 ::1 prefixlen 128",
        "\tinet6 fe80::1%lo0 prefixlen 64 scopeid 0x9",
        "\tgroups: lo",
        "\tnd6 options=21<PERFORMNUD,AUTO_LINKLOCAL>",
        "pflog0: flags=100<PROMISC> metric 0 mtu 33152",
        "\tgroups: pflog",
        "pfsync0: flags=0<> metric 0 mtu 1500",
        "\tsyncpeer: 0.0.0.0 maxupd: 128 defer: off version: 1400",
        "\tgroups: pfsync",
    ]
    for interface in view.box.interfaces:
        if interface.parent:
            lines += _vlan(view, interface)
    return "\n".join(lines) + "\n"


def _card(view: View, port: BoxPort) -> Iterator[str]:
    flags = f"1008843<{FLAGS}>" if port.enabled else "8802<BROADCAST,SIMPLEX,MULTICAST>"
    yield f"{port.name}: flags={flags} metric 0 mtu 1500"
    if port.description:
        yield f"\tdescription: {port.description}"
    yield "\toptions=48138b8<VLAN_MTU,VLAN_HWTAGGING,JUMBO_MTU,WOL_UCAST,WOL_MCAST,WOL_MAGIC,VLAN_HWFILTER,HWSTATS>"
    yield f"\tether {port.mac.lower()}"
    for interface in view.box.interfaces:
        if interface.port == port.name:
            yield from _addresses(interface)
    yield from _link(view, port.name)
    yield "\tnd6 options=29<PERFORMNUD,IFDISABLED,AUTO_LINKLOCAL>"


def _vlan(view: View, interface: BoxInterface) -> Iterator[str]:
    yield f"{interface.name}: flags=1008843<{FLAGS}> metric 0 mtu 1500"
    yield f"\tdescription: {interface.description}"
    yield "\toptions=4600003<RXCSUM,TXCSUM,RXCSUM_IPV6,TXCSUM_IPV6,MEXTPG>"
    yield f"\tether {interface.mac.lower()}"
    yield from _addresses(interface)
    yield "\tgroups: vlan"
    yield f"\tvlan: {interface.vlan} vlanproto: 802.1q vlanpcp: 0 parent interface: {interface.parent}"
    yield from _link(view, interface.parent)
    yield "\tnd6 options=29<PERFORMNUD,IFDISABLED,AUTO_LINKLOCAL>"


def _addresses(interface: BoxInterface) -> Iterator[str]:
    for address in map(ipaddress.ip_interface, interface.addresses):
        net = address.network
        if address.version == 6:
            yield f"\tinet6 {address.ip} prefixlen {net.prefixlen}"
        else:
            yield f"\tinet {address.ip} netmask {int(net.netmask):#010x} broadcast {net.broadcast_address}"
    yield f"\tinet6 fe80::92ec:77ff:fe1f:1%{interface.name} prefixlen 64 scopeid 0x1"


def _link(view: View, port: str) -> Iterator[str]:
    up = view.is_up(port)
    yield f"\tmedia: Ethernet autoselect{f' ({MEDIA[view.box.ports[port].speed_mbps]})' if up else ''}"
    yield f"\tstatus: {'active' if up else 'no carrier'}"


def arp(view: View) -> str:
    """Return the ARP table: whom it has talked to, itself, and an address in each network that nobody answered on."""
    lines = []
    kinds = {one.name: "vlan" if one.parent else "ethernet" for one in view.box.interfaces}
    for host, mac, name in view.arp():
        lines.append(f"? ({host}) at {mac} on {name} expires in {1200 - hash_of(host)} seconds [{kinds[name]}]")
    for one in view.box.interfaces:
        for address in map(ipaddress.ip_interface, one.addresses):
            lines.append(f"? ({address.ip}) at {one.mac.lower()} on {one.name} permanent [{kinds[one.name]}]")
            nobody = address.network[NOBODY]
            lines.append(f"? ({nobody}) at (incomplete) on {one.name} expired [{kinds[one.name]}]")
    return "\n".join(lines) + "\n" if lines else ""


def hash_of(host: str) -> int:
    """Return a number below 1200 that is always the same for an address."""
    return sum(map(int, host.split("."))) * 7 % 1200


def netstat(view: View) -> str:
    """Return the routing table of `netstat -rn`."""
    lines = ["Routing tables", "", "Internet:", "Destination        Gateway            Flags     Netif Expire"]
    for number, one in enumerate(view.box.interfaces, start=1):
        for address in map(ipaddress.ip_interface, one.addresses):
            lines.append(f"{str(address.network):<18} {f'link#{number}':<18} U      {one.name:>8}")
            lines.append(f"{str(address.ip):<18} {f'link#{number}':<18} UHS         lo0")
    for route in view.box.values.get("routes", []):
        lines.append(f"{route['network']:<18} {route['via']:<18} UGS    {route['port']:>8}")
    lines += ["127.0.0.1          link#9             UH          lo0", "", "Internet6:"]
    lines += ["Destination                       Gateway                       Flags     Netif Expire"]
    lines += ["::1                               link#9                        UHS         lo0", ""]
    return "\n".join(lines)
