"""Which addresses a guest has: configuration and live answer together."""

from __future__ import annotations

import ipaddress
from typing import Any

import pytest

from nautobot_wow.errors import ParseError
from nautobot_wow.records import AddressRecord, AddressType, GuestType
from nautobot_wow.systems.proxmox.parse.addresses import GuestAddresses, LiveInterface, guest_addresses, merge
from nautobot_wow.systems.proxmox.parse.config import parse_config
from nautobot_wow.systems.proxmox.parse.live import parse_agent_interfaces, parse_container_interfaces

MACS = [f"BC:24:11:00:00:{index:02X}" for index in range(4)]
SCOPE = "guests/qemu/211/addresses"


def live(index: int | None, *addresses: str, name: str = "ens18") -> LiveInterface:
    mac = None if index is None else MACS[index]
    return LiveInterface(name=name, mac=mac, addresses=tuple(map(ipaddress.ip_interface, addresses)))


def addresses_of(answer: list[LiveInterface] | None, *ip_configs: str) -> GuestAddresses:
    fields = {f"net{index}": f"virtio={MACS[index]},bridge=vmbr0" for index in range(len(ip_configs))}
    fields |= {f"ipconfig{index}": text for index, text in enumerate(ip_configs)}
    cards = parse_config(GuestType.VM, 211, fields).cards
    return guest_addresses("qemu/211", cards, answer, "the guest agent is not running")


def held(found: GuestAddresses) -> dict[str, str]:
    return {str(one.interface): one.carrier for one in found.held}


def test_a_running_guest_has_the_addresses_it_reports_and_not_the_configured_one() -> None:
    found = addresses_of([live(0, "10.0.0.9/24")], "ip=10.0.0.5/24,gw=10.0.0.1")
    assert held(found) == {"10.0.0.9/24": "qemu/211/net0"}
    assert (found.primary_ip4, found.unseen) == ("10.0.0.9", {})


def test_a_silent_or_stopped_guest_keeps_its_configured_address_and_none_of_its_addresses_can_be_missing() -> None:
    found = addresses_of(None, "ip=10.0.0.5/24,gw=10.0.0.1")
    assert held(found) == {"10.0.0.5/24": "qemu/211/net0"}
    assert found.primary_ip4 == "10.0.0.5"
    assert found.unseen == {SCOPE: "the guest agent is not running"}


def test_a_silent_guest_without_a_configured_address_says_nothing_rather_than_none() -> None:
    found = addresses_of(None, "ip=dhcp")
    assert (found.held, found.primary_ip4, found.primary_ip6) == ([], None, None)
    assert list(found.unseen) == [SCOPE]


def test_an_unplugged_card_keeps_its_addresses_while_those_of_other_cards_can_be_missing() -> None:
    found = addresses_of([live(0, "10.0.0.5/24"), live(1)], "ip=10.0.0.5/24", "ip=10.1.0.5/24")
    assert held(found) == {"10.0.0.5/24": "qemu/211/net0", "10.1.0.5/24": "qemu/211/net1"}
    assert list(found.unseen) == [f"{SCOPE}/net1"]


def test_a_guest_that_is_booting_keeps_the_address_of_the_family_that_is_not_up_yet() -> None:
    found = addresses_of([live(0, "2001:db8::5/64")], "ip=10.0.0.5/24,gw=10.0.0.1,ip6=auto")
    assert set(held(found)) == {"10.0.0.5/24", "2001:db8::5/64"}
    assert list(found.unseen) == [f"{SCOPE}/net0"]


def test_seen_is_what_the_guest_reports_on_a_card_that_it_has() -> None:
    docker = live(None, "172.17.0.1/16", name="docker0")
    found = addresses_of([live(0, "2001:db8::5/64", "fe80::1/64"), docker], "ip=10.0.0.5/24")
    assert [(one.host, one.source) for one in found.seen] == [("2001:db8::5", "agent")]
    assert found.seen[0].mac
    assert addresses_of(None, "ip=10.0.0.5/24").seen == []


def test_a_guest_of_ipv6_alone_has_an_ipv6_primary_and_everything_was_seen() -> None:
    found = addresses_of([live(0, "2001:db8::5/64")], "ip6=2001:db8::5/64,gw6=2001:db8::1")
    assert (found.primary_ip4, found.primary_ip6, found.unseen) == (None, "2001:db8::5", {})


