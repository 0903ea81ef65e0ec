"""The models in GraphQL."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from nautobot.apps.graphql import execute_query

from tests.app import rows

pytestmark = pytest.mark.django_db


def ask(query: str, user: Any = None, **variables: Any) -> dict[str, Any]:
    user = user or get_user_model().objects.create_superuser("admin2")
    result = execute_query(query, variables=variables, user=user)
    assert not result.errors, result.errors
    return result.data


def test_the_claims_of_a_guest_are_answered() -> None:
    guest = rows.guest()
    rows.claim(rows.system(), guest, values={"vcpus": 4})
    rows.claim(rows.system("other"), rows.guest("another"))
    query = """
        query ($guest: [String]) {
          claims(object_id: $guest) { external_id kind values created_object system { name kind } }
        }
    """
    (claim,) = ask(query, guest=[str(guest.pk)])["claims"]
    assert (claim["external_id"], claim["system"]["name"]) == ("lxc/210", "wow-prox1")
    assert "4" in str(claim["values"])


def test_every_model_is_answered_with_its_relations() -> None:
    system = rows.system()
    rows.plan(system)
    rows.conflict(system, **rows.about(rows.guest()))
    rows.claim(system)
    data = ask(
        """{
          systems(name: "wow-prox1") {
            name kind enabled mode precedence options guards last_status last_summary namespace { name }
            claims { external_id } plans { digest summary content } conflicts { title state evidence }
          }
          plans { digest system { name } }
          conflicts(state: "open") { title severity kind object_id system { name } }
        }"""
    )
    (found,) = data["systems"]
    assert found["claims"] == [{"external_id": "lxc/210"}]
    assert found["conflicts"][0]["state"] == "OPEN"
    assert data["plans"][0]["system"]["name"] == "wow-prox1"
    assert data["conflicts"][0]["severity"] == "CRITICAL"


def test_who_had_an_address_is_answered() -> None:
    profile = rows.profile()
    rows.allocation(profile)
    rows.sighting(10)
    rows.sighting(11)
    rows.size()
    rows.image(rows.system())
    data = ask(
        """{
          sightings(host: "172.16.100.10") { host mac source where first_seen last_seen namespace { name } }
          network_profiles(name: "apps") {
            prefix { prefix } bridge dns_servers ranges { name } allocations { key host state }
          }
          allocations(state: "held") { host profile { name } }
          guest_sizes { name vm_cores }
          guest_images { name source system { name } }
        }"""
    )
    (seen,) = data["sightings"]
    assert (seen["host"], seen["mac"]) == ("172.16.100.10", "BC:24:11:00:00:01")
    assert data["network_profiles"][0]["allocations"] == [{"key": "key-10", "host": "172.16.100.10", "state": "HELD"}]
    assert data["allocations"] == [{"host": "172.16.100.10", "profile": {"name": "apps"}}]
    assert data["guest_images"][0]["system"]["name"] == "wow-prox1"


def test_a_reader_without_a_right_gets_nothing() -> None:
    rows.claim(rows.system())
    nobody = get_user_model().objects.create_user("nobody")
    assert ask("{ systems { name } claims { external_id } }", user=nobody) == {"systems": [], "claims": []}
