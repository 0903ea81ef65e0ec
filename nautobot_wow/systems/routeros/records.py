"""What the answers of a router come to: one Device, its interfaces and VLANs, networks, ranges, and who was seen.

scope             shown by                          holds
device            /system identity, resource        the router; below it `serial`
parts             /interface ethernet monitor       modules in ports
interfaces        /interface                        all of them; below it what is said of bonds, VLANs, bridges
vlans             /interface bridge vlan, vlan      VLANs that somebody made here
addresses/ipv4    /ip address                       its own addresses and their networks; /ipv6 in `addresses/ipv6`
ranges            /ip dhcp-server, /ip pool         what it gives addresses from
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ...records import DeviceRecord, Record
from ...snapshot import Snapshot
from .addressing import address_records, prefix_records, range_records
from .answers import ROUTER, Answers
from .ports import part_records, port_records, vlan_records
from .sightings import all_seen

PLATFORM = "MikroTik RouterOS"
SCOPES = frozenset({"device", "parts", "interfaces", "vlans", "addresses", "ranges"})


def snapshot_of(answers: Answers, endpoint: str) -> Snapshot:
    """Return what the answers come to. `endpoint` is the host that was asked: of several addresses the primary one."""
    return Snapshot(
        records=tuple(_records(answers, endpoint)),
        observed=SCOPES,
        unseen=dict(answers.unseen),
        facts=facts_of(answers),
        seen=all_seen(answers),
        context={title: rows for title, rows in _context(answers).items() if rows},
    )


def _records(answers: Answers, endpoint: str) -> Iterator[Record]:
    yield from vlan_records(answers)
    yield from prefix_records(answers)
    yield from range_records(answers)
    serial = answers.board.serial if answers.board else ""
    yield DeviceRecord(
        key=ROUTER,
        scopes=("device",),
        fingerprint=frozenset({f"serial:{serial}"} if serial else ()),
        name=answers.identity,
        role="Switch" if answers.model.startswith(("CRS", "CSS")) else "Router",
        serial=serial or None,
        platform=PLATFORM,
        version=answers.resource.version,
        primary_ip4=_primary(answers, endpoint),
    )
    yield from part_records(answers)
    yield from port_records(answers)
    yield from address_records(answers)


def _primary(answers: Answers, endpoint: str) -> str | None:
    """Return the address that was asked, if it is the router's own, else the only one."""
    own = [str(one.address.ip) for one in answers.own if one.address.version == 4]
    if endpoint in own:
        return endpoint
    return own[0] if len(set(own)) == 1 else None


def facts_of(answers: Answers) -> dict[str, str]:
    """Return what a person wants to know of the reading, in the order in which they ask."""
    resource = answers.resource
    return {
        "name": answers.identity,
        "model": answers.model or "unknown",
        "serial": (answers.board.serial if answers.board else "") or "none",
        "version": f"{resource.version} {resource.channel}".strip(),
        "interfaces": str(len(answers.lasting)) if answers.interfaces is not None else "not read",
        "leases": str(len(answers.leases)),
        "ARP": str(len(answers.arp)),
        "bridge hosts": str(len(answers.hosts)),
        "neighbours": str(len(answers.neighbours)),
    }


def _context(answers: Answers) -> dict[str, tuple[Mapping[str, str], ...]]:
    servers = (answers.servers or {}).values()
    return {
        "Routes": answers.routes,
        "DHCP servers": tuple(
            {
                "server": server.name,
                "interface": server.interface,
                "pool": server.pool,
                "enabled": "yes" if server.enabled else "no",
            }
            for server in servers
        ),
        "DHCP networks": answers.networks,
        "Addresses that are switched off": tuple(
            {"address": str(one.address), "interface": one.interface, "comment": one.comment}
            for one in (*(answers.addresses or ()), *(answers.addresses6 or ()))
            if not one.enabled
        ),
        "Neighbours": tuple(
            {
                "interface": ", ".join(row.interfaces),
                "name": row.name,
                "port": row.far_port,
                "platform": " ".join(part for part in (row.platform, row.board) if part),
                "version": row.version,
            }
            for row in answers.neighbours
        ),
    }
