"""A guest in Nautobot: written by the parser and writer of a sync, so that the next sync finds nothing to do."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from nautobot.virtualization.models import VirtualMachine

from ..errors import Busy, Incomplete, NotFound
from ..models import Claim, GuestRequest, System
from ..reconcile.changelog import ChangeLog
from ..reconcile.forget import Forget
from ..reconcile.lock import exclusive
from ..reconcile.run import Run
from ..records import Kind
from ..snapshot import Snapshot
from ..systems.credentials import connection_of

BUSY_S = 300
PAUSE_S = 1.0


def register(request: GuestRequest, user: Any) -> VirtualMachine:
    """Sync the request's guest alone, add what only the request knows, and return it."""
    sync_guest(request.system, request.guest_key, user)
    guest = guest_of(request.system, request.guest_key)
    if guest is None:
        raise NotFound(f"{request.system}: {request.guest_key} was not registered; see the conflicts of the System")
    wanted = {
        "t_shirt_size": request.size.name if request.size else None,
        "network_profile": request.profile.name if request.profile else None,
        "application_list": request.application_list,
    }
    different = {name: value for name, value in wanted.items() if value is not None and guest.cf.get(name) != value}
    if different:
        guest._custom_field_data.update(different)
        guest.validated_save()
    return guest


def sync_guest(system: System, key: str, user: Any) -> None:
    """Read one guest and write what it says; raise Incomplete where a row of it was refused."""
    with held(system):
        kind = system.system_kind
        only = frozenset({key})
        snapshot = kind.read(connection_of(system), kind.options(**system.options), only)
        run = Run(system, snapshot, only=only)
        _apply(run, user)


def forget(request: GuestRequest, user: Any) -> None:
    """Take the records of the request's guest away."""
    if request.guest_key:
        forget_guest(request.system, request.guest_key, user)


def forget_guest(system: System, key: str, user: Any) -> None:
    """Take the records of a destroyed guest away; what a person changed is retired instead."""
    with held(system):
        _apply(Forget(system, Snapshot(records=(), observed=frozenset()), only=frozenset({key})), user)


def guest_of(system: System, key: str) -> VirtualMachine | None:
    """Return the guest that a System claims under a key."""
    claim = Claim.objects.filter(system=system, kind=Kind.GUEST.value, external_id=key).first()
    return VirtualMachine.objects.filter(pk=claim.object_id).first() if claim else None


def _apply(run: Run, user: Any) -> None:
    run.decide()
    run.queue_all()
    written = run.apply(_log(user), user=user)
    refusals = run.refusals(written)
    if refusals:
        raise Incomplete(
            f"{run.system}: " + ", ".join(f"{item.kind.value} {item.key} ({item.reason})" for item in refusals[:5])
        )


def _log(user: Any) -> ChangeLog:
    try:
        return ChangeLog.current()
    except LookupError:  # outside of a Job or request
        return ChangeLog.from_user(user, "provisioning")


@contextmanager
def held(system: System) -> Iterator[None]:
    """Hold the System; a sync that is under way is waited for, but not for ever."""
    end = time.monotonic() + BUSY_S
    while True:
        try:
            context = exclusive(system.pk, system.name)
            context.__enter__()
            break
        except Busy:
            if time.monotonic() >= end:
                raise
            time.sleep(PAUSE_S)
    try:
        yield
    finally:
        context.__exit__(None, None, None)
