"""The OpenAPI schema knows our endpoints, and only the methods they have."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db

BASE = "/plugins/wow"


@pytest.fixture(scope="module")
def schema(django_db_setup: None, django_db_blocker: Any) -> dict[str, Any]:
    from django.urls import include, path
    from drf_spectacular.generators import SchemaGenerator

    from nautobot_wow.api.urls import urlpatterns

    ours = [path("api/plugins/wow/", include((urlpatterns, "nautobot_wow-api")))]  # all of Nautobot takes 40 seconds
    with django_db_blocker.unblock():
        return SchemaGenerator(patterns=ours, api_version="3.2").get_schema(request=None, public=True)


def methods(schema: dict[str, Any], path: str) -> set[str]:
    return set(schema["paths"][path]) & {"get", "post", "put", "patch", "delete"}


def test_systems_can_be_read_and_written(schema: dict[str, Any]) -> None:
    assert methods(schema, f"{BASE}/systems/") == {"get", "post", "put", "patch", "delete"}
    assert methods(schema, f"{BASE}/systems/{{id}}/") == {"get", "put", "patch", "delete"}


@pytest.mark.parametrize("name", ["claims", "plans", "allocations", "sightings"])
def test_what_the_app_writes_itself_can_only_be_read(schema: dict[str, Any], name: str) -> None:
    assert methods(schema, f"{BASE}/{name}/") == {"get"}
    assert methods(schema, f"{BASE}/{name}/{{id}}/") == {"get"}


def test_conflicts_can_be_read_and_patched(schema: dict[str, Any]) -> None:
    assert methods(schema, f"{BASE}/conflicts/") == {"get", "patch"}
    assert methods(schema, f"{BASE}/conflicts/{{id}}/") == {"get", "patch"}


def test_health_is_read_only_in_the_schema(schema: dict[str, Any]) -> None:
    fields = schema["components"]["schemas"]["System"]["properties"]
    assert all(fields[name]["readOnly"] for name in fields if name.startswith("last_"))


def test_the_reference_to_an_object_is_typed(schema: dict[str, Any]) -> None:
    field = schema["components"]["schemas"]["Claim"]["properties"]["object"]
    assert field["readOnly"]
    assert "WowObjectReference" in str(field)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("plans/{id}/apply", None),
        ("systems/{id}/sync", {"dryrun", "approve", "only"}),
        ("systems/{id}/test-connection", None),
        ("systems/{id}/release", {"dryrun", "approve"}),
        ("systems/{id}/push", {"dryrun", "approve"}),
    ],
)
def test_what_starts_a_job_says_what_it_takes_and_answers(
    schema: dict[str, Any], path: str, body: set[str] | None
) -> None:
    assert methods(schema, f"{BASE}/{path}/") == {"post"}
    operation = schema["paths"][f"{BASE}/{path}/"]["post"]
    assert set(operation["responses"]) == {"202", "400", "403", "404", "409", "503"}
    assert set(schema["components"]["schemas"]["Started"]["properties"]) == {"job_result", "scheduled_job"}
    assert {parameter["name"] for parameter in operation["parameters"]} == {"format", "id"}
    if body is None:
        assert "requestBody" not in operation
        return
    reference = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
    assert set(schema["components"]["schemas"][reference.rpartition("/")[2]]["properties"]) == body


@pytest.mark.parametrize(
    ("path", "method", "answers"),
    [
        ("allocations/allocate", "post", {"200", "201", "400", "403", "404", "409"}),
        ("allocations/{id}/release", "post", {"200", "400", "403", "404", "409"}),
        ("allocations/release", "post", {"200", "400", "403", "404", "409"}),
        ("allocations/{id}/promote", "post", {"200", "400", "403", "404", "409"}),
        ("allocations/promote", "post", {"200", "400", "403", "404", "409"}),
        ("allocations/explain", "get", {"200", "400", "404"}),
        ("sightings/record", "post", {"200", "400", "403"}),
    ],
)
def test_what_gives_addresses_out_says_what_it_answers(
    schema: dict[str, Any], path: str, method: str, answers: set[str]
) -> None:
    assert methods(schema, f"{BASE}/{path}/") == {method}
    operation = schema["paths"][f"{BASE}/{path}/"][method]
    assert set(operation["responses"]) == answers
    assert "'examples'" in str(operation)
    takes = {parameter["name"] for parameter in operation["parameters"]} - {"format", "id", "depth", "exclude_m2m"}
    assert takes == ({"address", "namespace"} if method == "get" else set())


@pytest.mark.parametrize("name", ["network-profiles", "guest-sizes", "guest-images", "documents"])
def test_what_people_define_can_be_read_and_written(schema: dict[str, Any], name: str) -> None:
    assert methods(schema, f"{BASE}/{name}/") == {"get", "post", "put", "patch", "delete"}


def test_the_schema_is_valid(schema: dict[str, Any]) -> None:
    from drf_spectacular.validation import validate_schema

    validate_schema(schema)


def test_the_api_root_names_the_endpoints(admin_client: Client) -> None:
    found = admin_client.get("/api/plugins/wow/", headers={"Accept": "application/json"}).json()
    given_out = {"network-profiles", "guest-sizes", "guest-images", "allocations", "sightings", "guest-requests"}
    assert set(found) == {"systems", "documents", "claims", "plans", "conflicts"} | given_out
