"""What all answers together are worth: the scopes that were seen completely, and what was not seen and why.

The scope "guests" is the whole endpoint, because a guest may move: it was seen completely only if every node answered
and the token may see every guest. A guest's own scope is below it (guests/lxc/210), so that a single guest can be
unseen.

    a node is offline                        guests are not observed; nodes are, and what is in the others
    a node answers with an error             nothing is observed
    the token cannot see all guests          guests are not observed
    single guests are hidden or unreadable   these guests are unseen
    a guest vanished while it was read       this guest is unseen
    a guest does not answer                  its addresses are unseen
    a node hides its hardware                its parts are unseen
    a zone is hidden or unreadable           sdn is unseen

Where only some nodes and guests were asked for, nothing is observed but their own scopes. One that is not listed is
gone only if the list would have shown it: who asked for lxc/210 observed guests/lxc/210 and found nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ...records import Kind
from .parse.listing import GUEST_KEY

if TYPE_CHECKING:
    from .answers import Answers, GuestAnswer, NodeAnswer

NODE_PARTS = ("interfaces", "parts")


def observed_of(answers: Answers) -> frozenset[str]:
    """Return the listings that were seen completely."""
    if answers.only:
        doubtful = _why_list_is_doubtful(answers)
        return frozenset() if doubtful else frozenset(_asked(answers))
    if _why_nodes_are_incomplete(answers):
        return frozenset()
    incomplete = {"guests": _why_guests_are_incomplete(answers), "sdn": _why_sdn_is_incomplete(answers)}
    return frozenset({"nodes"}) | {scope for scope, reason in incomplete.items() if not reason}


def unseen_of(answers: Answers) -> Iterable[tuple[str, str]]:
    """Yield every scope that was not seen, with the reason; the last one counts."""
    yield from _unseen_of_part(answers) if answers.only else _unseen_of_all(answers)
    for node in answers.nodes:
        if reason := _why_interfaces_are_incomplete(node, answers):
            yield f"nodes/{node.row.name}/interfaces", reason
        if reason := _why_parts_are_incomplete(node):
            yield f"nodes/{node.row.name}/parts", reason
    for guest in answers.guests:
        yield from _unseen_of(guest)


def _unseen_of_all(answers: Answers) -> Iterable[tuple[str, str]]:
    whole = (
        ("nodes", _why_nodes_are_incomplete(answers)),
        ("guests", _why_guests_are_incomplete(answers)),
        ("sdn", _why_sdn_is_incomplete(answers)),
    )
    yield from ((scope, reason) for scope, reason in whole if reason)
    for vmid in answers.rights.hidden_guests():
        yield f"guests/lxc/{vmid}", "the token may not see it"
        yield f"guests/qemu/{vmid}", "the token may not see it"
    for refusal in answers.listing.refused:
        if refusal.kind is Kind.GUEST and "/" in refusal.key:
            yield f"guests/{refusal.key}", refusal.reason


# ------------------------------------------------------------------------------------------- some nodes and guests


def _asked(answers: Answers) -> Iterable[str]:
    """Yield the scopes of what was asked for, and of the guests on the nodes that were."""
    yield from (f"guests/{key}" for key in answers.only if GUEST_KEY.fullmatch(key))
    yield from (f"guests/{guest.row.key}" for guest in answers.guests)
    yield from (f"nodes/{node.row.name}/{part}" for node in answers.nodes for part in NODE_PARTS)


def _unseen_of_part(answers: Answers) -> Iterable[tuple[str, str]]:
    if reason := _why_list_is_doubtful(answers):
        yield from ((scope, reason) for scope in _asked(answers))
    for key in sorted(answers.only):
        is_unlisted = GUEST_KEY.fullmatch(key) and key not in answers.listing.guests
        if is_unlisted and (reason := _why_absence_is_uncertain(answers, key)):
            yield f"guests/{key}", reason


def _why_absence_is_uncertain(answers: Answers, key: str) -> str | None:
    """Return why a guest that is not listed may be there all the same."""
    if int(key.partition("/")[2]) in answers.rights.hidden_guests():
        return "the token may not see it"
    unreadable = (refusal.reason for refusal in answers.listing.refused if refusal.key == key)
    offline = (f"node {node.name} is offline" for node in answers.offline)
    reasons = (*unreadable, answers.rights.why_guests_are_incomplete(), *offline, _why_a_row_is_unnamed(answers))
    return next((reason for reason in reasons if reason), None)


# ------------------------------------------------------------------------------------------------------ one of them


def _unseen_of(guest: GuestAnswer) -> Iterable[tuple[str, str]]:
    scope = f"guests/{guest.row.key}"
    if guest.vanished:
        yield scope, "it went, or moved to another node, while it was read"
    elif guest.failure:
        parts = (f"{scope}/interfaces", f"{scope}/addresses") if guest.record else (scope,)
        yield from ((part, guest.failure) for part in parts)
    yield from guest.addresses.unseen.items()
    for refusal in guest.refused:
        card = refusal.key.rpartition("/")[2]
        if refusal.kind is Kind.GUEST:
            yield scope, refusal.reason
        elif refusal.key != guest.row.key:
            yield f"{scope}/addresses/{card}", refusal.reason
        if refusal.kind is Kind.GUEST_INTERFACE:
            yield f"{scope}/interfaces", refusal.reason


def _why_interfaces_are_incomplete(node: NodeAnswer, answers: Answers) -> str | None:
    unreadable = next((refusal.reason for refusal in node.network.refused), None)
    return node.failure or answers.rights.why_bridges_are_hidden() or unreadable


def _why_parts_are_incomplete(node: NodeAnswer) -> str | None:
    unreadable = next((refusal.reason for refusal in node.parts.refused), None)
    return node.failure or node.parts.failure or unreadable


# ------------------------------------------------------------------------------------------------------ all of them


def _why_list_is_doubtful(answers: Answers) -> str | None:
    """Return why the endpoint may not know what there is."""
    members, listing = answers.members, answers.listing
    if members is None:
        return answers.rights.why_members_are_unknown() or "the token may not read cluster/status"
    if not members.quorate:
        return "the cluster has no quorum, so what this node knows may be old"
    if {node.name for node in members.nodes} != set(listing.nodes):
        return "cluster/status and cluster/resources do not name the same nodes"
    return next((refusal.reason for refusal in listing.refused if refusal.kind is Kind.DEVICE), None)


def _why_nodes_are_incomplete(answers: Answers) -> str | None:
    broken = (node.failure for node in answers.nodes if node.broken)
    return _why_list_is_doubtful(answers) or next(broken, None)


def _why_guests_are_incomplete(answers: Answers) -> str | None:
    reasons = (
        answers.rights.why_guests_are_incomplete(),
        *(node.failure for node in answers.nodes),
        _why_a_row_is_unnamed(answers),
        _why_nodes_are_incomplete(answers),
    )
    return next((reason for reason in reasons if reason), None)


def _why_sdn_is_incomplete(answers: Answers) -> str | None:
    unreadable = next((refusal.reason for refusal in answers.sdn.networks.refused), None)
    reasons = (answers.sdn.failure, answers.rights.why_zones_are_incomplete(), unreadable)
    return next((reason for reason in reasons if reason), None) or _why_nodes_are_incomplete(answers)


def _why_a_row_is_unnamed(answers: Answers) -> str | None:
    return "a guest was listed without its id" if answers.listing.unnamed else None