def test_a_dual_stack_guest_has_a_primary_of_each_family() -> None:
    found = addresses_of([live(0, "10.0.0.5/24", "2001:db8::5/64", "fe80::1/64")], "")
    assert (found.primary_ip4, found.primary_ip6) == ("10.0.0.5", "2001:db8::5")
    assert len(found.held) == 2


def test_a_card_may_have_two_addresses_in_different_networks() -> None:
    found = addresses_of([live(0, "10.0.0.5/24", "10.1.0.5/16")], "ip=10.0.0.5/24")
    assert {one.interface.network.prefixlen for one in found.held} == {24, 16}


def test_the_same_address_on_two_cards_is_one_record_that_both_carry() -> None:
    first = addresses_of([live(0, "10.0.0.5/24"), live(1, "10.0.0.5/32")], "", "")
    records = merge(first.held)
    assert len(records) == 1
    assert records[0] == AddressRecord(
        key="10.0.0.5",
        scopes=(f"{SCOPE}/net0", f"{SCOPE}/net1"),
        mask_length=24,
        interfaces=frozenset({"qemu/211/net0", "qemu/211/net1"}),
    )


def test_the_way_an_address_came_about_is_taken_from_the_configuration() -> None:
    found = addresses_of(
        [live(0, "10.0.0.5/24", "2001:db8::5/64"), live(1, "10.1.0.5/24"), live(2, "10.2.0.5/24")],
        "ip=dhcp,ip6=auto",
        "ip=10.1.0.5/24",
        "",
    )
    types = {str(one.interface.ip): one.type for one in found.held}
    assert types == {
        "10.0.0.5": AddressType.DHCP,
        "2001:db8::5": AddressType.SLAAC,
        "10.1.0.5": AddressType.HOST,
        "10.2.0.5": None,
    }


def test_the_primary_address_is_on_the_card_with_the_gateway_else_on_the_first_that_has_one() -> None:
    answer = [live(0, "10.0.0.5/24"), live(1, "10.1.0.5/24")]
    assert addresses_of(answer, "ip=10.0.0.5/24", "ip=10.1.0.5/24,gw=10.1.0.1").primary_ip4 == "10.1.0.5"
    assert addresses_of(answer, "", "").primary_ip4 == "10.0.0.5"
    assert addresses_of([live(0), live(1, "10.1.0.5/24")], "", "").primary_ip4 == "10.1.0.5"


def test_a_live_address_is_preferred_to_the_configured_one_of_a_silent_card() -> None:
    found = addresses_of([live(0), live(1, "10.1.0.5/24")], "ip=10.0.0.5/24,gw=10.0.0.1", "")
    assert found.primary_ip4 == "10.1.0.5"


def test_a_floating_address_is_not_the_primary_one() -> None:
    found = addresses_of([live(0, "10.0.0.100/32", "10.0.0.5/24")], "")
    assert found.primary_ip4 == "10.0.0.5"


def test_a_temporary_ipv6_address_is_not_the_primary_one() -> None:
    lasting = "2001:db8::be24:11ff:fe00:0"
    found = addresses_of([live(0, "2001:db8::dead:beef:1:2/64", f"{lasting}/64")], "")
    assert found.primary_ip6 == lasting


def test_three_hundred_interfaces_of_containers_overlays_and_vrrp_are_left_out() -> None:
    noise = [live(None, f"172.17.{index}.1/16", name=f"veth{index}") for index in range(100)]
    calico = [
        LiveInterface(
            name=f"cali{index}", mac="EE:EE:EE:EE:EE:EE", addresses=(ipaddress.ip_interface("10.244.0.1/32"),)
        )
        for index in range(200)
    ]
    rows = [
        {"name": "lo", "hardware-address": "00:00:00:00:00:00", "ip-addresses": [ip("127.0.0.1", 8)]},
        {"name": "docker0", "hardware-address": "02:42:ac:11:00:01", "ip-addresses": [ip("172.17.0.1", 16)]},
        {"name": "vrrp.10", "hardware-address": "00:00:5e:00:01:0a", "ip-addresses": [ip("10.0.0.100", 32)]},
        {"name": "tun0", "hardware-address": "00:00:00:00:00:00:00:00", "ip-addresses": [ip("10.8.0.1", 24)]},
        {"name": "wg0", "ip-addresses": [ip("10.9.0.1", 24)]},
        {"name": "ens18", "hardware-address": MACS[0].lower(), "ip-addresses": [ip("10.0.0.5", 24), ip("fe80::1", 64)]},
    ]
    found = addresses_of([*noise, *calico, *parse_agent_interfaces("qemu/211", {"result": rows})], "")
    assert held(found) == {"10.0.0.5/24": "qemu/211/net0"}
    assert found.primary_ip4 == "10.0.0.5"


