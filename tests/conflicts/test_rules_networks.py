"""Rules about networks, ranges, VLANs and guests on them: each finds its fault, and not what is one beside it."""

from __future__ import annotations

import pytest
from nautobot.extras.models import Status
from nautobot.ipam.models import VLAN, IPAddress, Namespace, Prefix

from nautobot_wow.ipam.ours import written_by_us
from nautobot_wow.models import NetworkProfile
from tests.conflicts.estate import DHCP, Estate, now_found, only

pytestmark = pytest.mark.django_db


# --------------------------------------------------------------------------------------------------- restricted-network


def test_a_guest_on_a_restricted_network_is_found_and_may_be_moved(estate: Estate) -> None:
    guest = estate.guest("vault", estate.mgmt.host(100), profile="mgmt")
    row = only("restricted-network")
    assert (row.object, row.action, row.prefix) == (guest, "move", estate.mgmt.prefix)


def test_a_guest_that_is_recorded_for_the_open_network_is_found_once(estate: Estate) -> None:
    estate.guest("vault", estate.mgmt.host(100), profile="apps")
    only("restricted-network")


def test_a_guest_that_was_given_its_address_with_a_reason_is_no_fault(estate: Estate) -> None:
    estate.guest("vault", estate.mgmt.host(100), profile="mgmt")
    given = estate.allocation(estate.mgmt, estate.mgmt.host(100), justification="keeps the keys")
    assert now_found() == {}
    given.justification = ""
    given.save()
    only("restricted-network")


def test_a_device_on_a_restricted_network_is_no_fault(estate: Estate) -> None:
    estate.give(estate.mgmt.host(101), estate.port(estate.switch, "eno1"))
    assert now_found() == {}


def test_a_profile_that_is_not_enabled_restricts_nothing(estate: Estate) -> None:
    estate.guest("vault", estate.mgmt.host(100), profile="mgmt")
    NetworkProfile.objects.filter(name="mgmt").update(enabled=False)
    assert now_found() == {}


# -------------------------------------------------------------------------------------------------------- wrong-network


def test_a_guest_on_another_network_than_its_record_names_is_found(estate: Estate) -> None:
    NetworkProfile.objects.filter(name="mgmt").update(restricted=False)
    guest = estate.guest("stray", estate.mgmt.host(100), profile="apps")
    assert only("wrong-network").object == guest


def test_a_guest_in_a_smaller_prefix_of_its_network_is_no_fault(estate: Estate) -> None:
    small = f"{estate.apps.host(128)}/26"
    Prefix.objects.create(prefix=small, namespace=estate.namespace, status=estate.active, vlan=estate.apps.vlan)
    estate.address(estate.apps.host(129), role=estate.gateway_role)
    estate.give(estate.apps.host(129), estate.port(estate.router, "lan9"))
    estate.guest("inside", estate.apps.host(130))
    assert now_found() == {}


# ------------------------------------------------------------------------------------ range-overlap and across prefixes


def test_ranges_of_two_prefixes_that_share_one_address_are_found(estate: Estate) -> None:
    _under(estate, 128, 25)
    estate.range(estate.apps.host(200), estate.apps.host(210))
    _hidden_range(estate, 210, 220)
    found = now_found()
    assert set(found) == {"range-overlap", "range-across-prefixes"}
    assert len(found["range-overlap"]) == 1


def test_ranges_that_touch_do_not_overlap(estate: Estate) -> None:
    _under(estate, 128, 25)
    estate.range(estate.apps.host(200), estate.apps.host(210))
    _hidden_range(estate, 211, 220)
    assert set(now_found()) == {"range-across-prefixes"}


def test_a_range_that_a_system_describes_one_address_longer_is_found(estate: Estate) -> None:
    row = estate.apps.ranges["Load Balancer Pool"]
    right = {"first": str(row.start_host), "last": str(row.end_host)}
    estate.claim(row, by="cluster", kind="range", **right)
    claim = estate.claim(row, by="inventory", kind="range", **right)
    assert now_found() == {}
    claim.values, claim.origin = right | {"last": estate.apps.host(80)}, "inventory.md:118"
    claim.save()
    found = only("range-disagreement")
    assert f"inventory (inventory.md:118) says {row.start_host} to {estate.apps.host(80)}" in found.message


def test_equal_ranges_in_two_namespaces_do_not_overlap(estate: Estate) -> None:
    other = Namespace.objects.create(name="other")
    Prefix.objects.create(prefix=str(estate.apps.prefix.prefix), namespace=other, status=estate.active)
    from nautobot.ipam.models import IPAddressRange

    with written_by_us():
        IPAddressRange(
            start_address=estate.apps.host(DHCP[0]),
            end_address=estate.apps.host(DHCP[1]),
            namespace=other,
            status=estate.active,
        ).validated_save()
    assert now_found() == {}


