"""Take the records of one guest away after it was destroyed: what the System made, and no person has touched.

made by this System, claimed by no other, untouched     delete, with its cards
touched by a person                                      retire: its status says that it is gone
an address                                               release: only the claim goes; who gave it takes it back
"""

from __future__ import annotations

from dataclasses import dataclass

from ..diffsync_models.view import Claimed, View
from ..records import Kind
from ..snapshot import ancestry
from . import claims
from .absence import change_of, removable, retirement
from .decide import ORDER, Decision
from .elsewhere import touched_by_people
from .identity import resolve, sort_records
from .plan import Action, Change
from .run import Run


@dataclass
class Forget(Run):
    """A run that asks no system, and gives up what hangs on the guests in `only`."""

    def _decide(self) -> Decision:
        self.view.releasing = True
        return decide(self.view)


def decide(view: View) -> Decision:
    """Return what becomes of the guests, their cards and their addresses."""
    decision = Decision()
    sort_records(view)
    resolve(view)
    view.others = claims.of_others(view)
    kept = {key for key in view.only if _is_kept(view, key)}
    for kind in (Kind.GUEST, Kind.GUEST_INTERFACE, Kind.ADDRESS):
        for key, claim in sorted(view.claims[kind].items()):
            if _belongs(view, claim):
                decision.draft.changes.append(_gone(view, claim, is_kept=bool(kept.intersection(ancestry(key)))))
    decision.draft.changes.sort(key=lambda change: (ORDER[change.kind], change.key))
    return decision


def _belongs(view: View, claim: Claimed) -> bool:
    """Tell whether the claim is of one of the guests, of a part of one, or of an address that only they have."""
    if claim.kind != Kind.ADDRESS.value:
        return bool(view.only.intersection(ancestry(claim.external_id)))
    cards = claim.values.get("interfaces") or ()
    return bool(cards) and all(view.only.intersection(ancestry(card)) for card in cards)


def _is_kept(view: View, key: str) -> bool:
    claim = view.claims[Kind.GUEST].get(key)
    return claim is not None and (not removable(view, claim) or touched_by_people(claim.object_id))


def _gone(view: View, claim: Claimed, *, is_kept: bool) -> Change:
    kind = Kind(claim.kind)
    if claim.object_id not in view.current[kind] or kind is Kind.ADDRESS:
        return change_of(view, claim, Action.RELEASE, "the guest was destroyed")
    if is_kept:
        return retirement(view, claim, "the guest was destroyed; a person had changed its record")
    return change_of(view, claim, Action.DELETE, "the guest was destroyed")
