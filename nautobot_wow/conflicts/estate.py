"""What several rules look at, read once for a check: networks, ranges, profiles, and who holds which address.

Everything is per namespace: the same address in two namespaces is two addresses.
"""

from __future__ import annotations

import ipaddress
import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from nautobot.dcim.models import Device
from nautobot.ipam.models import IPAddress, IPAddressRange, IPAddressToInterface, Prefix
from nautobot.virtualization.models import VirtualMachine

from ..app_settings import sightings_count_for
from ..models import NetworkProfile
from ..wiring.cables import Seen
from ..wiring.evidence import seen_since
from ..wiring.ports import Wiring
from ..wiring.topology import load
from .rule import Ref

GONE = "Deprecated"
LEAVING = "Decommissioning"
SHARED = ("VIP", "Anycast", "VRRP", "HSRP", "GLBP", "CARP", "Loopback", "Gateway")
"""Roles of addresses that more than one machine may have at a time."""


@dataclass(frozen=True, kw_only=True)
class Net:
    """A prefix, in numbers."""

    pk: uuid.UUID
    namespace: uuid.UUID
    version: int
    first: int
    last: int
    text: str
    type: str
    parent: uuid.UUID | None
    vlan: uuid.UUID | None
    vid: int | None

    @property
    def ref(self) -> Ref:
        """What leads to it."""
        return Ref(model=Prefix, pk=self.pk, name=self.text)


@dataclass(frozen=True, kw_only=True)
class Span:
    """A range, in numbers."""

    pk: uuid.UUID
    namespace: uuid.UUID
    version: int
    first: int
    last: int
    text: str
    role: str
    parent: uuid.UUID

    @property
    def ref(self) -> Ref:
        """What leads to it."""
        return Ref(model=IPAddressRange, pk=self.pk, name=self.text)

    def __contains__(self, number: int) -> bool:
        return self.first <= number <= self.last


@dataclass(frozen=True, kw_only=True)
class Holder:
    """An interface that has an address, and the machine that has the interface."""

    address: uuid.UUID
    machine: Ref
    interface: Ref
    mgmt_only: bool

    def __str__(self) -> str:
        return f"{self.machine.name} {self.interface.name}"


