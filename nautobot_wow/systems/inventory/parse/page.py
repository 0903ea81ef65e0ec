"""What a page says, typed: networks, ranges, sayings about addresses, questions, and one entry for every line.

A Saying is what one line says of one address; several lines may speak of one. An Entry is what became of one line that
had to become something: a row of any table, an item of a "Network Information" list. Each is exactly one of object,
range, note and reject, so that the page can be accounted for line by line.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum

from ....records import AddressType
from .cells import IpNetwork, Stretch


class Place(str, Enum):
    """Where a line stands. Rows and items are counted; of headings and stray lines only those that say something."""

    ROW = "row"
    ITEM = "item"
    HEADING = "heading"
    LINE = "line"


class Outcome(str, Enum):
    """What became of a line."""

    OBJECT = "object"
    RANGE = "range"
    NOTE = "note"
    REJECT = "reject"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What became of one line. `says` is what was understood, or why it was not.

    `part` is the part of the page that a reject makes unseen: a network, OTHER, or "" for all of the page.
    """

    line: int
    place: Place
    outcome: Outcome
    says: str
    raw: str = ""
    part: str = ""


OTHER = "other"
"""The part of a page that holds no addresses in use: what should move, who is unknown."""


@dataclass(kw_only=True)
class Network:
    """A network and what its heading and its list say of it. `type` is only known where the page says it."""

    network: IpNetwork
    line: int
    title: str = ""
    purpose: str | None = None
    type: str | None = None
    vid: int | None = None
    vlan_name: str | None = None
    vlan_line: int = 0
    bridge: str = ""
    dns_servers: tuple[str, ...] = ()
    restriction: str = ""

    @property
    def name(self) -> str:
        """The network as text; networks are told apart by it."""
        return str(self.network)

    @property
    def description(self) -> str | None:
        """What it is for; without a purpose, its title. A purpose of "-" leaves both out."""
        return (self.title if self.purpose is None else self.purpose) or None


@dataclass(frozen=True, kw_only=True)
class Range:
    """A range of addresses in a network, from a heading or from a row."""

    stretch: Stretch
    line: int
    network: str
    name: str
    role: str | None = None
    description: str | None = None


@dataclass(frozen=True, kw_only=True)
class Saying:
    """What one line says of one address; None where it does not say. `holder` is who has it, in the page's words."""

    host: str
    line: int
    network: str
    holder: str = ""
    mask_length: int | None = None
    type: AddressType | None = None
    role: str | None = None
    status: str | None = None
    dns_name: str | None = None
    description: str | None = None
    tags: frozenset[str] | None = None


class Asks(str, Enum):
    """What a person has to look at."""

    MOVE = "move"
    UNKNOWN = "unknown"
    ASSUMED = "assumed"


@dataclass(frozen=True, kw_only=True)
class Question:
    """Something on the page that only a person can settle, about one address."""

    asks: Asks
    host: str
    line: int
    part: str = OTHER
    holder: str = ""
    target: str = ""
    reason: str = ""


@dataclass(kw_only=True)
class Page:
    """All that a page says."""

    name: str
    lines: int
    networks: dict[str, Network] = field(default_factory=dict)
    ranges: list[Range] = field(default_factory=list)
    sayings: list[Saying] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)

    @property
    def rejects(self) -> list[Entry]:
        """Return the lines that were not understood."""
        return [entry for entry in self.entries if entry.outcome is Outcome.REJECT]

    def counts(self, places: Iterable[Place] = (Place.ROW, Place.ITEM)) -> Counter[Outcome]:
        """Return how many lines of these places became what."""
        among = frozenset(places)
        return Counter(entry.outcome for entry in self.entries if entry.place in among)

    def where(self, line: int) -> str:
        """Return how a person finds a line."""
        return f"{self.name}:{line}"
