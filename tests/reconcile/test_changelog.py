"""Our change log rows are Nautobot's change log rows."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

pytestmark = pytest.mark.django_db

IGNORED = {"id", "time", "request_id"}
"""Columns of an ObjectChange that differ between any two of them."""


# --------------------------------------------------------------------------------------------------------- the world


@pytest.fixture(autouse=True)
def _no_cached_custom_fields() -> Iterator[None]:
    """Nautobot caches custom fields and relationships by model; another test's are not ours."""
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def user() -> Any:
    from django.contrib.auth import get_user_model

    return get_user_model().objects.create_superuser("changer", "changer@example.com", "secret")


@pytest.fixture
def world(user: Any) -> SimpleNamespace:
    """A small estate with one of everything that a guest, a device and their ports can point at."""
    return make_world()


def make_world() -> SimpleNamespace:
    from nautobot.dcim.models import (
        Device,
        DeviceBay,
        DeviceType,
        Interface,
        Location,
        LocationType,
        Manufacturer,
        Platform,
        Rack,
        SoftwareVersion,
    )
    from nautobot.extras.models import ComputedField, CustomField, Relationship, Role, Status, Tag
    from nautobot.ipam.models import VLAN, VRF, IPAddress, Namespace, Prefix
    from nautobot.tenancy.models import Tenant, TenantGroup
    from nautobot.virtualization.models import Cluster, ClusterGroup, ClusterType, VirtualMachine, VMInterface

    w = SimpleNamespace()
    w.active = Status.objects.get(name="Active")
    w.planned = Status.objects.get(name="Planned")
    w.decommissioning = Status.objects.get(name="Decommissioning")
    logged = [Cluster, VirtualMachine, VMInterface, Device, Interface, IPAddress]
    w.types = [ContentType.objects.get_for_model(model) for model in logged]
    w.role = Role.objects.create(name="Build host", color="aa1409")
    w.role.content_types.set(w.types)
    w.active.content_types.add(*w.types)
    w.planned.content_types.add(*w.types)
    w.tags = [Tag.objects.create(name=name) for name in ("alpha", "beta", "gamma")]
    for tag in w.tags:
        tag.content_types.set(w.types)
    w.tenant = Tenant.objects.create(name="Lab", tenant_group=TenantGroup.objects.create(name="Owners"))
    outer = LocationType.objects.create(name="Region")
    inner = LocationType.objects.create(name="Room", parent=outer)
    for kind in (outer, inner):
        kind.content_types.set([*w.types, *ContentType.objects.filter(model__in=["rack", "prefix", "vlan"])])
    region = Location.objects.create(name="North", location_type=outer, status=w.active)
    w.location = Location.objects.create(name="Room 1", location_type=inner, parent=region, status=w.active)
    w.rack = Rack.objects.create(name="R1", location=w.location, status=w.active)
    w.maker = Manufacturer.objects.create(name="Maker")
    w.device_type = DeviceType.objects.create(model="Blade", manufacturer=w.maker, u_height=0)
    w.chassis_type = DeviceType.objects.create(model="Chassis", manufacturer=w.maker, subdevice_role="parent")
    w.platform = Platform.objects.create(name="Debian", manufacturer=w.maker, network_driver="linux")
    w.software = SoftwareVersion.objects.create(platform=w.platform, version="12", status=w.active)
    w.cluster_type = ClusterType.objects.create(name="Hypervisors")
    w.cluster_group = ClusterGroup.objects.create(name="Clusters")
    w.cluster = Cluster.objects.create(name="pve", cluster_type=w.cluster_type, location=w.location, tenant=w.tenant)
    w.vlans = [VLAN.objects.create(vid=vid, name=f"v{vid}", status=w.active) for vid in (10, 20, 30)]
    w.namespace = Namespace.objects.get(name="Global")
    w.prefix = Prefix.objects.create(prefix="192.0.2.0/24", status=w.active, namespace=w.namespace)
    Prefix.objects.create(prefix="2001:db8::/64", status=w.active, namespace=w.namespace)
    w.vrf = VRF.objects.create(name="blue", namespace=w.namespace)
    cache.clear()
    for key, kind, default in (("size", "text", "medium"), ("vmid", "integer", None), ("apps", "json", [])):
        field = CustomField.objects.create(key=key, label=key, type=kind, default=default)
        field.content_types.set(w.types)
    for model in w.types:
        ComputedField.objects.create(
            key=f"shout_{model.model}", label=f"shout {model.model}", content_type=model, template="{{ obj }}!"
        )
    w.relationship = Relationship.objects.create(
        label="backs up",
        key="backs_up",
        type="many-to-many",
        source_type=ContentType.objects.get_for_model(VirtualMachine),
        destination_type=ContentType.objects.get_for_model(Device),
    )
    w.chassis = Device.objects.create(
        name="chassis", device_type=w.chassis_type, role=w.role, location=w.location, status=w.active
    )
    w.bay = DeviceBay.objects.create(device=w.chassis, name="Slot 1")
    return w


