"""A guest that came up with another address than it was given: a conflict, and never an overwrite."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from django.utils import timezone

from ..choices import ConflictKind, ConflictState, Severity
from ..models import Conflict, GuestRequest
from ..reconcile.identity import EVENT


def report_mismatch(request: GuestRequest, given: str, reported: Iterable[str]) -> Conflict:
    """Open a conflict that says what was given and what the guest says; it stays open until a person has seen it."""
    said = ", ".join(sorted(reported)) or "nothing"
    now = timezone.now()
    key = hashlib.sha256(f"{request.pk}\naddress-mismatch".encode()).hexdigest()
    values = {
        "title": f"{request.name} was given {given} and reports {said}"[:255],
        "kind": ConflictKind.ADDRESS_MISMATCH,
        "severity": Severity.CRITICAL,
        "message": f"{request.system}: {request.name} (VMID {request.vmid}) was created for {given}, and says that it "
        f"has {said}. Nothing was overwritten. Look at the image's network configuration, then ask again.",
        "system": request.system,
        "evidence": [
            {"source": "Nautobot", "says": given, "at": now.isoformat()},
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
