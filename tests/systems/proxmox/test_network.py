"""The network of a node."""

from __future__ import annotations

from typing import Any

import pytest

from nautobot_wow.records import AddressType, Kind, PortType
from nautobot_wow.systems.proxmox.parse.network import NodeNetwork, parse_node_network


def network(*rows: Any) -> NodeNetwork:
    return parse_node_network("pve1", list(rows))


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("bridge", PortType.BRIDGE),
        ("OVSBridge", PortType.BRIDGE),
        ("bond", PortType.LAG),
        ("vlan", PortType.VIRTUAL),
        ("eth", PortType.OTHER),
        ("unknown", None),
        ("invented", None),
    ],
)
def test_the_type_of_an_interface_is_translated_and_an_unknown_one_is_not_said(kind: str, expected: Any) -> None:
    assert network({"iface": "eno1", "type": kind}).records[0].type is expected


def test_an_interface_has_key_scope_state_mtu_and_comment() -> None:
    row = {"iface": "vmbr0", "type": "bridge", "active": "1", "mtu": "9000", "comments": "Guests\n"}
    record = network(row).records[0]
    assert (record.key, record.node, record.scopes) == ("node/pve1/vmbr0", "node/pve1", ("nodes/pve1/interfaces",))
    assert (record.enabled, record.mtu, record.description) == (True, 9000, "Guests")
    assert network(row).bridges == {"vmbr0"}


def test_an_interface_that_is_not_active_is_disabled_and_no_comment_is_known_to_be_empty() -> None:
    record = network({"iface": "eno1", "type": "eth"}).records[0]
    assert (record.enabled, record.mtu, record.mac, record.description) == (False, None, None, "")


def test_the_permanent_mac_is_read_from_the_alternative_name() -> None:
    row = {"iface": "eno1", "type": "eth", "altnames": ["enp1s0f0", "enx246e96000101"]}
    assert network(row).records[0].mac == "24:6E:96:00:01:01"


@pytest.mark.parametrize(
    "row",
    [
        {"cidr": "10.0.0.1/24", "address": "10.9.9.9", "netmask": "16"},
        {"address": "10.0.0.1", "netmask": "24"},
        {"address": "10.0.0.1", "netmask": "255.255.255.0"},
    ],
)
def test_an_address_is_read_in_every_spelling(row: dict[str, str]) -> None:
    found = network({"iface": "vmbr0", "type": "bridge", "method": "static", **row}).held
    assert [(str(one.interface), one.carrier, one.type) for one in found] == [
        ("10.0.0.1/24", "node/pve1/vmbr0", AddressType.HOST)
    ]


def test_the_primary_address_is_beside_the_gateway_else_what_the_name_resolves_to() -> None:
    rows = [
        {"iface": "vmbr0", "type": "bridge", "cidr": "10.0.0.1/24", "cidr6": "2001:db8::1/64"},
        {"iface": "vmbr1", "type": "bridge", "cidr": "10.1.0.1/24", "gateway": "10.1.0.254"},
    ]
    assert network(*rows).primary(4, "10.0.0.1") == "10.1.0.1"
    assert network(rows[0]).primary(4, "10.0.0.1") == "10.0.0.1"
    assert network(rows[0]).primary(4, "10.7.7.7") is None
    assert network(*rows).primary(6, "2001:db8::1") == "2001:db8::1"


@pytest.mark.parametrize("row", [{"cidr": "10.0.0.1"}, {"address": "10.0.0.1"}, {"mtu": "big"}, {"active": "perhaps"}])
def test_a_row_that_cannot_be_read_is_refused_by_name_and_its_neighbour_is_not(row: dict[str, str]) -> None:
    found = network({"iface": "vmbr0", "type": "bridge", **row}, {"iface": "eno1", "type": "eth"})
    assert [record.name for record in found.records] == ["eno1"]
    assert [(refusal.kind, refusal.key) for refusal in found.refused] == [(Kind.INTERFACE, "node/pve1/vmbr0")]
    assert found.held == []


def test_the_loopback_interface_is_left_out() -> None:
    assert network({"iface": "lo", "type": "loopback", "address": "127.0.0.1", "netmask": "8"}).records == []