def guest(w: SimpleNamespace, name: str = "web", addresses: tuple[str, ...] = ("192.0.2.10", "2001:db8::10")) -> Any:
    """A virtual machine with an interface and two addresses, in the database, without a change log."""
    from nautobot.extras.models import RelationshipAssociation
    from nautobot.ipam.models import IPAddress
    from nautobot.virtualization.models import VirtualMachine, VMInterface

    vm = VirtualMachine(
        name=name,
        cluster=w.cluster,
        status=w.active,
        role=w.role,
        platform=w.platform,
        software_version=w.software,
        tenant=w.tenant,
        vcpus=2,
        memory=2048,
        disk=10,
        comments="as found",
        local_config_context_data={"ntp": ["192.0.2.1"]},
    )
    vm._custom_field_data = {"vmid": 210, "size": "large", "apps": ["nginx"]}
    vm.validated_save()
    vm.tags.set(w.tags[:2])
    RelationshipAssociation.objects.create(
        relationship=w.relationship,
        source_type=w.relationship.source_type,
        source_id=vm.pk,
        destination_type=w.relationship.destination_type,
        destination_id=w.chassis.pk,
    )
    parent = VMInterface.objects.create(virtual_machine=vm, name="bond0", status=w.active)
    nic = VMInterface(
        virtual_machine=vm,
        name="bond0.1",
        status=w.active,
        role=w.role,
        parent_interface=parent,
        mac_address="BC:24:11:00:00:01",
        mtu=9000,
        mode="tagged",
        untagged_vlan=w.vlans[0],
        description="uplink",
    )
    nic.validated_save()
    nic.tags.set(w.tags[1:])
    nic.tagged_vlans.set(w.vlans[1:])
    ips = []
    for host in addresses:
        ip = IPAddress(host=host, mask_length=64 if ":" in host else 24, status=w.active, namespace=w.namespace)
        ip.dns_name, ip.role = f"{name}.example.com", w.role
        ip.validated_save()
        ip.tags.set(w.tags[:1])
        ips.append(ip)
    if ips:
        ips[0].nat_inside = w_inside(w)
        ips[0].validated_save()
    nic.ip_addresses.set(ips)
    for ip in ips:
        setattr(vm, f"primary_ip{ip.ip_version}", ip)
    vm.validated_save()
    return SimpleNamespace(vm=vm, nic=nic, parent=parent, ips=ips, ip=ips[0] if ips else None)


def w_inside(w: SimpleNamespace) -> Any:
    from nautobot.ipam.models import IPAddress

    inside, _ = IPAddress.objects.get_or_create(
        host="192.0.2.250", mask_length=24, defaults={"status": w.active, "parent": w.prefix}
    )
    return inside


def blade(w: SimpleNamespace, name: str = "blade1", host: str = "192.0.2.50") -> Any:
    """A device in a bay and a cluster, with a LAG member, an address and a cable, without a change log."""
    from nautobot.dcim.models import Cable, Device, Interface
    from nautobot.extras.models import Status
    from nautobot.ipam.models import IPAddress

    device = Device(
        name=name,
        device_type=w.device_type,
        role=w.role,
        platform=w.platform,
        software_version=w.software,
        location=w.location,
        rack=w.rack,
        tenant=w.tenant,
        status=w.active,
        serial="S1",
        comments="as found",
    )
    device._custom_field_data = {"vmid": 1}
    device.validated_save()
    device.tags.set(w.tags)
    device.clusters.set([w.cluster])
    if w.bay.installed_device is None:
        w.bay.installed_device = device
        w.bay.save()
    lag = Interface.objects.create(device=device, name="bond0", type="lag", status=w.active)
    nic = Interface(
        device=device,
        name="eno1",
        type="10gbase-t",
        status=w.active,
        role=w.role,
        lag=lag,
        mac_address="BC:24:11:00:00:02",
        mtu=1500,
        mode="tagged",
        untagged_vlan=w.vlans[0],
        description="uplink",
    )
    nic.validated_save()
    nic.tagged_vlans.set(w.vlans[1:])
    nic.tags.set(w.tags[:1])
    far = Interface.objects.create(device=w.chassis, name=f"to {name}", type="10gbase-t", status=w.active)
    connected = Status.objects.get(name="Connected")
    cable = Cable(termination_a=nic, termination_b=far, status=connected)
    cable.validated_save()
    ip = IPAddress(host=host, mask_length=24, status=w.active, namespace=w.namespace)
    ip.validated_save()
    nic.ip_addresses.set([ip])
    device.primary_ip4 = ip
    device.validated_save()
    return SimpleNamespace(
        device=Device.objects.get(pk=device.pk), nic=Interface.objects.get(pk=nic.pk), lag=lag, ip=ip, far=far
    )


def cluster(w: SimpleNamespace) -> Any:
    from nautobot.virtualization.models import Cluster

    found = Cluster(
        name="ocp",
        cluster_type=w.cluster_type,
        cluster_group=w.cluster_group,
        location=w.location,
        tenant=w.tenant,
        comments="as found",
    )
    found._custom_field_data = {"apps": ["etcd"]}
    found.validated_save()
    found.tags.set(w.tags[:2])
    return found


THINGS: dict[str, Callable[[SimpleNamespace], Any]] = {
    "cluster": cluster,
    "virtual machine": lambda w: guest(w).vm,
    "vm interface": lambda w: guest(w).nic,
    "device": lambda w: blade(w).device,
    "interface": lambda w: blade(w).nic,
    "address": lambda w: guest(w).ip,
    "address on a device": lambda w: blade(w).ip,
}
every_thing = pytest.mark.parametrize("thing", THINGS)


