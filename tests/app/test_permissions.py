"""Who may do what: pages and buttons."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from nautobot_wow.choices import ConflictState
from nautobot_wow.models import (
    Allocation,
    Claim,
    Conflict,
    GuestImage,
    GuestRequest,
    GuestSize,
    NetworkProfile,
    Plan,
    Sighting,
    System,
)
from tests.app import rows

pytestmark = pytest.mark.django_db


def every_row() -> list[Any]:
    system = rows.system()
    known = [system, rows.claim(system, rows.guest()), rows.plan(system), rows.conflict(system)]
    profile = rows.profile()
    given_out = [profile, rows.allocation(profile), rows.sighting(), rows.size(), rows.image(system)]
    return [*known, *given_out, rows.guest_request()]


def test_without_a_right_no_page_shows_anything(person: Callable[..., Client]) -> None:
    client = person("view", on=())
    for row in every_row():
        listing = reverse(f"plugins:nautobot_wow:{row._meta.model_name}_list")
        assert client.get(row.get_absolute_url()).status_code == 403
        assert client.get(listing).status_code == 403


def test_the_right_to_look_opens_every_page(person: Callable[..., Client]) -> None:
    given_out = (NetworkProfile, Allocation, Sighting, GuestSize, GuestImage, GuestRequest)
    client = person("view", on=(System, Claim, Plan, Conflict, *given_out))
    for row in every_row():
        assert client.get(row.get_absolute_url()).status_code == 200


def test_what_a_constraint_leaves_out_is_not_found(person: Callable[..., Client]) -> None:
    client = person("view", on=(System,), constraints={"name": "wow-prox1"})
    assert client.get(rows.system("wow-prox1").get_absolute_url()).status_code == 200
    assert client.get(rows.system("wow-prox2").get_absolute_url()).status_code == 404


def test_acknowledging_needs_the_right_to_change(person: Callable[..., Client]) -> None:
    conflict = rows.conflict()
    url = reverse("plugins:nautobot_wow:conflict_acknowledge", kwargs={"pk": conflict.pk})
    client = person("view", on=(Conflict,))
    assert client.post(url, {"reason": "known"}).status_code == 403
    assert "Acknowledge" not in client.get(conflict.get_absolute_url()).content.decode()
    person("change", on=(Conflict,))
    assert "Acknowledge" in client.get(conflict.get_absolute_url()).content.decode()
    assert client.post(url, {"reason": "known"}).status_code == 302
    conflict.refresh_from_db()
    assert (conflict.state, conflict.reason) == (ConflictState.ACKNOWLEDGED, "known")


def test_a_constraint_on_changing_holds_for_acknowledging(person: Callable[..., Client]) -> None:
    conflict = rows.conflict()
    client = person("view", on=(Conflict,))
    person("change", on=(Conflict,), constraints={"severity": "info"})
    url = reverse("plugins:nautobot_wow:conflict_acknowledge", kwargs={"pk": conflict.pk})
    assert client.post(url).status_code == 404
    conflict.refresh_from_db()
    assert conflict.state == ConflictState.OPEN


def test_an_acknowledged_conflict_can_be_reopened(admin_client: Client) -> None:
    conflict = rows.conflict(state=ConflictState.RESOLVED)
    url = reverse("plugins:nautobot_wow:conflict_reopen", kwargs={"pk": conflict.pk})
    html = admin_client.get(conflict.get_absolute_url()).content.decode()
    assert url in html
    admin_client.post(url)
    conflict.refresh_from_db()
    assert (conflict.state, conflict.resolved_at) == (ConflictState.OPEN, None)


def test_a_state_is_not_changed_by_following_a_link(admin_client: Client) -> None:
    conflict = rows.conflict()
    for action, status in (("acknowledge", 200), ("reopen", 405)):
        url = reverse(f"plugins:nautobot_wow:conflict_{action}", kwargs={"pk": conflict.pk})
        assert admin_client.get(url).status_code == status
    conflict.refresh_from_db()
    assert conflict.state == ConflictState.OPEN


@pytest.mark.parametrize(
    ("action", "shown", "hidden"), [("plan", "Dry run", "Sync now"), ("apply", "Sync now", "Dry run")]
)
def test_planning_and_applying_are_separate_rights(
    person: Callable[..., Client], action: str, shown: str, hidden: str
) -> None:
    from nautobot.extras.models import Job

    system = rows.system()
    client = person("view", action, on=(System,))
    assert shown not in client.get(system.get_absolute_url()).content.decode()
    person("run", on=(Job,))
    html = client.get(system.get_absolute_url()).content.decode()
    assert shown in html
    assert hidden not in html


def test_approving_a_plan_needs_the_right_to_apply(person: Callable[..., Client]) -> None:
    from nautobot.extras.models import Job

    plan = rows.plan(rows.system())
    client = person("view", on=(System, Plan))
    person("run", on=(Job,))
    assert "Apply this plan" not in client.get(plan.get_absolute_url()).content.decode()
    person("apply", on=(System,))
    assert "Apply this plan" in client.get(plan.get_absolute_url()).content.decode()


def test_what_the_app_writes_itself_has_no_page_to_add_or_delete_it(admin_client: Client) -> None:
    for name in ("claim", "plan", "conflict", "allocation", "sighting"):
        for action in ("add", "delete", "import", "bulk_delete"):
            assert not reversible(f"plugins:nautobot_wow:{name}_{action}")


def reversible(name: str) -> bool:
    from django.urls import NoReverseMatch

    for kwargs in ({}, {"pk": "6b0a1f3e-8a51-4b0e-9d8a-0a1f3e8a514b"}):
        try:
            reverse(name, kwargs=kwargs)
        except NoReverseMatch:
            continue
        return True
    return False


def test_a_system_page_names_the_credentials_and_does_not_show_them(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nautobot.extras.models import ExternalIntegration, Secret, SecretsGroup, SecretsGroupAssociation

    monkeypatch.setenv("WOW_TEST_TOKEN", "3f2c-very-secret")
    group = SecretsGroup.objects.create(name="prox1 group")
    secret = Secret.objects.create(
        name="prox1 token", provider="environment-variable", parameters={"variable": "WOW_TEST_TOKEN"}
    )
    SecretsGroupAssociation.objects.create(
        secrets_group=group, secret=secret, access_type="HTTP(S)", secret_type="token"
    )
    integration = ExternalIntegration.objects.create(name="prox1", remote_url="https://x:8006", secrets_group=group)
    system = rows.system(external_integration=integration)
    for url in (
        system.get_absolute_url(),
        f"{system.get_absolute_url()}edit/",
        f"/api/plugins/wow/systems/{system.pk}/?depth=3",
    ):
        page = admin_client.get(url).content.decode()
        assert "prox1" in page
        assert "3f2c-very-secret" not in page
    assert "prox1 group" in admin_client.get(system.get_absolute_url()).content.decode()
