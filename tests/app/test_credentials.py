"""From a System to a Connection: the error names what is missing, and no secret shows up anywhere."""

from __future__ import annotations

from typing import Any

import pytest
from nautobot.extras.models import ExternalIntegration, Secret, SecretsGroup, SecretsGroupAssociation

from nautobot_wow.errors import ConfigurationError
from nautobot_wow.models import System
from nautobot_wow.systems.credentials import connection_of
from tests.app import rows

pytestmark = pytest.mark.django_db

TOKEN = "3f2c-very-secret"


@pytest.fixture
def group(monkeypatch: pytest.MonkeyPatch) -> SecretsGroup:
    monkeypatch.setenv("WOW_TEST_USER", "nautobot@pve!sync")
    monkeypatch.setenv("WOW_TEST_TOKEN", TOKEN)
    return SecretsGroup.objects.create(name="prox1 group")


def put(group: SecretsGroup, secret_type: str, variable: str, access_type: str = "HTTP(S)") -> None:
    secret = Secret.objects.create(
        name=f"{access_type} {variable}", provider="environment-variable", parameters={"variable": variable}
    )
    SecretsGroupAssociation.objects.create(
        secrets_group=group, secret=secret, access_type=access_type, secret_type=secret_type
    )


def system_with(group: SecretsGroup | None, **more: Any) -> System:
    integration = ExternalIntegration.objects.create(
        name="prox1", remote_url="https://prox1.wow.example:8006", secrets_group=group, **more
    )
    return rows.system(external_integration=integration)


def refusal(system: System) -> str:
    with pytest.raises(ConfigurationError) as caught:
        connection_of(system)
    assert TOKEN not in str(caught.value)
    return str(caught.value)


def test_a_complete_system_gives_a_connection(group: SecretsGroup) -> None:
    put(group, "username", "WOW_TEST_USER")
    put(group, "token", "WOW_TEST_TOKEN")
    connection = connection_of(system_with(group, timeout=7, verify_ssl=False, ca_file_path="/etc/ssl/wow.pem"))
    assert (connection.system, connection.url) == ("wow-prox1", "https://prox1.wow.example:8006")
    assert (connection.username, connection.secret.reveal()) == ("nautobot@pve!sync", TOKEN)
    assert (connection.timeout_s, connection.verify_tls, connection.ca_file) == (7.0, False, "/etc/ssl/wow.pem")


def test_the_secret_is_not_in_what_is_printed(group: SecretsGroup) -> None:
    put(group, "username", "WOW_TEST_USER")
    put(group, "token", "WOW_TEST_TOKEN")
    connection = connection_of(system_with(group))
    assert TOKEN not in f"{connection} {connection!r} {connection.secret}"


def test_the_generic_access_type_is_the_fall_back(group: SecretsGroup, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WOW_TEST_OTHER", "other@pve!sync")
    put(group, "username", "WOW_TEST_OTHER", access_type="Generic")
    put(group, "token", "WOW_TEST_TOKEN", access_type="Generic")
    system = system_with(group)
    assert connection_of(system).username == "other@pve!sync"
    put(group, "username", "WOW_TEST_USER")
    assert connection_of(system).username == "nautobot@pve!sync"


def test_without_an_integration_the_error_says_so() -> None:
    assert refusal(rows.system()) == "wow-prox1: no external integration is set; choose one that has the URL"


def test_without_a_secrets_group_the_error_names_the_integration() -> None:
    assert "'prox1' has no secrets group" in refusal(system_with(None))


@pytest.mark.parametrize(("present", "missing"), [("username", "token"), ("token", "username")])
def test_a_missing_secret_is_named_with_where_it_belongs(group: SecretsGroup, present: str, missing: str) -> None:
    put(group, present, "WOW_TEST_TOKEN")
    sentence = refusal(system_with(group))
    assert f"secrets group 'prox1 group' has no {missing}; add one with access type HTTP(S) or Generic" in sentence


def test_a_secret_that_cannot_be_read_is_named_with_the_reason(group: SecretsGroup) -> None:
    put(group, "username", "WOW_TEST_USER")
    put(group, "token", "WOW_TEST_NOT_SET")
    sentence = refusal(system_with(group))
    assert "secret 'HTTP(S) WOW_TEST_NOT_SET' cannot be read" in sentence
    assert "check its provider and parameters" in sentence


def test_an_empty_secret_is_refused(group: SecretsGroup, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WOW_TEST_TOKEN", "")
    put(group, "username", "WOW_TEST_USER")
    put(group, "token", "WOW_TEST_TOKEN")
    assert "is empty" in refusal(system_with(group))


def test_a_url_that_cannot_be_rendered_is_refused(group: SecretsGroup) -> None:
    system = system_with(group)
    ExternalIntegration.objects.update(remote_url="https://{{ obj.nothing.at.all }}/")
    system.refresh_from_db()
    assert "the URL of external integration 'prox1' cannot be rendered" in refusal(system)
