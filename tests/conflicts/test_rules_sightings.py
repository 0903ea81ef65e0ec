"""Rules about what is seen: each finds its fault, and neither what is right nor what is one beside it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from nautobot.dcim.models import Interface
from nautobot.ipam.models import IPAddress

from nautobot_wow.models import Conflict, Sighting
from tests.conflicts.estate import DHCP, Estate, now_found, only

pytestmark = pytest.mark.django_db

MAC, OTHER = "BC:24:11:00:00:01", "BC:24:11:00:00:02"
CARP, CARP_2 = "00:00:5E:00:01:05", "00:00:5E:00:01:06"
RULES = {"mac-changed", "address-moved", "mac-on-two-ports", "lease-not-map"}


def times(estate: Estate, since: float, until: float) -> dict[str, Any]:
    """From so many hours ago to so many hours ago."""
    return {"first_seen": estate.now - timedelta(hours=since), "last_seen": estate.now - timedelta(hours=until)}


def hears(estate: Estate, mac: str, port: str, since: float = 30, until: float = 0.5, **more: Any) -> Sighting:
    values: dict[str, Any] = {"source": "mac-table", "seen_by": "sg300", "vid": 100, "ip_version": None}
    return estate.seen(None, mac, where=port, **values | times(estate, since, until) | more)  # type: ignore[arg-type]


def ours(found: dict[str, list[str]]) -> dict[str, list[str]]:
    return {rule: titles for rule, titles in found.items() if rule in RULES}


def test_a_watched_network_without_faults_is_in_no_conflict(estate: Estate) -> None:
    for number, offset in enumerate((1, 10, 11)):
        mac = f"BC:24:11:00:01:{number:02X}"
        estate.seen(estate.apps.host(offset), mac)
        hears(estate, mac, f"gi{number}")
    for source in ("lease", "static-map"):
        estate.seen(estate.apps.host(DHCP[0]), MAC, source=source)
    assert ours(now_found()) == {}


# ---------------------------------------------------------------------------------------------------------- mac-changed


def change(estate: Estate, host: str, before: str = MAC, now: str = OTHER, **more: Any) -> None:
    estate.seen(host, before, **times(estate, 90, 30) | more)
    estate.seen(host, now, **times(estate, 20, 1) | more)


def test_another_mac_behind_a_recorded_address_is_found_with_both(estate: Estate) -> None:
    change(estate, estate.apps.host(10))
    row = only("mac-changed")
    assert row.title == f"{estate.apps.host(10)} answers with another MAC address than before: {OTHER}"
    assert MAC in row.message
    assert len(row.evidence) >= 2


def test_the_card_of_the_record_may_appear(estate: Estate) -> None:
    """A guest was built anew: its record has the new card."""
    estate.web.interfaces.update(mac_address=OTHER)
    change(estate, estate.apps.host(10))
    assert now_found() == {}


def test_a_failover_of_a_shared_mac_is_no_change(estate: Estate) -> None:
    host = estate.apps.host(10)
    change(estate, host, before=CARP, now=CARP_2)
    estate.seen(host, CARP, **times(estate, 100, 95))
    estate.seen(host, MAC, **times(estate, 100, 95))
    assert now_found() == {}


def test_what_a_dhcp_server_gives_to_whoever_comes_is_no_change(estate: Estate) -> None:
    host = estate.apps.host(DHCP[0])
    estate.address(host, type="dhcp")
    change(estate, host)
    assert ours(now_found()) == {}


def test_an_older_card_that_does_not_count_any_more_is_no_change(estate: Estate) -> None:
    estate.seen(estate.apps.host(10), MAC, **times(estate, 500, 14 * 24 + 1))
    estate.seen(estate.apps.host(10), OTHER, **times(estate, 20, 1))
    assert now_found() == {}


def test_an_address_that_was_given_to_somebody_else_in_between_is_no_change(estate: Estate) -> None:
    host = estate.apps.host(10)
    change(estate, host)
    estate.allocation(estate.apps, host)
    assert now_found() == {}


def test_two_observers_with_different_words_are_no_change(estate: Estate) -> None:
    estate.seen(estate.apps.host(10), MAC, **times(estate, 20, 1))
    estate.seen(estate.apps.host(10), OTHER, seen_by="another", **times(estate, 20, 2))
    assert ours(now_found()) == {}


# ------------------------------------------------------------------------------------------------------------- two-macs


def test_a_shared_mac_beside_a_real_one_is_not_two_machines(estate: Estate) -> None:
    estate.seen(estate.apps.host(10), MAC, where="ix3")
    estate.seen(estate.apps.host(10), CARP, where="ix4")
    assert now_found() == {}


# -------------------------------------------------------------------------------------------------------- address-moved


def test_a_card_on_another_port_than_before_is_found_with_both(estate: Estate) -> None:
    host = estate.mgmt.host(5)
    estate.seen(host, MAC)
    hears(estate, MAC, "gi5", 90, 30)
    hears(estate, MAC, "gi7", 20)
    row = only("address-moved")
    assert row.title == f"{host} moved from gi5 of sg300 to gi7 of sg300"
    assert row.severity == "info"


def test_a_card_that_stays_is_no_fault_whatever_uplinks_hear_it(estate: Estate) -> None:
    estate.seen(estate.mgmt.host(5), MAC)
    hears(estate, MAC, "gi5", 90)
    hears(estate, MAC, "sfp1", 90, 30, seen_by="crs")
    hears(estate, MAC, "sfp2", 20, seen_by="crs")
    for number in range(3):
        for port, since, until in (("sfp1", 90, 22), ("sfp2", 20, 0.5)):
            hears(estate, f"BC:24:11:00:02:{number:02X}", port, since, until, seen_by="crs")
    assert now_found() == {}


def test_a_guest_that_moves_is_no_fault(estate: Estate) -> None:
    estate.web.interfaces.update(mac_address=MAC)
    estate.seen(estate.apps.host(10), MAC)
    hears(estate, MAC, "gi5", 90, 30)
    hears(estate, MAC, "gi7", 20)
    assert now_found() == {}


def test_a_shared_mac_that_moves_is_no_fault(estate: Estate) -> None:
    estate.seen(estate.apps.host(1), CARP)
    hears(estate, CARP, "gi5", 90, 30)
    hears(estate, CARP, "gi7", 20)
    assert now_found() == {}


def test_a_card_without_an_address_that_moves_is_no_fault(estate: Estate) -> None:
    hears(estate, MAC, "gi5", 90, 30)
    hears(estate, MAC, "gi7", 20)
    assert now_found() == {}


# ----------------------------------------------------------------------------------------------------- mac-on-two-ports


def test_a_card_on_two_ports_in_one_look_is_found(estate: Estate) -> None:
    for port in ("gi5", "gi7"):
        hears(estate, MAC, port)
    row = only("mac-on-two-ports")
    assert row.title == f"{MAC} is heard on gi5 of sg300 and gi7 of sg300 at the same time"


def test_a_card_in_two_vlans_on_two_ports_is_no_fault(estate: Estate) -> None:
    hears(estate, MAC, "gi5", vid=100)
    hears(estate, MAC, "gi7", vid=110)
    assert now_found() == {}


def test_a_shared_mac_on_two_ports_is_no_fault(estate: Estate) -> None:
    for port in ("gi5", "gi7"):
        hears(estate, CARP, port)
    assert now_found() == {}


def test_a_card_that_goes_back_and_forth_is_found(estate: Estate) -> None:
    for number, port in enumerate(("gi5", "gi7", "gi5", "gi7")):
        hears(estate, MAC, port, 10 - 2 * number, 9 - 2 * number)
    row = only("mac-on-two-ports")
    assert "gi5 of sg300 and gi7 of sg300" in row.title


def test_a_card_that_moved_and_came_back_once_is_no_fault(estate: Estate) -> None:
    for number, port in enumerate(("gi5", "gi7", "gi5")):
        hears(estate, MAC, port, 10 - 2 * number, 9 - 2 * number)
    assert now_found() == {}


def leads_to(estate: Estate, switch: str, port: str, name: str) -> None:
    hears(estate, "02:00:00:00:00:09", port, source="neighbour", seen_by=switch, name=name)


def test_a_card_behind_two_boxes_on_two_switches_is_found(estate: Estate) -> None:
    for switch, port, box in (("sg300", "gi5", "esx1"), ("crs", "sfp3", "esx2")):
        hears(estate, MAC, port, seen_by=switch)
        leads_to(estate, switch, port, box)
    assert "gi5 of sg300" in only("mac-on-two-ports").title


def test_a_card_that_one_switch_hears_through_the_other_is_no_fault(estate: Estate) -> None:
    hears(estate, MAC, "gi5")
    leads_to(estate, "sg300", "gi5", "esx1")
    hears(estate, MAC, "sfp3", seen_by="crs")
    leads_to(estate, "crs", "sfp3", "sg300")
    assert now_found() == {}


def test_a_card_on_two_switches_with_nothing_known_between_them_is_no_fault(estate: Estate) -> None:
    hears(estate, MAC, "gi5")
    hears(estate, MAC, "sfp3", seen_by="crs")
    assert now_found() == {}


# -------------------------------------------------------------------------------------------------------- lease-not-map


def dhcp(estate: Estate, source: str, host: str, mac: str, **more: Any) -> Sighting:
    return estate.seen(host, mac, source=source, seen_by="pfsense", **more)


def test_an_address_leased_to_another_card_than_it_is_kept_for_is_found(estate: Estate) -> None:
    host = estate.apps.host(DHCP[0])
    dhcp(estate, "static-map", host, MAC)
    dhcp(estate, "lease", host, OTHER, name="stranger")
    found = ours(now_found())
    assert found == {"lease-not-map": [f"{host} is leased to {OTHER}, and kept for {MAC}"]}
    assert "(stranger)" in Conflict.objects.get(kind="lease-not-map").message


def test_a_card_that_leases_another_address_than_its_own_is_found(estate: Estate) -> None:
    own, other = estate.apps.host(DHCP[0]), estate.apps.host(DHCP[0] + 1)
    dhcp(estate, "static-map", own, MAC)
    dhcp(estate, "lease", other, MAC)
    assert ours(now_found()) == {"lease-not-map": [f"{MAC} leases {other}, and its static map says {own}"]}


def test_a_card_with_a_map_in_another_network_may_lease(estate: Estate) -> None:
    dhcp(estate, "static-map", estate.mgmt.host(DHCP[0]), MAC)
    dhcp(estate, "lease", estate.apps.host(DHCP[0]), MAC)
    assert ours(now_found()) == {}


def test_a_card_with_two_maps_may_lease_either(estate: Estate) -> None:
    for offset in (0, 1):
        dhcp(estate, "static-map", estate.apps.host(DHCP[0] + offset), MAC)
    dhcp(estate, "lease", estate.apps.host(DHCP[0] + 1), MAC)
    assert ours(now_found()) == {}


def test_a_lease_that_the_server_does_not_have_any_more_is_no_fault(estate: Estate) -> None:
    host = estate.apps.host(DHCP[0])
    dhcp(estate, "static-map", host, MAC)
    dhcp(estate, "lease", host, OTHER, **times(estate, 50, 40))
    dhcp(estate, "lease", estate.apps.host(DHCP[1]), "BC:24:11:00:00:77")
    assert ours(now_found()) == {}


# --------------------------------------------------------------------------------------------------------- seen-unknown


def test_a_stranger_carries_its_port_vlan_name_and_vendor(estate: Estate) -> None:
    host, port = estate.apps.host(30), estate.port(estate.switch, "gi5")
    estate.seen(host, MAC, source="lease", name="raspberrypi")
    hears(estate, MAC, "gi5", interface=port)
    row = only("seen-unknown")
    for text in ("raspberrypi", "Proxmox", f"hangs on gi5 of {estate.switch.name}", "VLAN 100"):
        assert text in row.message
    assert str(port.pk) in row.involved
    assert isinstance(port, Interface)


def test_addresses_that_a_router_answers_for_as_a_proxy_are_no_strangers(estate: Estate) -> None:
    port = IPAddress.objects.get(host=estate.apps.host(1)).interfaces.get()
    Interface.objects.filter(pk=port.pk).update(mac_address=MAC)
    for offset in range(100, 115):
        estate.seen(estate.apps.host(offset), MAC)
    assert len(now_found()["seen-unknown"]) == 15
    estate.seen(estate.apps.host(115), MAC)
    assert now_found() == {}


def test_the_rules_ask_as_much_for_many_as_for_few(estate: Estate, django_assert_max_num_queries: Any) -> None:
    from nautobot_wow.conflicts.estate import Estate as Read
    from nautobot_wow.conflicts.registry import RULES as ALL

    for number in range(60):
        host, mac = estate.apps.host(100 + number), f"BC:24:11:00:03:{number:02X}"
        estate.address(host)
        change(estate, host, mac, f"BC:24:11:00:04:{number:02X}")
        hears(estate, mac, f"gi{number}", 90, 30)
        hears(estate, mac, f"gi{number + 100}", 20)
        dhcp(estate, "static-map", host, mac)
        dhcp(estate, "lease", host, OTHER)
    with django_assert_max_num_queries(45):
        assert all(list(ALL[slug].find(Read(estate.now))) is not None for slug in (*RULES, "seen-unknown", "two-macs"))
