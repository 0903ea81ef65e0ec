"""What a MAC address says by itself: one spelling, whether it can be a card's, and which are known to be shared."""

from __future__ import annotations

import re

HEX = re.compile(r"[0-9A-F]{12}")
SEPARATORS = re.compile(r"[.:\-]")
NOBODY = "00:00:00:00:00:00"
VIRTUAL_ROUTERS = (
    # RFC 9568 section 7.3: 00-00-5E-00-01-{VRID} for IPv4, 00-00-5E-00-02-{VRID} for IPv6. CARP uses the first one
    # as well (carp(4)).
    ("00:00:5E:00:01:", "VRRP or CARP"),
    ("00:00:5E:00:02:", "VRRP"),
    # Cisco, HSRP version 1: 0000.0c07.acXX; RFC 2281.
    ("00:00:0C:07:AC:", "HSRP"),
)


def normal(mac: str) -> str:
    """Return a MAC address as BC:24:11:00:00:01, however it was written. Raises ValueError for what is none."""
    digits = SEPARATORS.sub("", mac.strip()).upper()
    if not HEX.fullmatch(digits):
        raise ValueError(f"{mac!r} is no MAC address")
    return ":".join(digits[at : at + 2] for at in range(0, 12, 2))


def is_junk(mac: str) -> bool:
    """Tell whether no card has this address: none, all zero, broadcast, or a group (IEEE 802: the first bit sent)."""
    if not mac or mac.upper() == NOBODY:
        return True
    try:
        return bool(int(normal(mac)[:2], 16) & 1)
    except ValueError:
        return True


def virtual_router(mac: str) -> str:
    """Return whose shared address this is ("VRRP or CARP 5"), empty for an ordinary card: no card stands behind it."""
    for start, protocol in VIRTUAL_ROUTERS:
        if mac.upper().startswith(start):
            return f"{protocol} {int(mac[-2:], 16)}"
    return ""
