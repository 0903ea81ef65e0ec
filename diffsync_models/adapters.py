"""The two sides of a sync as DiffSync adapters: what the system says, and what Nautobot holds.

Both are filled from the changes that were decided (reconcile.decide): an object that does not differ gets no model,
so that what DiffSync costs follows the change and not the estate. The diff of the two is the plan, computed once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Protocol

from diffsync import Adapter

from ..records import Kind
from . import KINDS


class Difference(Protocol):
    """What the adapters need of a change (reconcile.plan.Change has it)."""

    kind: Kind
    key: str

    @property
    def old(self) -> dict[str, Any]:
        """What Nautobot holds of the attributes that differ."""

    @property
    def new(self) -> dict[str, Any]:
        """What they shall be."""

    @property
    def comes(self) -> bool:
        """Whether the object is not in Nautobot yet."""

    @property
    def goes(self) -> bool:
        """Whether the object leaves Nautobot."""


# DiffSync looks its models up as attributes of the adapter's class, and checks at class creation that they are there.
_Models: Any = type("_Models", (), {kind.value: model for kind, model in KINDS.items()})


class KindsAdapter(_Models, Adapter):
    """An adapter with one model for every kind, in writing order."""

    top_level = [kind.value for kind in Kind]

    def put(self, kind: Kind, key: str, attrs: dict[str, Any]) -> None:
        """Add one side of a difference."""
        # What is in Nautobot's custom fields may be anything: nothing is validated here.
        self.add(KINDS[kind].model_construct(key=key, **attrs))


class RecordAdapter(KindsAdapter):
    """What a system says, where Nautobot says otherwise."""

    def load(self, differences: Iterable[Difference]) -> None:
        """Fill in what shall be; what goes is not here."""
        for change in differences:
            if not change.goes:
                self.put(change.kind, change.key, change.new)


class NautobotAdapter(KindsAdapter):
    """What Nautobot holds, where a system says otherwise. `on_queue` gets every change that DiffSync wants applied."""

    def __init__(self, *args: Any, on_queue: Callable[[Kind, str], None] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._on_queue = on_queue

    def load(self, differences: Iterable[Difference]) -> None:
        """Fill in what is; what comes is not here yet."""
        for change in differences:
            if not change.comes:
                self.put(change.kind, change.key, change.old)

    def queue(self, kind: Kind, key: str) -> None:
        """Take note that DiffSync applied this difference; the writer does the rest."""
        if self._on_queue is not None:
            self._on_queue(kind, key)
