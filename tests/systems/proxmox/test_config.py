"""The configuration of guests: sizes, cards, fingerprints."""

from __future__ import annotations

from typing import Any

import pytest

from nautobot_wow.errors import ParseError
from nautobot_wow.records import ALL_VLANS, AddressType, GuestType, Kind
from nautobot_wow.systems.proxmox.parse.config import GuestConfig, Plugs, bridges_of, parse_config

PLUGS = Plugs(bridges=frozenset({"vmbr0"}), vnets={"office": 130, "stretch": None})
MAC = "BC:24:11:00:00:01"


def vm(**fields: Any) -> GuestConfig:
    return parse_config(GuestType.VM, 211, fields, PLUGS)


def container(**fields: Any) -> GuestConfig:
    return parse_config(GuestType.LXC, 210, fields, PLUGS)


def test_an_empty_configuration_has_the_defaults_of_proxmox() -> None:
    config = vm()
    assert (config.name, config.vcpus, config.memory_mb, config.disk_gb) == (None, 1, 512, 0)
    assert (config.description, config.tags, config.agent) == ("", frozenset(), False)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [({"cores": 4}, 4), ({"cores": "2", "sockets": "2"}, 4), ({"cores": 4, "sockets": 2, "vcpus": 3}, 3)],
)
def test_processors_are_cores_times_sockets_unless_fewer_are_plugged_in(fields: Any, expected: int) -> None:
    assert vm(**fields).vcpus == expected


def test_a_container_without_cores_has_those_of_its_host_which_its_configuration_does_not_say() -> None:
    assert container().vcpus is None


@pytest.mark.parametrize("memory", ["2048", 2048, "current=2048"])
def test_memory_may_be_number_text_or_property_string(memory: Any) -> None:
    assert vm(memory=memory).memory_mb == 2048


def test_disks_are_summed_and_rounded_up_without_cdrom_cloud_init_efi_tpm_and_unused() -> None:
    config = vm(
        scsi0="lvm:vm-211-disk-0,size=32G",
        virtio1="lvm:vm-211-disk-1,size=512M",
        sata0="lvm:vm-211-disk-9,size=1.5T",
        ide2="local:iso/debian.iso,media=cdrom,size=628M",
        ide0="lvm:vm-211-cloudinit,size=4M",
        ide1="nfs:211/vm-211-cloudinit.qcow2,media=cdrom,size=4M",
        ide3="none,media=cdrom",
        efidisk0="lvm:vm-211-disk-2,size=4M",
        tpmstate0="lvm:vm-211-disk-3,size=4M",
        unused0="lvm:vm-211-disk-4",
        scsihw="virtio-scsi-pci",
    )
    assert config.disk_gb == 32 + 1536 + 1


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"scsi0": "/dev/disk/by-id/x"}, None),
        ({"scsi0": "/dev/disk/by-id/x", "scsi1": "lvm:a,size=8G"}, 8),
        ({"ide2": "none,media=cdrom"}, 0),
    ],
)
def test_a_disk_without_a_size_is_not_counted_and_none_known_is_not_zero(fields: Any, expected: int | None) -> None:
    assert vm(**fields).disk_gb == expected


def test_the_disks_of_a_container_are_its_root_and_its_mount_points() -> None:
    config = container(rootfs="lvm:subvol-210,size=8G", mp0="lvm:data,mp=/data,size=20G", mp1="/srv,mp=/srv")
    assert config.disk_gb == 28


def test_tags_and_description_are_trimmed_and_absent_ones_are_known_to_be_empty() -> None:
    config = container(tags="Docker;proxy;", description="Reverse proxy\n")
    assert (config.tags, config.description) == ({"docker", "proxy"}, "Reverse proxy")


def test_a_number_as_name_is_a_name() -> None:
    assert vm(name=42).name == "42"


@pytest.mark.parametrize(
    "text",
    [
        f"virtio={MAC},bridge=vmbr0,tag=30,link_down=1,mtu=9000,trunks=10;20;30-40",
        f"model=virtio,macaddr={MAC.lower()},bridge=vmbr0,tag=30,link_down=1,mtu=9000,trunks=10;20;30-40",
    ],
)
def test_a_card_of_a_vm_is_read_in_both_spellings(text: str) -> None:
    card = vm(net3=text).interfaces[0]
    assert (card.key, card.guest, card.name) == ("qemu/211/net3", "qemu/211", "net3")
    assert (card.mac, card.vid, card.mtu, card.enabled) == (MAC, 30, 9000, False)
    assert card.tagged == {10, 20, *range(30, 41)}


@pytest.mark.parametrize(
    ("rest", "vid"),
    [
        ("bridge=vmbr0", 0),
        ("bridge=vmbr0,tag=30", 30),
        ("bridge=elsewhere", None),
        ("bridge=elsewhere,tag=30", 30),
        ("bridge=office", 130),
        ("bridge=office,tag=30", 130),
        ("bridge=stretch", None),
        ("bridge=stretch,tag=30", None),
        ("", 0),
    ],
)
def test_a_card_is_in_the_vlan_of_its_vnet_else_of_its_tag_and_untagged_on_a_bridge(rest: str, vid: int | None) -> None:
    assert vm(net0=f"virtio={MAC},{rest}").interfaces[0].vid == vid


