"""What a run would do, as data: changes, what was noticed, a digest over both, and a bounded form to store.

action    in Nautobot
create    a new object, claimed by this system
adopt     an existing object is claimed (and perhaps changed)
update    a claimed object changes
retire    a claimed object is gone at the source: its status says so, its name and primary address are free again
delete    the same, where the System's policy is to delete
missing   a claimed object is gone at the source, but stays for now (grace, policy, or not created by us)
release   the object is gone in Nautobot, or another System has it: only the claim goes
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from ..records import Kind, Record

STORED_CHANGES = 5000


class Action(str, Enum):
    """What happens to one object."""

    CREATE = "create"
    ADOPT = "adopt"
    UPDATE = "update"
    RETIRE = "retire"
    DELETE = "delete"
    MISSING = "missing"
    RELEASE = "release"


@dataclass(kw_only=True)
class Change:
    """One object and what becomes of it. `attrs` is {name: (old, new)} in canonical, JSON-able values."""

    kind: Kind
    key: str
    label: str
    action: Action
    object_id: uuid.UUID
    attrs: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    note: str = ""
    record: Record | None = None

    @property
    def new(self) -> dict[str, Any]:
        """What the attributes become."""
        return {name: new for name, (_, new) in self.attrs.items()}

    @property
    def old(self) -> dict[str, Any]:
        """What the attributes are now."""
        return {name: old for name, (old, _) in self.attrs.items()}

    @property
    def comes(self) -> bool:
        """Whether the object is not in Nautobot yet."""
        return self.action is Action.CREATE

    @property
    def goes(self) -> bool:
        """Whether the object leaves Nautobot."""
        return self.action is Action.DELETE

    @property
    def writes(self) -> bool:
        """Whether a Nautobot object changes (a claim alone is bookkeeping)."""
        return self.action in (Action.CREATE, Action.DELETE) or bool(self.attrs)

    def as_dict(self) -> dict[str, Any]:
        """Return the form that is stored, shown and digested."""
        return {
            "kind": self.kind.value,
            "key": self.key,
            "label": self.label,
            "action": self.action.value,
            "attrs": {name: list(pair) for name, pair in sorted(self.attrs.items())},
            "note": self.note,
            "object_id": None if self.action is Action.CREATE else str(self.object_id),
        }


@dataclass(kw_only=True)
class Draft:
    """A plan before it is stored: the changes in writing order, and sentences on what was noticed."""

    changes: list[Change] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def summary(self) -> dict[str, dict[str, int]]:
        """Return {kind: {action: number}}, in the order in which things are written."""
        counts = Counter((change.kind, change.action) for change in self.changes)
        found: dict[str, dict[str, int]] = {}
        for kind in Kind:
            actions = {action.value: counts[kind, action] for action in Action if counts[kind, action]}
            if actions:
                found[kind.value] = actions
        return found

    def digest(self, direction: str = "") -> str:
        """Return the SHA-256 of everything the plan would do; two equal worlds give the same digest.

        What goes to a system never has the digest of what comes from it.
        """
        found = digest_of(change.as_dict() for change in self.changes)
        return hashlib.sha256(f"{direction}\n{found}".encode()).hexdigest() if direction else found

    def content(self) -> dict[str, Any]:
        """Return what is stored: the first STORED_CHANGES changes and the notes."""
        return {
            "changes": [change.as_dict() for change in self.changes[:STORED_CHANGES]],
            "notes": self.notes[:STORED_CHANGES],
        }

    @property
    def truncated(self) -> bool:
        """Whether `content` leaves something out."""
        return len(self.changes) > STORED_CHANGES or len(self.notes) > STORED_CHANGES


def digest_of(changes: Iterable[dict[str, Any]]) -> str:
    """Return the digest of changes in their stored form."""
    lines = sorted(json.dumps(change, sort_keys=True, default=str) for change in changes)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def moved(before: Iterable[dict[str, Any]], after: Iterable[dict[str, Any]], limit: int = 10) -> list[str]:
    """Name what differs between two stored plans, at most `limit` objects, for the refusal of a stale one."""
    was = {(change["kind"], change["key"]): change for change in before}
    now = {(change["kind"], change["key"]): change for change in json.loads(json.dumps(list(after), default=str))}
    names = [
        f"{kind} {(now.get((kind, key)) or was[kind, key])['label']}"
        for kind, key in sorted(set(was) | set(now))
        if was.get((kind, key)) != now.get((kind, key))
    ]
    more = [f"and {len(names) - limit} more"] if len(names) > limit else []
    return names[:limit] + more
