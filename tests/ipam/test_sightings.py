"""What is seen of addresses: the same again is one row that is rarely written, and a guest is not in its own way."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.utils import timezone
from nautobot.dcim.models import Device, DeviceType, Interface, Location, LocationType, Manufacturer
from nautobot.extras.models import Role, Status
from nautobot.virtualization.models import Cluster, ClusterType, VirtualMachine, VMInterface

from nautobot_wow.errors import Unavailable
from nautobot_wow.ipam import follow, lifecycle, sightings
from nautobot_wow.ipam.explain import explain
from nautobot_wow.models import Allocation, Sighting
from nautobot_wow.snapshot import Seen
from tests.ipam.net import APPS, Net
from tests.reconcile.site import rows_written

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
HOST = f"{APPS}.10"
MAC, OTHER = "BC:24:11:00:00:0A", "BC:24:11:00:00:0B"


def agent(host: str = HOST, mac: str = MAC, where: str = "lxc/210") -> Seen:
    return Seen(host=host, mac=mac, source="agent", where=where)


def look(net: Net, *seen: Seen, minutes: int = 0) -> int:
    now = timezone.now() + timedelta(minutes=minutes)
    return sightings.record(seen, namespace=net.namespace, seen_by="pve", now=now, at_most_every=HOUR)


# ----------------------------------------------------------------------------------------------------------- recording


def test_the_same_within_the_hour_is_not_written(net: Net) -> None:
    look(net, agent())
    with rows_written() as rows:
        assert look(net, agent(), minutes=59) == 0
    assert rows == {}
    assert look(net, agent(), minutes=61) == 0
    seen = Sighting.objects.get()
    assert seen.last_seen - seen.first_seen > HOUR


def test_two_machines_with_one_address_stay_two_rows_however_often_one_looks(net: Net) -> None:
    look(net, agent())
    both = (agent(), agent(mac=OTHER, where="lxc/216"))
    assert look(net, *both, minutes=30) == 1
    for minutes in (40, 50, 85, 95, 200):
        assert look(net, *both, minutes=minutes) == 0
    assert Sighting.objects.count() == 2


def test_another_card_is_a_new_row_and_the_old_one_ends(net: Net) -> None:
    look(net, agent())
    look(net, agent(mac=OTHER), minutes=5)
    assert look(net, agent(), minutes=10) == 1
    assert list(Sighting.objects.order_by("first_seen").values_list("mac", flat=True)) == [MAC, OTHER, MAC]


def test_many_cost_as_many_questions_as_few(net: Net, django_assert_num_queries: Any) -> None:
    for number in (3, 60):
        seen = [agent(f"10.9.0.{count}", where=f"lxc/{count}") for count in range(number)]
        Sighting.objects.all().delete()
        with django_assert_num_queries(2):
            look(net, *seen)
        with django_assert_num_queries(1):
            look(net, *seen, minutes=1)


# ------------------------------------------------------------------------------------------------------------ evidence


def install(given: Allocation, mac: str = MAC) -> VMInterface:
    """A guest that has the address, as a sync would find it."""
    kind, _ = ClusterType.objects.get_or_create(name="Proxmox VE")
    cluster, _ = Cluster.objects.get_or_create(name="pve", defaults={"cluster_type": kind})
    status = given.address.status
    machine = VirtualMachine.objects.create(name=f"guest of {given.key}", cluster=cluster, status=status)
    card = VMInterface.objects.create(virtual_machine=machine, name="net0", mac_address=mac, status=status)
    card.ip_addresses.add(given.address)
    follow.arrived([given.host], given.namespace)
    given.refresh_from_db()
    return card


def remove(given: Allocation, card: VMInterface) -> Allocation:
    """Its guest goes, and the address is given back."""
    card.virtual_machine.delete()
    return lifecycle.release(given)


def test_its_own_guest_does_not_keep_the_address_from_its_key(net: Net) -> None:
    given = net.give("web")
    card = install(given)
    look(net, agent())
    remove(given, card)
    assert net.give("web").host == HOST


def test_nobody_else_gets_it_meanwhile(net: Net) -> None:
    given = net.give("web")
    card = install(given)
    look(net, agent())
    remove(given, card)
    with pytest.raises(Unavailable, match="resting"):
        net.give("db", host=HOST)
    assert net.give("db").host != HOST


def test_what_another_guest_shows_keeps_it_from_its_key_as_well(net: Net) -> None:
    given = net.give("web")
    card = install(given)
    look(net, agent(), agent(mac=OTHER, where="lxc/216"))
    remove(given, card)
    assert net.give("web").host != HOST
    with pytest.raises(Unavailable, match="seen on the network"):
        net.give("web again", host=HOST)


def test_a_key_that_never_had_a_guest_is_excused_from_nothing(net: Net) -> None:
    lifecycle.release(net.give("web"))
    look(net, agent())
    assert net.give("web").host != HOST


def test_what_was_seen_before_it_was_given_back_says_nothing_after_it_has_rested(net: Net) -> None:
    given = net.give("web")
    card = install(given)
    look(net, agent())
    remove(given, card)
    lifecycle.sweep(timezone.now() + timedelta(days=4))
    assert explain(HOST, net.namespace, timezone.now()).free
    assert net.give("db", host=HOST).host == HOST


def test_what_is_seen_after_it_was_given_back_keeps_it_from_others(net: Net) -> None:
    given = net.give("web")
    card = install(given)
    remove(given, card)
    look(net, agent(), minutes=5)
    lifecycle.sweep(timezone.now() + timedelta(days=4))
    assert not explain(HOST, net.namespace, timezone.now()).free
    with pytest.raises(Unavailable, match="seen on the network"):
        net.give("db", host=HOST)


# ------------------------------------------------------------------------------------------------------- cards alone


def on_port(mac: str = MAC, where: str = "gi5", **values: Any) -> Seen:
    return Seen(mac=mac, source="mac-table", where=where, vid=100, port=f"switch/{where}", **values)


def test_a_card_alone_is_a_row_with_its_port_and_vlan(net: Net) -> None:
    assert look(net, on_port()) == 1
    row = Sighting.objects.get()
    assert (row.host, row.ip_version, row.mac, row.where, row.vid) == (None, None, MAC, "gi5", 100)
    assert str(row) == f"No address {MAC} by pve"


def test_the_same_card_on_the_same_port_is_not_written_again(net: Net) -> None:
    look(net, on_port())
    with rows_written() as rows:
        assert look(net, on_port(), minutes=30) == 0
    assert rows == {}


def test_a_card_on_another_port_or_in_another_vlan_is_a_new_row(net: Net) -> None:
    look(net, on_port())
    assert look(net, on_port(where="gi6"), minutes=5) == 1
    assert look(net, Seen(mac=MAC, source="mac-table", where="gi6", vid=110), minutes=6) == 1
    assert Sighting.objects.count() == 3


def test_who_calls_itself_otherwise_is_a_new_row(net: Net) -> None:
    lease = {"host": HOST, "mac": MAC, "source": "lease"}
    look(net, Seen(**lease, name="raspberrypi"))
    assert look(net, Seen(**lease, name="printer"), minutes=5) == 1


@pytest.mark.parametrize("mac", ["", "00:00:00:00:00:00", "FF:FF:FF:FF:FF:FF", "01:00:5E:00:00:FB"])
def test_what_has_neither_address_nor_card_is_no_evidence(net: Net, mac: str) -> None:
    assert look(net, on_port(mac=mac), Seen(host=HOST, mac=mac, source="arp")) == 0


def test_a_row_learns_its_interface_when_nautobot_has_it(net: Net) -> None:
    port = interface("switch1", "gi5")
    look(net, on_port())
    now = timezone.now() + timedelta(minutes=1)
    ports = {"switch/gi5": port.pk}
    known = {"namespace": net.namespace, "seen_by": "pve", "now": now, "at_most_every": HOUR, "ports": ports}
    assert sightings.record([on_port()], **known) == 0
    assert Sighting.objects.get().interface == port
    with rows_written() as rows:
        sightings.record([on_port()], **known)
    assert rows == {}


def interface(device: str, name: str) -> Interface:
    status = Status.objects.get(name="Active")
    kind = LocationType.objects.create(name="Room")
    for model in (Device, Interface):
        kind.content_types.add(ContentType.objects.get_for_model(model))
    place = Location.objects.create(name="Here", location_type=kind, status=status)
    maker = Manufacturer.objects.create(name="Maker")
    model = DeviceType.objects.create(manufacturer=maker, model="Switch")
    role = Role.objects.create(name="Switch")
    box = Device.objects.create(name=device, device_type=model, role=role, location=place, status=status)
    return Interface.objects.create(device=box, name=name, status=status)
