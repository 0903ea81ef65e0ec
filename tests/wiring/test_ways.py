"""The ways of guests and profiles in Nautobot: read in a fixed number of queries, shown, judged, and a preflight."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from nautobot.dcim.models import Interface
from nautobot.virtualization.models import VirtualMachine

from nautobot_wow.conflicts.check import check
from nautobot_wow.models import Conflict, NetworkProfile
from nautobot_wow.wiring.path import Verdict
from nautobot_wow.wiring.ways import Ways, known_break
from tests.wiring.rack import Rack

pytestmark = pytest.mark.django_db

URL = "/api/plugins/wow/ways/"


@pytest.fixture
def rack(db: None) -> Rack:
    return Rack()


def the_way(guest: Any) -> Any:
    (one,) = Ways().of_guests([guest.pk])
    return one.way


def test_guests_with_and_without_a_tag_reach_their_gateway(rack: Rack) -> None:
    assert the_way(rack.guest("web", 100, 10, is_tagged=False)).verdict is Verdict.FOUND
    way = the_way(rack.guest("vault", 110, 10))
    assert way.verdict is Verdict.FOUND
    assert [str(hop.port) for hop in way.hops] == [
        "vmbr0 of wow-prox1",
        "eno1 of wow-prox1",
        "sfp-sfpplus3 of wow-10gb-mik-sw",
        "sfp-sfpplus2 of wow-10gb-mik-sw",
        "ix5 of pfsense",
        "ix5.110 of pfsense",
    ]


def test_the_port_that_does_not_carry_the_vlan_of_a_guest_is_named(rack: Rack) -> None:
    way = the_way(rack.guest("workload", 130, 10))
    assert way.reason == "sfp-sfpplus3 of wow-10gb-mik-sw does not carry VLAN 130"
    assert way.is_broken


def test_a_gateway_that_is_only_assumed_is_named(rack: Rack) -> None:
    assert the_way(rack.guest("ident", 120, 10)).reason == "no interface carries the gateway 172.16.120.1"


def test_a_card_that_nobody_saw_has_no_way(rack: Rack) -> None:
    guest = rack.guest("web", 100, 10, is_tagged=False)
    from nautobot_wow.models import Sighting

    Sighting.objects.all().delete()
    (one,) = Ways().of_guests([guest.pk])
    assert one.way is None
    assert "which bridge" in one.reason


def test_a_cable_that_is_only_planned_is_none(rack: Rack) -> None:
    from nautobot.dcim.models import Cable

    for cable in Cable.objects.all():
        cable.delete()
    rack.cable("wow-prox1/eno1", "wow-10gb-mik-sw/sfp-sfpplus3", status="Planned")
    way = the_way(rack.guest("web", 100, 10, is_tagged=False))
    assert (way.verdict, way.reason) == (Verdict.UNKNOWN, "no cable is known at eno1 of wow-prox1")


def test_a_switch_that_only_the_site_design_knows_is_unknown(rack: Rack) -> None:
    Interface.objects.filter(device__name="wow-10gb-mik-sw").update(mode="", untagged_vlan=None)
    for port in Interface.objects.filter(device__name="wow-10gb-mik-sw"):
        port.tagged_vlans.clear()
    way = the_way(rack.guest("web", 100, 10, is_tagged=False))
    assert way.verdict is Verdict.UNKNOWN
    assert "nobody reads which VLANs sfp-sfpplus3 of wow-10gb-mik-sw carries" in way.reason


@pytest.mark.parametrize("count", [10, 100])
def test_the_number_of_queries_does_not_depend_on_the_number_of_guests(rack: Rack, count: int) -> None:
    for number in range(count):
        rack.guest(f"guest{number}", 110, 20 + number)
    with CaptureQueriesContext(connection) as captured:
        found = Ways().of_guests()
    assert len(found) == count
    assert len(captured) == 10


def test_a_broken_way_is_a_conflict_and_over_when_the_port_carries_the_vlan(rack: Rack) -> None:
    rack.guest("web", 100, 10, is_tagged=False)
    guest = rack.guest("workload", 130, 10)
    assert check(timezone.now()).failed == {}
    one = Conflict.objects.get(kind="vlan-path", state="open")
    assert one.object_id == guest.pk
    assert "sfp-sfpplus3 of wow-10gb-mik-sw does not carry VLAN 130" in one.message
    assert str(rack.ports["wow-10gb-mik-sw/sfp-sfpplus3"].pk) in one.involved
    rack.ports["wow-10gb-mik-sw/sfp-sfpplus3"].tagged_vlans.add(rack.vlans[130])
    check(timezone.now())
    assert not Conflict.objects.filter(kind="vlan-path", state="open").exists()


def test_a_way_that_is_not_known_is_no_conflict(db: None) -> None:
    Rack(cables=()).guest("workload", 130, 10)
    check(timezone.now())
    assert not Conflict.objects.filter(kind="vlan-path").exists()


def test_the_rule_can_be_switched_off(rack: Rack, settings: Any) -> None:
    rack.guest("workload", 130, 10)
    config = {**settings.PLUGINS_CONFIG, "nautobot_wow": {"conflict_rules": {"vlan-path": "off"}}}
    settings.PLUGINS_CONFIG = config
    check(timezone.now())
    assert not Conflict.objects.filter(kind="vlan-path").exists()


def test_a_known_break_refuses_a_new_guest_and_what_is_unknown_does_not(rack: Rack) -> None:
    rack.claim(rack.ports["wow-prox1/vmbr0"], "interface", "node/wow-prox1/vmbr0")
    assert known_break(rack.system, rack.profiles[100], "wow-prox1") == ""
    assert known_break(rack.system, rack.profiles[130], "wow-prox1") == (
        "net130 does not reach its gateway from vmbr0 of wow-prox1: "
        "sfp-sfpplus3 of wow-10gb-mik-sw does not carry VLAN 130"
    )
    assert known_break(rack.system, rack.profiles[130], "another node") == ""


def test_the_pages_of_guest_and_profile_draw_the_way_with_the_break_in_red(admin_client: Client, rack: Rack) -> None:
    guest = rack.guest("workload", 130, 10)
    for row in (guest, rack.profiles[130]):
        html = admin_client.get(row.get_absolute_url()).content.decode()
        assert "Way to the gateway" in html
        assert "Sfp-sfpplus3 of wow-10gb-mik-sw does not carry VLAN 130." in html
        assert "border-danger" in html
    whole = admin_client.get(rack.profiles[110].get_absolute_url()).content.decode()
    assert "reaches its gateway 172.16.110.1" in whole
    assert "border-danger" not in whole


def test_rest_shows_the_way_to_who_may_see_the_guest(admin_client: Client, rack: Rack) -> None:
    guest = rack.guest("workload", 130, 10)
    (one,) = admin_client.get(URL, {"virtual_machine": str(guest.pk)}).json()
    assert (one["verdict"], one["gateway"]) == ("broken", "172.16.130.1")
    assert [hop["port"] for hop in one["hops"] if hop["problem"]] == ["sfp-sfpplus3"]
    (one,) = admin_client.get(URL, {"network_profile": str(rack.profiles[110].pk)}).json()
    assert one["verdict"] == "found"
    assert admin_client.get(URL).status_code == 400
    assert admin_client.get(URL, {"virtual_machine": "x"}).status_code == 400


def test_ports_that_a_reader_may_not_see_are_not_named(person: Callable[..., Client], rack: Rack) -> None:
    guest = rack.guest("workload", 130, 10)
    client = person("view", on=(NetworkProfile,))
    assert client.get(URL, {"virtual_machine": str(guest.pk)}).status_code == 404
    person("view", on=(VirtualMachine,))
    answer = client.get(URL, {"virtual_machine": str(guest.pk)})
    assert answer.json()[0]["verdict"] == "broken"
    assert "sfp" not in answer.content.decode()
    assert "pfsense" not in answer.content.decode()
