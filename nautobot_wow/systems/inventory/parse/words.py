"""The words of the page and what they mean, one table for each place where they stand.

Every table is looked up in lower case, without the symbols that people put before a word. A word that is in no table is
not understood: it is kept as text or makes its line a reject, never taken for something near it.
"""

from __future__ import annotations

import unicodedata
from enum import Enum


class Status(str, Enum):
    """What a row says of its address."""

    ACTIVE = "Active"
    RESERVED = "Reserved"
    DEPRECATED = "Deprecated"
    FREE = "Available"
    SILENT = ""


class Column(str, Enum):
    """What a column holds."""

    ADDRESS = "address"
    HOST = "host"
    SERVICE = "service"
    NAMESPACE = "namespace"
    TYPE = "type"
    ROLE = "role"
    STATUS = "status"
    TAGS = "tags"
    DESCRIPTION = "description"
    NOTES = "notes"
    MANAGED_BY = "managed by"
    MAC = "MAC"
    PLAN = "migration plan"
    SUGGESTED = "suggested"
    REASON = "reason"


class Label(str, Enum):
    """What an item of a "Network Information" list says."""

    GATEWAY = "gateway"
    SUBNET = "subnet"
    VLAN = "VLAN"
    DNS = "DNS servers"
    PURPOSE = "purpose"
    RANGE = "range"
    BRIDGE = "bridge"
    RESTRICTION = "restriction"
    NOTE = "note"


class Section(str, Enum):
    """What a heading opens, where it opens neither a network nor a range."""

    INFORMATION = "network information"
    MOVES = "addresses that should change"
    UNKNOWN = "hosts nobody knows"
    PROSE = "text that is no list of addresses in use"


NOTHING = frozenset({"", "-", "–", "—", "--", "---", "n/a", "na", "none", "tbd", "?", "…", "..."})
NOBODY = frozenset({"unknown", "unknown host", "unknown client", "unknown device", "unidentified", "???", "??"})

STATUSES = {
    **dict.fromkeys(
        ("active", "in use", "used", "in-use", "running", "online", "up", "live", "static", "assigned", "stopped")
        + ("offline", "down", "configured", "production", "ok", "yes", "dhcp", "✅", "✔", "☑", "🟢"),
        Status.ACTIVE,
    ),
    **dict.fromkeys(
        ("reserved", "planned", "pending", "future", "hold", "on hold", "allocated", "do not use", "🔒", "🟡", "⏳"),
        Status.RESERVED,
    ),
    **dict.fromkeys(("deprecated", "retired", "decommissioned", "legacy", "obsolete", "old"), Status.DEPRECATED),
    **dict.fromkeys(("available", "free", "unused", "not used", "unassigned", "open", "⬜", "🆓"), Status.FREE),
}
"""A guest that is stopped keeps its address, and what is only planned must not be given to anybody else."""

COLUMNS = {
    **dict.fromkeys(
        ("ip", "ips", "ip address", "ip addresses", "address", "ip range", "range", "ip / range", "ip/range")
        + ("current ip", "current address", "current", "from"),
        Column.ADDRESS,
    ),
    **dict.fromkeys(
        ("hostname", "host", "host name", "name", "device", "machine", "guest", "system", "node"), Column.HOST
    ),
    "service": Column.SERVICE,
    "namespace": Column.NAMESPACE,
    **dict.fromkeys(("type", "kind"), Column.TYPE),
    "role": Column.ROLE,
    **dict.fromkeys(("status", "state"), Column.STATUS),
    **dict.fromkeys(("tags", "tag"), Column.TAGS),
    **dict.fromkeys(("description", "purpose", "usage", "use"), Column.DESCRIPTION),
    **dict.fromkeys(("notes", "note", "comment", "comments", "remarks"), Column.NOTES),
    **dict.fromkeys(("managed by", "owner", "manager"), Column.MANAGED_BY),
    **dict.fromkeys(("mac", "mac address"), Column.MAC),
    **dict.fromkeys(("migration plan", "migration", "migrate to"), Column.PLAN),
    **dict.fromkeys(
        ("suggested ip", "suggested address", "suggested", "new ip", "new address", "target ip", "target")
        + ("proposed ip", "to"),
        Column.SUGGESTED,
    ),
    **dict.fromkeys(("reason", "why"), Column.REASON),
}

