"""An address that answers ARP or holds a lease is not given out, and the refusal says who saw it and when."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone

from nautobot_wow.errors import Unavailable
from nautobot_wow.ipam import words
from nautobot_wow.ipam.allocator import Ask, allocate
from nautobot_wow.ipam.explain import explain
from nautobot_wow.models import Sighting
from tests.ipam.net import APPS, Net
from tests.ipam.test_where import heard

pytestmark = pytest.mark.django_db

HOST, MAC = f"{APPS}.10", "BC:24:11:00:00:0A"
MINUTES = 1 / 24 / 60


def refusal(net: Net, host: str = HOST, **ask: Any) -> Unavailable:
    with pytest.raises(Unavailable) as refused:
        net.give(host=host, **ask)
    return refused.value


def test_an_address_that_answers_arp_is_refused_with_who_saw_it_how_where_and_when(net: Net) -> None:
    net.saw(HOST, 4.2 * MINUTES, mac=MAC, where="ix3")
    heard(net, MAC, "cisco-sg300-28", "gi5")
    error = refusal(net)
    assert str(error) == (
        f"{HOST} cannot be given out: seen on the network: pfsense saw {MAC} in its ARP table on ix3, 4 minutes ago; "
        "it hangs on gi5 of cisco-sg300-28"
    )
    (seen,) = error.detail["seen"]
    assert (seen["address"], seen["seen_by"], seen["how"], seen["mac"]) == (HOST, "pfsense", "arp", MAC)
    assert seen["port"] == "gi5 of cisco-sg300-28"
    assert net.give().host != HOST


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("lease", f"pfsense gave it to {MAC} (printer) as a lease, 2 hours ago"),
        ("static-map", f"pfsense keeps it for {MAC} (printer) by a static map, 2 hours ago"),
    ],
)
def test_an_address_that_holds_a_lease_or_a_static_map_is_refused_likewise(net: Net, source: str, says: str) -> None:
    net.saw(HOST, 2.1 / 24, mac=MAC, source=source, name="printer")
    assert says in str(refusal(net))
    assert net.give().host != HOST


def test_a_full_profile_says_who_is_on_the_addresses_that_were_only_seen(net: Net) -> None:
    for number in range(10, 49):
        net.add_address(f"{APPS}.{number}")
    net.saw(f"{APPS}.49", mac=MAC)
    with pytest.raises(Unavailable) as refused:
        net.give()
    assert [row["address"] for row in refused.value.detail["seen"]] == [f"{APPS}.49"]


def test_who_may_not_see_sightings_is_told_only_that_it_was_seen(net: Net) -> None:
    net.saw(HOST, mac=MAC)
    with pytest.raises(Unavailable) as refused:
        allocate(Ask(profile=net.profile, key="k", host=HOST, user=get_user_model().objects.create_user("blind")))
    assert str(refused.value) == f"{HOST} cannot be given out: seen on the network"
    assert "seen" not in refused.value.detail


def test_an_address_that_is_taken_for_another_reason_names_no_witness(net: Net) -> None:
    net.add_address(HOST)
    net.saw(HOST, mac=MAC)
    assert "seen" not in refusal(net).detail


def test_the_explanation_names_port_vlan_and_name(net: Net) -> None:
    net.saw(HOST, mac=MAC, source="lease", name="printer", vid=100)
    heard(net, MAC, "cisco-sg300-28", "gi5")
    (fact,) = [fact for fact in explain(HOST, net.namespace, timezone.now()).facts if fact.source == "pfsense"]
    assert fact.says == f"DHCP lease with {MAC}, VLAN 100, called printer; it hangs on gi5 of cisco-sg300-28"


@pytest.mark.parametrize("source", [source for source, _ in Sighting._meta.get_field("source").choices])
def test_every_way_of_seeing_has_a_sentence(net: Net, source: str) -> None:
    now = timezone.now()
    row = Sighting(host=HOST, mac=MAC, source=source, seen_by="box", where="p1", last_seen=now - timedelta(hours=3))
    text = words.sentence(row, now)
    assert text.startswith("box ")
    assert "p1" in text
    assert text.endswith(", 3 hours ago")


@pytest.mark.parametrize(
    ("mac", "says"),
    [
        ("BC:24:11:00:00:01", "Proxmox"),
        ("00:00:5E:00:01:05", "shared by routers (VRRP or CARP 5)"),
        ("02:11:22:33:44:55", "made up by software"),
        ("nonsense", ""),
    ],
)
def test_what_a_mac_address_says_of_itself(mac: str, says: str) -> None:
    assert words.vendor(mac).startswith(says)
    assert bool(words.vendor(mac)) == bool(says)