def test_a_vlan_inside_the_guest_belongs_to_the_card_it_runs_over() -> None:
    found = addresses_of([live(0, "10.0.0.5/24"), live(0, "10.30.0.5/24", name="ens18.30")], "")
    assert held(found) == {"10.0.0.5/24": "qemu/211/net0", "10.30.0.5/24": "qemu/211/net0"}


def test_cards_that_share_a_mac_are_told_apart_by_their_name_in_a_container() -> None:
    fields = {f"net{index}": f"name=eth{index},bridge=vmbr0,hwaddr={MACS[0]},ip=dhcp" for index in (0, 1)}
    cards = parse_config(GuestType.LXC, 210, fields).cards
    answer = [live(0, "10.0.0.5/24", name="eth0"), live(0, "10.1.0.5/24", name="eth1")]
    found = guest_addresses("lxc/210", cards, answer)
    assert held(found) == {"10.0.0.5/24": "lxc/210/net0", "10.1.0.5/24": "lxc/210/net1"}


def test_a_card_with_a_placeholder_mac_is_matched_with_nothing() -> None:
    cards = parse_config(GuestType.VM, 211, {"net0": "virtio=00:00:00:00:00:00,bridge=vmbr0"}).cards
    zero = [LiveInterface(name="tun0", mac=None, addresses=(ipaddress.ip_interface("10.8.0.1/24"),))]
    assert guest_addresses("qemu/211", cards, zero).held == []


# ------------------------------------------------------------------------------------------------ live answers


def ip(address: str, prefix: Any, family: str = "ipv4") -> dict[str, Any]:
    return {"ip-address": address, "ip-address-type": family, "prefix": prefix}


def test_an_agents_interface_may_have_no_addresses_key() -> None:
    found = parse_agent_interfaces("qemu/211", {"result": [{"name": "ens18", "hardware-address": MACS[0].lower()}]})
    assert found == [LiveInterface(name="ens18", mac=MACS[0])]


def test_a_container_of_an_old_release_reports_one_address_per_family() -> None:
    row = {"name": "eth0", "hwaddr": MACS[0].lower(), "inet": "10.0.0.5/24", "inet6": "2001:db8::5/64"}
    assert parse_container_interfaces("lxc/210", [row]) == [live(0, "10.0.0.5/24", "2001:db8::5/64", name="eth0")]


def test_a_container_of_a_new_release_reports_a_list_with_prefixes_as_text_or_number() -> None:
    row = {
        "name": "eth0",
        "hwaddr": MACS[0].lower(),
        "hardware-address": MACS[0].lower(),
        "inet": "10.0.0.6/24",
        "ip-addresses": [ip("10.0.0.5", "24", "inet"), ip("10.0.0.6", 24, "inet")],
    }
    assert parse_container_interfaces("lxc/210", [row]) == [live(0, "10.0.0.5/24", "10.0.0.6/24", name="eth0")]


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"result": {"error": "no such command"}},
        {"result": ["text"]},
        {"result": [{"hardware-address": MACS[0]}]},
        {"result": [{"name": "ens18", "ip-addresses": "10.0.0.5"}]},
        {"result": [{"name": "ens18", "ip-addresses": [{"ip-address": "10.0.0.5"}]}]},
    ],
)
def test_an_answer_of_the_agent_that_cannot_be_read_names_the_guest(payload: Any) -> None:
    with pytest.raises(ParseError, match="qemu/211: guest agent"):
        parse_agent_interfaces("qemu/211", payload)
