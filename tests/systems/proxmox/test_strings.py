"""Values, property strings, sizes, tags and platform names."""

from __future__ import annotations

from typing import Any

import pytest

from nautobot_wow.errors import ParseError
from nautobot_wow.systems.proxmox.parse.platforms import family_of, parse_os_info
from nautobot_wow.systems.proxmox.parse.strings import numbered, properties, size_bytes, words
from nautobot_wow.systems.proxmox.parse.values import Row, is_noise, is_own_mac, to_interface, to_mac

GB = 1024**3


@pytest.mark.parametrize("value", [113, "113", " 113 ", 113.0])
def test_a_number_is_a_number_however_it_was_written(value: Any) -> None:
    assert Row("qemu/113", {"vmid": value}).integer("vmid") == 113


@pytest.mark.parametrize("value", ["", "1e3", "12a", 1.5, [], {}, float("nan"), float("inf"), "9" * 5000])
def test_what_is_no_number_is_named_with_its_object_and_field(value: Any) -> None:
    with pytest.raises(ParseError, match=r"qemu/113: vmid: expected a whole number"):
        Row("qemu/113", {"vmid": value}).integer("vmid")


def test_a_missing_field_is_named_with_its_object() -> None:
    with pytest.raises(ParseError, match="qemu/113: node is missing"):
        Row("qemu/113", {"node": None}).text("node")


@pytest.mark.parametrize(
    ("value", "expected"), [(1, True), ("1", True), (True, True), (0, False), ("0", False), (None, False)]
)
def test_a_flag_is_read_in_every_spelling_and_absent_means_no(value: Any, expected: bool) -> None:
    assert Row("node/a/eno1", {"active": value}).flag("active") is expected


def test_a_number_is_accepted_where_a_name_was_expected() -> None:
    assert Row("lxc/100", {"hostname": 42}).text("hostname") == "42"


@pytest.mark.parametrize("value", ["a\x00b", "\ud800"])
def test_text_that_no_database_stores_is_refused(value: str) -> None:
    with pytest.raises(ParseError, match="lxc/100: hostname: the text holds"):
        Row("lxc/100", {"hostname": value}).text("hostname")


@pytest.mark.parametrize("value", ["bc:24:11:00:00:01", "BC-24-11-00-00-01", " BC:24:11:00:00:01 "])
def test_a_mac_is_written_in_upper_case_with_colons(value: str) -> None:
    assert to_mac(value, "net0") == "BC:24:11:00:00:01"


@pytest.mark.parametrize(
    "mac", ["00:00:00:00:00:00", "FF:FF:FF:FF:FF:FF", "01:00:5E:00:00:01", "00:00:5E:00:01:0A", "00:00:5E:00:02:0A"]
)
def test_placeholder_multicast_and_vrrp_macs_tell_no_card_apart(mac: str) -> None:
    assert not is_own_mac(mac)


@pytest.mark.parametrize("value", ["10.0.0.5", "10.0.0.5/", "10.0.0.5/33", "fe80::1%eth0", "dhcp", "/24", ""])
def test_an_address_without_a_usable_mask_is_refused(value: str) -> None:
    with pytest.raises(ParseError, match="expected an address with its mask"):
        to_interface(value, "lxc/100: net0: ip")


def test_the_zone_of_an_address_is_dropped_and_its_shortest_form_is_kept() -> None:
    assert str(to_interface("2001:0DB8::0001%eth0/64", "net0").ip) == "2001:db8::1"


@pytest.mark.parametrize(
    "value", ["127.0.0.1/8", "169.254.3.4/16", "fe80::1/64", "::1/128", "224.0.0.1/4", "0.0.0.0/0"]
)
def test_loopback_link_local_multicast_and_unspecified_addresses_are_noise(value: str) -> None:
    assert is_noise(to_interface(value, "lo"))


