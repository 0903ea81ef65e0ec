"""New rows are logged as they were built; that must be what Nautobot itself would log of them once they are there."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.cache import cache
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.test.utils import CaptureQueriesContext
from nautobot.core.celery import NautobotKombuJSONEncoder
from nautobot.extras.models import ObjectChange, Status
from nautobot.ipam.models import IPAddress
from nautobot.virtualization.models import VirtualMachine, VMInterface

from nautobot_wow.reconcile.changelog import ChangeLog
from nautobot_wow.reconcile.fresh import FreshRows
from nautobot_wow.records import GuestType
from tests.reconcile.estate import address, card, cluster, full, guest, node, port
from tests.reconcile.site import Site, vm

pytestmark = pytest.mark.django_db


def platform() -> list[Any]:
    """With a MAC address: Nautobot logs an empty one of a row that was built as "", of one that was read as None."""
    return [cluster(), node(), port(mac="BC:24:11:00:00:FE")]


def various() -> list[Any]:
    """Guests with several tags, several cards and several addresses on one card, version 6 too; a node."""
    router = guest(
        300,
        "router",
        ip="172.16.110.30",
        type=GuestType.VM,
        tags=frozenset({"zeta", "Alpha", "été", "beta"}),
        platform="OPNsense 25.7",
        primary_ip6="2001:db8::30",
    )
    return [
        *platform(),
        *full(210, "web", "172.16.100.10", tags=frozenset({"beta"})),
        router,
        card(router.key, 0, vid=100, description="uplink"),
        card(router.key, 1, vid=100, tagged=frozenset({100}), mtu=9000),
        *(address(host, f"{router.key}/net0") for host in ("172.16.110.30", "172.16.110.4", "172.16.110.200")),
        address("2001:db8::30", f"{router.key}/net1", mask_length=64),
        address("172.16.110.31", f"{router.key}/net0", f"{router.key}/net1"),
    ]


def differences() -> list[str]:
    """Compare every entry for a new object with what Nautobot writes for it now."""
    found = []
    for entry in ObjectChange.objects.filter(action="create", changed_object_type__app_label__in=LABELS):
        stock = entry.changed_object.to_objectchange("create")
        pairs = {
            "object_data": (entry.object_data, plain(stock.object_data, DjangoJSONEncoder)),
            "object_data_v2": (entry.object_data_v2, plain(stock.object_data_v2, NautobotKombuJSONEncoder)),
            "object_repr": (entry.object_repr, stock.object_repr),
            "related_object_id": (entry.related_object_id, stock.related_object_id),
        }
        found += [
            f"{entry.object_repr} {name}: {difference}"
            for name, (ours, theirs) in pairs.items()
            if (difference := differing(ours, theirs))
        ]
    return found


def differing(ours: Any, theirs: Any) -> Any:
    """Return what differs, key by key where there are keys; nothing where they are equal."""
    if not isinstance(ours, dict) or not isinstance(theirs, dict):
        return None if ours == theirs else (ours, theirs)
    keys = [key for key in ours.keys() | theirs.keys() if ours.get(key, "absent") != theirs.get(key, "absent")]
    return {key: (ours.get(key, "absent"), theirs.get(key, "absent")) for key in keys}


LABELS = ("virtualization", "ipam", "dcim")


def plain(data: Any, encoder: type[json.JSONEncoder]) -> Any:
    return json.loads(json.dumps(data, cls=encoder))


def created() -> int:
    return ObjectChange.objects.filter(action="create", changed_object_type__app_label__in=LABELS).count()


def test_what_is_logged_of_new_objects_is_what_nautobot_would_log(site: Site, pve: Any) -> None:
    ObjectChange.objects.all().delete()
    assert site.sync(pve, various()).refused == {}
    assert created() > 12
    assert differences() == []


def test_a_new_address_on_a_card_that_was_there_before_is_logged_whole(site: Site, pve: Any) -> None:
    site.sync(pve, platform(), full(210, "web", "172.16.100.10"))
    ObjectChange.objects.all().delete()
    more = address("172.16.100.11", "lxc/210/net0")
    assert site.sync(pve, platform(), full(210, "web", "172.16.100.10"), [more]).refused == {}
    assert created() == 1
    assert differences() == []


def test_a_new_guest_whose_address_was_there_before_is_logged_whole(site: Site, pve: Any) -> None:
    IPAddress.objects.create(
        address="172.16.100.10/24", namespace=site.namespace, status=Status.objects.get(name="Active")
    )
    ObjectChange.objects.all().delete()
    assert site.sync(pve, platform(), full(210, "web", "172.16.100.10")).refused == {}
    assert vm("web").primary_ip4.host == "172.16.100.10"
    assert differences() == []


def test_new_objects_are_not_read_back_to_be_logged(site: Site, pve: Any) -> None:
    site.sync(pve, platform(), full(210, "web", "172.16.100.10"))
    cache.clear()
    more = full(220, "db", "172.16.100.20")
    outcome = site.sync(pve, platform(), full(210, "web", "172.16.100.10"), more)
    rows = [statement for statement in outcome.writing if statement.startswith("SELECT")]
    read_back = [
        statement
        for statement in rows
        for model in (VirtualMachine, VMInterface, IPAddress)
        if f'FROM "{model._meta.db_table}"' in statement
    ]
    assert read_back == []


def test_several_members_come_in_the_order_of_the_database(site: Site) -> None:
    log = ChangeLog.from_user(site.user)
    fresh = FreshRows(log)
    active = Status.objects.get(name="Active")
    hosts = [f"10.1.1.{number}" for number in (20, 3, 100)]
    addresses = [
        IPAddress.objects.create(address=f"{host}/24", namespace=site.namespace, status=active) for host in hosts
    ]
    sides = {active.pk: {"ip_addresses": list(addresses)}}
    with CaptureQueriesContext(connection) as asked:
        fresh._sort(sides)
    assert [row.host for row in sides[active.pk]["ip_addresses"]] == ["10.1.1.3", "10.1.1.20", "10.1.1.100"]
    assert len(asked) == 1
