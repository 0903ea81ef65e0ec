"""The REST endpoints that give addresses out and take them back: what they take, who may, and what they answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from nautobot.ipam.models import IPAddress

from nautobot_wow.models import Allocation, NetworkProfile, Sighting
from tests.ipam.net import APPS, Net

pytestmark = pytest.mark.django_db

BASE = "/api/plugins/wow"


@pytest.fixture
def net(db: None) -> Net:
    """The lab's apps network."""
    return Net()


def post(client: Client, path: str, body: Any = None) -> Any:
    return client.post(f"{BASE}/{path}/", {} if body is None else body, content_type="application/json")


def allocate(client: Client, key: str = "web", profile: str = "apps", **body: Any) -> Any:
    return post(client, "allocations/allocate", {"profile": profile, "key": key} | body)


# ------------------------------------------------------------------------------------------------------------ allocate


def test_an_address_is_given_with_all_that_a_guest_needs_to_know(admin_client: Client, net: Net) -> None:
    net.profile.dns_servers = ["172.16.100.2"]
    net.profile.save()
    response = allocate(admin_client, purpose="Web server", dns_name="web.wow.example")
    assert response.status_code == 201
    given = response.json()
    assert (given["host"], given["cidr"], given["state"]) == (f"{APPS}.10", f"{APPS}.10/24", "held")
    assert given["network"] == {
        "prefix": f"{APPS}.0/24",
        "gateway": f"{APPS}.1",
        "dns_servers": ["172.16.100.2"],
        "search_domain": "",
        "ntp_servers": [],
        "bridge": "vmbr0",
        "vlan_tag": None,
    }
    address = IPAddress.objects.get()
    assert given["address"]["id"] == str(address.pk)
    assert (address.dns_name, address.description) == ("web.wow.example", "Web server")


def test_the_same_key_is_answered_with_200_and_the_same_address(admin_client: Client, net: Net) -> None:
    first = allocate(admin_client)
    again = allocate(admin_client, profile=str(net.profile.pk))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]
    assert IPAddress.objects.count() == 1


def test_who_asked_and_until_when_it_is_held_is_noted(admin_client: Client, admin_user: Any, net: Net) -> None:
    assert allocate(admin_client, hold_minutes=5).status_code == 201
    given = Allocation.objects.get()
    assert given.requested_by == admin_user
    assert 200 < (given.expires - given.created).total_seconds() < 310


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"key": ""}, "key"),
        ({"key": "x" * 256}, "key"),
        ({"family": 5}, "family"),
        ({"family": 6}, "family"),
        ({"host": "web"}, "host"),
        ({"host": "10.0.0.1"}, "host"),
        ({"hold_minutes": 0}, "hold_minutes"),
        ({"hold_minutes": "long"}, "hold_minutes"),
        ({"dns_name": "no spaces please"}, "dns_name"),
        ({"purpose": "x" * 256}, "purpose"),
        ({"adress": "172.16.100.10"}, "adress"),
    ],
)
def test_what_is_wrong_is_answered_with_400_and_named(
    admin_client: Client, net: Net, body: dict[str, Any], field: str
) -> None:
    response = allocate(admin_client, **body)
    assert (response.status_code, list(response.json())) == (400, [field]), response.json()
    assert not IPAddress.objects.exists()


def test_a_restricted_profile_names_the_justification_that_is_missing(admin_client: Client, net: Net) -> None:
    NetworkProfile.objects.update(restricted=True)
    assert list(allocate(admin_client).json()) == ["justification"]
    assert allocate(admin_client, justification="The backup needs it").status_code == 201


def test_a_rule_of_the_operators_is_answered_with_400(admin_client: Client, net: Net) -> None:
    from django.contrib.contenttypes.models import ContentType
    from nautobot.data_validation.models import RegularExpressionValidationRule

    RegularExpressionValidationRule.objects.create(
        name="described",
        content_type=ContentType.objects.get_for_model(IPAddress),
        field="description",
        regular_expression="^[A-Z]",
        error_message="Begin with a capital.",
    )
    response = allocate(admin_client, purpose="web")
    assert (response.status_code, response.json()) == (400, {"description": ["Begin with a capital."]})


