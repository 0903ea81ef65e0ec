"""Names of operating systems, as the operator's automation reads them: "Ubuntu 24.04", "Fedora 43", "RHEL 10"."""

from __future__ import annotations

from .values import Row

# id in os-release -> name, and how many parts of the version belong to it
NAMES = {
    "almalinux": ("AlmaLinux", 1),
    "alpine": ("Alpine", 2),
    "amzn": ("Amazon Linux", 1),
    "arch": ("Arch Linux", 0),
    "centos": ("CentOS Stream", 1),
    "debian": ("Debian", 1),
    "fedora": ("Fedora", 1),
    "freebsd": ("FreeBSD", 2),
    "gentoo": ("Gentoo", 0),
    "nixos": ("NixOS", 2),
    "ol": ("Oracle Linux", 1),
    "opensuse-leap": ("openSUSE Leap", 2),
    "opensuse-tumbleweed": ("openSUSE Tumbleweed", 0),
    "rhel": ("RHEL", 1),
    "rocky": ("Rocky Linux", 1),
    "sles": ("SLES", 2),
    "ubuntu": ("Ubuntu", 2),
}

# ostype in the configuration -> name without a version; "l26" and "other" say nothing worth a platform
FAMILIES = {
    "alpine": "Alpine",
    "archlinux": "Arch Linux",
    "centos": "CentOS",
    "debian": "Debian",
    "devuan": "Devuan",
    "fedora": "Fedora",
    "gentoo": "Gentoo",
    "nixos": "NixOS",
    "opensuse": "openSUSE",
    "solaris": "Solaris",
    "ubuntu": "Ubuntu",
    **dict.fromkeys(("w2k", "w2k3", "w2k8", "wvista", "win7", "win8", "win10", "win11", "wxp"), "Windows"),
}


def family_of(ostype: str) -> str | None:
    """Return the platform without a version for an `ostype`, None where it tells nothing."""
    return FAMILIES.get(ostype)


def parse_os_info(guest: str, payload: object) -> str | None:
    """Return the platform's name from the guest agent's get-osinfo, None if the guest does not say what it is."""
    row = Row(f"{guest}: guest agent", Row(f"{guest}: guest agent", payload).fields.get("result"))
    identity = (row.text_or_none("id") or "").lower()
    version = (row.text_or_none("version-id") or "").strip()
    if identity == "mswindows":
        server = "Server " if row.text_or_none("variant-id") == "server" else ""
        return f"Windows {server}{version}".strip()
    name, parts = NAMES.get(identity, ((row.text_or_none("name") or "").strip(), 2))
    return " ".join(part for part in (name, ".".join(version.split(".")[:parts])) if part) if name else None
