"""Names of ports: gi5, fa1, te1/0/3, Po2, vlan 1, oob; lists as tables print them (gi1-4,gi7,Po1-8)."""

from __future__ import annotations

import re

from ....errors import ParseError

NAME = re.compile(r"(?P<kind>fa|gi|te|tw|fi|xg|fo|Po)(?P<unit>(?:\d{1,2}/){0,2})(?P<number>\d{1,4})")
ITEM = re.compile(rf"{NAME.pattern}(?:-(?P<last>\d{{1,4}}))?")
VLAN = re.compile(r"vlan (?P<vid>\d{1,4})")
LONG = re.compile(r"(?P<kind>[A-Za-z-]+?) ?(?P<rest>(?:\d{1,2}/){0,2}\d{1,4})")
SHORT = {
    "fastethernet": "fa",
    "gigabitethernet": "gi",
    "tengigabitethernet": "te",
    "twopointfivegigabitethernet": "tw",
    "fivegigabitethernet": "fi",
    "fortygigabitethernet": "fo",
    "port-channel": "Po",
    "vlan": "vlan ",
}
LAG = "Po"
MOST_VLANS = 4094


def to_port(text: str, what: str) -> str:
    """Return the name of a port or port channel as the tables spell it."""
    text = text.strip()
    if not NAME.fullmatch(text):
        raise ParseError(f"{what}: {text[:60]!r} is no port")
    return text


def to_ports(text: str, what: str) -> list[str]:
    """Return the ports of a list; a range names its kind and unit only once: gi1/1-4. Nothing is no port."""
    ports: list[str] = []
    for item in text.replace(" ", "").split(",") if text.strip() else ():
        found = ITEM.fullmatch(item)
        if not found:
            raise ParseError(f"{what}: {item[:60]!r} in {text[:120]!r} is no port and no range of ports")
        first, last = int(found["number"]), int(found["last"] or found["number"])
        if last < first:
            raise ParseError(f"{what}: the range {item!r} ends before it begins")
        ports += [f"{found['kind']}{found['unit']}{number}" for number in range(first, last + 1)]
    if len(set(ports)) < len(ports):
        raise ParseError(f"{what}: {text[:120]!r} names a port twice")
    return ports


def of_long_name(text: str) -> str | None:
    """Return the short name of a port as the configuration spells it (gigabitethernet1/2), None for anything else."""
    found = LONG.fullmatch(text.strip())
    short = SHORT.get(found["kind"].lower()) if found else None
    return f"{short}{found['rest']}" if found and short else None


def to_vid(text: str, what: str) -> int:
    """Return the number of a VLAN."""
    text = text.strip()
    if not re.fullmatch(r"[0-9]{1,4}", text) or not 1 <= int(text) <= MOST_VLANS:
        raise ParseError(f"{what}: {text[:60]!r} is no VLAN")
    return int(text)


def to_vids(text: str, what: str) -> frozenset[int]:
    """Return the VLANs of a list such as 7-8,30-31,100."""
    found: set[int] = set()
    for item in text.replace(" ", "").split(","):
        first, _, last = item.partition("-")
        low, high = to_vid(first, what), to_vid(last or first, what)
        if high < low:
            raise ParseError(f"{what}: the range {item!r} ends before it begins")
        found.update(range(low, high + 1))
    return frozenset(found)
