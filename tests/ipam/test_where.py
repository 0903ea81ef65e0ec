"""On which port a card hangs, and which answers of a router are no evidence."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from nautobot.dcim.models import Cable, Device, Interface
from nautobot.extras.models import Status
from nautobot.ipam.models import IPAddressToInterface

from nautobot_wow.ipam.explain import explain
from nautobot_wow.ipam.proxy import MANY
from nautobot_wow.ipam.where import Port, ports_of
from nautobot_wow.models import Sighting
from tests.ipam.net import APPS, Net
from tests.ipam.test_sightings import interface

pytestmark = pytest.mark.django_db

MAC = "BC:24:11:00:00:0A"
ROUTER = "00:08:A2:00:00:01"


def heard(
    net: Net, mac: str = MAC, switch: str = "sg300", port: str = "gi5", hours: float = 0, **more: Any
) -> Sighting:
    """A switch heard a card, until so many hours ago."""
    until = timezone.now() - timedelta(hours=hours)
    values: dict[str, Any] = {"source": "mac-table", "vid": 100, "first_seen": until - timedelta(hours=5)} | more
    return Sighting.objects.create(
        namespace=net.namespace, mac=mac, seen_by=switch, where=port, **{"last_seen": until} | values
    )


def crowd(net: Net, count: int, switch: str, port: str) -> None:
    """Other cards that are heard on a port as well."""
    for number in range(count):
        heard(net, f"BC:24:11:FF:{len(switch):02X}:{number:02X}", switch, port)


def ports(at: datetime | None = None, mac: str = MAC) -> list[Port]:
    return ports_of({mac}, Sighting.objects.all(), at or timezone.now()).get(mac, [])


def edge(at: datetime | None = None) -> str:
    return next((str(port) for port in ports(at) if port.is_edge), "")


# -------------------------------------------------------------------------------------------------------------- ports


def test_the_only_port_that_hears_a_card_is_the_one_it_hangs_on(net: Net) -> None:
    heard(net)
    assert edge() == "gi5 of sg300"
    assert ports()[0].why == "the only port that hears it"


def test_of_two_switches_the_port_with_fewer_cards_is_taken(net: Net) -> None:
    heard(net)
    heard(net, switch="crs317", port="sfp1")
    crowd(net, 4, "crs317", "sfp1")
    assert [(str(port), port.cards, port.is_edge) for port in ports()] == [
        ("gi5 of sg300", 1, True),
        ("sfp1 of crs317", 5, False),
    ]
    assert ports()[0].why == "it has the fewest cards behind it: 1, and 5 on sfp1 of crs317"


def test_a_port_to_a_switch_that_hears_it_is_an_uplink_however_few_cards_are_there(net: Net) -> None:
    """The host has three guests of its own: more than the other switch has on its uplink in this look."""
    heard(net)
    crowd(net, 3, "sg300", "gi5")
    heard(net, switch="crs317", port="sfp1")
    assert edge() == "sfp1 of crs317"
    heard(net, "02:00:00:00:00:01", "crs317", "sfp1", source="neighbour", name="SG300.wow.example", far_port="gi28")
    assert edge() == "gi5 of sg300"
    assert ports()[1].is_uplink
    assert ports()[1].box == "SG300.wow.example"


def test_a_cable_in_nautobot_tells_an_uplink(net: Net) -> None:
    near = interface("sg300", "gi28")
    box = near.device
    other = Device.objects.create(
        name="crs", device_type=box.device_type, role=box.role, location=box.location, status=box.status
    )
    far = Interface.objects.create(device=other, name="sfp1", status=box.status, type="other")
    gi5 = Interface.objects.create(device=box, name="gi5", status=box.status, type="other")
    Interface.objects.filter(pk=near.pk).update(type="other")
    near.refresh_from_db()
    cable = Cable.objects.create(status=Status.objects.get(name="Connected"))
    for end, port in (("A", near), ("B", far)):
        cable.add_termination(port, cable_end=end)
    heard(net, interface=gi5)
    crowd(net, 3, "sg300", "gi5")
    heard(net, switch="wow-crs", port="sfp1", interface=far)
    assert edge() == "gi5 of sg300"
    assert [(str(port), port.is_uplink, port.box) for port in ports()][1] == ("sfp1 of crs", True, "sg300")


def test_where_two_ports_are_equal_the_answer_says_that_it_is_not_certain(net: Net) -> None:
    heard(net)
    heard(net, switch="crs317", port="sfp1")
    assert ports()[0].why.startswith("not certain")


def test_where_every_switch_hears_it_through_another_one_it_hangs_on_none(net: Net) -> None:
    heard(net, port="gi28")
    heard(net, switch="crs317", port="sfp1")
    heard(net, "02:00:00:00:00:01", "crs317", "sfp1", source="neighbour", name="sg300")
    heard(net, "02:00:00:00:00:02", "sg300", "gi28", source="neighbour", name="crs317")
    assert edge() == ""
    assert len(ports()) == 2


def test_where_it_hung_at_a_moment_is_told(net: Net) -> None:
    heard(net, hours=48)
    heard(net, port="gi7", first_seen=timezone.now() - timedelta(hours=40))
    assert edge() == "gi7 of sg300"
    assert edge(timezone.now() - timedelta(hours=50)) == "gi5 of sg300"


def test_where_a_silent_card_was_heard_last_is_told_and_that_it_is_not_heard_now(net: Net) -> None:
    heard(net, hours=20)
    crowd(net, 1, "sg300", "gi1")
    assert edge() == "gi5 of sg300"
    assert ports()[0].why == "the only port that hears it; not heard at the last look"


def test_many_cards_cost_as_many_questions_as_one(net: Net, django_assert_max_num_queries: Any) -> None:
    macs = [f"BC:24:11:00:01:{number:02X}" for number in range(40)]
    for number, mac in enumerate(macs):
        heard(net, mac, port=f"gi{number}")
    with django_assert_max_num_queries(6):
        found = ports_of(macs, Sighting.objects.all(), timezone.now())
    assert len(found) == 40


# ---------------------------------------------------------------------------------------------------------- proxy ARP


def router(net: Net, *hosts: str) -> Interface:
    """A router with these addresses, the first one as gateway of the profile."""
    port = interface("fw", "ix3")
    Interface.objects.filter(pk=port.pk).update(mac_address=ROUTER)
    for host in hosts:
        IPAddressToInterface.objects.create(ip_address=net.add_address(host), interface=port)
    return port


def answers(net: Net, count: int, mac: str = ROUTER, first: int = 10) -> None:
    for number in range(count):
        net.saw(f"{APPS}.{first + number}", mac=mac)


def is_free(net: Net, host: str) -> bool:
    return explain(host, net.namespace, timezone.now()).free


def test_a_router_that_answers_for_very_many_addresses_it_does_not_have_is_no_evidence(net: Net) -> None:
    router(net, f"{APPS}.1")
    answers(net, MANY)
    assert is_free(net, f"{APPS}.10")
    assert net.give().host == f"{APPS}.10"


def test_one_address_fewer_and_each_of_them_is_evidence(net: Net) -> None:
    router(net, f"{APPS}.1")
    answers(net, MANY - 1)
    assert not is_free(net, f"{APPS}.10")
    assert net.give().host == f"{APPS}.{10 + MANY - 1}"


def test_addresses_that_the_router_has_do_not_count_towards_the_many(net: Net) -> None:
    router(net, f"{APPS}.1", *(f"{APPS}.{number}" for number in range(100, 120)))
    answers(net, MANY - 1)
    answers(net, 20, first=100)
    assert not is_free(net, f"{APPS}.10")


def test_a_machine_that_is_no_router_keeps_every_address_it_answers_for(net: Net) -> None:
    router(net, f"{APPS}.5")
    answers(net, MANY + 5)
    assert not is_free(net, f"{APPS}.10")


def test_a_card_that_nautobot_does_not_know_keeps_every_address_it_answers_for(net: Net) -> None:
    answers(net, MANY + 5)
    assert not is_free(net, f"{APPS}.10")


def test_what_another_way_of_seeing_says_of_such_an_address_still_counts(net: Net) -> None:
    router(net, f"{APPS}.1")
    answers(net, MANY)
    net.saw(f"{APPS}.10", source="lease", mac=MAC)
    assert not is_free(net, f"{APPS}.10")
    assert is_free(net, f"{APPS}.11")


def test_a_card_of_two_devices_is_nobodys_proxy(net: Net) -> None:
    port = router(net, f"{APPS}.1")
    box = port.device
    twin = Device.objects.create(
        name="twin", device_type=box.device_type, role=box.role, location=box.location, status=box.status
    )
    Interface.objects.create(device=twin, name="ix3", status=box.status, type="other", mac_address=ROUTER)
    answers(net, MANY)
    assert not is_free(net, f"{APPS}.10")


def test_the_system_that_looked_may_be_the_proxy_itself(net: Net) -> None:
    from nautobot_wow.models import System

    port = router(net, f"{APPS}.5")
    system = System.objects.create(name="pfsense", kind="proxmox", device=port.device)
    for number in range(MANY):
        net.saw(f"{APPS}.{10 + number}", mac=ROUTER, system=system)
    assert is_free(net, f"{APPS}.10")
