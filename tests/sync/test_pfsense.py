"""The lab's firewall, read over its socket and reconciled: what becomes what, and what failures must not do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from nautobot.dcim.models import Device, Interface
from nautobot.extras.models import ObjectChange
from nautobot.ipam.models import VLAN, IPAddress, IPAddressRange, Prefix

from development.inside.seed import Planter
from nautobot_wow.errors import SourceError
from nautobot_wow.models import Claim, Conflict, Sighting, System
from nautobot_wow.reconcile.changelog import ChangeLog
from nautobot_wow.reconcile.run import Run
from nautobot_wow.systems.credentials import connection_of
from tests.reconcile.site import rows_written
from tests.sync.estate import Estate

pytestmark = pytest.mark.django_db

POOLS = ("172.16.100.50", "172.16.110.50")
ROW = {
    "name": "wow-pfsense",
    "kind": "pfsense",
    "description": "The firewall",
    "location": "WOW-DC",
    "lab": "pfsense",
}


class Wall:
    """The firewall's System, and runs of it."""

    def __init__(self, estate: Estate, folder: Path) -> None:
        self.estate = estate
        facts = estate.lab.side("pfsense").describe()
        for name in ("username", "key"):
            (folder / f"pfsense_{name}").write_text(facts[name])
        self.system = Planter().asked(ROW, {"pfsense": facts, "secrets": str(folder)})

    def change(self, **values: Any) -> None:
        self.estate.lab.change("side", slug="pfsense", **values)

    def fault(self, action: str, **how: Any) -> None:
        self.estate.lab.change("side_fault", slug="pfsense", action=action, **how)

    def sync(self, *, refuses: int = 0) -> Run:
        """Read, decide and write, as the Job does; `refuses` is how many objects shall be refused."""
        system = System.objects.get(pk=self.system.pk)
        kind = system.system_kind
        run = Run(system, kind.read(connection_of(system), kind.options(**system.options)))
        run.decide()
        run.guard()
        if any(change.writes for change in run.changes):
            run.source.sync_to(run.target, diff=run.source.diff_to(run.target))
        refused = run.refusals(run.apply(ChangeLog.from_user(self.estate.user), user=self.estate.user))
        assert len(refused) == refuses, refused
        return run

    def options(self, **values: Any) -> None:
        system = System.objects.get(pk=self.system.pk)
        system.options = {**system.options, **values}
        system.save()

    def claimed(self, kind: str) -> set[str]:
        return set(Claim.objects.filter(system=self.system, kind=kind).values_list("external_id", flat=True))


@pytest.fixture
def wall(estate: Estate, tmp_path: Path) -> Wall:
    return Wall(estate, tmp_path)


@pytest.fixture
def design(estate: Estate) -> Iterator[Callable[[], Any]]:
    """Read the whole design, hardware included."""
    return estate.design


def test_the_firewall_is_there_with_its_ports_networks_pools_and_addresses_and_valid(wall: Wall) -> None:
    wall.sync()
    device = Device.objects.get(name="pfsense")
    assert (device.role.name, device.serial, device.platform.name) == ("Firewall", "1822210042", "pfSense")
    assert (device.software_version.version, str(device.primary_ip4)) == ("2.8.1-RELEASE", "10.1.1.1/24")
    ports = {port.name: port for port in device.interfaces.all()}
    assert set(ports) == {"ix0", "ix3", "ix4", "ix5", "ix5.110", "ix5.130", "ix5.160"}
    assert ports["ix5.110"].parent_interface == ports["ix5"]
    assert (ports["ix5.110"].type, ports["ix5.110"].untagged_vlan.vid) == ("virtual", 110)
    assert sorted(ports["ix5"].tagged_vlans.values_list("vid", flat=True)) == [110, 130, 160]
    assert (ports["ix0"].enabled, ports["ix3"].speed) == (False, 10_000_000)
    gateway = IPAddress.objects.get(host="172.16.110.1")
    assert (gateway.role.name, [port.name for port in gateway.interfaces.all()]) == ("Gateway", ["ix5.110"])
    assert {row.role.name for row in IPAddressRange.objects.filter(start_host__in=POOLS)} == {"DHCP"}
    for model in (Device, Interface, VLAN, Prefix, IPAddressRange, IPAddress):
        for row in model.objects.all():
            row.full_clean()


def test_a_second_run_writes_nothing(wall: Wall) -> None:
    wall.sync()
    with rows_written() as written:
        assert wall.sync().changes == []
    assert written == {}


def test_beside_the_design_it_is_the_same_device_and_neither_writes_again(wall: Wall, design: Any) -> None:
    design()
    before = Device.objects.get(name="pfsense")
    wall.sync()
    after = Device.objects.get(name="pfsense")
    assert after.pk == before.pk
    assert (after.position, after.face, after.device_type.model, after.serial) == (42, "front", "1537", "1822210042")
    assert after.interfaces.get(name="ix4").type == "10gbase-x-sfpp", "what plug it is, the design knows"
    assert IPAddressRange.objects.filter(role__name="DHCP").count() == 2
    with rows_written() as written:
        assert design().changes == []
        assert wall.sync().changes == []
    assert written == {}
    assert not Conflict.objects.filter(state="open").exists()


def test_the_design_may_come_second(wall: Wall, design: Any) -> None:
    wall.sync()
    before = Device.objects.get(name="pfsense")
    design()
    after = Device.objects.get(name="pfsense")
    assert (after.pk, after.position) == (before.pk, 42)
    wall.sync()
    with rows_written() as written:
        assert design().changes == []
        assert wall.sync().changes == []
    assert written == {}


