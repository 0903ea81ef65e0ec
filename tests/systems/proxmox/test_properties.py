"""Whatever the wire says: nothing is dropped in silence, and nothing fails but with a ParseError."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from nautobot_wow.errors import ParseError
from nautobot_wow.records import ALL_VLANS, GuestType
from nautobot_wow.systems.proxmox.parse.config import Plugs, parse_config
from nautobot_wow.systems.proxmox.parse.listing import parse_cluster_status, parse_resources
from nautobot_wow.systems.proxmox.parse.live import parse_agent_interfaces, parse_container_interfaces
from nautobot_wow.systems.proxmox.parse.network import parse_node_network
from nautobot_wow.systems.proxmox.parse.parts import NodeParts, add_adapters, add_board, add_disks
from nautobot_wow.systems.proxmox.parse.platforms import parse_os_info
from nautobot_wow.systems.proxmox.parse.rights import parse_rights
from nautobot_wow.systems.proxmox.parse.sdn import add_subnets, parse_sdn
from nautobot_wow.systems.proxmox.parse.strings import properties, size_bytes
from nautobot_wow.systems.proxmox.parse.vlans import vlan_ids

WORDS = [
    *("running", "unknown", "pve1", "1", "0", "vmbr0", "dhcp", "2001:db8::1", "qemu", "lxc", "node", "bridge"),
    *("10.0.0.5/24", "ip=10.0.0.5/24,gw=10.0.0.1", "BC:24:11:00:00:01", "lvm:a,size=8G"),
    *("virtio=BC:24:11:00:00:01,bridge=vmbr0", "name=eth0,hwaddr=BC:24:11:00:00:01,ip=dhcp"),
    *("/vms", "/vms/100", "VM.Audit", "NoAccess"),
]
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.sampled_from(WORDS)


def _nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)


values = st.recursive(scalars, _nested, max_leaves=6)


def objects(*keys: str) -> st.SearchStrategy[Any]:
    """Objects that have some of the keys the parser looks for, with anything in them."""
    return st.fixed_dictionaries({}, optional=dict.fromkeys(keys, values)) | values


def rows(*keys: str) -> st.SearchStrategy[list[Any]]:
    return st.lists(objects(*keys), max_size=6)


def survives(parse: Callable[[], object]) -> None:
    with contextlib.suppress(ParseError):
        parse()


KEY = st.text("abcdefghijklmnopqrstuvwxyz0123456789-", min_size=1, max_size=10)
VALUE = st.text("abcdefghijklmnopqrstuvwxyz0123456789:/.;-=", max_size=20)


@given(st.dictionaries(KEY, VALUE, max_size=8))
def test_a_property_string_that_was_written_is_read_back(parts: dict[str, str]) -> None:
    assert properties(",".join(f"{key}={value}" for key, value in parts.items()), "x") == parts


@given(st.integers(0, 10**6), st.sampled_from(["", "K", "M", "G", "T"]))
def test_a_size_that_was_written_is_read_back(number: int, unit: str) -> None:
    assert size_bytes(f"{number}{unit}", "x") == number * 1024 ** " KMGT".index(unit or " ")


@given(rows("type", "vmid", "node", "name", "status", "id", "template", "tags", "maxcpu", "maxmem"))
def test_every_row_of_the_listing_is_read_refused_or_not_ours(payload: list[Any]) -> None:
    listing = parse_resources(payload)
    ours = [row for row in payload if not isinstance(row, dict) or row.get("type") in ("qemu", "lxc")]
    nodes = [row for row in payload if isinstance(row, dict) and row.get("type") == "node"]
    assert len(ours) <= len(listing.guests) + len(listing.refused)
    assert bool(nodes) <= bool(listing.nodes or listing.refused)


@given(
    rows("iface", "type", "active", "mtu", "comments", "cidr", "address", "netmask", "gateway", "altnames", "method"),
    st.booleans(),
)
def test_every_row_of_a_nodes_network_is_read_or_refused(payload: list[Any], sees_bridges: bool) -> None:
    found = parse_node_network("pve1", payload, sees_bridges=sees_bridges)
    loopbacks = sum(isinstance(row, dict) and row.get("iface") == "lo" for row in payload)
    assert len(found.records) + len(found.refused) + loopbacks == len(payload)


PORTS = st.sampled_from(["eno1", "eno2", "eno1.2", "vmbr0.10", "bond0", "vmbr0", "vlan5", "lo"])
MEMBERSHIP = st.lists(PORTS, max_size=3).map(" ".join)
WIRED = st.fixed_dictionaries(
    {"iface": PORTS, "type": st.sampled_from(["eth", "bond", "bridge", "vlan", "alias", "OVSBridge", "OVSIntPort"])},
    optional={
        "slaves": MEMBERSHIP,
        "bridge_ports": MEMBERSHIP,
        "ovs_ports": MEMBERSHIP,
        "ovs_bridge": PORTS,
        "vlan-raw-device": PORTS,
        "vlan-id": st.integers(-1, 5000) | st.text(max_size=3),
        "bridge_vlan_aware": st.booleans(),
        "bridge_vids": st.sampled_from(["", "2-4094", "10 20", "nonsense"]),
    },
)


@given(st.lists(WIRED, max_size=6))
def test_interfaces_refer_to_others_that_are_there_and_never_to_themselves(payload: list[Any]) -> None:
    found = parse_node_network("pve1", payload).records
    names = {record.name for record in found}
    assert len(names) == len(found)
    for record in found:
        for other in (record.lag, record.bridge, record.parent):
            assert not other or (other in names and other != record.name)
        assert record.vid is None or 0 <= record.vid <= 4094


VIDS = st.integers(1, 4094)
RANGES = st.lists(st.tuples(VIDS, VIDS).map(sorted) | VIDS.map(lambda vid: [vid, vid]), max_size=5)


@given(RANGES, st.sampled_from([";", " ", ",", ", "]))
def test_vlans_that_were_written_are_read_back_and_never_four_thousand_of_them(ranges: Any, between: str) -> None:
    text = between.join(f"{first}-{last}" if first != last else str(first) for first, last in ranges)
    wanted = {vid for first, last in ranges for vid in range(first, last + 1)}
    found = vlan_ids(text, "x")
    assert found == wanted or (found == ALL_VLANS and len(wanted) >= 4000)
    assert len(found) < 4000


@given(st.text("0123456789-; ,x", max_size=20))
def test_vlans_are_read_or_refused(text: str) -> None:
    survives(lambda: vlan_ids(text, "x"))


@given(rows("zone", "type", "state"), rows("vnet", "zone", "tag", "alias", "state"), rows("cidr", "gateway", "snat"))
def test_every_zone_vnet_and_subnet_is_read_refused_or_not_in_force(zones: Any, vnets: Any, subnets: Any) -> None:
    sdn = parse_sdn(zones, vnets)
    for vnet in tuple(sdn.vnets):
        add_subnets(sdn, vnet, subnets)
    keys = [record.key for record in sdn.records]
    assert len(keys) == len(set(keys))
    assert len(sdn.refused) <= len(zones) + len(vnets) + len(sdn.vnets) * len(subnets)


@given(
    objects("cpuinfo", "memory"),
    rows("devpath", "serial", "wwn", "model", "vendor", "size", "type"),
    rows("id", "class", "device_name", "vendor", "device", "vendor_name"),
)
def test_every_disk_is_read_or_refused_and_no_part_stands_twice(status: Any, disks: Any, pci: Any) -> None:
    parts = NodeParts()
    survives(lambda: add_board(parts, "pve1", status))
    board = len(parts.records)
    add_disks(parts, "pve1", disks)
    assert len(parts.records) - board + len(parts.refused) == len(disks)
    add_adapters(parts, "pve1", pci)
    keys = [record.key for record in parts.records]
    assert len(keys) == len(set(keys)), "which one is it?"


CONFIG_KEYS = (
    *("name", "hostname", "memory", "cores", "sockets", "agent", "tags", "description", "ostype", "template"),
    *("net0", "net1", "ipconfig0", "ipconfig1", "scsi0", "rootfs", "mp0", "smbios1"),
)


@given(st.sampled_from(GuestType), objects(*CONFIG_KEYS))
def test_every_card_of_a_configuration_is_read_or_refused(guest_type: GuestType, payload: Any) -> None:
    with contextlib.suppress(ParseError):
        config = parse_config(guest_type, 100, payload, Plugs(bridges=frozenset({"vmbr0"})))
        names = {f"{guest_type.value}/100/{key}" for key in payload if key in ("net0", "net1")}
        assert names == {card.key for card in config.interfaces} | {
            refusal.key for refusal in config.refused if refusal.kind.value == "guest_interface"
        }


@given(values | st.fixed_dictionaries({"result": rows("name", "hardware-address", "ip-addresses", "id", "version-id")}))
def test_an_answer_of_the_guest_agent_is_read_or_refused(payload: Any) -> None:
    survives(lambda: parse_agent_interfaces("qemu/100", payload))
    survives(lambda: parse_os_info("qemu/100", payload))
    survives(lambda: parse_os_info("qemu/100", {"result": payload}))


@given(rows("name", "hwaddr", "hardware-address", "inet", "inet6", "ip-addresses") | values)
def test_the_interfaces_of_a_container_are_read_or_refused(payload: Any) -> None:
    survives(lambda: parse_container_interfaces("lxc/100", payload))


@given(rows("type", "name", "online", "quorate", "ip", "local"))
def test_the_members_of_a_cluster_are_read_or_refused(payload: list[Any]) -> None:
    survives(lambda: parse_cluster_status(payload))


PATHS = st.sampled_from(["/", "/vms", "/vms/100", "/vms/101", "/pool/a", "/access", "/sdn", "/nodes/pve1"])
PRIVILEGES = st.sampled_from(["VM.Audit", "Sys.Audit", "SDN.Audit"])
GRANTS = st.dictionaries(PATHS, st.dictionaries(PRIVILEGES, st.integers(0, 1), max_size=3), max_size=8)


@given(GRANTS | values, st.none() | rows("path", "roleid"))
def test_rights_are_read_or_refused_and_never_complete_without_the_right(permissions: Any, acl: Any) -> None:
    with contextlib.suppress(ParseError):
        rights = parse_rights(permissions, acl)
        if rights.why_guests_are_incomplete() is None:
            granted = {**permissions.get("/", {}), **permissions.get("/vms", {})}
            assert granted["VM.Audit"]
            assert acl is not None
