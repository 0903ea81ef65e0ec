"""The panel on Nautobot's home page: every System with its health, as far as the reader may see."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from nautobot_wow.models import Conflict, Plan, System
from nautobot_wow.ui.home import overview
from tests.app import rows

pytestmark = pytest.mark.django_db


def home(client: Client) -> str:
    html = client.get("/").content.decode()
    _, found, rest = html.partition('id="operational-truth"')
    return rest.partition('class="card ')[0] if found else ""


def test_every_system_is_shown_with_its_health(admin_client: Client) -> None:
    system = rows.system()
    rows.system("<b>idle</b>")
    System.objects.filter(pk=system.pk).update(
        last_status="partial", last_success_at=timezone.now() - timedelta(hours=2)
    )
    html = home(admin_client)
    assert '<span class="badge bg-warning">Partial</span>' in html
    assert f'<a href="{system.get_absolute_url()}">wow-prox1</a>' in html
    assert "2\xa0hours ago" in html
    assert "no good sync yet" in html
    assert "<b>idle</b>" not in html


def test_open_conflicts_are_counted_by_severity_worst_first(admin_client: Client) -> None:
    system = rows.system()
    for number in range(3):
        rows.conflict(system, f"warning {number}", severity="warning")
    rows.conflict(system, "critical", severity="critical")
    rows.conflict(system, "over", severity="critical", state="resolved")
    html = home(admin_client)
    assert html.index("1 critical") < html.index("3 warning")
    assert f"?system={system.pk}&amp;state=open&amp;severity=critical" in html


def test_the_newest_plan_that_waits_is_shown(admin_client: Client) -> None:
    system = rows.system()
    old = rows.plan(system)
    Plan.objects.update(created=timezone.now() - timedelta(hours=1))
    new = rows.plan(system, [rows.change(1), rows.change(2)], refused="half of it would go")
    for other in (
        rows.plan(rows.system("b"), expires=timezone.now()),
        rows.plan(rows.system("c"), applied_at=timezone.now()),
        rows.plan(rows.system("d"), []),
    ):
        assert other.get_absolute_url() not in home(admin_client)
    html = home(admin_client)
    assert new.get_absolute_url() in html
    assert "Refused plan waits: 2 create" in html
    assert old.get_absolute_url() not in html


def test_guest_requests_that_want_an_eye_are_counted_and_lead_to_the_list(admin_client: Client) -> None:
    system = rows.system()
    stages = ("active", "released", "failed", "waiting", "creating", "allocated")
    for number, stage in enumerate(stages, 1):
        rows.guest_request(number, system=system, stage=stage, finished=timezone.now())
    long_ago = timezone.now() - timedelta(days=30)
    rows.guest_request(9, system=system, stage="failed", finished=long_ago)
    html = home(admin_client)
    assert "1 guest request failed lately" in html
    assert "1 guest request waiting for approval" in html
    assert "2 guest requests under way" in html
    assert f"/plugins/wow/guest-requests/?system={system.pk}&amp;stage=failed" in html


def test_without_a_system_it_says_how_to_add_the_first(admin_client: Client) -> None:
    html = home(admin_client)
    assert "Add the first System" in html
    assert "/plugins/wow/systems/add/" in html
    assert "/plugins/wow/docs/user/systems.md" in html


def test_it_takes_five_queries_however_many_systems_there_are(admin_user: object) -> None:
    request = RequestFactory().get("/")
    request.user = admin_user  # type: ignore[attr-defined]
    for number in range(10):
        system = rows.system(f"system{number}")
        rows.conflict(system, f"conflict {number}")
        rows.plan(system)
    with CaptureQueriesContext(connection) as queries:
        assert len(overview(request)["lines"]) == 10
    assert len(queries) == 5
    assert not [query for query in queries if '"nautobot_wow_plan"."content"' in query["sql"]]


def test_only_what_the_reader_may_see_is_shown(person: Callable[..., Client]) -> None:
    mine, other = rows.system("mine"), rows.system("another one")
    for system in (mine, other):
        rows.conflict(system, f"conflict of {system}")
        rows.plan(system)
    client = person("view", on=(System,), constraints={"name": "mine"})
    html = home(client)
    assert "mine" in html
    assert "another one" not in html
    assert "1 critical" not in html
    assert "waits" not in html
    person("view", on=(Conflict, Plan))
    html = home(client)
    assert "1 critical" in html
    assert "waits" in html


def test_who_may_see_no_system_has_no_panel_and_costs_nothing(person: Callable[..., Client]) -> None:
    rows.system()
    client = person("view", on=(Plan,))
    assert home(client) == ""
    with CaptureQueriesContext(connection) as queries:
        client.get("/")
    assert not [query for query in queries if 'FROM "nautobot_wow_' in query["sql"]]
