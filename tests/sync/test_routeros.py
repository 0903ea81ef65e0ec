"""The lab's core switch in Nautobot: the same Device as the design's, its ports and VLANs, and who is heard where."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from nautobot.dcim.models import Device, Interface, InventoryItem
from nautobot.ipam.models import VLAN, IPAddress, IPAddressRange

from nautobot_wow.errors import SourceError, Unreachable
from nautobot_wow.models import Conflict, Sighting, System
from tests.sync.estate import BoxEstate

pytestmark = pytest.mark.django_db

BOX = "wow-10gb-mik-sw"


class RouterEstate(BoxEstate):
    """Nautobot with the lab's Systems, of which the core switch is the one that is read."""

    slug = "routeros"
    name = "wow-crs317"

    def rows(self, **menus: list[dict[str, str]]) -> None:
        """Give the router more rows; a menu is written ip_pool for /ip/pool."""
        rows = {f"/{menu.replace('__', '-').replace('_', '/')}": found for menu, found in menus.items()}
        self.lab.change("set_box", box=BOX, values={"rows": rows})


@pytest.fixture
def estate(db: None, world: Any, tmp_path: Path) -> RouterEstate:
    return RouterEstate(world, tmp_path)


# ---------------------------------------------------------------------------------------------------- what becomes what


def test_the_router_becomes_a_device_with_its_ports(estate: RouterEstate) -> None:
    run, written = estate.sync()
    assert run.refusals(written) == []
    router = estate.device
    assert (router.name, router.serial, router.role.name) == (BOX, "HGC09T1QR6V", "Switch")
    assert (router.platform.name, router.software_version.version) == ("MikroTik RouterOS", "7.18.2")
    assert str(router.primary_ip4.host) == "172.16.100.50"
    assert router.interfaces.count() == 18
    assert estate.port("sfp-sfpplus1").type == "10gbase-x-sfpp"


def test_ports_have_description_speed_mode_and_vlans(estate: RouterEstate) -> None:
    estate.sync()
    access, trunk, both = (estate.port(f"sfp-sfpplus{number}") for number in (1, 2, 3))
    assert (access.mode, access.untagged_vlan.vid, access.description) == ("access", 100, "pfsense apps")
    assert (trunk.mode, trunk.untagged_vlan) == ("tagged", None)
    assert sorted(vlan.vid for vlan in trunk.tagged_vlans.all()) == [110, 120, 130, 160]
    assert (both.mode, both.untagged_vlan.vid) == ("tagged", 100)
    assert (access.speed, access.bridge) == (10_000_000, estate.port("bridge"))


def test_modules_bonds_and_pools_are_there(estate: RouterEstate) -> None:
    for name in ("sfp-sfpplus13", "sfp-sfpplus14"):
        estate.lab.change("set_box_port", box=BOX, port=name, lag="bond1")
    estate.lab.change("set_box_port", box=BOX, port="bond1", native=160)
    estate.rows(
        ip_dhcp__server=[{"name": "dhcp1", "interface": "ether1", "address-pool": "pool1"}],
        ip_pool=[{"name": "pool1", "ranges": "172.16.120.60-172.16.120.69"}],
    )
    estate.sync()
    assert estate.port("sfp-sfpplus13").lag == estate.port("bond1")
    assert estate.port("bond1").type == "lag"
    item = InventoryItem.objects.get(device=estate.device, name="sfp-sfpplus1")
    assert (item.part_id, item.serial) == ("S+85DLC03D", "S8AC11701")
    found = IPAddressRange.objects.get(name="pool1")
    assert (str(found.start_host), str(found.end_host), found.role.name) == ("172.16.120.60", "172.16.120.69", "DHCP")
    run, _ = estate.sync()
    assert run.changes == []


def test_cards_arp_leases_and_neighbours_are_sightings_on_their_ports(estate: RouterEstate) -> None:
    lease = {"address": "172.16.100.77", "mac-address": "3C:7C:3F:00:00:77", "status": "bound", "host-name": "no"}
    estate.rows(ip_dhcp__server_lease=[lease])
    estate.sync()
    heard = Sighting.objects.get(mac="24:6E:96:00:04:02", source="mac-table", vid=160)
    assert (heard.interface, heard.where) == (estate.port("sfp-sfpplus12"), "sfp-sfpplus12")
    far = Sighting.objects.get(source="neighbour", where="ether1")
    assert (far.interface, far.name, far.far_port) == (estate.port("ether1"), "cisco-sg300-28", "gi25")
    assert Sighting.objects.get(source="lease").name == "no"
    assert Sighting.objects.filter(source="arp", mac="90:EC:77:1F:00:03").exists()
    assert not Sighting.objects.filter(mac__startswith="48:A9:8A:C1:17").exists()


