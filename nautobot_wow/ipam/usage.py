"""How full the stretches are that a profile gives out: each address counted once, for what matters most."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from ..choices import AllocationState
from ..models import Allocation, NetworkProfile
from .evidence import GATEWAY, KNOWN, Ground
from .evidence import HELD as WITHOUT_RECORD
from .evidence import RESTING as RESTS
from .evidence import SEEN as WAS_SEEN
from .stretch import Stretch, text_of, within

FREE, USED, HELD, RESTING, SEEN, CLOSED = "free", "known", "held", "resting", "seen", "closed"
PARTS = (USED, HELD, RESTING, SEEN, CLOSED, FREE)
PART_OF = {KNOWN: USED, GATEWAY: USED, WITHOUT_RECORD: HELD, RESTS: RESTING, WAS_SEEN: SEEN}


@dataclass(frozen=True, kw_only=True)
class Usage:
    """One stretch: from where to where, how many addresses, and how many of them are what."""

    first: str
    last: str
    size: int
    counts: dict[str, int]


def usage_of(profile: NetworkProfile, prefix: object, now: datetime) -> list[Usage]:
    """Return the stretches of one of the profile's prefixes; costs a few queries each, and reads what is taken."""
    ground = Ground(profile=profile, prefix=prefix, now=now)
    return [_usage(ground, stretch) for stretch in ground.open]


def _usage(ground: Ground, stretch: Stretch) -> Usage:
    closed = list(_joined(within(stretch, ground.closed)))
    taken = ground.taken(stretch.first, stretch.last)
    held = _held(ground, stretch)
    counts = Counter(
        HELD if text_of(number, ground.version) in held else PART_OF[reason]
        for number, reason in taken.items()
        if not any(one.first <= number <= one.last for one in closed)
    )
    counts[CLOSED] = sum(one.size for one in closed)
    counts[FREE] = stretch.size - counts.total()
    first, last = text_of(stretch.first, ground.version), text_of(stretch.last, ground.version)
    return Usage(first=first, last=last, size=stretch.size, counts={part: counts[part] for part in PARTS})


def _held(ground: Ground, stretch: Stretch) -> set[str]:
    rows = Allocation.objects.filter(
        namespace=ground.prefix.namespace_id,
        state=AllocationState.HELD,
        ip_version=ground.version,
        host__gte=text_of(stretch.first, ground.version),
        host__lte=text_of(stretch.last, ground.version),
    )
    return set(rows.order_by().values_list("host", flat=True))


def _joined(stretches: Iterable[Stretch]) -> Iterable[Stretch]:
    """Yield stretches in order without the overlaps: a range may lie in a smaller prefix."""
    end = -1
    for one in sorted(stretches):
        if one.last > end:
            yield Stretch(max(one.first, end + 1), one.last, one.why)
            end = one.last
