"""Random estates for hypothesis: networks in each other, ranges that do not overlap, addresses with anything."""

from __future__ import annotations

import ipaddress
from typing import Any

from hypothesis import strategies as st

from nautobot_wow.systems.inventory.parse.cells import Stretch
from nautobot_wow.systems.inventory.write import Address, AddressNetwork, AddressRange

NETWORKS = ("10.0.0.0/8", "10.1.0.0/16", "10.1.1.0/24", "172.16.100.0/24", "172.16.110.0/24", "2001:db8::/64")
ROLES = ("", "VIP", "Gateway", "Anycast", "Load Balancer Pool")
WORDS = (
    *("", "-", "plain words", "a | b", "\\", "\\|", "ends in \\", "`code`", "**bold** _it_", "[link](http://x)"),
    *("<b>", "&amp; &#32;", "~~gone~~", "# heading", "- item", "Unknown", "Available", "available", "n/a", "free"),
    *("172.16.100.5", "172.16.100.0/24", "(VLAN 5)", "VIP", "dhcp", " edges ", "new\nline", "tab\there", "✅ yes", "×"),
    *("\u00a0hard\u00a0", "\ufffd", "x" * 255, "\x0b", "\x85", "key: value", "(MetalLB)", "1. first", "!", "status"),
)
texts = st.sampled_from(WORDS) | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
names = st.sampled_from(("", "traefik", "api.ossus.wow.example", "*.apps", "_dns", "unknown", "none", "free", "a-b"))
tags = st.frozensets(
    st.sampled_from(("dhcp", "reserved", "metallb", "openshift", "proxmox", "a|b", "x, y", "?")), max_size=3
)


@st.composite
def addresses(draw: st.DrawFn, network: Any) -> Address:
    number = draw(st.integers(1, min(network.num_addresses - 2, 5000)))
    return Address(
        address=network[number],
        mask_length=draw(st.sampled_from((network.prefixlen, network.max_prefixlen))),
        dns_name=draw(names),
        type=draw(st.sampled_from(("", "LXC (101)", "VM (211)", "Bare Metal", "VIP"))),
        mode=draw(st.sampled_from(("", "", "DHCP", "SLAAC"))),
        role=draw(st.sampled_from(ROLES)),
        tags=draw(tags),
        description=draw(texts),
        status=draw(st.sampled_from(("Active", "Reserved", "Deprecated", "Quarantine"))),
    )


@st.composite
def ranges(draw: st.DrawFn, network: Any) -> list[AddressRange]:
    ends = sorted(draw(st.sets(st.integers(1, min(network.num_addresses - 2, 300)), max_size=6)))
    return [
        AddressRange(
            stretch=Stretch(first=network[first], last=network[last]),
            name=draw(texts | st.sampled_from(("DHCP Pool", "machine-pool", "MetalLB"))),
            role=draw(st.sampled_from(("", "DHCP", "Load Balancer Pool", "Reserved"))),
            description=draw(texts),
        )
        for first, last in zip(ends[::2], ends[1::2], strict=False)
    ]


@st.composite
def networks(draw: st.DrawFn, name: str) -> AddressNetwork:
    network = ipaddress.ip_network(name)
    vid = draw(st.none() | st.integers(1, 4094))
    found = draw(st.lists(addresses(network), max_size=6, unique_by=lambda one: one.address))
    return AddressNetwork(
        network=network,
        type=draw(st.sampled_from(("network", "container", "pool"))),
        vid=vid,
        vlan_name=draw(texts) if vid else "",
        description=draw(texts),
        bridge=draw(st.sampled_from(("", "vmbr0", "vmbr1.160"))),
        dns_servers=draw(st.sampled_from(((), ("172.16.100.2",), ("172.16.100.2", "172.16.110.100")))),
        is_restricted=draw(st.booleans()),
        ranges=draw(ranges(network)),
        addresses=found,
    )


@st.composite
def estates(draw: st.DrawFn) -> list[AddressNetwork]:
    chosen = sorted(draw(st.sets(st.sampled_from(NETWORKS), min_size=1, max_size=4)))
    return _apart([draw(networks(name)) for name in chosen])


def _apart(estate: list[AddressNetwork]) -> list[AddressNetwork]:
    """Leave in each network only what is in no smaller one, as Nautobot does; and one VLAN one name."""
    vlan_names: dict[int, str] = {}
    for one in estate:
        inner = [other.network for other in estate if other is not one and _is_in(other.network, one.network)]
        one.addresses = [each for each in one.addresses if not any(each.address in net for net in inner)]
        one.ranges = [each for each in one.ranges if not any(_touches(each.stretch, net) for net in inner)]
        if one.vid:
            one.vlan_name = vlan_names.setdefault(one.vid, one.vlan_name)
    return estate


def _is_in(inner: Any, outer: Any) -> bool:
    return bool(inner.version == outer.version and inner.subnet_of(outer))


def _touches(stretch: Stretch, network: Any) -> bool:
    return stretch.meets(Stretch(first=network[0], last=network[-1]))
