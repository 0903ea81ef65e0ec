"""Refuse a plan that changes suspiciously much, before the first write.

Three guards look at every kind by itself:

    share     more than `delete_share` of what this system claims would go (once more than `small` would),
              or more than `update_share` of it would be updated
    number    more than `delete_count` objects would go
    churn     everything this system claims would go and as much would come: the identities changed, not the estate

"Would go" counts what is missed for the first time, too: half a list is stopped when it arrives, not when its grace
is over. The digest of the refused plan approves it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from ..records import Kind


class KindLimits(BaseModel):
    """Limits of one kind; what is left out is as the System says for all kinds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    delete_share: float | None = Field(None, ge=0, le=1)
    delete_count: int | None = Field(None, ge=0)
    update_share: float | None = Field(None, ge=0, le=1)
    small: int | None = Field(None, ge=0)


class GuardLimits(BaseModel):
    """Limits of one System; a share is between 0 and 1, where 1 switches that guard off."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    delete_share: float = Field(0.3, ge=0, le=1, description="largest share of a kind that may go in one run")
    delete_count: int = Field(50, ge=0, description="largest number of objects of a kind that may go in one run")
    update_share: float = Field(0.7, ge=0, le=1, description="largest share of a kind that may be updated in one run")
    small: int = Field(3, ge=0, description="so many objects are never too large a share")
    kinds: dict[Kind, KindLimits] = Field(
        default_factory=dict,
        description='other limits for single kinds, such as {"address": {"delete_share": 0.5}}',
    )

    def of(self, kind: Kind) -> GuardLimits:
        """Return the limits that hold for a kind."""
        own: dict[str, Any] = self.kinds[kind].model_dump(exclude_none=True) if kind in self.kinds else {}
        return self.model_copy(update=own)


@dataclass(frozen=True, kw_only=True)
class Extent:
    """How much of one kind a plan moves: what is claimed now, what would go, come and be updated."""

    claimed: int
    gone: int
    created: int
    updated: int


def objections(extents: Mapping[Kind, Extent], limits: GuardLimits) -> list[str]:
    """Return one sentence per guard and kind that objects; an empty list means that the plan may be applied."""
    return [sentence for kind, extent in extents.items() for sentence in _objections(kind, extent, limits.of(kind))]


def _objections(kind: Kind, extent: Extent, limits: GuardLimits) -> Iterable[str]:
    what = kind.value.replace("_", " ")
    if extent.gone > limits.small and extent.gone > limits.delete_share * extent.claimed:
        yield f"{extent.gone} of {extent.claimed} {what}s would go (more than {limits.delete_share:.0%})"
    if extent.gone > limits.delete_count:
        yield f"{extent.gone} {what}s would go (more than {limits.delete_count})"
    if extent.updated > limits.small and extent.updated > limits.update_share * extent.claimed:
        yield f"{extent.updated} of {extent.claimed} {what}s would be updated (more than {limits.update_share:.0%})"
    if extent.gone and extent.gone == extent.claimed and extent.created >= extent.gone:
        yield f"all {extent.claimed} {what}s would be replaced by {extent.created} others (identity churn)"
