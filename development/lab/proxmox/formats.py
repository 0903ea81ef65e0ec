"""Named formats of the schema: a check per name that returns the complaint, or None if the value fits."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable

Check = Callable[[str], "str | None"]

IP_CONFIG = {
    "gw": {"type": "string", "format": "ipv4", "optional": 1, "requires": "ip"},
    "gw6": {"type": "string", "format": "ipv6", "optional": 1, "requires": "ip6"},
    "ip": {"type": "string", "format": "pve-ipv4-config", "optional": 1, "default": "dhcp"},
    "ip6": {"type": "string", "format": "pve-ipv6-config", "optional": 1, "default": "dhcp"},
}

# Named formats that are property strings but come without their keys in the tree.
PROPERTY_STRINGS = {"pve-qm-ipconfig": IP_CONFIG}


def complaint(name: str, value: str) -> str | None:
    """Return what is wrong with `value` as a `name`; a format we do not know accepts everything."""
    if name.endswith("-list"):
        check = CHECKS.get(name[: -len("-list")])
        parts = [part for part in re.split(r"[,;\s\0]+", value) if part]
        return next((text for part in parts if check and (text := check(part))), None)
    check = CHECKS.get(name)
    return check(value) if check else None


def _pattern(pattern: str, text: str) -> Check:
    compiled = re.compile(pattern)
    return lambda value: None if compiled.fullmatch(value) else text.replace("{}", value)


def _ip(version: int, text: str) -> Check:
    def check(value: str) -> str | None:
        try:
            return None if ipaddress.ip_address(value).version == version else text
        except ValueError:
            return text

    return check


def _cidr(version: int, text: str) -> Check:
    def check(value: str) -> str | None:
        try:
            fits = "/" in value and ipaddress.ip_interface(value).version == version
        except ValueError:
            return text
        return None if fits else text

    return check


def _or_words(check: Check, *words: str) -> Check:
    return lambda value: None if value in words else check(value)


_LABEL = r"(?:[a-zA-Z0-9](?:[a-zA-Z0-9\-]*[a-zA-Z0-9])?)"
_CIDR4 = _cidr(4, "value does not look like a valid IPv4 network")
_CIDR6 = _cidr(6, "value does not look like a valid IPv6 network")

CHECKS: dict[str, Check] = {
    "CIDRv4": _CIDR4,
    "CIDRv6": _CIDR6,
    "disk-size": _pattern(r"\d+(\.\d+)?[KMGT]?", "value does not look like a valid disk size"),
    "dns-name": _pattern(rf"{_LABEL}(\.{_LABEL})*", "value does not look like a valid DNS name"),
    "ipv4": _ip(4, "value does not look like a valid IPv4 address"),
    "ipv6": _ip(6, "value does not look like a valid IPv6 address"),
    "mac-addr": _pattern(
        r"[a-fA-F0-9][02468aceACE](?::[a-fA-F0-9]{2}){5}", "value does not look like a valid unicast MAC address"
    ),
    "pve-bridge-id": _pattern(r"[-_.\w\d]+", "invalid bridge ID '{}'"),
    "pve-configid": _pattern(r"[a-zA-Z][A-Za-z0-9_-]+", "invalid configuration ID '{}'"),
    "pve-ipv4-config": _or_words(_CIDR4, "dhcp", "manual"),
    "pve-ipv6-config": _or_words(_CIDR6, "auto", "dhcp", "manual"),
    "pve-node": _pattern(_LABEL, "value does not look like a valid node name"),
    "pve-poolid": _pattern(r"[A-Za-z0-9._\-]+(?:/[A-Za-z0-9._\-]+){0,2}", "value does not look like a valid pool name"),
    "pve-storage-id": _pattern(r"[a-zA-Z][a-zA-Z0-9\-_.]*[a-zA-Z0-9]", "storage ID '{}' contains illegal characters"),
    "pve-tag": _pattern(r"(?i:[a-z0-9_][a-z0-9_\-+.]*)", "invalid characters in tag"),
    "pve-vmid": _pattern(r"[1-9][0-9]{2,8}", "value does not look like a valid VM ID"),
    "urlencoded": _pattern(r"[-%a-zA-Z0-9_.!~*'()]*", "invalid urlencoded string: {}"),
}
