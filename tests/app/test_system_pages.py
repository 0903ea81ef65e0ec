"""The pages of a System: its health, what it claims, and a form that explains itself."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from nautobot.extras.models import Job

from nautobot_wow.models import System
from tests.app import rows

pytestmark = pytest.mark.django_db

LIST = "/plugins/wow/systems/"


def tag(html: str, name: str) -> str:
    return html[html.index(f'name="{name}"') :].partition(">")[0]


def listing(client: Client, path: str = LIST) -> str:
    return client.get(path, headers={"HX-Request": "true"}).content.decode()


def test_the_list_shows_status_age_claims_and_conflicts(admin_client: Client) -> None:
    system = rows.system()
    System.objects.update(last_status="failed", last_success_at=timezone.now() - timedelta(hours=2))
    for number in range(3):
        rows.claim(system, external_id=f"lxc/{number}")
    rows.conflict(system, "open")
    rows.conflict(system, "over", state="resolved")
    html = listing(admin_client)
    assert '<span class="badge bg-danger">Failed</span>' in html
    assert "2\xa0hours ago" in html
    assert f'<a href="/plugins/wow/claims/?system={system.pk}" class="badge bg-primary">3</a>' in html
    assert f'<a href="/plugins/wow/conflicts/?system={system.pk}&amp;state=open" class="badge bg-danger">1</a>' in html


def test_sending_is_offered_only_where_the_options_allow_it(admin_client: Client) -> None:
    Job.objects.filter(job_class_name="PushSystem").update(enabled=True)
    system = rows.system()
    assert "Send to system" not in admin_client.get(system.get_absolute_url()).content.decode()
    System.objects.filter(pk=system.pk).update(options={"push": ["tags"]})
    html = admin_client.get(system.get_absolute_url()).content.decode()
    assert "Send to system" in html
    assert f"PushSystem/run/?system={system.pk}&amp;dryrun=True" in html
    System.objects.filter(pk=system.pk).update(enabled=False)
    assert "Send to system" not in admin_client.get(system.get_absolute_url()).content.decode()


def test_the_list_takes_the_same_queries_for_one_system_and_for_many(admin_client: Client) -> None:
    rows.claim(rows.system("one"), external_id="lxc/1")
    listing(admin_client)
    with CaptureQueriesContext(connection) as for_one:
        listing(admin_client)
    for number in range(10):
        rows.claim(rows.system(f"more{number}"), external_id="lxc/1")
    with CaptureQueriesContext(connection) as for_many:
        listing(admin_client)
    assert len(for_many) == len(for_one)


def test_the_list_of_claims_takes_the_same_queries_for_one_and_for_many(admin_client: Client) -> None:
    path = "/plugins/wow/claims/"
    system = rows.system()
    rows.claim(system, rows.guest("first"), "lxc/1")
    listing(admin_client, path)
    with CaptureQueriesContext(connection) as for_one:
        listing(admin_client, path)
    for number in range(10):
        rows.claim(system, rows.guest(f"guest{number}"), f"qemu/{number}")
    with CaptureQueriesContext(connection) as for_many:
        html = listing(admin_client, path)
    assert len(for_many) == len(for_one)
    assert "guest9" in html


def test_the_list_of_conflicts_takes_the_same_queries_for_one_and_for_many(admin_client: Client) -> None:
    path = "/plugins/wow/conflicts/"
    rows.conflict(rows.system("first"), "first", **rows.about(rows.guest("first")))
    listing(admin_client, path)
    with CaptureQueriesContext(connection) as for_one:
        listing(admin_client, path)
    for number in range(10):
        rows.conflict(rows.system(f"s{number}"), f"c{number}", **rows.about(rows.guest(f"guest{number}")))
    with CaptureQueriesContext(connection) as for_many:
        html = listing(admin_client, path)
    assert len(for_many) == len(for_one)
    assert "guest9" in html


def test_the_page_shows_health_options_in_force_and_claims_by_kind(admin_client: Client) -> None:
    system = rows.system(options={"concurrency": 4})
    System.objects.update(
        last_status="partial", last_message="2 rows refused <b>", last_summary={"guest": {"create": 4}}
    )
    rows.claim(system)
    rows.claim(system, external_id="lxc/211", missing_since=timezone.now())
    html = admin_client.get(system.get_absolute_url()).content.decode()
    assert '<span class="badge bg-warning">Partial</span>' in html
    assert "2 rows refused &lt;b&gt;" in html
    assert "create: 4" in html
    assert '<code>4</code> <span class="badge bg-info">set</span>' in html
    assert f'href="/plugins/wow/claims/?system={system.pk}&amp;kind=guest"' in html
    assert "1 missing" in html


def test_the_page_of_a_system_with_options_of_an_older_version_still_opens(admin_client: Client) -> None:
    system = rows.system()
    System.objects.update(options={"no_longer_there": 1}, guards=[1])
    assert admin_client.get(system.get_absolute_url()).status_code == 200


def test_the_form_lists_every_option_with_its_default(admin_client: Client) -> None:
    html = admin_client.get(reverse("plugins:nautobot_wow:system_add")).content.decode()
    assert "Proxmox VE" in html
    for name, default in (("concurrency", "8"), ("delete_count", "50")):
        assert f"<code>{name}</code> (default <code>{default}</code>)" in html


def test_the_form_says_what_is_wrong_with_an_option(admin_client: Client) -> None:
    system = rows.system()
    data = {
        "name": system.name,
        "kind": "proxmox",
        "namespace": system.namespace_id,
        "mode": "keep",
        "delete_policy": "retire",
        "grace_runs": 2,
        "options": '{"concurrency": "many"}',
        "guards": "",
    }
    url = reverse("plugins:nautobot_wow:system_edit", kwargs={"pk": system.pk})
    html = admin_client.post(url, data).content.decode()
    assert "concurrency: &#x27;many&#x27; is not usable; expected a valid integer" in html
    assert admin_client.post(url, data | {"options": ""}).status_code == 302
    system.refresh_from_db()
    assert (system.options, system.guards) == ({}, {})


def test_buttons_lead_to_the_job_with_the_system_filled_in(admin_client: Client) -> None:
    system = rows.system()
    html = admin_client.get(system.get_absolute_url()).content.decode()
    job = "/extras/jobs/nautobot_wow.jobs.sync.SyncSystem/run/"
    assert f'href="{job}?system={system.pk}&amp;dryrun="' in html
    assert f'href="{job}?system={system.pk}&amp;dryrun=True"' in html


def test_the_job_has_the_fields_that_the_buttons_fill_in(admin_client: Client) -> None:
    from nautobot_wow.jobs.sync import SyncSystem
    from nautobot_wow.ui.jobs import SYNC_JOB, sync_url

    assert SyncSystem.class_path == SYNC_JOB
    system = rows.system()
    html = admin_client.get(sync_url(system.pk, dryrun="", approve="a" * 64)).content.decode()
    assert re.search(rf'<option value="{system.pk}"\s+selected', html)
    assert f'name="approve" value="{"a" * 64}"' in html
    assert "checked" not in tag(html, "dryrun")
    assert "checked" in tag(admin_client.get(sync_url(system.pk, dryrun="True")).content.decode(), "dryrun")


def test_systems_claims_and_conflicts_are_found_by_the_search_of_nautobot(admin_client: Client) -> None:
    system = rows.system("needle system")
    rows.claim(system, external_id="lxc/needle")
    rows.conflict(system, "needle conflict")
    found = ""
    for model in ("systems", "claims", "conflicts"):
        path = f"/live-search/plugins/wow/{model}/"
        found += admin_client.get(path, {"q": "needle"}, headers={"HX-Request": "true"}).content.decode()
    found += admin_client.get("/search/", {"q": "needle"}).content.decode()
    for text in ("needle system", "lxc/needle", "needle conflict"):
        assert text in found
