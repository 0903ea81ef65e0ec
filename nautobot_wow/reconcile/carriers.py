"""Which interfaces an address is assigned to after this run, where that can be said without taking it from anybody.

An assignment that we did not make is never taken away. One that we made moves only if the system says so: not because
a guest is stopped or its agent silent, for then its addresses were not seen at all.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from ..choices import Mode
from ..diffsync_models.view import Link, View
from ..records import AddressRecord, Kind
from ..snapshot import Refusal
from .disputes import ConflictKind, Dispute, Severity


def carry(view: View) -> tuple[list[Refusal], list[Dispute]]:
    """Decide for every address record; one without a prefix, or in use elsewhere, is taken out of the records."""
    refused: list[Refusal] = []
    disputes: list[Dispute] = []
    in_use: list[tuple[AddressRecord, set[uuid.UUID]]] = []
    for key, record in list(view.records[Kind.ADDRESS].items()):
        if not isinstance(record, AddressRecord):
            continue
        problem = _homeless(view, record)
        if problem is not None:
            disputes.append(_no_prefix(view, problem, record))
        problem = problem or _orphan(view, record)
        if problem is not None:
            refused.append(problem)
            _drop(view, key)
            continue
        others = _carriers(view, record, disputes)
        if others:
            in_use.append((record, others))
            _leave(view, key)
    names = view.machine_names({machine for _, others in in_use for machine in others})
    disputes += [_in_use(view, record, sorted(names[machine] for machine in others)) for record, others in in_use]
    return refused, disputes


def _drop(view: View, key: str) -> None:
    """Take out a record that is not accepted; where there is no object yet, there will be none."""
    del view.records[Kind.ADDRESS][key]
    if (Kind.ADDRESS, key) in view.created:
        view.created.discard((Kind.ADDRESS, key))
        del view.key[Kind.ADDRESS][view.pk.pop((Kind.ADDRESS, key))]


def _orphan(view: View, record: AddressRecord) -> Refusal | None:
    if not record.interfaces or any(key in view.interfaces for key in record.interfaces):
        return None
    names = ", ".join(sorted(record.interfaces))
    return Refusal(kind=Kind.ADDRESS, key=record.key, reason=f"its interface {names} was not accepted")


def _leave(view: View, key: str) -> None:
    """Leave an address to the machine that has it: no claim is made, an older one is kept as it is."""
    record = view.records[Kind.ADDRESS].pop(key)
    view.spared.add((record.kind, key))


def _homeless(view: View, record: AddressRecord) -> Refusal | None:
    if (Kind.ADDRESS, record.key) not in view.created:
        return None
    if view.refs.network_of(record.key) is None:
        reason = f"no prefix of namespace {view.refs.namespace} holds it"
        return Refusal(kind=Kind.ADDRESS, key=record.key, reason=reason)
    exclusive = view.refs.exclusive_range_of(record.key)
    if exclusive is not None:
        reason = f"the range {exclusive} is exclusive, and Nautobot refuses addresses in it"
        return Refusal(kind=Kind.ADDRESS, key=record.key, reason=reason)
    return None


def _carriers(view: View, record: AddressRecord, disputes: list[Dispute]) -> set[uuid.UUID]:
    """Decide who carries the address; return the other machines that have it, in which case nothing is decided."""
    if record.interfaces is None:
        links = view.links.get(view.pk[Kind.ADDRESS, record.key], [])
        view.carriers[record.key] = None
        view.reachable[record.key] = frozenset(link.machine for link in links)
        return set()
    wanted = {key for key in record.interfaces if key in view.interfaces}
    pk = view.pk[Kind.ADDRESS, record.key]
    asserted = _still_ours(view, record)
    links = view.links.get(pk, [])
    if asserted is None:
        wanted |= _linked_by_us(view, record, links)
        asserted = set()
    machines = {view.machine_of(key) for key in wanted}
    foreign = {link.machine for link in links if view.interface_keys.get(link.interface) not in asserted | wanted}
    if foreign - machines:
        return foreign - machines
    if len(machines) > 1:
        holder = _holder(view, wanted, links)
        disputes.append(_duplicate(view, record, wanted))
        wanted = {key for key in wanted if view.machine_of(key) == holder}
        machines = {holder}
    if foreign & machines:  # assigned by people to another interface of the same machine: that is where it stays
        wanted = set()
    view.carriers[record.key] = sorted(wanted)
    machines = {view.machine_of(key) for key in wanted - _taken_off(view, record, links)} | (foreign & machines)
    view.reachable[record.key] = frozenset(machine for machine in machines if machine)
    return set()


def _taken_off(view: View, record: AddressRecord, links: Iterable[Link]) -> set[str]:
    """Return the interfaces that we had assigned and an operator took the address off, if that is to stay so."""
    claim = view.claims[Kind.ADDRESS].get(record.key)
    if claim is None or view.system.mode != Mode.KEEP or (Kind.ADDRESS, record.key) in view.created:
        return set()
    linked = {view.interface_keys.get(link.interface) for link in links}
    before = claim.values.get("interfaces") or ()
    return {key for key in before if key not in linked and not view.is_new(key)}


def _still_ours(view: View, record: AddressRecord) -> set[str] | None:
    """Return the interfaces that our claim assigned, or None where their side was not seen this time."""
    claim = view.claims[Kind.ADDRESS].get(record.key)
    if claim is None:
        return set()
    if not view.snapshot.covers(claim.scopes):
        return None
    return set(claim.values.get("interfaces") or ())


def _linked_by_us(view: View, record: AddressRecord, links: Iterable[Link]) -> set[str]:
    claim = view.claims[Kind.ADDRESS][record.key]
    linked = {view.interface_keys.get(link.interface) for link in links}
    return {key for key in claim.values.get("interfaces") or () if key in linked}


def _holder(view: View, wanted: set[str], links: list[Link]) -> uuid.UUID | None:
    """The machine that has the address now, else the one whose interface comes first."""
    linked = {link.machine for link in links}
    for key in sorted(wanted, key=lambda key: (view.machine_of(key) not in linked, key)):
        return view.machine_of(key)
    return None


def _no_prefix(view: View, problem: Refusal, record: AddressRecord) -> Dispute:
    return Dispute(
        kind=ConflictKind.NO_PREFIX,
        severity=Severity.WARNING,
        subject=(Kind.ADDRESS, record.key),
        title=f"{record.key} has no place in Nautobot",
        message=f"{view.system.name} uses {record.key} on {', '.join(sorted(record.interfaces or ()))}, but "
        f"{problem.reason}. Add the prefix, or move the address.",
        evidence=((view.system.name, f"{record.key} on {', '.join(sorted(record.interfaces or ()))}"),),
        scopes=record.scopes,
    )


def _in_use(view: View, record: AddressRecord, machines: list[str]) -> Dispute:
    names = ", ".join(machines)
    interfaces = ", ".join(sorted(record.interfaces or ()))
    return Dispute(
        kind=ConflictKind.ADDRESS_IN_USE,
        severity=Severity.CRITICAL,
        subject=(Kind.ADDRESS, record.key),
        title=f"{record.key} is used by {interfaces} and belongs to {names}",
        message=f"{view.system.name} says that {interfaces} uses {record.key}, which Nautobot has assigned to {names}. "
        "It was not reassigned. Find out who really has it, then change the other one.",
        evidence=(("Nautobot", f"assigned to {names}"), (view.system.name, f"on {interfaces}")),
        scopes=record.scopes,
    )


def _duplicate(view: View, record: AddressRecord, wanted: set[str]) -> Dispute:
    return Dispute(
        kind=ConflictKind.DUPLICATE_ADDRESS,
        severity=Severity.CRITICAL,
        subject=(Kind.ADDRESS, record.key),
        title=f"{record.key} is used by more than one machine",
        message=f"{view.system.name} reports {record.key} on {', '.join(sorted(wanted))}. In Nautobot the first holder "
        "keeps it. Give one of them another address.",
        evidence=tuple((view.system.name, f"{record.key} on {key}") for key in sorted(wanted)),
        scopes=record.scopes,
    )