# --------------------------------------------------------------------------------------------------- two ways to log


@contextmanager
def undone() -> Iterator[None]:
    """Take back all that happens inside."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def rows_of(change_id: Any) -> list[dict[str, Any]]:
    from nautobot.extras.models import ObjectChange

    fields = [f.attname for f in ObjectChange._meta.concrete_fields if f.attname not in IGNORED]
    return list(ObjectChange.objects.filter(request_id=change_id).order_by("time").values(*fields))


def rows_about(obj: Any, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    content_type = ContentType.objects.get_for_model(obj).pk
    return [r for r in rows if (r["changed_object_type_id"], r["changed_object_id"]) == (content_type, obj.pk)]


def stock(user: Any, change: Callable[[], Any], context: str = "orm", detail: str = "a test") -> list[dict[str, Any]]:
    """Return the rows that Nautobot writes for a change."""
    from nautobot.extras.context_managers import web_request_context
    from nautobot.extras.signals import change_context_state

    with web_request_context(user, context_detail=detail, context=context):
        change_id = change_context_state.get().change_id
        change()
    return rows_of(change_id)


def make_log(user: Any, detail: str = "a test") -> Any:
    from nautobot_wow.reconcile.changelog import ChangeLog

    return ChangeLog.from_user(user, detail)


def ours(user: Any, objects: list[Any], action: str) -> list[dict[str, Any]]:
    """Return the rows we write for objects as they are in the database."""
    log = make_log(user)
    log.add(log.fetch(type(objects[0]), [obj.pk for obj in objects]), action)
    assert log.flush() == len(objects)
    return rows_of(log.change_id)


def assert_same(mine: list[dict[str, Any]], theirs: list[dict[str, Any]]) -> None:
    """Compare key by key, down into the JSON, so that a failure names what differs."""
    assert len(mine) == len(theirs)
    for one, other in zip(mine, theirs, strict=True):
        assert flat(one) == flat(other)


def flat(row: dict[str, Any]) -> dict[str, Any]:
    data = {f"data.{key}": value for key, value in row["object_data"].items()}
    data_v2 = {f"data_v2.{key}": value for key, value in row["object_data_v2"].items()}
    return {**{k: v for k, v in row.items() if not k.startswith("object_data")}, **data, **data_v2}


def reread(obj: Any) -> Any:
    return type(obj).objects.get(pk=obj.pk)


# ------------------------------------------------------------------------------------------------------- the same rows


@every_thing
def test_an_update_is_logged_as_nautobot_does(thing: str, world: SimpleNamespace, user: Any) -> None:
    obj = reread(THINGS[thing](world))

    def change() -> None:
        for name in ("description", "comments"):
            if hasattr(obj, name):
                setattr(obj, name, "changed")
        if hasattr(obj, "status"):
            obj.status = world.planned
        obj._custom_field_data["size"] = "small"
        obj.validated_save()
        obj.tags.set(world.tags[1:])

    theirs = rows_about(obj, stock(user, change))
    assert len(theirs) == 1
    assert_same(ours(user, [obj], "update"), theirs)


@every_thing
def test_a_cleared_field_is_logged_as_nautobot_does(thing: str, world: SimpleNamespace, user: Any) -> None:
    obj = reread(THINGS[thing](world))
    nullable = ("tenant", "platform", "software_version", "primary_ip4", "primary_ip6", "role", "mtu", "mac_address")
    nullable += (
        "vcpus",
        "memory",
        "disk",
        "cluster_group",
        "location",
        "lag",
        "parent_interface",
        "nat_inside",
        "rack",
    )

    def change() -> None:
        if hasattr(obj, "tagged_vlans"):
            obj.tagged_vlans.clear()
            obj.mode, obj.untagged_vlan = "", None
        if hasattr(obj, "ip_addresses"):
            obj.ip_addresses.clear()
        if hasattr(obj, "clusters"):
            obj.clusters.clear()
        for field in obj._meta.fields:
            if field.name in nullable and field.null:
                setattr(obj, field.name, None)
            elif field.name in ("description", "comments", "dns_name", "serial"):
                setattr(obj, field.name, "")
        obj._custom_field_data["vmid"] = None
        obj.tags.clear()
        obj.validated_save()

    theirs = rows_about(obj, stock(user, change))
    assert len(theirs) == 1
    assert_same(ours(user, [obj], "update"), theirs)


@every_thing
def test_a_delete_is_logged_as_nautobot_does(thing: str, world: SimpleNamespace, user: Any) -> None:
    obj = reread(THINGS[thing](world))
    release_primary_address(obj)
    theirs: list[dict[str, Any]] = []
    with undone():
        theirs += rows_about(obj, stock(user, lambda: reread(obj).delete()))
    assert [row["action"] for row in theirs] == ["delete"]
    assert_same(ours(user, [obj], "delete"), theirs)


def release_primary_address(obj: Any) -> None:
    """Nautobot clears a primary address before it logs the deletion of the interface that carries it."""
    parent = getattr(obj, "virtual_machine", None) or getattr(obj, "device", None)
    if parent is not None:
        type(parent).objects.filter(pk=parent.pk).update(primary_ip4=None, primary_ip6=None)


def defaults_of(model: Any) -> dict[str, Any]:
    """Return what `save()` puts into the custom fields of a new object that says nothing of them."""
    from nautobot.extras.models import CustomField

    return {field.key: field.default for field in CustomField.objects.get_for_model(model) if field.default is not None}


def fresh(w: SimpleNamespace) -> SimpleNamespace:
    """Objects as the engine builds them: not in the database, foreign keys set to instances, primary keys known."""
    from nautobot.dcim.models import Device, Interface
    from nautobot.ipam.models import IPAddress, IPAddressToInterface
    from nautobot.virtualization.models import Cluster, VirtualMachine, VMInterface

    f = SimpleNamespace()
    custom = {"size": "medium", "vmid": 7, "apps": []}
    f.cluster = Cluster(name="new", cluster_type=w.cluster_type, location=w.location, _custom_field_data=dict(custom))
    f.ip = IPAddress(
        host="192.0.2.77", mask_length=24, ip_version=4, parent=w.prefix, status=w.active, dns_name="new.example.com"
    )
    f.ip._custom_field_data = dict(custom)
    f.vm = VirtualMachine(
        name="new", cluster=f.cluster, status=w.active, platform=w.platform, software_version=w.software, vcpus=1
    )
    f.vm._custom_field_data, f.vm.primary_ip4 = {**defaults_of(VirtualMachine), **custom}, f.ip
    f.nic = VMInterface(
        virtual_machine=f.vm,
        name="net0",
        status=w.active,
        mac_address="BC:24:11:00:00:03",
        mode="tagged",
        untagged_vlan=w.vlans[0],
        _custom_field_data=dict(custom),
    )
    f.device = Device(
        name="new", device_type=w.device_type, role=w.role, location=w.location, status=w.active, rack=w.rack
    )
    f.device._custom_field_data = dict(custom)
    f.port = Interface(
        device=f.device,
        name="eno1",
        type="1000base-t",
        status=w.active,
        mac_address="BC:24:11:00:00:04",
        _custom_field_data=dict(custom),
    )
    f.link = IPAddressToInterface(ip_address=f.ip, vm_interface=f.nic)
    return f


MADE = ("cluster", "ip", "vm", "nic", "device", "port")


def save_one_by_one(f: SimpleNamespace, w: SimpleNamespace) -> None:
    """Make the objects the way Nautobot likes it; the last save of each sees the final state of all."""
    f.vm.primary_ip4 = None
    for name in MADE:
        getattr(f, name).validated_save()
    f.nic.tags.set(w.tags[:2])
    f.nic.tagged_vlans.set(w.vlans[1:])
    f.device.clusters.set([f.cluster])
    f.link.validated_save()
    f.vm.primary_ip4 = f.ip
    for name in MADE[::-1] + MADE:
        getattr(f, name).validated_save()


def write_in_bulk(f: SimpleNamespace, w: SimpleNamespace, log: Any) -> None:
    """Make the same objects the way the engine does, with no query for the rendering."""
    from nautobot.dcim.models import DeviceClusterAssignment

    assignment = DeviceClusterAssignment(device=f.device, cluster=f.cluster)
    for name in MADE:
        type(getattr(f, name)).objects.bulk_create([getattr(f, name)])
    for link in (f.link, assignment):
        type(link).objects.bulk_create([link])
    f.nic.tags.set(w.tags[:2])
    f.nic.tagged_vlans.set(w.vlans[1:])
    log.with_empty_m2m(f.cluster)
    log.with_empty_m2m(f.ip, vm_interfaces=[f.nic])
    log.with_empty_m2m(f.vm)
    log.with_empty_m2m(f.nic, tags=w.tags[:2], tagged_vlans=w.vlans[1:], ip_addresses=[f.ip])
    log.with_empty_m2m(f.device, clusters=[f.cluster])
    log.with_empty_m2m(f.port)


@pytest.mark.parametrize("name", MADE)
def test_a_bulk_create_is_logged_as_nautobot_logs_saved_objects(name: str, world: SimpleNamespace, user: Any) -> None:
    built, theirs = fresh(world), []
    with undone():
        theirs += rows_about(getattr(built, name), stock(user, lambda: save_one_by_one(built, world)))
    again = fresh(world)
    for each in (*MADE, "link"):
        getattr(again, each).pk = getattr(built, each).pk
    again.link.ip_address, again.link.vm_interface, again.vm.primary_ip4 = again.ip, again.nic, again.ip
    again.vm.cluster, again.nic.virtual_machine, again.port.device = again.cluster, again.vm, again.device
    log = make_log(user)
    write_in_bulk(again, world, log)
    log.add([getattr(again, name)], "create")
    log.flush()
    mine = rows_of(log.change_id)
    assert [row["action"] for row in theirs] == ["create"]
    assert_same(without_times(mine), without_times(theirs))


def without_times(data: Any) -> Any:
    """The same objects were made twice: only the times at which that happened may differ."""
    if isinstance(data, dict):
        return {k: without_times(v) for k, v in data.items() if k not in ("created", "last_updated")}
    return [without_times(v) for v in data] if isinstance(data, list) else data


def test_every_logged_model_of_nautobot_is_rendered_as_nautobot_does(world: SimpleNamespace, user: Any) -> None:
    guest(world)
    blade(world)
    log, seen, different = make_log(user), 0, []
    for model in apps.get_models():
        if hasattr(model, "to_objectchange") and (obj := model.objects.first()) is not None:
            seen += 1
            with undone():
                log.add(log.fetch(model, [obj.pk]), "update")
                log.flush()
                theirs = stock_row(user, obj)
                if in_any_order(rows_of(log.change_id)[0]) != in_any_order(theirs):
                    different.append(model._meta.label)
    assert seen > 30
    assert different == []


def in_any_order(row: dict[str, Any]) -> dict[str, Any]:
    """Content types have no order: the database gives them as it likes."""
    numbers = {key: sorted(value) for key, value in flat(row).items() if key == "data.content_types"}
    return {**flat(row), **numbers}


def stock_row(user: Any, obj: Any) -> dict[str, Any]:
    """Return the row that Nautobot makes for an object as it is, without saving the object."""
    row = obj.to_objectchange("update")
    row.user, row.change_context, row.change_context_detail = user, "orm", "a test"
    row.request_id = row.pk
    row.save()
    return rows_of(row.pk)[0]


def test_links_are_not_logged_but_both_their_sides_are(world: SimpleNamespace, user: Any) -> None:
    from nautobot.dcim.models import DeviceClusterAssignment
    from nautobot.ipam.models import IPAddressToInterface

    web, device = guest(world, addresses=("192.0.2.10",)), blade(world).device
    link = IPAddressToInterface.objects.get(vm_interface=web.nic)
    assignment = DeviceClusterAssignment.objects.get(device=device)
    log = make_log(user)
    assert log.add([link, assignment], "create") == 0
    sides = log.sides([link, assignment])
    assert sides == {
        type(web.ip): {web.ip.pk},
        type(web.nic): {web.nic.pk},
        type(device): {device.pk},
        type(world.cluster): {world.cluster.pk},
    }
    IPAddressToInterface.objects.filter(pk=link.pk).update(is_primary=True)
    again = IPAddressToInterface(ip_address=w_inside(world), vm_interface=web.nic)
    theirs = {row["changed_object_id"] for row in stock(user, again.validated_save)}
    assert theirs == {pk for pks in log.sides([again]).values() for pk in pks}


# --------------------------------------------------------------------------------------------- fields unknown to us


def test_a_field_unknown_to_us_is_left_to_itself(world: SimpleNamespace) -> None:
    from nautobot.extras.models import Status
    from nautobot.virtualization.api.serializers import VirtualMachineSerializer
    from nautobot.virtualization.models import VirtualMachine
    from rest_framework import serializers

    from nautobot_wow.reconcile.serialise import CONTEXT, Renderer, Workshop

    class Backwards(serializers.CharField):
        def to_representation(self, value: Any) -> str:
            return str(value)[::-1]

    class Wherever(serializers.Field):
        def get_attribute(self, instance: Any) -> Any:
            return {"of": instance.name}

        def to_representation(self, value: Any) -> Any:
            return value

    class BriefStatus(serializers.ModelSerializer):
        class Meta:
            model = Status
            fields = ("name",)

        def to_representation(self, instance: Any) -> Any:
            return {"rewritten": super().to_representation(instance)}

    class Odd(VirtualMachineSerializer):
        name = Backwards()
        comments = Wherever()
        status = BriefStatus()
        role = serializers.StringRelatedField()
        platform = serializers.SlugRelatedField(slug_field="network_driver", read_only=True)
        cluster = serializers.PrimaryKeyRelatedField(read_only=True)
        vcpus = serializers.CharField(source="cluster.cluster_type.name")
        memory = serializers.IntegerField(source="missing", required=False)
        disk = serializers.IntegerField(source="absent", default=12)
        tenant = serializers.SerializerMethodField()
        tags = serializers.SlugRelatedField(slug_field="name", many=True, read_only=True)
        display = serializers.SerializerMethodField()

        class Meta(VirtualMachineSerializer.Meta):
            pass

        def get_tenant(self, obj: Any) -> str:
            return f"{obj.tenant} for rent"

        def get_display(self, obj: Any) -> str:
            return "on display"

    vm = VirtualMachine.objects.get(pk=guest(world).vm.pk)
    serializer = Odd(context=CONTEXT)
    assert through_json(Renderer(serializer, Workshop())(vm)) == through_json(serializer.to_representation(vm))


def test_custom_fields_made_later_are_in_the_next_log(world: SimpleNamespace, user: Any) -> None:
    from nautobot.extras.models import CustomField

    vm = guest(world).vm
    ours(user, [vm], "update")
    CustomField.objects.create(key="later", label="later", type="text").content_types.set(world.types)
    assert ours(user, [vm], "update")[0]["object_data_v2"]["custom_fields"]["later"] is None


# ------------------------------------------------------------------------------------------------------------ queries


def queries(work: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as captured:
        work()
    return len(captured)


@pytest.mark.parametrize("kind", ["guests", "blades"])
def test_the_number_of_queries_does_not_grow_with_the_objects(kind: str, world: SimpleNamespace, user: Any) -> None:
    if kind == "guests":
        made = [guest(world, f"web{n}", (f"192.0.2.{n + 100}",)) for n in range(12)]
        columns = ("vm", "nic", "ip")
    else:
        made = [blade(world, f"blade{n}", f"192.0.2.{n + 100}") for n in range(12)]
        columns = ("device", "nic", "ip")
    for column in columns:
        objects = [getattr(each, column) for each in made]
        few, many = (cost(user, objects[:n]) for n in (4, 12))
        assert many == few, column
        assert many["rendering"] == 0, column


def cost(user: Any, objects: list[Any]) -> dict[str, int]:
    log = make_log(user)
    log.add(log.fetch(type(objects[0]), [objects[0].pk]), "update")  # compiled, and content types known
    loaded: list[Any] = []
    fetch = queries(lambda: loaded.extend(log.fetch(type(objects[0]), [obj.pk for obj in objects])))
    return {"fetch": fetch, "rendering": queries(lambda: log.add(loaded, "update")), "flush": queries(log.flush)}


def test_rendering_new_objects_asks_the_database_nothing(world: SimpleNamespace, user: Any) -> None:
    log = make_log(user)
    first, second = fresh(world), SimpleNamespace()
    write_in_bulk(first, world, log)
    log.add([getattr(first, name) for name in MADE], "create")
    second.vms = [type(first.vm)(name=f"n{n}", cluster=world.cluster, status=world.active) for n in range(200)]
    type(first.vm).objects.bulk_create(second.vms)
    assert queries(lambda: log.add([log.with_empty_m2m(vm) for vm in second.vms], "create")) == 0
    assert log.pending == 200 + len(MADE)
    assert queries(log.flush) == 1


def test_fetched_objects_can_still_be_asked_for_other_rows(world: SimpleNamespace, user: Any) -> None:
    web, log = guest(world), make_log(user)
    (nic,) = log.fetch(type(web.nic), [web.nic.pk])
    assert queries(lambda: list(nic.tags.all())) == 0
    assert [tag.name for tag in nic.tags.filter(name="gamma")] == ["gamma"]
    assert (nic.tags.count(), nic.tags.first().name, nic.tagged_vlans.exists()) == (2, "beta", True)
    assert [ip.host for ip in nic.ip_addresses.exclude(ip_version=6)] == ["192.0.2.10"]
    nic.tags.set(world.tags[:1])
    assert [tag.name for tag in reread(nic).tags.all()] == ["alpha"]


def test_objects_are_fetched_in_the_order_asked_for_and_missing_ones_are_left_out(
    world: SimpleNamespace, user: Any
) -> None:
    from uuid import uuid4

    vms = [guest(world, f"web{n}", ()).vm for n in range(3)]
    keys = [vms[2].pk, uuid4(), vms[0].pk]
    assert [vm.pk for vm in make_log(user).fetch(type(vms[0]), keys)] == [vms[2].pk, vms[0].pk]


def test_an_unknown_to_many_side_is_refused(world: SimpleNamespace, user: Any) -> None:
    with pytest.raises(ValueError, match="has no to-many side tagz"):
        make_log(user).with_empty_m2m(fresh(world).vm, tagz=[])


# --------------------------------------------------------------------------------------------------- one row an object


def test_an_object_added_twice_has_one_row_with_the_newest_data(world: SimpleNamespace, user: Any) -> None:
    log, vm = make_log(user), guest(world).vm
    log.add([vm], "create")
    vm.comments = "newer"
    log.add([vm], "update")
    assert log.flush() == 1
    (row,) = rows_of(log.change_id)
    assert (row["action"], row["object_data"]["comments"]) == ("create", "newer")


def test_what_was_created_and_deleted_has_two_rows(world: SimpleNamespace, user: Any) -> None:
    log, vm = make_log(user), guest(world).vm
    log.add([vm], "create")
    log.add([vm], "delete")
    assert log.flush() == 2
    assert [row["action"] for row in rows_of(log.change_id)] == ["create", "delete"]


def test_what_was_updated_and_deleted_is_deleted(world: SimpleNamespace, user: Any) -> None:
    log, vm = make_log(user), guest(world).vm
    log.add([vm], "update")
    log.add([vm], "delete")
    log.flush()
    assert [row["action"] for row in rows_of(log.change_id)] == ["delete"]


def test_a_related_object_changed_between_two_calls_is_shown_as_it_is(world: SimpleNamespace, user: Any) -> None:
    log, web = make_log(user), guest(world)
    log.add(log.fetch(type(web.nic), [web.nic.pk]), "update")
    type(web.vm).objects.filter(pk=web.vm.pk).update(name="renamed")
    log.add(log.fetch(type(web.nic), [web.nic.pk]), "update")
    log.flush()
    (row,) = rows_of(log.change_id)
    assert row["object_data_v2"]["virtual_machine"]["name"] == "renamed"


# -------------------------------------------------------------------------------------------------- those who listen


class Ear:
    """An event broker that keeps what it hears."""

    def __init__(self) -> None:
        from nautobot.core.events import EventBroker

        class Keeper(EventBroker):
            def publish(keeper, *, topic: str, payload: str) -> None:
                self.heard.append((topic, payload))

        self.heard: list[tuple[str, str]] = []
        self.broker = Keeper(include_topics=["nautobot.*"], exclude_topics=["*.vminterface"])


@pytest.fixture
def ear() -> Iterator[Ear]:
    from nautobot.core.events import deregister_event_broker, register_event_broker

    found = Ear()
    register_event_broker(found.broker)
    yield found
    deregister_event_broker(found.broker)


@pytest.fixture
def queued(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What would be handed to Celery for webhooks. (Nautobot refuses to send webhooks to a loopback address.)"""
    from nautobot.extras.tasks import process_webhook

    calls: list[Any] = []
    monkeypatch.setattr(process_webhook, "apply_async", lambda args: calls.append(plain(args)))
    return calls


