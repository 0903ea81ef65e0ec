"""Many guests: fills a world with generated guests, two NICs each, addresses in generated prefixes.

Guest i (from 0) has VMID 10000 + i. A thousand guests share two prefixes, cut as /22 from 10.64.0.0/12 in order: the
first NIC is in prefix 2 * (i // 1000), the second in the one after it, both at host 10 + i % 1000. Prefix k travels in
VLAN 1000 + k % 3000. Every third guest is a container, every tenth is stopped, every twentieth VM has a dead agent.
"""

from __future__ import annotations

import ipaddress
from typing import Any

from development.lab.estate import add_guest
from development.lab.world import CONTAINER, VM, Network, World

POOL = ipaddress.IPv4Network("10.64.0.0/12")
PREFIX_LENGTH = 22
PER_PREFIX = 1000
FIRST_ID = 10000
IMAGES = ("ubuntu22", "ubuntu24", "debian12", "fedora43")


def add_guests(world: World, count: int) -> None:
    """Add `count` generated guests, and the networks they need, to the world."""
    nodes = sorted(world.nodes)
    for index in range(2 * ((count + PER_PREFIX - 1) // PER_PREFIX)):
        world.networks.append(network(index))
    for number in range(count):
        guest = add_guest(world, spec_of(number, nodes[number % len(nodes)]))
        guest.agent_alive = number % 20 != 7


def network(index: int) -> Network:
    """Return the generated prefix number `index`."""
    base = int(POOL.network_address) + index * (1 << (32 - PREFIX_LENGTH))
    prefix = ipaddress.IPv4Network((base, PREFIX_LENGTH))
    return Network(
        prefix=str(prefix),
        vlan=1000 + index % 3000,
        name=f"generated-{index:04d}",
        gateway=str(prefix.network_address + 1),
        description="Generated for load",
    )


def spec_of(number: int, node: str) -> dict[str, Any]:
    """Return the estate's description of generated guest `number`."""
    first, second = network(2 * (number // PER_PREFIX)), network(2 * (number // PER_PREFIX) + 1)
    spec = {
        "id": FIRST_ID + number,
        "kind": CONTAINER if number % 3 == 2 else VM,
        "name": f"gen-{number:05d}",
        "node": node,
        "image": IMAGES[number % len(IMAGES)],
        "cores": 1 + number % 8,
        "memory_mb": 1024 * (1 + number % 8),
        "disk_gb": 20 + number % 80,
        "mac": _mac(2 * number),
        "vlan": first.vlan,
        "address": _address(first, number),
        "gateway": first.gateway,
        "mac2": _mac(2 * number + 1),
        "vlan2": second.vlan,
        "address2": _address(second, number),
        "tags": ["generated", f"batch-{number // PER_PREFIX}"],
        "description": f"Generated guest {number}",
        "running": number % 10 != 9,
    }
    if spec["kind"] == VM and spec["image"] == "debian12":
        spec["image"] = "ubuntu24"
    return spec


def _mac(number: int) -> str:
    text = f"{number:06X}"
    return f"BC:24:12:{text[0:2]}:{text[2:4]}:{text[4:6]}"


def _address(net: Network, number: int) -> str:
    return f"{net.network.network_address + 10 + number % PER_PREFIX}/{PREFIX_LENGTH}"
