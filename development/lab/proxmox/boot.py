"""What a guest does when it is powered on: it takes the addresses its configuration gives it, and nothing else.

    container   `ip` and `ip6` of its netN
    VM          `ipconfigN`, read by cloud-init, if it has a cloud-init drive and an image with cloud-init
    by hand     addresses that somebody set inside the guest

A value that the guest cannot read gives it no address: it is on the wire with its MAC and cannot be reached.
"""

from __future__ import annotations

import ipaddress
import re
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from development.lab.proxmox import strings
from development.lab.world import CONTAINER, Guest, Nic, World

# A comment with a backslash or a second key in it is a list of keys that lost its newlines.
PUBLIC_KEY = re.compile(r"^(?:ssh-|ecdsa-|sk-)\S+ [A-Za-z0-9+/]+={0,3}(?: (?:(?!ssh-)[^\\])*)?$")


def power_on(world: World, guest: Guest) -> None:
    """Start the guest: pending changes become real and its NICs appear on the wire."""
    apply_pending(guest)
    guest.running = True
    guest.started_at = time.time()
    guest.nics = nics_of(world, guest)
    if guest.kind != CONTAINER and guest.os and guest.os.cloud_init and _has_cloud_init_drive(guest.record):
        guest.ssh_keys = read_keys(unquote(str(guest.record.get("sshkeys", ""))))


def power_off(guest: Guest) -> None:
    """Stop the guest; nothing of it is left on the wire."""
    guest.running = False
    guest.nics = []
    apply_pending(guest)


def refresh(world: World, guest: Guest) -> None:
    """Let a running guest follow its configuration, as after a hot-plugged NIC or a restart of its network."""
    if guest.running:
        guest.nics = nics_of(world, guest)


def hotplug(world: World, guest: Guest) -> None:
    """Let a running guest follow a change of its NICs; cloud-init gives addresses only at the next start."""
    if not guest.running:
        return
    before = {(nic.index, nic.mac): nic.addresses for nic in guest.nics}
    guest.nics = nics_of(world, guest)
    if guest.kind != CONTAINER:
        for nic in guest.nics:
            nic.addresses = before.get((nic.index, nic.mac), [])


def read_keys(text: str) -> list[str]:
    """Return the public keys that an SSH server accepts: one per line, with real newlines."""
    return [line.strip() for line in text.splitlines() if PUBLIC_KEY.match(line.strip())]


def apply_pending(guest: Guest) -> None:
    """Make the changes real that waited for the guest to stop."""
    for key, value in guest.pending.items():
        if value is None:
            guest.record.pop(key, None)
        else:
            guest.record[key] = value
    guest.pending = {}


def nics_of(world: World, guest: Guest) -> list[Nic]:
    """Return the NICs the guest would have on the wire with the configuration it has."""
    read = _container_nic if guest.kind == CONTAINER else _vm_nic
    nics = [read(guest, index, str(guest.record[key])) for index, key in strings.net_keys(guest.record)]
    for nic, wanted in nics:
        vlan = world.vlan_of(guest, nic)
        addresses = (_address(world, nic.mac, vlan, item) for item in wanted)
        nic.addresses = [address for address in addresses if address]
    return [nic for nic, _ in nics]


def _vm_nic(guest: Guest, index: int, text: str) -> tuple[Nic, list[str]]:
    values = strings.parse_vm_net(text)
    nic = _nic(index, f"ens{18 + index}", values.get("macaddr", ""), values)
    if guest.os is None:
        return nic, []
    wanted = list(guest.inside.get(index, []))
    if guest.os.cloud_init and _has_cloud_init_drive(guest.record):
        wanted += _wanted(strings.parse(str(guest.record.get(f"ipconfig{index}", ""))))
    return nic, wanted


def _container_nic(guest: Guest, index: int, text: str) -> tuple[Nic, list[str]]:
    values = strings.parse(text)
    nic = _nic(index, values.get("name", f"eth{index}"), values.get("hwaddr", ""), values)
    return nic, _wanted(values) + guest.inside.get(index, [])


def _nic(index: int, name: str, mac: str, values: Mapping[str, str]) -> Nic:
    vlan = int(values["tag"]) if values.get("tag", "").isdigit() else None
    link = not strings.truthy(values.get("link_down", "0"))
    return Nic(index=index, name=name, mac=mac.upper(), bridge=values.get("bridge", ""), vlan=vlan, link=link)


def _has_cloud_init_drive(record: Mapping[str, Any]) -> bool:
    return any("cloudinit" in str(value) and strings.is_cdrom(value) for value in record.values())


def _wanted(values: Mapping[str, str]) -> list[str]:
    return [values[key] for key in ("ip", "ip6") if key in values]


def _address(world: World, mac: str, vlan: int | None, wanted: str) -> str | None:
    """Return the interface address that `wanted` comes to, None when it cannot be read or nobody answers."""
    if wanted == "dhcp":
        return world.lease(mac, vlan)
    if wanted in ("manual", "auto"):
        return None
    try:
        return str(ipaddress.ip_interface(wanted)) if "/" in wanted else None
    except ValueError:
        return None
