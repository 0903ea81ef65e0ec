"""The configuration of a guest, VM or container, as one typed value."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from ....errors import ParseError
from ....records import AddressType, GuestInterfaceRecord, GuestType, Kind
from ....snapshot import Refusal
from .addresses import NO_INTENT, Card, Intent, telling_mac
from .platforms import family_of
from .strings import numbered, properties, size_bytes, words
from .values import Row, is_noise, to_flag, to_integer, to_interface, to_mac
from .vlans import vlan_id, vlan_ids

NIC_MODELS = frozenset({
    "e1000", "e1000-82540em", "e1000-82544gc", "e1000-82545em", "e1000e", "i82551", "i82557b", "i82559er", "ne2k_isa",
    "ne2k_pci", "pcnet", "rtl8139", "virtio", "vmxnet3",
})  # fmt: skip
CLOUD_INIT = re.compile(r"[:/](?:vm-[0-9]+-)?cloudinit(?:\.(?:raw|qcow2?|qed|vmdk|cloop))?")
DEFAULT_MEMORY_MB = 512
GIB = 1024**3
BRIDGE = re.compile(r"(?:^|,)\s*bridge=([^,\s]+)")
INHERIT = 1  # as MTU: that of the bridge


@dataclass(frozen=True, kw_only=True)
class GuestConfig:
    """What the hypervisor was told of a guest. `refused` are single cards or addresses that could not be read."""

    name: str | None
    template: bool
    vcpus: int | None
    memory_mb: int
    disk_gb: int | None
    description: str
    tags: frozenset[str]
    platform_family: str | None
    fingerprint: frozenset[str]
    agent: bool
    cards: tuple[Card, ...]
    interfaces: tuple[GuestInterfaceRecord, ...]
    refused: tuple[Refusal, ...]


@dataclass(frozen=True, kw_only=True)
class Plugs:
    """What cards can be plugged into: the bridges of the node, and vnets with their VLAN where it is known.

    A card without a tag is untagged on a bridge. On a vnet it is in the vnet's VLAN, whatever tag it has: that one is
    inside of the vnet. On anything else its VLAN is not known.
    """

    bridges: frozenset[str] = frozenset()
    vnets: Mapping[str, int | None] = field(default_factory=dict)


NO_PLUGS = Plugs()


def parse_config(guest_type: GuestType, vmid: int, payload: object, plugs: Plugs = NO_PLUGS) -> GuestConfig:
    """Return the configuration; `plugs` are what its cards can be plugged into."""
    key = f"{guest_type.value}/{vmid}"
    row = Row(key, payload)
    is_vm = guest_type is GuestType.VM
    cards, interfaces, refused = _cards(key, row, _vm_card if is_vm else _container_card, plugs)
    return GuestConfig(
        name=row.text_or_none("name" if is_vm else "hostname") or None,
        template=row.flag("template"),
        vcpus=_vm_cpus(row) if is_vm else row.integer_or_none("cores"),
        memory_mb=_memory_mb(row),
        disk_gb=disk_gb(row, vm_drives(row) if is_vm else _container_drives(row)),
        description=(row.text_or_none("description") or "").strip(),
        tags=words(row.text_or_none("tags") or ""),
        platform_family=family_of(row.text_or_none("ostype") or ""),
        fingerprint=_fingerprint(row, cards),
        agent=is_vm and _agent(row),
        cards=cards,
        interfaces=interfaces,
        refused=refused,
    )


def bridges_of(payload: object) -> frozenset[str]:
    """Return the names that the cards of a configuration are plugged into."""
    fields = payload if isinstance(payload, Mapping) else {}
    cards = (str(fields[key]) for _, key in numbered((key for key in fields if isinstance(key, str)), "net"))
    return frozenset(match[1] for card in cards if (match := BRIDGE.search(card)))


def disk_gb(row: Row, drives: Iterable[str]) -> int | None:
    """Return the sum of the drives in GB, rounded up; a drive without a size is not counted, None if none has one."""
    sizes: list[int] = []
    sizeless = False
    for key in drives:
        values = properties(row.text(key), f"{row.what}: {key}", "volume")
        if "size" in values:
            sizes.append(size_bytes(values["size"], f"{row.what}: {key}: size"))
        else:
            sizeless = True
    return None if sizeless and not sizes else -(-sum(sizes) // GIB)


def vm_drives(row: Row) -> list[str]:
    """Return the keys of a VM's disks; what is only a CD, or holds the data of cloud-init, is none."""
    buses = ("ide", "sata", "scsi", "virtio")
    return [key for bus in buses for _, key in numbered(row.fields, bus) if _is_disk(row, key)]