def test_routes_are_shown_on_the_page_of_the_system(estate: RouterEstate) -> None:
    estate.sync()
    tables = {table["title"]: table for table in System.objects.get(name="wow-crs317").context["tables"]}
    (row,) = tables["Routes"]["rows"]
    route = dict(zip(tables["Routes"]["columns"], row, strict=True))
    assert (route["destination"], route["gateway"]) == ("0.0.0.0/0", "172.16.100.1")


# --------------------------------------------------------------------------------------------- beside the site's design


@pytest.mark.parametrize("design_first", [True, False])
def test_the_designs_device_is_the_same_one_and_neither_undoes_the_other(
    estate: RouterEstate, design_first: bool
) -> None:
    if design_first:
        estate.design()
    estate.sync()
    estate.design()
    estate.sync()
    (router,) = Device.objects.filter(name=BOX)
    assert (router.position, router.serial, router.device_type.model) == (41, "HGC09T1QR6V", "CRS317-1G-16S+")
    assert router.interfaces.count() == 18
    assert dict(VLAN.objects.filter(vid__in=[100, 160]).values_list("vid", "name")) == {100: "apps", 160: "storage"}
    assert estate.design().changes == []
    run, _ = estate.sync()
    assert run.changes == []


def test_proxmox_and_the_router_leave_each_other_alone(estate: RouterEstate) -> None:
    estate.sync()
    router = estate.system
    estate.system = estate.proxmox
    estate.sync(times=2)
    estate.system = router
    run, _ = estate.sync()
    assert run.changes == []


# ------------------------------------------------------------------------------------------ a second run, and accidents


def test_a_second_run_writes_nothing(estate: RouterEstate) -> None:
    estate.sync()
    run, _ = estate.sync()
    assert run.changes == []


@pytest.mark.parametrize(
    ("action", "command"),
    [("drop", "/ip/address"), ("garbage", "/interface/vlan"), ("half", "^/interface/print"), ("fatal", "/ip/arp")],
)
def test_a_reading_that_broke_off_changes_nothing(estate: RouterEstate, action: str, command: str) -> None:
    estate.sync()
    before = list(Interface.objects.order_by("pk").values_list("pk", "status__name", "mode"))
    estate.fault(action, command)
    integration = estate.system.external_integration
    integration.timeout = 1
    integration.save()
    estate.set()
    with pytest.raises(SourceError):
        estate.sync()
    assert list(Interface.objects.order_by("pk").values_list("pk", "status__name", "mode")) == before
    estate.lab.change("reset")
    run, _ = estate.sync()
    assert run.changes == []


@pytest.mark.parametrize("action", ["trap", "missing", "nonsense"])
def test_tables_that_cannot_be_read_delete_and_blank_nothing(estate: RouterEstate, action: str) -> None:
    estate.set(delete_policy="delete", grace_runs=1)
    estate.sync()
    estate.fault(action, "^/(interface|ip|system/routerboard)")
    run, _ = estate.sync(times=2)
    assert run.changes == []


@pytest.mark.parametrize(
    "menu", ["interface", "interface/ethernet", "interface/bridge", "interface/bridge/port", "interface/bridge/vlan"]
)
def test_one_menu_that_fails_changes_nothing(estate: RouterEstate, menu: str) -> None:
    estate.set(delete_policy="delete", grace_runs=1)
    estate.sync()
    estate.fault("trap", f"^/{menu}/print$")
    run, _ = estate.sync(times=2)
    assert run.changes == []


def test_other_systems_go_on_while_the_router_is_silent(estate: RouterEstate) -> None:
    estate.lab.change("side", slug="routeros", refuses=True)
    with pytest.raises(Unreachable):
        estate.sync()
    estate.system = estate.proxmox
    _, written = estate.sync()
    assert written is not None
    assert IPAddress.objects.filter(host="172.16.100.10").exists()


def test_a_port_that_the_world_changed_is_changed_and_nothing_else(estate: RouterEstate) -> None:
    estate.sync()
    estate.lab.change("set_box_port", box=BOX, port="sfp-sfpplus15", description="printer", native=160)
    run, _ = estate.sync()
    written = [(change.kind.value, change.key) for change in run.changes if change.writes]
    assert written == [("interface", "router/sfp-sfpplus15")], "VLAN 1 lost its last port and is only noted as missing"
    assert (estate.port("sfp-sfpplus15").description, estate.port("sfp-sfpplus15").untagged_vlan.vid) == (
        "printer",
        160,
    )


def test_no_conflict_is_opened_by_a_world_that_agrees(estate: RouterEstate) -> None:
    estate.design()
    estate.sync()
    titles = Conflict.objects.filter(state="open").values_list("title", flat=True)
    assert [title for title in titles if "sfp-sfpplus" in title] == []
