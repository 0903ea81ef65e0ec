"""The items of a "Network Information" list: one label each, and what it says of the network.

    - **Gateway:** 172.16.100.1 (pfSense)        a saying about an address: its role is Gateway
    - **Subnet:** 255.255.255.0 (/24)            must be the network's own
    - **VLAN:** 110 (proxmox-mgmt)               the VLAN and its name
    - **DNS Servers:** 172.16.100.2, …           told to guests
    - **RESTRICTED** - ask first                 a warning

An item without a label, or with one that is not known, is a note if it is prose; if it speaks of addresses it is not
understood.
"""

from __future__ import annotations

import ipaddress

from .blocks import Item
from .cells import Host, Stretch, Unclear, network_in, place_in, speaks_of_addresses, split_remark
from .headings import vid_of
from .page import Asks, Entry, Network, Outcome, Page, Place, Question, Range, Saying
from .words import RESTRICTED, Label, is_nothing, label_of, range_role_of

GUESSED = ("assumed", "tbd", "unconfirmed", "not configured", "guess", "?")
TAGGING = ("native", "untagged", "tagged", "trunk")


def read_item(page: Page, network: Network, item: Item, ranges: list[Range]) -> None:
    """Note what an item says of its network, with one entry for it; a range that it names goes to `ranges`."""
    label = label_of(item.label) if item.label else None
    try:
        outcome, says = _read(page, network, item, label, ranges)
    except Unclear as error:
        outcome, says = Outcome.REJECT, str(error)
    page.entries.append(
        Entry(line=item.line, place=Place.ITEM, outcome=outcome, says=says, raw=item.raw, part=network.name)
    )


def _read(page: Page, network: Network, item: Item, label: Label | None, ranges: list[Range]) -> tuple[Outcome, str]:
    _note_restriction(network, item, label)
    if label is None:
        return _prose(item)
    if label is Label.PURPOSE:
        network.purpose = "" if is_nothing(item.text) else item.text
        return Outcome.OBJECT, f"what {network.name} is for"
    if is_nothing(item.text):
        return Outcome.NOTE, f"no {label.value}"
    if label is Label.GATEWAY:
        return _gateway(page, network, item)
    if label is Label.SUBNET:
        return _subnet(network, item)
    if label is Label.VLAN:
        return _vlan(network, item)
    if label is Label.DNS:
        return _dns(network, item)
    if label is Label.RANGE:
        return _range(network, item, ranges)
    if label is Label.BRIDGE:
        network.bridge = item.text
    return Outcome.NOTE, f"{label.value} of {network.name}: {item.text}"


def _prose(item: Item) -> tuple[Outcome, str]:
    if speaks_of_addresses(item.text):
        raise Unclear("it speaks of addresses, and what they are is not understood; write **Gateway:**, **DNS:** …")
    return Outcome.NOTE, "text"


def _note_restriction(network: Network, item: Item, label: Label | None) -> None:
    words = f"{item.strong} {item.text if label is Label.RESTRICTION else ''}".lower()
    found = next((word for word in RESTRICTED if word in words.replace("unrestricted", "")), None)
    if found:
        network.restriction = network.restriction or found.replace("-", " ")


def _gateway(page: Page, network: Network, item: Item) -> tuple[Outcome, str]:
    place = place_in(item.text)
    if isinstance(place, Stretch) or place.address not in network.network:
        raise Unclear(f"a gateway is one address of {network.name}")
    host = str(place.address)
    is_guessed = any(word in place.remark.lower() for word in GUESSED)
    page.sayings.append(
        Saying(
            host=host,
            line=item.line,
            network=network.name,
            mask_length=place.mask_length,
            role="Gateway",
            status="Reserved" if is_guessed else None,
        )
    )
    if is_guessed:
        page.questions.append(
            Question(asks=Asks.ASSUMED, host=host, line=item.line, part=network.name, reason=place.remark)
        )
    return Outcome.OBJECT, f"gateway {host}{', only assumed' if is_guessed else ''}"


def _subnet(network: Network, item: Item) -> tuple[Outcome, str]:
    body, remark = split_remark(item.text)
    for text in (body, remark):
        if text and _mask_differs(network, text):
            raise Unclear(f"{text[:60]} is not the mask of {network.name}")
    return Outcome.NOTE, f"the mask of {network.name}"


def _mask_differs(network: Network, text: str) -> bool:
    address, slash, length = text.partition("/")
    if slash and address:
        return network_in(text) != network.network
    try:
        return ipaddress.ip_network(f"{network.network.network_address}/{length if slash else text}") != network.network
    except ValueError:
        return True


def _vlan(network: Network, item: Item) -> tuple[Outcome, str]:
    number, remark = split_remark(item.text)
    if any(word in number.lower() for word in TAGGING):
        return Outcome.NOTE, f"{network.name} is {item.text}"
    vid = vid_of(number)
    if network.vid not in (None, vid):
        raise Unclear(f"the heading on line {network.vlan_line} says VLAN {network.vid}")
    network.vid, network.vlan_line = vid, item.line
    if remark and not any(word in remark.lower() for word in TAGGING):
        network.vlan_name = remark
    return Outcome.OBJECT, f"{network.name} is VLAN {vid}"


def _dns(network: Network, item: Item) -> tuple[Outcome, str]:
    servers = []
    for part in item.text.replace(" and ", ",").replace(";", ",").split(","):
        place = place_in(part)
        if not isinstance(place, Host):
            raise Unclear("DNS servers are single addresses with commas between them")
        servers.append(str(place.address))
    network.dns_servers = tuple(servers)
    return Outcome.NOTE, f"DNS servers of {network.name}: {', '.join(servers)}"


def _range(network: Network, item: Item, ranges: list[Range]) -> tuple[Outcome, str]:
    place = place_in(item.text)
    if not isinstance(place, Stretch) or place.first not in network.network or place.last not in network.network:
        raise Unclear(f"a range of {network.name} is expected, such as 172.16.100.50-99")
    name = item.label
    ranges.append(
        Range(stretch=place, line=item.line, network=network.name, name=name, role=range_role_of(name, place.remark))
    )
    return Outcome.RANGE, f"{name}: {place}"
