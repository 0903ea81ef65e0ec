"""What a test of provisioning holds in its hands: the lab, Nautobot, and ways to ask for guests."""

from __future__ import annotations

import base64
import time
from pathlib import Path
from typing import Any

from nautobot.extras.models import Status
from nautobot.ipam.models import IPAddress, IPAddressRange, Prefix
from nautobot.virtualization.models import VirtualMachine

from nautobot_wow.errors import Busy
from nautobot_wow.models import Allocation, GuestImage, GuestRequest, GuestSize, NetworkProfile
from nautobot_wow.provisioning import ask, queue
from tests.sync.estate import Estate

BODY = base64.b64encode(b"\0\0\0\x0bssh-ed25519\0\0\0 " + bytes(range(32))).decode()
KEYS = (f"ssh-ed25519 {BODY} one", f"ssh-ed25519 {BODY} two")
FAST = {"boot_s": 3.0, "pause_s": 0.05}
DEBIAN = "TSVMDS01:vztmpl/debian-12-standard_12.7-1_amd64.tar.zst"


class Shop(Estate):
    """The estate of the lab, synced once, with profiles, sizes and images."""

    def __init__(self, lab: Any, folder: Path) -> None:
        super().__init__(lab, folder)
        self.sync()
        self.apps = self._profile("apps", "172.16.100.0/24", "172.16.100.1", ("172.16.100.10", "172.16.100.49"))
        self.mgmt = self._profile(
            "proxmox-mgmt", "172.16.110.0/24", "172.16.110.1", ("172.16.110.10", "172.16.110.49"), vlan_tag=110
        )
        self.small = self._size("small", (1, 512, 8), (1, 1024, 20))
        self.medium = self._size("medium", (2, 2048, 20), (2, 2048, 50))
        self.debian = self._image("debian12", "lxc", DEBIAN, "root")
        self.ubuntu = self._image("ubuntu24", "qemu", "9024", "ubuntu")

    def _profile(self, name: str, network: str, gateway: str, span: tuple[str, str], **more: Any) -> NetworkProfile:
        found = NetworkProfile.objects.filter(name=name).first()
        if found is not None:
            return found
        status = Status.objects.get(name="Active")
        row = IPAddressRange(
            start_address=span[0],
            end_address=span[1],
            name=f"{name} static",
            namespace=self.system.namespace,
            status=status,
        )
        row.validated_save()
        prefix = Prefix.objects.get(network=network.partition("/")[0])
        found = NetworkProfile(
            name=name, prefix=prefix, gateway=gateway, bridge="vmbr0", dns_servers=["172.16.100.2"], **more
        )
        found.validated_save()
        found.range_assignments.create(range=row)
        return found

    def _size(self, name: str, container: tuple[int, int, int], vm: tuple[int, int, int]) -> GuestSize:
        names = ("cores", "memory_mb", "disk_gb")
        values = {f"container_{field}": value for field, value in zip(names, container, strict=True)}
        values |= {f"vm_{field}": value for field, value in zip(names, vm, strict=True)}
        return GuestSize.objects.get_or_create(name=name, defaults=values)[0]

    def _image(self, name: str, type_: str, source: str, user: str) -> GuestImage:
        values = {"guest_type": type_, "source": source, "default_user": user}
        return GuestImage.objects.get_or_create(system=self.system, name=name, defaults=values)[0]

    def with_ipv6(self, profile: NetworkProfile, network: str, gateway: str) -> NetworkProfile:
        """Give a network an IPv6 prefix as well."""
        status = Status.objects.get(name="Active")
        prefix = Prefix(prefix=network, namespace=self.system.namespace, status=status)
        prefix.validated_save()
        ends = (f"{network.partition('/')[0]}10", f"{network.partition('/')[0]}ff")
        row = IPAddressRange(
            start_address=ends[0], end_address=ends[1], name=f"{profile.name} static6", status=status,
            namespace=self.system.namespace,
        )  # fmt: skip
        row.validated_save()
        profile.prefix6, profile.gateway6 = prefix, gateway
        profile.validated_save()
        profile.range_assignments.create(range=row)
        return profile

    # --------------------------------------------------------------------------------------------------------- asking

    def want(self, name: str = "web1", **more: Any) -> GuestRequest:
        """Return a request for a container, not saved."""
        given: dict[str, Any] = {
            "system": self.system,
            "profile": self.apps,
            "size": self.small,
            "image": self.debian,
        } | more
        return ask.new_guest(self.user, guest_name=name, **given)

    def create(self, name: str = "web1", **more: Any) -> GuestRequest:
        """Ask for a guest and have it created."""
        return self.carry_out(ask.submit(self.want(name, **more)))

    def carry_out(self, request: GuestRequest) -> GuestRequest:
        """Bring a request to its end."""
        for _ in range(100):
            try:
                queue.run(request, self.user, **FAST)
                break
            except Busy:  # the database has not noticed yet that the worker before was killed
                time.sleep(0.1)
        request.refresh_from_db()
        return request

    def about(self, action: str, guest: VirtualMachine, **more: Any) -> GuestRequest:
        """Ask something about a guest that is there, and have it done."""
        return self.carry_out(ask.submit(ask.for_guest(self.user, action, guest, **more)))

    # -------------------------------------------------------------------------------------------------------- looking

    def there(self, vmid: int | None) -> Any:
        """Return the guest of the lab's world, None if it is not there."""
        return self.lab.world.guests.get(vmid)

    def ours(self) -> list[Any]:
        """Return the guests of the lab's world that were made for a request."""
        guests = self.lab.world.guests.values()
        return [guest for guest in guests if "wow-request" in str(guest.record.get("description", ""))]

    def traces(self) -> dict[str, int]:
        """Count what a request that came to nothing must not leave behind."""
        return {
            "guests there": len(self.ours()),
            "machines": VirtualMachine.objects.count(),
            "addresses": IPAddress.objects.count(),
            "given": Allocation.objects.filter(state__in=("held", "used")).count(),
        }
