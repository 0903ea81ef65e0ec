"""What a rule is: a name, how much it matters, what it means, what to do, and how it is found."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .estate import Estate


@dataclass(frozen=True, kw_only=True)
class Ref:
    """An object of Nautobot without its row: enough to lead there."""

    model: Any
    pk: uuid.UUID
    name: str = ""

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, kw_only=True)
class Side:
    """What one side says, and since when."""

    source: str
    says: str
    at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One thing that a rule found. `about` is the object whose conflict it is, `detail` tells those of one apart.

    `involved` are further objects whose pages shall show it; what Systems claim of any of them is added to `sides`.
    `host` is the address that it is about, in Nautobot or not.
    `cure`, `severity` and `action` stand in for those of the rule where they are given.
    """

    title: str
    message: str
    about: Ref
    detail: str = ""
    involved: tuple[Ref, ...] = ()
    sides: tuple[Side, ...] = ()
    prefix: uuid.UUID | None = None
    host: str = ""
    cure: str = ""
    severity: str = ""
    action: str | None = None


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule. `find` asks a number of questions that does not depend on how many objects there are.

    `explanation` says what the fault means to somebody who sees it for the first time, `cure` what to do about it, and
    `action` what the app itself can do: "move" a guest, "adopt" an address into Nautobot, "edit" the object,
    "connect" two ports.
    """

    slug: str
    name: str
    severity: str
    explanation: str
    cure: str
    find: Callable[[Estate], Iterable[Fault]] = field(repr=False)
    action: str = ""