def _is_disk(row: Row, key: str) -> bool:
    values = properties(row.text(key), f"{row.what}: {key}", "volume")
    volume = values.get("volume", values.get("file", ""))
    return values.get("media") != "cdrom" and volume != "none" and not CLOUD_INIT.search(volume)


def _container_drives(row: Row) -> list[str]:
    mounts = [key for _, key in numbered(row.fields, "mp")]
    return [key for key in ("rootfs", *mounts) if row.has(key)]


def _vm_cpus(row: Row) -> int:
    """Return the plugged-in processors: `vcpus` where hot-plugging limits them, else all of all sockets."""
    all_of_them = (row.integer_or_none("cores") or 1) * (row.integer_or_none("sockets") or 1)
    return row.integer_or_none("vcpus") or all_of_them


def _memory_mb(row: Row) -> int:
    """Return the memory; since release 8.1 a VM's may be written as `current=2048`."""
    if not row.has("memory"):
        return DEFAULT_MEMORY_MB
    values = properties(row.text("memory"), f"{row.what}: memory", "current")
    return to_integer(values.get("current", DEFAULT_MEMORY_MB), f"{row.what}: memory")


def _agent(row: Row) -> bool:
    values = properties(row.text_or_none("agent") or "", f"{row.what}: agent", "enabled")
    return to_flag(values.get("enabled", "0"), f"{row.what}: agent")


def _fingerprint(row: Row, cards: Iterable[Card]) -> frozenset[str]:
    """Return what a rebuilt guest does not keep: the UUID its firmware shows and the MACs of its cards."""
    smbios = properties(row.text_or_none("smbios1") or "", f"{row.what}: smbios1")
    uuid = smbios.get("uuid", "").lower()
    return frozenset({f"uuid:{uuid}"} if uuid.strip("0-") else ()) | {f"mac:{card.mac}" for card in cards if card.mac}


# ---------------------------------------------------------------------------------------------------- network cards

ReadCard = Callable[[Row, int, dict[str, str], list[Refusal]], Card]


def _cards(
    key: str, row: Row, read: ReadCard, plugs: Plugs
) -> tuple[tuple[Card, ...], tuple[GuestInterfaceRecord, ...], tuple[Refusal, ...]]:
    cards: list[Card] = []
    interfaces: list[GuestInterfaceRecord] = []
    refused: list[Refusal] = []
    for index, name in numbered(row.fields, "net"):
        try:
            values = properties(row.text(name), f"{key}: {name}", "model")
            card = read(row, index, values, refused)
            interfaces.append(_record(key, card, values, plugs))
            cards.append(card)
        except ParseError as error:
            refused.append(Refusal(kind=Kind.GUEST_INTERFACE, key=f"{key}/{name}", reason=str(error)))
    return tuple(cards), tuple(interfaces), tuple(refused)


def _vm_card(row: Row, index: int, values: dict[str, str], refused: list[Refusal]) -> Card:
    """Return a VM's card; its MAC follows its model (`virtio=MAC`) or stands apart (`model=virtio,macaddr=MAC`)."""
    what = f"{row.what}: net{index}"
    models = [key for key in values if key in NIC_MODELS]
    if len(models) + (values.get("model") in NIC_MODELS) != 1:
        raise ParseError(f"{what}: cannot tell its model: {row.text(f'net{index}')!r}")
    mac = values.get("macaddr") or (values[models[0]] if models else None)
    intents = _intents(row, index, f"ipconfig{index}", refused)
    return _card(what, index, mac, values, intents)


