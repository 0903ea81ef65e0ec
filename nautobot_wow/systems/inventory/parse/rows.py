"""The rows of a table under a network: what each says of an address or of a range.

Which cell says what is told by the column's heading. Where a table has a column for the role, or for the tags, they are
as written; elsewhere they are read from the type, from who manages the address, and from the headings above.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from ....records import AddressType
from .blocks import Row, Table
from .cells import Host, Stretch, host_in, type_in
from .page import Saying
from .words import (
    NOBODY,
    ROLES_OF_TYPES,
    TAGS_OF_TYPES,
    Column,
    Status,
    bare,
    column_of,
    is_nothing,
    range_role_of,
    status_of,
    tag_of,
)

PLAIN_TYPES = frozenset(
    ("lxc", "container", "vm", "virtual machine", "bare metal", "baremetal", "physical", "server", "host", "device")
    + ("vip", "virtual ip", "reserved", "dhcp", "static", "slaac", "gateway", "router", "firewall", "switch", "service")
    + ("loadbalancer", "load balancer", "metallb", "network")
)
"""Types that say nothing which is not said elsewhere; others become a part of the description."""

LONGEST = 255


@dataclass(frozen=True)
class Columns:
    """Which cell of a row holds what; `extra` are the columns whose heading is in no list, by their heading."""

    places: dict[Column, int] = field(default_factory=dict)
    extra: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, table: Table) -> Columns:
        """Read the headings of a table; of two that mean the same the first counts."""
        found = cls()
        for position, heading in enumerate(table.columns):
            column = column_of(heading)
            if column is None or column in found.places:
                found.extra.setdefault(heading, position)
            else:
                found.places[column] = position
        return found

    def has(self, column: Column) -> bool:
        """Tell whether the table has a column for it."""
        return column in self.places


@dataclass(frozen=True)
class Cells:
    """One row with its columns: cells are asked for by what they hold, "" where they say nothing."""

    columns: Columns
    row: Row
    headings: tuple[str, ...] = ()

    def text(self, column: Column) -> str:
        """Return a cell, "" where there is none or it says nothing."""
        if not self.columns.has(column):
            return ""
        cell = self.row.cells[self.columns.places[column]]
        return "" if is_nothing(cell) else cell

    @property
    def status(self) -> Status | None:
        """What the status says; None where its word is not known."""
        said = status_of(self.text(Column.STATUS))
        return Status.RESERVED if said is Status.SILENT and self.type == "reserved" else said

    @property
    def type(self) -> str:
        """The word of the type, in lower case."""
        return type_in(self.text(Column.TYPE))[0]

    @property
    def host(self) -> tuple[str, str]:
        """The DNS name, and what else the cell of the host says."""
        text = self.text(Column.HOST)
        return ("", "") if self.is_nobody or bare(text) == "available" else host_in(text)

    @property
    def is_nobody(self) -> bool:
        """Whether the row says that nobody knows who has the address."""
        return bare(self.text(Column.HOST)) in NOBODY

    @property
    def is_free(self) -> bool:
        """Whether the row says that nobody has the address; a word elsewhere only counts where no status is said."""
        if self.status is not Status.SILENT:
            return self.status is Status.FREE
        words = [self.text(Column.TYPE), self.text(Column.HOST)]
        if not self.columns.has(Column.STATUS):
            words.append(self.text(Column.DESCRIPTION))
        return any(status_of(word) is Status.FREE for word in words if word)

    @property
    def holder(self) -> str:
        """Who has it, in the row's own words."""
        name, other = self.host
        return name or other or self.text(Column.SERVICE) or self.text(Column.DESCRIPTION)[:80]

    @property
    def extras(self) -> list[str]:
        """What stands in columns that are not known."""
        cells = ((heading, self.row.cells[place]) for heading, place in self.columns.extra.items())
        return [f"{heading}: {cell}" for heading, cell in cells if not is_nothing(cell)]

    def description(self) -> str | None:
        """Return all that the row says in words, a single cell as it is written."""
        name, other = self.host
        parts = [
            self.text(Column.DESCRIPTION),
            (f"also {other}" if name else other) if other else "",
            _service(self.text(Column.SERVICE), self.text(Column.NAMESPACE)),
            self._unusual_type(),
            self.text(Column.NOTES),
            _labelled("managed by", self.text(Column.MANAGED_BY)),
            _labelled("MAC", self.text(Column.MAC)),
            *self.extras,
            _labelled("status", self.text(Column.STATUS) if self.status is None else ""),
        ]
        return joined(parts)

    def _unusual_type(self) -> str:
        text = self.text(Column.TYPE)
        word, id_ = type_in(text)
        is_plain = word in PLAIN_TYPES and (not id_ or id_.isdecimal() or tag_of(id_) is not None)
        return "" if is_plain or self.status_in_type else text

    @property
    def status_in_type(self) -> bool:
        """Whether the type is the word of a status, such as Reserved."""
        return status_of(self.text(Column.TYPE)) not in (None, Status.SILENT)


