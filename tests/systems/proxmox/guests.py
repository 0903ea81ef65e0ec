"""A provisioner at the lab, and specs of guests that the lab can make."""

from __future__ import annotations

from typing import Any

from development.lab.client import Lab
from nautobot_wow.records import GuestType
from nautobot_wow.systems.connection import Secret
from nautobot_wow.systems.provisioner import GuestSpec, Nic
from nautobot_wow.systems.proxmox.client import ProxmoxClient
from nautobot_wow.systems.proxmox.provision.guests import ProxmoxProvisioner
from tests.systems.proxmox.conftest import connection_to

AUTOMATION = "wow@pve!automation"
REQUEST = "6b0b4a0e-5f0a-4a57-9d0e-0d5d1a1b2c3d"
OTHER_REQUEST = "00000000-5f0a-4a57-9d0e-0d5d1a1b2c3d"
NODE = "wow-prox1"
MAC = "BC:24:11:AA:00:01"
IMAGE = "TSVMDS01:vztmpl/debian-12-standard_12.7-1_amd64.tar.zst"
KEYS = (
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBvm9ePzKqW0mCq0nYH3pU9oEwH8l1ZrQ0v2cYp1rS5T anna@desk",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDp0V0c4n1mQm1Z7y8kq3rX2s5t6u7v8w9x0y1z2A3B4",
)
WRITE_VERBS = ("POST", "PUT", "DELETE")


def provisioner_at(lab: Lab, *, token: str = AUTOMATION, patience_s: float = 2.0, **changes: Any) -> ProxmoxProvisioner:
    connection = connection_to(lab, username=token, secret=Secret(lab.secret_of(token)), **changes)
    return ProxmoxProvisioner(ProxmoxClient(connection), patience_s=patience_s)


def nic(**changes: Any) -> Nic:
    values: dict[str, Any] = {
        "mac": MAC,
        "bridge": "vmbr0",
        "vlan_tag": None,
        "address4": "172.16.100.40/24",
        "gateway4": "172.16.100.1",
        "address6": None,
        "gateway6": None,
    }
    return Nic(**{**values, **changes})


def container(**changes: Any) -> GuestSpec:
    return _spec({"type": GuestType.LXC, "source": IMAGE, "features": ("nesting=1",), "user": "root"}, changes)


def vm(**changes: Any) -> GuestSpec:
    return _spec({"type": GuestType.VM, "source": "9024", "vmid": 401, "user": "ubuntu"}, changes)


def _spec(own: dict[str, Any], changes: dict[str, Any]) -> GuestSpec:
    values: dict[str, Any] = {
        "request_id": REQUEST,
        "vmid": 400,
        "name": "web1",
        "node": NODE,
        "cores": 2,
        "memory_mb": 2048,
        "disk_gb": 20,
        "storage": "TSVMDS01",
        "nic": nic(),
        "dns_servers": ("172.16.100.2", "172.16.110.100"),
        "search_domain": "wow.example",
        "ssh_keys": KEYS,
        "tags": ("web", "apps"),
        "description": "A web server",
        "pool": "infrastructure",
    }
    return GuestSpec(**{**values, **own, **changes})