@pytest.mark.parametrize(
    ("rest", "tagged"),
    [
        ("bridge=vmbr0", frozenset()),
        ("bridge=vmbr0,trunks=10;20-22", {10, 20, 21, 22}),
        ("bridge=vmbr0,trunks=2-4094", ALL_VLANS),
        ("bridge=vmbr0,trunks=1-50;60-4094", ALL_VLANS),
        ("bridge=office,trunks=5;6", None),
    ],
)
def test_the_vlans_of_a_trunk_are_listed_and_nearly_all_of_them_are_all(rest: str, tagged: Any) -> None:
    assert vm(net0=f"virtio={MAC},{rest}").interfaces[0].tagged == tagged


def test_what_cards_are_plugged_into_is_found_without_reading_them() -> None:
    payload = {"net0": f"virtio={MAC},bridge=office,tag=3", "net1": "bridge=vmbr0", "net2": 7, "name": "bridge=x"}
    assert bridges_of(payload) == {"office", "vmbr0"}
    assert bridges_of(None) == frozenset()


def test_an_inherited_mtu_is_not_said() -> None:
    assert vm(net0=f"virtio={MAC},mtu=1").interfaces[0].mtu is None


def test_a_placeholder_mac_is_no_mac() -> None:
    config = vm(net0="virtio=00:00:00:00:00:00,bridge=vmbr0")
    assert config.interfaces[0].mac is None
    assert config.fingerprint == frozenset()


def test_cards_come_in_the_order_of_their_numbers() -> None:
    config = vm(**{f"net{index}": f"virtio=BC:24:11:00:00:{index:02X}" for index in (10, 2, 0)})
    assert [card.name for card in config.interfaces] == ["net0", "net2", "net10"]


@pytest.mark.parametrize(
    "text",
    [
        "virtio=nonsense,bridge=vmbr0",
        "bridge=vmbr0",
        f"newnic={MAC},bridge=vmbr0",
        f"virtio={MAC},tag=5000",
        f"virtio={MAC},bridge=office,tag=5000",
        f"virtio={MAC},bridge=vmbr0,trunks=all",
        f"virtio={MAC},bridge=vmbr0,trunks=30-10",
        f"virtio={MAC},bridge=vmbr0,trunks=4095",
        7,
    ],
)
def test_a_card_that_cannot_be_read_is_refused_and_its_neighbour_is_not(text: Any) -> None:
    config = vm(net0=text, net1=f"virtio={MAC}")
    assert [card.name for card in config.interfaces] == ["net1"]
    assert [(refusal.kind, refusal.key) for refusal in config.refused] == [(Kind.GUEST_INTERFACE, "qemu/211/net0")]


def test_an_address_that_cannot_be_read_leaves_its_card_alone() -> None:
    config = vm(net0=f"virtio={MAC}", ipconfig0="ip=10.0.0.5")
    assert config.interfaces[0].mac == MAC
    assert config.cards[0].ip4.interface is None
    assert [(refusal.kind, refusal.key) for refusal in config.refused] == [(Kind.ADDRESS, "qemu/211/net0")]


def test_the_addresses_of_a_vm_pair_with_its_cards_by_number() -> None:
    config = vm(net1=f"virtio={MAC}", ipconfig1="ip=10.0.0.5/24,gw=10.0.0.1,ip6=auto", ipconfig7="ip=10.9.9.9/24")
    card = config.cards[0]
    assert (str(card.ip4.interface), card.ip4.type, card.ip4.gateway) == ("10.0.0.5/24", AddressType.HOST, True)
    assert (card.ip6.interface, card.ip6.type) == (None, AddressType.SLAAC)


@pytest.mark.parametrize(("ip", "expected"), [("dhcp", AddressType.DHCP), ("manual", None)])
def test_a_container_may_leave_its_address_to_others(ip: str, expected: AddressType | None) -> None:
    card = container(net0=f"name=eth0,bridge=vmbr0,hwaddr={MAC},ip={ip},type=veth").cards[0]
    assert (card.ip4.type, card.ip4.interface, card.device) == (expected, None, "eth0")


def test_a_fingerprint_holds_the_uuid_and_the_macs() -> None:
    config = vm(smbios1="uuid=ABCDEF01-0000-4000-8000-000000000001,base64=1", net0=f"virtio={MAC}")
    assert config.fingerprint == {"uuid:abcdef01-0000-4000-8000-000000000001", f"mac:{MAC}"}


@pytest.mark.parametrize(
    ("agent", "expected"),
    [("1", True), (1, True), ("enabled=1,type=virtio", True), ("0", False), ("1,fstrim_cloned_disks=1", True)],
)
def test_the_agent_is_asked_where_it_is_enabled(agent: Any, expected: bool) -> None:
    assert vm(agent=agent).agent is expected


@pytest.mark.parametrize(
    ("field", "value"), [("cores", "many"), ("memory", []), ("scsi0", "lvm:a,size=big"), ("name", {})]
)
def test_a_field_that_cannot_be_read_is_named_with_its_guest(field: str, value: Any) -> None:
    with pytest.raises(ParseError, match=f"qemu/211: {field}"):
        vm(**{field: value})