def test_beside_proxmox_they_agree_and_neither_writes_again(wall: Wall) -> None:
    wall.estate.sync()
    wall.sync()
    wall.estate.sync()
    wall.sync()
    with rows_written() as written:
        assert wall.estate.sync()[0].changes == []
        assert wall.sync().changes == []
    assert written == {}
    address = IPAddress.objects.get(host="172.16.110.76")
    assert (address.type, address.dns_name) == ("dhcp", "wow-clawdbot")
    assert address.vm_interfaces.get().virtual_machine.name == "wow-clawdbot"
    assert {"dhcp", "proxmox"} == set(address.tags.values_list("name", flat=True))


def test_a_static_mapping_is_tagged_and_its_own_addresses_are_not(wall: Wall) -> None:
    wall.sync()
    assert set(IPAddress.objects.filter(tags__name="dhcp").values_list("host", flat=True)) == {"172.16.110.76"}


def test_leases_and_arp_are_sightings_on_ports_and_no_addresses(wall: Wall) -> None:
    wall.sync()
    assert not IPAddress.objects.filter(host="172.16.100.54").exists()
    rows = {row.source: row for row in Sighting.objects.filter(host="172.16.100.54")}
    assert {source: (row.mac, row.name) for source, row in rows.items()} == {
        "arp": ("B8:27:EB:54:00:54", ""),
        "lease": ("B8:27:EB:54:00:54", "raspberrypi"),
    }
    assert rows["arp"].interface.name == "ix3"
    assert Sighting.objects.get(host="172.16.110.211").vid == 110
    assert Sighting.objects.filter(source="static-map").count() == 1


def test_leases_are_addresses_where_the_system_asks_for_it(wall: Wall) -> None:
    wall.options(lease_addresses=True)
    wall.sync()
    assert IPAddress.objects.get(host="172.16.100.54").type == "dhcp"
    System.objects.update(grace_runs=1)
    wall.change(backend="kea")
    run = wall.sync()
    assert "leases" in run.snapshot.unseen
    assert [change for change in run.changes if change.action.value in ("missing", "retire", "delete")] == []
    assert IPAddress.objects.get(host="172.16.100.54").status.name == "Active"


def test_leases_that_come_and_go_leave_the_change_log_alone(wall: Wall) -> None:
    wall.sync()
    before = ObjectChange.objects.count()
    hosts = wall.estate.lab.world.fabric.hosts
    hosts[:] = [host for host in hosts if not host.dhcp]
    assert wall.sync().changes == []
    assert ObjectChange.objects.count() == before
    assert Sighting.objects.filter(host="172.16.100.54", source="lease").count() == 1, "who had it on Tuesday"


def test_routes_and_names_are_kept_on_the_system(wall: Wall) -> None:
    wall.sync()
    tables = {table["title"]: table for table in System.objects.get(pk=wall.system.pk).context["tables"]}
    overrides = tables["Host overrides"]
    assert overrides["columns"][:2] == ["name", "addresses"]
    assert [row[0] for row in overrides["rows"]] == ["wow-pihole1.wow.example", "traefik.wow.example"]
    named = tables["Interfaces"]["columns"].index("interface")
    assert {row[named] for row in tables["Interfaces"]["rows"]} >= {"WAN", "TRANSIT", "APPS"}


@pytest.mark.parametrize(
    ("action", "command"),
    [
        ("half", "config.xml"),
        ("cut", "config.xml"),
        ("drop", "arp"),
        ("garbage", "config.xml"),
        ("error", "config.xml"),
    ],
)
def test_a_failure_deletes_nothing_and_harms_no_other_system(wall: Wall, action: str, command: str) -> None:
    wall.estate.sync()
    wall.sync()
    System.objects.update(grace_runs=1)
    wall.fault(action, command=command)
    with rows_written() as written, pytest.raises(SourceError, match="wow-pfsense: "):
        wall.sync()
    assert written == {}
    assert wall.estate.sync()[0].changes == []


@pytest.mark.parametrize("command", ["ifconfig", "arp", "netstat", "dhcpd.leases"])
@pytest.mark.parametrize("action", ["error", "garbage"])
def test_a_table_that_was_not_read_takes_nothing_away(wall: Wall, action: str, command: str) -> None:
    wall.sync()
    System.objects.update(grace_runs=1)
    before = {kind: wall.claimed(kind) for kind in ("device", "interface", "address", "range", "prefix", "vlan")}
    wall.fault(action, command=command)
    run = wall.sync()
    assert len(run.snapshot.unseen) == 1
    assert [change for change in run.changes if change.action.value != "update"] == []
    assert {kind: wall.claimed(kind) for kind in before} == before


def test_a_scope_that_is_switched_off_is_gone_and_one_that_cannot_be_read_is_not(wall: Wall) -> None:
    wall.sync()
    System.objects.update(grace_runs=1)
    broken = "<dhcpd><opt1><enable/><range><from>172.16.100.60</from><to>nonsense</to></range></opt1></dhcpd>"
    networks = wall.estate.lab.world.networks
    apps = next(network for network in networks if network.name == "apps")
    apps.dhcp = None
    wall.change(more_xml=broken)
    run = wall.sync(refuses=1)
    assert "config/dhcp" in run.snapshot.unseen
    assert IPAddressRange.objects.get(start_host="172.16.100.50").status.name == "Active"
    wall.change(more_xml="")
    assert [(change.key, change.action.value) for change in wall.sync().changes] == [("range/opt1", "release")]
