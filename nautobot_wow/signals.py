"""The names that the app needs in Nautobot and that core lacks: created after each migrate, left alone when present.

A name that a person has given another colour, description or default keeps it; only what is missing is added.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from nautobot.apps.choices import ColorChoices, CustomFieldTypeChoices
from nautobot.core.models.query_functions import JSONSet  # not in nautobot.apps as of 3.2

VM = "virtualization.virtualmachine"
VM_INTERFACE = "virtualization.vminterface"
DEVICE = "dcim.device"
INTERFACE = "dcim.interface"
ADDRESS = "ipam.ipaddress"
VLAN = "ipam.vlan"
PREFIX = "ipam.prefix"
RANGE = "ipam.ipaddressrange"
LOCATION = "dcim.location"
RACK = "dcim.rack"
CABLE = "dcim.cable"


@dataclass(frozen=True, kw_only=True)
class Label:
    """A Status, Role or Tag and the models that it must be usable on."""

    model: str
    name: str
    on: tuple[str, ...]
    color: str
    description: str


@dataclass(frozen=True, kw_only=True)
class Field:
    """A custom field of virtual machines; the key is what the operator's automation reads and never changes."""

    key: str
    label: str
    type: str
    default: Any
    description: str


def _status(name: str, color: str, *on: str) -> Label:
    return Label(model="Status", name=name, on=on, color=color, description="")


def _tag(name: str, color: str, description: str) -> Label:
    return Label(model="Tag", name=name, on=(ADDRESS, VM), color=color, description=description)


LABELS = (
    _status(
        "Active",
        ColorChoices.COLOR_GREEN,
        VM,
        VM_INTERFACE,
        DEVICE,
        INTERFACE,
        ADDRESS,
        VLAN,
        PREFIX,
        RANGE,
        LOCATION,
        RACK,
    ),
    _status("Offline", ColorChoices.COLOR_AMBER, VM, DEVICE),
    _status("Decommissioning", ColorChoices.COLOR_AMBER, VM, VM_INTERFACE, DEVICE, INTERFACE, CABLE),
    _status("Reserved", ColorChoices.COLOR_CYAN, ADDRESS),
    _status("Deprecated", ColorChoices.COLOR_RED, ADDRESS, VLAN, PREFIX, RANGE, RACK),
    _status("Retired", ColorChoices.COLOR_RED, LOCATION),
    _status("Connected", ColorChoices.COLOR_GREEN, CABLE),
    Label(
        model="Role",
        name="Hypervisor",
        on=(DEVICE,),
        color=ColorChoices.COLOR_BLUE,
        description="A machine that runs guests",
    ),
    Label(
        model="Role",
        name="Gateway",
        on=(ADDRESS,),
        color=ColorChoices.COLOR_BLUE,
        description="Where a network is left",
    ),
    Label(
        model="Role", name="VIP", on=(ADDRESS,), color=ColorChoices.COLOR_GREEN, description="An address that can move"
    ),
    _tag("dhcp", ColorChoices.COLOR_BLUE, "Given out by a DHCP server"),
    _tag("reserved", ColorChoices.COLOR_GREY, "Held for something that is not there yet"),
    _tag("metallb", ColorChoices.COLOR_GREEN, "Given out by MetalLB"),
    _tag("openshift", ColorChoices.COLOR_RED, "Belongs to an OpenShift cluster"),
    _tag("proxmox", ColorChoices.COLOR_ORANGE, "Belongs to a guest or node of Proxmox VE"),
)

