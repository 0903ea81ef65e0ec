"""The rows between objects that make their sets: tags, clusters of a node, interfaces of an address.

A set attribute of a kind holds keys or names; here, and only here, they become rows.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Model, Q
from nautobot.dcim.models import DeviceClusterAssignment, Interface
from nautobot.extras.models import TaggedItem
from nautobot.ipam.models import IPAddressToInterface, PrefixLocationAssignment, VLANLocationAssignment
from nautobot.virtualization.models import VMInterface

from ..diffsync_models import KINDS
from ..diffsync_models.view import View
from ..models import ProfileRange
from ..records import Kind
from .plan import Change


@dataclass(frozen=True, kw_only=True)
class LinkTable:
    """How one set attribute is stored: the row for an element, and the condition that finds it again."""

    model: type[Model]
    row: Callable[[View, Change, str], Model | None]
    find: Callable[[View, Change, str], Q | None]


def _tag_row(view: View, change: Change, name: str) -> Model:
    content_type = ContentType.objects.get_for_model(KINDS[change.kind].orm)
    return TaggedItem(tag=view.refs.tags[name], content_type=content_type, object_id=change.object_id)


def _tag_find(view: View, change: Change, name: str) -> Q:
    content_type = ContentType.objects.get_for_model(KINDS[change.kind].orm)
    return Q(tag__name=name, content_type=content_type, object_id=change.object_id)


def _cluster_row(view: View, change: Change, key: str) -> Model | None:
    cluster = _pk(view, Kind.CLUSTER, key)
    return DeviceClusterAssignment(device_id=change.object_id, cluster_id=cluster) if cluster else None


def _cluster_find(view: View, change: Change, key: str) -> Q | None:
    cluster = _pk(view, Kind.CLUSTER, key)
    return Q(device_id=change.object_id, cluster_id=cluster) if cluster else None


def _interface_row(view: View, change: Change, key: str) -> Model | None:
    where = _interface(view, key)
    return IPAddressToInterface(ip_address_id=change.object_id, **where) if where else None


def _interface_find(view: View, change: Change, key: str) -> Q | None:
    where = _interface(view, key)
    return Q(ip_address_id=change.object_id, **where) if where else None


def _interface(view: View, key: str) -> dict[str, uuid.UUID] | None:
    if key not in view.interfaces:
        return None
    kind, pk = view.interfaces[key]
    return {"vm_interface_id" if kind is Kind.GUEST_INTERFACE else "interface_id": pk}


def _pk(view: View, kind: Kind, key: str) -> uuid.UUID | None:
    return view.pk.get((kind, key))


def _location_table(model: type[Model], owner: str) -> LinkTable:
    """Where a VLAN or prefix is. We only ever put it at the System's own place or one that it names, and only take it
    from there."""

    def row(view: View, change: Change, name: str) -> Model | None:
        place = view.place_named(name)
        return model(**{owner: change.object_id, "location_id": place}) if place else None

    def find(view: View, change: Change, name: str) -> Q | None:
        place = view.place_named(name)
        return Q(**{owner: change.object_id}, location=place) if place else None

    return LinkTable(model=model, row=row, find=find)


def _tagged_table(model: type[Model], owner: str) -> LinkTable:
    """The VLANs that an interface carries with a tag, by their numbers."""

    def row(view: View, change: Change, vid: Any) -> Model | None:
        found = view.refs.vlans.get(vid, ())
        return model(**{owner: change.object_id, "vlan": found[0]}) if len(found) == 1 else None

    def find(view: View, change: Change, vid: Any) -> Q | None:
        return Q(**{owner: change.object_id}, vlan__vid=vid)

    return LinkTable(model=model, row=row, find=find)


def _range_row(view: View, change: Change, key: str) -> Model | None:
    one = _pk(view, Kind.RANGE, key)
    return ProfileRange(profile_id=change.object_id, range_id=one) if one else None


def _range_find(view: View, change: Change, key: str) -> Q | None:
    one = _pk(view, Kind.RANGE, key)
    return Q(profile_id=change.object_id, range_id=one) if one else None


TaggedOnPort: Any = Interface.tagged_vlans.through
TaggedOnCard: Any = VMInterface.tagged_vlans.through
_TAGS = LinkTable(model=TaggedItem, row=_tag_row, find=_tag_find)

TABLES: dict[tuple[Kind, str], LinkTable] = {
    (Kind.VLAN, "locations"): _location_table(VLANLocationAssignment, "vlan_id"),
    (Kind.PREFIX, "locations"): _location_table(PrefixLocationAssignment, "prefix_id"),
    (Kind.PROFILE, "ranges"): LinkTable(model=ProfileRange, row=_range_row, find=_range_find),
    (Kind.INTERFACE, "tagged_vlans"): _tagged_table(TaggedOnPort, "interface_id"),
    (Kind.GUEST_INTERFACE, "tagged_vlans"): _tagged_table(TaggedOnCard, "vminterface_id"),
    (Kind.GUEST, "tags"): _TAGS,
    (Kind.ADDRESS, "tags"): _TAGS,
    (Kind.DEVICE, "clusters"): LinkTable(model=DeviceClusterAssignment, row=_cluster_row, find=_cluster_find),
    (Kind.ADDRESS, "interfaces"): LinkTable(model=IPAddressToInterface, row=_interface_row, find=_interface_find),
}

ENDS: dict[type[Model], tuple[tuple[str, str, str], ...]] = {
    TaggedItem: (("object_id", "tags", "tag"),),
    DeviceClusterAssignment: (("device_id", "clusters", "cluster"),),
    VLANLocationAssignment: (("vlan_id", "locations", "location"),),
    PrefixLocationAssignment: (("prefix_id", "locations", "location"),),
    ProfileRange: (("profile_id", "ranges", "range"),),
    TaggedOnPort: (("interface_id", "tagged_vlans", "vlan"),),
    TaggedOnCard: (("vminterface_id", "tagged_vlans", "vlan"),),
    IPAddressToInterface: (
        ("ip_address_id", "interfaces", "interface"),
        ("ip_address_id", "vm_interfaces", "vm_interface"),
        ("interface_id", "ip_addresses", "ip_address"),
        ("vm_interface_id", "ip_addresses", "ip_address"),
    ),
}
"""What a link says of its ends: the column of an object, the to-many side of that object, and what the side holds."""


def added(change: Change, attribute: str) -> list[Any]:
    """Return the elements that the change adds to a set."""
    old, new = change.attrs.get(attribute, (None, None))
    return sorted(set(new or ()) - set(old or ()))


def dropped(change: Change, attribute: str) -> list[Any]:
    """Return the elements that the change takes from a set."""
    old, new = change.attrs.get(attribute, (None, None))
    return sorted(set(old or ()) - set(new or ()))