def test_a_range_that_a_smaller_prefix_cuts_is_found(estate: Estate) -> None:
    estate.range(estate.apps.host(120), estate.apps.host(130))
    _under(estate, 128, 25)
    row = only("range-across-prefixes")
    assert f"{estate.apps.host(128)}/25" in row.message


def test_a_range_that_ends_before_a_smaller_prefix_is_no_fault(estate: Estate) -> None:
    estate.range(estate.apps.host(120), estate.apps.host(127))
    _under(estate, 128, 25)
    assert now_found() == {}


def _under(estate: Estate, offset: int, length: int) -> Prefix:
    with written_by_us():
        return Prefix.objects.create(
            prefix=f"{estate.apps.host(offset)}/{length}", namespace=estate.namespace, status=estate.active
        )


def _hidden_range(estate: Estate, first: int, last: int) -> None:
    """Put a range under the wider prefix, as it stays when a smaller prefix is made over it."""
    from nautobot.ipam.models import IPAddressRange

    row = estate.range(estate.apps.host(230), estate.apps.host(231))
    IPAddressRange.objects.filter(pk=row.pk).update(
        start_host=estate.apps.host(first), end_host=estate.apps.host(last), parent=estate.apps.prefix
    )


# ---------------------------------------------------------------------------------------------------------- the gateway


def test_a_profile_without_a_gateway_is_found(estate: Estate) -> None:
    IPAddress.objects.filter(host=estate.apps.host(1)).update(role=None)
    NetworkProfile.objects.filter(name="apps").update(gateway=None)
    row = only("no-gateway")
    assert (row.object, row.severity) == (estate.apps.prefix, "warning")


def test_a_gateway_that_only_an_address_or_only_a_profile_names_is_enough(estate: Estate) -> None:
    IPAddress.objects.filter(host=estate.apps.host(1)).update(role=None)
    NetworkProfile.objects.filter(name="mgmt").update(gateway=None)
    assert now_found() == {}


def test_a_network_with_guests_and_without_a_profile_is_a_note(estate: Estate) -> None:
    Prefix.objects.create(prefix="192.0.2.0/25", namespace=estate.namespace, status=estate.active)
    assert now_found() == {}
    estate.guest("lonely", "192.0.2.10", profile="apps")
    assert now_found()["no-gateway"] == ["192.0.2.0/25 has no gateway"]


def test_a_link_between_two_machines_needs_no_gateway(estate: Estate) -> None:
    Prefix.objects.create(prefix="192.0.2.0/31", namespace=estate.namespace, status=estate.active)
    estate.give("192.0.2.0", estate.card(estate.web, "link"))
    assert now_found() == {}


def test_a_gateway_that_no_interface_has_is_found_where_others_are_known(estate: Estate) -> None:
    estate.address(estate.apps.host(1)).interfaces.clear()
    row = only("assumed-gateway")
    assert row.title == f"The gateway {estate.apps.host(1)} of {estate.apps.prefix.prefix} is only assumed"


def test_a_gateway_that_only_a_profile_names_is_found_too(estate: Estate) -> None:
    IPAddress.objects.filter(host=estate.apps.host(1)).delete()
    assert only("assumed-gateway").object == estate.apps.prefix


def test_no_gateway_is_assumed_where_no_router_is_known(estate: Estate) -> None:
    for network in (estate.apps, estate.mgmt):
        estate.address(network.host(1)).interfaces.clear()
    assert now_found() == {}


# ---------------------------------------------------------------------------------------------------------- vlan-misfit


def test_a_guest_in_another_vlan_than_its_prefix_is_found(estate: Estate) -> None:
    card = estate.web.interfaces.get()
    card.untagged_vlan = estate.mgmt.vlan
    card.save()
    row = only("vlan-misfit")
    assert f"VLAN {estate.mgmt.vlan.vid}" in row.title
    assert f"VLAN {estate.apps.vlan.vid}" in row.title


def test_a_port_in_a_twin_of_the_vlan_fits(estate: Estate) -> None:
    twin = VLAN.objects.create(vid=estate.apps.vlan.vid, name="twin", status=estate.active)
    estate.web.interfaces.update(untagged_vlan=twin)
    assert now_found() == {}


def test_a_port_in_another_vlan_is_found(estate: Estate) -> None:
    estate.router.interfaces.filter(name="lan-apps").update(untagged_vlan=estate.mgmt.vlan)
    only("vlan-misfit")


def test_a_profile_that_tags_another_vlan_than_its_prefix_has_is_found(estate: Estate) -> None:
    NetworkProfile.objects.filter(name="apps").update(vlan_tag=estate.apps.vlan.vid + 1)
    assert only("vlan-misfit").object == NetworkProfile.objects.get(name="apps")


def test_a_profile_without_a_tag_fits_any_vlan(estate: Estate) -> None:
    NetworkProfile.objects.filter(name="apps").update(vlan_tag=None)
    assert now_found() == {}


