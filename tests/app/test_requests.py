"""Guest requests on pages, in REST, filters and GraphQL; asking for guests over REST, up to the worker."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from nautobot.apps.graphql import execute_query
from nautobot.apps.testing import APIViewTestCases, FilterTestCases, ViewTestCases
from nautobot.users.models import Token

from nautobot_wow.filters import GuestRequestFilterSet
from nautobot_wow.models import GuestRequest
from nautobot_wow.provisioning import queue
from nautobot_wow.provisioning.words import WORDS
from tests.app import rows

URL = "/api/plugins/wow/guest-requests/"


class GuestRequestPages(ViewTestCases.GetObjectViewTestCase, ViewTestCases.ListObjectsViewTestCase):
    model = GuestRequest

    @classmethod
    def setUpTestData(cls) -> None:
        for number in (1, 2, 3):
            rows.guest_request(number)


class GuestRequestEndpoint(APIViewTestCases.GetObjectViewTestCase, APIViewTestCases.ListObjectsViewTestCase):
    model = GuestRequest

    @classmethod
    def setUpTestData(cls) -> None:
        for number in (1, 2, 3):
            rows.guest_request(number)


class GuestRequestFilters(FilterTestCases.FilterTestCase):
    queryset = GuestRequest.objects.all()
    filterset = GuestRequestFilterSet
    generic_filter_tests = (["key"], ["name"], ["system", "system__name"], ["profile", "profile__name"])

    @classmethod
    def setUpTestData(cls) -> None:
        of = rows.prefix()
        for number in (1, 2, 3):
            system = rows.system(f"pve{number}")
            rows.guest_request(number, system=system, profile=rows.profile(f"net{number}", of))


@pytest.mark.django_db
def test_requests_are_answered_in_graphql() -> None:
    rows.guest_request()
    user = get_user_model().objects.create_superuser("asker")
    query = '{ guest_requests(stage: "active") { name stage vmid system { name } profile { name } steps } }'
    result = execute_query(query, user=user)
    assert not result.errors
    assert result.data["guest_requests"][0]["system"] == {"name": "wow-prox1"}


@pytest.mark.django_db
def test_what_a_step_found_out_is_shown_as_text(admin_client: Client) -> None:
    html = admin_client.get(rows.guest_request().get_absolute_url()).content.decode()
    assert "&lt;b&gt;x&lt;/b&gt;" in html
    assert "<b>x</b>" not in html


# ------------------------------------------------------------------------------------------------------------- asking


@pytest.fixture
def asker(client: Client, db: None) -> Callable[..., Any]:
    """POST as somebody with these permissions; the worker is not there, what would be queued is kept."""

    def post(body: dict[str, Any], *permissions: str, path: str = "") -> Any:
        user, _ = get_user_model().objects.get_or_create(username="operator", defaults={"is_superuser": False})
        if "*" in permissions:
            user.is_superuser = True
            user.save()
        token, _ = Token.objects.get_or_create(user=user)
        return client.post(
            f"{URL}{path}", body, content_type="application/json", HTTP_AUTHORIZATION=f"Token {token.key}"
        )

    return post


@pytest.fixture
def queued(monkeypatch: pytest.MonkeyPatch) -> list[GuestRequest]:
    found: list[GuestRequest] = []
    monkeypatch.setattr(GuestRequest, "enqueue", lambda self: found.append(self))
    return found


def wanted(**more: Any) -> dict[str, Any]:
    request = rows.guest_request(9, stage="failed")
    body = {
        "key": "ticket-1",
        "name": "web1",
        "system": request.system.name,
        "profile": request.profile.name,
        "size": request.size.name,
        "image": request.image.name,
        "ssh_keys": ["ssh-ed25519 AAAA one"],
        "application_list": ["nginx"],
    }
    return body | more


def test_what_is_asked_for_is_kept_and_handed_to_a_worker(asker: Any, queued: list[GuestRequest]) -> None:
    answer = asker(wanted(), "*")
    assert answer.status_code == 202, answer.json()
    request = GuestRequest.objects.get(key="ticket-1")
    assert answer.json()["id"] == str(request.pk)
    assert (request.name, request.application_list, request.requested_by.username) == ("web1", ["nginx"], "operator")
    assert queued == [request]


def test_the_same_key_is_the_same_request_and_another_wish_a_conflict(asker: Any, queued: list[GuestRequest]) -> None:
    body = wanted()
    first = asker(body, "*")
    again = asker(body, "*")
    assert (again.status_code, again.json()["id"]) == (200, first.json()["id"])
    assert len(queued) == 1
    other = asker(body | {"name": "web2"}, "*")
    assert other.status_code == 409
    assert "already names another request (name differ)" in other.json()["detail"]


def test_without_the_permission_nothing_is_asked_for(asker: Any, queued: list[GuestRequest]) -> None:
    before = GuestRequest.objects.count()
    answer = asker(wanted())
    assert answer.status_code == 403
    assert "provision_guestrequest" in answer.json()["detail"]
    assert GuestRequest.objects.filter(key="ticket-1").count() == 0
    assert (queued, before) == ([], 0)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"profile": "nowhere"}, "profile"),
        ({"image": "nothing"}, "image"),
        ({"nmae": "web1"}, "nmae"),
        ({"wait_for": "godot"}, "wait_for"),
    ],
)
def test_what_is_wrong_is_named_by_its_field(asker: Any, wrong: dict[str, Any], field: str) -> None:
    answer = asker(wanted(**wrong), "*")
    assert answer.status_code == 400
    assert field in answer.json()


def test_a_name_that_is_none_is_a_sentence(asker: Any) -> None:
    answer = asker(wanted(name="not a name"), "*")
    assert answer.status_code == 400
    assert "host name" in answer.json()["detail"]


def test_a_guest_is_only_destroyed_by_its_name_and_with_the_right_to(asker: Any, queued: list[GuestRequest]) -> None:
    guest = rows.guest()
    rows.claim(rows.system(), guest)
    assert asker({"guest": guest.name, "confirm": guest.name}, path="decommission/").status_code == 403
    wrong = asker({"guest": guest.name, "confirm": "payroll"}, "*", path="decommission/")
    assert (wrong.status_code, list(wrong.json())) == (400, ["confirm"])
    answer = asker({"guest": guest.name, "confirm": guest.name}, "*", path="decommission/")
    assert answer.status_code == 202, answer.json()
    assert queued[0].action == "decommission"


def test_a_request_cannot_be_written_over(asker: Any, client: Client) -> None:
    request = rows.guest_request()
    user = get_user_model().objects.create_superuser("root")
    headers = {"HTTP_AUTHORIZATION": f"Token {Token.objects.create(user=user).key}"}
    for method in (client.patch, client.put, client.delete):
        answer = method(f"{URL}{request.pk}/", {"stage": "released"}, content_type="application/json", **headers)
        assert answer.status_code == 405


# ------------------------------------------------------------------------------------------------------------- buttons


def test_a_guest_a_cluster_and_a_network_lead_to_what_can_be_done(admin_client: Client) -> None:
    from nautobot.extras.models import Job

    Job.objects.filter(job_class_name__in=["CreateGuest", "MoveGuest", "DecommissionGuest"]).update(enabled=True)
    guest, system = rows.guest(), rows.system()
    rows.claim(system, guest)
    html = admin_client.get(guest.get_absolute_url()).content.decode()
    assert f"MoveGuest/run/?guest={guest.pk}" in html
    assert f"DecommissionGuest/run/?guest={guest.pk}" in html
    rows.claim(system, guest.cluster, external_id="cluster", kind="cluster")
    assert f"CreateGuest/run/?system={system.pk}" in admin_client.get(guest.cluster.get_absolute_url()).content.decode()
    profile = rows.profile()
    page = admin_client.get(profile.get_absolute_url()).content.decode()
    assert f"CreateGuest/run/?network={profile.pk}&amp;system={system.pk}" in page


def test_the_form_of_a_new_guest_starts_with_the_default_network(admin_client: Client) -> None:
    from nautobot_wow.jobs.provision import CreateGuest

    of = rows.prefix()
    rows.profile("other", of)
    default = rows.profile("apps", of, is_default=True)
    assert CreateGuest.as_form().fields["network"].initial == default.pk
    chosen = CreateGuest.as_form(initial={"network": "something else"})
    assert chosen.fields["network"].initial is None


def test_to_add_a_request_is_to_fill_the_form_of_the_job_in(admin_client: Client, client: Client) -> None:
    answer = admin_client.get("/plugins/wow/guest-requests/add/?profile=1&size=2")
    assert (answer.status_code, answer["Location"].partition("?")[2]) == (302, "size=2&network=1")
    assert answer["Location"].startswith("/extras/jobs/nautobot_wow.jobs.provision.CreateGuest/run/")
    assert client.get("/plugins/wow/guest-requests/add/")["Location"].startswith("/login/")


# ----------------------------------------------------------------------------------------------------------- following


def test_every_step_of_every_flow_has_words() -> None:
    assert {action: [step.name for step in steps] for action, (steps, _) in queue.FLOWS.items()} == {
        action: list(words) for action, words in WORDS.items()
    }


def test_the_page_follows_a_request_that_goes_on_and_shows_what_is_to_come(admin_client: Client) -> None:
    url = rows.guest_request(stage="allocated").get_absolute_url()
    html = admin_client.get(url).content.decode()
    assert f'hx-get="{url}" hx-select="#wow-steps"' in html
    assert "1 of 10 steps done" in html
    assert html.count("to come") == 9
    assert html.index("Hold an address of the network") < html.index("Register it in Nautobot")
    assert "HX-Refresh" not in admin_client.get(url, headers={"HX-Request": "true"}).headers


def test_who_followed_a_request_to_its_end_gets_the_whole_page_and_no_more_questions(admin_client: Client) -> None:
    url = rows.guest_request(stage="active").get_absolute_url()
    html = admin_client.get(url).content.decode()
    assert f'hx-get="{url}"' not in html
    assert "to come" not in html
    assert admin_client.get(url, headers={"HX-Request": "true"}).headers["HX-Refresh"] == "true"


def test_a_failed_request_says_why_instead_of_how_much_was_done(admin_client: Client) -> None:
    html = admin_client.get(rows.guest_request(stage="failed", error="no <node>").get_absolute_url()).content.decode()
    assert "no &lt;node&gt;" in html
    assert "steps done" not in html


def test_steps_lead_to_the_address_and_the_guest(admin_client: Client) -> None:
    guest = rows.guest()
    detail = {"guest": guest.name, "id": str(guest.pk)}
    step = {"name": "record", "state": "done", "at": "2026-01-01T00:00:00+00:00", "detail": detail}
    html = admin_client.get(rows.guest_request(guest=guest, steps=[step]).get_absolute_url()).content.decode()
    _, _, panel = html.partition('id="wow-steps"')
    assert f'<a href="{guest.get_absolute_url()}">' in panel
    assert str(guest.pk) not in panel.replace(guest.get_absolute_url(), "")


def test_the_page_of_a_guest_shows_what_was_asked_for_it(admin_client: Client) -> None:
    guest = rows.guest()
    request = rows.guest_request()
    assert request.get_absolute_url() not in admin_client.get(guest.get_absolute_url()).content.decode()
    GuestRequest.objects.filter(pk=request.pk).update(guest=guest)
    html = admin_client.get(guest.get_absolute_url()).content.decode()
    assert request.get_absolute_url() in html


@pytest.mark.django_db
def test_who_asks_again_after_a_failure_or_a_decommission_asks_anew(asker: Any, queued: list[GuestRequest]) -> None:
    body = wanted(key="")
    first = asker(body, "*").json()["id"]
    assert asker(body, "*").json()["id"] == first
    for stage in ("failed", "released"):
        GuestRequest.objects.exclude(key="ticket-9").filter(stage="requested").update(stage=stage)
        again = asker(body, "*")
        assert again.status_code == 202, again.json()
        assert again.json()["id"] != first
        first = again.json()["id"]
    assert len(queued) == 3


def test_without_the_permission_there_are_no_such_buttons(client: Client, db: None) -> None:
    from django.contrib.contenttypes.models import ContentType
    from nautobot.users.models import ObjectPermission

    guest = rows.guest()
    rows.claim(rows.system(), guest)
    user = get_user_model().objects.create_user("looker")
    allowed = ObjectPermission.objects.create(name="look", actions=["view"])
    allowed.object_types.set(ContentType.objects.filter(model__in=["virtualmachine", "claim", "system"]))
    allowed.users.add(user)
    client.force_login(user)
    html = client.get(guest.get_absolute_url()).content.decode()
    assert "DecommissionGuest" not in html
    assert "MoveGuest" not in html
