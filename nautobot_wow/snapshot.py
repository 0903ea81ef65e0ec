"""What one reading of a system gave: records, and how far they can be trusted to be all there is.

Scopes are paths. `observed` names the listings that were seen completely; `unseen` names the parts below them that
were not, with the reason. What is in neither was not looked at. So with

    observed = {"guests"}    unseen = {"guests/qemu/211/addresses": "the guest agent is silent"}

a guest that is not in the records is missing, and so are its addresses, but an address of qemu/211 is not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

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


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """The records of one reading, what was observed completely, and what was refused.

    `seen` is what was seen of addresses, whether it makes a record or not: evidence, and nobody's to write or delete.
    """

    records: tuple[Record, ...]
    observed: frozenset[str]
    unseen: Mapping[str, str] = field(default_factory=dict)
    refused: tuple[Refusal, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    seen: tuple[Seen, ...] = ()

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