class Estate:
    """Nautobot at one moment, as far as rules need it together; each part is one query, asked when first needed."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.since = now - sightings_count_for()

    @cached_property
    def nets(self) -> dict[uuid.UUID, Net]:
        """Every prefix."""
        rows = Prefix.objects.order_by().values_list(
            "pk", "namespace_id", "ip_version", "network", "broadcast", "prefix_length", "type", "parent_id",
            "vlan_id", "vlan__vid",
        )  # fmt: skip
        return {
            pk: Net(
                pk=pk,
                namespace=namespace,
                version=version,
                first=number(network),
                last=number(broadcast),
                text=f"{network}/{length}",
                type=type_,
                parent=parent,
                vlan=vlan,
                vid=vid,
            )
            for pk, namespace, version, network, broadcast, length, type_, parent, vlan, vid in rows
        }

    @cached_property
    def spans(self) -> list[Span]:
        """Every range that is in force, from the lowest."""
        rows = IPAddressRange.objects.exclude(status__name=GONE).order_by()
        found = [
            Span(
                pk=pk,
                namespace=namespace,
                version=version,
                first=number(start),
                last=number(end),
                text=f"{name} ({start} to {end})" if name else f"{start} to {end}",
                role=role or "",
                parent=parent,
            )
            for pk, namespace, version, start, end, name, role, parent in rows.values_list(
                "pk", "parent__namespace_id", "ip_version", "start_host", "end_host", "name", "role__name", "parent_id"
            )
        ]
        return sorted(found, key=lambda span: (str(span.namespace), span.version, span.first, span.last, span.text))

    @cached_property
    def profiles(self) -> list[NetworkProfile]:
        """Every profile that is enabled."""
        return list(NetworkProfile.objects.filter(enabled=True))

    @cached_property
    def profile_names(self) -> set[str]:
        """The names of all profiles, also of those that are not enabled."""
        return set(NetworkProfile.objects.order_by().values_list("name", flat=True))

    @cached_property
    def wiring(self) -> Wiring:
        """Every port of a device, its VLANs and cables."""
        return load()

    @cached_property
    def seen(self) -> Seen:
        """What was seen of cables while a sighting counts."""
        return seen_since(self.wiring, self.since)

    def span_at(self, namespace: uuid.UUID, host: str, roles: Iterable[str]) -> Span | None:
        """Return the range with one of the roles that holds an address."""
        place, version = number(host), ipaddress.ip_address(host).version
        return next(
            (
                span
                for span in self.spans
                if span.role in roles and place in span and (span.namespace, span.version) == (namespace, version)
            ),
            None,
        )

    @cached_property
    def _narrow(self) -> list[Net]:
        return sorted(self.nets.values(), key=lambda net: net.last - net.first)

    def net_at(self, namespace: uuid.UUID, host: str) -> Net | None:
        """Return the smallest prefix that holds an address."""
        place, version = number(host), ipaddress.ip_address(host).version
        return next(
            (
                net
                for net in self._narrow
                if net.first <= place <= net.last and (net.namespace, net.version) == (namespace, version)
            ),
            None,
        )

    def name_of(self, pk: uuid.UUID | None) -> str:
        """Return a prefix as people write it."""
        return self.nets[pk].text if pk in self.nets else "no prefix"


def number(host: Any) -> int:
    """Return an address as a number."""
    return int(ipaddress.ip_address(str(host)))


def living() -> QuerySet[IPAddress]:
    """Return the addresses that are not retired."""
    return IPAddress.objects.exclude(status__name=GONE).order_by()


def in_ranges(addresses: QuerySet[IPAddress], *roles: str) -> QuerySet[IPAddress]:
    """Return those of the addresses that are in a range with one of the roles."""
    around = IPAddressRange.objects.filter(
        parent__namespace=OuterRef("parent__namespace"),
        ip_version=OuterRef("ip_version"),
        start_host__lte=OuterRef("host"),
        end_host__gte=OuterRef("host"),
        role__name__in=roles,
    ).exclude(status__name=GONE)
    return addresses.filter(Exists(around.order_by()))


def address_ref(pk: uuid.UUID, host: str) -> Ref:
    """Return what leads to an address."""
    return Ref(model=IPAddress, pk=pk, name=host)


def holders(addresses: Any) -> dict[uuid.UUID, list[Holder]]:
    """Return who has the addresses (a list or sub-query of keys), in order; machines that leave are left out."""
    from nautobot.dcim.models import Interface
    from nautobot.virtualization.models import VMInterface

    rows = IPAddressToInterface.objects.filter(ip_address__in=addresses).values_list(
        "ip_address_id", "interface_id", "interface__name", "interface__mgmt_only", "interface__device_id",
        "interface__device__name", "interface__device__status__name", "vm_interface_id", "vm_interface__name",
        "vm_interface__virtual_machine_id", "vm_interface__virtual_machine__name",
        "vm_interface__virtual_machine__status__name",
    )  # fmt: skip
    found: dict[uuid.UUID, list[Holder]] = defaultdict(list)
    for address, port, port_name, mgmt, device, device_name, device_is, card, card_name, guest, guest_name, is_ in rows:
        if LEAVING in (device_is, is_):
            continue
        machine, interface = (
            (
                Ref(model=Device, pk=device, name=device_name or "a device"),
                Ref(model=Interface, pk=port, name=port_name),
            )
            if port
            else (Ref(model=VirtualMachine, pk=guest, name=guest_name), Ref(model=VMInterface, pk=card, name=card_name))
        )
        found[address].append(Holder(address=address, machine=machine, interface=interface, mgmt_only=bool(mgmt)))
    for each in found.values():
        each.sort(key=lambda holder: (str(holder), str(holder.interface.pk)))
    return found


def listed(names: Iterable[Any], limit: int = 5) -> str:
    """Return names as people list them: "a, b and c"; of many the first few, and how many more."""
    texts = sorted({str(name) for name in names})
    more = len(texts) - limit
    if more > 0:
        return f"{', '.join(texts[:limit])} and {more} more"
    return " and ".join([", ".join(texts[:-1]), texts[-1]]) if len(texts) > 1 else "".join(texts)
