"""A small consistent data centre as rows of Nautobot, made from a number: addresses, names and VLANs differ each time.

Nothing in it is in conflict. A test breaks one thing, and only that is found.
"""

from __future__ import annotations

import ipaddress
import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.utils import timezone
from nautobot.dcim.models import Device, DeviceType, Interface, Location, LocationType, Manufacturer
from nautobot.extras.models import Role, Status
from nautobot.ipam.models import VLAN, IPAddress, IPAddressRange, IPAddressToInterface, Namespace, Prefix
from nautobot.virtualization.models import Cluster, ClusterType, VirtualMachine, VMInterface

from nautobot_wow.conflicts.check import Report, check
from nautobot_wow.ipam.ours import written_by_us
from nautobot_wow.models import Allocation, Claim, Conflict, NetworkProfile, Sighting, System

DHCP, POOL, KEPT = (40, 59), (60, 79), (80, 89)
"""The ranges of each network, as offsets of their first and last address."""


@dataclass
class Network:
    """One network with its VLAN, ranges and profile."""

    prefix: Prefix
    vlan: VLAN
    profile: NetworkProfile
    base: int
    ranges: dict[str, IPAddressRange] = field(default_factory=dict)

    def host(self, offset: int) -> str:
        """Return an address of it."""
        return str(ipaddress.ip_address(self.base + offset))


