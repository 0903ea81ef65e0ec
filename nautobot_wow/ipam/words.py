"""Sightings in words: what was seen as a note, or as a sentence with who, how, where and how long ago."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import netaddr
from django.utils.timesince import timesince

from .. import macs
from ..choices import SightingSource
from ..models import Sighting
from .where import Port

LOCAL = 0x02
"""The bit of the first octet that says that software made the address up (IEEE 802)."""

SENTENCES = {
    SightingSource.ARP: "saw {who} in its ARP table{on}",
    SightingSource.LEASE: "gave it to {who} as a lease{on}",
    SightingSource.STATIC_MAP: "keeps it for {who} by a static map{on}",
    SightingSource.AGENT: "was told of it by the guest agent{of}",
    SightingSource.MAC_TABLE: "hears {who}{on}",
    SightingSource.BRIDGE: "hears {who}{on}",
    SightingSource.NEIGHBOUR: "has {who} as a neighbour{on}",
    SightingSource.PROBE: "got an answer from it{by}",
}


def note(row: Sighting) -> str:
    """Return what was seen and how: ARP table with BC:24:11:0A:00:01 on ix3, VLAN 100, called printer."""
    mac = f" with {row.mac}" if row.mac else ""
    where = f" on {row.where}" if row.where else ""
    vlan = f", VLAN {row.vid}" if row.vid else ""
    name = f", called {row.name}" if row.name else ""
    far = f" ({row.far_port})" if row.far_port else ""
    return f"{row.get_source_display()}{mac}{where}{vlan}{name}{far}"


def sentence(row: Sighting, at: datetime, ports: Iterable[Port] = ()) -> str:
    """Return who saw it, how, where and how long ago, and on which port the card hangs."""
    card = f"{row.mac} ({row.name})" if row.mac and row.name else row.mac or row.name or "somebody"
    place = {
        "on": f" on {row.where}" if row.where else "",
        "of": f" of {row.where}" if row.where else "",
        "by": f" by {row.where}" if row.where else "",
    }
    says = SENTENCES[row.source].format(who=card, **place)
    return f"{row.seen_by} {says}, {age(row.last_seen, at)}{hangs(ports)}"


def hangs(ports: Iterable[Port]) -> str:
    """Return on which port a card hangs, empty if that is not known: "; it hangs on gi5 of cisco-sg300-28"."""
    edge = next((port for port in ports if port.is_edge), None)
    return f"; it hangs on {edge}" if edge else ""


def age(moment: datetime, at: datetime) -> str:
    """Return how long before `at` a moment was."""
    return "just now" if at - moment < timedelta(minutes=1) else f"{_plain(timesince(moment, at, depth=1))} ago"


def _plain(text: str) -> str:
    return text.replace("\xa0", " ")


def vendor(mac: str) -> str:
    """Return who made a card, as the register that netaddr brings knows; or what else the address says of itself."""
    shared = macs.virtual_router(mac)
    if shared:
        return f"shared by routers ({shared})"
    try:
        eui = netaddr.EUI(mac)
        return str(eui.oui.registration().org)
    except netaddr.NotRegisteredError:
        return "made up by software (locally administered)" if eui.words[0] & LOCAL else ""
    except (netaddr.AddrFormatError, TypeError, ValueError):
        return ""