def test_an_unknown_profile_is_404(admin_client: Client, net: Net) -> None:
    response = allocate(admin_client, profile="nowhere")
    assert (response.status_code, response.json()["detail"]) == (404, "There is no network profile nowhere.")


def test_nothing_free_is_409_with_what_stands_in_the_way(admin_client: Client, net: Net) -> None:
    for number in range(10, 50):
        net.add_address(f"{APPS}.{number}")
    response = allocate(admin_client)
    assert response.status_code == 409
    said = response.json()
    assert said["considered"] == 40
    assert said["passed_over"][0]["reason"] == "in Nautobot"
    assert said["detail"].startswith("apps: no address of 172.16.100.0/24 is free")
    assert allocate(admin_client, host=f"{APPS}.10").json()["detail"] == (
        "172.16.100.10 cannot be given out: in Nautobot."
    )


def test_a_key_of_another_request_is_409(admin_client: Client, net: Net) -> None:
    allocate(admin_client)
    response = allocate(admin_client, host=f"{APPS}.30")
    assert response.status_code == 409
    assert "already names 172.16.100.10" in response.json()["detail"]


# ------------------------------------------------------------------------------------------------------ who may do it


def test_allocating_takes_the_permission_on_that_profile(person: Callable[..., Client], net: Net) -> None:
    net.add_profile("mgmt", net.add_prefix("172.16.110.0/24"))
    client = person("view", on=(NetworkProfile, Allocation))
    assert allocate(client).status_code == 403
    person("allocate", on=(NetworkProfile,), constraints={"name": "apps"})
    assert allocate(client).status_code == 201
    response = allocate(client, "other", "mgmt")
    assert response.status_code == 403
    assert "allocate_networkprofile" in response.json()["detail"]
    assert Allocation.objects.count() == 1


def test_giving_back_and_using_take_the_same_permission(person: Callable[..., Client], net: Net) -> None:
    given = net.give("web")
    client = person("view", on=(NetworkProfile, Allocation))
    for path, body in (
        (f"allocations/{given.pk}/release", {}),
        (f"allocations/{given.pk}/promote", {}),
        ("allocations/release", {"key": "web"}),
        ("allocations/promote", {"key": "web"}),
    ):
        assert post(client, path, body).status_code == 403
    given.refresh_from_db()
    assert given.state == "held"


def test_a_token_that_may_not_write_gets_nothing(client: Client, admin_user: Any, net: Net) -> None:
    from nautobot.users.models import Token

    token = Token.objects.create(user=admin_user, write_enabled=False)
    headers = {"Authorization": f"Token {token.key}"}
    body = {"profile": "apps", "key": "web"}
    path = f"{BASE}/allocations/allocate/"
    assert client.post(path, body, content_type="application/json", headers=headers).status_code == 403
    assert client.post(path, body, content_type="application/json").status_code == 403
    assert not Allocation.objects.exists()


# ------------------------------------------------------------------------------------------------- used and given back


def test_an_address_is_used_and_given_back_by_id_and_by_key(admin_client: Client, net: Net) -> None:
    one, two = net.give("one"), net.give("two")
    assert post(admin_client, f"allocations/{one.pk}/promote").json()["state"] == "used"
    assert post(admin_client, "allocations/promote", {"key": "two"}).json()["state"] == "used"
    assert post(admin_client, f"allocations/{one.pk}/release").json()["state"] == "resting"
    assert post(admin_client, "allocations/release", {"key": "two"}).json()["state"] == "resting"
    assert post(admin_client, "allocations/release", {"key": two.key}).status_code == 200
    assert not IPAddress.objects.exists()


def test_what_is_not_held_any_more_cannot_be_used(admin_client: Client, net: Net) -> None:
    given = net.give("web")
    post(admin_client, f"allocations/{given.pk}/release")
    response = post(admin_client, f"allocations/{given.pk}/promote")
    assert response.status_code == 409
    assert "allocate it again" in response.json()["detail"]


def test_what_somebody_made_more_of_is_not_given_back(admin_client: Client, net: Net) -> None:
    given = net.give("web")
    given.address.status = net.active
    given.address.validated_save()
    response = post(admin_client, f"allocations/{given.pk}/release")
    assert (response.status_code, response.json()["holder"]) == (409, "somebody made it Active")


