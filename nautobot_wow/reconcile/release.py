"""Give up everything that a System claims, as its policy says, before it is removed.

object gone in Nautobot, policy "keep",
not created by us, or claimed by others       release: only the claim goes
policy "retire"                               retire, and release
policy "delete"                               delete; a VLAN or prefix is retired

Such a plan is only ever applied by its digest: somebody has looked at it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..choices import DeletePolicy
from ..diffsync_models import KINDS
from ..diffsync_models.view import Claimed, View
from ..errors import ConfigurationError, UnsafePlan
from ..models import System
from ..records import Kind
from ..snapshot import Snapshot
from . import claims
from .absence import change_of, removable, retirement
from .decide import ORDER, Decision
from .identity import resolve, sort_records
from .plan import Action, Change
from .run import Run


@dataclass
class Release(Run):
    """A run that asks no system, and gives up every claim."""

    def _decide(self) -> Decision:
        if self.system.enabled:
            raise ConfigurationError(
                f"{self.system.name} is enabled, and its next run would claim everything again; disable it first"
            )
        self.view.releasing = True
        return decide(self.view)

    def guard(self, *, approved: str = "") -> None:
        """Raise UnsafePlan unless the plan was looked at and approved."""
        if not approved:
            raise UnsafePlan(
                f"{self.system.name}: giving up claims is only done by the digest of a plan that somebody has looked "
                f"at; approve plan {self.digest[:12]} to go on",
                digest=self.digest,
            )
        super().guard(approved=approved)


def release_of(system: System, **more: Any) -> Release:
    """Return the run that gives up what a System claims."""
    return Release(system, Snapshot(records=(), observed=frozenset()), **more)


def decide(view: View) -> Decision:
    """Return what becomes of every object that is claimed."""
    decision = Decision()
    sort_records(view)
    resolve(view)
    view.others = claims.of_others(view)
    decision.draft.changes = [_given_up(view, claim) for kind in Kind for _, claim in sorted(view.claims[kind].items())]
    decision.draft.changes.sort(key=lambda change: (ORDER[change.kind], change.key))
    return decision


def _given_up(view: View, claim: Claimed) -> Change:
    kind, policy = Kind(claim.kind), view.system.delete_policy
    if claim.object_id not in view.current[kind]:
        return change_of(view, claim, Action.RELEASE, "it was removed in Nautobot")
    if policy == DeletePolicy.KEEP:
        return change_of(view, claim, Action.RELEASE, "the policy is to keep")
    if not removable(view, claim):
        why = "another system claims it, too" if claim.created_object else "this system did not create it"
        return change_of(view, claim, Action.RELEASE, why)
    if policy == DeletePolicy.DELETE and not KINDS[kind].outlives:
        return change_of(view, claim, Action.DELETE, "its system is given up")
    return retirement(view, claim, "its system is given up")
