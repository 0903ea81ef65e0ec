"""A server whose behaviour the control API changes while it runs."""

from __future__ import annotations

import copy
from typing import Any, ClassVar

from development.lab.faults import Fault, Faults
from development.lab.world import WorldError


class Steered:
    """Settings with defaults, faults that wait for a command, and the commands that came (`asked`)."""

    slug: str
    defaults: ClassVar[dict[str, Any]]
    fault_kind: ClassVar[type[Fault]]

    def __init__(self) -> None:
        self.settings: dict[str, Any] = copy.deepcopy(self.defaults)
        self.faults = Faults()
        self.asked: list[str] = []

    def set(self, **values: Any) -> None:
        """Change how it behaves: see `defaults`."""
        if unknown := sorted(set(values) - set(self.defaults)):
            raise WorldError(f"{self.slug}: there is no {unknown[0]!r}: {', '.join(sorted(self.defaults))}")
        self.settings.update(copy.deepcopy(values))

    def fault(self, action: str, *, command: str = "", **how: Any) -> None:
        """Let something go wrong from now on: see the server's own `faults`."""
        try:
            self.faults.waiting.append(self.fault_kind(action, command, **how))
        except (TypeError, ValueError) as error:
            raise WorldError(str(error)) from error

    def reset(self) -> None:
        """Behave as at the start."""
        self.faults.waiting.clear()
        self.asked.clear()
        self.set(**self.defaults)
