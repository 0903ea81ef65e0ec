"""Cables in the ledger and on pages; one action of a person writes a proposed one down."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from nautobot.dcim.models import Cable, Interface
from nautobot.extras.models import ObjectChange

from nautobot_wow.conflicts.check import check
from nautobot_wow.models import Conflict, Sighting
from nautobot_wow.wiring.evidence import seen_since
from nautobot_wow.wiring.topology import load
from tests.wiring.rack import CABLES, Rack

pytestmark = pytest.mark.django_db

MIK16, GI27, GI5 = "wow-10gb-mik-sw/sfp-sfpplus16", "cisco-sg300-28/gi27", "cisco-sg300-28/gi5"
ENO1, SFP3, SFP4 = "wow-prox1/eno1", "wow-10gb-mik-sw/sfp-sfpplus3", "wow-10gb-mik-sw/sfp-sfpplus4"


@pytest.fixture
def bare(db: None) -> Rack:
    """The rack, with no cable written down, and neighbours that see each other."""
    rack = Rack(cables=())
    rack.neighbours(MIK16, GI27)
    return rack


def proposed() -> Conflict:
    assert check(timezone.now()).failed == {}
    return Conflict.objects.get(kind="missing-cable", state="open")


def rest(conflict: Conflict) -> str:
    return f"/api/plugins/wow/conflicts/{conflict.pk}/connect/"


def test_what_nobody_wrote_down_is_a_conflict_and_nothing_is_written(bare: Rack) -> None:
    conflict = proposed()
    assert conflict.title == (
        "No cable is written down between gi27 of cisco-sg300-28 and sfp-sfpplus16 of wow-10gb-mik-sw"
    )
    assert "confidence high" in conflict.message
    assert {side["source"] for side in conflict.evidence} >= {"cisco-sg300-28", "wow-10gb-mik-sw"}
    assert not Cable.objects.exists()


def test_a_machine_in_a_mac_table_is_proposed_with_its_evidence(bare: Rack) -> None:
    Sighting.objects.all().delete()
    bare.seen(SFP3, mac="24:6E:96:00:01:01", vid=110)
    assert "confidence medium" in proposed().message


def test_connect_writes_the_cable_down_with_its_change_and_closes_the_conflict(
    admin_client: Client, bare: Rack
) -> None:
    conflict = proposed()
    html = admin_client.get(conflict.get_absolute_url()).content.decode()
    address = reverse("plugins:nautobot_wow:conflict_connect", kwargs={"pk": conflict.pk})
    assert address in html
    assert admin_client.get(address).status_code == 405
    admin_client.post(address)
    cable = Cable.objects.get()
    assert {str(cable.termination_a), str(cable.termination_b)} == {"sfp-sfpplus16", "gi27"}
    assert cable.status.name == "Connected"
    change = ObjectChange.objects.get(changed_object_id=cable.pk)
    assert (change.action, change.user.username) == ("create", "admin")
    conflict.refresh_from_db()
    assert conflict.state == "resolved"
    check(timezone.now())
    assert not Conflict.objects.filter(kind__in=("missing-cable", "other-cable"), state="open").exists()
    assert address not in admin_client.get(conflict.get_absolute_url()).content.decode()


def test_rest_connects_for_who_may_add_cables(person: Callable[..., Client], bare: Rack) -> None:
    conflict = proposed()
    client = person("view", on=(Conflict,))
    answer = client.post(rest(conflict))
    assert (answer.status_code, Cable.objects.count()) == (403, 0)
    assert "add_cable" in answer.json()["detail"]
    person("add", on=(Cable,))
    answer = client.post(rest(conflict))
    assert answer.status_code == 201, answer.content
    assert answer.json()["cable"] == str(Cable.objects.get().pk)
    assert client.post(rest(conflict)).status_code == 409
    assert Cable.objects.count() == 1


def test_who_may_only_add_other_cables_adds_none(person: Callable[..., Client], bare: Rack) -> None:
    conflict = proposed()
    person("view", on=(Conflict,))
    client = person("add", on=(Cable,), constraints={"label": "mine"})
    assert client.post(rest(conflict)).status_code == 403
    assert not Cable.objects.exists()
    conflict.refresh_from_db()
    assert conflict.state == "open"


def test_a_port_that_got_a_cable_meanwhile_is_left_alone(admin_client: Client, bare: Rack) -> None:
    conflict = proposed()
    bare.cable(GI27, SFP4)
    answer = admin_client.post(rest(conflict))
    assert answer.status_code == 409
    assert "gi27 of cisco-sg300-28 has got a cable meanwhile" in answer.json()["detail"]
    assert Cable.objects.count() == 1


def test_another_conflict_has_nothing_to_connect(admin_client: Client, bare: Rack) -> None:
    conflict = proposed()
    Conflict.objects.filter(pk=conflict.pk).update(kind="vlan-path")
    assert admin_client.post(rest(conflict)).status_code == 409


def test_a_cable_that_leads_elsewhere_than_what_is_seen_is_a_conflict(bare: Rack) -> None:
    bare.cable(MIK16, GI5)
    check(timezone.now())
    conflict = Conflict.objects.get(kind="other-cable", state="open")
    assert (conflict.severity, conflict.object) == ("warning", bare.ports[MIK16])
    assert not Conflict.objects.filter(kind="missing-cable").exists()


def test_a_machine_heard_elsewhere_than_its_cable_says_is_only_a_note(bare: Rack) -> None:
    Sighting.objects.all().delete()
    bare.cable(ENO1, SFP4)
    bare.seen(SFP3, mac="24:6E:96:00:01:01", vid=110)
    check(timezone.now())
    assert Conflict.objects.get(kind="other-cable").severity == "info"


def test_what_was_seen_long_ago_says_nothing(bare: Rack) -> None:
    Sighting.objects.update(last_seen=timezone.now() - timedelta(days=60))
    check(timezone.now())
    assert not Conflict.objects.filter(kind="missing-cable").exists()


def test_a_rack_as_it_is_written_down_has_no_conflict_about_cables(db: None) -> None:
    rack = Rack(cables=CABLES)
    rack.neighbours(MIK16, GI27)
    rack.seen(SFP3, mac="24:6E:96:00:01:01", vid=110)
    check(timezone.now())
    assert not Conflict.objects.filter(kind__in=("missing-cable", "other-cable"), state="open").exists()


def test_the_page_of_a_cable_says_how_it_stands_and_who_saw_it(admin_client: Client, bare: Rack) -> None:
    cable = bare.cable(MIK16, GI27)
    html = admin_client.get(cable.get_absolute_url()).content.decode()
    assert "Confirmed from both ends" in html
    assert "gi27 of cisco-sg300-28: neighbour wow-10gb-mik-sw sfp-sfpplus16" in html
    Sighting.objects.all().delete()
    assert "Not seen" in admin_client.get(cable.get_absolute_url()).content.decode()


def test_the_page_of_a_vlan_lists_its_ports_by_device(admin_client: Client, bare: Rack) -> None:
    html = admin_client.get(bare.vlans[110].get_absolute_url()).content.decode()
    assert "PORTS OF MACHINES" in html
    for name in ("sfp-sfpplus2", "sfp-sfpplus3", "ix5.110"):
        assert f">{name}</a>" in html
    assert ">sfp-sfpplus4</a>" not in html


@pytest.mark.parametrize("count", [10, 100])
def test_the_number_of_queries_does_not_depend_on_what_is_seen(bare: Rack, count: int) -> None:
    for number in range(count):
        bare.seen(GI5, mac=f"02:00:00:00:01:{number:02X}", vid=100)
    with CaptureQueriesContext(connection) as captured:
        seen_since(load(), timezone.now() - timedelta(days=1))
    assert len(captured) == 8


def test_an_interface_that_is_gone_is_said(admin_client: Client, bare: Rack) -> None:
    conflict = proposed()
    Interface.objects.filter(pk=bare.ports[GI27].pk).delete()
    answer: Any = admin_client.post(rest(conflict))
    assert answer.status_code == 409
