"""Boxes to write tests with: a configuration in a few lines, and the Snapshot it makes."""

from __future__ import annotations

from typing import Any

from nautobot_wow.records import Kind
from nautobot_wow.snapshot import Seen, Snapshot
from nautobot_wow.systems.pfsense.answers import Answers, snapshot_of
from nautobot_wow.systems.pfsense.parse.arp import parse_arp
from nautobot_wow.systems.pfsense.parse.box import Version, parse_routes
from nautobot_wow.systems.pfsense.parse.config import parse_config
from nautobot_wow.systems.pfsense.parse.ifconfig import parse_ifconfig
from nautobot_wow.systems.pfsense.parse.leases import Lease
from nautobot_wow.systems.pfsense.parse.sections import parse_sections

NOW = 1_800_000_000
LAN = "<lan><enable/><if>igb1</if><descr>LAN</descr><ipaddr>10.0.0.1</ipaddr><subnet>24</subnet></lan>"
WAN = "<wan><enable/><if>igb0</if><ipaddr>dhcp</ipaddr><ipaddrv6>dhcp6</ipaddrv6></wan>"
IFCONFIG = """\
igb0: flags=8843<UP,BROADCAST,RUNNING,SIMPLEX,MULTICAST> metric 0 mtu 1500
\tether 00:0d:b9:00:00:00
\tinet 203.0.113.20 netmask 0xffffff00 broadcast 203.0.113.255
\tmedia: Ethernet autoselect (1000baseT <full-duplex>)
\tstatus: active
igb1: flags=8843<UP,BROADCAST,RUNNING,SIMPLEX,MULTICAST> metric 0 mtu 1500
\tether 00:0d:b9:00:00:01
\tinet 10.0.0.1 netmask 0xffffff00 broadcast 10.0.0.255
\tmedia: Ethernet autoselect
\tstatus: no carrier
lo0: flags=8049<UP,LOOPBACK,RUNNING,MULTICAST> metric 0 mtu 16384
\tinet 127.0.0.1 netmask 0xff000000
\tgroups: lo
"""


def xml(*sections: str, interfaces: str = WAN + LAN, backend: str = "") -> str:
    """Return a config.xml with these sections beside the interfaces."""
    return (
        '<?xml version="1.0"?>\n<pfsense><version>23.3</version>'
        "<system><hostname>fw</hostname><domain>example.org</domain></system>"
        f"<interfaces>{interfaces}</interfaces>{backend}{''.join(sections)}</pfsense>\n"
    )


def snapshot(
    text: str,
    *,
    ifconfig: str | None = IFCONFIG,
    arp: str | None = "",
    leases: tuple[Lease, ...] | None = (),
    routes: str | None = None,
    host: str = "fw.example.org",
    silences: dict[str, str] | None = None,
    **how: Any,
) -> Snapshot:
    """Return what a box with this configuration and these tables makes."""
    answers = Answers(
        host=host,
        version=Version("2.7.2-RELEASE"),
        serial="1822210042",
        now=NOW,
        config=parse_config(parse_sections([text.encode()])),
        live=None if ifconfig is None else parse_ifconfig(ifconfig),
        neighbours=None if arp is None else parse_arp(arp),
        leases=leases,
        routes=None if routes is None else parse_routes(routes),
        silences=silences or {},
    )
    return snapshot_of(answers, **how)


def by_key(found: Snapshot, kind: Kind) -> dict[str, Any]:
    """Return the records of a kind by key."""
    return {record.key: record for record in found.records if record.kind is kind}


def seen_as(found: Snapshot, source: str) -> list[Seen]:
    """Return what was seen in one way."""
    return [one for one in found.seen if one.source == source]
