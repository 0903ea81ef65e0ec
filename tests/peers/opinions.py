"""What two readers say of a guest, in the same words; where the words of one need a reading, it is done here."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from nautobot_wow.records import AddressRecord, GuestRecord, Power
from nautobot_wow.snapshot import Snapshot

STATUS = {Power.ON: "running", Power.OFF: "stopped"}
CARDS = ("eth", "ens")


@dataclass(frozen=True)
class Opinion:
    """A guest as one reader sees it."""

    name: str
    type: str
    node: str
    status: str
    tags: frozenset[str]
    addresses: frozenset[str]


def ours(snapshot: Snapshot) -> dict[int, Opinion]:
    """Return the guests of a snapshot by VMID."""
    guests = [record for record in snapshot.records if isinstance(record, GuestRecord)]
    return {
        guest.vmid: Opinion(
            name=str(guest.name),
            type=guest.type.value,
            node=str(guest.node),
            status=STATUS[Power(guest.power)],
            tags=frozenset(guest.tags or ()),
            addresses=frozenset(_addresses_of(guest, snapshot)),
        )
        for guest in guests
    }


def _addresses_of(guest: GuestRecord, snapshot: Snapshot) -> Iterator[str]:
    for record in snapshot.records:
        if isinstance(record, AddressRecord) and any(
            key.startswith(f"{guest.key}/") for key in record.interfaces or ()
        ):
            yield f"{record.key}/{record.mask_length}"


def theirs(hosts: dict[str, dict[str, Any]]) -> dict[int, Opinion]:
    """Return the guests of an inventory by VMID; it gives that of a container as text, as Proxmox VE does.

    From version 2 on the collection lists templates, too, and marks them.
    """
    return {
        int(facts["proxmox_vmid"]): Opinion(
            name=name,
            type=facts["proxmox_vmtype"],
            node=facts["proxmox_node"],
            status=facts["proxmox_status"],
            tags=frozenset(facts.get("proxmox_tags_parsed", ())),
            addresses=frozenset(
                address for card, address in seen_inside(facts) if card.startswith(CARDS) and _is_global(address)
            ),
        )
        for name, facts in hosts.items()
        if not facts.get("proxmox_template")
    }


def seen_inside(facts: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield interface and address of everything that an inventory says of the inside of a guest."""
    for card in facts.get("proxmox_lxc_interfaces", ()):
        yield from ((card["name"], card[family]) for family in ("inet", "inet6") if family in card)
    for card in facts.get("proxmox_agent_interfaces", ()):
        yield from ((card["name"], address) for address in card["ip-addresses"])


def _is_global(address: str) -> bool:
    return not ipaddress.ip_interface(address).is_link_local
