"""What an inventory page says, out of Nautobot: the networks of a System's place, and what lies in them.

Only what the reader of such a page would find again at the same place is taken: prefixes that are at the location, and
VLANs that are the only ones of their number there. What is left out is returned by name, with the reason.
"""

from __future__ import annotations

import ipaddress
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from nautobot.ipam.models import IPAddress, IPAddressRange, IPAddressToInterface
from nautobot.ipam.models import Prefix as PrefixRow

from ..diffsync_models.base import tags_of
from ..diffsync_models.references import References
from ..errors import NotAllowed
from ..models import NetworkProfile, System
from ..systems.inventory.parse.cells import Stretch
from ..systems.inventory.write import Address, AddressNetwork, AddressRange, is_writable

GONE = "Deprecated"
MODES = {"dhcp": "DHCP", "slaac": "SLAAC"}
TYPES = {"lxc": "LXC", "qemu": "VM"}


@dataclass
class WrittenDown:
    """The networks of a page, and what had to be left out."""

    networks: dict[uuid.UUID, AddressNetwork] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)


def written_down(system: System, user: Any) -> WrittenDown:
    """Return what a page about the namespace and location of a System says, in a fixed number of queries.

    Raises NotAllowed for who may not see all of it: a page with holes would be read as one that lost something.
    """
    found = WrittenDown()
    prefixes = _prefixes(system)
    ranges = IPAddressRange.objects.filter(parent__in=prefixes).exclude(status__name=GONE)
    addresses = IPAddress.objects.filter(parent__namespace=system.namespace)
    for rows in (prefixes, ranges, addresses):
        _require_sight(rows, user)
    _add_prefixes(found, prefixes, References(namespace=system.namespace, location=system.location))
    _add_ranges(found, ranges)
    _add_addresses(found, addresses)
    return found


def _prefixes(system: System) -> Any:
    refs = References(namespace=system.namespace, location=system.location)
    rows = PrefixRow.objects.filter(namespace=system.namespace).exclude(status__name=GONE)
    return rows.filter(locations=system.location) if refs.allows_here(PrefixRow) else rows


def _require_sight(rows: Any, user: Any) -> None:
    if rows.restrict(user, "view").count() != rows.count():
        name = rows.model._meta.verbose_name_plural
        raise NotAllowed(
            f"{user} may not see all {name} here; ask for the permission view_{rows.model._meta.model_name}"
        )


def _add_prefixes(found: WrittenDown, prefixes: Any, refs: References) -> None:
    profiles = {profile.prefix_id: profile for profile in NetworkProfile.objects.order_by("-is_default", "name")[::-1]}
    columns = ("pk", "network", "prefix_length", "type", "vlan_id", "vlan__vid", "vlan__name", "description")
    for pk, network, length, type_, vlan, vid, name, description in prefixes.order_by().values_list(*columns):
        here = refs.vlans.get(vid, [])
        is_clear = len(here) == 1 and here[0].pk == vlan
        if vid and not is_clear:
            found.left_out.append(f"VLAN {vid} of {network}/{length}: it is not the only one of its number here")
        profile = profiles.get(pk)
        found.networks[pk] = AddressNetwork(
            network=ipaddress.ip_network(f"{network}/{length}"),
            type=type_,
            vid=vid if is_clear else None,
            vlan_name=name if is_clear else "",
            description=description,
            bridge=profile.bridge if profile else "",
            dns_servers=tuple(profile.dns_servers) if profile else (),
            is_restricted=bool(profile and profile.restricted),
        )


def _add_ranges(found: WrittenDown, ranges: Any) -> None:
    columns = ("parent_id", "start_host", "end_host", "name", "role__name", "description")
    for parent, first, last, name, role, description in ranges.order_by().values_list(*columns):
        stretch = Stretch(first=ipaddress.ip_address(first), last=ipaddress.ip_address(last))
        one = AddressRange(stretch=stretch, name=name or "", role=role or "", description=description or "")
        found.networks[parent].ranges.append(one)


def _add_addresses(found: WrittenDown, addresses: Any) -> None:
    pks = addresses.order_by().values("pk")
    tags, carriers = tags_of(IPAddress, pks), _carriers(pks)
    columns = (
        "pk",
        "parent_id",
        "host",
        "mask_length",
        "dns_name",
        "type",
        "role__name",
        "description",
        "status__name",
    )
    for pk, parent, host, length, name, mode, role, description, status in addresses.order_by().values_list(*columns):
        network = found.networks.get(parent)
        one = Address(
            address=ipaddress.ip_address(host),
            mask_length=length,
            dns_name=name,
            type=carriers.get(pk) or ("VIP" if role == "VIP" else ""),
            mode=MODES.get(mode, ""),
            role=role or "",
            tags=frozenset(tags.get(pk, ())),
            description=description,
            status=status,
        )
        if network is None:
            found.left_out.append(f"{host}: its prefix is not at the location")
        elif not is_writable(one, network.network):
            found.left_out.append(f"{host}: it is the first or the last address of {network.network}")
        else:
            network.addresses.append(one)


def _carriers(pks: Any) -> dict[uuid.UUID, str]:
    """Return what carries each address, in the words of a page: LXC (101), VM (211), Bare Metal."""
    columns = ("ip_address_id", "interface__device_id", "vm_interface__virtual_machine___custom_field_data")
    rows: Iterable[Any] = IPAddressToInterface.objects.filter(ip_address__in=pks).order_by("pk").values_list(*columns)
    return {address: "Bare Metal" if device else _guest(fields or {}) for address, device, fields in rows}


def _guest(fields: dict[str, Any]) -> str:
    word = TYPES.get(fields.get("proxmox_vmtype") or "", "VM")
    vmid = fields.get("proxmox_vmid")
    return f"{word} ({vmid})" if vmid else word
