"""Decide, field by field, what a system may change: three values in, one answer out. No database, no clock.

    base    what this system last asserted (its claim), absent at first contact
    ours    what it asserts now
    theirs  what Nautobot holds now

    base    ours    theirs   answer
    ─       x       x        nothing to do
    ─       x       blank    write x
    ─       x       y        write x; but keep y where the field is prose (`kept`) that people wrote
    ─       empty   y        keep y: only what we wrote is cleared, now and later
    x       x       y        an operator's edit: keep y (mode keep) or write x (mode restore)
    x       z       x        write z
    x       z       y        both moved: keep y and report it (mode keep) or write z (mode restore)

A blank in a `refilled` field is nobody's edit: a primary address also goes when its assignment does.
A value that another system wrote is not an operator's edit. Where several systems assert a field, the one with the
higher precedence writes it, and every different value is a disagreement. Sets are merged element by element.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

ABSENT: Any = object()
BLANK = (None, "", 0)
"""What nobody wrote; 0 is how a VLAN says that there is none."""


class Mode(str, Enum):
    """What becomes of an operator's edit."""

    KEEP = "keep"
    RESTORE = "restore"


@dataclass(frozen=True, kw_only=True)
class Claimant:
    """Another system's claim on the same object. `believed_more` is True where it writes and we do not.

    `present` is False where that system does not see the object any more: it says nothing then, but what it had written
    is no operator's edit either.
    """

    system: str
    believed_more: bool
    values: Mapping[str, Any]
    present: bool = True
    retired: bool = False
    equal_or_more: bool = True


@dataclass(frozen=True, kw_only=True)
class Disagreement:
    """Two systems say different things of one field of one object."""

    attribute: str
    ours: Any
    system: str
    theirs: Any


@dataclass(kw_only=True)
class Merged:
    """The answer: what to write (old, new), which edits were found, who disagrees."""

    changes: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    edits: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    collisions: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    disagreements: list[Disagreement] = field(default_factory=list)


def merge(
    ours: Mapping[str, Any],
    theirs: Mapping[str, Any],
    base: Mapping[str, Any],
    *,
    mode: Mode = Mode.KEEP,
    sets: frozenset[str] = frozenset(),
    kept: frozenset[str] = frozenset(),
    refilled: frozenset[str] = frozenset(),
    others: Iterable[Claimant] = (),
) -> Merged:
    """Return what of `ours` may be written over `theirs`; what `ours` lacks or holds as None is not looked at."""
    merged = Merged()
    others = tuple(others)
    for name, wanted in ours.items():
        if wanted is None:
            continue
        if name in sets:
            _merge_set(merged, name, wanted, theirs.get(name) or [], base.get(name) or [], mode, others)
        else:
            have = theirs.get(name)
            before = ABSENT if name in refilled and have in (None, "") else base.get(name, ABSENT)
            _merge_value(merged, name, wanted, have, before, mode, name in kept, others)
    return merged


def fill(gaps: Mapping[str, Any], theirs: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Return the gaps that Nautobot really has: fields that are blank there and that nobody is sure about."""
    return {
        name: (theirs.get(name), value)
        for name, value in gaps.items()
        if theirs.get(name) in (None, "") and theirs.get(name) != value
    }


def _merge_value(
    merged: Merged,
    name: str,
    wanted: Any,
    have: Any,
    base: Any,
    mode: Mode,
    is_kept: bool,
    others: tuple[Claimant, ...],
) -> None:
    said = [(other, other.values[name]) for other in others if other.values.get(name) is not None]
    for other, value in said:
        if value != wanted and other.present:
            merged.disagreements.append(Disagreement(attribute=name, ours=wanted, system=other.system, theirs=value))
    if have == wanted or any(other.believed_more and other.present for other, _ in said):
        return
    if mode is Mode.RESTORE or _is_ours_to_write(wanted, have, base, is_kept, [value for _, value in said]):
        merged.changes[name] = (have, wanted)
    elif base == wanted:
        merged.edits[name] = (wanted, have)
    elif base is not ABSENT:
        merged.collisions[name] = (wanted, have)


def _is_ours_to_write(wanted: Any, have: Any, base: Any, is_kept: bool, said_by_others: list[Any]) -> bool:
    """Tell whether the value in Nautobot is blank, ours, another system's, or plain fact at first contact."""
    if wanted == "":  # only what we wrote is cleared
        return have in BLANK if base is ABSENT else bool(have == base)
    if base is ABSENT:
        return have in BLANK or have in said_by_others or not is_kept
    return bool(have == base or have in said_by_others)


def _merge_set(
    merged: Merged,
    name: str,
    wanted: Iterable[Any],
    have: Iterable[Any],
    base: Iterable[Any],
    mode: Mode,
    others: tuple[Claimant, ...],
) -> None:
    """Add what is new, take away what only we had put there; what others and operators put there stays."""
    want, theirs, asserted = set(wanted), set(have), set(base)
    elsewhere = {element for other in others if other.present for element in other.values.get(name) or ()}
    removed_by_operator = (want & asserted) - theirs
    add = want - theirs if mode is Mode.RESTORE else want - theirs - removed_by_operator
    drop = ((asserted - want) & theirs) - elsewhere
    if removed_by_operator and mode is Mode.KEEP:
        merged.edits[name] = (sorted(want), sorted(theirs))
    if add or drop:
        merged.changes[name] = (sorted(theirs), sorted((theirs | add) - drop))