def test_a_guest_without_a_tag_on_a_tagged_network_is_found_where_its_system_says_so(estate: Estate) -> None:
    card = estate.web.interfaces.get()
    card.untagged_vlan, card.mode = None, ""
    card.save()
    assert now_found() == {}  # nobody knows
    claim = estate.claim(card, kind="guest_interface", untagged_vlan=0, mode="")
    only("vlan-misfit")
    claim.values = {"untagged_vlan": 0, "mode": "tagged-all"}
    claim.save()
    assert now_found() == {}


# ------------------------------------------------------------------------------------------------------- misread-record


@pytest.mark.parametrize("profile", ["", None, "nowhere"])
def test_a_guest_without_a_known_profile_is_found(estate: Estate, profile: str | None) -> None:
    estate.guest("shy", estate.apps.host(30), profile=profile)  # type: ignore[arg-type]
    assert only("misread-record").severity == "warning"


def test_a_guest_without_a_primary_address_is_found(estate: Estate) -> None:
    estate.guest("shy")
    assert only("misread-record").title == "shy has no primary address"


def test_a_guest_without_both_is_critical(estate: Estate) -> None:
    estate.guest("shy", profile="")
    row = only("misread-record")
    assert (row.title, row.severity) == ("shy has no primary address and no network profile", "critical")


def test_guests_that_leave_or_have_no_vmid_are_not_built_from_their_record(estate: Estate) -> None:
    estate.guest("shy", proxmox_vmid=None)
    leaving = estate.guest("leaving")
    leaving.status = Status.objects.get(name="Decommissioning")
    leaving.save()
    assert now_found() == {}


def test_where_there_are_no_profiles_none_is_missed(estate: Estate) -> None:
    NetworkProfile.objects.all().delete()
    estate.guest("shy", estate.apps.host(30), profile="")
    assert now_found() == {}


# -------------------------------------------------------------------------------------------------------- name-mismatch


def test_a_guest_with_another_name_in_dns_is_found(estate: Estate) -> None:
    IPAddress.objects.filter(host=estate.apps.host(10)).update(dns_name="old-web.example.org")
    row = only("name-mismatch")
    assert (row.object, row.severity) == (estate.web, "info")


@pytest.mark.parametrize("dns_name", ["", "{name}", "{name}.other.example"])
def test_a_name_that_is_the_same_in_dns_is_no_fault(estate: Estate, dns_name: str) -> None:
    IPAddress.objects.filter(host=estate.apps.host(10)).update(dns_name=dns_name.format(name=estate.web.name))
    assert now_found() == {}


def test_a_number_that_was_appended_to_a_name_does_not_count(estate: Estate) -> None:
    estate.web.name = f"{estate.web.name.upper()} (210)"
    estate.web.save()
    assert now_found() == {}


# ---------------------------------------------------------------------------------------- two managements, two versions


def test_a_device_with_two_management_addresses_is_found(estate: Estate) -> None:
    estate.give(estate.apps.host(50 - 12), estate.port(estate.switch, "oob2", mgmt_only=True))
    row = only("two-managements")
    assert row.object == estate.switch
    assert estate.mgmt.host(5) in row.message


def test_a_second_address_that_is_not_for_management_is_no_fault(estate: Estate) -> None:
    estate.give(estate.apps.host(38), estate.port(estate.switch, "data"))
    assert now_found() == {}


def test_a_machine_of_which_two_systems_say_different_addresses_is_found(estate: Estate) -> None:
    port = estate.port(estate.switch, "storage")
    first, second = (estate.give(estate.mgmt.host(offset), port) for offset in (102, 152))
    estate.claim(first, by="design")
    claim = estate.claim(second, by="inventory")
    row = only("two-versions")
    assert {"design", "inventory"} <= {side["source"] for side in row.evidence}
    claim.missed_runs = 1
    claim.save()
    assert now_found() == {}


def test_a_machine_with_two_addresses_that_one_system_knows_is_no_fault(estate: Estate) -> None:
    port = estate.port(estate.switch, "storage")
    first, second = (estate.give(estate.mgmt.host(offset), port) for offset in (102, 152))
    estate.claim(first, by="design")
    estate.claim(second, by="design")
    assert now_found() == {}
    estate.claim(second, by="inventory")
    assert now_found() == {}


def test_an_address_that_both_systems_know_is_not_in_question(estate: Estate) -> None:
    port = estate.port(estate.switch, "storage")
    common, first, second = (estate.give(estate.mgmt.host(offset), port) for offset in (101, 102, 152))
    for row, by in ((common, "design"), (common, "inventory"), (first, "design"), (second, "inventory")):
        estate.claim(row, by=by)
    found = only("two-versions")
    assert f"{first.host} and {second.host}" in found.title


def test_two_addresses_in_two_networks_are_no_fault(estate: Estate) -> None:
    port = estate.port(estate.switch, "storage")
    estate.claim(estate.give(estate.mgmt.host(102), port), by="design")
    estate.claim(estate.give(estate.apps.host(38), port), by="inventory")
    assert now_found() == {}
