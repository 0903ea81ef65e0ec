"""The lab's rack as rows of Nautobot, as the Systems of its node, switches and firewall would write them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.utils import timezone
from nautobot.dcim.models import Cable, Device, DeviceType, Interface, Location, LocationType, Manufacturer
from nautobot.extras.models import Role, Status
from nautobot.ipam.models import VLAN, IPAddress, IPAddressToInterface, Namespace, Prefix
from nautobot.virtualization.models import Cluster, ClusterType, VirtualMachine, VMInterface

from nautobot_wow.ipam.ours import written_by_us
from nautobot_wow.models import Claim, NetworkProfile, Sighting, System

VIDS = (1, 100, 110, 120, 130, 160)
PORTS: dict[str, dict[str, Any]] = {
    "wow-prox1/vmbr0": {"type": "bridge", "mode": "tagged-all"},
    "wow-prox1/eno1": {"bridge": "vmbr0", "mac_address": "24:6E:96:00:01:01"},
    "wow-10gb-mik-sw/bridge": {"type": "bridge", "mac_address": "48:A9:8A:C1:17:00"},
    "wow-10gb-mik-sw/sfp-sfpplus1": {"bridge": "bridge", "native": 100, "mac_address": "48:A9:8A:C1:17:01"},
    "wow-10gb-mik-sw/sfp-sfpplus2": {"bridge": "bridge", "tagged": (110, 120, 130, 160)},
    "wow-10gb-mik-sw/sfp-sfpplus3": {"bridge": "bridge", "native": 100, "tagged": (110, 120)},
    "wow-10gb-mik-sw/sfp-sfpplus4": {"bridge": "bridge", "tagged": (160,)},
    "wow-10gb-mik-sw/sfp-sfpplus16": {"bridge": "bridge", "tagged": (100,), "mac_address": "48:A9:8A:C1:17:10"},
    "cisco-sg300-28/gi5": {"native": 100},
    "cisco-sg300-28/gi27": {"tagged": (100,), "mac_address": "54:78:1A:2B:30:1B"},
    "cisco-sg300-28/gi28": {"native": 1},
    "pfsense/ix3": {"mac_address": "90:EC:77:1F:00:03"},
    "pfsense/ix4": {"mac_address": "90:EC:77:1F:00:04"},
    "pfsense/ix5": {"mac_address": "90:EC:77:1F:00:05"},
    "pfsense/ix5.110": {"type": "virtual", "parent_interface": "ix5", "native": 110},
    "pfsense/ix5.130": {"type": "virtual", "parent_interface": "ix5", "native": 130},
}
GATEWAYS = {100: "pfsense/ix3", 110: "pfsense/ix5.110", 130: "pfsense/ix5.130"}
CABLES = (
    ("wow-prox1/eno1", "wow-10gb-mik-sw/sfp-sfpplus3"),
    ("wow-10gb-mik-sw/sfp-sfpplus1", "pfsense/ix3"),
    ("wow-10gb-mik-sw/sfp-sfpplus2", "pfsense/ix5"),
    ("wow-10gb-mik-sw/sfp-sfpplus16", "cisco-sg300-28/gi27"),
    ("cisco-sg300-28/gi28", "pfsense/ix4"),
)
ROLES = {"wow-prox1": "Hypervisor", "wow-10gb-mik-sw": "Switch", "cisco-sg300-28": "Switch", "pfsense": "Firewall"}


class Rack:
    """Devices, ports, VLANs, prefixes with gateways and profiles; cables only as far as `cables` says."""

    def __init__(self, cables: tuple[tuple[str, str], ...] = CABLES) -> None:
        self.now = timezone.now()
        self.active = Status.objects.get(name="Active")
        self.namespace = Namespace.objects.get(name="Global")
        place, _ = LocationType.objects.get_or_create(name="Room")
        place.content_types.set(ContentType.objects.get_for_models(Device, Cluster, Prefix, VLAN).values())
        self.location = Location.objects.create(name="Rack room", location_type=place, status=self.active)
        maker, _ = Manufacturer.objects.get_or_create(name="Maker")
        self.type, _ = DeviceType.objects.get_or_create(manufacturer=maker, model="Box", u_height=0)
        kind, _ = ClusterType.objects.get_or_create(name="Proxmox VE")
        self.cluster = Cluster.objects.create(name="lab", cluster_type=kind, location=self.location)
        self.system = System.objects.create(name="pve", kind="proxmox")
        self.vlans = {vid: VLAN.objects.create(vid=vid, name=f"v{vid}", status=self.active) for vid in VIDS}
        self.devices = {name: self._device(name, role) for name, role in ROLES.items()}
        self.ports: dict[str, Interface] = {}
        for name, values in PORTS.items():
            self.port(name, **values)
        self.profiles = {vid: self._network(vid) for vid in (100, 110, 120, 130)}
        for vid, name in GATEWAYS.items():
            self.give(f"172.16.{vid}.1", interface=self.ports[name])
        for a, b in cables:
            self.cable(a, b)

    def port(self, name: str, native: int | None = None, tagged: tuple[int, ...] = (), **values: Any) -> Interface:
        device, _, own = name.partition("/")
        for field in ("bridge", "parent_interface"):
            if field in values:
                values[field] = self.ports[f"{device}/{values[field]}"]
        if native or tagged:
            values["mode"] = "tagged" if tagged else "access"
            values["untagged_vlan"] = self.vlans[native] if native else None
        defaults = {"type": "10gbase-x-sfpp", "status": self.active} | values
        row, _ = Interface.objects.update_or_create(device=self.devices[device], name=own, defaults=defaults)
        row.tagged_vlans.set([self.vlans[vid] for vid in tagged])
        self.ports[name] = row
        return row

    def cable(self, a: str, b: str, status: str = "Connected") -> Cable:
        row = Cable(termination_a=self.ports[a], termination_b=self.ports[b], status=Status.objects.get(name=status))
        row.validated_save()
        return row

    def guest(self, name: str, vid: int, last: int, *, is_tagged: bool = True) -> VirtualMachine:
        """Make a guest with a card on vmbr0 and an address of a network, as a sync would."""
        row = VirtualMachine.objects.create(
            name=name, cluster=self.cluster, status=self.active, _custom_field_data={"proxmox_node": "wow-prox1"}
        )
        mac = f"BC:24:11:00:{vid:02X}:{last:02X}"
        card = VMInterface.objects.create(virtual_machine=row, name="net0", status=self.active, mac_address=mac)
        self.give(f"172.16.{vid}.{last}", vm_interface=card)
        tag = vid if is_tagged else None
        self.seen("wow-prox1/vmbr0", source="bridge", mac=mac, vid=tag)
        return row

    def give(self, host: str, **port: Any) -> IPAddress:
        with written_by_us():
            row = IPAddress.objects.create(address=f"{host}/24", namespace=self.namespace, status=self.active)
        IPAddressToInterface.objects.create(ip_address=row, **port)
        return row

    def seen(self, port: str, at: datetime | None = None, **values: Any) -> Sighting:
        at = at or self.now - timedelta(hours=1)
        return Sighting.objects.create(
            namespace=self.namespace,
            interface=self.ports[port],
            where=port.partition("/")[2],
            seen_by=port.partition("/")[0],
            **{"source": "mac-table", "first_seen": at, "last_seen": at} | values,
        )

    def neighbours(self, a: str, b: str) -> None:
        """Both ends name each other."""
        for near, far in ((a, b), (b, a)):
            device, _, port = far.partition("/")
            mac = f"02:00:00:00:00:{Sighting.objects.count():02X}"
            self.seen(near, source="neighbour", name=device, far_port=port, mac=mac)

    def claim(self, row: Any, kind: str, key: str, **values: Any) -> Claim:
        about = {"object_type": ContentType.objects.get_for_model(row), "object_id": row.pk}
        return Claim.objects.create(system=self.system, kind=kind, external_id=key, values=values, **about)

    def _device(self, name: str, role: str) -> Device:
        row, _ = Role.objects.get_or_create(name=role)
        row.content_types.add(ContentType.objects.get_for_model(Device))
        values = {"location": self.location, "device_type": self.type, "status": self.active}
        return Device.objects.create(name=name, role=row, **values)

    def _network(self, vid: int) -> NetworkProfile:
        prefix = Prefix(prefix=f"172.16.{vid}.0/24", namespace=self.namespace, status=self.active, vlan=self.vlans[vid])
        prefix.validated_save()
        return NetworkProfile.objects.create(
            name=f"net{vid}",
            prefix=prefix,
            gateway=f"172.16.{vid}.1",
            bridge="vmbr0",
            vlan_tag=None if vid == 100 else vid,
        )