def through_json(data: Any) -> Any:
    from nautobot.core.celery import NautobotKombuJSONEncoder

    return json.loads(json.dumps(data, cls=NautobotKombuJSONEncoder))


def plain(args: list[Any]) -> Any:
    """The payload as Celery carries it, without what differs between any two changes."""
    webhook, data, model, action, _now, user_name, _request_id, snapshots = args
    return through_json([webhook, data, model, action, user_name, snapshots])


@pytest.fixture
def webhook(world: SimpleNamespace) -> Any:
    from nautobot.extras.models import Webhook

    made = Webhook.objects.create(
        name="tell", payload_url="https://hooks.example.com/", type_create=True, type_update=True, type_delete=True
    )
    made.content_types.set(world.types[:2])
    return made


def life(world: SimpleNamespace, vm: Any) -> Iterator[tuple[str, Callable[[], Any]]]:
    """A change after the other, each as (action, what Nautobot would do)."""
    yield "update", lambda: rename(vm, "renamed")
    yield "update", lambda: rename(vm, "renamed again")
    yield "delete", lambda: reread(vm).delete()


def rename(vm: Any, name: str) -> None:
    again = reread(vm)
    again.name = name
    again.validated_save()


@pytest.mark.parametrize("earlier", ["logged before", "never logged"])
def test_webhooks_get_what_nautobot_would_send(
    earlier: str, world: SimpleNamespace, user: Any, queued: list[Any], webhook: Any
) -> None:
    vm = guest(world, addresses=()).vm
    if earlier == "logged before":
        ours(user, [vm], "create")
    theirs: list[Any] = []
    with undone():
        for _, change in life(world, vm):
            stock(user, change)
        theirs += only(vm, queued)
    queued.clear()
    for action, change in life(world, vm):
        log = make_log(user)
        if action == "delete":
            log.add(log.fetch(type(vm), [vm.pk]), "delete")
            change()
        else:
            log.before_update(type(vm), [vm.pk])
            change()
            log.add(log.fetch(type(vm), [vm.pk]), "update")
        log.flush()
        assert log.dispatch() == 1
    assert len(queued) == len(theirs) == 3
    for mine, their in zip(queued, theirs, strict=True):
        assert settled(mine) == settled(their)
    assert set(queued[0][5]["differences"]["added"]) == {"name", "display", "natural_slug"}


