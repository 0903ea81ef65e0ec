"""Keep what was seen on the wire: the same again moves the end of one row, a new MAC or place is a new row."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..models import Sighting

NO_MAC = ("", "00:00:00:00:00:00", "FF:FF:FF:FF:FF:FF")
BATCH = 1000


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One address as it was seen; `source` is one of SightingSource. An ARP row without a MAC is no evidence."""

    host: str
    source: str
    mac: str = ""
    where: str = ""

    @property
    def is_evidence(self) -> bool:
        """Tell whether it says that somebody has the address: incomplete ARP rows do not."""
        return self.source not in ("arp", "mac-table", "neighbour") or self.mac.upper() not in NO_MAC


def record(seen: Iterable[Seen], *, namespace: Any, seen_by: str, now: datetime, system: Any = None) -> int:
    """Store what was seen in a few queries; return how many rows are new."""
    wanted = {_key(one): one for one in seen if one.is_evidence}
    latest = _latest(wanted, namespace, seen_by)
    again = [latest[key].pk for key in wanted if key in latest]
    for start in range(0, len(again), BATCH):
        Sighting.objects.filter(pk__in=again[start : start + BATCH]).update(last_seen=now)
    new = [
        Sighting(
            namespace=namespace,
            host=key[0],
            ip_version=ipaddress.ip_address(key[0]).version,
            mac=key[1],
            source=one.source,
            where=one.where[:255],
            system=system,
            seen_by=seen_by,
            first_seen=now,
            last_seen=now,
        )
        for key, one in wanted.items()
        if key not in latest
    ]
    Sighting.objects.bulk_create(new, batch_size=BATCH)
    return len(new)


def _key(one: Seen) -> tuple[str, str, str, str]:
    return str(ipaddress.ip_address(one.host)), one.mac.upper(), one.source, one.where[:255]


def _latest(wanted: dict[Any, Seen], namespace: Any, seen_by: str) -> dict[Any, Sighting]:
    """Return the rows of the last time that an address was seen this way, where they say the same as now.

    There are several where two machines have one address: both go on, and neither begins anew each time.
    """
    hosts = sorted({key[0] for key in wanted})
    newest: dict[tuple[str, str], list[Sighting]] = {}
    for start in range(0, len(hosts), BATCH):
        rows = Sighting.objects.filter(namespace=namespace, seen_by=seen_by, host__in=hosts[start : start + BATCH])
        for row in rows.order_by("last_seen"):
            together = newest.setdefault((row.host, row.source), [])
            if together and together[0].last_seen < row.last_seen:
                together.clear()
            together.append(row)
    same = {(row.host, row.mac, row.source, row.where): row for rows in newest.values() for row in rows}
    return {key: same[key] for key in wanted if key in same}
