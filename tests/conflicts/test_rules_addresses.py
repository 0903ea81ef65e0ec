"""Rules about addresses: each finds its fault, and neither what is right nor what is one beside it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from nautobot.extras.models import Status, Tag
from nautobot.ipam.models import IPAddress
from nautobot.load_balancers.models import VirtualServer

from nautobot_wow.models import Allocation
from tests.conflicts.estate import DHCP, KEPT, POOL, Estate, now_found, only

pytestmark = pytest.mark.django_db

MAC, OTHER_MAC = "BC:24:11:00:00:01", "BC:24:11:00:00:02"


# ----------------------------------------------------------------------------------------------------------- two-owners


def test_an_address_that_two_guests_have_is_found_with_both(estate: Estate) -> None:
    estate.give(estate.apps.host(10), estate.card(estate.db, "net1"))
    IPAddress.objects.filter(host=estate.apps.host(11)).update(dns_name="")
    found = now_found()
    assert list(found) == ["two-owners"]
    assert all(name in found["two-owners"][0] for name in (estate.web.name, estate.db.name))


def test_an_address_that_a_device_and_a_guest_have_is_found(estate: Estate) -> None:
    estate.give(estate.apps.host(10), estate.port(estate.switch, "vlan1"))
    row = only("two-owners")
    assert {str(estate.web.pk), str(estate.switch.pk)} < set(row.involved)


def test_an_address_whose_role_is_to_be_shared_may_be_on_two_machines(estate: Estate) -> None:
    shared = estate.address(estate.apps.host(30), role=estate.vip)
    for guest in (estate.web, estate.db):
        estate.give(str(shared.host), estate.card(guest, "net1"))
    assert now_found() == {}


def test_an_address_that_a_guest_which_leaves_still_has_is_no_fault(estate: Estate) -> None:
    estate.give(estate.apps.host(10), estate.card(estate.db, "net1"))
    estate.db.status = Status.objects.get(name="Decommissioning")
    estate.db.save()
    assert now_found() == {}


def test_one_address_in_two_namespaces_is_two_addresses(estate: Estate) -> None:
    from nautobot.ipam.models import Namespace, Prefix

    other = Namespace.objects.create(name="other")
    Prefix.objects.create(prefix=str(estate.apps.prefix.prefix), namespace=other, status=estate.active)
    twin = IPAddress.objects.create(address=f"{estate.apps.host(10)}/24", namespace=other, status=estate.active)
    estate.give(estate.mgmt.host(20), estate.port(estate.switch, "v2"))
    card = estate.card(estate.db, "net9")
    card.ip_addresses.add(twin)
    found = now_found()
    assert "two-owners" not in found
    assert "two-interfaces" not in found


# ------------------------------------------------------------------------------------------------------- two-interfaces


def test_an_address_on_two_interfaces_of_one_machine_is_found(estate: Estate) -> None:
    host = estate.mgmt.host(20)
    for name in ("vmbr0.160", "vmbr1.160"):
        estate.give(host, estate.port(estate.switch, name))
    row = only("two-interfaces")
    assert "vmbr0.160 and vmbr1.160" in row.title


def test_two_addresses_on_one_interface_are_no_fault(estate: Estate) -> None:
    port = estate.port(estate.switch, "vmbr0.160")
    for offset in (20, 21):
        estate.give(estate.mgmt.host(offset), port)
    assert now_found() == {}


@pytest.mark.parametrize("text", ["storage on vmbr1.160", "vmbr1", "vmbr1, 10G"])
def test_an_address_that_is_written_down_for_another_interface_is_found(estate: Estate, text: str) -> None:
    _storage(estate, text)
    assert only("other-interface").message.endswith(f"inventory (inventory.md:181) says “{text}”.")


@pytest.mark.parametrize("text", ["vmbr0.160", "from vmbr1 to vmbr0.160", "vmbr2.160", "storage 1.160", "vmbr10"])
def test_words_that_name_its_own_interface_or_none_of_the_machine_are_no_fault(estate: Estate, text: str) -> None:
    _storage(estate, text)
    assert now_found() == {}


def _storage(estate: Estate, text: str) -> None:
    """Give the switch two bridges and an address on the one, and let the page say something of it."""
    estate.port(estate.switch, "vmbr1")
    row = estate.give(estate.mgmt.host(20), estate.port(estate.switch, "vmbr0.160"))
    claim = estate.claim(row, by="inventory", description=text)
    claim.origin = "inventory.md:181"
    claim.save()


# ------------------------------------------------------------------------------------------------------------- two-macs


def test_an_address_that_answers_with_two_macs_in_one_look_is_found(estate: Estate) -> None:
    for mac in (MAC, OTHER_MAC):
        estate.seen(estate.apps.host(10), mac)
    row = only("two-macs")
    assert {side["says"] for side in row.evidence} >= {f"ARP table with {MAC}", f"ARP table with {OTHER_MAC}"}


def test_a_machine_that_had_the_address_before_is_a_change_and_not_two_machines(estate: Estate) -> None:
    estate.seen(estate.apps.host(10), OTHER_MAC, last_seen=estate.now - timedelta(hours=2))
    estate.seen(estate.apps.host(10), MAC)
    assert list(now_found()) == ["mac-changed"]


def test_two_macs_of_one_guest_are_no_fault_and_of_two_guests_are(estate: Estate) -> None:
    more = {"source": "agent", "where": "lxc/1"}
    for mac in (MAC, OTHER_MAC):
        estate.seen(estate.apps.host(10), mac, **more)
    assert now_found() == {}
    estate.seen(estate.apps.host(10), "BC:24:11:00:00:03", **{**more, "where": "lxc/2"})
    only("two-macs")


# ---------------------------------------------------------------------------------------------------------- node-is-vip


def test_a_primary_address_with_the_role_of_a_vip_is_found(estate: Estate) -> None:
    IPAddress.objects.filter(host=estate.apps.host(10)).update(role=estate.vip)
    row = only("node-is-vip")
    assert row.severity == "critical"
    assert str(estate.web.pk) in row.involved


def test_a_primary_address_that_another_system_claims_to_be_a_vip_is_found_with_its_document(estate: Estate) -> None:
    row = IPAddress.objects.get(host=estate.apps.host(10))
    estate.claim(row, by="inventory", role="VIP")
    assert any("inventory" in side["source"] and "role VIP" in side["says"] for side in only("node-is-vip").evidence)


def test_a_claim_that_is_missing_says_nothing(estate: Estate) -> None:
    claim = estate.claim(IPAddress.objects.get(host=estate.apps.host(10)), by="inventory", role="VIP")
    claim.missed_runs = 1
    claim.save()
    assert now_found() == {}


def test_the_address_of_a_virtual_server_that_is_a_guests_own_is_found(estate: Estate) -> None:
    vip = IPAddress.objects.get(host=estate.apps.host(11))
    VirtualServer.objects.create(name="plex", vip=vip, enabled=True)
    only("node-is-vip")


def test_a_vip_that_a_node_holds_beside_its_own_address_is_no_fault(estate: Estate) -> None:
    estate.give(estate.apps.host(30), estate.card(estate.web, "net1"), role=estate.vip)
    assert now_found() == {}


# ------------------------------------------------------------------------------------------------------- static-in-dhcp


@pytest.mark.parametrize("offset", DHCP)
def test_a_fixed_address_at_either_end_of_a_dhcp_range_is_found(estate: Estate, offset: int) -> None:
    estate.give(estate.mgmt.host(offset), estate.port(estate.switch, "ether1"))
    row = only("static-in-dhcp")
    assert estate.switch.name in row.title
    assert str(estate.mgmt.ranges["DHCP"].pk) in row.involved
    assert row.prefix == estate.mgmt.prefix
    assert row.location == estate.location


def test_an_address_one_before_a_dhcp_range_is_no_fault(estate: Estate) -> None:
    estate.give(estate.mgmt.host(DHCP[0] - 1), estate.port(estate.switch, "ether1"))
    assert now_found() == {}


def test_an_address_that_the_dhcp_server_gave_is_no_fault(estate: Estate) -> None:
    first, second, third = (estate.apps.host(DHCP[0] + offset) for offset in range(3))
    estate.address(first, type="dhcp")
    estate.address(second).tags.add(Tag.objects.get(name="dhcp"))
    estate.address(third)
    estate.seen(third, source="static-map")
    assert now_found() == {}


def test_a_retired_address_is_no_fault(estate: Estate) -> None:
    for first, _ in (DHCP, POOL, KEPT):
        estate.address(estate.apps.host(first), status=Status.objects.get(name="Deprecated"))
    assert now_found() == {}


# ----------------------------------------------------------------------------------------------------- pool-not-service


@pytest.mark.parametrize("offset", POOL)
def test_an_address_at_either_end_of_a_pool_that_is_no_service_is_found(estate: Estate, offset: int) -> None:
    estate.give(estate.apps.host(offset), estate.port(estate.switch, "ether1"))
    assert only("pool-not-service").severity == "critical"


def test_an_address_one_beyond_a_pool_is_not_in_the_pool(estate: Estate) -> None:
    estate.range(estate.apps.host(90), estate.apps.host(92), "Load Balancer Pool")
    estate.give(estate.apps.host(93), estate.port(estate.switch, "ether1"))
    estate.give(estate.apps.host(POOL[0] - 21), estate.port(estate.switch, "ether2"))
    assert now_found() == {}


def test_services_in_a_pool_are_no_fault(estate: Estate) -> None:
    first = POOL[0]
    estate.address(estate.apps.host(first), role=estate.vip)
    estate.address(estate.apps.host(first + 1)).tags.add(Tag.objects.get(name="metallb"))
    VirtualServer.objects.create(name="dns", vip=estate.address(estate.apps.host(first + 2)), enabled=True)
    assert now_found() == {}


# -------------------------------------------------------------------------------------------------------- foreign-range


@pytest.mark.parametrize("offset", KEPT)
def test_a_guest_at_either_end_of_a_reserved_range_is_found(estate: Estate, offset: int) -> None:
    guest = estate.guest("boot", estate.apps.host(offset))
    row = only("foreign-range")
    assert (row.object, row.action) == (guest, "move")


def test_a_guest_one_beyond_a_reserved_range_is_no_fault(estate: Estate) -> None:
    estate.guest("boot", estate.apps.host(KEPT[1] + 1))
    assert now_found() == {}


def test_a_device_in_a_reserved_range_is_what_it_is_kept_for(estate: Estate) -> None:
    estate.give(estate.apps.host(KEPT[0]), estate.port(estate.switch, "eno1"))
    assert now_found() == {}


# ------------------------------------------------------------------------------------------ seen-unknown and never-seen


def test_an_address_that_is_seen_and_not_written_down_is_found(estate: Estate) -> None:
    estate.seen(estate.apps.host(99), where="gi4")
    row = only("seen-unknown")
    assert (row.severity, row.action, row.object) == ("warning", "adopt", estate.apps.prefix)
    assert MAC in row.message
    assert any("gi4" in side["says"] for side in row.evidence)


def test_an_unknown_client_of_a_dhcp_range_is_a_note(estate: Estate) -> None:
    estate.seen(estate.apps.host(DHCP[1]))
    assert only("seen-unknown").severity == "info"
    estate.seen(estate.apps.host(DHCP[1] + 1 + 40))
    assert len(now_found()["seen-unknown"]) == 2


def test_who_was_seen_too_long_ago_or_elsewhere_is_nobody(estate: Estate) -> None:
    estate.seen(
        estate.apps.host(99), last_seen=estate.now - timedelta(days=15), first_seen=estate.now - timedelta(days=20)
    )
    estate.seen("203.0.113.7")
    assert now_found() == {}


def test_what_is_known_given_out_or_rests_is_not_unknown(estate: Estate) -> None:
    estate.seen(estate.apps.host(10))
    estate.allocation(estate.apps, estate.apps.host(98), state="held")
    estate.allocation(estate.apps, estate.apps.host(97), state="resting")
    for offset in (97, 98):
        estate.seen(estate.apps.host(offset))
    assert now_found() == {}
    Allocation.objects.update(state="returned")
    assert len(now_found()["seen-unknown"]) == 2


def test_an_address_that_nobody_saw_in_a_watched_network_is_found(estate: Estate) -> None:
    _watch(estate)
    estate.address(estate.apps.host(30))
    _age(estate)
    row = only("never-seen")
    assert estate.apps.host(30) in row.title


def test_nothing_is_unseen_where_nobody_watches_for_long_enough(estate: Estate) -> None:
    estate.address(estate.apps.host(30))
    _age(estate)
    assert now_found() == {}
    estate.seen(estate.apps.host(10))  # who watches since yesterday cannot tell yet
    assert now_found() == {}


def test_an_agent_does_not_watch_the_others(estate: Estate) -> None:
    _watch(estate, source="agent")
    estate.address(estate.apps.host(30))
    _age(estate)
    assert now_found() == {}


def test_an_address_that_is_young_reserved_off_or_was_seen_is_not_missed(estate: Estate) -> None:
    _watch(estate)
    estate.address(estate.apps.host(30), status=Status.objects.get(name="Reserved"))
    estate.address(estate.apps.host(31))
    estate.seen(estate.apps.host(31))
    idle = estate.guest("idle", estate.apps.host(32))
    idle.status = Status.objects.get(name="Offline")
    idle.save()
    _age(estate)
    estate.address(estate.apps.host(33))
    assert now_found() == {}


def _watch(estate: Estate, **more: object) -> None:
    """Let somebody see everybody who is in the open network, for three weeks."""
    for offset in (1, 10, 11):
        estate.seen(estate.apps.host(offset), first_seen=estate.now - timedelta(days=21), **more)


def _age(estate: Estate) -> None:
    IPAddress.objects.update(created=estate.now - timedelta(days=20))
