"""An address that a person writes down while it is seen on the network: allowed, and a Conflict until somebody says so.

It may be the very machine that is written down, or somebody else's who would be in its way; only a person can tell.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.utils import timezone
from nautobot.ipam.models import IPAddress

from ..app_settings import sightings_count_for
from ..choices import ConflictKind, ConflictState, Severity
from ..models import Conflict, Sighting
from .evidence import telling
from .ours import is_written_by_us
from .words import note

SHOWN = 5


def address_written(sender: Any, instance: IPAddress, created: bool, raw: bool = False, **kwargs: Any) -> None:
    """Open a Conflict where the new address was seen lately. Receives `post_save` of IPAddress."""
    if not created or raw or is_written_by_us() or instance.parent_id is None:
        return
    now = timezone.now()
    here = {"namespace": instance.parent.namespace_id, "host": instance.host}
    seen = telling(Sighting.objects.filter(**here, last_seen__gte=now - sightings_count_for()), now)[:SHOWN]
    if seen:
        _open(instance, seen)


def resolve_gone(now: datetime) -> int:
    """Resolve the Conflicts of addresses that are not there any more, however they went; return how many."""
    open_ones = Conflict.objects.filter(kind=ConflictKind.SEEN_ADDRESS).exclude(state=ConflictState.RESOLVED)
    gone = open_ones.exclude(object_id__in=IPAddress.objects.order_by().values("pk"))
    return int(gone.update(state=ConflictState.RESOLVED, resolved_at=now, last_seen=now))


def _open(address: IPAddress, seen: list[Sighting]) -> None:
    now = timezone.now()
    Conflict(
        key=_key(address),
        kind=ConflictKind.SEEN_ADDRESS,
        severity=Severity.WARNING,
        title=f"{address.host} was written down while somebody has it",
        message=f"{seen[0].seen_by} sees {address.host}{f' with {seen[0].mac}' if seen[0].mac else ''}. If that is the "
        "machine that was meant, acknowledge this; if not, give it another address.",
        object_type=ContentType.objects.get_for_model(IPAddress),
        object_id=address.pk,
        evidence=[_evidence(one) for one in seen],
        first_seen=now,
        last_seen=now,
    ).validated_save()


def _evidence(one: Sighting) -> dict[str, str]:
    return {"source": one.seen_by, "says": note(one), "at": one.last_seen.isoformat()}


def _key(address: IPAddress) -> str:
    return hashlib.sha256(f"{ConflictKind.SEEN_ADDRESS}\n{address.pk}".encode()).hexdigest()
