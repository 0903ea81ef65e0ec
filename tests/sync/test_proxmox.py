"""The lab's Proxmox reconciled into Nautobot: what a peer got wrong in the field is a test here."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from nautobot.dcim.models import Device
from nautobot.extras.models import Note, Tag
from nautobot.ipam.models import IPAddress, Prefix
from nautobot.virtualization.models import Cluster, VirtualMachine, VMInterface

from nautobot_wow.errors import SourceError, UnsafePlan
from nautobot_wow.models import Claim

pytestmark = pytest.mark.django_db


# ------------------------------------------------------------------------------------------------------- the first sync


def test_the_lab_is_there_with_address_and_node(estate: Any) -> None:
    estate.sync()
    found = dict(VirtualMachine.objects.values_list("name", "primary_ip4__host"))
    assert found == {
        "wow-pihole1": "172.16.100.2",
        "iventoy": "172.16.100.110",
        "vaultwarden": "172.16.110.105",
        "traefik": "172.16.100.10",
        "dns2": "172.16.110.211",
        "ipmgmt": "172.16.110.213",
        "nautobot": "172.16.100.15",
        "bitwarden-lite": "172.16.100.16",
        "wow-clawdbot": "172.16.110.76",
        "test-phase2-vm": "172.16.100.30",
    }
    assert {row.cf["proxmox_node"] for row in VirtualMachine.objects.all()} == {"wow-prox1"}
    device = Device.objects.get(name="wow-prox1")
    assert device.clusters.get() == Cluster.objects.get(name="wow-prox1")
    assert device.primary_ip4.host == "172.16.110.101"


def test_every_guest_reads_as_the_operators_automation_needs_it(estate: Any) -> None:
    estate.sync()
    for row in VirtualMachine.objects.all():
        assert row.cf["ansible_host"] == row.primary_ip4.host
        assert row.cf["application_list"] == []
        assert row.cf["proxmox_vmtype"] in ("lxc", "qemu")
        assert row.cf["t_shirt_size"]
        assert row.cf["network_profile"]
    assert estate.guest("qemu/211").platform.name == "Ubuntu 24.04"
    assert estate.guest("lxc/105").cf["network_profile"] == "proxmox-mgmt"


def test_every_object_is_one_that_nautobot_itself_accepts(estate: Any) -> None:
    estate.sync()
    for model in (Cluster, Device, VirtualMachine, VMInterface, IPAddress):
        for row in model.objects.all():
            row.validated_save()


def test_templates_are_no_guests(estate: Any) -> None:
    estate.sync()
    assert not VirtualMachine.objects.filter(_custom_field_data__proxmox_vmid__gte=9000).exists()


def test_a_second_run_finds_nothing_to_do(estate: Any) -> None:
    estate.sync()
    run, written = estate.sync()
    assert run.changes == []
    assert written.done == []


def test_interfaces_are_named_by_the_hypervisor_and_noise_is_left_out(estate: Any) -> None:
    estate.sync()
    assert set(VMInterface.objects.values_list("name", flat=True)) == {"net0"}


# ------------------------------------------------------------------------------------------------ guests and addresses


def test_a_stopped_guest_keeps_its_address(estate: Any) -> None:
    estate.sync()
    estate.lab.change("stop", id=210)
    estate.sync(5)
    guest = estate.guest("lxc/210")
    assert (guest.status.name, guest.primary_ip4.host) == ("Offline", "172.16.100.10")
    assert IPAddress.objects.get(host="172.16.100.10").status.name == "Active"


def test_a_stopped_dhcp_guest_keeps_its_address(estate: Any) -> None:
    estate.sync()
    estate.lab.change("stop", id=300)
    estate.sync(5)
    assert estate.guest("qemu/300").primary_ip4.host == "172.16.110.76"


def test_a_silent_agent_keeps_the_address(estate: Any) -> None:
    estate.sync()
    for vmid in (211, 300):
        estate.lab.change("set_agent", id=vmid, alive=False)
    estate.sync(5)
    assert estate.hosts("qemu/211") == {"172.16.110.211"}
    assert estate.hosts("qemu/300") == {"172.16.110.76"}


def test_a_detached_card_leaves_the_address_in_the_books(estate: Any) -> None:
    estate.sync()
    estate.lab.change("detach", id=210)
    estate.sync(5)
    assert IPAddress.objects.filter(host="172.16.100.10").exists()


def test_a_renamed_guest_is_the_same_object_with_its_notes(estate: Any) -> None:
    estate.sync()
    before = estate.guest("lxc/210")
    Note.objects.create(
        assigned_object_type=ContentType.objects.get_for_model(before),
        assigned_object_id=before.pk,
        user=estate.user,
        note="ask Ann before touching it",
    )
    estate.lab.change("rename", id=210, name="edge")
    estate.sync()
    after = estate.guest("lxc/210")
    assert (after.pk, after.name) == (before.pk, "edge")
    assert Note.objects.filter(assigned_object_id=after.pk).count() == 1


def test_a_reused_vmid_is_a_new_guest_and_the_old_one_is_retired(estate: Any) -> None:
    estate.sync()
    old = estate.guest("qemu/211")
    estate.lab.change("reuse", id=211, spec={"name": "jump", "kind": "vm", "image": "ubuntu24"})
    estate.sync(2)
    old.refresh_from_db()
    new = estate.guest("qemu/211")
    assert new.pk != old.pk
    assert new.name == "jump"
    assert old.status.name == "Decommissioning"
    assert old.primary_ip4 is None
    assert estate.conflicts("reused-id")


def test_a_rebuilt_guest_takes_name_and_address_of_the_old_one(estate: Any) -> None:
    estate.sync()
    old = estate.guest("lxc/210")
    estate.lab.change("destroy", id=210)
    estate.lab.change(
        "create",
        spec={"id": 230, "name": "traefik", "kind": "container", "image": "ubuntu24",
              "address": "172.16.100.10/24"},
    )  # fmt: skip
    estate.lab.change("start", id=230)
    estate.sync(3)
    old.refresh_from_db()
    new = estate.guest("lxc/230")
    assert (new.name, new.primary_ip4.host) == ("traefik", "172.16.100.10")
    assert (old.name, old.status.name, old.primary_ip4) == ("traefik (gone 210)", "Decommissioning", None)


def test_an_address_of_another_machine_is_not_taken_from_it(estate: Any) -> None:
    cluster = Cluster.objects.create(name="elsewhere", cluster_type=_cluster_type())
    other = VirtualMachine.objects.create(name="printer", cluster=cluster, status=_status("Active"))
    card = VMInterface.objects.create(name="eth0", virtual_machine=other, status=_status("Active"))
    address = IPAddress.objects.create(
        address="172.16.100.10/24", namespace=estate.system.namespace, status=_status("Active")
    )
    card.ip_addresses.add(address)
    estate.sync(2)
    assert list(address.vm_interfaces.all()) == [card]
    assert estate.guest("lxc/210").primary_ip4 is None
    assert any("printer" in title for title in estate.conflicts("address-in-use"))


def test_one_address_on_two_guests_stays_with_the_first(estate: Any) -> None:
    estate.sync()
    estate.lab.change("set_address", id=216, address="172.16.100.10/24")
    estate.sync()
    assert estate.hosts("lxc/210") == {"172.16.100.10"}
    assert "172.16.100.10" not in estate.hosts("lxc/216")
    assert estate.conflicts("duplicate-address") == ["172.16.100.10 is used by more than one machine"]


def test_a_card_may_have_addresses_of_two_prefixes_and_two_families(estate: Any) -> None:
    Prefix.objects.create(prefix="fd00:100::/64", namespace=estate.system.namespace, status=_status("Active"))
    inside = ["172.16.100.10/24", "172.16.120.10/24", "fd00:100::10/64"]
    estate.lab.change("set_inside", id=210, addresses=inside)
    estate.sync()
    assert estate.hosts("lxc/210") == {"172.16.100.10", "172.16.120.10", "fd00:100::10"}
    guest = estate.guest("lxc/210")
    assert guest.primary_ip4.host == "172.16.100.10"
    assert guest.primary_ip6.host == "fd00:100::10"


def test_an_address_without_a_prefix_is_refused_and_named(estate: Any) -> None:
    estate.lab.change("set_inside", id=210, addresses=["192.168.7.7/24"])
    run, written = estate.sync()
    assert [refusal.key for refusal in run.refusals(written)] == ["192.168.7.7"]
    assert not IPAddress.objects.filter(host="192.168.7.7").exists()
    assert estate.conflicts("no-prefix") == ["192.168.7.7 has no place in Nautobot"]
    assert estate.guest("lxc/210").name == "traefik"


# --------------------------------------------------------------------------------------------------- silence and guards


def test_an_unreadable_listing_changes_nothing(estate: Any) -> None:
    estate.sync()
    estate.lab.change(
        "fault", action="status", path="GET /cluster/resources", status=500, reason="rados_connect failed"
    )
    with pytest.raises(SourceError, match="wow-proxmox"):
        estate.sync()
    assert not Claim.objects.filter(missed_runs__gt=0).exists()


def test_a_body_that_is_no_json_is_not_read_as_empty(estate: Any) -> None:
    estate.sync()
    estate.lab.change("fault", action="not_json", path="GET /cluster/resources")
    with pytest.raises(SourceError):
        estate.sync()


def test_a_token_without_rights_sees_an_empty_cluster_and_deletes_nothing(estate: Any) -> None:
    estate.sync()
    estate.lab.change("set_acl", rows=[])
    run = estate.plan()
    assert not [change for change in run.changes if change.action.value in ("missing", "retire", "delete")]
    assert run.snapshot.unseen, "the run says what it could not see"


def test_an_empty_list_with_the_right_to_see_it_is_not_believed(estate: Any) -> None:
    estate.sync()
    estate.lab.change("fault", action="empty", path="GET /cluster/resources")
    estate.sync(3)
    assert not Claim.objects.filter(missed_runs__gt=0).exists()
    assert estate.guest("lxc/210").status.name == "Active"


def test_half_the_rows_are_not_believed(estate: Any) -> None:
    estate.sync()
    estate.lab.change("fault", action="half", path="GET /cluster/resources")
    estate.sync(3)
    assert not Claim.objects.filter(missed_runs__gt=0).exists()


def test_half_the_guests_gone_stop_at_the_guard(estate: Any) -> None:
    estate.sync()
    for vmid in (101, 102, 105, 210, 215):
        estate.lab.change("destroy", id=vmid)
    with pytest.raises(UnsafePlan, match="5 of 10 guests would go") as refused:
        estate.sync()
    assert not Claim.objects.filter(missed_runs__gt=0).exists()
    plan = estate.plan().store_plan(refused=str(refused.value))
    estate.sync(approved=plan.digest)
    assert Claim.objects.filter(kind="guest", missed_runs=1).count() == 5


def test_the_same_number_of_other_guests_stops_at_the_guard(estate: Any) -> None:
    estate.sync()
    estate.set(guards={"delete_share": 1, "update_share": 1})
    for vmid in list(estate.lab.world.guests):
        if vmid < 9000:
            estate.lab.change("destroy", id=vmid)
            estate.lab.change("create", spec={"id": vmid + 400, "name": f"new-{vmid}", "kind": "vm"})
    with pytest.raises(UnsafePlan, match="identity churn"):
        estate.sync()


def test_an_offline_node_keeps_its_guests(estate: Any) -> None:
    estate.lab.change("add_node", node="wow-prox2", address="172.16.110.102")
    estate.lab.change("move", id=210, node="wow-prox2")
    estate.sync()
    estate.lab.change("set_node", node="wow-prox2", online=False)
    estate.sync(5)
    guest = estate.guest("lxc/210")
    assert guest.name == "traefik"
    assert guest.status.name != "Decommissioning"


def test_a_row_without_a_name_renames_nothing(estate: Any) -> None:
    estate.sync()
    estate.lab.change("set_reported", id=210, reported=False)
    estate.sync(5)
    guest = estate.guest("lxc/210")
    assert (guest.name, guest.status.name) == ("traefik", "Active")


def test_a_guest_that_vanishes_between_list_and_detail_is_skipped(estate: Any) -> None:
    estate.sync()
    estate.lab.change("fault", action="vanish", path="GET /cluster/resources", guest=216, times=1)
    run = estate.plan()
    assert run.snapshot.facts["skipped"] == "1"
    assert not [change for change in run.changes if change.key.startswith("lxc/216")]


def test_a_guest_whose_configuration_was_unreadable_once_is_still_known(estate: Any) -> None:
    estate.sync()
    before = Claim.objects.get(external_id="qemu/211").fingerprint
    assert any(token.startswith("uuid:") for token in before)
    estate.lab.change("fault", action="status", path="GET .*/qemu/211/config", status=500, reason="lock timeout")
    run, _ = estate.sync()
    assert not next(record for record in run.snapshot.records if record.key == "qemu/211").fingerprint
    assert Claim.objects.get(external_id="qemu/211").fingerprint == before


def test_one_malformed_row_is_named_and_the_others_are_written(estate: Any) -> None:
    estate.lab.change("set", id=210, key="net0", value="bridge==,,tag=many")
    run, written = estate.sync()
    assert any(refusal.key.startswith("lxc/210") for refusal in run.refusals(written))
    assert VirtualMachine.objects.count() >= 9


# ---------------------------------------------------------------------------------------------------- what people wrote


def test_what_people_wrote_survives(estate: Any) -> None:
    estate.sync()
    guest = estate.guest("lxc/210")
    guest.comments = "Ann's machine"
    guest.validated_save()
    tag = Tag.objects.create(name="audited")
    tag.content_types.add(ContentType.objects.get_for_model(VirtualMachine))
    guest.tags.add(tag)
    estate.lab.change("set_tags", id=210, tags=["proxy"])
    estate.sync()
    guest.refresh_from_db()
    assert guest.comments == "Ann's machine"
    assert set(guest.tags.values_list("name", flat=True)) == {"proxy", "audited"}


def test_strange_disks_tags_and_descriptions_do_not_stop_a_guest(estate: Any) -> None:
    estate.lab.change("set", id=211, key="scsi1", value="local:211/vm-211-disk-1.raw")
    estate.lab.change("set_tags", id=211, tags=["", "dns"])
    estate.lab.change("set_description", id=211, text="50 % of ünïcode\n| a | table |")
    _, written = estate.sync()
    assert not written.refused
    assert "ünïcode" in estate.guest("qemu/211").comments


def _status(name: str) -> Any:
    from nautobot.extras.models import Status

    return Status.objects.get(name=name)


def _cluster_type() -> Any:
    from nautobot.virtualization.models import ClusterType

    return ClusterType.objects.get_or_create(name="other")[0]
