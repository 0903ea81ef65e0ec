"""A Snapshot as plain data: what is None is left out, so that a case shows what is said."""

from __future__ import annotations

import dataclasses
from enum import Enum
from typing import Any

from nautobot_wow.records import Record
from nautobot_wow.snapshot import Snapshot
from nautobot_wow.systems.proxmox import PROXMOX

EMPTY = (("origin", ""), ("title", ""))


def plain(snapshot: Snapshot) -> dict[str, Any]:
    """Return everything the Snapshot says, by kind and key."""
    return {
        "records": {
            kind.value: {record.key: fields(record) for record in snapshot.records if record.kind is kind}
            for kind in PROXMOX.kinds
        },
        "observed": sorted(snapshot.observed),
        "unseen": dict(snapshot.unseen),
        "refused": [[refusal.kind.value, refusal.key, refusal.reason] for refusal in snapshot.refused],
        "facts": dict(snapshot.facts),
    }


def fields(record: Record) -> dict[str, Any]:
    values = {field.name: getattr(record, field.name) for field in dataclasses.fields(record) if field.name != "key"}
    is_said = lambda name, value: value is not None and (name, value) not in EMPTY  # noqa: E731
    return {name: _plain(value) for name, value in values.items() if is_said(name, value)}


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    return sorted(value) if isinstance(value, (frozenset, tuple)) else value
