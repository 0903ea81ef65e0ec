"""What is asked for, checked and kept: the same key is the same request, whoever asks how often."""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from ..choices import RequestAction, RequestStage
from ..errors import KeyInUse, NotAllowed, Unusable
from ..models import Claim, GuestRequest, NetworkProfile, System
from ..records import Kind
from ..systems.credentials import connection_of
from . import addresses
from .create import MAC_TO_TRY, least_loaded, next_vmid, require_synced, wire_problems
from .flow import Work
from .spec import spec_of

SAME = ("action", "name", "system_id", "profile_id", "image_id", "guest_id")
"""What a request with the same key must have in common with the first one."""


def new_guest(user: Any, *, guest_name: str, key: str = "", applications: str = "", **given: Any) -> GuestRequest:
    """Return a request for a new guest, not saved yet."""
    names = [part for part in re.split(r"[\s,]+", applications or "") if part]
    wanted = GuestRequest(
        key=key or _key_of(given["system"], guest_name),
        action=RequestAction.CREATE,
        name=guest_name,
        application_list=names,
        requested_by=user,
        **{name: value for name, value in given.items() if value is not None},
    )
    return _checked(wanted)


def _key_of(system: System, name: str) -> str:
    """Return the key of who gave none: the same while such a request goes on or its guest is there, else a new one."""
    over = (RequestStage.FAILED, RequestStage.RELEASED)
    before = GuestRequest.objects.filter(action=RequestAction.CREATE, system=system, name=name, stage__in=over).count()
    return f"create:{system.pk}:{name}{f':{before}' if before else ''}"


def for_guest(user: Any, action: str, guest: Any, *, key: str = "", **given: Any) -> GuestRequest:
    """Return a request about a guest that is there, not saved yet."""
    system = system_of(guest)
    count = GuestRequest.objects.filter(guest=guest, action=action).count()
    wanted = GuestRequest(
        key=key or f"{action}:{guest.pk}:{count}",
        action=action,
        name=guest.name.partition(" (")[0],
        system=system,
        guest=guest,
        requested_by=user,
        **given,
    )
    return _checked(wanted)


def _checked(wanted: GuestRequest) -> GuestRequest:
    _may_allocate(wanted)
    try:
        wanted.full_clean(exclude=["key"])
    except ValidationError as error:
        fields = "; ".join(f"{name}: {' '.join(texts)}" for name, texts in error.message_dict.items())
        raise Unusable(fields) from error
    return wanted


def _may_allocate(wanted: GuestRequest) -> None:
    """Whoever wants a guest on a network must be allowed to have an address of it."""
    allowed = NetworkProfile.objects.restrict(wanted.requested_by, "allocate")
    if wanted.profile_id and not allowed.filter(pk=wanted.profile_id).exists():
        raise NotAllowed(
            f"{wanted.requested_by} may not have an address of {wanted.profile}; ask for allocate_networkprofile on it"
        )


def submit(wanted: GuestRequest) -> GuestRequest:
    """Keep the request, or return the one of the same key; where an approval is defined it waits for that."""
    try:
        with transaction.atomic():
            wanted.validated_save()
    except (IntegrityError, ValidationError):
        before = GuestRequest.objects.filter(key=wanted.key).first()
        if before is None:
            raise
        return _same_again(wanted, before)
    wanted.begin_approval_workflow()
    return wanted


def _same_again(wanted: GuestRequest, before: GuestRequest) -> GuestRequest:
    different = [name for name in SAME if getattr(wanted, name) != getattr(before, name) and name != "guest_id"]
    if different:
        names = ", ".join(name.removesuffix("_id") for name in different)
        raise KeyInUse(f"key: {wanted.key!r} already names another request ({names} differ); use another key")
    return before


def system_of(guest: Any) -> System:
    """Return the enabled System that runs a guest."""
    claims = Claim.objects.filter(kind=Kind.GUEST.value, object_id=guest.pk, system__enabled=True, missed_runs=0)
    systems: list[System] = [claim.system for claim in claims.select_related("system")]
    able = [system for system in systems if system.system_kind.provisioner is not None]
    if len(able) != 1:
        raise Unusable(f"guest: {len(able) or 'no'} System that can change guests claims {guest}; it must be one")
    return able[0]


def preview(wanted: GuestRequest) -> dict[str, Any]:
    """Return what would be created, and what would stand in the way; nothing is touched or held."""
    system = wanted.system
    kind = system.system_kind
    require_synced(wanted)
    with kind.provisioner(connection_of(system, writes=True), kind.options(**system.options)) as provisioner:
        work = Work(request=wanted, provisioner=provisioner)
        given, vmid = addresses.preview(wanted), next_vmid(work)
        node = wanted.node or least_loaded(work)
        spec = spec_of(wanted, given, node=node, vmid=vmid, mac=MAC_TO_TRY)
        problems = [*provisioner.preflight(spec), *wire_problems(wanted, node)]
    shown = asdict(spec)
    for hidden in ("request_id", "ssh_keys"):
        shown.pop(hidden)
    shown["nic"]["mac"] = "chosen when it is created"
    shown.update(type=spec.type.value, start=wanted.start)  # it is made stopped, and started by a step of its own
    return {**addresses.shown(given), "vmid": vmid, "node": node, "problems": problems, "parameters": shown}


def summary(request: GuestRequest) -> dict[str, Any]:
    """Return how a request stands, for logs and REST."""
    given = addresses.addresses_of(request)
    return {
        "id": str(request.pk),
        "key": request.key,
        "stage": request.stage,
        "address": given.get(4, ""),
        "address6": given.get(6, ""),
        "vmid": request.vmid,
        "guest": str(request.guest_id or ""),
        "error": request.error,
    }
