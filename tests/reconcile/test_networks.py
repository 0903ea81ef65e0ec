"""VLANs, prefixes, ports and parts: what a system defines, and what hangs on it."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from nautobot.dcim.models import Device, Interface, InventoryItem
from nautobot.extras.models import ObjectChange
from nautobot.ipam.models import VLAN, IPAddress, IPAddressRange, Prefix, VLANGroup

from nautobot_wow.choices import DeletePolicy
from nautobot_wow.models import Claim, Conflict, System
from nautobot_wow.records import ALL_VLANS, PartRecord, PortType, PrefixRecord, VlanRecord
from tests.reconcile.estate import change, full, platform, port, without
from tests.reconcile.site import Site, claim, conflicts, ip, rows_written, vm

pytestmark = pytest.mark.django_db

SDN = ("sdn",)
SEEN = frozenset({"nodes", "guests", "sdn"})


def vlan(vid: int, name: str | None = None, **more: Any) -> VlanRecord:
    return VlanRecord(key=f"vlan/{vid}", scopes=SDN, vid=vid, name=name, **more)


def prefix(network: str, **more: Any) -> PrefixRecord:
    return PrefixRecord(key=f"prefix/{network}", scopes=SDN, network=network, **more)


def part(name: str, node: str = "wow-prox1", **more: Any) -> PartRecord:
    key = f"node/{node}/part/{more.get('serial') or name}"
    return PartRecord(key=key, scopes=(f"nodes/{node}/parts",), device=f"node/{node}", name=name, **more)


def assert_valid(*rows: Any) -> None:
    """What Nautobot would not save later would be a trap for the next person who edits it."""
    for row in rows:
        row.full_clean()


# -------------------------------------------------------------------------------------------------------------- VLANs


def test_a_vlan_that_the_system_defines_is_created_at_its_place_in_the_group_of_the_place(
    site: Site, pve: System
) -> None:
    group = VLANGroup.objects.create(name="WOW-DC", location=site.location)
    site.sync(pve, platform(), [vlan(300, "lab", description="For tests")], observed=SEEN)
    row = VLAN.objects.get(vid=300)
    assert (row.name, row.description, row.vlan_group, list(row.locations.all())) == (
        "lab",
        "For tests",
        group,
        [site.location],
    )
    assert_valid(row)
    assert ObjectChange.objects.get(changed_object_id=row.pk).action == "create"


def test_a_vlan_that_is_there_already_is_adopted_and_keeps_its_name(site: Site, pve: System) -> None:
    site.sync(pve, platform(), [vlan(100, "vnet100", description="From the SDN")], observed=SEEN)
    row = VLAN.objects.get(vid=100)
    assert (row.name, row.description) == ("apps", "From the SDN")
    assert not claim("vlan/100").created_object


def test_the_vlan_of_this_place_is_used_where_other_places_have_the_same_number(site: Site, pve: System) -> None:
    from nautobot.dcim.models import Location

    for name in ("Miami", "Orlando"):
        place = Location.objects.create(name=name, location_type=site.location.location_type, status=site.active)
        VLAN.objects.create(vid=10, name=f"{name} 10", status=site.active).locations.add(place)
    here = VLAN.objects.create(vid=10, name="here", status=site.active)
    here.locations.add(site.location)
    world = full(210, "web", "172.16.100.10")
    site.sync(pve, platform(), [vlan(10, "ten")], change(world, "lxc/210/net0", vid=10), observed=SEEN)
    assert vm("web").interfaces.get().untagged_vlan == here
    assert claim("vlan/10").object_id == here.pk


def test_a_card_is_put_on_a_vlan_that_comes_in_the_same_run(site: Site, pve: System) -> None:
    world = change(full(210, "web", "172.16.100.10"), "lxc/210/net0", vid=300)
    out = site.sync(pve, platform(), world, [vlan(300, "lab")], observed=SEEN)
    nic = vm("web").interfaces.get()
    assert (nic.mode, nic.untagged_vlan.name) == ("access", "lab")
    assert conflicts() == []
    assert_valid(nic)
    assert site.sync(pve, platform(), world, [vlan(300, "lab")], observed=SEEN).done == {}
    assert out.refused == {}


def test_a_card_whose_new_vlan_is_refused_is_refused_with_it_and_the_rest_is_written(site: Site, pve: System) -> None:
    group = VLANGroup.objects.create(name="WOW-DC", location=site.location)
    VLAN.objects.create(vid=301, name="lab", vlan_group=group, status=site.active)  # the name is taken in the group
    world = change(full(210, "web", "172.16.100.10"), "lxc/210/net0", vid=300) + full(220, "db", "172.16.100.20")
    out = site.sync(pve, platform(), world, [vlan(300, "lab")], observed=SEEN)
    assert set(out.refused) == {"vlan/300", "lxc/210/net0", "172.16.100.10"}
    assert out.refused["lxc/210/net0"] == "Nautobot has no VLAN 300 here"
    assert {"web", "db"} == {row.name for row in type(vm("db")).objects.all()}
    assert vm("web").primary_ip4 is None
    assert str(vm("db").primary_ip4) == "172.16.100.20/24"


def test_a_vlan_or_prefix_that_is_gone_is_deprecated_and_never_deleted(site: Site) -> None:
    pve = site.system(delete_policy=DeletePolicy.DELETE, grace_runs=1)
    networks = [vlan(300, "lab"), prefix("172.31.0.0/24", vid=300)]
    site.sync(pve, platform(), networks, observed=SEEN)
    site.sync(pve, platform(), observed=SEEN)
    assert VLAN.objects.get(vid=300).status.name == "Deprecated"
    assert Prefix.objects.get(network="172.31.0.0").status.name == "Deprecated"
    assert site.sync(pve, platform(), observed=SEEN).done == {}


def test_networks_are_not_missing_where_the_sdn_was_not_seen(site: Site) -> None:
    pve = site.system(grace_runs=1)
    site.sync(pve, platform(), [vlan(300, "lab"), prefix("172.31.0.0/24")], observed=SEEN)
    assert site.sync(pve, platform()).done == {}


def test_a_guest_knows_its_network_by_name_in_the_run_that_creates_it(site: Site, pve: System) -> None:
    world = full(210, "web", "172.31.0.10")
    networks = [vlan(300, "lab"), prefix("172.31.0.0/24", vid=300)]
    site.sync(pve, platform(), world, networks, observed=SEEN)
    assert vm("web").cf["network_profile"] == "lab"
    assert site.sync(pve, platform(), world, networks, observed=SEEN).done == {}


# ----------------------------------------------------------------------------------------------------------- prefixes


def test_a_prefix_that_the_system_defines_takes_in_the_addresses_that_lie_in_it(site: Site, pve: System) -> None:
    IPAddress.objects.create(address="10.7.7.7/32", namespace=site.namespace, status=site.active)
    site.sync(pve, platform(), [prefix("10.7.7.0/24", vid=100, description="Lab")], observed=SEEN)
    row = Prefix.objects.get(network="10.7.7.0")
    assert (str(row.parent), row.vlan, row.description) == ("10.0.0.0/8", site.vlan, "Lab")
    assert list(row.locations.all()) == [site.location]
    assert IPAddress.objects.get(host="10.7.7.7").parent == row
    assert_valid(row)


def test_an_address_in_a_prefix_that_comes_in_the_same_run_has_a_place(site: Site, pve: System) -> None:
    out = site.sync(pve, platform(), full(210, "web", "172.31.0.10"), [prefix("172.31.0.0/24")], observed=SEEN)
    assert out.refused == {}
    assert str(ip("172.31.0.10").parent) == "172.31.0.0/24"
    assert str(vm("web").primary_ip4) == "172.31.0.10/24"


def test_a_prefix_that_would_cut_a_range_in_two_is_refused_with_its_addresses(site: Site, pve: System) -> None:
    IPAddressRange.objects.create(
        start_address="10.7.7.200", end_address="10.7.8.20", namespace=site.namespace, status=site.active, name="cut"
    )
    records = [prefix("10.7.8.0/24"), prefix("172.31.0.0/24")]
    out = site.sync(pve, platform(), full(210, "web", "10.7.8.9"), records, observed=SEEN)
    assert set(out.refused) == {"prefix/10.7.8.0/24"}
    assert "lies partly in it" in out.refused["prefix/10.7.8.0/24"]
    assert str(ip("10.7.8.9").parent) == "10.0.0.0/8"


def test_an_adopted_prefix_keeps_what_people_wrote(site: Site, pve: System) -> None:
    Prefix.objects.filter(network="172.16.100.0").update(description="apps")
    out = site.sync(pve, platform(), [prefix("172.16.100.0/24", vid=0, description="vnet")], observed=SEEN)
    row = Prefix.objects.get(network="172.16.100.0")
    assert (row.description, row.vlan) == ("apps", site.vlan)
    assert out.done["prefix/172.16.100.0/24"] == "adopt"


# -------------------------------------------------------------------------------------------------------------- ports


PORTS = [
    port("eno1", type=PortType.OTHER, lag="bond0", vid=0, tagged=frozenset()),
    port("eno2", type=PortType.OTHER, lag="bond0", vid=0, tagged=frozenset()),
    port("bond0", type=PortType.LAG, bridge="vmbr0", vid=0, tagged=frozenset()),
    port("vmbr0", type=PortType.BRIDGE, vid=None, tagged=ALL_VLANS),
    port("vmbr0.100", type=PortType.VIRTUAL, parent="vmbr0", vid=100, tagged=frozenset()),
]


def test_bonds_bridges_and_vlan_interfaces_stand_on_each_other(site: Site, pve: System) -> None:
    hosts = [record for record in platform() if record.kind.value != "interface"]
    site.sync(pve, hosts, PORTS)
    rows = {row.name: row for row in Interface.objects.all()}
    assert rows["eno1"].lag == rows["eno2"].lag == rows["bond0"]
    assert rows["bond0"].bridge == rows["vmbr0"]
    assert rows["vmbr0.100"].parent_interface == rows["vmbr0"]
    assert (rows["vmbr0"].mode, rows["vmbr0.100"].mode) == ("tagged-all", "access")
    assert rows["vmbr0.100"].untagged_vlan == site.vlan
    assert_valid(*rows.values())
    with rows_written() as written:
        assert site.sync(pve, hosts, PORTS).done == {}
    assert written == {}


def test_a_member_leaves_its_bond(site: Site, pve: System) -> None:
    hosts = [record for record in platform() if record.kind.value != "interface"]
    site.sync(pve, hosts, PORTS)
    site.sync(pve, hosts, change(PORTS, "node/wow-prox1/eno2", lag=""))
    assert Interface.objects.get(name="eno2").lag is None
    assert Interface.objects.get(name="eno1").lag.name == "bond0"


def test_a_bond_that_is_refused_has_no_members(site: Site, pve: System) -> None:
    hosts = [record for record in platform() if record.kind.value != "interface"]
    out = site.sync(pve, hosts, change(PORTS, "node/wow-prox1/bond0", mtu=0))
    assert set(out.refused) == {"node/wow-prox1/bond0"}
    assert Interface.objects.get(name="eno1").lag is None


def test_an_interface_that_people_gave_another_type_is_no_member_of_a_bond_that_is_none(
    site: Site, pve: System
) -> None:
    hosts = [record for record in platform() if record.kind.value != "interface"]
    site.sync(pve, hosts, [])
    Interface.objects.create(
        device=Device.objects.get(name="wow-prox1"), name="bond0", type="10gbase-x-sfpp", status=site.active
    )
    site.sync(pve, hosts, PORTS)
    assert Interface.objects.get(name="bond0").type == "10gbase-x-sfpp"
    assert Interface.objects.get(name="eno1").lag is None
    assert_valid(*Interface.objects.all())


def test_an_interface_with_a_vlan_interface_that_people_made_is_not_deleted(site: Site) -> None:
    pve = site.system(delete_policy=DeletePolicy.DELETE, grace_runs=1)
    hosts = [record for record in platform() if record.kind.value != "interface"]
    site.sync(pve, hosts, PORTS)
    Interface.objects.create(
        device=Device.objects.get(),
        name="vmbr0.120",
        type="virtual",
        parent_interface=Interface.objects.get(name="vmbr0"),
        status=site.active,
    )
    out = site.sync(pve, hosts, without(PORTS, "node/wow-prox1/vmbr0"), unseen={})
    assert Interface.objects.filter(name="vmbr0.120").exists()
    assert "vmbr0.120" in out.refused["node/wow-prox1/vmbr0"]


# ------------------------------------------------------------------------------------------------------------- trunks


def test_a_trunk_carries_the_vlans_that_are_known_here_and_a_conflict_names_the_others(site: Site, pve: System) -> None:
    world = change(full(210, "router", "172.16.100.10"), "lxc/210/net0", vid=0, tagged=frozenset({100, 777, 778}))
    site.sync(pve, platform(), world)
    nic = vm("router").interfaces.get()
    assert nic.mode == "tagged"
    assert [row.vid for row in nic.tagged_vlans.all()] == [100]
    assert conflicts() == ["unknown-vlan"]
    assert Conflict.objects.get().title == "lxc/210/net0 is on VLAN 777, 778, and Nautobot does not know it here"
    with rows_written() as written:
        assert site.sync(pve, platform(), world).done == {}
    assert written == {}


def test_a_trunk_that_lets_everything_through_imports_no_vlans(site: Site, pve: System) -> None:
    site.sync(pve, platform(), change(full(210, "router", "172.16.100.10"), "lxc/210/net0", tagged=ALL_VLANS))
    nic = vm("router").interfaces.get()
    assert (nic.mode, nic.tagged_vlans.count(), VLAN.objects.count()) == ("tagged-all", 0, 1)
    assert conflicts() == []


def test_a_vlan_leaves_a_trunk_and_one_that_people_put_there_stays(site: Site, pve: System) -> None:
    VLAN.objects.create(vid=110, name="mgmt", status=site.active)
    by_hand = VLAN.objects.create(vid=120, name="by hand", status=site.active)
    world = change(full(210, "router", "172.16.100.10"), "lxc/210/net0", tagged=frozenset({100, 110}))
    site.sync(pve, platform(), world)
    vm("router").interfaces.get().tagged_vlans.add(by_hand)
    site.sync(pve, platform(), change(world, "lxc/210/net0", tagged=frozenset({110})))
    assert sorted(row.vid for row in vm("router").interfaces.get().tagged_vlans.all()) == [110, 120]


# -------------------------------------------------------------------------------------------------------------- parts


PARTS = [
    part("CPU", manufacturer="Intel", model="Xeon E5-2683 v4", description="2 x 16 cores, 64 threads"),
    part("Memory", description="256 GB"),
    part("sda", manufacturer="Samsung", model="PM863a", serial="S2NFNXAG", description="480 GB SSD"),
]


def test_parts_of_a_node_are_its_inventory(site: Site, pve: System) -> None:
    site.sync(pve, platform(), PARTS)
    disk = InventoryItem.objects.get(serial="S2NFNXAG")
    assert (disk.device.name, disk.name, disk.manufacturer.name, disk.part_id, disk.discovered) == (
        "wow-prox1",
        "sda",
        "Samsung",
        "PM863a",
        True,
    )
    assert_valid(*InventoryItem.objects.all())
    change_ = ObjectChange.objects.get(changed_object_id=disk.pk)
    assert (change_.action, change_.related_object_id) == ("create", disk.device_id)
    with rows_written() as written:
        assert site.sync(pve, platform(), PARTS).done == {}
    assert written == {}


def test_a_disk_that_is_another_device_after_a_boot_is_the_same_part(site: Site, pve: System) -> None:
    site.sync(pve, platform(), PARTS)
    before = InventoryItem.objects.get(serial="S2NFNXAG").pk
    site.sync(pve, platform(), change(PARTS, "node/wow-prox1/part/S2NFNXAG", name="sdb"))
    assert InventoryItem.objects.get(pk=before).name == "sdb"


def test_a_part_that_people_had_entered_is_adopted_by_its_serial_number(site: Site, pve: System) -> None:
    site.sync(pve, platform())
    mine = InventoryItem.objects.create(device=Device.objects.get(), name="Boot disk", serial="S2NFNXAG")
    site.sync(pve, platform(), PARTS)
    mine.refresh_from_db()
    assert (mine.name, mine.part_id) == ("Boot disk", "PM863a")


def test_a_part_that_is_gone_only_says_since_when(site: Site) -> None:
    pve = site.system(grace_runs=1)
    site.sync(pve, platform(), PARTS)
    site.sync(pve, platform(), PARTS[:2])
    assert InventoryItem.objects.count() == 3
    assert Claim.objects.get(external_id="node/wow-prox1/part/S2NFNXAG").missing_since


def test_parts_are_not_missing_where_they_may_not_be_seen(site: Site) -> None:
    pve = site.system(grace_runs=1)
    site.sync(pve, platform(), PARTS)
    out = site.sync(pve, platform(), unseen={"nodes/wow-prox1/parts": "the token lacks Sys.Audit"})
    assert out.done == {}


def test_what_is_not_valid_is_refused_by_name(site: Site, pve: System) -> None:
    out = site.sync(pve, platform(), [vlan(4095, "too high"), vlan(300, "lab")], observed=SEEN)
    assert set(out.refused) == {"vlan/4095"}
    assert VLAN.objects.filter(vid=300).exists()
    with pytest.raises(ValidationError):
        VLAN(vid=4095, name="too high", status=site.active).full_clean()
