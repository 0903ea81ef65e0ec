"""Proxy ARP: a router that answers for addresses which it does not have says nothing of who has them.

In doubt a sighting is evidence. It is only none where everything speaks for it: it is from an ARP table; its MAC is
that of one Device, which is the one that looked, or a router (it has a gateway's address); Nautobot has no such address
on that Device; and the same MAC answers for very many of such addresses. A router with a few addresses that nobody
wrote down keeps them.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Count, Q
from nautobot.dcim.models import Interface
from nautobot.ipam.models import IPAddressToInterface

from ..choices import SightingSource
from ..models import NetworkProfile, Sighting, System

MANY = 16
"""For so many addresses that it does not have a router must answer before that is taken for proxy ARP."""

GATEWAY = "Gateway"


def without_proxied(rows: Iterable[Sighting], since: datetime) -> list[Sighting]:
    """Return the rows that are no answers of a proxy; `since` is from when on sightings count."""
    rows = list(rows)
    arp: dict[uuid.UUID, list[Sighting]] = defaultdict(list)
    for row in rows:
        if row.source == SightingSource.ARP and row.mac and row.host:
            arp[row.namespace_id].append(row)
    gone = {row.pk for namespace, each in arp.items() for row in _proxied(each, namespace, since)}
    return [row for row in rows if row.pk not in gone]


def _proxied(rows: list[Sighting], namespace: uuid.UUID, since: datetime) -> Iterable[Sighting]:
    here = Sighting.objects.filter(namespace=namespace, source=SightingSource.ARP, last_seen__gte=since).order_by()
    counted = here.filter(mac__in={row.mac for row in rows}).values("mac").annotate(n=Count("host", distinct=True))
    many = set(counted.filter(n__gte=MANY).values_list("mac", flat=True))
    routers = _routers(many, {row.system_id for row in rows if row.mac in many}) if many else {}
    for mac, device in routers.items():
        links = IPAddressToInterface.objects.filter(interface__device=device, ip_address__parent__namespace=namespace)
        own = set(links.values_list("ip_address__host", flat=True))
        answered = set(here.filter(mac=mac).exclude(host=None).values_list("host", flat=True))
        if len(answered - own) >= MANY:
            yield from (row for row in rows if row.mac == mac and row.host not in own)


def _routers(macs: set[str], systems: set[Any]) -> dict[str, uuid.UUID]:
    """Return the Device of each MAC that belongs to just one, if that is a router or the one that looked."""
    devices: dict[str, set[uuid.UUID]] = defaultdict(set)
    ports = Interface.objects.filter(mac_address__in=macs, device__isnull=False).order_by()
    for mac, device in ports.values_list("mac_address", "device_id"):
        devices[str(mac).upper()].add(device)
    single = {mac: next(iter(found)) for mac, found in devices.items() if len(found) == 1}
    looking = System.objects.filter(pk__in={pk for pk in systems if pk}, device__in=single.values())
    trusted = set(looking.values_list("device_id", flat=True))
    gateways = {
        host
        for pair in NetworkProfile.objects.order_by().values_list("gateway", "gateway6")
        for host in pair
        if host is not None
    }
    is_gateway = Q(ip_address__role__name=GATEWAY) | Q(ip_address__host__in=gateways)
    links = IPAddressToInterface.objects.filter(is_gateway, interface__device__in=single.values())
    trusted |= set(links.values_list("interface__device_id", flat=True))
    return {mac: device for mac, device in single.items() if device in trusted}
