"""The panel "What each system claims" on the pages of Nautobot's own objects."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from nautobot.extras.models import Job
from nautobot.virtualization.models import VirtualMachine

from nautobot_wow.models import Claim, System
from nautobot_wow.ui.claims import attributes
from tests.app import rows

pytestmark = pytest.mark.django_db

TITLE = "WHAT EACH SYSTEM CLAIMS"


def page(client: Client, row: Any) -> str:
    return client.get(row.get_absolute_url()).content.decode()


def cells(about: Any, *claims: Any) -> dict[str, tuple[str, list[tuple[str, bool]]]]:
    return {row.name: (row.now, [(c.text, c.differs) for c in row.cells]) for row in attributes(about, list(claims))}


def test_a_guest_shows_what_each_system_says(admin_client: Client) -> None:
    guest = rows.guest("traefik", vcpus=2)
    rows.claim(rows.system(), guest, values={"name": "traefik", "vcpus": 4}, created_object=True)
    rows.claim(rows.system("inventory"), guest, "line 42", values={"name": "old"}, missing_since=timezone.now())
    html = page(admin_client, guest)
    for text in (TITLE, "lxc/210", "line 42", "created it", "missing for", "inventory"):
        assert text in html


def test_an_object_without_claims_has_no_panel(admin_client: Client) -> None:
    guest = rows.guest()
    rows.claim(rows.system(), rows.guest("another"))
    assert TITLE not in page(admin_client, guest)


def test_an_open_conflict_is_shown_and_a_settled_one_is_not(admin_client: Client) -> None:
    guest = rows.guest()
    rows.conflict(None, "two guests have 172.16.100.10", **rows.about(guest))
    rows.conflict(None, "that is over", state="resolved", **rows.about(guest))
    html = page(admin_client, guest)
    assert "two guests have 172.16.100.10" in html
    assert "that is over" not in html


def test_html_in_what_a_system_says_is_escaped(admin_client: Client) -> None:
    evil = "<script>alert('wow')</script>"
    guest = rows.guest()
    rows.claim(rows.system("<i>system</i>"), guest, f"{evil}1", values={"name": evil, evil: [evil]})
    rows.conflict(None, f"{evil}2", **rows.about(guest))
    html = page(admin_client, guest)
    assert "alert(&#x27;wow&#x27;)" in html
    assert evil not in html
    assert "<i>system</i>" not in html


def test_the_panel_takes_the_same_queries_however_much_is_claimed(admin_client: Client) -> None:
    few, many = rows.guest("few"), rows.guest("many")
    rows.claim(rows.system("first"), few)
    for number in range(8):
        rows.claim(rows.system(f"system{number}"), many, values={f"attribute{i}": i for i in range(30)})
        rows.conflict(None, f"conflict {number}", **rows.about(many))
    page(admin_client, few)
    with CaptureQueriesContext(connection) as for_few:
        page(admin_client, few)
    with CaptureQueriesContext(connection) as for_many:
        page(admin_client, many)
    assert len(for_many) <= len(for_few)


def test_panels_and_button_cost_four_queries(admin_client: Client) -> None:
    guest = rows.guest()
    rows.claim(rows.system(), guest)
    page(admin_client, guest)
    with CaptureQueriesContext(connection) as queries:
        page(admin_client, guest)
    ours = [query["sql"] for query in queries if 'FROM "nautobot_wow_' in query["sql"]]
    assert len(ours) == 4  # claims, conflicts, whether the reader may sync, and whether anything was asked for it


def test_a_reader_without_the_right_to_see_claims_sees_none(client: Client, django_user_model: Any) -> None:
    from django.contrib.contenttypes.models import ContentType
    from nautobot.users.models import ObjectPermission

    guest = rows.guest()
    rows.claim(rows.system(), guest)
    user = django_user_model.objects.create_user("reader")
    permission = ObjectPermission.objects.create(name="guests", actions=["view"])
    permission.users.add(user)
    permission.object_types.add(ContentType.objects.get_for_model(VirtualMachine))
    client.force_login(user)
    html = page(client, guest)
    assert "traefik" in html
    assert TITLE not in html


def test_a_value_that_nautobot_does_not_have_is_marked() -> None:
    guest = rows.guest("traefik", vcpus=2, memory=512)
    claim = rows.claim(rows.system(), guest, values={"name": "traefik", "vcpus": 4, "memory": 512, "status": "Offline"})
    found = cells(guest, claim)
    assert found["name"] == ("traefik", [("traefik", False)])
    assert found["vcpus"] == ("2", [("4", True)])
    assert found["memory"] == ("512", [("512", False)])
    assert found["status"] == ("Active", [("Offline", True)])


def test_custom_fields_are_compared_too() -> None:
    guest = rows.guest(_custom_field_data={"proxmox_node": "wow-prox2"})
    found = cells(guest, rows.claim(rows.system(), guest, values={"proxmox_node": "wow-prox1"}))
    assert found["proxmox node"] == ("wow-prox2", [("wow-prox1", True)])


def test_what_nautobot_has_more_in_a_list_is_no_difference() -> None:
    guest = rows.guest(_custom_field_data={"application_list": ["docker", "mine"]})
    found = cells(guest, rows.claim(rows.system(), guest, values={"application_list": ["docker"]}))
    assert found["application list"][1] == [("docker", False)]


def test_an_attribute_that_cannot_be_read_off_the_object_is_shown_without_comparison() -> None:
    guest = rows.guest()
    found = cells(guest, rows.claim(rows.system(), guest, values={"clusters": ["cluster"]}))
    assert found["clusters"] == ("", [("cluster", False)])


def test_a_system_that_does_not_say_leaves_its_cell_empty() -> None:
    guest = rows.guest(vcpus=2)
    loud = rows.claim(rows.system("a"), guest, values={"vcpus": 2})
    silent = rows.claim(rows.system("b"), guest, values={"vcpus": None})
    assert cells(guest, loud, silent)["vcpus"] == ("2", [("2", False), ("", False)])


def test_every_page_that_can_carry_claims_opens(admin_client: Client) -> None:
    for row in every_claimed_object():
        rows.claim(
            rows.system(f"system of {row._meta.model_name}"),
            row,
            values={"name": "x", "status": "y", "mac_address": "z", "vlan": 1, "role": "r", "serial": "s"},
        )
        assert TITLE in page(admin_client, row), row


def every_claimed_object() -> list[Any]:
    from nautobot.dcim.models import Device, DeviceType, Interface, InventoryItem, Location, LocationType
    from nautobot.extras.models import Role, Status
    from nautobot.ipam.models import VLAN, IPAddress, Prefix, get_default_namespace
    from nautobot.virtualization.models import VMInterface

    active = Status.objects.get(name="Active")
    guest = rows.guest()
    place_type = LocationType.objects.create(name="Site of the test")
    place = Location.objects.create(name="WOW-DC", location_type=place_type, status=active)
    device = Device.objects.create(
        name="wow-prox1",
        device_type=DeviceType.objects.get(model="Unknown"),
        role=Role.objects.get(name="Hypervisor"),
        location=place,
        status=active,
    )
    prefix = Prefix.objects.create(prefix="172.16.100.0/24", status=active, namespace=get_default_namespace())
    return [
        guest,
        guest.cluster,
        VMInterface.objects.create(name="net0", virtual_machine=guest, status=active),
        device,
        Interface.objects.create(name="vmbr0", device=device, type="bridge", status=active),
        IPAddress.objects.create(address="172.16.100.10/24", status=active, namespace=get_default_namespace()),
        prefix,
        VLAN.objects.create(vid=100, name="lab", status=active),
        InventoryItem.objects.create(name="DIMM A1", device=device),
    ]


def in_force(about: Any, *claims: Any) -> dict[str, Any]:
    """Return per attribute the places of the claims in force, or whose value it is instead."""
    return {
        row.name: [place for place, cell in enumerate(row.cells) if cell.in_force]
        or ("operator" if row.is_operators else "another" if row.is_anothers else "nobody")
        for row in attributes(about, list(claims), claims)
    }


def test_the_first_of_the_believed_systems_that_says_what_nautobot_has_is_in_force() -> None:
    guest = rows.guest("traefik", vcpus=2)
    strong = rows.claim(rows.system("a", precedence=200), guest, values={"vcpus": 2, "memory": None})
    weak = rows.claim(rows.system("b", precedence=100), guest, values={"vcpus": 2, "name": "traefik"})
    assert in_force(guest, strong, weak) == {"name": [1], "vcpus": [0]}


def test_the_value_of_a_weaker_system_is_in_force_until_the_stronger_one_writes() -> None:
    guest = rows.guest(vcpus=4)
    strong = rows.claim(rows.system("a", precedence=200), guest, values={"vcpus": 2})
    weak = rows.claim(rows.system("b", precedence=100), guest, values={"vcpus": 4})
    assert in_force(guest, strong, weak) == {"vcpus": [1]}


def test_a_value_that_no_system_says_is_an_operators() -> None:
    guest = rows.guest("renamed", vcpus=2)
    claim = rows.claim(rows.system(), guest, values={"name": "traefik", "vcpus": 2, "primary_ip4": "172.16.100.10"})
    assert in_force(guest, claim) == {"name": "operator", "vcpus": [0], "primary ip4": "nobody"}


@pytest.mark.parametrize("absent", [{"retired": True}, {"missed_runs": 1}])
def test_a_system_that_does_not_see_it_any_more_is_not_believed_but_no_operator_either(absent: dict[str, Any]) -> None:
    guest = rows.guest(vcpus=2, memory=512)
    gone = rows.claim(rows.system("a", precedence=200), guest, values={"vcpus": 2, "memory": 512}, **absent)
    here = rows.claim(rows.system("b"), guest, values={"vcpus": 2, "memory": 1024})
    assert in_force(guest, here, gone) == {"vcpus": [0], "memory": [1]}


def test_the_systems_that_still_say_it_come_first(admin_client: Client) -> None:
    guest = rows.guest()
    rows.claim(rows.system("off", precedence=200, enabled=False), guest, "not enabled")
    rows.claim(rows.system("gone", precedence=150), guest, "retired", retired=True)
    rows.claim(rows.system("here", precedence=100), guest, "present")
    html = page(admin_client, guest)
    places = [html.index(f">{name}</code>") for name in ("present", "not enabled", "retired")]
    assert places == sorted(places)


def test_lists_are_in_force_together() -> None:
    guest = rows.guest(_custom_field_data={"application_list": ["docker", "mine"]})
    first = rows.claim(rows.system("a"), guest, values={"application_list": ["docker"]})
    second = rows.claim(rows.system("b"), guest, values={"application_list": ["mine"]})
    assert in_force(guest, first, second)["application list"] == [0, 1]


def test_one_claim_is_shown_in_half_the_width_and_several_in_the_whole_once(admin_client: Client) -> None:
    guest = rows.guest()
    rows.claim(rows.system(), guest)
    assert page(admin_client, guest).count(f"<strong>{TITLE}</strong>") == 1
    rows.claim(rows.system("inventory"), guest, "line 42")
    html = page(admin_client, guest)
    assert html.count(f"<strong>{TITLE}</strong>") == 1
    assert html.index("line 42") > html.index("RESOURCES")


def test_claims_are_shown_by_precedence_and_then_by_age(admin_client: Client) -> None:
    guest = rows.guest()
    for name, precedence in (("younger", 10), ("weak", 5), ("strong", 20)):
        rows.claim(rows.system(f"{name} system", precedence=precedence), guest, name)
    Claim.objects.filter(external_id="weak").update(created=timezone.now() - timedelta(days=9))
    html = page(admin_client, guest)
    places = [html.index(f">{name}</code>") for name in ("strong", "younger", "weak")]
    assert places == sorted(places)


def test_the_value_of_a_system_that_the_reader_may_not_see_is_not_called_an_operators(person: Any) -> None:
    guest = rows.guest("traefik", vcpus=4)
    rows.claim(rows.system("seen"), guest, values={"vcpus": 2})
    rows.claim(rows.system("secret one"), guest, values={"vcpus": 4})
    person("view", on=(VirtualMachine,))
    html = page(person("view", on=(Claim,), constraints={"system__name": "seen"}), guest)
    assert "another system&#x27;s" in html or "another system's" in html
    assert "operator's</span>" not in html
    assert "secret one" not in html


def sync_link(html: str) -> str:
    import re

    found = re.search(r'href="([^"]*SyncSystem/run/[^"]*)"', html)
    return found.group(1).replace("&amp;", "&") if found else ""


def test_a_guest_can_be_synced_alone(admin_client: Client) -> None:
    guest, system = rows.guest(), rows.system()
    rows.claim(system, guest, "lxc/210")
    html = page(admin_client, guest)
    assert "Sync this guest" in html
    assert sync_link(html).endswith(f"?system={system.pk}&dryrun=&only=lxc%2F210")


def test_who_may_only_plan_gets_a_dry_run_of_the_guest(person: Any) -> None:
    guest = rows.guest()
    rows.claim(rows.system(), guest, "lxc/210")
    person("run", on=(Job,))
    client = person("view", on=(VirtualMachine,))
    assert not sync_link(page(client, guest))
    person("plan", on=(System,))
    assert "dryrun=True" in sync_link(page(client, guest))
    person("apply", on=(System,))
    assert "dryrun=&" in sync_link(page(client, guest))


@pytest.mark.parametrize("systems", [[], [{"enabled": False}], [{}, {}]])
def test_a_guest_that_not_exactly_one_enabled_system_has_has_no_button(
    admin_client: Client, systems: list[dict[str, Any]]
) -> None:
    guest = rows.guest()
    for number, more in enumerate(systems):
        rows.claim(rows.system(f"system{number}", **more), guest)
    assert not sync_link(page(admin_client, guest))


def test_a_device_that_is_no_node_has_no_button(admin_client: Client) -> None:
    device = every_claimed_object()[3]
    rows.claim(rows.system(), device, "fx2s-1", kind="interface")
    assert not sync_link(page(admin_client, device))
    Claim.objects.update(kind="device", external_id="node/wow-prox1")
    html = page(admin_client, device)
    assert "Sync this node" in html
    assert "only=node%2Fwow-prox1" in sync_link(html)


def test_a_network_profile_that_a_design_claims_is_shown(admin_client: Client) -> None:
    """Its bridge is a name, where that of an interface is another interface."""
    profile = rows.profile()
    rows.claim(rows.system(), profile, "profile/apps", kind="profile", values={"name": "apps", "bridge": "vmbr0"})
    page = admin_client.get(profile.get_absolute_url())
    assert page.status_code == 200
    assert "what each system claims" in page.content.decode().lower()
