"""The lab's apps network: ranges by role, a profile that gives out .10 to .49, and ways to ask it."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.utils import timezone
from nautobot.extras.models import Role, Status
from nautobot.ipam.models import IPAddress, IPAddressRange, Namespace, Prefix

from nautobot_wow.ipam.allocator import Ask, allocate
from nautobot_wow.models import Allocation, NetworkProfile, Sighting

APPS = "172.16.100"


class Net:
    """One network with its profile."""

    def __init__(self) -> None:
        self.active = Status.objects.get(name="Active")
        self.namespace = Namespace.objects.get(name="Global")
        self.user = get_user_model().objects.create_user("asker", is_superuser=True)
        self.prefix = self.add_prefix(f"{APPS}.0/24")
        self.static = self.add_range(f"{APPS}.10", f"{APPS}.49", "static guests")
        self.dhcp = self.add_range(f"{APPS}.50", f"{APPS}.99", "DHCP pool", role="DHCP")
        self.metallb = self.add_range(f"{APPS}.200", f"{APPS}.220", "machine-pool", role="Load Balancer Pool")
        self.profile = self.add_profile("apps", self.prefix, self.static, gateway=f"{APPS}.1")
        self._keys = itertools.count(1)

    def add_prefix(self, text: str, namespace: Any = None) -> Prefix:
        row = Prefix(prefix=text, namespace=namespace or self.namespace, status=self.active)
        row.validated_save()
        return row

    def add_range(self, first: str, last: str, name: str, role: str | None = None, namespace: Any = None) -> Any:
        row = IPAddressRange(
            start_address=first,
            end_address=last,
            name=name,
            namespace=namespace or self.namespace,
            status=self.active,
            role=Role.objects.get(name=role) if role else None,
        )
        row.validated_save()
        return row

    def add_profile(self, name: str, prefix: Prefix, *ranges: Any, **values: Any) -> NetworkProfile:
        row = NetworkProfile(name=name, prefix=prefix, bridge="vmbr0", **values)
        row.validated_save()
        for one in ranges:
            row.range_assignments.create(range=one)
        return row

    def add_address(self, host: str, **values: Any) -> IPAddress:
        row = IPAddress(address=f"{host}/24", namespace=self.namespace, status=self.active, **values)
        row.validated_save()
        return row

    def saw(self, host: str, days_ago: float = 0, **values: Any) -> Sighting:
        when = timezone.now() - timedelta(days=days_ago)
        given: dict[str, Any] = {"source": "arp", "seen_by": "pfsense", "mac": "BC:24:11:00:00:01"} | values
        return Sighting.objects.create(
            namespace=self.namespace, host=host, ip_version=4, first_seen=when, last_seen=when, **given
        )

    def ask(self, key: str = "", profile: NetworkProfile | None = None, **values: Any) -> Ask:
        return Ask(profile=profile or self.profile, key=key or f"key-{next(self._keys)}", user=self.user, **values)

    def give(self, key: str = "", profile: NetworkProfile | None = None, **values: Any) -> Allocation:
        return allocate(self.ask(key, profile, **values))[0]