def _container_card(row: Row, index: int, values: dict[str, str], refused: list[Refusal]) -> Card:
    what = f"{row.what}: net{index}"
    if "model" in values:
        raise ParseError(f"{what}: cannot read {values['model']!r}")
    if not values.get("name"):
        raise ParseError(f"{what}: name is missing")
    intents = _intents(row, index, f"net{index}", refused)
    return _card(what, index, values.get("hwaddr"), values, intents)


def _card(what: str, index: int, mac: str | None, values: dict[str, str], intents: tuple[Intent, Intent]) -> Card:
    return Card(
        index=index,
        mac=telling_mac(to_mac(mac, what)) if mac else None,
        bridge=values.get("bridge", ""),
        device=values.get("name"),
        enabled=not to_flag(values.get("link_down", "0"), f"{what}: link_down"),
        ip4=intents[0],
        ip6=intents[1],
    )


def _record(guest: str, card: Card, values: dict[str, str], plugs: Plugs) -> GuestInterfaceRecord:
    what = f"{guest}: {card.name}"
    mtu = to_integer(values["mtu"], f"{what}: mtu") if values.get("mtu") else INHERIT
    return GuestInterfaceRecord(
        key=f"{guest}/{card.name}",
        scopes=(f"guests/{guest}/interfaces",),
        guest=guest,
        name=card.name,
        mac=card.mac,
        enabled=card.enabled,
        mtu=None if mtu == INHERIT else mtu,
        vid=_vid(what, values, plugs),
        tagged=_tagged(what, values, plugs),
    )


def _vid(what: str, values: dict[str, str], plugs: Plugs) -> int | None:
    tag = vlan_id(values["tag"], f"{what}: tag") if values.get("tag") else None
    bridge = values.get("bridge", "")
    if bridge in plugs.vnets:
        return plugs.vnets[bridge]
    return tag or (0 if not bridge or bridge in plugs.bridges else None)


def _tagged(what: str, values: dict[str, str], plugs: Plugs) -> frozenset[int] | None:
    """Return the VLANs in which the guest itself tags; inside of a vnet they are no VLANs of the site."""
    tagged = vlan_ids(values.get("trunks", ""), f"{what}: trunks")
    return None if tagged and values.get("bridge") in plugs.vnets else tagged


def _intents(row: Row, index: int, key: str, refused: list[Refusal]) -> tuple[Intent, Intent]:
    """Return what `key` says of IPv4 and IPv6; where it cannot be read it says nothing, and the address is refused."""
    what = f"{row.what}: {key}"
    try:
        values = properties(row.text_or_none(key) or "", what, "model")
        return _intent(what, values, "ip", "gw"), _intent(what, values, "ip6", "gw6")
    except ParseError as error:
        refused.append(Refusal(kind=Kind.ADDRESS, key=f"{row.what}/net{index}", reason=str(error)))
        return NO_INTENT, NO_INTENT


def _intent(what: str, values: dict[str, str], ip: str, gateway: str) -> Intent:
    text = values.get(ip, "")
    if text in ("", "manual"):
        return NO_INTENT
    if text in ("dhcp", "auto"):
        return Intent(type=AddressType.DHCP if text == "dhcp" else AddressType.SLAAC, gateway=gateway in values)
    interface = to_interface(text, f"{what}: {ip}")
    if (interface.version == 6) != (ip == "ip6"):
        raise ParseError(f"{what}: {ip} holds an address of the other family: {text!r}")
    telling = None if is_noise(interface) else interface
    return Intent(type=AddressType.HOST, interface=telling, gateway=gateway in values)
