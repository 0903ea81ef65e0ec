"""What the app creates after a migrate: once, and nothing over what people made."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test.utils import CaptureQueriesContext
from nautobot.dcim.models import DeviceType, Platform
from nautobot.extras.models import CustomField, Role, Status, Tag
from nautobot.virtualization.models import ClusterType, VirtualMachine

from nautobot_wow.signals import FIELDS, LABELS, create_names
from tests.app import rows

pytestmark = pytest.mark.django_db


def writes(run: Any) -> list[str]:
    with CaptureQueriesContext(connection) as queries:
        run()
    return [query["sql"] for query in queries if query["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]


def create() -> None:
    create_names(sender=None, apps=apps)


def usable_on(model: Any, name: str) -> set[str]:
    types = model.objects.get(name=name).content_types.all()
    return {f"{each.app_label}.{each.model}" for each in types}


def test_a_second_run_writes_nothing() -> None:
    create()
    assert writes(create) == []


def test_everything_is_there_after_the_migrations() -> None:
    models = {"Status": Status, "Role": Role, "Tag": Tag}
    for label in LABELS:
        assert set(label.on) <= usable_on(models[label.model], label.name)
    guest = ContentType.objects.get_for_model(VirtualMachine)
    for field in FIELDS:
        assert CustomField.objects.get(key=field.key, content_types=guest).type == field.type
    assert DeviceType.objects.get(manufacturer__name="Unknown", model="Unknown").u_height == 0
    assert ClusterType.objects.filter(name="Proxmox VE").exists()
    assert Platform.objects.filter(name="Proxmox VE").exists()


def test_what_is_missing_is_created_again() -> None:
    Tag.objects.get(name="metallb").delete()
    CustomField.objects.get(key="t_shirt_size").delete()
    Status.objects.get(name="Decommissioning").content_types.clear()
    create()
    assert usable_on(Tag, "metallb") == {"ipam.ipaddress", "virtualization.virtualmachine"}
    assert CustomField.objects.get(key="t_shirt_size").default == "medium"
    assert "virtualization.vminterface" in usable_on(Status, "Decommissioning")


def test_what_people_changed_stays_as_it_is() -> None:
    Tag.objects.filter(name="dhcp").update(color="123456", description="mine")
    CustomField.objects.filter(key="t_shirt_size").update(default="small", label="T-shirt")
    create()
    assert Tag.objects.values_list("color", "description").get(name="dhcp") == ("123456", "mine")
    assert CustomField.objects.values_list("default", "label").get(key="t_shirt_size") == ("small", "T-shirt")


def test_guests_that_were_there_before_get_the_defaults() -> None:
    CustomField.objects.filter(key__in=["t_shirt_size", "application_list"]).delete()
    guest = rows.guest(_custom_field_data={"proxmox_vmid": 210})
    create()
    guest.refresh_from_db()
    assert guest.cf["t_shirt_size"] == "medium"
    assert guest.cf["application_list"] == []
    assert guest.cf["proxmox_vmid"] == 210


def test_a_value_that_is_there_is_not_replaced_by_a_default() -> None:
    CustomField.objects.filter(key="t_shirt_size").delete()
    guest = rows.guest(_custom_field_data={"t_shirt_size": "xlarge"})
    create()
    guest.refresh_from_db()
    assert guest.cf["t_shirt_size"] == "xlarge"


def test_a_new_field_is_known_at_once_where_fields_are_cached() -> None:
    CustomField.objects.filter(key="t_shirt_size").delete()
    assert "t_shirt_size" not in {field.key for field in CustomField.objects.get_for_model(VirtualMachine)}
    create()
    assert "t_shirt_size" in {field.key for field in CustomField.objects.get_for_model(VirtualMachine)}