def test_an_unknown_allocation_is_404(admin_client: Client, net: Net) -> None:
    assert post(admin_client, f"allocations/{net.profile.pk}/release").status_code == 404
    assert post(admin_client, "allocations/release", {"key": "nobody"}).status_code == 404


# ------------------------------------------------------------------------------------------------------------- explain


def explain(client: Client, address: str, **more: str) -> Any:
    return client.get(f"{BASE}/allocations/explain/", {"address": address} | more)


def test_an_address_is_explained_by_everybody_who_knows_it(admin_client: Client, net: Net) -> None:
    net.saw(f"{APPS}.60", where="ix3")
    said = explain(admin_client, f"{APPS}.60").json()
    assert said["free"] is False
    assert [(fact["source"], fact["says"]) for fact in said["facts"]] == [
        ("range", "DHCP DHCP pool"),
        ("pfsense", "ARP table with BC:24:11:00:00:01 on ix3"),
    ]
    assert said["profiles"] == {"apps": "outside of what the profile gives out"}
    assert explain(admin_client, f"{APPS}.10").json()["free"] is True


def test_only_facts_are_shown_that_the_reader_may_see(person: Callable[..., Client], net: Net) -> None:
    net.saw(f"{APPS}.10")
    said = explain(person("view", on=()), f"{APPS}.10").json()
    assert (said["free"], said["facts"]) == (False, [])
    said = explain(person("view", on=(Sighting,)), f"{APPS}.10").json()
    assert [fact["source"] for fact in said["facts"]] == ["pfsense"]


def test_what_is_no_address_or_no_namespace_is_said(admin_client: Client, client: Client, net: Net) -> None:
    assert list(explain(admin_client, "web").json()) == ["address"]
    assert explain(admin_client, f"{APPS}.10", namespace="Other").status_code == 404


# ----------------------------------------------------------------------------------------------------------- sightings

SEEN = {"host": f"{APPS}.54", "source": "arp", "mac": "bc-24-11-0a-00-01", "where": "ix3", "seen_by": "pfsense"}


def record(client: Client, *rows: dict[str, Any]) -> Any:
    return post(client, "sightings/record", list(rows))


def test_what_was_seen_is_recorded_once_and_then_goes_on(admin_client: Client, net: Net) -> None:
    assert record(admin_client, SEEN).json() == {"received": 1, "new": 1}
    first = Sighting.objects.get()
    assert (first.host, first.mac, first.where, first.seen_by) == (f"{APPS}.54", "BC:24:11:0A:00:01", "ix3", "pfsense")
    assert record(admin_client, SEEN, {**SEEN, "host": f"{APPS}.55"}).json() == {"received": 2, "new": 1}
    assert Sighting.objects.get(host=first.host).last_seen > first.last_seen


@pytest.mark.parametrize(
    "wrong", [{"host": "web"}, {"mac": "nonsense"}, {"source": "guess"}, {"seen_by": ""}, {"adress": "1"}]
)
def test_one_wrong_row_records_nothing(admin_client: Client, net: Net, wrong: dict[str, Any]) -> None:
    response = record(admin_client, SEEN, {**SEEN, **wrong})
    assert response.status_code == 400
    assert list(response.json()[1]) == list(wrong)
    assert not Sighting.objects.exists()


def test_an_unknown_namespace_or_no_list_is_refused(admin_client: Client, net: Net) -> None:
    assert record(admin_client, {**SEEN, "namespace": "Other"}).status_code == 400
    assert post(admin_client, "sightings/record", SEEN).status_code == 400


def test_recording_takes_the_permission_to_add_and_its_constraints(person: Callable[..., Client], net: Net) -> None:
    client = person("view", on=(Sighting,))
    assert record(client, SEEN).status_code == 403
    person("add", on=(Sighting,), constraints={"seen_by": "pfsense"})
    assert record(client, SEEN).status_code == 200
    assert record(client, {**SEEN, "seen_by": "somebody"}).status_code == 403
    assert Sighting.objects.count() == 1
