"""A guest has the addresses that its configuration really gives it, and no other."""

from urllib.parse import quote

import pytest

from development.lab.estate import read_estate, world_of
from development.lab.proxmox.boot import power_off, power_on, read_keys

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExampleExampleExampleExampleExampleExample ops@wow.example"


@pytest.fixture
def world():
    return world_of(read_estate())


def addresses(world, guest_id):
    return [address for nic in world.guests[guest_id].nics for address in nic.addresses]


def restarted(world, guest_id, **settings):
    guest = world.guests[guest_id]
    guest.record.update(settings)
    power_off(guest)
    power_on(world, guest)
    return addresses(world, guest_id)


def test_every_guest_of_the_estate_has_its_address_when_it_runs(world):
    found = {guest.id: addresses(world, guest.id) for guest in world.guests.values() if guest.running}
    assert found == {
        101: ["172.16.100.2/24"], 102: ["172.16.100.110/24"], 105: ["172.16.110.105/24"], 210: ["172.16.100.10/24"],
        211: ["172.16.110.211/24"], 212: ["172.16.110.213/24"], 215: ["172.16.100.15/24"],
        216: ["172.16.100.16/24"], 300: ["172.16.110.76/24"],
    }  # fmt: skip


def test_every_nic_is_in_the_vlan_of_its_address(world):
    vlans = {network.vlan: network.network for network in world.networks}
    for guest, nic in world.wire():
        for address in nic.addresses:
            assert vlans[world.vlan_of(guest, nic)].supernet_of(type(vlans[100])(address.rpartition("/")[0] + "/32")), (
                guest.name
            )


def test_a_stopped_guest_is_not_on_the_wire(world):
    assert 351 not in {guest.id for guest, _ in world.wire()}


@pytest.mark.parametrize("value", ["ip=", "ip=172.16.100.30", "ip=172.16.100.300/24", "172.16.100.30/24", "ip=manual"])
def test_a_malformed_ipconfig_gives_no_address(world, value):
    assert restarted(world, 351, ipconfig0=value) == []


def test_an_ipconfig_without_a_cloud_init_drive_is_not_read(world):
    del world.guests[351].record["ide2"]
    assert restarted(world, 351) == []


def test_an_ipconfig_for_another_nic_is_not_used(world):
    del world.guests[351].record["ipconfig0"]
    assert restarted(world, 351, ipconfig1="ip=172.16.100.30/24") == []


def test_both_families_are_configured(world):
    assert restarted(world, 351, ipconfig0="ip=172.16.100.30/24,ip6=2001:db8::30/64") == [
        "172.16.100.30/24", "2001:db8::30/64"
    ]  # fmt: skip


def test_dhcp_gives_an_address_of_the_vlans_pool_and_the_same_again(world):
    first = restarted(world, 351, ipconfig0="ip=dhcp")
    assert first == ["172.16.100.50/24"]
    assert restarted(world, 351) == first


def test_dhcp_in_a_vlan_without_a_server_gives_nothing(world):
    net = world.guests[351].record["net0"] + ",tag=120"
    assert restarted(world, 351, net0=net, ipconfig0="ip=dhcp") == []


def test_keys_need_real_newlines(world):
    assert read_keys(f"{KEY}\n{KEY}2\n") == [KEY, f"{KEY}2"]
    assert read_keys(f"{KEY}\\n{KEY}") == []
    assert read_keys(f"{KEY} {KEY}") == []
    restarted(world, 351, sshkeys=quote(f"{KEY}\n", safe=""))
    assert world.guests[351].ssh_keys == [KEY]
