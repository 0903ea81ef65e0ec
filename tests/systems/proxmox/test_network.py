"""The network of a node."""

from __future__ import annotations

from typing import Any

import pytest

from nautobot_wow.records import ALL_VLANS, AddressType, Kind, PortType
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
    assert (record.key, record.device, record.scopes) == ("node/pve1/vmbr0", "node/pve1", ("nodes/pve1/interfaces",))
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


def port(found: NodeNetwork, name: str) -> Any:
    return next(record for record in found.records if record.name == name)


@pytest.mark.parametrize(
    ("row", "parent", "vid"),
    [
        ({"iface": "eno1.30"}, "eno1", 30),
        ({"iface": "eno1.30", "vlan-id": "31", "vlan-raw-device": "eno1"}, "eno1", 31),
        ({"iface": "vlan30", "vlan-raw-device": "eno1"}, "eno1", 30),
        ({"iface": "storage", "vlan-raw-device": "eno1", "vlan-id": 30}, "eno1", 30),
        ({"iface": "storage"}, "", None),
        ({"iface": "eno9.30"}, None, 30),
    ],
)
def test_a_vlan_interface_stands_on_its_raw_device_and_its_vlan_is_written_or_spelled(
    row: dict[str, Any], parent: str | None, vid: int | None
) -> None:
    found = network({"iface": "eno1", "type": "eth"}, {"type": "vlan", **row})
    record = port(found, row["iface"])
    assert (record.parent, record.vid, record.tagged) == (parent, vid, frozenset())


@pytest.mark.parametrize(
    ("row", "tagged", "vid"),
    [
        ({"bridge_vlan_aware": 1, "bridge_vids": "2-4094"}, ALL_VLANS, None),
        ({"bridge_vlan_aware": "1"}, ALL_VLANS, None),
        ({"bridge_vlan_aware": 1, "bridge_vids": "10 20-22"}, {10, 20, 21, 22}, None),
        ({"bridge_ports": "eno1"}, frozenset(), 0),
        ({"bridge_ports": "eno1.30"}, frozenset(), 30),
        ({"bridge_ports": "eno1.30 eno2.30"}, frozenset(), 30),
        ({"bridge_ports": "eno1.30 eno2.40"}, frozenset(), 0),
        ({"bridge_vids": "10"}, frozenset(), 0),
    ],
)
def test_a_bridge_carries_its_vlans_with_a_tag_or_is_in_the_one_of_its_port(
    row: dict[str, Any], tagged: Any, vid: int | None
) -> None:
    record = network({"iface": "vmbr0", "type": "bridge", **row}).records[0]
    assert (record.tagged, record.vid) == (tagged, vid)


@pytest.mark.parametrize("vids", ["all", "4095", "0", "20-10"])
def test_a_bridge_with_vlans_that_cannot_be_read_is_refused_and_no_bridge_for_guests(vids: str) -> None:
    found = network({"iface": "vmbr0", "type": "bridge", "bridge_vlan_aware": 1, "bridge_vids": vids})
    assert (found.records, found.bridges) == ([], set())
    assert "bridge_vids" in found.refused[0].reason


def test_members_are_found_at_their_bond_and_ports_at_their_bridge() -> None:
    found = network(
        {"iface": "vmbr0", "type": "bridge", "bridge_ports": "bond0"},
        {"iface": "bond0", "type": "bond", "slaves": "eno1 eno2"},
        *({"iface": f"eno{number}", "type": "eth"} for number in (1, 2, 3)),
    )
    assert [(record.name, record.lag, record.bridge) for record in found.records] == [
        ("vmbr0", "", ""),
        ("bond0", "", "vmbr0"),
        ("eno1", "bond0", ""),
        ("eno2", "bond0", ""),
        ("eno3", "", ""),
    ]


def test_open_vswitch_is_read_as_far_as_it_says_the_same() -> None:
    found = network(
        {"iface": "vmbr0", "type": "OVSBridge", "ovs_ports": "bond0 mgmt"},
        {"iface": "bond0", "type": "OVSBond", "ovs_bonds": "eno1", "ovs_bridge": "vmbr0"},
        {"iface": "mgmt", "type": "OVSIntPort", "ovs_bridge": "vmbr0", "ovs_tag": "110"},
        {"iface": "eno1", "type": "eth"},
    )
    assert port(found, "vmbr0").tagged == ALL_VLANS
    assert (port(found, "mgmt").bridge, port(found, "mgmt").vid) == ("vmbr0", 110)
    assert (port(found, "bond0").bridge, port(found, "eno1").lag) == ("vmbr0", "bond0")


def test_a_port_that_only_its_bridge_names_is_there_if_what_it_stands_on_is() -> None:
    rows = [{"iface": "vmbr1", "type": "bridge", "bridge_ports": "eno1.2 vmbr2.10"}, {"iface": "eno1", "type": "eth"}]
    found = network(*rows)
    assert [record.name for record in found.records] == ["vmbr1", "eno1", "eno1.2"]
    implied = port(found, "eno1.2")
    assert (implied.parent, implied.vid, implied.bridge, implied.type) == ("eno1", 2, "vmbr1", PortType.VIRTUAL)
    assert (implied.enabled, implied.mtu, implied.description) == (None, None, None)


def test_nobody_is_said_to_be_in_no_bond_or_bridge_if_an_owner_could_not_be_read() -> None:
    found = network({"iface": "bond0", "type": "bond", "mtu": "big"}, {"iface": "eno1", "type": "eth"})
    assert (port(found, "eno1").lag, port(found, "eno1").bridge, port(found, "eno1").parent) == (None, None, "")