class Estate:
    """Two networks with a router, a switch and guests, written without conflict; `apps` is open, `mgmt` restricted."""

    def __init__(self, seed: int = 1) -> None:
        self.random = random.Random(seed)  # noqa: S311
        self.now = timezone.now()
        self.active = Status.objects.get(name="Active")
        self.namespace = Namespace.objects.get(name="Global")
        place = LocationType.objects.create(name=f"Site {seed}")
        place.content_types.set(ContentType.objects.get_for_models(Device, Cluster, Prefix, VLAN).values())
        self.location = Location.objects.create(name=f"place{seed}", location_type=place, status=self.active)
        kind, _ = ClusterType.objects.get_or_create(name="Proxmox VE")
        self.cluster = Cluster.objects.create(name=f"cluster{seed}", cluster_type=kind, location=self.location)
        self.gateway_role = self._role("Gateway", IPAddress)
        self.vip = Role.objects.get(name="VIP")
        self.device_role = self._role("Thing", Device)
        maker, _ = Manufacturer.objects.get_or_create(name="Maker")
        self.device_type, _ = DeviceType.objects.get_or_create(manufacturer=maker, model="Thing", u_height=0)
        first, second = self.random.sample(range(1, 200), 2)
        self.router = self.device(f"router{seed}")
        self.apps = self.network(f"10.{first}.{self.random.randrange(200)}.0/24", "apps")
        self.mgmt = self.network(f"10.{second}.{self.random.randrange(200)}.0/24", "mgmt", restricted=True)
        self.switch = self.device(f"switch{seed}")
        self.give(self.mgmt.host(5), self.port(self.switch, "oob", mgmt_only=True))
        self.web = self.guest(f"web{seed}", self.apps.host(10))
        self.db = self.guest(f"db{seed}", self.apps.host(11))

    # ------------------------------------------------------------------------------------------------------- building

    def network(self, text: str, name: str, **profile: Any) -> Network:
        """Make a network with ranges for DHCP, a load balancer and other things, a gateway and a profile."""
        vlan = VLAN.objects.create(vid=self.random.randrange(2, 4000), name=name, status=self.active)
        prefix = Prefix(prefix=text, namespace=self.namespace, status=self.active, vlan=vlan)
        prefix.validated_save()
        prefix.locations.add(self.location)
        made = Network(prefix, vlan, None, int(ipaddress.ip_network(text).network_address))  # type: ignore[arg-type]
        made.profile = NetworkProfile.objects.create(
            name=name, prefix=prefix, gateway=made.host(1), vlan_tag=vlan.vid, **profile
        )
        self.give(made.host(1), self.port(self.router, f"lan-{name}", untagged_vlan=vlan), role=self.gateway_role)
        for role, (first, last) in (("DHCP", DHCP), ("Load Balancer Pool", POOL), ("Reserved", KEPT)):
            made.ranges[role] = self.range(made.host(first), made.host(last), role)
        return made

    def range(self, first: str, last: str, role: str = "", name: str = "") -> IPAddressRange:
        row = IPAddressRange(
            start_address=first,
            end_address=last,
            name=name,
            role=Role.objects.get(name=role) if role else None,
            namespace=self.namespace,
            status=self.active,
        )
        with written_by_us():
            row.validated_save()
        return row

    def device(self, name: str) -> Device:
        return Device.objects.create(
            name=name, location=self.location, role=self.device_role, device_type=self.device_type, status=self.active
        )

    def port(self, of: Device, name: str, **more: Any) -> Interface:
        mode = {"mode": "access"} if more.get("untagged_vlan") else {}
        return Interface.objects.create(device=of, name=name, type="other", status=self.active, **mode, **more)

    def guest(self, name: str, host: str = "", profile: str = "apps", **custom: Any) -> VirtualMachine:
        """Make a guest with a card and, if asked, a primary address on it, in the VLAN of its network."""
        values = {"proxmox_vmid": 100 + VirtualMachine.objects.count(), "network_profile": profile} | custom
        row = VirtualMachine.objects.create(
            name=name, cluster=self.cluster, status=self.active, _custom_field_data=values
        )
        if host:
            vlan = next((one.vlan for one in (self.apps, self.mgmt) if self._is_in(host, one)), None)
            row.primary_ip4 = self.give(
                host, self.card(row, "net0", untagged_vlan=vlan), dns_name=f"{name}.example.org"
            )
            row.save()
        return row

    def card(self, of: VirtualMachine, name: str, untagged_vlan: VLAN | None = None) -> VMInterface:
        mode = {"mode": "access", "untagged_vlan": untagged_vlan} if untagged_vlan else {}
        return VMInterface.objects.create(virtual_machine=of, name=name, status=self.active, **mode)

    def address(self, host: str, **more: Any) -> IPAddress:
        found = IPAddress.objects.filter(host=host, parent__namespace=self.namespace).first()
        if found is not None:
            return found
        with written_by_us():
            return IPAddress.objects.create(
                address=f"{host}/24", namespace=self.namespace, **{"status": self.active} | more
            )

    def give(self, host: str, interface: Any, **more: Any) -> IPAddress:
        """Give an interface an address, which may be there already."""
        row = self.address(host, **more)
        field = "interface" if isinstance(interface, Interface) else "vm_interface"
        IPAddressToInterface.objects.create(ip_address=row, **{field: interface})
        return row

    def system(self, name: str = "pve") -> System:
        return System.objects.get_or_create(name=name, defaults={"kind": "proxmox"})[0]

    def claim(self, about: Any, by: str = "pve", kind: str = "address", **values: Any) -> Claim:
        return Claim.objects.create(
            system=self.system(by),
            kind=kind,
            external_id=str(getattr(about, "host", about.pk)),
            object_type=ContentType.objects.get_for_model(about),
            object_id=about.pk,
            values=values,
        )

    def seen(self, host: str, mac: str = "BC:24:11:00:00:01", **more: Any) -> Sighting:
        values: dict[str, Any] = {"source": "arp", "seen_by": "watcher", "namespace": self.namespace, "ip_version": 4}
        values |= {"first_seen": self.now - timedelta(days=1), "last_seen": self.now - timedelta(hours=1)}
        return Sighting.objects.create(**values | {"host": host, "mac": mac} | more)

    def allocation(self, of: Network, host: str, **more: Any) -> Allocation:
        values = {"namespace": self.namespace, "ip_version": 4, "mask_length": 24, "state": "used", "key": host}
        row = IPAddress.objects.filter(host=host).first()
        return Allocation.objects.create(profile=of.profile, host=host, address=row, **values | more)

    @staticmethod
    def _role(name: str, model: Any) -> Role:
        row, _ = Role.objects.get_or_create(name=name)
        row.content_types.add(ContentType.objects.get_for_model(model))
        return row

    @staticmethod
    def _is_in(host: str, network: Network | None) -> bool:
        return network is not None and ipaddress.ip_address(host) in ipaddress.ip_network(str(network.prefix.prefix))


def now_found(at: datetime | None = None) -> dict[str, list[str]]:
    """Check, and return the titles of what is open, by rule."""
    report = check(at or timezone.now())
    assert report.failed == {}
    return standing()


def standing() -> dict[str, list[str]]:
    """Return the titles of what is open, by rule."""
    found: dict[str, list[str]] = {}
    for row in Conflict.objects.filter(system=None, state="open").order_by("kind", "title"):
        found.setdefault(row.kind, []).append(row.title)
    return found


def only(rule: str) -> Conflict:
    """Check, and return the one conflict there is; it must be of this rule."""
    found = now_found()
    assert list(found) == [rule], found
    return Conflict.objects.get(kind=rule, state="open")


def report() -> Report:
    return check(timezone.now())
