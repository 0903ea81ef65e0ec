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

from .records import Kind, Record


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """One object that could not be read or written: which, and why. Everything else goes on."""

    kind: Kind
    key: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One address as somebody really saw it, with the MAC address; `source` says how (agent, arp, lease, ...).

    `where` is the port, interface or guest; a guest by its key. An ARP row without a MAC address is no evidence.
    """

    host: str
    source: str
    mac: str = ""
    where: str = ""

    @property
    def is_evidence(self) -> bool:
        """Tell whether it says that somebody has the address: incomplete ARP rows do not."""
        return self.source not in ("arp", "mac-table", "neighbour") or self.mac.upper() not in NO_MAC


NO_MAC = ("", "00:00:00:00:00:00", "FF:FF:FF:FF:FF:FF")


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
    who runs it, by the name of the file in which the Job attaches them.
    """

    records: tuple[Record, ...]
    observed: frozenset[str]
    unseen: Mapping[str, str] = field(default_factory=dict)
    refused: tuple[Refusal, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    seen: tuple[Seen, ...] = ()
    findings: tuple[Finding, ...] = ()
    reports: Mapping[str, str] = field(default_factory=dict)

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
