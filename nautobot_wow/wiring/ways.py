"""The ways to the gateway of what is in Nautobot: of guests, of network profiles, of a guest that shall be made.

Where a guest's card is plugged in is known from the sightings of its hypervisor (source "bridge"): the newest one of
its MAC address. Everything is asked in a number of queries that does not depend on how many guests there are.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from nautobot.dcim.models import Interface
from nautobot.ipam.models import IPAddress, IPAddressToInterface

from ..choices import SightingSource
from ..models import Claim, NetworkProfile, Sighting
from ..records import Kind
from .path import Way, follow
from .ports import Port, Wiring
from .topology import load

GATEWAY = "Gateway"
GONE = ("Deprecated", "Decommissioning")


@dataclass(frozen=True, kw_only=True)
class GuestWay:
    """The way of one card of a guest, for one of its addresses; None, with the reason, where nobody saw the card."""

    guest: uuid.UUID
    guest_name: str
    card: str
    host: str
    prefix: uuid.UUID
    network: str
    way: Way | None
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class ProfileWay:
    """The way of a network profile from one of the bridges that it names."""

    device: str
    way: Way


@dataclass(frozen=True, kw_only=True)
class _Gateway:
    host: str
    carriers: tuple[Port, ...] = ()


@dataclass(frozen=True, kw_only=True)
class _Gateways:
    """The gateway of each prefix; `others_known` are those in whose namespace any gateway is on a known interface."""

    of_prefix: dict[uuid.UUID, _Gateway]
    others_known: frozenset[uuid.UUID]


class Ways:
    """Follows VLANs on the wires as they are now; wires and gateways are read once, and only if one is followed."""

    def __init__(self, wiring: Wiring | None = None) -> None:
        self._given = wiring
        self._followed: dict[Any, Way] = {}

    @cached_property
    def wiring(self) -> Wiring:
        """Every port of a device, its VLANs and cables."""
        return self._given if self._given is not None else load()

    def of_guests(self, pks: Any = None) -> list[GuestWay]:
        """Return the ways of the guests (all of them without `pks`), by name, card and address."""
        cards = self._cards(pks)
        plugged = _plugged({card["mac"] for card in cards})
        return [self._of_card(card, plugged.get(card["mac"])) for card in cards]

    def of_profile(self, profile: NetworkProfile) -> list[ProfileWay]:
        """Return the way from each bridge of that name on a machine that runs guests."""
        found = []
        for pk in _bridges(profile.bridge).order_by("device__name").values_list("pk", flat=True):
            port = self.wiring.ports.get(pk)
            if port is not None:
                found.append(ProfileWay(device=port.device_name, way=self.from_bridge(profile, port)))
        return found

    def from_bridge(self, profile: NetworkProfile, bridge: Port) -> Way:
        """Return the way of a card with the profile's tag from a bridge."""
        gateway = self._gateway(profile.prefix_id, profile.gateway or "")
        return self._follow(bridge, profile.vlan_tag, gateway, profile.prefix_id)

    # ------------------------------------------------------------------------------------------------------- guests

    @staticmethod
    def _cards(pks: Any) -> list[dict[str, Any]]:
        links = IPAddressToInterface.objects.filter(vm_interface__isnull=False, vm_interface__enabled=True)
        links = links.filter(ip_address__ip_version=4, ip_address__parent__isnull=False)
        links = links.exclude(vm_interface__virtual_machine__status__name__in=GONE)
        if pks is not None:
            links = links.filter(vm_interface__virtual_machine__in=pks)
        rows = links.exclude(vm_interface__mac_address=None).order_by(
            "vm_interface__virtual_machine__name", "vm_interface__name", "ip_address__host"
        )
        names = (
            "vm_interface__virtual_machine_id", "vm_interface__virtual_machine__name", "vm_interface__name",
            "vm_interface__mac_address", "ip_address__host", "ip_address__parent_id", "ip_address__parent__network",
            "ip_address__parent__prefix_length",
        )  # fmt: skip
        return [
            {
                "guest": guest,
                "guest_name": name,
                "card": card,
                "mac": str(mac).upper(),
                "host": host,
                "prefix": prefix,
                "network": f"{network}/{length}",
            }
            for guest, name, card, mac, host, prefix, network, length in rows.values_list(*names)
        ]

    def _of_card(self, card: dict[str, Any], plug: tuple[uuid.UUID, int | None] | None) -> GuestWay:
        about = GuestWay(**{name: card[name] for name in card if name != "mac"}, way=None)
        start = self.wiring.ports.get(plug[0]) if plug else None
        if plug is None or start is None:
            return replace(about, reason="no system says which bridge this card is plugged into")
        gateway = self._gateway(card["prefix"])
        if gateway.host == card["host"]:
            return replace(about, reason="it is the gateway itself")
        return replace(about, way=self._follow(start, plug[1], gateway, card["prefix"]))

    # ----------------------------------------------------------------------------------------------------- gateways

    def _follow(self, start: Port, vid: int | None, gateway: _Gateway, prefix: uuid.UUID) -> Way:
        key = (start.pk, vid or None, gateway.host, prefix)
        if key not in self._followed:
            known = prefix in self._gateways.others_known
            self._followed[key] = follow(self.wiring, start, vid, gateway.host, gateway.carriers, others_known=known)
        return self._followed[key]

    @cached_property
    def _gateways(self) -> _Gateways:
        named = _named_gateways()
        hosts = {host for _, host in named.values()}
        carriers: dict[tuple[uuid.UUID, str], list[Port]] = defaultdict(list)
        links = IPAddressToInterface.objects.filter(ip_address__host__in=hosts, interface__isnull=False).order_by()
        for space, host, pk in links.values_list(
            "ip_address__parent__namespace_id", "ip_address__host", "interface_id"
        ):
            if pk in self.wiring.ports:
                carriers[space, host].append(self.wiring.ports[pk])
        seen = {space for space, _ in carriers}
        return _Gateways(
            of_prefix={
                prefix: _Gateway(host=host, carriers=tuple(carriers.get((space, host), ())))
                for prefix, (space, host) in named.items()
            },
            others_known=frozenset(prefix for prefix, (space, _) in named.items() if space in seen),
        )

    def _gateway(self, prefix: uuid.UUID, host: str = "") -> _Gateway:
        found = self._gateways.of_prefix.get(prefix, _Gateway(host=""))
        return found if not host or found.host == host else _Gateway(host=host)


