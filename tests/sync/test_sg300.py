"""The lab's access switch in Nautobot: the same Device as the design's, its ports and VLANs, and who is heard where."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from nautobot.dcim.models import Device, Interface, InventoryItem
from nautobot.ipam.models import VLAN, IPAddress

from nautobot_wow.errors import SourceError, Unreachable
from nautobot_wow.models import Conflict, Sighting, System
from tests.sync.estate import BoxEstate

pytestmark = pytest.mark.django_db

BOX = "cisco-sg300-28"


class SwitchEstate(BoxEstate):
    """Nautobot with the lab's Systems, of which the switch is the one that is read."""

    slug = "sg300"
    name = "wow-sg300"


@pytest.fixture
def estate(db: None, world: Any, tmp_path: Path) -> SwitchEstate:
    return SwitchEstate(world, tmp_path)


# ---------------------------------------------------------------------------------------------------- what becomes what


def test_the_switch_becomes_a_device_with_28_ports(estate: SwitchEstate) -> None:
    run, written = estate.sync()
    assert run.refusals(written) == []
    switch = estate.device
    assert (switch.name, switch.serial, switch.role.name) == (BOX, "DNI1713A0BK", "Switch")
    assert (switch.platform.name, switch.software_version.version) == ("Cisco Small Business", "1.4.11.5")
    assert str(switch.primary_ip4.host) == "10.1.1.2"
    assert switch.interfaces.count() == 29
    assert estate.port("gi1").type == "1000base-t"


def test_ports_have_description_speed_mode_and_vlans(estate: SwitchEstate) -> None:
    estate.sync()
    access, trunk, dead = estate.port("gi25"), estate.port("gi27"), estate.port("gi26")
    assert (access.mode, access.untagged_vlan.vid, access.description) == ("access", 100, "wow-10gb-mik-sw management")
    assert (trunk.mode, trunk.untagged_vlan, [vlan.vid for vlan in trunk.tagged_vlans.all()]) == ("tagged", None, [100])
    assert (access.speed, dead.speed, dead.untagged_vlan.vid) == (1_000_000, None, 1)


def test_the_default_vlan_is_there_and_the_designs_keeps_its_name(estate: SwitchEstate) -> None:
    estate.sync()
    assert dict(VLAN.objects.filter(vid__in=[1, 100]).values_list("vid", "name")) == {1: "VLAN0001", 100: "apps"}


def test_the_switchs_own_address_is_on_its_vlan_interface(estate: SwitchEstate) -> None:
    estate.sync()
    carrier = estate.port("vlan 1")
    assert (carrier.type, carrier.mac_address) == ("virtual", "54:78:1A:2B:30:00")
    assert [str(address) for address in carrier.ip_addresses.all()] == ["10.1.1.2/24"]


def test_cards_and_neighbours_are_sightings_on_their_ports(estate: SwitchEstate) -> None:
    estate.sync()
    heard = Sighting.objects.get(mac="B8:27:EB:54:00:54", source="mac-table")
    assert (heard.interface, heard.vid, heard.where) == (estate.port("gi5"), 100, "gi5")
    far = Sighting.objects.get(source="neighbour", where="gi25")
    assert (far.interface, far.name, far.far_port) == (estate.port("gi25"), "wow-10gb-mik-sw", "ether1")
    assert not Sighting.objects.filter(mac="54:78:1A:2B:30:00").exists()


def test_the_gateway_is_shown_on_the_page_of_the_system(estate: SwitchEstate) -> None:
    estate.sync()
    table = {"title": "Default gateways", "columns": ["gateway"], "rows": [["10.1.1.1"]]}
    assert System.objects.get(name="wow-sg300").context == {"tables": [table]}


def test_a_port_channel_and_a_transceiver_are_read_and_go_again(estate: SwitchEstate) -> None:
    for name in ("gi27", "gi28"):
        estate.lab.change("set_box_port", box=BOX, port=name, lag="Po1", media="combo-fiber")
    estate.lab.change("set_box_port", box=BOX, port="Po1", native=None, tagged=[100], description="to the core")
    estate.sync()
    assert estate.port("gi27").lag == estate.port("Po1")
    assert (estate.port("Po1").type, estate.port("Po1").mode) == ("lag", "tagged")
    assert InventoryItem.objects.filter(device=estate.device, serial="FNS00000027").exists()
    run, _ = estate.sync()
    assert run.changes == []


# --------------------------------------------------------------------------------------------- beside the site's design


@pytest.mark.parametrize("design_first", [True, False])
def test_the_designs_device_is_the_same_one_and_neither_undoes_the_other(
    estate: SwitchEstate, design_first: bool
) -> None:
    if design_first:
        estate.design()
    estate.sync()
    estate.design()
    estate.sync()
    (switch,) = Device.objects.filter(name=BOX)
    assert (switch.position, switch.face, switch.serial) == (42, "rear", "DNI1713A0BK")
    assert switch.device_type.model == "SG300-28"
    assert switch.interfaces.count() == 29
    assert estate.design().changes == []
    run, _ = estate.sync()
    assert run.changes == []
    assert not Conflict.objects.filter(state="open", title__contains=BOX).exists()


def test_proxmox_and_the_switch_leave_each_other_alone(estate: SwitchEstate) -> None:
    estate.sync()
    switch = estate.system
    estate.system = estate.proxmox
    estate.sync(times=2)
    estate.system = switch
    run, _ = estate.sync()
    assert run.changes == []


# ------------------------------------------------------------------------------------------ a second run, and accidents


def test_a_second_run_writes_nothing(estate: SwitchEstate) -> None:
    estate.sync()
    run, _ = estate.sync()
    assert run.changes == []


@pytest.mark.parametrize(
    ("action", "command"), [("drop", "show vlan"), ("garbage", "show version"), ("half", "show interfaces status")]
)
def test_a_reading_that_broke_off_changes_nothing(estate: SwitchEstate, action: str, command: str) -> None:
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


@pytest.mark.parametrize("command", ["show vlan", "show interfaces status", "show ip interface", "show inventory"])
def test_a_table_that_cannot_be_read_deletes_and_blanks_nothing(estate: SwitchEstate, command: str) -> None:
    estate.lab.change("set_box_port", box=BOX, port="gi28", media="combo-fiber")
    estate.set(delete_policy="delete", grace_runs=1)
    estate.sync()
    estate.fault("garbage", command)
    run, _ = estate.sync(times=2)
    assert run.changes == []


def test_other_systems_go_on_while_the_switch_is_silent(estate: SwitchEstate) -> None:
    estate.lab.change("side", slug="sg300", refuses=True)
    with pytest.raises(Unreachable):
        estate.sync()
    estate.system = estate.proxmox
    _, written = estate.sync()
    assert written is not None
    assert IPAddress.objects.filter(host="172.16.100.10").exists()


def test_a_port_that_the_world_changed_is_changed_and_nothing_else(estate: SwitchEstate) -> None:
    estate.sync()
    estate.lab.change("set_box_port", box=BOX, port="gi9", description="printer", native=100)
    run, _ = estate.sync()
    assert [(change.kind.value, change.key) for change in run.changes] == [("interface", "switch/gi9")]
    assert (estate.port("gi9").description, estate.port("gi9").untagged_vlan.vid) == ("printer", 100)