def only(obj: Any, queued: list[Any]) -> list[Any]:
    return [call for call in queued if call[1]["id"] == str(obj.pk)]


def settled(call: list[Any]) -> Any:
    """Without times, and without relations named as changed by Nautobot that are equal before and after.

    Where an object has no change log yet, Nautobot compares fresh data, which holds UUIDs, with data from the
    database, which holds their text: every relation then looks changed.
    """
    call = without_times(call)
    differences = call[5]["differences"]
    for key in list(differences["added"] or ()):
        if (call[5]["prechange"] or {}).get(key) == call[5]["postchange"][key]:
            del differences["added"][key], differences["removed"][key]
    return call


def test_a_create_is_sent_to_webhooks_without_a_state_before(
    world: SimpleNamespace, user: Any, queued: list[Any], webhook: Any
) -> None:
    vm = guest(world).vm
    log = make_log(user)
    log.add(log.fetch(type(vm), [vm.pk]), "create")
    log.flush()
    log.dispatch()
    ((_, data, model, action, user_name, snapshots),) = queued
    assert (data["name"], model, action, user_name) == ("web", "virtualmachine", "create", "changer")
    assert (snapshots["prechange"], snapshots["postchange"]) == (None, data)


def test_events_are_published_as_nautobot_would(world: SimpleNamespace, user: Any, ear: Ear) -> None:
    web = guest(world)
    ours(user, [web.vm], "create")
    theirs: list[Any] = []
    with undone():
        stock(user, lambda: rename(web.vm, "renamed"))
        theirs += ear.heard
    ear.heard.clear()
    log = make_log(user)
    rename(web.vm, "renamed")
    log.add(log.fetch(type(web.vm), [web.vm.pk]), "update")
    log.add(log.fetch(type(web.nic), [web.nic.pk]), "update")  # the broker does not want these
    log.flush()
    assert log.dispatch() == 1
    for mine, their in zip(ear.heard, theirs, strict=True):
        assert mine[0] == their[0] == "nautobot.update.virtualization.virtualmachine"
        one, other = (without_times(json.loads(payload)) for payload in (mine[1], their[1]))
        assert {**one["context"], "request_id": "", "timestamp": ""} == {
            **other["context"],
            "request_id": "",
            "timestamp": "",
        }
        assert {**one, "context": None} == {**other, "context": None}


