"""Which VLANs an interface carries, for interfaces of nodes and of guests alike.

    untagged (vid)   tagged            Nautobot's mode   untagged_vlan   tagged_vlans
    not known        none              not said          not said        not said
    0                none              no mode           -               -
    100              none              access            100             -
    any              110, 120          tagged            as known        110, 120
    any              every one         tagged-all        as known        -

A number that Nautobot does not know here, or knows twice, is not said; a conflict names it instead.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import QuerySet

from ..records import ALL_VLANS
from .view import View

MODES = ("mode", "untagged_vlan", "tagged_vlans")


def vlan_values(vid: int | None, tagged: frozenset[int] | None, view: View) -> dict[str, Any]:
    """Return what a record says of its VLANs in Nautobot's words; what it does not know is left out."""
    is_known = vid is not None and (not vid or view.knows_vlan(vid))
    if not is_known and not tagged:
        return {}
    carried = [] if not tagged or tagged == ALL_VLANS else sorted(one for one in tagged if view.knows_vlan(one))
    untagged = {"untagged_vlan": vid} if is_known else {}
    return {"mode": _mode(vid or 0, tagged), "tagged_vlans": carried, **untagged}


def unknown_vids(vid: int | None, tagged: frozenset[int] | None, view: View) -> list[int]:
    """Return the numbers that cannot be VLANs of Nautobot, because there is none or more than one."""
    named = ({vid} if vid else set()) | (set() if tagged == ALL_VLANS else set(tagged or ()))
    return sorted(one for one in named if not view.knows_vlan(one))


def settle_vlans(attrs: dict[str, Any], theirs: dict[str, Any]) -> dict[str, Any]:
    """A VLAN needs a mode, tagged ones the mode "tagged": where an operator's mode or VLAN stays, ours does not."""
    after = {**theirs, **{name: new for name, (_, new) in attrs.items()}}
    left_out: set[str] = set()
    if after.get("untagged_vlan") and not after.get("mode"):
        left_out |= {"mode", "untagged_vlan"}
    if after.get("tagged_vlans") and after.get("mode") != "tagged":
        left_out |= {"tagged_vlans"}
    return {name: pair for name, pair in attrs.items() if name not in left_out}


def tagged_vids(model: Any, pks: QuerySet[Any, Any]) -> dict[uuid.UUID, list[int]]:
    """Return the numbers of the tagged VLANs of every interface of a sub-query, in one query."""
    through = model.tagged_vlans.through
    owner = f"{model._meta.model_name}_id"
    found: dict[uuid.UUID, list[int]] = {}
    for pk, vid in through.objects.filter(**{f"{owner}__in": pks}).values_list(owner, "vlan__vid"):
        found.setdefault(pk, []).append(vid)
    return {pk: sorted(vids) for pk, vids in found.items()}


def drop_tagged(model: Any, attrs: dict[uuid.UUID, dict[str, Any]]) -> None:
    """Take the tagged VLANs off interfaces that get another mode than "tagged", as Nautobot does when it saves one."""
    other = [pk for pk, new in attrs.items() if new.get("mode", "tagged") != "tagged"]
    if other:
        model.tagged_vlans.through.objects.filter(**{f"{model._meta.model_name}_id__in": other}).delete()


def _mode(vid: int, tagged: frozenset[int] | None) -> str:
    if tagged:
        return "tagged-all" if tagged == ALL_VLANS else "tagged"
    return "access" if vid else ""
