"""What a guest says about itself: the QEMU guest agent of a VM and the interfaces of a container.

The agent's answers are wrapped twice and full of noise: the loopback, Docker's bridge, a veth that has no MAC address
of its own, link-local addresses. Its three refusals are three texts; a dead agent takes the time of a ping that fails.
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
from typing import Any

from development.lab.proxmox import render
from development.lab.proxmox.endpoint import Call, Handlers
from development.lab.proxmox.errors import died
from development.lab.world import Guest, Nic

STATISTICS = {"rx-bytes": 0, "rx-dropped": 0, "rx-errs": 0, "rx-packets": 0, "tx-bytes": 0, "tx-dropped": 0,
              "tx-errs": 0, "tx-packets": 0}  # fmt: skip
COMMANDS = ("guest-ping", "guest-get-osinfo", "guest-get-host-name", "guest-network-get-interfaces")
CLOUD_INIT_RESULT = "/run/cloud-init/result.json"
DOCKER_MAC = "02:42:ac:11:00:01"


async def answering_guest(call: Call) -> Guest:
    """Return the VM whose agent answers, or raise one of the three refusals, in PVE's order."""
    guest = call.guest
    if not render.agent_enabled(guest):
        raise died("No QEMU guest agent configured")
    if not guest.running:
        raise died(f"VM {guest.id} is not running")
    if not guest.agent_alive or guest.os is None or not guest.os.agent:
        await asyncio.sleep(call.endpoint.settings.agent_delay_s)
        raise died("QEMU guest agent is not running")
    return guest


async def network_interfaces(call: Call) -> dict[str, Any]:
    """GET .../agent/network-get-interfaces."""
    guest = await answering_guest(call)
    rows = [_agent_row("lo", "00:00:00:00:00:00", ["127.0.0.1/8", "::1/128"])]
    rows += [_agent_row(nic.name, nic.mac.lower(), [*nic.addresses, link_local(nic.mac)]) for nic in guest.nics]
    if guest.docker:
        rows.append(_agent_row("docker0", DOCKER_MAC, ["172.17.0.1/16"]))
        rows.append(_agent_row("vethf00d", "6a:00:00:00:00:01", ["fe80::6800:ff:fe00:1/64"]))
        rows.append({"name": "sit0", "statistics": STATISTICS})
    return {"result": rows}


async def os_info(call: Call) -> dict[str, Any]:
    """GET .../agent/get-osinfo."""
    system = (await answering_guest(call)).os
    assert system is not None  # answering_guest refuses a guest without a system
    return {"result": {
        "id": system.id,
        "kernel-release": system.kernel,
        "kernel-version": "#1 SMP PREEMPT_DYNAMIC",
        "machine": "x86_64",
        "name": system.name,
        "pretty-name": system.pretty_name,
        "version": system.pretty_name.removeprefix(system.name).strip(),
        "version-id": system.version,
    }}  # fmt: skip


async def host_name(call: Call) -> dict[str, Any]:
    """GET .../agent/get-host-name."""
    return {"result": {"host-name": render.shown_name(await answering_guest(call))}}


async def info(call: Call) -> dict[str, Any]:
    """GET .../agent/info."""
    await answering_guest(call)
    commands = [{"enabled": True, "name": name, "success-response": True} for name in COMMANDS]
    return {"result": {"supported_commands": commands, "version": "8.2.2"}}


async def ping(call: Call) -> dict[str, Any]:
    """POST .../agent/ping."""
    await answering_guest(call)
    return {"result": {}}


async def file_read(call: Call) -> dict[str, Any]:
    """GET .../agent/file-read: the result of cloud-init is the one file that there is in a guest of the lab."""
    guest, name = await answering_guest(call), str(call.values["file"])
    if name != CLOUD_INIT_RESULT or not guest.cloud_init_done or not guest.os or not guest.os.cloud_init:
        raise died(
            "Agent error: Guest agent command failed, error was 'failed to open file "
            f"'{name}' (mode: 'r'): No such file or directory'"
        )
    return {"content": json.dumps({"v1": {"datasource": "DataSourceNoCloud", "errors": []}})}


def container_interfaces(call: Call) -> list[dict[str, Any]] | None:
    """GET .../lxc/ID/interfaces: null while the container is stopped; the old keys keep one address per family."""
    guest = call.guest
    if not guest.running:
        return None
    rows = [_container_row("lo", "00:00:00:00:00:00", ["127.0.0.1/8", "::1/128"])]
    rows += [_container_row(nic.name, nic.mac.lower(), _with_link_local(nic)) for nic in guest.nics]
    if guest.docker:
        rows.append(_container_row("docker0", DOCKER_MAC, ["172.17.0.1/16"]))
    return rows if call.major >= 9 else [_old_row(row) for row in rows]


def _old_row(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row as it was before pve-container 5.2.6, without the list of addresses."""
    return {key: value for key, value in row.items() if key in ("hwaddr", "inet", "inet6", "name")}


def link_local(mac: str) -> str:
    """Return the IPv6 link-local interface address that a MAC address makes for itself."""
    parts = [int(part, 16) for part in mac.split(":")]
    parts[0] ^= 2
    raw = bytes([0xFE, 0x80, *([0] * 6), *parts[:3], 0xFF, 0xFE, *parts[3:]])
    return f"{ipaddress.IPv6Address(raw)}/64"


def _with_link_local(nic: Nic) -> list[str]:
    return [*nic.addresses, link_local(nic.mac)]


def _agent_row(name: str, mac: str, addresses: list[str]) -> dict[str, Any]:
    row: dict[str, Any] = {"hardware-address": mac, "name": name, "statistics": STATISTICS}
    row["ip-addresses"] = [
        {"ip-address": address, "ip-address-type": "ipv6" if ":" in address else "ipv4", "prefix": int(length)}
        for address, _, length in (text.partition("/") for text in addresses)
    ]
    return row


def _container_row(name: str, mac: str, addresses: list[str]) -> dict[str, Any]:
    row: dict[str, Any] = {"hardware-address": mac, "hwaddr": mac, "name": name}
    for text in addresses:
        row["inet6" if ":" in text else "inet"] = text
    row["ip-addresses"] = [
        {"ip-address": address, "ip-address-type": "inet6" if ":" in address else "inet", "prefix": length}
        for address, _, length in (text.partition("/") for text in addresses)
    ]
    return row


HANDLERS: Handlers = {
    ("GET", "/nodes/{node}/lxc/{vmid}/interfaces"): container_interfaces,
    ("GET", "/nodes/{node}/qemu/{vmid}/agent/file-read"): file_read,
    ("GET", "/nodes/{node}/qemu/{vmid}/agent/get-host-name"): host_name,
    ("GET", "/nodes/{node}/qemu/{vmid}/agent/get-osinfo"): os_info,
    ("GET", "/nodes/{node}/qemu/{vmid}/agent/info"): info,
    ("GET", "/nodes/{node}/qemu/{vmid}/agent/network-get-interfaces"): network_interfaces,
    ("POST", "/nodes/{node}/qemu/{vmid}/agent/ping"): ping,
}