LABELS = {
    **dict.fromkeys(("gateway", "default gateway", "router"), Label.GATEWAY),
    **dict.fromkeys(("subnet", "subnet mask", "netmask", "network", "cidr"), Label.SUBNET),
    **dict.fromkeys(("vlan", "vlan id", "vlan tag"), Label.VLAN),
    **dict.fromkeys(("dns", "dns server", "dns servers", "nameserver", "nameservers"), Label.DNS),
    **dict.fromkeys(("purpose", "description", "usage"), Label.PURPOSE),
    **dict.fromkeys(("dhcp range", "dhcp pool", "dhcp scope", "dhcp", "metallb pool", "metallb range"), Label.RANGE),
    **dict.fromkeys(("bridge", "interface", "bridges"), Label.BRIDGE),
    **dict.fromkeys(("access", "restriction", "restrictions", "rule", "warning", "policy"), Label.RESTRICTION),
    **dict.fromkeys(("ntp", "ntp server", "ntp servers"), Label.NOTE),
}

RESTRICTED = ("restricted", "off limits", "off-limits", "do not use", "justification required")

SECTIONS = (
    (Section.INFORMATION, ("network information", "network info", "network details")),
    (Section.MOVES, ("migration", "should move", "to be moved", "to move")),
    (Section.UNKNOWN, ("unknown", "unidentified", "undocumented", "nobody knows")),
    (
        Section.PROSE,
        ("guideline", "avoid", "checklist", "how to", "procedure", "best practice", "example", "command", "reference")
        + ("quick start", "legend", "history", "changelog", "change log", "next steps", "to do", "todo", "summary"),
    ),
)
"""The first phrase that a heading holds decides."""

TAGS_OF_TYPES = {"lxc": "proxmox", "metallb": "metallb", "loadbalancer": "metallb", "load balancer": "metallb"}
TAGS_OF_WORDS = (("metallb", "metallb"), ("openshift", "openshift"), ("kubevirt", "openshift"))
"""Words that, in a type, in who manages it or in the heading of its section, give an address a tag."""

ROLES_OF_TYPES = {"vip": "VIP", "virtual ip": "VIP", "loadbalancer": "VIP", "load balancer": "VIP"}
ROLES_OF_WORDS = (
    ("dhcp", "DHCP"),
    ("metallb", "Load Balancer Pool"),
    ("load balancer", "Load Balancer Pool"),
    ("nat pool", "NAT Pool"),
    ("control plane", "Reserved"),
    ("reserved", "Reserved"),
    ("off limits", "Reserved"),
    ("do not use", "Reserved"),
)
"""What a range is for, by the first of these words that its heading or its row holds; without one nothing is said."""


def bare(text: str) -> str:
    """Return a text in lower case without the symbols before and after it; a text of symbols alone stays as it is."""
    characters = [character for character in text.strip() if character != "\ufe0f"]
    while characters and (_is_symbol(characters[0]) or characters[0].isspace()):
        characters.pop(0)
    while characters and (_is_symbol(characters[-1]) or characters[-1].isspace()):
        characters.pop()
    return "".join(characters).lower() or text.strip().replace("\ufe0f", "")


def _is_symbol(character: str) -> bool:
    return unicodedata.category(character) in ("So", "Sk", "Cf", "Mn")


def is_nothing(text: str) -> bool:
    """Tell whether a cell says nothing."""
    return bare(text) in NOTHING


def status_of(text: str) -> Status | None:
    """Return what the word of a status means; None where it is in no table."""
    return Status.SILENT if is_nothing(text) else STATUSES.get(bare(text).rstrip(".!"))


def column_of(text: str) -> Column | None:
    """Return what a column holds, by its heading."""
    return COLUMNS.get(bare(text))


def label_of(text: str) -> Label | None:
    """Return what an item of a list says, by the word before its colon."""
    return LABELS.get(bare(text))


def section_of(text: str) -> Section | None:
    """Return what a heading opens, if it is one of those that hold no addresses in use."""
    words = bare(text)
    return next((section for section, phrases in SECTIONS if any(phrase in words for phrase in phrases)), None)


def range_role_of(*texts: str) -> str | None:
    """Return the role of a range, or None where nothing is said of it."""
    return _first(ROLES_OF_WORDS, texts)


def tag_of(*texts: str) -> str | None:
    """Return the tag that words about an address give it."""
    return _first(TAGS_OF_WORDS, texts)


def _first(table: tuple[tuple[str, str], ...], texts: tuple[str, ...]) -> str | None:
    words = " ".join(texts).lower().replace("-", " ")
    return next((meaning for phrase, meaning in table if phrase in words), None)