def test_a_property_string_keeps_keys_that_a_later_release_added() -> None:
    text = "virtio=BC:24:11:00:00:01,bridge=vmbr0,host-managed=1"
    assert properties(text, "net0")["host-managed"] == "1"


def test_the_part_without_a_key_belongs_to_the_default_key() -> None:
    assert properties("local-lvm:vm-100-disk-0,size=32G", "scsi0", "volume")["volume"] == "local-lvm:vm-100-disk-0"


@pytest.mark.parametrize("text", ["ip=10.0.0.1/24,nonsense", "tag=1,tag=2", "=5"])
def test_a_part_that_cannot_be_read_is_reported_with_its_text(text: str) -> None:
    with pytest.raises(ParseError, match="qemu/100: ipconfig0"):
        properties(text, "qemu/100: ipconfig0")


@pytest.mark.parametrize(
    ("text", "expected"),
    [("32G", 32 * GB), ("512", 512), ("1.5T", 1536 * GB), ("4M", 4 * 1024**2), ("8GiB", 8 * GB), ("528K", 528 * 1024)],
)
def test_sizes_are_powers_of_1024_with_decimals_and_bytes_without_a_unit(text: str, expected: int) -> None:
    assert size_bytes(text, "scsi0") == expected


@pytest.mark.parametrize("text", ["", "G", "-1G", "1,5G", "8X", "8 G"])
def test_a_size_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(ParseError, match="expected a size"):
        size_bytes(text, "scsi0")


def test_numbered_keys_come_in_the_order_of_their_numbers() -> None:
    keys = ["net10", "net2", "net0", "netif", "network0", "net"]
    assert numbered(keys, "net") == [(0, "net0"), (2, "net2"), (10, "net10")]


@pytest.mark.parametrize("text", ["docker;proxy", "docker,proxy", "docker proxy", ";Docker;;PROXY;", " proxy ; docker"])
def test_tags_are_split_at_every_separator_and_nameless_ones_are_dropped(text: str) -> None:
    assert words(text) == {"docker", "proxy"}


@pytest.mark.parametrize(
    ("identity", "name", "version", "expected", "os_type"),
    [
        ("ubuntu", "Ubuntu", "24.04", "Ubuntu 24.04", "ubuntu24"),
        ("ubuntu", "Ubuntu", "22.04", "Ubuntu 22.04", "ubuntu22"),
        ("fedora", "Fedora Linux", "43", "Fedora 43", "fedora43"),
        ("rhel", "Red Hat Enterprise Linux", "10.0", "RHEL 10", "rhel10"),
        ("rhel", "Red Hat Enterprise Linux", "9.6", "RHEL 9", "rhel9"),
        ("debian", "Debian GNU/Linux", "12", "Debian 12", "debian12"),
    ],
)
def test_platforms_are_named_as_the_operators_automation_reads_them(
    identity: str, name: str, version: str, expected: str, os_type: str
) -> None:
    platform = parse_os_info("qemu/211", {"result": {"id": identity, "name": name, "version-id": version}})
    assert platform == expected
    assert expected.lower().replace(" ", "").replace(".", "").replace("04", "")[:8] == os_type


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        ({"id": "mswindows", "version-id": "2022", "variant-id": "server"}, "Windows Server 2022"),
        ({"id": "mswindows", "version-id": "11", "variant-id": "client"}, "Windows 11"),
        ({"id": "arch", "name": "Arch Linux"}, "Arch Linux"),
        ({"id": "vyos", "name": "VyOS", "version-id": "1.5.3-rolling"}, "VyOS 1.5"),
        ({"kernel-release": "6.1.0"}, None),
    ],
)
def test_other_systems_are_named_by_what_they_say(result: dict[str, str], expected: str | None) -> None:
    assert parse_os_info("qemu/211", {"result": result}) == expected


def test_the_ostype_of_a_container_names_a_family_and_that_of_a_linux_vm_nothing() -> None:
    assert (family_of("ubuntu"), family_of("l26"), family_of("unheard-of")) == ("Ubuntu", None, None)
