"""Whatever the wire says: nothing is dropped in silence, and nothing fails but with a ParseError."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from nautobot_wow.errors import ParseError
from nautobot_wow.records import GuestType
from nautobot_wow.systems.proxmox.parse.config import parse_config
from nautobot_wow.systems.proxmox.parse.listing import parse_cluster_status, parse_resources
from nautobot_wow.systems.proxmox.parse.live import parse_agent_interfaces, parse_container_interfaces
from nautobot_wow.systems.proxmox.parse.network import parse_node_network
from nautobot_wow.systems.proxmox.parse.platforms import parse_os_info
from nautobot_wow.systems.proxmox.parse.rights import parse_rights
from nautobot_wow.systems.proxmox.parse.strings import properties, size_bytes

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
    rows("iface", "type", "active", "mtu", "comments", "cidr", "address", "netmask", "gateway", "altnames", "method")
)
def test_every_row_of_a_nodes_network_is_read_or_refused(payload: list[Any]) -> None:
    found = parse_node_network("pve1", payload)
    loopbacks = sum(isinstance(row, dict) and row.get("iface") == "lo" for row in payload)
    assert len(found.records) + len(found.refused) + loopbacks == len(payload)


CONFIG_KEYS = (
    *("name", "hostname", "memory", "cores", "sockets", "agent", "tags", "description", "ostype", "template"),
    *("net0", "net1", "ipconfig0", "ipconfig1", "scsi0", "rootfs", "mp0", "smbios1"),
)


@given(st.sampled_from(GuestType), objects(*CONFIG_KEYS))
def test_every_card_of_a_configuration_is_read_or_refused(guest_type: GuestType, payload: Any) -> None:
    with contextlib.suppress(ParseError):
        config = parse_config(guest_type, 100, payload, frozenset({"vmbr0"}))
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
