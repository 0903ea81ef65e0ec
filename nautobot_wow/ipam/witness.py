"""Who saw an address that is therefore not given out: how, with which card, on which port, and when."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..models import Sighting
from .evidence import Ground, telling
from .where import ports_of
from .words import sentence

SEEN = "seen"
TOLD = 2
"""So many witnesses are told of in one sentence."""


def of(ground: Ground, hosts: Iterable[str], user: Any = None) -> dict[str, list[dict[str, Any]]]:
    """Return {"seen": [...]} with what was seen of addresses, as far as the user may see it; nothing for none."""
    rows = Sighting.objects.all() if user is None else Sighting.objects.restrict(user, "view")
    here = rows.filter(namespace=ground.prefix.namespace_id)
    asked = list(hosts)
    seen = here.filter(host__in=asked, last_seen__gte=ground.seen_since).order_by("host", "-last_seen")
    found = telling(seen, ground.now, ground.mine) if asked else []
    ports = ports_of({row.mac for row in found}, here, ground.now)
    told = [
        {
            "address": row.host,
            "seen_by": row.seen_by,
            "how": row.source,
            "mac": row.mac,
            "since": row.first_seen.isoformat(),
            "at": row.last_seen.isoformat(),
            "port": next((str(port) for port in ports.get(row.mac, ()) if port.is_edge), ""),
            "says": sentence(row, ground.now, ports.get(row.mac, ())),
        }
        for row in found
    ]
    return {SEEN: told} if told else {}


def told(seen: dict[str, list[dict[str, Any]]]) -> str:
    """Return the newest witnesses as the end of a sentence, empty if there are none."""
    said = list(dict.fromkeys(row["says"] for row in seen.get(SEEN, ())))[:TOLD]
    return f": {', and '.join(said)}" if said else ""
