"""What people see of the ledger, what they answer, and what they may not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from nautobot.extras.models import Job
from nautobot.ipam.models import IPAddress, Prefix

from nautobot_wow.conflicts.registry import RULES
from nautobot_wow.models import Conflict
from tests.app import rows
from tests.app.conftest import person  # noqa: F401
from tests.conflicts.estate import Estate, now_found, only

pytestmark = pytest.mark.django_db

DOCS = Path(__file__).parents[2] / "docs"
LIST = "/plugins/wow/conflicts/"
REST = "/api/plugins/wow/conflicts/"


def page(client: Client, row: Any) -> str:
    response = client.get(row.get_absolute_url())
    assert response.status_code == 200
    return str(response.content.decode())


def url(row: Conflict, action: str) -> str:
    return reverse(f"plugins:nautobot_wow:conflict_{action}", kwargs={"pk": row.pk})


# -------------------------------------------------------------------------------------------------------------- reading


def test_the_table_of_rules_in_the_documentation_is_what_the_rules_say() -> None:
    text = (DOCS / "user/conflicts.md").read_text(encoding="utf-8")
    table = [line for line in text.splitlines() if "| `" in line and line.count("|") == 6]
    rules = RULES.values()
    assert table == [
        f"| {one.name} | `{one.slug}` | {one.severity} | {one.explanation} | {one.cure} |" for one in rules
    ]


def test_a_page_says_what_it_means_what_to_do_and_who_says_what(estate: Estate, admin_client: Client) -> None:
    estate.give(estate.apps.host(10), estate.card(estate.db, "net1"))
    row = only("two-owners")
    html = page(admin_client, row)
    rule = RULES["two-owners"]
    for text in (rule.explanation, f"assigned to {estate.db.name} net1", estate.location.name, "History"):
        assert text in html, text
    assert f"{reverse('ipam:ipaddress_edit', kwargs={'pk': row.object_id})}" in html


def test_every_object_that_it_is_about_shows_it(estate: Estate, admin_client: Client) -> None:
    estate.give(estate.apps.host(10), estate.card(estate.db, "net1"))
    row = only("two-owners")
    about = (estate.web, estate.db, IPAddress.objects.get(host=estate.apps.host(10)), estate.apps.prefix)
    for one in about:
        assert row.get_absolute_url() in page(admin_client, one), one
    assert row.get_absolute_url() not in page(admin_client, estate.mgmt.prefix)


def test_the_panel_costs_one_query_and_needs_the_right(
    estate: Estate,
    person: Callable[..., Client],  # noqa: F811
) -> None:
    for number in range(15):
        rows.conflict(None, f"conflict {number}", **rows.about(estate.apps.prefix))
    client = person("view", on=(Prefix,))
    assert "conflict 1" not in page(client, estate.apps.prefix)
    person("view", on=(Conflict,))
    with CaptureQueriesContext(connection) as queries:
        html = page(client, estate.apps.prefix)
    assert html.count('<a href="/plugins/wow/conflicts/') == 11  # ten, and all of them
    assert len([one for one in queries if 'FROM "nautobot_wow_conflict"' in one["sql"]]) == 1


def test_the_list_is_grouped_by_what_they_are_and_filtered_by_network_and_place(
    estate: Estate, admin_client: Client
) -> None:
    estate.guest("shy")
    estate.guest("boot", estate.apps.host(80))
    now_found()
    html = admin_client.get(LIST).content.decode()
    assert f"{LIST}?kind=misread-record&amp;state=open" in html
    found = admin_client.get(REST, {"prefix": estate.apps.prefix.pk}).json()["results"]
    assert [one["kind"] for one in found] == ["foreign-range"]
    for query in ({"location": estate.location.name}, {"is_found_by_rule": True}):
        assert admin_client.get(REST, query).json()["count"] == 2
    assert admin_client.get(REST, {"host": "10.0.0.1"}).json()["count"] == 0
    boot = Conflict.objects.get(kind="foreign-range")
    assert admin_client.get(REST, {"involves": boot.involved[-1]}).json()["count"] == 1


def test_graphql_shows_cure_and_history(estate: Estate, admin_client: Client) -> None:
    estate.guest("shy")
    row = only("misread-record")
    query = '{ conflicts(kind: "misread-record") { title cure times_opened history prefix { prefix } } }'
    data = admin_client.post("/api/graphql/", {"query": query}, content_type="application/json").json()["data"]
    (found,) = data["conflicts"]
    assert (found["title"], found["cure"], found["times_opened"]) == (row.title, row.cure, 1)


def test_all_open_conflicts_are_counted_on_the_home_page(estate: Estate, admin_client: Client) -> None:
    estate.guest("shy", profile="")
    estate.guest("boot", estate.apps.host(80))
    now_found()
    html = admin_client.get("/").content.decode()
    assert "1 critical" in html
    assert "1 warning" in html


# -------------------------------------------------------------------------------------------------------------- answers


def test_acknowledging_asks_why_and_until_when(admin_client: Client, admin_user: Any) -> None:
    row = rows.conflict()
    assert "Why it may stay" in admin_client.get(url(row, "acknowledge")).content.decode()
    assert admin_client.post(url(row, "acknowledge"), {"reason": " "}).status_code == 200
    row.refresh_from_db()
    assert row.state == "open"
    until = timezone.now().replace(microsecond=0) + timedelta(days=3)
    answer = {"reason": "a cluster", "acknowledged_until": until.strftime("%Y-%m-%d %H:%M:%S")}
    assert admin_client.post(url(row, "acknowledge"), answer).status_code == 302
    row.refresh_from_db()
    assert (row.state, row.reason, row.acknowledged_until) == ("acknowledged", "a cluster", until)
    assert (row.acknowledged_by, row.history[-1]["by"], row.history[-1]["why"]) == (admin_user, "admin", "a cluster")
    assert "a cluster" in page(admin_client, row)


def test_an_acknowledgement_that_is_over_already_is_refused(admin_client: Client) -> None:
    row = rows.conflict()
    answer = {"reason": "a cluster", "acknowledged_until": "2001-01-01 00:00:00"}
    assert "over already" in admin_client.post(url(row, "acknowledge"), answer).content.decode()
    row.refresh_from_db()
    assert row.state == "open"


def test_reopening_forgets_the_answer(admin_client: Client) -> None:
    row = rows.conflict()
    admin_client.post(url(row, "acknowledge"), {"reason": "a cluster"})
    admin_client.post(url(row, "reopen"))
    row.refresh_from_db()
    assert (row.state, row.reason, row.acknowledged_by, row.times_opened) == ("open", "", None, 2)
    assert [line["what"] for line in row.history] == ["acknowledged", "opened again"]


def test_rest_acknowledges_reopens_and_resolves(admin_client: Client) -> None:
    row = rows.conflict()
    until = timezone.now() + timedelta(days=1)
    body = {"reason": "a cluster", "until": until.isoformat()}
    answer = post(admin_client, row, "acknowledge", body)
    assert (answer.status_code, answer.json()["state"], answer.json()["reason"]) == (200, "acknowledged", "a cluster")
    assert post(admin_client, row, "reopen").json()["state"] == "open"
    assert post(admin_client, row, "resolve").json()["state"] == "resolved"
    row.refresh_from_db()
    assert [line["by"] for line in row.history] == ["admin"] * 3


@pytest.mark.parametrize(
    "body", [{}, {"reason": ""}, {"reason": "x", "until": "2001-01-01T00:00:00Z"}, {"reason": "x", "till": "never"}]
)
def test_rest_names_what_is_wrong_with_an_answer(admin_client: Client, body: dict[str, str]) -> None:
    row = rows.conflict()
    answer = post(admin_client, row, "acknowledge", body)
    assert answer.status_code == 400
    assert set(answer.json()) & {"reason", "until", "till"}


def test_rest_needs_the_right_to_change(person: Callable[..., Client]) -> None:  # noqa: F811
    row = rows.conflict()
    client = person("view", on=(Conflict,))
    for action in ("acknowledge", "reopen", "resolve"):
        assert post(client, row, action, {"reason": "x"}).status_code == 403
    person("change", on=(Conflict,), constraints={"severity": "info"})
    assert post(client, row, "acknowledge", {"reason": "x"}).status_code == 403
    row.refresh_from_db()
    assert row.state == "open"


def test_many_are_answered_at_once_over_rest(admin_client: Client) -> None:
    many = [rows.conflict(None, f"conflict {number}") for number in range(3)]
    body = [{"id": str(row.pk), "state": "acknowledged", "reason": "known"} for row in many]
    assert admin_client.patch(REST, body, content_type="application/json").status_code == 200
    assert set(Conflict.objects.values_list("state", "reason")) == {("acknowledged", "known")}


def post(client: Client, row: Conflict, action: str, body: Any = None) -> Any:
    return client.post(f"{REST}{row.pk}/{action}/", body or {}, content_type="application/json")


# ---------------------------------------------------------------------------------------------------------------- cures


def test_a_guest_that_should_move_has_a_button_that_leads_to_the_move(estate: Estate, admin_client: Client) -> None:
    Job.objects.filter(job_class_name="MoveGuest").update(enabled=True)
    guest = estate.guest("vault", estate.mgmt.host(100), profile="mgmt")
    row = only("restricted-network")
    assert f"guest={guest.pk}" not in page(admin_client, row)  # nobody can move it
    estate.claim(guest, kind="guest", name="vault")
    assert f"guest={guest.pk}" in page(admin_client, row)


def test_an_unknown_address_has_a_button_that_leads_to_writing_it_down(
    estate: Estate,
    person: Callable[..., Client],  # noqa: F811
) -> None:
    estate.seen(estate.apps.host(99))
    row = only("seen-unknown")
    client = person("view", on=(Conflict, Prefix))
    assert "Write it down" not in page(client, row)
    person("add", on=(IPAddress,))
    assert f"address={estate.apps.host(99)}%2F24" in page(client, row)


def test_what_is_over_needs_no_cure(estate: Estate, admin_client: Client) -> None:
    estate.seen(estate.apps.host(99))
    row = only("seen-unknown")
    Conflict.objects.update(state="resolved")
    assert "Write it down" not in page(admin_client, row)
