"""Forget what was seen long ago: nothing that counts as evidence, and of the rest what is older than a person keeps.

An address that is seen all the time is one row however old it is, so only what changed long ago, or went, is forgotten.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from django.db import transaction
from django.db.models import Count, QuerySet

from ..app_settings import sightings_count_for, sightings_kept_for
from ..models import Sighting

BATCH = 5000


def old(now: datetime) -> QuerySet[Sighting]:
    """Return the sightings that ended before all that is kept: by the setting, and in any case while they count."""
    keep = max(sightings_kept_for(), sightings_count_for())
    return Sighting.objects.filter(last_seen__lt=now - keep)


def counts(rows: QuerySet[Sighting]) -> dict[str, int]:
    """Return how many there are by who saw them."""
    counted = rows.order_by("seen_by").values("seen_by").annotate(n=Count("pk"))
    return {row["seen_by"]: row["n"] for row in counted}


def forget(now: datetime) -> dict[str, int]:
    """Delete what is old, the oldest first and some thousands at a time; return how many by who saw them.

    Each batch is a transaction of its own: nobody waits for long, and what was done stays done if it is stopped.
    """
    gone: Counter[str] = Counter()
    while True:
        with transaction.atomic():
            batch = dict(old(now).order_by("last_seen").values_list("pk", "seen_by")[:BATCH])
            # Asked again: who sees one of them at this moment writes it anew.
            rows = old(now).filter(pk__in=batch).order_by()
            gone.update(counts(rows))
            rows.delete()
        if len(batch) < BATCH:
            return dict(sorted(gone.items()))