def test_job_hooks_are_enqueued_for_the_user_who_may_run_them(
    world: SimpleNamespace, user: Any, job_hook: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nautobot.extras.models import JobResult

    enqueued: list[Any] = []
    monkeypatch.setattr(
        JobResult, "enqueue_job", lambda job, user, job_kwargs: enqueued.append((job, user, job_kwargs))
    )
    vm = guest(world).vm
    log = make_log(user)
    log.add(log.fetch(type(vm), [vm.pk]), "create")
    log.add(log.fetch(type(world.cluster), [world.cluster.pk]), "update")
    log.flush()
    assert log.dispatch() == 1  # the hook is for created machines only
    ((job, who, arguments),) = enqueued
    assert (job, who) == (job_hook.job, user)
    change_id = arguments["object_change"]
    assert [row.changed_object_id for row in object_changes(pk=change_id)] == [vm.pk]


RECEIVER = """
from nautobot.apps.jobs import JobHookReceiver, register_jobs

class Receiver(JobHookReceiver):
    def receive_job_hook(self, change, action, changed_object):
        pass

register_jobs(Receiver)
"""


@pytest.fixture
def job_hook(world: SimpleNamespace, settings: Any, tmp_path: Path) -> Any:
    """A job hook for created machines and clusters, whose Job Nautobot finds in its folder of Jobs."""
    from nautobot.extras.jobs import get_job, get_jobs
    from nautobot.extras.models import Job, JobHook, JobQueue
    from nautobot.extras.utils import refresh_job_model_from_job_class

    settings.JOBS_ROOT = str(tmp_path)
    (tmp_path / f"hook_{tmp_path.name}.py").write_text(RECEIVER)
    get_jobs(reload=True)
    job, _ = refresh_job_model_from_job_class(Job, get_job(f"hook_{tmp_path.name}.Receiver"), job_queue_class=JobQueue)
    job.enabled = True
    job.validated_save()
    hook = JobHook.objects.create(name="tell", job=job, type_create=True)
    hook.content_types.set(world.types[:2])
    return hook


def object_changes(**filters: Any) -> Any:
    from nautobot.extras.models import ObjectChange

    return ObjectChange.objects.filter(**filters)


def test_where_nobody_listens_dispatching_costs_two_queries(world: SimpleNamespace, user: Any) -> None:
    web = guest(world)
    log = make_log(user)
    for obj in (web.vm, web.nic, web.ip):
        log.add(log.fetch(type(obj), [obj.pk]), "update")
    log.flush()
    told: list[int] = []
    assert queries(lambda: told.append(log.dispatch())) == 2
    assert told == [0]
    assert not log.anyone_listening([type(web.vm)])


def test_only_the_changes_somebody_asked_for_are_listened_to(world: SimpleNamespace, user: Any, webhook: Any) -> None:
    log, (first, other) = make_log(user), (world.types[0].model_class(), world.types[4].model_class())
    webhook.type_update = False
    webhook.save()
    assert log.anyone_listening([first], ["create"])
    assert not log.anyone_listening([first], ["update"])
    assert not log.anyone_listening([other])
    assert log.before_update(first, [world.cluster.pk]) == 0


def test_telling_many_costs_as_many_queries_as_telling_few(
    world: SimpleNamespace, user: Any, queued: list[Any], webhook: Any
) -> None:
    vms = [guest(world, f"web{n}", ()).vm for n in range(12)]
    ours(user, vms, "create")
    costs = []
    for some in (vms[:3], vms):
        log = make_log(user)
        log.add(log.fetch(type(vms[0]), [vm.pk for vm in some]), "update")
        log.flush()
        costs.append(queries(log.dispatch))
    assert len(queued) == 15
    assert costs[0] == costs[1]


# ----------------------------------------------------------------------------------------------------- inside of Jobs


def test_inside_a_job_each_change_is_told_once(
    world: SimpleNamespace, user: Any, queued: list[Any], webhook: Any
) -> None:
    from nautobot.extras.context_managers import web_request_context
    from nautobot.extras.signals import change_context_state

    from nautobot_wow.reconcile.changelog import ChangeLog

    vm = guest(world).vm
    with web_request_context(user, context_detail="wow.Sync", context="job"):
        log = ChangeLog.current()
        job_id = change_context_state.get().change_id
        log.add(log.fetch(type(vm), [vm.pk]), "update")
        log.flush()
        assert log.dispatch() == 1
    assert len(queued) == 1  # Nautobot's own pass, at the end of the context, found nothing
    assert rows_of(job_id) == []
    (row,) = rows_of(log.change_id)
    assert (row["user_name"], row["change_context"], row["change_context_detail"]) == ("changer", "job", "wow.Sync")


def test_a_job_that_a_job_hook_started_triggers_no_job_hooks(world: SimpleNamespace, user: Any, job_hook: Any) -> None:
    from nautobot.extras.context_managers import JobHookChangeContext, change_logging

    from nautobot_wow.reconcile.changelog import ChangeLog

    model = job_hook.content_types.first().model_class()
    with change_logging(JobHookChangeContext(user=user, context_detail="wow.Sync")):
        assert not ChangeLog.current().anyone_listening([model], ["create"])
    assert make_log(user).anyone_listening([model], ["create"])


def test_without_a_context_there_is_no_current_log() -> None:
    from nautobot_wow.reconcile.changelog import ChangeLog

    with pytest.raises(LookupError, match="from_user"):
        ChangeLog.current()
