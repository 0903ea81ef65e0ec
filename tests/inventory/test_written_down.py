"""The page out of Nautobot: what is on it, what is left out, who may have it, and how many queries it takes."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test.utils import CaptureQueriesContext
from nautobot.extras.models import Role, Tag
from nautobot.ipam.models import VLAN, IPAddress, IPAddressRange, Prefix
from nautobot.users.models import ObjectPermission

from nautobot_wow.errors import NotAllowed
from nautobot_wow.ipam.written_down import WrittenDown, written_down
from nautobot_wow.models import NetworkProfile
from nautobot_wow.records import AddressRecord
from nautobot_wow.systems.inventory.parse.reading import read_page
from nautobot_wow.systems.inventory.said import snapshot_of
from nautobot_wow.systems.inventory.write import write_page
from tests.reconcile.site import Site, stranger

pytestmark = pytest.mark.django_db

APPS, MANAGEMENT = "172.16.100.0/24", "172.16.110.0/24"


@pytest.fixture
def place(site: Site) -> Site:
    """The site with a machine, a gateway, a range and a profile; its prefixes are at its location."""
    for prefix in Prefix.objects.filter(namespace=site.namespace):
        prefix.locations.add(site.location)
    machine = stranger(site, "web", "172.16.100.10")
    machine._custom_field_data |= {"proxmox_vmid": 210, "proxmox_vmtype": "lxc"}
    machine.save()
    gateway, _ = Role.objects.get_or_create(name="Gateway")
    gateway.content_types.add(ContentType.objects.get_for_model(IPAddress))
    IPAddress.objects.create(
        address="172.16.100.1/24", status=site.active, namespace=site.namespace, role=gateway, description="a | b"
    )
    IPAddressRange.objects.create(
        start_address="172.16.100.50",
        end_address="172.16.100.99",
        namespace=site.namespace,
        status=site.active,
        name="DHCP Pool",
        role=Role.objects.get(name="DHCP"),
    )
    NetworkProfile.objects.create(
        name="apps",
        prefix=Prefix.objects.get(network="172.16.100.0", namespace=site.namespace),
        bridge="vmbr0",
        dns_servers=["172.16.100.2"],
        restricted=True,
    )
    return site


def text_of(found: WrittenDown) -> str:
    return write_page("Page", found.networks.values())


def test_the_page_says_what_is_there(place: Site) -> None:
    lines = text_of(written_down(place.system(), place.user)).split("\n")
    assert "## 172.16.100.0/24 - apps (VLAN 100)" in lines
    assert "- **Gateway:** 172.16.100.1" in lines
    assert "- **VLAN:** 100 (apps)" in lines
    assert "- **Bridge:** vmbr0" in lines
    assert "- **DNS Servers:** 172.16.100.2" in lines
    assert "- **RESTRICTED**" in lines
    assert "| 172.16.100.50-99 | DHCP Pool | DHCP | - | In Use |" in lines
    assert "| 172.16.100.1 | - | - | Gateway | - | a \\| b | In Use |" in lines
    assert "| 172.16.100.10 | - | LXC (210) | - | - | - | In Use |" in lines


def test_the_page_is_read_back(place: Site) -> None:
    page = read_page("page.md", text_of(written_down(place.system(), place.user)))
    assert page.rejects == []
    hosts = {record.key for record in snapshot_of(page).records if isinstance(record, AddressRecord)}
    assert hosts == set(IPAddress.objects.values_list("host", flat=True))


def test_a_prefix_of_another_place_is_left_out_and_its_addresses_are_named(place: Site) -> None:
    Prefix.objects.get(network="172.16.100.0", namespace=place.namespace).locations.clear()
    found = written_down(place.system(), place.user)
    assert APPS not in {str(one.network) for one in found.networks.values()}
    assert "172.16.100.10: its prefix is not at the location" in found.left_out


def test_a_vlan_that_is_not_the_only_one_of_its_number_is_left_out_and_named(place: Site) -> None:
    VLAN.objects.create(vid=100, name="other", status=place.active)
    found = written_down(place.system(), place.user)
    assert f"VLAN 100 of {APPS}: it is not the only one of its number here" in found.left_out
    assert "VLAN 100" not in text_of(found)


def test_the_number_of_queries_does_not_grow_with_what_is_there(place: Site) -> None:
    system = place.system()
    written_down(system, place.user)
    with CaptureQueriesContext(connection) as few:
        written_down(system, place.user)
    tag, _ = Tag.objects.get_or_create(name="dhcp")
    tag.content_types.add(ContentType.objects.get_for_model(IPAddress))
    for number in range(20, 40):
        stranger(place, f"vm{number}", f"172.16.110.{number}")
        IPAddress.objects.get(host=f"172.16.110.{number}").tags.add(tag)
    with CaptureQueriesContext(connection) as many:
        found = written_down(system, place.user)
    assert len(many) == len(few)
    assert sum(len(one.addresses) for one in found.networks.values()) == 22


def test_who_may_not_see_everything_gets_no_page_with_holes(place: Site) -> None:
    user = get_user_model().objects.create_user("reader")
    allowed = ObjectPermission.objects.create(
        name="some", actions=["view"], constraints={"network": MANAGEMENT.partition("/")[0]}
    )
    allowed.object_types.add(ContentType.objects.get_for_model(Prefix))
    allowed.users.add(user)
    with pytest.raises(NotAllowed, match="view_prefix"):
        written_down(place.system(), user)


def test_a_retired_range_is_not_on_the_page(place: Site) -> None:
    one: Any = IPAddressRange.objects.get(name="DHCP Pool")
    one.status = type(place.active).objects.get(name="Deprecated")
    one.save()
    assert "DHCP Pool" not in text_of(written_down(place.system(), place.user))
