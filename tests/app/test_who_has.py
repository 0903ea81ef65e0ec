"""Who has 172.16.100.54, since when, on which port: one page, one request, one query, as far as the reader may see."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from nautobot.ipam.models import IPAddress, Namespace

from nautobot_wow.models import Conflict, Sighting
from tests.app import rows
from tests.app.test_graphql import ask
from tests.ipam.test_sightings import interface

pytestmark = pytest.mark.django_db

PAGE, REST = "/plugins/wow/who-has/", "/api/plugins/wow/sightings/who-has/"
HOST, MAC = "172.16.100.54", "BC:24:11:00:00:01"
DAY = timedelta(days=1)


@pytest.fixture
def seen() -> Sighting:
    """An address in an ARP table whose card hangs on gi5; two days ago another card had it."""
    rows.profile()
    now = timezone.now()
    row = rows.sighting(where="ix3", first_seen=now - DAY)
    rows.sighting(mac="BC:24:11:00:00:99", name="", first_seen=now - 3 * DAY, last_seen=now - 1.5 * DAY)
    heard(now)
    return row


def heard(now: Any, port: str = "gi5", switch: str = "cisco-sg300-28", **more: Any) -> Sighting:
    values: dict[str, Any] = {"source": "mac-table", "seen_by": switch, "where": port, "vid": 100, "name": ""}
    return rows.sighting(**values | {"host": None, "ip_version": None, "first_seen": now - DAY} | more)


def page(client: Client, **query: Any) -> str:
    response = client.get(PAGE, query)
    assert response.status_code == 200
    html = response.content.decode()
    return " ".join(html[html.index('role="search"') :].split())


# ---------------------------------------------------------------------------------------------------------------- page


def test_the_page_asks_when_nothing_is_asked(admin_client: Client) -> None:
    assert "Type an address to learn who has it" in page(admin_client)


def test_the_page_answers_who_since_when_and_on_which_port(admin_client: Client, seen: Sighting) -> None:
    html = page(admin_client, q=HOST)
    assert f"pfsense: ARP table with {MAC} on ix3, called client-54, just now" in html
    assert "hangs on gi5 of cisco-sg300-28, VLAN 100: the only port that hears it" in html
    assert "Proxmox Server Solutions GmbH" in html
    assert "BC:24:11:00:00:99" in html
    assert "would not give it out: seen on the network" in html
    assert seen.get_absolute_url() in html


@pytest.mark.parametrize("text", [MAC, "bc24.1100.0001", "bc-24-11-00-00-01", " bc2411000001 "])
def test_the_page_finds_a_card_in_any_spelling(admin_client: Client, seen: Sighting, text: str) -> None:
    html = page(admin_client, q=text)
    assert f"?q={HOST}" in html
    assert "hangs on gi5 of cisco-sg300-28" in html


@pytest.mark.parametrize("text", ["wow", "172.16.100.300", "bc:24", "<script>", "1" * 60])
def test_what_is_neither_is_said(admin_client: Client, text: str) -> None:
    html = page(admin_client, q=text)
    assert "is neither an address nor a MAC address" in html
    assert "<script>" not in html.split("</form>")[0]


def test_an_address_that_nobody_saw_has_an_answer_too(admin_client: Client) -> None:
    html = page(admin_client, q="192.0.2.1")
    assert "Nobody whose word you may read saw it" in html
    assert "not written down" in html


def test_who_had_it_on_another_day_is_told(admin_client: Client, seen: Sighting) -> None:
    at = (timezone.now() - 2 * DAY).strftime("%Y-%m-%d %H:%M:%S")
    html = page(admin_client, q=HOST, at=at)
    answer = html[: html.index("Who sees it")]
    assert "ARP table with BC:24:11:00:00:99" in answer
    assert MAC not in answer


def test_a_time_that_is_none_is_said(admin_client: Client) -> None:
    assert "Enter a valid date/time" in page(admin_client, q=HOST, at="last Tuesday")


def test_the_namespace_is_asked_for_where_there_are_several(admin_client: Client, seen: Sighting) -> None:
    assert 'name="namespace"' not in page(admin_client)
    other = Namespace.objects.create(name="other")
    assert 'name="namespace"' in page(admin_client)
    assert "saw it" in page(admin_client, q=HOST, namespace=other.pk)
    assert "ix3" in page(admin_client, q=HOST)


def test_the_page_wants_the_right_to_see_sightings(person: Callable[..., Client], seen: Sighting) -> None:
    client = person("view", on=(Conflict,))
    assert client.get(PAGE).status_code == 403
    assert HOST in page(person("view", on=(Sighting,)), q=HOST)


def test_who_is_not_logged_in_is_sent_to_the_login(client: Client) -> None:
    assert "/login/" in client.get(PAGE)["Location"]


def test_only_what_the_reader_may_see_is_told(person: Callable[..., Client], seen: Sighting) -> None:
    html = page(person("view", on=(Sighting,), constraints={"seen_by": "pfsense"}), q=HOST)
    assert "ix3" in html
    assert "gi5" not in html


def test_a_box_at_the_far_end_is_only_named_to_who_may_see_it(person: Callable[..., Client], seen: Sighting) -> None:
    from nautobot.dcim.models import Cable, Device, Interface
    from nautobot.extras.models import Status

    port = interface("cisco-sg300-28", "gi5")
    Interface.objects.filter(pk=port.pk).update(type="other")
    port.refresh_from_db()
    box = port.device
    far_box = Device.objects.create(
        name="printer-room", device_type=box.device_type, role=box.role, location=box.location, status=box.status
    )
    far = Interface.objects.create(device=far_box, name="eth0", status=box.status, type="other")
    cable = Cable.objects.create(status=Status.objects.get(name="Connected"))
    for end, one in (("A", port), ("B", far)):
        cable.add_termination(one, cable_end=end)
    Sighting.objects.filter(source="mac-table").update(interface=port)
    assert "printer-room" not in page(person("view", on=(Sighting,)), q=HOST)
    assert "leads to printer-room" in page(person("view", on=(Device,)), q=HOST)


@pytest.mark.parametrize("what", ["address", "sighting", "conflict"])
def test_pages_lead_there(admin_client: Client, seen: Sighting, what: str) -> None:
    if what == "address":
        status = IPAddress._meta.get_field("status").remote_field.model.objects.get(name="Active")
        row: Any = IPAddress.objects.create(address=f"{HOST}/24", namespace=seen.namespace, status=status)
    else:
        row = seen if what == "sighting" else rows.conflict(host=HOST)
    assert f"{PAGE}?q={HOST}" in admin_client.get(row.get_absolute_url()).content.decode()


def test_a_conflict_about_something_else_does_not_lead_there(admin_client: Client) -> None:
    assert PAGE + "?" not in admin_client.get(rows.conflict().get_absolute_url()).content.decode()


def test_the_menu_leads_there() -> None:
    from nautobot_wow.navigation import menu_items

    links = [item.link for tab in menu_items for group in tab.groups for item in group.items]
    assert PAGE in links
    assert reverse("plugins:nautobot_wow:who_has") == PAGE


# ---------------------------------------------------------------------------------------------------------------- REST


def test_rest_answers_the_same(admin_client: Client, seen: Sighting) -> None:
    answer = admin_client.get(REST, {"address": HOST}).json()
    assert (answer["host"], answer["free"]) == (HOST, False)
    (witness,) = answer["seen"]
    assert (witness["seen_by"], witness["how"], witness["mac"]) == ("pfsense", "arp", MAC)
    (card,) = answer["cards"]
    (port,) = card["ports"]
    assert (port["switch"], port["port"], port["vlan"], port["is_edge"]) == ("cisco-sg300-28", "gi5", 100, True)
    assert card["hosts"] == [HOST]
    assert answer["profiles"]["apps"].startswith("seen on the network")


def test_rest_answers_for_a_card_and_for_a_moment(admin_client: Client, seen: Sighting) -> None:
    answer = admin_client.get(REST, {"mac": "bc24.1100.0001"}).json()
    assert {row["host"] for row in answer["seen"]} == {HOST, None}
    assert answer["free"] is None
    before = (timezone.now() - 2 * DAY).isoformat()
    (witness,) = admin_client.get(REST, {"address": HOST, "at": before}).json()["seen"]
    assert witness["mac"] == "BC:24:11:00:00:99"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({}, 400),
        ({"address": "x"}, 400),
        ({"address": HOST, "at": "x"}, 400),
        ({"address": HOST, "namespace": "x"}, 404),
    ],
)
def test_rest_says_what_is_wrong(admin_client: Client, query: dict[str, str], code: int) -> None:
    assert admin_client.get(REST, query).status_code == code


def test_rest_wants_the_right_to_see_sightings(person: Callable[..., Client], seen: Sighting) -> None:
    assert person("view", on=(Conflict,)).get(REST, {"address": HOST}).status_code == 403
    assert person("view", on=(Sighting,)).get(REST, {"address": HOST}).status_code == 200


# ------------------------------------------------------------------------------------------------------------- GraphQL

QUERY = """{ sightings(host: "172.16.100.54") {
    host mac vendor says first_seen last_seen seen_by
    ports { switch port vlan is_edge is_uplink cards box why since last_seen }
} }"""


def test_one_graphql_query_answers_the_same(seen: Sighting) -> None:
    newest, older = sorted(ask(QUERY)["sightings"], key=lambda row: str(row["last_seen"]), reverse=True)
    assert newest["says"] == f"ARP table with {MAC} on ix3, called client-54"
    (port,) = newest["ports"]
    assert (port["switch"], port["port"], port["vlan"], port["is_edge"]) == ("cisco-sg300-28", "gi5", 100, True)
    assert older["ports"] == []


def test_graphql_tells_no_port_that_the_reader_may_not_see(seen: Sighting, person: Callable[..., Client]) -> None:
    person("view", on=(Sighting,), constraints={"seen_by": "pfsense"})
    found = ask(QUERY, user=get_user_model().objects.get(username="somebody"))["sightings"]
    assert [row["ports"] for row in found] == [[], []]


def test_graphql_tells_the_port_at_a_moment(seen: Sighting) -> None:
    heard(timezone.now(), port="gi9", first_seen=timezone.now() - 3 * DAY, last_seen=timezone.now() - 1.2 * DAY)
    at = (timezone.now() - 2 * DAY).isoformat()
    query = f'{{ sightings(mac: "{MAC}", source: "arp") {{ ports(at: "{at}") {{ port }} }} }}'
    assert ask(query)["sightings"][0]["ports"] == [{"port": "gi9"}]


def test_a_card_is_asked_for_once_in_an_answer(django_assert_max_num_queries: Any) -> None:
    heard(timezone.now())
    for number in range(30):
        rows.sighting(number + 100)
    user = get_user_model().objects.create_superuser("admin3")
    with django_assert_max_num_queries(25):
        assert len(ask('{ sightings(source: "arp") { ports { port } } }', user=user)["sightings"]) == 30
