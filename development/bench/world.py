"""The guests of a measurement as plain data: what a hypervisor would say, without any hypervisor.

A guest has two cards with a VLAN each, one or two addresses (1.5 on average) and a primary address: 4.5 objects.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass, replace

CLUSTER = "bench"
NODES = 8
VLANS = 16
FIRST_VID = 100
FIRST_VMID = 100
MASK_LENGTH = 22
PER_PREFIX = 500
PLATFORMS = ("Alpine Linux 3.22", "Debian 13", "Ubuntu 24.04")
SHARE = 0.01


@dataclass(frozen=True, kw_only=True)
class Card:
    """A network card on a VLAN, with the addresses it carries."""

    name: str
    mac: str
    vid: int
    enabled: bool
    hosts: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Guest:
    """One virtual machine. `primary` is one of the addresses of its cards."""

    vmid: int
    name: str
    node: str
    platform: str
    vcpus: int
    memory_mb: int
    disk_gb: int
    primary: str
    cards: tuple[Card, ...]


def guests(count: int) -> list[Guest]:
    """Return the first `count` guests; the same every time."""
    return [_guest(number) for number in range(count)]


def changed(some: Sequence[Guest], share: float = SHARE) -> list[Guest]:
    """Return them with a share of guests moved and resized, and a card of each of these switched off."""
    step = round(1 / share)
    return [_change(guest) if number % step == 0 else guest for number, guest in enumerate(some)]


def without(some: Sequence[Guest], share: float = SHARE) -> list[Guest]:
    """Return all but a share of them; those that go are not those that `changed` changes."""
    step = round(1 / share)
    first = min(step // 2, len(some) - 1)
    return [guest for number, guest in enumerate(some) if number % step != first]


def prefixes(count: int) -> list[str]:
    """Return the networks that hold the addresses of `count` guests."""
    return [f"{_address(number * PER_PREFIX, 0, 0)}/{MASK_LENGTH}" for number in range(-(-count // PER_PREFIX))]


def _guest(number: int) -> Guest:
    primary = _address(number, 0, 1)
    second = (_address(number, 1, 1),) if number % 2 == 0 else ()
    return Guest(
        vmid=FIRST_VMID + number,
        name=f"guest-{number:06d}",
        node=f"node-{number % NODES}",
        platform=PLATFORMS[number % len(PLATFORMS)],
        vcpus=1 + number % 16,
        memory_mb=1024 * (1 + number % 32),
        disk_gb=10 * (1 + number % 50),
        primary=primary,
        cards=(_card(number, 0, (primary,)), _card(number, 1, second)),
    )


def _card(number: int, index: int, hosts: tuple[str, ...]) -> Card:
    octets = (number * 2 + index).to_bytes(3, "big")
    return Card(
        name=f"net{index}",
        mac="BC:24:11:" + ":".join(f"{octet:02X}" for octet in octets),
        vid=FIRST_VID + (number + index) % VLANS,
        enabled=True,
        hosts=hosts,
    )


def _address(number: int, index: int, offset: int) -> str:
    """A /22 of 10.0.0.0/8 holds two addresses of each of 500 guests."""
    block, slot = divmod(number, PER_PREFIX)
    return str(ipaddress.IPv4Address("10.0.0.0") + block * 1024 + index * 512 + slot + offset)


def _change(guest: Guest) -> Guest:
    first, second = guest.cards
    return replace(
        guest,
        node=f"node-{NODES}",
        vcpus=guest.vcpus + 1,
        memory_mb=guest.memory_mb + 512,
        cards=(first, replace(second, enabled=False)),
    )
