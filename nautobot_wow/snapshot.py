"""What one reading of a system gave: records, and how far they can be trusted to be all there is.

Scopes are paths. `observed` names the listings that were seen completely; `unseen` names the parts below them that
were not, with the reason. What is in neither was not looked at. So with

    observed = {"guests"}    unseen = {"guests/qemu/211/addresses": "the guest agent is silent"}

a guest that is not in the records is missing, and so are its addresses, but an address of qemu/211 is not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum

from .macs import is_junk
from .records import Kind, Record


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """One object that could not be read or written: which, and why. Everything else goes on."""

    kind: Kind
    key: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Seen:
    """An address and a MAC address as somebody really saw them; `source` says how (agent, arp, lease, ...).

    `host` is empty where only a card was seen: in a MAC table, at the far end of a cable. `where` is the port,
    interface or guest in words (a guest by its key), `port` the key of the InterfaceRecord that it was seen on, `vid`
    its VLAN there. `name` is what the other side calls itself (the hostname of a lease, the system name of a
    neighbour), `far_port` the neighbour's name of its own port. What has neither address nor card is no evidence, and
    an ARP row without a MAC address has none.
    """

    host: str = ""
    source: str
    mac: str = ""
    where: str = ""
    port: str = ""
    vid: int | None = None
    name: str = ""
    far_port: str = ""

    @property
    def is_evidence(self) -> bool:
        """Tell whether it says that somebody is there: incomplete ARP rows, broadcast and multicast do not."""
        if not self.host or self.source in FROM_THE_WIRE:
            return not is_junk(self.mac) or (self.source == "neighbour" and bool(self.name))
        return True


FROM_THE_WIRE = ("arp", "mac-table", "neighbour", "bridge")
"""Ways of seeing that have seen nobody where there is no MAC address."""


class FindingKind(str, Enum):
    """What a reader can find by itself; the values are those of a Conflict's kind."""

    CONTRADICTION = "contradiction"
    QUESTION = "question"
    UNKNOWN_HOST = "unknown-host"


class FindingSeverity(str, Enum):
    """How much it matters; the values are those of a Conflict's severity."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What a reader itself found to be wrong, or that only a person can answer: it becomes a Conflict of the System.

    It is about a record of this reading (`subject`), an address whether or not it makes a record (`host`), or neither.
    `evidence` is who says what, as ("inventory.md:118", "VIP of the API"). `detail` tells findings of one subject
    apart; the words of a finding do not, so that it stays the same Conflict when they change. It is resolved by the
    first run that saw its `scopes` (without any: by the first run of everything) and does not report it any more.
    """

    kind: FindingKind
    severity: FindingSeverity
    title: str
    message: str
    cure: str = ""
    subject: tuple[Kind, str] | None = None
    host: str = ""
    evidence: tuple[tuple[str, str], ...] = ()
    detail: str = ""
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """The records of one reading, what was observed completely, and what was refused.

    `seen` is what was seen of addresses, whether it makes a record or not: evidence, and nobody's to write or delete.
    `findings` are the disagreements and questions that the reader met on the way. `reports` are texts for the person
    who runs it, by the name of the file in which the Job attaches them. `context` are tables for people, by title: what
    the system says that is no object in Nautobot (routes, host overrides). `learned` is what the reading found out for
    the next one (host keys that were accepted at first use).
    """

    records: tuple[Record, ...]
    observed: frozenset[str]
    unseen: Mapping[str, str] = field(default_factory=dict)
    refused: tuple[Refusal, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    seen: tuple[Seen, ...] = ()
    findings: tuple[Finding, ...] = ()
    reports: Mapping[str, str] = field(default_factory=dict)
    context: Mapping[str, tuple[Mapping[str, str], ...]] = field(default_factory=dict)
    learned: Mapping[str, str] = field(default_factory=dict)

    def covers(self, scopes: Iterable[str]) -> bool:
        """Tell whether an object of these scopes would have been seen if it existed."""
        scopes = tuple(scopes)
        return bool(scopes) and all(self._covers(scope) for scope in scopes)

    def _covers(self, scope: str) -> bool:
        lineage = ancestry(scope)
        return any(part in self.observed for part in lineage) and not any(part in self.unseen for part in lineage)


def ancestry(scope: str) -> tuple[str, ...]:
    """Return the scope and everything that contains it: a/b/c, a/b, a."""
    parts = scope.split("/")
    return tuple("/".join(parts[:length]) for length in range(len(parts), 0, -1))
