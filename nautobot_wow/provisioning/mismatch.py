"""A guest that came up with another address than it was given: a conflict, and never an overwrite."""

from __future__ import annotations

import hashlib

from django.utils import timezone

from ..choices import ConflictKind, ConflictState, Severity
from ..errors import RemoteError
from ..models import Conflict, GuestRequest
from ..reconcile.identity import EVENT
from .addresses import listed
from .flow import Work
from .waits import within_s


def mismatch(work: Work, given: set[str], reported: set[str]) -> RemoteError:
    """Open the conflict, and return the error that ends the step."""
    request = work.request
    report_mismatch(request, given, reported)
    return RemoteError(
        f"{request.name} reports {listed(reported)} instead of {listed(given)}, within {within_s(work):g} s"
    )


def report_mismatch(request: GuestRequest, given: set[str], reported: set[str]) -> Conflict:
    """Open a conflict that says what was given and what the guest says; it stays open until a person has seen it."""
    said, meant = listed(reported), listed(given)
    now = timezone.now()
    key = hashlib.sha256(f"{request.pk}\naddress-mismatch".encode()).hexdigest()
    values = {
        "title": f"{request.name} was given {meant} and reports {said}"[:255],
        "kind": ConflictKind.ADDRESS_MISMATCH,
        "severity": Severity.CRITICAL,
        "message": f"{request.system}: {request.name} (VMID {request.vmid}) was given {meant}, and says that it "
        f"has {said}. Nothing was overwritten. Look at the image's network configuration, then ask again.",
        "system": request.system,
        "evidence": [
            {"source": "Nautobot", "says": meant, "at": now.isoformat()},
            {"source": str(request.system), "says": said, "at": now.isoformat()},
        ],
        "scopes": [EVENT],
        "last_seen": now,
        "state": ConflictState.OPEN,
    }
    conflict, _ = Conflict.objects.update_or_create(
        key=key, defaults=values, create_defaults={**values, "first_seen": now}
    )
    return conflict  # type: ignore[no-any-return]
