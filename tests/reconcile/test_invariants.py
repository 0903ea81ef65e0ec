"""What the engine wrote is what Nautobot would have written: column by column, link by link, log by log.

Each step is first done by hand with `validated_save()`, looked at and undone; then the engine does it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from nautobot.dcim.models import Device, DeviceClusterAssignment, DeviceType, Interface, Platform, SoftwareVersion
from nautobot.extras.context_managers import web_request_context
from nautobot.extras.models import CustomField, ObjectChange, Role, Status, Tag, TaggedItem
from nautobot.ipam.models import IPAddress, IPAddressToInterface
from nautobot.virtualization.models import Cluster, ClusterType, VirtualMachine, VMInterface

from nautobot_wow.models import System
from nautobot_wow.records import Power
from tests.reconcile.estate import address, change, full, mac, platform, port, without
from tests.reconcile.site import Site, conflicts, vm

pytestmark = pytest.mark.django_db

WEB, SIX, NODE = "172.16.100.10", "2001:db8::10", "10.0.0.9"
MODELS = (Cluster, Device, Interface, VirtualMachine, VMInterface, IPAddress)
LINKS = (IPAddressToInterface, DeviceClusterAssignment, TaggedItem)
SUPPORT = (Platform, SoftwareVersion, Tag)
DIFFERS = {"id", "created", "last_updated", "object_id"}


# --------------------------------------------------------------------------------------------------------- the picture


def rows_of(model: Any) -> list[dict[str, Any]]:
    """Return every row with every column; what a key points at is shown by its name."""
    found = []
    for row in model.objects.all():
        columns = {
            field.name: str(getattr(row, field.name)) if field.is_relation else getattr(row, field.attname)
            for field in model._meta.concrete_fields
            if field.name not in DIFFERS
        }
        if model is TaggedItem:
            columns["on"] = str(row.content_object)
        found.append(columns)
    return sorted(found, key=repr)


def logged(since: int) -> list[tuple[str, str, str]]:
    rows = ObjectChange.objects.order_by("time")[since:]
    return sorted((row.action, row.changed_object_type.model, row.object_repr) for row in rows)


def picture() -> dict[str, Any]:
    return {model.__name__: rows_of(model) for model in (*MODELS, *LINKS, *SUPPORT)}


def by_hand(site: Site, steps: Callable[[], None]) -> tuple[dict[str, Any], list[tuple[str, str, str]]]:
    """Do the steps as a person would, and return how Nautobot looks then; then undo them."""
    since = ObjectChange.objects.count()
    with transaction.atomic():
        with web_request_context(site.user):
            steps()
        seen = picture(), logged(since)
        transaction.set_rollback(True)
    return seen


def assert_same(site: Site, steps: Callable[[], None], sync: Callable[[], Any]) -> None:
    """The engine leaves what the steps by hand leave, in the tables and in the change log."""
    expected, expected_log = by_hand(site, steps)
    since = ObjectChange.objects.count()
    out = sync()
    assert out.refused == {}
    found = picture()
    for name, rows in expected.items():
        assert found[name] == rows, name
    interesting = {model._meta.model_name for model in MODELS}
    assert [row for row in logged(since) if row[1] in interesting] == [
        row for row in expected_log if row[1] in interesting
    ]
    for model in MODELS:
        for row in model.objects.all():
            row.full_clean()


# ---------------------------------------------------------------------------------------------------------- the steps


@pytest.fixture
def status() -> Callable[[str], Status]:
    return lambda name: Status.objects.get(name=name)


@pytest.fixture
def world(site: Site) -> list[Any]:
    """A node with an address, and a guest with everything that a guest can have."""
    CustomField.objects.create(key="rack_unit", label="rack_unit", type="integer", default=7).content_types.set(
        ContentType.objects.get_for_models(*MODELS).values()
    )
    said: dict[str, Any] = {
        "description": "the shop",
        "platform": "Debian 12",
        "tags": frozenset({"gold", "shop"}),
        "primary_ip6": SIX,
    }
    records = platform() + [address(NODE, "node/wow-prox1/vmbr0", mask_length=8)]
    records = change(records, "node/wow-prox1", primary_ip4=NODE)
    records = change(records, "node/wow-prox1/vmbr0", mac="BC:24:11:AA:00:01", mtu=9000, description="uplink")
    records += full(210, "web", WEB, **said) + [address(SIX, "lxc/210/net0", mask_length=64)]
    return change(records, "lxc/210/net0", vid=100, mtu=1400, description="front")


@pytest.fixture
def created(site: Site, pve: System, world: list[Any]) -> list[Any]:
    assert site.sync(pve, world).refused == {}
    return world


def create(site: Site) -> None:
    """What a person would do to have the world in Nautobot."""
    active = site.active
    cluster = Cluster(name="wow-prox1", cluster_type=ClusterType.objects.get(name="Proxmox VE"), location=site.location)
    cluster.validated_save()
    proxmox = Platform.objects.get(name="Proxmox VE")
    release = SoftwareVersion(platform=proxmox, version="9.1.3", status=active)
    release.validated_save()
    device = Device(
        name="wow-prox1",
        device_type=DeviceType.objects.get(model="Unknown", manufacturer__name="Unknown"),
        role=Role.objects.get(name="Hypervisor"),
        location=site.location,
        status=active,
        platform=proxmox,
        software_version=release,
    )
    device.validated_save()
    DeviceClusterAssignment(device=device, cluster=cluster).validated_save()
    port = Interface(
        device=device,
        name="vmbr0",
        type="bridge",
        status=active,
        mac_address="BC:24:11:AA:00:01",
        mtu=9000,
        description="uplink",
    )
    port.validated_save()
    debian = Platform(name="Debian 12")
    debian.validated_save()
    machine = VirtualMachine(
        name="web",
        cluster=cluster,
        status=active,
        platform=debian,
        vcpus=2,
        memory=2048,
        disk=20,
        comments="the shop",
    )
    machine.cf.update(
        proxmox_vmid=210,
        proxmox_node="wow-prox1",
        proxmox_vmtype="lxc",
        ansible_host=WEB,
        network_profile="apps",
    )
    machine.validated_save()
    for name in ("gold", "shop"):
        tag = Tag(name=name)
        tag.validated_save()
        tag.content_types.add(ContentType.objects.get_for_model(VirtualMachine))
        machine.tags.add(tag)
    nic = VMInterface(
        virtual_machine=machine,
        name="net0",
        status=active,
        mac_address=mac(210),
        mtu=1400,
        mode="access",
        untagged_vlan=site.vlan,
        description="front",
    )
    nic.validated_save()
    give(site, f"{NODE}/8", interface=port)
    give(site, f"{WEB}/24", vm_interface=nic)
    give(site, f"{SIX}/64", vm_interface=nic)
    device.primary_ip4 = IPAddress.objects.get(host=NODE)
    device.validated_save()
    machine.primary_ip4 = IPAddress.objects.get(host=WEB)
    machine.primary_ip6 = IPAddress.objects.get(host=SIX)
    machine.validated_save()


def give(site: Site, text: str, **carrier: Any) -> None:
    row = IPAddress(address=text, status=site.active, namespace=site.namespace, type="host")
    row.validated_save()
    row.tags.add(Tag.objects.get(name="proxmox"))
    IPAddressToInterface(ip_address=row, **carrier).validated_save()


class TestWrittenAsNautobotWould:
    def test_create(self, site: Site, pve: System, world: list[Any]) -> None:
        assert_same(site, lambda: create(site), lambda: site.sync(pve, world))

    def test_update(self, site: Site, pve: System, created: list[Any], status: Callable[[str], Status]) -> None:
        news = change(
            created,
            "lxc/210",
            name="www",
            power=Power.OFF,
            memory_mb=4096,
            node="wow-prox2",
            platform="Debian 13",
            tags=frozenset({"gold", "new"}),
        )
        news = change(news, "lxc/210/net0", mac="BC:24:11:BB:00:01", vid=0, mtu=1500, enabled=False)
        news = change(news, "node/wow-prox1", version="9.2.0")
        news = change(news, WEB, mask_length=25)

        def steps() -> None:
            machine = vm("web")
            machine.name, machine.status, machine.memory = "www", status("Offline"), 4096
            machine.cf["proxmox_node"] = "wow-prox2"
            machine.platform = Platform(name="Debian 13")
            machine.platform.validated_save()
            machine.validated_save()
            tag = Tag(name="new")
            tag.validated_save()
            tag.content_types.add(ContentType.objects.get_for_model(VirtualMachine))
            machine.tags.add(tag)
            machine.tags.remove(Tag.objects.get(name="shop"))
            nic = machine.interfaces.get()
            nic.mac_address, nic.mode, nic.untagged_vlan, nic.mtu, nic.enabled = (
                "BC:24:11:BB:00:01",
                "",
                None,
                1500,
                False,
            )
            nic.validated_save()
            device = Device.objects.get(name="wow-prox1")
            device.software_version = SoftwareVersion(platform=device.platform, version="9.2.0", status=site.active)
            device.software_version.validated_save()
            device.validated_save()
            row = IPAddress.objects.get(host=WEB)
            row.mask_length = 25
            row.validated_save()

        assert_same(site, steps, lambda: site.sync(pve, news))

    def test_clear(self, site: Site, pve: System, created: list[Any]) -> None:
        news = change(created, "lxc/210", description="", platform="", tags=frozenset())
        news = change(news, "lxc/210/net0", mac="", description="", vid=0)

        def steps() -> None:
            machine = vm("web")
            machine.comments, machine.platform = "", None
            machine.validated_save()
            machine.tags.clear()
            nic = machine.interfaces.get()
            nic.mac_address, nic.description, nic.mode, nic.untagged_vlan = None, "", "", None
            nic.validated_save()

        assert_same(site, steps, lambda: site.sync(pve, news))

    def test_a_card_that_no_longer_tags_itself_has_no_tagged_vlans(
        self, site: Site, pve: System, created: list[Any]
    ) -> None:
        site.sync(pve, change(created, "lxc/210/net0", tagged=frozenset({100})))
        vm("web").interfaces.get().tagged_vlans.add(site.vlan)

        def steps() -> None:
            nic = vm("web").interfaces.get()
            nic.mode = "access"
            nic.validated_save()
            assert not nic.tagged_vlans.exists()

        assert_same(site, steps, lambda: site.sync(pve, created))
        assert not vm("web").interfaces.get().tagged_vlans.exists()

    def test_an_address_that_moves_to_another_card(self, site: Site, pve: System, created: list[Any]) -> None:
        more = created + full(220, "db", "172.16.100.20")
        site.sync(pve, more)
        news = change(more, WEB, interfaces=frozenset({"lxc/220/net0"}), scopes=("guests/lxc/220/addresses",))
        news = change(news, "lxc/210", primary_ip4=None)

        def steps() -> None:
            web, db, row = vm("web"), vm("db"), IPAddress.objects.get(host=WEB)
            IPAddressToInterface(ip_address=row, vm_interface=db.interfaces.get()).validated_save()
            web.primary_ip4 = None
            web.validated_save()
            IPAddressToInterface.objects.get(ip_address=row, vm_interface=web.interfaces.get()).delete()

        assert_same(site, steps, lambda: site.sync(pve, news))
        assert conflicts() == []

    def test_retire(self, site: Site, pve: System, created: list[Any], status: Callable[[str], Status]) -> None:
        System.objects.update(grace_runs=1)

        def steps() -> None:
            machine = vm("web")
            machine.name, machine.status = "web (gone 210)", status("Decommissioning")
            machine.primary_ip4 = machine.primary_ip6 = None
            machine.validated_save()
            nic = machine.interfaces.get()
            nic.status = status("Decommissioning")
            nic.validated_save()
            for host in (WEB, SIX):
                row = IPAddress.objects.get(host=host)
                row.status = status("Deprecated")
                row.validated_save()

        assert_same(site, steps, lambda: site.sync(pve, without(created, "lxc/210")))

    def test_delete(self, site: Site, pve: System, created: list[Any]) -> None:
        System.objects.update(grace_runs=1, delete_policy="delete")

        def steps() -> None:
            for host in (WEB, SIX):
                IPAddress.objects.get(host=host).delete()
            machine = vm("web")
            machine.interfaces.get().delete()
            machine.delete()

        assert_same(site, steps, lambda: site.sync(pve, without(created, "lxc/210")))


class TestTimes:
    def test_what_is_new_has_both_times(self, site: Site, pve: System, created: list[Any]) -> None:
        for model in MODELS:
            for row in model.objects.all():
                assert row.created is not None, row
                assert row.last_updated is not None, row

    def test_last_updated_moves_with_what_changed_and_only_there(
        self, site: Site, pve: System, created: list[Any]
    ) -> None:
        def times() -> dict[Any, Any]:
            return {row.pk: row.last_updated for model in MODELS for row in model.objects.all()}

        before, machine = times(), vm("web")
        site.sync(pve, change(created, "lxc/210", memory_mb=4096))
        moved = {pk for pk, time in times().items() if time != before[pk]}
        assert moved == {machine.pk}
        assert vm("web").created == machine.created
        assert vm("web").last_updated > before[machine.pk]

    def test_a_tag_alone_moves_it_too(self, site: Site, pve: System, created: list[Any]) -> None:
        before = vm("web").last_updated
        site.sync(pve, change(created, "lxc/210", tags=frozenset({"gold"})))
        assert vm("web").last_updated > before


class TestPlacement:
    def test_an_address_hangs_on_the_closest_prefix_of_its_namespace(
        self, site: Site, pve: System, created: list[Any]
    ) -> None:
        for row in IPAddress.objects.all():
            assert row.parent == row._get_closest_parent(row.host), row

    def test_a_name_is_sorted_as_people_count(self, site: Site, pve: System, created: list[Any]) -> None:
        site.sync(pve, created, [port("vmbr10"), port("vmbr2")])
        names = Interface.objects.order_by("device", "_name").values_list("name", flat=True)
        assert list(names) == ["vmbr0", "vmbr2", "vmbr10"]
