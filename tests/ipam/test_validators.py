"""What people are kept from writing over ranges, and what they are told; the app's own writers are not checked."""

from __future__ import annotations

from typing import Any

import pytest
from constance.test import override_config
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from nautobot.extras.models import Role
from nautobot.ipam.models import IPAddress, IPAddressRange, Namespace, Prefix

from nautobot_wow.ipam.noticed import resolve_gone
from nautobot_wow.ipam.ours import written_by_us
from nautobot_wow.models import Conflict
from nautobot_wow.reconcile.validation import check_of
from tests.ipam.net import APPS, Net

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("host", "named"), [(".60", "DHCP range DHCP pool"), (".205", "Load Balancer Pool range")])
def test_an_address_in_a_range_that_is_not_for_hosts_is_refused(net: Net, host: str, named: str) -> None:
    with pytest.raises(ValidationError, match=f"{APPS}{host} is in the {named}.*allocations/allocate/"):
        net.add_address(f"{APPS}{host}")
    assert not IPAddress.objects.exists()


@pytest.mark.parametrize("role", ["NAT Pool", "Reserved"])
def test_every_role_that_is_not_for_hosts_counts(net: Net, role: str) -> None:
    net.add_range(f"{APPS}.150", f"{APPS}.159", "kept", role=role)
    with pytest.raises(ValidationError, match=f"{role} range kept"):
        net.add_address(f"{APPS}.150")


def test_the_stock_endpoint_and_the_form_are_refused_with_the_sentence(admin_client: Any, net: Net) -> None:
    body = {"address": f"{APPS}.60/24", "namespace": str(net.namespace.pk), "status": "Active"}
    response = admin_client.post("/api/ipam/ip-addresses/", body, content_type="application/json")
    assert response.status_code == 400
    assert "which is not for hosts" in response.content.decode()


def test_ranges_for_hosts_and_other_namespaces_are_left_alone(net: Net) -> None:
    net.add_address(f"{APPS}.10")
    other = Namespace.objects.create(name="Other")
    net.add_prefix(f"{APPS}.0/24", other)
    row = IPAddress(address=f"{APPS}.60/24", namespace=other, status=net.active)
    row.validated_save()


def test_what_was_there_before_the_range_can_still_be_changed(net: Net) -> None:
    row = net.add_address(f"{APPS}.150")
    net.add_range(f"{APPS}.150", f"{APPS}.159", "later", role="DHCP")
    row.description = "still ours"
    row.validated_save()


def test_our_own_writers_are_not_checked(net: Net) -> None:
    with written_by_us():
        net.add_address(f"{APPS}.60")
    row = IPAddress(address=f"{APPS}.61/24", namespace=net.namespace, status=net.active, parent=net.prefix)
    check = check_of(IPAddress)
    with CaptureQueriesContext(connection) as captured:
        check(row)
    assert len(captured) == 0


def test_it_can_be_switched_off(net: Net) -> None:
    with override_config(nautobot_wow__protect_ranges=False):
        net.add_address(f"{APPS}.60")


def test_it_can_be_fixed_in_the_settings_of_the_app(net: Net, settings: Any) -> None:
    settings.PLUGINS_CONFIG["nautobot_wow"]["protect_ranges"] = False
    try:
        net.add_address(f"{APPS}.60")
    finally:
        del settings.PLUGINS_CONFIG["nautobot_wow"]["protect_ranges"]


# ------------------------------------------------------------------------------------------------- prefixes and ranges


@pytest.mark.parametrize("text", [f"{APPS}.64/26", f"{APPS}.48/29", f"{APPS}.60/32"])
def test_a_prefix_over_a_part_of_a_range_is_refused_by_name(net: Net, text: str) -> None:
    with pytest.raises(ValidationError, match="would lie over a part of the range (DHCP pool|static guests)"):
        net.add_prefix(text)


def test_a_prefix_around_or_beside_ranges_is_accepted(net: Net) -> None:
    net.add_prefix(f"{APPS}.128/26")
    net.add_prefix(f"{APPS}.192/26")
    net.add_prefix("172.16.0.0/16")
    assert Prefix.objects.count() == 4


def test_a_range_that_meets_one_of_another_parent_is_refused_by_name(net: Net) -> None:
    """Ranges stay with a wider prefix where one was put under them without our checks."""
    net.add_prefix("10.0.0.0/8")
    net.add_range("10.9.8.100", "10.9.9.20", "cut")
    with written_by_us():
        net.add_prefix("10.9.9.0/24")
    with pytest.raises(ValidationError, match=r"meets the range cut \(10.9.8.100 to 10.9.9.20\) of 10.0.0.0/8"):
        net.add_range("10.9.9.10", "10.9.9.30", "new")
    assert not IPAddressRange.objects.filter(name="new").exists()


# -------------------------------------------------------------------------------------------------- what is seen there


def test_an_address_that_is_seen_is_accepted_and_opens_a_conflict(net: Net) -> None:
    net.saw(f"{APPS}.150", where="ix3")
    row = net.add_address(f"{APPS}.150")
    conflict = Conflict.objects.get()
    assert (conflict.kind, conflict.state, conflict.object) == ("seen-address", "open", row)
    assert conflict.title == f"{APPS}.150 was written down while somebody has it"
    assert conflict.evidence[0]["says"] == "ARP table with BC:24:11:00:00:01 on ix3"
    row.description = "changed"
    row.validated_save()
    assert Conflict.objects.count() == 1


def test_the_conflict_ends_with_the_address(net: Net) -> None:
    for number in (150, 151):
        net.saw(f"{APPS}.{number}")
        net.add_address(f"{APPS}.{number}")
    IPAddress.objects.get(host=f"{APPS}.150").delete()
    assert [resolve_gone(timezone.now()), resolve_gone(timezone.now())] == [1, 0]
    assert Conflict.objects.get(state="resolved").title.startswith(f"{APPS}.150 ")


def test_an_old_sighting_or_our_own_writing_opens_nothing(net: Net) -> None:
    net.saw(f"{APPS}.150", days_ago=30)
    net.add_address(f"{APPS}.150")
    net.saw(f"{APPS}.151")
    with written_by_us():
        net.add_address(f"{APPS}.151")
    assert not Conflict.objects.exists()


def test_how_long_a_sighting_counts_is_a_setting(net: Net) -> None:
    net.saw(f"{APPS}.10", days_ago=20)
    with override_config(nautobot_wow__sighting_days=30):
        assert net.give().host == f"{APPS}.11"
    assert net.give(host=f"{APPS}.10").host == f"{APPS}.10"


def test_a_vip_in_a_pool_is_a_matter_of_the_system_that_owns_it(net: Net) -> None:
    with pytest.raises(ValidationError, match="machine-pool"):
        net.add_address(f"{APPS}.200", role=Role.objects.get(name="VIP"))
