"""What rows point at: statuses, platforms, roles, VLANs, prefixes. One query each, when first needed."""

from __future__ import annotations

import bisect
import ipaddress
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db.models import Model
from nautobot.dcim.models import DeviceType, Location, LocationType, Manufacturer, Platform, SoftwareVersion
from nautobot.extras.models import CustomField, Role, Status, Tag
from nautobot.ipam.models import VLAN, IPAddressRange, Namespace, Prefix, VLANGroup
from nautobot.virtualization.models import ClusterType

from ..errors import ConfigurationError

PLACEABLE = (
    "dcim.device",
    "dcim.rack",
    "ipam.prefix",
    "ipam.vlan",
    "ipam.vlangroup",
    "nautobot_wow.system",
    "virtualization.cluster",
)
"""What may stand at a place of a type that this app makes."""


class Network(NamedTuple):
    """A prefix as the writer and the allocator need it."""

    pk: uuid.UUID
    first: int
    last: int
    length: int
    version: int
    vlan_name: str | None


@dataclass
class References:
    """Looked up once a run. What a source names and Nautobot lacks is made by `ensure_*`, when a plan is applied."""

    namespace: Namespace
    location: Location | None
    coming_vlans: Counter[int] = field(default_factory=Counter, repr=False)
    _defaults: dict[type[Model], dict[str, Any]] = field(default_factory=dict, repr=False)

    @cached_property
    def statuses(self) -> dict[str, Status]:
        """Every status by its name."""
        return {status.name: status for status in Status.objects.all()}

    @cached_property
    def platforms(self) -> dict[str, Platform]:
        """Every platform by its name."""
        return {platform.name: platform for platform in Platform.objects.all()}

    @cached_property
    def roles(self) -> dict[str, Role]:
        """Every role by its name."""
        return {role.name: role for role in Role.objects.all()}

    @cached_property
    def tags(self) -> dict[str, Tag]:
        """Every tag by its name."""
        return {tag.name: tag for tag in Tag.objects.all()}

    @cached_property
    def cluster_types(self) -> dict[str, ClusterType]:
        """Every cluster type by its name."""
        return {cluster_type.name: cluster_type for cluster_type in ClusterType.objects.all()}

    @cached_property
    def software_versions(self) -> dict[tuple[uuid.UUID, str], SoftwareVersion]:
        """Every software version by platform and version."""
        return {(version.platform_id, version.version): version for version in SoftwareVersion.objects.all()}

    @cached_property
    def unknown_device_type(self) -> DeviceType:
        """What a device is until something knows better."""
        return DeviceType.objects.get(manufacturer__name="Unknown", model="Unknown")

    @cached_property
    def places(self) -> set[uuid.UUID]:
        """The System's location and everything above it."""
        if self.location is None:
            return set()
        return {place.pk for place in self.location.ancestors(include_self=True)}

    @cached_property
    def vlans(self) -> dict[int, list[VLAN]]:
        """VLANs by id that a guest here may be on: those of this place or above, and those of no place at all."""
        found: dict[int, list[VLAN]] = defaultdict(list)
        for vlan in VLAN.objects.prefetch_related("locations"):
            places = {place.pk for place in vlan.locations.all()}
            if not places or places & self.places:
                found[vlan.vid].append(vlan)
        return found

    def vlan(self, vid: int) -> VLAN:
        """Return the one VLAN of this number here."""
        found = self.vlans.get(vid, [])
        if len(found) != 1:
            raise ValidationError(f"Nautobot has {len(found) or 'no'} VLAN {vid} here")
        return found[0]

    @cached_property
    def vlan_group(self) -> VLANGroup | None:
        """The group that a new VLAN of this place is in: the only one there, else the only one of the place above."""
        if self.location is None:
            return None
        groups: dict[uuid.UUID, list[VLANGroup]] = defaultdict(list)
        for group in VLANGroup.objects.filter(location__in=self.places):
            groups[group.location_id].append(group)
        place: Location | None = self.location
        while place is not None:
            if groups[place.pk]:
                return groups[place.pk][0] if len(groups[place.pk]) == 1 else None
            place = place.parent
        return None

    def allows_here(self, model: type[Model]) -> bool:
        """Tell whether the type of the System's location lets such objects be placed there."""
        if self.location is None:
            return False
        return (model._meta.app_label, model._meta.model_name) in self._placeable

    @cached_property
    def _placeable(self) -> set[tuple[str, str]]:
        types = self.location.location_type.content_types.all() if self.location else ()
        return {(row.app_label, row.model) for row in types}

    @cached_property
    def networks(self) -> list[Network]:
        """Every prefix of the namespace, wider before narrower."""
        rows = Prefix.objects.filter(namespace=self.namespace).values_list(
            "pk", "network", "broadcast", "prefix_length", "ip_version", "vlan__name"
        )
        networks = [
            Network(pk, int(ipaddress.ip_address(first)), int(ipaddress.ip_address(last)), length, version, vlan)
            for pk, first, last, length, version, vlan in rows
        ]
        return sorted(networks, key=_position)

    @cached_property
    def _positions(self) -> list[tuple[int, int, int]]:
        return [_position(network) for network in self.networks]

    def expect(self, pk: uuid.UUID, network: str, vlan_name: str | None) -> None:
        """Take note of a prefix that this run creates, or of the VLAN that it gives one which has none."""
        known = next((one for one in self.networks if one.pk == pk), None) or _network(pk, network)
        named = known._replace(vlan_name=known.vlan_name or vlan_name)
        self._replace([*(one for one in self.networks if one.pk != pk), named])

    def forget_network(self, pk: uuid.UUID) -> None:
        """Take note that a prefix was refused."""
        self._replace([network for network in self.networks if network.pk != pk])

    def _replace(self, networks: list[Network]) -> None:
        self.networks = sorted(networks, key=_position)
        self._positions = [_position(network) for network in self.networks]

    def parent_of(self, network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> uuid.UUID | None:
        """Return the closest prefix around a network, or None."""
        first, last = int(network.network_address), int(network.broadcast_address)
        around = [
            known
            for known in self.networks
            if known.version == network.version
            and known.length < network.prefixlen
            and known.first <= first
            and known.last >= last
        ]
        return max(around, key=lambda known: known.length).pk if around else None

    def range_cut_by(self, network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> str | None:
        """Return the name of a range that lies partly in a network, or None."""
        first, last = int(network.network_address), int(network.broadcast_address)
        for name, version, start, end in self._ranges:
            inside = [first <= edge <= last for edge in (start, end)]
            holds = start <= first and last <= end
            if version == network.version and (inside[0] != inside[1] or holds and not all(inside)):
                return name
        return None

    @cached_property
    def _ranges(self) -> list[tuple[str, int, int, int]]:
        rows = IPAddressRange.objects.filter(parent__namespace=self.namespace)
        return [(str(row), row.ip_version, _number(row.start_host), _number(row.end_host)) for row in rows]

    def network_of(self, host: str) -> Network | None:
        """Return the closest prefix that holds the host, or None."""
        address = ipaddress.ip_address(host)
        index = bisect.bisect_right(self._positions, (address.version, int(address), 999)) - 1
        while index >= 0 and self.networks[index].version == address.version:
            if self.networks[index].last >= int(address):
                return self.networks[index]
            index -= 1
        return None

    @cached_property
    def exclusive_ranges(self) -> list[tuple[str, int, int, int]]:
        """Ranges in which core refuses every address: name, version, first, last."""
        rows = IPAddressRange.objects.filter(is_exclusive=True, parent__namespace=self.namespace)
        return [
            (
                str(row),
                row.ip_version,
                _number(row.start_host),
                _number(row.end_host),
            )
            for row in rows
        ]

    def exclusive_range_of(self, host: str) -> str | None:
        """Return the name of the exclusive range that holds the host, or None."""
        address = ipaddress.ip_address(host)
        for name, version, first, last in self.exclusive_ranges:
            if version == address.version and first <= int(address) <= last:
                return name
        return None

    def custom_field_defaults(self, model: type[Model]) -> dict[str, Any]:
        """Return what a new object of this model starts with: every field, its default or None."""
        if model not in self._defaults:
            fields = CustomField.objects.get_for_model(model, get_queryset=False)
            self._defaults[model] = {field.key: field.default for field in fields}
        return dict(self._defaults[model])

    def ensure_platforms(self, names: Iterable[str]) -> None:
        """Make the platforms that are not there yet."""
        names = set(names)
        for name in sorted(names - set(self.platforms)) if names else ():
            platform = Platform(name=name)
            platform.validated_save()
            self.platforms[name] = platform

    @cached_property
    def manufacturers(self) -> dict[str, Manufacturer]:
        """Every manufacturer by its name."""
        return {manufacturer.name: manufacturer for manufacturer in Manufacturer.objects.all()}

    def ensure_manufacturers(self, names: Iterable[str]) -> None:
        """Make the manufacturers that are not there yet."""
        names = set(names)
        for name in sorted(names - set(self.manufacturers)) if names else ():
            manufacturer = Manufacturer(name=name)
            manufacturer.validated_save()
            self.manufacturers[name] = manufacturer

    @cached_property
    def device_types(self) -> dict[tuple[str, str], DeviceType]:
        """Every device type by maker and model."""
        rows = DeviceType.objects.select_related("manufacturer")
        return {(row.manufacturer.name, row.model): row for row in rows}

    def device_type(self, key: str) -> DeviceType:
        """Return the device type that a key like device_type/Dell/FC630 names, or say that it is missing."""
        maker, _, model = key.partition("/")[2].partition("/")
        if (maker, model) not in self.device_types:
            raise ValidationError(f"Nautobot has no device type {maker} {model}")
        return self.device_types[maker, model]

    def ensure_location_type(self, names: tuple[str, ...]) -> LocationType:
        """Return the last of a chain of location types, made with those above it where they are missing.

        A type that is made for places at the bottom may hold everything that this app puts at places.
        """
        parent: LocationType | None = None
        for number, name in enumerate(names):
            found = LocationType.objects.filter(name=name).first()
            if found is None:
                found = LocationType(name=name, parent=parent)
                found.validated_save()
                if number == len(names) - 1:
                    models = (apps.get_model(label) for label in PLACEABLE)
                    found.content_types.set(ContentType.objects.get_for_model(model) for model in models)
            elif found.parent_id != (parent.pk if parent else None):
                raise ValidationError(f"the location type {name} is there already, below {found.parent or 'nothing'}")
            parent = found
        assert parent is not None
        return parent

    def ensure_roles(self, names: Iterable[str], model: type[Model]) -> None:
        """Make the roles that are not there yet, and let them be used on the model."""
        content_type = ContentType.objects.get_for_model(model)
        names = set(names)
        allowed = set(content_type.roles.filter(name__in=names).values_list("name", flat=True)) if names else set()
        for name in sorted(names - allowed):
            if name not in self.roles:
                role = Role(name=name)
                role.validated_save()
                self.roles[name] = role
            self.roles[name].content_types.add(content_type)

    def ensure_tags(self, names: Iterable[str], model: type[Model]) -> None:
        """Make the tags that are not there yet, and let them be used on the model."""
        content_type = ContentType.objects.get_for_model(model)
        names = set(names)
        allowed = set(content_type.tags.filter(name__in=names).values_list("name", flat=True)) if names else set()
        for name in sorted(names - allowed):
            if name not in self.tags:
                tag = Tag(name=name)
                tag.validated_save()
                self.tags[name] = tag
            self.tags[name].content_types.add(content_type)

    def ensure_software_version(self, platform: str, version: str) -> SoftwareVersion:
        """Return the version of the platform, made if it is not there yet."""
        self.ensure_platforms([platform])
        key = (self.platforms[platform].pk, version)
        if key not in self.software_versions:
            row = SoftwareVersion(platform=self.platforms[platform], version=version, status=self.status("Active"))
            row.validated_save()
            self.software_versions[key] = row
        return self.software_versions[key]

    def status(self, name: str) -> Status:
        """Return the status, or say which one is missing."""
        return _present(self.statuses, name, "status")

    def role(self, name: str) -> Role:
        """Return the role, or say which one is missing."""
        return _present(self.roles, name, "role")


def _present(rows: dict[str, Any], name: str, what: str) -> Any:
    if name not in rows:
        raise ConfigurationError(f"Nautobot has no {what} named {name!r}; run nautobot-server post_upgrade")
    return rows[name]


def _network(pk: uuid.UUID, text: str) -> Network:
    network = ipaddress.ip_network(text)
    first, last = int(network.network_address), int(network.broadcast_address)
    return Network(pk, first, last, network.prefixlen, network.version, None)


def _number(host: str) -> int:
    return int(ipaddress.ip_address(host))


def _position(network: Network) -> tuple[int, int, int]:
    return (network.version, network.first, network.length)
