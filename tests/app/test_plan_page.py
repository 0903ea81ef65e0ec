"""The page of a Plan: what would happen to what, bounded however large the plan is."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from nautobot_wow.models import Plan
from nautobot_wow.ui.changes import PER_KIND, PER_PAGE
from tests.app import rows

pytestmark = pytest.mark.django_db

KINDS = ("cluster", "device", "interface", "guest", "guest_interface", "address")


def page(client: Client, plan: Plan, **params: Any) -> str:
    return client.get(plan.get_absolute_url(), params).content.decode()


def test_changes_are_shown_with_old_and_new_values(admin_client: Client) -> None:
    guest = rows.guest()
    update = rows.change(
        210, action="update", label="traefik (lxc/210)", object_id=str(guest.pk), attrs={"memory": [512, 1024]}
    )
    html = page(admin_client, rows.plan(rows.system(), [update, rows.change(211, note="looks new")]))
    assert f'<a href="{guest.get_absolute_url()}">traefik (lxc/210)</a>' in html
    assert '<del class="text-danger">512</del>' in html
    assert "<strong>1024</strong>" in html
    assert "looks new" in html


def test_an_object_that_is_gone_is_named_without_a_link(admin_client: Client) -> None:
    gone = rows.change(210, action="release", label="gone", object_id=str(uuid.uuid4()))
    html = page(admin_client, rows.plan(rows.system(), [gone]))
    assert "gone" in html
    assert gone["object_id"] not in html


def test_html_in_a_plan_is_escaped(admin_client: Client) -> None:
    evil = "<script>alert('wow')</script>"
    change = rows.change(210, key=evil, label=evil, note=evil, attrs={evil: [evil, [evil]]}, action="update")
    content = {"changes": [change], "notes": [evil]}
    html = page(admin_client, rows.plan(rows.system(), [change], content=content, refused=evil))
    assert "alert(&#x27;wow&#x27;)" in html
    assert evil not in html


def test_a_plan_of_10000_changes_opens_with_few_queries_and_a_bounded_page(admin_client: Client) -> None:
    system = rows.system()
    small = rows.plan(system, [rows.change(0)])
    changes = [
        rows.change(number, kind=KINDS[number % len(KINDS)], action="update", object_id=str(uuid.uuid4()))
        for number in range(10_000)
    ]
    large = rows.plan(system, changes)
    page(admin_client, small)
    with CaptureQueriesContext(connection) as for_small:
        page(admin_client, small)
    with CaptureQueriesContext(connection) as for_large:
        html = page(admin_client, large)
    assert len(for_large) <= len(for_small) + len(KINDS)
    assert len(html) < 1_000_000
    assert html.count(">update</span>") < len(KINDS) * (PER_KIND + 2)
    assert f"Shown are {PER_KIND} of 1667." in html


def test_one_kind_is_paged_through_to_its_end(admin_client: Client) -> None:
    plan = rows.plan(rows.system(), [rows.change(number) for number in range(PER_PAGE + 20)])
    first = page(admin_client, plan, kind="guest")
    last = page(admin_client, plan, kind="guest", offset=PER_PAGE)
    assert "guest0 (lxc/0)" in first
    assert f"guest{PER_PAGE + 19} (lxc/{PER_PAGE + 19})" not in first
    assert "Next" in first
    assert "guest0 (lxc/0)" not in last
    assert f"guest{PER_PAGE + 19} (lxc/{PER_PAGE + 19})" in last
    assert "Previous" in last


def test_one_action_is_shown_alone(admin_client: Client) -> None:
    plan = rows.plan(rows.system(), [rows.change(1), rows.change(2, action="retire")])
    html = page(admin_client, plan, kind="guest", action="retire")
    assert "guest2 (lxc/2)" in html
    assert "guest1 (lxc/1)" not in html


@pytest.mark.parametrize(
    "params", [{"kind": "nothing"}, {"offset": "-1"}, {"offset": "²"}, {"kind": "guest", "offset": 9}]
)
def test_nonsense_in_the_address_does_not_break_the_page(admin_client: Client, params: dict[str, Any]) -> None:
    assert admin_client.get(rows.plan(rows.system()).get_absolute_url(), params).status_code == 200


def test_changes_that_were_too_many_to_store_are_counted(admin_client: Client) -> None:
    plan = rows.plan(rows.system(), truncated=True, summary={"guest": {"create": 6001}})
    assert "6000 more changes belong to this plan" in page(admin_client, plan)


@pytest.mark.parametrize("q", ["needle", "NEEDLE  vcpus", "211", "4096", "looks odd", "lxc needle"])
def test_labels_keys_attributes_values_and_notes_are_searched(admin_client: Client, q: str) -> None:
    needle = rows.change(211, label="needle (lxc/211)", note="looks odd", attrs={"vcpus": [None, 4096]})
    plan = rows.plan(rows.system(), [rows.change(300 + number) for number in range(5)] + [needle])
    html = page(admin_client, plan, search=q)
    assert "needle (lxc/211)" in html
    assert "guest300" not in html
    assert "1 of 6 changes" in html


def test_a_search_stays_within_the_chosen_kind_and_action_and_is_paged(admin_client: Client) -> None:
    changes = [rows.change(number, kind="address", note="odd") for number in range(PER_PAGE + 1)]
    plan = rows.plan(rows.system(), [*changes, rows.change(9000, note="odd"), rows.change(9001, kind="address")])
    html = page(admin_client, plan, kind="address", action="create", search="odd")
    assert f"{PER_PAGE + 1} of {PER_PAGE + 3} changes" in html
    assert "guest9000" not in html
    assert f"kind=address&amp;action=create&amp;search=odd&amp;offset={PER_PAGE}#changes" in html
    assert "No change matches." in page(admin_client, plan, kind="guest", search="nothing like it")


def test_notes_are_searched_too(admin_client: Client) -> None:
    content = {"changes": [], "notes": [f"address 10.0.0.{number} has no prefix" for number in range(200)]}
    plan = rows.plan(rows.system(), [], content=content)
    html = page(admin_client, plan, search="10.0.0.150")
    assert "address 10.0.0.150 has no prefix" in html
    assert "1 of 200 notes" in html
    assert "address 10.0.0.150 has no prefix" not in page(admin_client, plan)


def test_a_search_is_escaped_and_bounded(admin_client: Client) -> None:
    html = page(admin_client, rows.plan(rows.system()), search="<script>x" + "y" * 1000)
    assert "&lt;script&gt;xyy" in html
    assert "<script>xyy" not in html
    assert "y" * 200 not in html


def test_of_a_list_only_what_comes_and_goes_is_shown(admin_client: Client) -> None:
    change = rows.change(210, action="update", attrs={"tags": [["stays", "goes"], ["comes", "stays"]]})
    html = page(admin_client, rows.plan(rows.system(), [change]))
    assert "&minus; goes" in html
    assert "+ comes" in html
    assert "stays" not in html


def test_what_an_applied_plan_created_is_linked(admin_client: Client) -> None:
    system, guest = rows.system(), rows.guest()
    rows.claim(system, guest, "lxc/210")
    plan = rows.plan(system, [rows.change(210)])
    assert guest.get_absolute_url() not in page(admin_client, plan)
    Plan.objects.update(applied_at=timezone.now())
    assert guest.get_absolute_url() in page(admin_client, plan)


def test_what_a_plan_was_limited_to_is_shown(admin_client: Client) -> None:
    system = rows.system()
    plan = rows.plan(system, content={"changes": [], "notes": [], "only": ["lxc/210", "lxc/211"]})
    assert "lxc/210, lxc/211" in page(admin_client, plan)
    assert "Limited to" not in page(admin_client, rows.plan(system))


@pytest.mark.parametrize("where", ["list", "system"])
def test_tables_leave_the_content_in_the_database(admin_client: Client, where: str) -> None:
    system = rows.system()
    rows.plan(system)
    path = {"list": "/plugins/wow/plans/", "system": system.get_absolute_url()}[where]
    with CaptureQueriesContext(connection) as queries:
        response = admin_client.get(path, headers={"HX-Request": "true"} if where == "list" else {})
    assert "1 create" in response.content.decode()
    assert not [query for query in queries if '"nautobot_wow_plan"."content"' in query["sql"]]
