"""What a heading opens: a network, a range in it, a section that is no list of addresses in use, or nothing special.

## 172.16.100.0/24 - Apps Network (Native VLAN on vmbr0)     network, its VLAN is not said
## 10.0.0.0/8 - Transit (Container)                          network, a container
### 10.1.1.0/24 - pfSense (VLAN 10)                          network in it
#### DHCP Pool (172.16.100.50-99)                            range
### Network Information                                      section
## Migration Plan                                            section
"""

from __future__ import annotations

from dataclasses import dataclass

from .blocks import Heading
from .cells import Host, Stretch, Unclear, network_in, place_in, speaks_of_addresses, split_remark
from .page import Network
from .words import Section, section_of

SEPARATORS = " \t-–—:"
LAST_VID = 4094


@dataclass(frozen=True, kw_only=True)
class Opening:
    """What a heading opens. `fault` says why it cannot be told; `is_damaged` that a network may have been meant."""

    level: int
    line: int
    text: str
    network: Network | None = None
    stretch: Stretch | None = None
    section: Section | None = None
    fault: str = ""
    is_damaged: bool = False


def open_heading(heading: Heading) -> Opening:
    """Return what a heading opens, by its text alone."""
    level, line, text = heading.level, heading.line, heading.text.strip()
    is_network = _starts_with_network(text)
    try:
        network = _network(heading) if is_network else None
        stretch = None if is_network else _stretch(text)
    except Unclear as error:
        return Opening(level=level, line=line, text=text, fault=str(error), is_damaged=is_network)
    section = None if network or stretch else section_of(text)
    if not (network or stretch or section) and _names_a_network(text):
        fault = "a heading of a network starts with the network: ## 172.16.100.0/24 - Apps"
        return Opening(level=level, line=line, text=text, fault=fault, is_damaged=True)
    return Opening(level=level, line=line, text=text, network=network, stretch=stretch, section=section)


def _starts_with_network(text: str) -> bool:
    word = text.split(maxsplit=1)[0] if text else ""
    return "/" in word and ("." in word or ":" in word) and any(character.isdecimal() for character in word)


def _names_a_network(text: str) -> bool:
    return any("/" in word and speaks_of_addresses(word) for word in text.split())


def _network(heading: Heading) -> Network:
    word, _, rest = heading.text.strip().partition(" ")
    network = Network(network=network_in(word.rstrip(",:;-–—")), line=heading.line)
    title = rest.strip()
    while True:
        title, remark = split_remark(title)
        if not remark:
            break
        if not _take_remark(network, remark):
            title = f"{title} ({remark})"
            break
    network.title = title.strip(SEPARATORS)
    return network


def _take_remark(network: Network, remark: str) -> bool:
    """Take what stands in parentheses behind a title, if it is about the kind of network or its VLAN."""
    words = remark.lower().replace(",", " ").split()
    if words in (["container"], ["pool"]):
        network.type = words[0]
        return True
    if "vlan" not in words:
        return False
    number = next((word for word in words[words.index("vlan") + 1 :] if word.isdecimal()), None)
    if number is not None:
        network.vid, network.vlan_line = vid_of(number), network.line
    elif "native" not in words:
        raise Unclear(f"({remark}) does not say which VLAN; write (VLAN 110)")
    if "on" in words[:-1]:
        network.bridge = words[words.index("on") + 1]
    return True


def vid_of(number: str) -> int:
    """Return the number of a VLAN. Raises Unclear."""
    if not (number.isascii() and number.isdecimal() and 1 <= int(number[:9]) <= LAST_VID):
        raise Unclear(f"{number[:20]!r} is no VLAN; there are 1 to {LAST_VID}")
    return int(number)


def _stretch(text: str) -> Stretch | None:
    """Return the range that stands in parentheses somewhere in a heading."""
    for remark in _parentheses(text):
        if not speaks_of_addresses(remark):
            continue
        place = place_in(remark) if "/" not in remark else None
        if not isinstance(place, Host):
            return place
    return None


def _parentheses(text: str) -> list[str]:
    """Return what stands in the innermost parentheses, from left to right."""
    return [part.split(")", 1)[0] for part in text.split("(")[1:] if ")" in part]


def name_of_range(text: str, stretch: Stretch) -> str:
    """Return a heading without the parentheses that hold its range."""
    for remark in _parentheses(text):
        if speaks_of_addresses(remark) and place_in(remark) == stretch:
            before, _, after = text.partition(f"({remark})")
            return " ".join(part for part in (before.strip(SEPARATORS), after.strip(SEPARATORS)) if part)
    return text