def known_break(system: Any, profile: NetworkProfile, node: str) -> str:
    """Return why a guest of a profile would not reach its gateway from a node, "" where nothing is known to be wrong.

    What is not known is no reason: a bridge that was never read, a cable that nobody wrote down.
    """
    bridge = _bridge_of(system, profile.bridge, node)
    if bridge is None:
        return ""
    ways = Ways()
    port = ways.wiring.ports.get(bridge)
    way = ways.from_bridge(profile, port) if port is not None else None
    if way is None or not way.is_broken:
        return ""
    return f"{profile.name} does not reach its gateway from {profile.bridge} of {node}: {way.reason}"


def _bridge_of(system: Any, bridge: str, node: str) -> uuid.UUID | None:
    """Return the bridge of that name which the System claims on that node."""
    claimed = Claim.objects.filter(system=system, kind=Kind.INTERFACE.value, missed_runs=0).order_by()
    named = Interface.objects.filter(name=bridge, device__name=node, pk__in=claimed.values("object_id"))
    found: uuid.UUID | None = named.values_list("pk", flat=True).first()
    return found


def _bridges(name: str) -> Any:
    """Return the bridges of that name, on every device."""
    return Interface.objects.filter(name=name, type="bridge").exclude(device=None) if name else Interface.objects.none()


def _plugged(macs: set[str]) -> dict[str, tuple[uuid.UUID, int | None]]:
    """Return the bridge and tag of each card, as its hypervisor saw it last."""
    rows = Sighting.objects.filter(source=SightingSource.BRIDGE, mac__in=macs).exclude(interface=None)
    rows = rows.order_by("last_seen", "first_seen").values_list("mac", "interface_id", "vid")
    return {mac: (interface, vid) for mac, interface, vid in rows}


def _named_gateways() -> dict[uuid.UUID, tuple[uuid.UUID, str]]:
    """Return namespace and address of the gateway of each prefix: what a profile says, else the role of an address."""
    addresses = IPAddress.objects.filter(role__name=GATEWAY, ip_version=4).exclude(status__name__in=GONE)
    rows = addresses.order_by("host").values_list("parent_id", "parent__namespace_id", "host")
    found = {prefix: (space, host) for prefix, space, host in rows}
    profiles = NetworkProfile.objects.filter(enabled=True).exclude(gateway=None).order_by("name")
    rows = profiles.values_list("prefix_id", "prefix__namespace_id", "gateway")
    return found | {prefix: (space, host) for prefix, space, host in rows}
