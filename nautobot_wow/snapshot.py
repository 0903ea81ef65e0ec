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
class Snapshot:
    """The records of one reading, what was observed completely, and what was refused."""

    records: tuple[Record, ...]
    observed: frozenset[str]
    unseen: Mapping[str, str] = field(default_factory=dict)
    refused: tuple[Refusal, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)

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
