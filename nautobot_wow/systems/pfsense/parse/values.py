"""Addresses, numbers and MAC addresses as the box writes them, and how a line that cannot be read is quoted."""

from __future__ import annotations

import ipaddress

from ....errors import ParseError
from ....macs import normal

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Interface = ipaddress.IPv4Interface | ipaddress.IPv6Interface

LONGEST_QUOTE = 120
MOST_DIGITS = 20


def quoted(text: str) -> str:
    """Return a line for an error message: on one line, and not longer than a person reads."""
    return repr(text if len(text) <= LONGEST_QUOTE else text[:LONGEST_QUOTE] + "…")


def to_address(text: str, what: str) -> Address:
    """Return an address without a zone or a length. Raises ParseError."""
    try:
        if "%" not in text:
            return ipaddress.ip_address(text)
    except ValueError:
        pass
    raise ParseError(f"{what}: {quoted(text)} is no address")


def to_interface(address: str, length: str, what: str) -> Interface:
    """Return an address with the length of its network, from two fields. Raises ParseError."""
    host = to_address(address, what)
    bits = to_number(length, f"{what}: length of the network", host.max_prefixlen)
    return ipaddress.ip_interface(f"{host}/{bits}")


def to_number(text: str, what: str, most: int = 2**64) -> int:
    """Return a whole number from 0 to `most`, its end included. Raises ParseError."""
    if text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS and int(text) <= most:
        return int(text)
    raise ParseError(f"{what}: {quoted(text)} is no number from 0 to {most}")


def to_vid(text: str, what: str) -> int:
    """Return the number of a VLAN, 1 to 4094. Raises ParseError."""
    found = to_number(text, what, 4094)
    if found == 0:
        raise ParseError(f"{what}: there is no VLAN 0")
    return found


def to_mac(text: str, what: str) -> str:
    """Return a MAC address as BC:24:11:00:00:01. Raises ParseError."""
    try:
        return normal(text)
    except ValueError:
        raise ParseError(f"{what}: {quoted(text)} is no MAC address") from None


def to_text(raw: bytes, what: str) -> str:
    """Return an answer as text. Raises ParseError: bytes that are no UTF-8 were not written by the tools we ask."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise ParseError(f"{what}: line {line} is no text (byte {error.start})") from None
