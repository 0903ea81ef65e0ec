"""Which addresses a guest has, from its configuration and from what it says itself while it runs.

    the guest answers, the card has addresses     its live addresses; the configured ones are only an intent
    the guest answers, the card lacks some        the configured static ones too; what else the card had is unseen
    the guest is silent or stopped                the configured static ones; all its addresses are unseen

"Lacks some": it has none at all, or none of a family that is configured as static or DHCP. So a configured address is
claimed only while nothing better is known of its family, and no address is missing because its guest is stopped or
booting, its agent silent or its cable out. Each card is a scope of its own: one idle card does not keep the old
addresses of the others.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ....records import AddressRecord, AddressType
from ....snapshot import Seen
from .values import Interface, is_noise, is_own_mac

EUI64_FLIP = 0x0200_0000_0000_0000
AGENT = "agent"


@dataclass(frozen=True, kw_only=True)
class Intent:
    """What the configuration says of one address family of a card.

    `type` is None where it says nothing; `interface` is only there for static addresses.
    """

    type: AddressType | None = None
    interface: Interface | None = None
    gateway: bool = False


NO_INTENT = Intent()


@dataclass(frozen=True, kw_only=True)
class Card:
    """A network card of a guest. `device` is its name inside a container; `mac` is None if it tells nothing.

    `bridge` is what it is plugged into: a bridge of the node, or a vnet.
    """

    index: int
    mac: str | None = None
    bridge: str = ""
    device: str | None = None
    enabled: bool = True
    ip4: Intent = NO_INTENT
    ip6: Intent = NO_INTENT

    @property
    def name(self) -> str:
        """Return the hypervisor's name of the card, which never changes."""
        return f"net{self.index}"

    def intent(self, version: int) -> Intent:
        """Return what the configuration says of IPv4 (4) or IPv6 (6)."""
        return self.ip4 if version == 4 else self.ip6


@dataclass(frozen=True, kw_only=True)
class LiveInterface:
    """An interface as the guest itself reports it; `mac` is None where it has none that tells it apart."""

    name: str
    mac: str | None
    addresses: tuple[Interface, ...] = ()


@dataclass(frozen=True, kw_only=True)
class HeldAddress:
    """An address on one (guest) interface, with the listing that would show it."""

    interface: Interface
    type: AddressType | None
    carrier: str
    scope: str


@dataclass(kw_only=True)
class GuestAddresses:
    """The addresses of one guest, the two that stand for it, and the scopes that could not be judged.

    `seen` are only those that the guest itself reports, with the card they are on.
    """

    held: list[HeldAddress] = field(default_factory=list)
    primary_ip4: str | None = None
    primary_ip6: str | None = None
    unseen: dict[str, str] = field(default_factory=dict)
    seen: list[Seen] = field(default_factory=list)


def guest_addresses(
    guest: str, cards: Sequence[Card], live: Sequence[LiveInterface] | None, silence: str = ""
) -> GuestAddresses:
    """Return the addresses of a guest; `live` is None when it does not answer, and `silence` says why."""
    found = GuestAddresses()
    scope = f"guests/{guest}/addresses"
    reported = by_card(cards, live or ())
    if live is None:
        found.unseen[scope] = silence
    for card in cards:
        addresses = reported.get(card.index, ())
        lacking = _lacking(card, addresses)
        if live is not None and lacking:
            families = " or ".join(f"IPv{version}" for version in lacking)
            found.unseen[f"{scope}/{card.name}"] = f"the guest reports no {families} address on {card.name}"
        static = [intent.interface for version in lacking if (intent := card.intent(version)).interface]
        for interface in (*addresses, *static):
            found.held.append(_held(guest, card, interface, f"{scope}/{card.name}"))
        found.seen += [_seen(guest, card, interface) for interface in addresses]
    found.primary_ip4 = primary(cards, reported, 4)
    found.primary_ip6 = primary(cards, reported, 6)
    return found


