"""The community.proxmox collection and our reader look at one world: they agree, or a test says why they do not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from development.lab.certificates import certificates_in
from development.lab.client import Lab
from nautobot_wow.records import DeviceRecord, GuestRecord, Power
from nautobot_wow.snapshot import Snapshot
from tests.peers.collection import Ansible, AnsibleFailed
from tests.peers.opinions import ours, seen_inside, theirs

Read = Callable[[], Snapshot]
PIHOLE, VAULTWARDEN, TRAEFIK, DNS2, IPMGMT, STOPPED = 101, 105, 210, 211, 212, 351


def without_addresses_of_stopped(opinions: dict[int, object]) -> dict[int, object]:
    """Ansible asks only what runs; our reader also believes the configuration of what is stopped."""
    return {
        vmid: replace(opinion, addresses=frozenset()) if opinion.status == "stopped" else opinion
        for vmid, opinion in opinions.items()
    }


# --------------------------------------------------------------------------------------------------- they agree


def test_the_inventory_says_of_every_guest_what_our_reader_says(ansible: Ansible, read: Read) -> None:
    inventory, mine = theirs(ansible.hosts()), ours(read())
    assert len(mine) == 10
    assert inventory == without_addresses_of_stopped(mine)
    assert [vmid for vmid in mine if mine[vmid] != inventory[vmid]] == [STOPPED]


def test_the_inventory_groups_guests_by_what_the_world_holds(ansible: Ansible, lab: Lab) -> None:
    groups, guests = ansible.inventory(), [guest for guest in lab.world.guests.values() if not guest.template]
    assert set(groups["proxmox_pool_infrastructure"]["hosts"]) == {
        guest.name for guest in guests if guest.pool == "infrastructure"
    }
    assert set(groups["proxmox_all_running"]["hosts"]) == {guest.name for guest in guests if guest.running}
    assert groups["proxmox_nodes"]["hosts"] == list(lab.world.nodes)


def test_the_modules_say_what_our_reader_says(ansible: Ansible, read: Read, lab: Lab) -> None:
    guests, nodes, storages = ansible.ask("proxmox_vm_info", "proxmox_node_info", "proxmox_storage_info")
    snapshot = read()
    known = {record.key: record for record in snapshot.records if isinstance(record, GuestRecord)}
    rows = {row["id"]: row for row in guests["proxmox_vms"] if not row["template"]}
    assert {key: (row["name"], row["node"], row["maxcpu"], row["maxmem"] // 2**20) for key, row in rows.items()} == {
        key: (record.name, record.node, record.vcpus, record.memory_mb) for key, record in known.items()
    }
    assert {row["id"]: row["status"] for row in nodes["proxmox_nodes"]} == {
        record.key: {Power.ON: "online", Power.OFF: "offline"}[Power(record.power)]
        for record in snapshot.records
        if isinstance(record, DeviceRecord)
    }
    assert {row["storage"] for row in storages["proxmox_storages"]} == set(lab.world.storages)
    assert str(sum(row["template"] for row in guests["proxmox_vms"])) == snapshot.facts["templates"]


def test_they_agree_on_a_world_that_has_changed(ansible: Ansible, read: Read, lab: Lab) -> None:
    before = ours(read())
    lab.change("rename", id=TRAEFIK, name="proxy")
    lab.change("stop", id=PIHOLE)
    lab.change("add_node", node="wow-prox2", address="172.16.110.102")
    lab.change("move", id=VAULTWARDEN, node="wow-prox2")
    lab.change("set_tags", id=DNS2, tags=["dns", "resolver"])
    lab.change("set_inside", id=IPMGMT, addresses=["172.16.110.214/24", "2001:db8:110::d6/64"])
    inventory, mine = theirs(ansible.hosts()), ours(read())
    assert inventory == without_addresses_of_stopped(mine)
    assert {vmid for vmid in mine if mine[vmid] != before[vmid]} == {TRAEFIK, PIHOLE, VAULTWARDEN, DNS2, IPMGMT}
    assert (inventory[TRAEFIK].name, inventory[PIHOLE].status) == ("proxy", "stopped")
    assert (inventory[VAULTWARDEN].node, inventory[DNS2].tags) == ("wow-prox2", {"dns", "resolver"})
    assert inventory[IPMGMT].addresses == {"172.16.110.214/24", "2001:db8:110::d6/64"}


# -------------------------------------------------------------------------------- they disagree, for a good reason


def test_a_stopped_guest_has_no_address_for_ansible_but_its_configured_one_for_us(
    ansible: Ansible, read: Read, lab: Lab
) -> None:
    lab.change("stop", id=TRAEFIK)
    inventory, mine = theirs(ansible.hosts()), ours(read())
    assert inventory[TRAEFIK].addresses == inventory[STOPPED].addresses == frozenset()
    assert (mine[TRAEFIK].addresses, mine[STOPPED].addresses) == ({"172.16.100.10/24"}, {"172.16.100.30/24"})


def test_what_docker_made_inside_a_guest_is_an_address_for_ansible_and_none_of_the_network_for_us(
    ansible: Ansible, read: Read
) -> None:
    inside = {address for facts in ansible.hosts().values() for _, address in seen_inside(facts)}
    outside = {address for opinion in ours(read()).values() for address in opinion.addresses}
    assert "172.17.0.1/16" in inside - outside
    assert {address for address in inside - outside if not address.startswith(("fe80:", "127.", "::1"))} == {
        "172.17.0.1/16"
    }


def test_templates_are_hosts_for_newer_versions_of_the_collection_but_never_guests_for_us(
    ansible: Ansible, read: Read, lab: Lab
) -> None:
    templates = {str(guest.name) for guest in lab.world.guests.values() if guest.template}
    marked = {name for name, facts in ansible.hosts().items() if facts.get("proxmox_template")}
    assert marked in (set(), templates)
    assert not templates & {opinion.name for opinion in ours(read()).values()}


def test_two_guests_of_one_name_are_one_host_for_ansible_and_two_for_us(ansible: Ansible, read: Read, lab: Lab) -> None:
    lab.change("rename", id=DNS2, name="traefik")
    assert len(theirs(ansible.hosts())) == 9
    assert {opinion.name for vmid, opinion in ours(read()).items() if vmid in (TRAEFIK, DNS2)} == {"traefik"}
    assert len(ours(read())) == 10


def test_guests_of_a_silent_node_are_gone_for_ansible_and_only_unseen_for_us(
    ansible: Ansible, read: Read, lab: Lab
) -> None:
    lab.change("set_node", node="wow-prox1", online=False)
    assert theirs(ansible.hosts()) == {}
    assert read().unseen["guests"] == "node wow-prox1 is offline"


# ------------------------------------------------------------------------------------------ it is a real opinion


def test_ansible_verifies_who_answers(ansible: Ansible, tmp_path: Path) -> None:
    other = certificates_in(tmp_path / "other")
    with pytest.raises(AnsibleFailed, match="CERTIFICATE_VERIFY_FAILED"):
        replace(ansible, ca_file=str(other.ca_file)).inventory()


def test_ansible_is_refused_with_a_wrong_secret_as_we_are(ansible: Ansible) -> None:
    with pytest.raises(AnsibleFailed, match="401"):
        replace(ansible, secret="11111111-2222-3333-4444-555555555555").inventory()
