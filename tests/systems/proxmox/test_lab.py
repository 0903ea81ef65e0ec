"""The whole reading over real sockets, against the lab's Proxmox: what may be believed when things go wrong."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from development.lab.client import Lab
from nautobot_wow.errors import AuthenticationError, ConfigurationError, Unreachable
from nautobot_wow.records import (
    AddressRecord,
    AddressType,
    ClusterRecord,
    DeviceRecord,
    GuestInterfaceRecord,
    GuestRecord,
    GuestType,
    Kind,
    Power,
    Record,
)
from nautobot_wow.snapshot import Snapshot
from nautobot_wow.systems.connection import Connection, Secret
from nautobot_wow.systems.proxmox import PROXMOX, ProxmoxOptions
from nautobot_wow.systems.registry import SYSTEM_KINDS
from tests.systems.proxmox.conftest import connection_to
from tests.systems.proxmox.snapshots import fields

Read = Callable[[], Snapshot]
TRAEFIK, DNS2, IPMGMT, CLAWDBOT, STOPPED_VM = 210, 211, 212, 300, 351


def records(snapshot: Snapshot, kind: Kind) -> dict[str, Any]:
    return {record.key: record for record in snapshot.records if record.kind is kind}


def guest(snapshot: Snapshot, key: str) -> GuestRecord:
    found = records(snapshot, Kind.GUEST)[key]
    assert isinstance(found, GuestRecord)
    return found


def address(snapshot: Snapshot, host: str) -> AddressRecord:
    found = records(snapshot, Kind.ADDRESS)[host]
    assert isinstance(found, AddressRecord)
    return found


def lost(before: Snapshot, after: Snapshot) -> set[str]:
    """Return what would count as missing: known before, not seen now, although it would have been seen."""
    now = {(record.kind, record.key) for record in after.records}
    return {
        record.key for record in before.records if (record.kind, record.key) not in now and after.covers(record.scopes)
    }


# ------------------------------------------------------------------------------------------------ the estate


def test_the_estate_is_read_completely(read: Read, lab: Lab) -> None:
    snapshot = read()
    assert snapshot.observed == {"nodes", "guests", "sdn"}
    assert snapshot.refused == ()
    assert {record.vmid: record.name for record in records(snapshot, Kind.GUEST).values()} == {
        101: "wow-pihole1",
        102: "iventoy",
        105: "vaultwarden",
        210: "traefik",
        211: "dns2",
        212: "ipmgmt",
        215: "nautobot",
        216: "bitwarden-lite",
        300: "wow-clawdbot",
        351: "test-phase2-vm",
    }
    assert snapshot.facts["templates"] == "6"
    assert snapshot.facts["version"] == "9.1.3"
    assert snapshot.facts["rights"] == "the token sees everything"


def test_a_guest_is_read_with_everything_the_operator_asks_for(read: Read) -> None:
    snapshot = read()
    dns2 = fields(guest(snapshot, "qemu/211"))
    assert any(token.startswith("uuid:") for token in dns2.pop("fingerprint"))
    assert dns2 == {
        "scopes": ["guests/qemu/211"],
        "cluster": "cluster",
        "type": "qemu",
        "vmid": 211,
        "name": "dns2",
        "power": "on",
        "node": "wow-prox1",
        "vcpus": 2,
        "memory_mb": 2048,
        "disk_gb": 50,
        "platform": "Ubuntu 24.04",
        "description": "Technitium DNS\nShould move to apps",
        "tags": ["dns"],
        "primary_ip4": "172.16.110.211",
    }
    assert guest(snapshot, "lxc/210").platform_family == "Ubuntu"
    assert guest(snapshot, "lxc/101").platform_family == "Debian"


def test_the_node_and_its_cluster_are_read(read: Read) -> None:
    snapshot = read()
    cluster = records(snapshot, Kind.CLUSTER)["cluster"]
    node = records(snapshot, Kind.DEVICE)["node/wow-prox1"]
    assert isinstance(cluster, ClusterRecord)
    assert isinstance(node, DeviceRecord)
    assert (cluster.name, node.name, node.power, node.version) == ("wow-prox1", "wow-prox1", Power.ON, "9.1.3")
    assert node.primary_ip4 == "172.16.110.101"
    assert address(snapshot, "172.16.160.101").interfaces == {"node/wow-prox1/vmbr1.160"}


def test_addresses_say_how_they_came_about(read: Read) -> None:
    snapshot = read()
    assert address(snapshot, "172.16.110.76").type is AddressType.DHCP
    assert address(snapshot, "172.16.100.10").type is AddressType.HOST
    assert address(snapshot, "172.16.110.213").type is None, "set by hand inside the guest: nobody says how"


def test_a_second_reading_of_the_same_world_is_the_same(read: Read) -> None:
    assert read() == read()


def test_the_operator_may_name_the_cluster(connection: Connection) -> None:
    snapshot = PROXMOX.read(connection, ProxmoxOptions(cluster_name=" FX2s "))
    assert records(snapshot, Kind.CLUSTER)["cluster"].name == "FX2s"


@pytest.mark.parametrize(
    "options", [{"concurrency": 0}, {"concurrency": 33}, {"concurency": 4}, {"cluster_name": "x" * 101}]
)
def test_an_option_that_makes_no_sense_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="1 validation error"):
        ProxmoxOptions(**options)


def test_every_option_is_described_and_the_kind_is_registered() -> None:
    assert all(field.description for field in ProxmoxOptions.model_fields.values())
    assert SYSTEM_KINDS["proxmox"] is PROXMOX


# ------------------------------------------------------------------------------- identity, names, templates


def test_a_renamed_guest_keeps_its_key(read: Read, lab: Lab) -> None:
    lab.change("rename", id=TRAEFIK, name="proxy")
    assert guest(read(), "lxc/210").name == "proxy"


def test_a_reused_number_shows_in_the_fingerprint(read: Read, lab: Lab) -> None:
    before = guest(read(), "qemu/211").fingerprint
    lab.change("reuse", id=DNS2, spec={"name": "other", "kind": "vm", "mac": "BC:24:11:AA:00:01"})
    after = guest(read(), "qemu/211").fingerprint
    assert "mac:BC:24:11:AA:00:01" in after
    assert not {token for token in before & after if token.startswith("mac:")}


def test_a_row_without_a_name_takes_the_name_from_the_configuration_and_has_no_power(read: Read, lab: Lab) -> None:
    lab.change("set_reported", id=TRAEFIK, reported=False)
    record = guest(read(), "lxc/210")
    assert (record.name, record.power) == ("traefik", None)


def test_a_row_without_a_name_and_without_a_configuration_says_nothing_and_is_not_missing(read: Read, lab: Lab) -> None:
    before = read()
    lab.change("set_reported", id=TRAEFIK, reported=False)
    lab.change("fault", action="status", path="/lxc/210/config", status=500, reason="got timeout")
    after = read()
    assert "lxc/210" not in records(after, Kind.GUEST)
    assert lost(before, after) == set()


def test_a_template_is_no_guest_even_if_the_list_does_not_say_so(read: Read, lab: Lab) -> None:
    lab.change("fault", action="nameless", path="GET /cluster/resources")
    snapshot = read()
    assert len(records(snapshot, Kind.GUEST)) == 10
    assert snapshot.facts["templates"] == "6"
    assert snapshot.observed == {"nodes", "guests", "sdn"}


def test_a_destroyed_guest_is_missing_with_its_card_and_its_address(read: Read, lab: Lab) -> None:
    before = read()
    lab.change("destroy", id=TRAEFIK)
    assert lost(before, read()) == {"lxc/210", "lxc/210/net0", "172.16.100.10"}


def test_a_change_that_waits_for_a_restart_is_not_read_before_it(read: Read, lab: Lab) -> None:
    lab.call(lambda: lab.world.guest(DNS2).pending.update({"cores": 8, "net0": None}))
    snapshot = read()
    assert guest(snapshot, "qemu/211").vcpus == 2
    assert "qemu/211/net0" in records(snapshot, Kind.GUEST_INTERFACE)


# ------------------------------------------------------------------------- stopped, silent, unplugged (number 8)


@pytest.mark.parametrize(
    ("vmid", "key", "host"), [(TRAEFIK, "lxc/210", "172.16.100.10"), (DNS2, "qemu/211", "172.16.110.211")]
)
def test_a_stopped_guest_keeps_its_address(read: Read, lab: Lab, vmid: int, key: str, host: str) -> None:
    before = read()
    lab.change("stop", id=vmid)
    after = read()
    assert guest(after, key).power is Power.OFF
    assert guest(after, key).primary_ip4 == host
    assert address(after, host).interfaces == {f"{key}/net0"}
    assert lost(before, after) == set()


@pytest.mark.parametrize("vmid", [IPMGMT, CLAWDBOT])
def test_a_stopped_guest_keeps_an_address_that_only_it_knew(read: Read, lab: Lab, vmid: int) -> None:
    before = read()
    lab.change("stop", id=vmid)
    after = read()
    assert guest(after, f"qemu/{vmid}").primary_ip4 is None, "not known is not blank"
    assert lost(before, after) == set()


def test_a_guest_with_a_silent_agent_keeps_its_address_and_says_why(read: Read, lab: Lab) -> None:
    before = read()
    lab.change("set_agent", id=IPMGMT, alive=False)
    after = read()
    assert after.unseen["guests/qemu/212/addresses"] == "the guest agent is not running"
    assert guest(after, "qemu/212").platform is None
    assert lost(before, after) == set()


def test_a_guest_without_an_agent_keeps_its_address(read: Read, lab: Lab) -> None:
    before = read()
    lab.change("set", id=IPMGMT, key="agent", value=None)
    after = read()
    assert after.unseen["guests/qemu/212/addresses"] == "the guest agent is not configured"
    assert lost(before, after) == set()


def test_a_guest_whose_agent_may_not_be_asked_keeps_its_address(read: Read, lab: Lab) -> None:
    before = read()
    auditor = ["VM.Audit", "Sys.Audit", "SDN.Audit", "Datastore.Audit", "Pool.Audit"]
    lab.change("set_role", name="OldAuditor", privileges=auditor)
    lab.change("set_acl", rows=acl(role="OldAuditor"))
    after = read()
    assert "VM.GuestAgent.Audit" in after.unseen["guests/qemu/212/addresses"]
    assert "VM.GuestAgent.Audit" in after.facts["rights"]
    assert lost(before, after) == set()


def test_a_guest_whose_card_is_unplugged_keeps_its_address(read: Read, lab: Lab) -> None:
    before = read()
    net = "virtio=BC:24:11:02:12:01,bridge=vmbr0,firewall=1,link_down=1,tag=110"
    lab.change("set", id=IPMGMT, key="net0", value=net)
    lab.change("set_inside", id=IPMGMT, addresses=[])
    after = read()
    assert records(after, Kind.GUEST_INTERFACE)["qemu/212/net0"].enabled is False
    assert lost(before, after) == set()


def test_a_guest_that_changed_its_address_loses_the_old_one(read: Read, lab: Lab) -> None:
    before = read()
    lab.change("set_inside", id=IPMGMT, addresses=["172.16.110.214/24"])
    after = read()
    assert lost(before, after) == {"172.16.110.213"}
    assert guest(after, "qemu/212").primary_ip4 == "172.16.110.214"


# ------------------------------------------------------------- errors, half answers, no rights (numbers 15, 16)


def acl(role: str = "PVEAuditor", *more: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"path": "/", "who": who, "role": role} for who in ("wow@pve", "wow@pve!nautobot")] + list(more)


def test_an_error_of_a_node_lets_nothing_be_missing(read: Read, lab: Lab) -> None:
    before = read()
    lab.change("fault", action="status", path="/nodes/wow-prox1/network", status=500, reason="got timeout")
    lab.change("destroy", id=TRAEFIK)
    after = read()
    assert after.observed == frozenset()
    assert "got timeout" in after.unseen["guests"]
    assert lost(before, after) == set()
    assert guest(after, "qemu/211").name == "dns2", "what is known from the list is still said"


def test_an_offline_node_lets_no_guest_be_missing(read: Read, lab: Lab) -> None:
    before = read()
    lab.change("set_node", node="wow-prox1", online=False)
    after = read()
    assert after.observed == {"nodes", "sdn"}
    assert after.unseen["guests"] == "node wow-prox1 is offline"
    assert records(after, Kind.DEVICE)["node/wow-prox1"].power is Power.OFF
    assert lost(before, after) == set()


def test_half_a_list_that_lost_its_node_is_not_believed(read: Read, lab: Lab) -> None:
    before = read()
    lab.change("fault", action="empty", path="GET /cluster/resources")
    after = read()
    assert after.observed == frozenset()
    assert lost(before, after) == set()


@pytest.mark.parametrize("action", ["null", "not_json"])
@pytest.mark.parametrize(
    "path", ["/version", "/cluster/resources", "/access/permissions", "/cluster/status", "/access/acl"]
)
def test_a_broken_answer_to_a_question_about_everything_fails_the_reading(
    read: Read, lab: Lab, action: str, path: str
) -> None:
    lab.change("fault", action=action, path=f"GET {path}$")
    with pytest.raises(Exception, match=f"wow-prox1: .*GET {path[1:]}"):
        read()


def test_a_token_without_rights_sees_an_empty_cluster_that_is_not_believed(read: Read, lab: Lab) -> None:
    before = read()
    lab.change("set_acl", rows=[{"path": "/", "who": "wow@pve", "role": "PVEAuditor"}])
    after = read()
    assert records(after, Kind.GUEST) == {}
    assert after.observed == frozenset()
    assert "grant PVEAuditor on / to the user and to the token" in after.facts["rights"]
    assert lost(before, after) == set()


def test_a_guest_that_the_token_may_not_see_is_not_missing(read: Read, lab: Lab) -> None:
    before = read()
    lab.change("set_acl", rows=acl("PVEAuditor", {"path": "/vms/210", "who": "wow@pve", "role": "NoAccess"}))
    after = read()
    assert "lxc/210" not in records(after, Kind.GUEST)
    assert after.unseen["guests/lxc/210"] == "the token may not see it"
    assert after.observed == {"nodes", "guests", "sdn"}
    assert lost(before, after) == set()


def test_guests_in_a_pool_that_the_token_may_not_see_are_not_missing(read: Read, lab: Lab) -> None:
    before = read()
    rules = [{"path": path, "who": "wow@pve!nautobot", "role": "NoAccess"} for path in ("/pool/infrastructure",)]
    lab.change("set_acl", rows=acl("PVEAuditor", *rules))
    after = read()
    assert "guests" not in after.observed
    assert lost(before, after) == set()


def test_rights_that_do_not_reach_every_guest_are_not_believed(read: Read, lab: Lab) -> None:
    before = read()
    rows = [{"path": "/", "who": "wow@pve", "role": "PVEAuditor"}]
    rows += [
        {"path": path, "who": "wow@pve!nautobot", "role": "PVEAuditor"} for path in ("/vms/211", "/access", "/nodes")
    ]
    lab.change("set_acl", rows=rows)
    after = read()
    assert set(records(after, Kind.GUEST)) == {"qemu/211"}
    assert "guests" not in after.observed
    assert lost(before, after) == set()


def test_bridges_that_the_token_may_not_see_are_not_missing(read: Read, lab: Lab) -> None:
    before = read()
    rows = acl("PVEAuditor", {"path": "/sdn", "who": "wow@pve!nautobot", "role": "NoAccess"})
    lab.change("set_acl", rows=rows)
    after = read()
    assert "node/wow-prox1/vmbr0" not in records(after, Kind.INTERFACE)
    assert "SDN.Audit" in after.unseen["nodes/wow-prox1/interfaces"]
    assert lost(before, after) == set()


# ------------------------------------------------------------------- one guest, one row (numbers 18, 19, 28)


def test_a_guest_that_vanishes_between_list_and_detail_is_skipped_and_counted(read: Read, lab: Lab) -> None:
    before = read()
    lab.change("fault", action="vanish", path="GET /cluster/resources", guest=TRAEFIK)
    after = read()
    assert after.facts["skipped"] == "1"
    assert "guests/lxc/210" in after.unseen
    assert len(records(after, Kind.GUEST)) == 9
    assert lost(before, after) == set()
    assert lost(before, read()) == {"lxc/210", "lxc/210/net0", "172.16.100.10"}, "the next run knows"


def test_a_guest_whose_configuration_fails_is_known_from_the_list(read: Read, lab: Lab) -> None:
    before = read()
    lab.change("fault", action="status", path="/qemu/211/config", status=500, reason="unable to parse value of 'net0'")
    after = read()
    record = guest(after, "qemu/211")
    assert (record.name, record.power, record.memory_mb, record.disk_gb) == ("dns2", Power.ON, 2048, None)
    assert "unable to parse value" in after.unseen["guests/qemu/211/interfaces"]
    assert after.observed == {"nodes", "guests", "sdn"}
    assert lost(before, after) == set()


def test_a_malformed_configuration_refuses_one_guest_and_no_other(read: Read, lab: Lab) -> None:
    before = read()
    lab.change("set", id=DNS2, key="smbios1", value="uuid=1,uuid=2")
    after = read_unchecked(lab)
    assert [(refusal.kind, refusal.key) for refusal in after.refused] == [(Kind.GUEST, "qemu/211")]
    assert "smbios1" in after.refused[0].reason
    assert len(records(after, Kind.GUEST)) == 9
    assert lost(before, after) == set()


def test_a_malformed_row_of_the_list_is_refused_and_then_no_guest_can_be_missing(read: Read, lab: Lab) -> None:
    before = read()
    lab.change("fault", action="malformed", path="GET /cluster/resources")
    after = read()
    assert len(after.refused) == 1
    assert "guests" not in after.observed
    assert lost(before, after) == set()


def test_disks_without_a_size_tags_without_a_name_and_numbers_as_names_are_read(read: Read, lab: Lab) -> None:
    lab.change("set", id=DNS2, key="scsi0", value="/dev/disk/by-id/wwn-1")
    lab.change("set", id=DNS2, key="tags", value=";; dns ;")
    lab.change("rename", id=DNS2, name="1234")
    record = guest(read_unchecked(lab), "qemu/211")
    assert (record.disk_gb, record.tags, record.name) == (None, {"dns"}, "1234")


# ------------------------------------------------------------------------------------- addresses (26, 27)


def test_dual_stack_and_several_addresses_are_read(read: Read, lab: Lab) -> None:
    inside = ["172.16.110.213/24", "172.16.120.213/24", "2001:db8:110::d5/64"]
    lab.change("set_inside", id=IPMGMT, addresses=inside)
    snapshot = read()
    assert guest(snapshot, "qemu/212").primary_ip4 == "172.16.110.213"
    assert guest(snapshot, "qemu/212").primary_ip6 == "2001:db8:110::d5"
    assert address(snapshot, "172.16.120.213").interfaces == {"qemu/212/net0"}
    assert address(snapshot, "2001:db8:110::d5").mask_length == 64


def test_a_guest_of_ipv6_alone_is_read(read: Read, lab: Lab) -> None:
    lab.change("set_inside", id=IPMGMT, addresses=["2001:db8:110::d5/64"])
    record = guest(read(), "qemu/212")
    assert (record.primary_ip4, record.primary_ip6) == (None, "2001:db8:110::d5")


def test_one_address_on_two_guests_is_one_record_with_both_scopes(read: Read, lab: Lab) -> None:
    lab.change("set_inside", id=IPMGMT, addresses=["172.16.110.211/24"])
    record = address(read(), "172.16.110.211")
    assert record.interfaces == {"qemu/211/net0", "qemu/212/net0"}
    assert record.scopes == ("guests/qemu/211/addresses/net0", "guests/qemu/212/addresses/net0")


def test_interfaces_of_docker_inside_a_guest_are_left_out(read: Read) -> None:
    hosts = records(read(), Kind.ADDRESS)
    assert not [host for host in hosts if host.startswith(("172.17.", "127.", "fe80"))]


# ------------------------------------------------------------------------------- many, slow, wrong, secret


def test_many_guests_are_read_a_bounded_number_at_a_time_and_sorted() -> None:
    with Lab(guests=200) as lab:
        snapshot = PROXMOX.read(connection_to(lab), ProxmoxOptions(concurrency=4))
    guests = list(records(snapshot, Kind.GUEST))
    assert len(guests) >= 200
    assert guests == sorted(guests)
    assert snapshot.refused == ()
    cards = [record for record in snapshot.records if isinstance(record, GuestInterfaceRecord)]
    assert {card.guest for card in cards} <= set(guests)


def test_every_record_refers_to_records_of_the_same_reading(read: Read) -> None:
    snapshot = read()
    keys = {record.key for record in snapshot.records}
    for record in snapshot.records:
        assert set(references(record)) <= keys


def references(record: Record) -> Iterator[str]:
    if isinstance(record, (DeviceRecord, GuestRecord)):
        yield record.cluster or ""
    if isinstance(record, GuestRecord):
        yield f"node/{record.node}"
        yield from (host for host in (record.primary_ip4, record.primary_ip6) if host)
    if isinstance(record, GuestInterfaceRecord):
        yield record.guest
    if isinstance(record, AddressRecord):
        yield from record.interfaces or ()


def test_a_slow_endpoint_is_given_up_in_time(lab: Lab) -> None:
    lab.change("fault", action="delay", path="GET /version", seconds=3)
    began = time.monotonic()
    with pytest.raises(Unreachable, match=r"did not answer GET version within 0\.4 s"):
        PROXMOX.read(connection_to(lab, timeout_s=0.4), ProxmoxOptions())
    assert time.monotonic() - began < 2.5


def test_a_dropped_connection_is_tried_again(read: Read, lab: Lab) -> None:
    lab.change("fault", action="drop", path="GET /cluster/resources", times=1)
    assert read().observed == {"nodes", "guests", "sdn"}


def test_a_token_that_is_refused_says_which_and_not_its_secret(lab: Lab, caplog: pytest.LogCaptureFixture) -> None:
    wrong = "11111111-2222-3333-4444-555555555555"
    with caplog.at_level(logging.DEBUG), pytest.raises(AuthenticationError, match="wow@pve!nautobot") as caught:
        PROXMOX.read(connection_to(lab, secret=Secret(wrong)), ProxmoxOptions())
    assert wrong not in str(caught.value) + caplog.text


def test_nothing_that_is_read_or_logged_holds_the_secret(
    read: Read, lab: Lab, connection: Connection, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        snapshot = read()
    assert lab.secret not in repr(snapshot) + caplog.text + repr(connection) + str(connection)


def test_a_connection_without_a_secret_is_a_question_of_configuration(lab: Lab) -> None:
    with pytest.raises(ConfigurationError, match="secrets group"):
        PROXMOX.read(connection_to(lab, secret=Secret("")), ProxmoxOptions())


def read_unchecked(lab: Lab) -> Snapshot:
    """Read a world that the real system would not have: the lab answers although its answer breaks the schema."""
    strict, lab.endpoint.settings.strict = lab.endpoint.settings.strict, False
    try:
        return PROXMOX.read(connection_to(lab), ProxmoxOptions())
    finally:
        lab.endpoint.settings.strict = strict


def test_guest_types_are_what_the_operators_automation_reads() -> None:
    assert [kind.value for kind in GuestType] == ["lxc", "qemu"]