def _service(service: str, namespace: str) -> str:
    return f"service {service}{f' in namespace {namespace}' if namespace else ''}" if service else ""


def _labelled(label: str, text: str) -> str:
    return f"{label} {text}" if text else ""


def joined(parts: Iterable[str]) -> str | None:
    """Return texts as one description, no longer than Nautobot keeps."""
    text = "; ".join(part for part in parts if part)
    return (text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…") or None


# ------------------------------------------------------------------------------------------------------------ addresses


def saying_of(cells: Cells, place: Host, network: str) -> Saying:
    """Return what a row says of its address."""
    is_dhcp = any(word.lower().startswith("dhcp") for word in (place.remark, cells.type, cells.text(Column.STATUS)))
    is_slaac = "slaac" in (place.remark.lower(), cells.type)
    return Saying(
        host=str(place.address),
        line=cells.row.line,
        network=network,
        holder=cells.holder,
        mask_length=place.mask_length,
        type=AddressType.DHCP if is_dhcp else AddressType.SLAAC if is_slaac else None,
        role=_role(cells),
        status=_status(cells.status),
        dns_name=cells.host[0] or None,
        description=joined([cells.description() or "", "" if is_dhcp or is_slaac else place.remark]),
        tags=_tags(cells, is_dhcp=is_dhcp),
    )


def _role(cells: Cells) -> str | None:
    if cells.columns.has(Column.ROLE):
        return cells.text(Column.ROLE) or None
    return ROLES_OF_TYPES.get(cells.type)


def _status(status: Status | None) -> str | None:
    """Only what is not simply in use is said."""
    return status.value if status in (Status.RESERVED, Status.DEPRECATED) else None


def _tags(cells: Cells, *, is_dhcp: bool) -> frozenset[str] | None:
    if cells.columns.has(Column.TAGS):
        return frozenset(tag.strip() for tag in cells.text(Column.TAGS).split(",") if tag.strip())
    word, id_ = type_in(cells.text(Column.TYPE))
    by_id = "proxmox" if word in ("vm", "virtual machine", "container") and id_.isdecimal() else ""
    own = {TAGS_OF_TYPES.get(word, by_id), tag_of(word, id_, cells.text(Column.MANAGED_BY)) or ""} - {""}
    how = {"dhcp" if is_dhcp else "", "reserved" if cells.status is Status.RESERVED else ""} - {""}
    # Whose section a row stands in only counts where the row itself does not say whose it is.
    return frozenset(how | (own or {tag for tag in map(tag_of, cells.headings) if tag})) or None


# --------------------------------------------------------------------------------------------------------------- ranges


@dataclass(frozen=True, kw_only=True)
class Spoken:
    """What a row says of several addresses, before it is known whether they are a range or lie in one.

    `is_exact` means that the table has a column for the role, so that nothing is read from words.
    """

    stretch: Stretch
    row: Row
    network: str
    name: str | None
    role: str | None
    description: str | None
    is_exact: bool
    tags: frozenset[str] | None = None


def spoken_of(cells: Cells, stretch: Stretch, network: str) -> Spoken:
    """Return what a row says of its range; where no column names ranges, its description is the name."""
    name, description = cells.text(Column.HOST), cells.text(Column.DESCRIPTION)
    is_exact = cells.columns.has(Column.ROLE)
    if is_exact:
        role = cells.text(Column.ROLE) or None
    else:
        role = range_role_of(name, description, cells.type, cells.text(Column.STATUS), cells.text(Column.MANAGED_BY))
        rest = [cells.text(Column.NOTES), _labelled("managed by", cells.text(Column.MANAGED_BY)), *cells.extras]
        name, description = name or description, joined([description if name else "", *rest]) or ""
    return Spoken(
        stretch=stretch,
        row=cells.row,
        network=network,
        name=name or None,
        role=role,
        description=description or None,
        is_exact=is_exact,
        tags=_tags(cells, is_dhcp=False),
    )