FIELDS = (
    Field(
        key="proxmox_vmid",
        label="Proxmox VMID",
        type=CustomFieldTypeChoices.TYPE_INTEGER,
        default=None,
        description="The id of the guest in Proxmox VE",
    ),
    Field(
        key="proxmox_node",
        label="Proxmox node",
        type=CustomFieldTypeChoices.TYPE_TEXT,
        default=None,
        description="The node that the guest is on",
    ),
    Field(
        key="proxmox_vmtype",
        label="Proxmox type",
        type=CustomFieldTypeChoices.TYPE_TEXT,
        default=None,
        description="lxc or qemu",
    ),
    Field(
        key="t_shirt_size",
        label="Size",
        type=CustomFieldTypeChoices.TYPE_TEXT,
        default="medium",
        description="small, medium, large or xlarge",
    ),
    Field(
        key="network_profile",
        label="Network profile",
        type=CustomFieldTypeChoices.TYPE_TEXT,
        default="",
        description="The network that the guest was asked for",
    ),
    Field(
        key="application_list",
        label="Applications",
        type=CustomFieldTypeChoices.TYPE_JSON,
        default=[],
        description="What the automation installs on the guest",
    ),
    Field(
        key="ansible_host",
        label="Ansible host",
        type=CustomFieldTypeChoices.TYPE_TEXT,
        default="",
        description="Where the automation connects to, if not the primary address",
    ),
)


def connect() -> None:
    """Notice addresses that people write, and who enables a Job that keeps house."""
    from django.db.models.signals import post_save
    from nautobot.extras.models import Job
    from nautobot.ipam.models import IPAddress

    from . import schedules
    from .ipam import noticed

    post_save.connect(noticed.address_written, sender=IPAddress, dispatch_uid="wow_address_written")
    post_save.connect(schedules.job_saved, sender=Job, dispatch_uid="wow_job_saved")


def create_names(sender: Any, *, apps: Any, **kwargs: Any) -> None:
    """Create what is missing; write nothing when all is there. Receives `nautobot_database_ready`."""
    for label in LABELS:
        _ensure_label(apps, label)
    for field in FIELDS:
        _ensure_field(apps, field)
    _ensure_types(apps)


def _ensure_label(apps: Any, label: Label) -> None:
    model = apps.get_model("extras", label.model)
    row, _ = model.objects.get_or_create(
        name=label.name, defaults={"color": label.color, "description": label.description}
    )
    _allow_on(apps, row, label.on)


def _allow_on(apps: Any, row: Any, on: tuple[str, ...]) -> None:
    present = set(row.content_types.values_list("pk", flat=True))
    row.content_types.add(*(pk for pk in (_content_type(apps, model).pk for model in on) if pk not in present))


def _ensure_field(apps: Any, field: Field) -> None:
    model = apps.get_model("extras", "CustomField")
    row, created = model.objects.get_or_create(
        key=field.key,
        defaults={
            "label": field.label,
            "type": field.type,
            "default": field.default,
            "description": field.description,
            "grouping": "Automation",
        },
    )
    through = model.content_types.through.objects
    _, added = through.get_or_create(customfield_id=row.pk, contenttype_id=_content_type(apps, VM).pk)
    if created or added:
        _fill(apps, row)


def _fill(apps: Any, field: Any) -> None:
    """Give guests that were there before the field its default: Nautobot does so only when a person adds the field."""
    from nautobot.extras.models import CustomField
    from nautobot.extras.signals import invalidate_models_cache

    without = {f"_custom_field_data__{field.key}__isnull": True}
    guests = apps.get_model("virtualization", "VirtualMachine").objects.filter(**without)
    guests.update(_custom_field_data=JSONSet("_custom_field_data", field.key, field.default))
    invalidate_models_cache(sender=CustomField)


def _ensure_types(apps: Any) -> None:
    """Create the types that a cluster, a node and its platform need before anything knows better."""
    manufacturer, _ = apps.get_model("dcim", "Manufacturer").objects.get_or_create(name="Unknown")
    apps.get_model("dcim", "DeviceType").objects.get_or_create(
        manufacturer=manufacturer, model="Unknown", defaults={"u_height": 0, "is_full_depth": False}
    )
    apps.get_model("virtualization", "ClusterType").objects.get_or_create(name="Proxmox VE")
    apps.get_model("dcim", "Platform").objects.get_or_create(name="Proxmox VE")


def _content_type(apps: Any, model: str) -> Any:
    return apps.get_model("contenttypes", "ContentType").objects.get_for_model(apps.get_model(model))
