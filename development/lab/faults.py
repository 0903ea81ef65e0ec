"""What goes wrong on purpose, a given number of times: the part that every server beside the Proxmox API shares."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol, TypeVar


class Counted(Protocol):
    """Something that goes wrong a number of times; None is every time."""

    times: int | None


AnyFault = TypeVar("AnyFault", bound=Counted)


def left_after(waiting: list[AnyFault], met: Iterable[AnyFault]) -> list[AnyFault]:
    """Count down the faults that were met, and return those that still wait."""
    for fault in met:
        if fault.times is not None:
            fault.times -= 1
    return [fault for fault in waiting if fault.times is None or fault.times > 0]


@dataclass
class Fault:
    """One thing that goes wrong. `command` is a pattern; `times` None is every time. A server says which `ACTIONS`."""

    ACTIONS: ClassVar[frozenset[str]] = frozenset()

    action: str
    command: str
    times: int | None = None
    seconds: float = 0.0
    text: str = ""

    def __post_init__(self) -> None:
        if self.action not in self.ACTIONS:
            raise ValueError(f"there is no fault {self.action!r}: {', '.join(sorted(self.ACTIONS))}")
        self.pattern: re.Pattern[str] = re.compile(self.command)


@dataclass
class Faults:
    """The faults that are waiting for a command."""

    waiting: list[Any] = field(default_factory=list)

    def take(self, command: str) -> Any:
        """Return the fault that this command meets, counted down, or None."""
        met = next((fault for fault in self.waiting if fault.pattern.search(command)), None)
        if met is not None:
            self.waiting = left_after(self.waiting, [met])
        return met
