"""An address is given to one asker only, and never one that anything is known to use."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from nautobot.apps.change_logging import web_request_context
from nautobot.extras.models import ObjectChange, Role, Tag
from nautobot.ipam.models import IPAddress, Namespace, Prefix

from nautobot_wow.errors import KeyInUse, Unavailable, Unusable
from nautobot_wow.ipam import lifecycle
from nautobot_wow.ipam.allocator import allocate
from nautobot_wow.ipam.ours import written_by_us
from nautobot_wow.models import Allocation
from tests.ipam.net import APPS, Net

pytestmark = pytest.mark.django_db


def test_the_first_address_of_the_range_is_reserved_for_the_asker(net: Net) -> None:
    given, is_new = allocate(net.ask("web", purpose="Web server", dns_name="web.wow.example"))
    assert is_new
    assert (given.host, given.mask_length, given.state) == (f"{APPS}.10", 24, "held")
    address = IPAddress.objects.get(host=given.host)
    assert (address.status.name, address.dns_name, address.description) == ("Reserved", "web.wow.example", "Web server")
    assert [tag.name for tag in address.tags.all()] == ["reserved"]
    address.full_clean()


def test_two_askers_get_two_addresses(net: Net) -> None:
    assert [net.give().host for _ in range(3)] == [f"{APPS}.10", f"{APPS}.11", f"{APPS}.12"]


def test_the_same_key_gets_the_same_address(net: Net) -> None:
    first = net.give("web")
    again, is_new = allocate(net.ask("web"))
    assert (again.pk, is_new) == (first.pk, False)
    assert IPAddress.objects.count() == 1


def test_a_key_cannot_name_two_requests(net: Net) -> None:
    net.give("web")
    other = net.add_profile("other", net.add_prefix("172.16.110.0/24"))
    with pytest.raises(KeyInUse, match="already names 172.16.100.10 of apps"):
        net.give("web", other)
    with pytest.raises(KeyInUse):
        net.give("web", host=f"{APPS}.30")


# ----------------------------------------------------------------------------------------------------- what is passed


def test_what_is_known_seen_resting_or_a_gateway_is_passed_over(net: Net) -> None:
    net.add_address(f"{APPS}.10")
    net.add_address(f"{APPS}.11", role=Role.objects.get(name="VIP"))
    net.saw(f"{APPS}.12")
    lifecycle.release(net.give("gone", host=f"{APPS}.13"))
    net.add_profile("neighbour", net.prefix, gateway=f"{APPS}.14")
    assert net.give().host == f"{APPS}.15"


@pytest.mark.parametrize("source", ["arp", "lease", "static-map", "agent", "probe"])
def test_every_way_of_being_seen_counts(net: Net, source: str) -> None:
    net.saw(f"{APPS}.10", source=source)
    assert net.give().host == f"{APPS}.11"


def test_an_old_sighting_is_no_evidence_any_more(net: Net) -> None:
    net.saw(f"{APPS}.10", days_ago=30)
    assert net.give().host == f"{APPS}.10"


def test_ranges_that_are_not_the_profiles_are_stepped_over(net: Net) -> None:
    whole = net.add_profile("whole", net.prefix)
    for number in range(1, 10):
        net.add_address(f"{APPS}.{number}")
    assert net.give(profile=whole).host == f"{APPS}.100"
    with pytest.raises(Unavailable, match="DHCP range DHCP pool"):
        net.give(profile=whole, host=f"{APPS}.60")
    with pytest.raises(Unavailable, match="Load Balancer Pool range machine-pool"):
        net.give(profile=whole, host=f"{APPS}.200")


def test_a_smaller_prefix_keeps_its_addresses(net: Net) -> None:
    with written_by_us():
        net.add_prefix(f"{APPS}.12/30")
    for number in (10, 11):
        net.add_address(f"{APPS}.{number}")
    assert net.give().host == f"{APPS}.16"


def test_a_range_that_hangs_on_a_wider_prefix_protects_all_the_same(net: Net) -> None:
    """Creating a prefix over a part of a range leaves the range with its old parent (seen on 3.2.7)."""
    net.add_prefix("10.0.0.0/8")
    net.add_range("10.9.8.100", "10.9.9.20", "cut", role="DHCP")
    with written_by_us():
        profile = net.add_profile("nine", net.add_prefix("10.9.9.0/24"))
    assert net.give(profile=profile).host == "10.9.9.21"


def test_another_namespace_is_another_world(net: Net) -> None:
    other = Namespace.objects.create(name="Other")
    net.add_address(f"{APPS}.10")
    profile = net.add_profile("there", net.add_prefix(f"{APPS}.0/24", other))
    assert net.give(profile=profile).host == f"{APPS}.1"
    assert IPAddress.objects.filter(parent__namespace=other).count() == 1
    assert net.give().host == f"{APPS}.11"


# ---------------------------------------------------------------------------------------------------------- exhausted


def test_a_full_range_is_an_error_that_counts_what_is_in_the_way(net: Net) -> None:
    for number in range(10, 49):
        net.add_address(f"{APPS}.{number}")
    net.saw(f"{APPS}.49")
    with pytest.raises(Unavailable, match="no address of 172.16.100.0/24 is free") as caught:
        net.give()
    (witness,) = caught.value.detail.pop("seen")
    assert (witness["address"], witness["seen_by"]) == (f"{APPS}.49", "pfsense")
    assert caught.value.detail == {
        "considered": 40,
        "passed_over": [
            {"reason": "in Nautobot", "count": 39, "first": [f"{APPS}.{number}" for number in range(10, 15)]},
            {"reason": "seen on the network", "count": 1, "first": [f"{APPS}.49"]},
        ],
    }
    assert not Allocation.objects.exists()


def test_what_people_delete_is_found_again_when_the_end_is_reached(net: Net) -> None:
    for _ in range(40):
        net.give()
    Allocation.objects.filter(host=f"{APPS}.20").delete()
    IPAddress.objects.get(host=f"{APPS}.20").delete()
    assert net.give().host == f"{APPS}.20"


def test_an_allocation_protects_its_address_even_if_somebody_deletes_the_record(net: Net) -> None:
    net.give("web")
    IPAddress.objects.all().delete()
    assert net.give().host == f"{APPS}.11"
    with pytest.raises(Unavailable, match="held by|resting"):
        net.give(host=f"{APPS}.10")


# ------------------------------------------------------------------------------------------------------ what is asked


def test_a_certain_address_is_given_if_it_is_free(net: Net) -> None:
    assert net.give(host=f"{APPS}.30").host == f"{APPS}.30"
    with pytest.raises(Unavailable, match="in Nautobot"):
        net.give(host=f"{APPS}.30")
    with pytest.raises(Unavailable, match="outside of what the profile gives out"):
        net.give(host=f"{APPS}.150")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"key": " "}, "key: a request needs a key"),
        ({"family": 6}, "family: apps has no IPv6 prefix"),
        ({"family": 5}, "family: 5 is neither"),
        ({"host": "10.0.0.1"}, "host: 10.0.0.1 is not in 172.16.100.0/24"),
        ({"host": "web"}, "host: 'web' is not an address"),
    ],
)
def test_what_makes_no_sense_is_named(net: Net, values: dict[str, Any], said: str) -> None:
    with pytest.raises(Unusable, match=said):
        net.give(**values)
    assert not IPAddress.objects.exists()


def test_a_restricted_profile_wants_a_justification(net: Net) -> None:
    net.profile.restricted = True
    net.profile.save()
    with pytest.raises(Unusable, match="justification: apps is restricted"):
        net.give()
    assert net.give(justification="The backup needs it").justification == "The backup needs it"


def test_a_profile_that_is_not_enabled_gives_nothing(net: Net) -> None:
    net.profile.enabled = False
    with pytest.raises(Unusable, match="not enabled"):
        net.give()


def test_ipv6_is_given_out_of_a_64_as_quickly(net: Net) -> None:
    net.profile.prefix6 = net.add_prefix("2001:db8::/64")
    net.profile.gateway6 = "2001:db8::1"
    net.profile.validated_save()
    net.profile.range_assignments.all().delete()
    assert net.give(family=6).host == "2001:db8::2"
    assert net.give(family=6).host == "2001:db8::3"


# --------------------------------------------------------------------------------------------------------------- cost


def queries_of(net: Net, profile: Any = None) -> int:
    net.give(profile=profile)
    with CaptureQueriesContext(connection) as captured:
        net.give(profile=profile)
    return len(captured)


def test_it_costs_the_same_however_large_and_full_the_prefix_is(net: Net) -> None:
    few = queries_of(net)
    wide = net.add_prefix("10.20.0.0/16")
    large = net.add_profile("large", wide)
    rows = [
        IPAddress(
            host=f"10.20.{number >> 8}.{number & 255}",
            mask_length=16,
            ip_version=4,
            parent=wide,
            status=net.active,
        )
        for number in range(1, 20_000)
    ]
    IPAddress.objects.bulk_create(rows, batch_size=5000)
    net.give(profile=large)  # the first one looks for the end of what is full
    assert queries_of(net, large) == few


def test_a_range_of_a_million_is_stepped_over_at_once(net: Net) -> None:
    net.add_prefix("10.0.0.0/8")
    net.add_range("10.0.0.2", "10.15.255.255", "huge", role="Reserved")
    profile = net.add_profile("behind", Prefix.objects.get(network="10.0.0.0"), gateway="10.0.0.1")
    with CaptureQueriesContext(connection) as captured:
        assert net.give(profile=profile).host == "10.16.0.0"
    assert len(captured) < 60


# -------------------------------------------------------------------------------------------------- what becomes of it


def test_an_address_that_is_used_is_active_and_stays(net: Net) -> None:
    given = lifecycle.promote(net.give("web"))
    assert (given.state, given.expires) == ("used", None)
    address = IPAddress.objects.get(host=given.host)
    assert (address.status.name, list(address.tags.all())) == ("Active", [])
    assert lifecycle.sweep(timezone.now() + timedelta(days=365)).returned == []


def test_what_is_given_back_rests_before_somebody_else_gets_it(net: Net) -> None:
    given = lifecycle.release(net.give("web"))
    assert given.state == "resting"
    assert not IPAddress.objects.exists()
    with pytest.raises(Unavailable, match="resting"):
        net.give(host=f"{APPS}.10")
    later = given.rests_until + timedelta(seconds=1)
    assert lifecycle.sweep(later).rested == 1
    assert net.give(host=f"{APPS}.10").host == f"{APPS}.10"


def test_giving_back_twice_is_no_error(net: Net) -> None:
    given = net.give("web")
    lifecycle.release(given)
    assert lifecycle.release(given).state == "resting"


def test_its_own_key_may_have_a_resting_address_again(net: Net) -> None:
    lifecycle.release(net.give("web"))
    again, is_new = allocate(net.ask("web"))
    assert (again.host, again.state, is_new) == (f"{APPS}.10", "held", True)
    assert Allocation.objects.count() == 1


def test_a_key_that_moves_on_leaves_its_old_address_at_rest(net: Net) -> None:
    lifecycle.release(net.give("web"))
    assert net.give("web", host=f"{APPS}.30").host == f"{APPS}.30"
    with pytest.raises(Unavailable, match="resting"):
        net.give(host=f"{APPS}.10")
    assert [row.state for row in Allocation.objects.filter(host=f"{APPS}.10")] == ["resting"]


def test_a_key_does_not_get_what_rests_after_somebody_else_had_it(net: Net) -> None:
    first = lifecycle.release(net.give("web"))
    Allocation.objects.filter(pk=first.pk).update(state="returned", rests_until=None)
    lifecycle.release(net.give("other", host=f"{APPS}.10"))
    assert net.give("web").host == f"{APPS}.11"


def test_a_hold_that_ran_out_is_held_anew_by_its_own_key(net: Net) -> None:
    given = net.give("web")
    Allocation.objects.update(expires=timezone.now() - timedelta(minutes=1))
    again, is_new = allocate(net.ask("web"))
    assert (again.host, is_new) == (given.host, False)
    assert again.expires > timezone.now()


def test_an_address_is_the_same_however_it_is_written(net: Net) -> None:
    net.profile.prefix6 = net.add_prefix("2001:db8::/64")
    net.profile.validated_save()
    net.profile.range_assignments.all().delete()
    given = net.give("web", family=6, host="2001:DB8:0::00A")
    assert given.host == "2001:db8::a"
    assert allocate(net.ask("web", family=6, host="2001:0db8::a")) == (given, False)


def test_a_profile_whose_range_became_a_pool_gives_nothing_out_of_it(net: Net) -> None:
    net.static.role = Role.objects.get(name="DHCP")
    net.static.validated_save()
    with pytest.raises(Unavailable, match="no address"):
        net.give()
    with pytest.raises(Unavailable, match="outside of what the profile gives out"):
        net.give(host=f"{APPS}.10")


def test_deleting_one_claim_does_not_free_the_address_of_another(net: Net) -> None:
    one, two = net.give("one"), net.give("two")
    lifecycle.release(one)
    assert IPAddress.objects.get().host == two.host
    assert Allocation.objects.get(key="two").state == "held"
    assert net.give("two").pk == two.pk


def test_the_same_host_of_another_namespace_is_not_touched(net: Net) -> None:
    other = Namespace.objects.create(name="Other")
    net.add_prefix(f"{APPS}.0/24", other)
    there = IPAddress(address=f"{APPS}.10/24", namespace=other, status=net.active, description="theirs")
    there.validated_save()
    given = lifecycle.promote(net.give("web"))
    assert given.host == f"{APPS}.10"
    lifecycle.release(given)
    there.refresh_from_db()
    assert (there.description, there.status.name) == ("theirs", "Active")


def test_what_cannot_be_written_allocates_nothing(net: Net) -> None:
    with pytest.raises(Unusable, match="dns_name"):
        net.give("web", dns_name="no name at all")
    assert (IPAddress.objects.count(), Allocation.objects.count()) == (0, 0)


def test_what_a_person_made_of_a_held_address_is_kept(net: Net) -> None:
    given = net.give("web")
    address = given.address
    address.status, address.role = net.active, Role.objects.get(name="VIP")
    address.validated_save()
    with pytest.raises(Unavailable, match="somebody made it Active"):
        lifecycle.release(given)
    assert lifecycle.sweep(given.expires + timedelta(seconds=1)).used == ["web"]
    assert IPAddress.objects.get().role.name == "VIP"


def test_one_that_got_the_address_meanwhile_keeps_it(net: Net) -> None:
    lifecycle.release(net.give("web"))
    net.add_address(f"{APPS}.10")
    assert net.give("web").host == f"{APPS}.11"


def test_a_hold_that_nobody_uses_returns_by_itself(net: Net) -> None:
    given = net.give("web")
    assert lifecycle.sweep(timezone.now()).returned == []
    swept = lifecycle.sweep(given.expires + timedelta(seconds=1))
    assert (swept.returned, swept.used) == (["web"], [])
    assert not IPAddress.objects.exists()


def test_an_address_that_somebody_still_has_is_not_given_back(net: Net) -> None:
    from nautobot.virtualization.models import Cluster, ClusterType, VirtualMachine, VMInterface

    cluster = Cluster.objects.create(name="pve", cluster_type=ClusterType.objects.create(name="Hypervisors"))
    machine = VirtualMachine.objects.create(name="web", cluster=cluster, status=net.active)
    card = VMInterface.objects.create(name="net0", virtual_machine=machine, status=net.active)
    given = net.give("web")
    card.ip_addresses.add(given.address)
    with pytest.raises(Unavailable, match="assigned to web net0"):
        lifecycle.release(given)
    swept = lifecycle.sweep(given.expires + timedelta(seconds=1))
    assert swept.used == ["web"]
    assert IPAddress.objects.get().status.name == "Active"


def test_the_change_log_has_the_address_once_with_its_tag_as_nautobot_would_write_it(net: Net) -> None:
    with web_request_context(net.user):
        given = net.give()
        saved = net.add_address(f"{APPS}.40")
        saved.tags.add(Tag.objects.get(name="reserved"))
    ours, stock = (ObjectChange.objects.get(changed_object_id=row.pk) for row in (given.address, saved))
    assert (ours.action, ours.object_data["tags"]) == (stock.action, stock.object_data["tags"])
    assert ours.object_data_v2["tags"] == stock.object_data_v2["tags"] != []
    assert list(given.address.tags.names()) == ["reserved"]
