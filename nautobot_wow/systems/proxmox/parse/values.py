"""One field of one JSON object, converted defensively.

Perl's typing leaks through the API: `"vmid": "113"` stands beside `"vmid": 112`, `"active": "1"` beside `"active": 1`.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from typing import Any

from ....errors import ParseError
from ....macs import is_junk

Interface = ipaddress.IPv4Interface | ipaddress.IPv6Interface

MAC = re.compile(r"[0-9A-F]{2}(?:[:-][0-9A-F]{2}){5}", re.IGNORECASE)
NUMBER = re.compile(r"\s*[+-]?[0-9]{1,20}\s*")
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
VRRP = ("00:00:5E:00:01", "00:00:5E:00:02")
FALSE = frozenset({"", "0", "no", "off", "false"})
TRUE = frozenset({"1", "yes", "on", "true"})


class Row:
    """A JSON object and what it describes; every failure to read it names both the object and the field."""

    def __init__(self, what: str, payload: object) -> None:
        if not isinstance(payload, Mapping):
            raise ParseError(f"{what}: expected an object, found {shorten(payload)}")
        self.what = what
        self.fields: Mapping[str, Any] = payload

    def has(self, key: str) -> bool:
        """Whether the key is there with a value; null is no value."""
        return self.fields.get(key) is not None

    def text(self, key: str) -> str:
        """Return a field that must be there as text."""
        return to_text(self._required(key), f"{self.what}: {key}")

    def text_or_none(self, key: str) -> str | None:
        """Return a field as text, None when it is absent."""
        return self.text(key) if self.has(key) else None

    def integer(self, key: str) -> int:
        """Return a field that must be there as a whole number."""
        return to_integer(self._required(key), f"{self.what}: {key}")

    def integer_or_none(self, key: str) -> int | None:
        """Return a field as a whole number, None when it is absent."""
        return self.integer(key) if self.has(key) else None

    def flag(self, key: str) -> bool:
        """Return a field as a boolean; absent is False, as everywhere in this API."""
        return self.has(key) and to_flag(self.fields[key], f"{self.what}: {key}")

    def _required(self, key: str) -> Any:
        if not self.has(key):
            raise ParseError(f"{self.what}: {key} is missing")
        return self.fields[key]


def to_text(value: object, what: str) -> str:
    """Return text or a number as text; anything else, and text no database takes, is a ParseError."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise ParseError(f"{what}: expected text, found {shorten(value)}")
    text = str(value)
    if UNSTORABLE.search(text):
        raise ParseError(f"{what}: the text holds characters that no database stores: {shorten(value)}")
    return text


def to_integer(value: object, what: str) -> int:
    """Return a whole number that may have been written as text."""
    is_whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    if is_whole or (isinstance(value, str) and NUMBER.fullmatch(value)):
        return int(value)  # type: ignore[call-overload]
    raise ParseError(f"{what}: expected a whole number, found {shorten(value)}")


def to_flag(value: object, what: str) -> bool:
    """Return a boolean that may have been written as 0, "1" or "on"."""
    if isinstance(value, bool):
        return value
    word = to_text(value, what).strip().lower()
    if word in TRUE:
        return True
    if word in FALSE:
        return False
    raise ParseError(f"{what}: expected yes or no, found {shorten(value)}")


def to_mac(value: object, what: str) -> str:
    """Return a MAC address in upper case with colons."""
    text = to_text(value, what).strip()
    if not MAC.fullmatch(text):
        raise ParseError(f"{what}: expected a MAC address, found {shorten(value)}")
    return text.upper().replace("-", ":")


def is_own_mac(mac: str) -> bool:
    """Whether a MAC tells one card from another: not zero, not broadcast or multicast, not a VRRP group's."""
    return not is_junk(mac) and not mac.startswith(VRRP)


def to_interface(value: object, what: str) -> Interface:
    """Return an address with its mask. The zone of an IPv6 address (%eth0) is dropped; a missing mask is an error."""
    text = to_text(value, what).strip()
    host, slash, mask = text.partition("/")
    try:
        return ipaddress.ip_interface(f"{host.partition('%')[0]}/{mask if slash else 'missing'}")
    except ValueError:
        raise ParseError(f"{what}: expected an address with its mask, found {shorten(value)}") from None


def is_noise(interface: Interface) -> bool:
    """Whether an address says nothing about the network: loopback, link-local, multicast, unspecified."""
    address = interface.ip
    return address.is_loopback or address.is_link_local or address.is_multicast or address.is_unspecified


def shorten(value: object) -> str:
    """Return a value for a message: at most a line of it."""
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."