def by_card(cards: Sequence[Card], live: Iterable[LiveInterface]) -> dict[int, tuple[Interface, ...]]:
    """Return the usable live addresses by card; what sits on no card (loopback, bridges of Docker, VRRP) is left out.

    An interface belongs to the card with its MAC. Where cards share a MAC, the name inside a container decides, else
    the first card.
    """
    found: dict[int, dict[Interface, None]] = {}
    for interface in live:
        same = [card for card in cards if card.mac and card.mac == interface.mac]
        named = [card for card in same if card.device == interface.name]
        for card in (named or same)[:1]:
            usable = (address for address in interface.addresses if not is_noise(address))
            found.setdefault(card.index, {}).update(dict.fromkeys(usable))
    return {index: tuple(addresses) for index, addresses in found.items()}


def primary(cards: Sequence[Card], reported: Mapping[int, Sequence[Interface]], version: int) -> str | None:
    """Return the address that stands for the guest: live before configured, the card with the gateway before others."""
    ordered = sorted(cards, key=lambda card: (not card.intent(version).gateway, card.index))
    live = [address for card in ordered for address in _preferred(card, reported.get(card.index, ()), version)]
    lacking = [card for card in ordered if version in _lacking(card, reported.get(card.index, ()))]
    static = [card.intent(version).interface for card in lacking]
    return next((str(address.ip) for address in (*live, *static) if address), None)


def _lacking(card: Card, addresses: Sequence[Interface]) -> tuple[int, ...]:
    """Return the families that a card should have an address of, but has none."""
    present = {address.version for address in addresses}
    expected = (AddressType.HOST, AddressType.DHCP)
    return tuple(
        version
        for version in (4, 6)
        if version not in present and (not present or card.intent(version).type in expected)
    )


def _held(guest: str, card: Card, interface: Interface, scope: str) -> HeldAddress:
    way = card.intent(interface.version).type
    return HeldAddress(interface=interface, type=way, carrier=f"{guest}/{card.name}", scope=scope)


def _seen(guest: str, card: Card, interface: Interface) -> Seen:
    return Seen(host=str(interface.ip), source=AGENT, mac=card.mac or "", where=guest)


def _preferred(card: Card, addresses: Iterable[Interface], version: int) -> list[Interface]:
    """Return a card's addresses of one family, the most lasting first.

    The configured one; the one made of the MAC (temporary IPv6 addresses are replaced every day); those with a
    network before those without (a floating address is usually a /32); else as the guest lists them.
    """
    wanted = card.intent(version).interface
    return sorted(
        (address for address in addresses if address.version == version),
        key=lambda address: (
            not (wanted and address.ip == wanted.ip),
            not _is_of_mac(address, card.mac),
            address.network.prefixlen == address.max_prefixlen,
        ),
    )


def _is_of_mac(address: Interface, mac: str | None) -> bool:
    if address.version == 4 or not mac:
        return False
    digits = mac.replace(":", "")
    identifier = int(digits[:6] + "FFFE" + digits[6:], 16) ^ EUI64_FLIP
    return int(address.ip) & 0xFFFF_FFFF_FFFF_FFFF == identifier


def telling_mac(mac: str) -> str | None:
    """Return a MAC that tells a card apart, None for zero, broadcast, multicast and VRRP ones."""
    return mac if is_own_mac(mac) else None


def merge(held: Iterable[HeldAddress]) -> list[AddressRecord]:
    """Return one record per address, carried by all its interfaces; where they differ the first interface speaks."""
    by_host: dict[ipaddress.IPv4Address | ipaddress.IPv6Address, list[HeldAddress]] = {}
    for one in sorted(held, key=lambda one: (one.carrier, str(one.interface))):
        by_host.setdefault(one.interface.ip, []).append(one)
    return [_record(str(host), same) for host, same in by_host.items()]


def _record(host: str, held: Sequence[HeldAddress]) -> AddressRecord:
    return AddressRecord(
        key=host,
        scopes=tuple(sorted({one.scope for one in held})),
        mask_length=held[0].interface.network.prefixlen,
        type=held[0].type,
        interfaces=frozenset(one.carrier for one in held),
    )
