"""The lease files: ISC's log of blocks, and Kea's CSV in as many files as its clean-up has left behind."""

from __future__ import annotations

import time

from development.lab.pfsense.view import LEASE_S, Leased, View

KEA = "dhcp4.leases"
HEADERS = {
    (2, 7): "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context",
    (2, 8): (
        "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context,pool_id"
    ),
}
GONE = "172.16.100.98"
"""An address of the pool whose lease has ended: it is still in the file."""
GONE_MAC = "02:00:5e:10:00:98"


def isc(view: View) -> str:
    """Return dhcpd.leases: every lease as it was first given, then as it was renewed; the last block counts."""
    now = view.now()
    blocks = [
        "# The format of this file is documented in the dhcpd.leases(5) manual page.",
        "# This lease file was written by isc-dhcp-4.4.3-P1",
        "",
        "# authoring-byte-order entry is generated, DO NOT DELETE",
        "authoring-byte-order little-endian;",
        "",
    ]
    for lease in view.leases():
        blocks.append(_block(lease, now - lease.age_s - LEASE_S, "active"))
    blocks.append(_block(Leased(GONE, GONE_MAC, "old-laptop", 0), now - 3 * LEASE_S, "active"))
    blocks.append('server-duid "\\000\\001\\000\\001,\\314\\355\\262\\220\\354w\\037\\000\\003";\n')
    for lease in view.leases():
        blocks.append(_block(lease, now - lease.age_s, "active"))
    blocks.append(_block(Leased(GONE, GONE_MAC, "old-laptop", 0), now - 3 * LEASE_S, "free"))
    return "\n".join(blocks)


def _block(lease: Leased, start: int, state: str) -> str:
    lines = [
        f"lease {lease.host} {{",
        f"  starts {_time(start)};",
        f"  ends {_time(start + LEASE_S)};",
        f"  cltt {_time(start)};",
        f"  binding state {state};",
        "  next binding state free;",
        "  rewind binding state free;",
        f"  hardware ethernet {lease.mac};",
        f'  uid "\\001{"".join(f"{chr(92)}{int(part, 16):03o}" for part in lease.mac.split(":"))}";',
        *([f'  client-hostname "{lease.name}";'] if lease.name else []),
        "}",
    ]
    return "\n".join(lines)


def _time(moment: int) -> str:
    at = time.gmtime(moment)
    return f"{(at.tm_wday + 1) % 7} {time.strftime('%Y/%m/%d %H:%M:%S', at)}"


def kea(view: View) -> dict[str, str]:
    """Return the files by name. Where each lease is depends on how far the clean-up got (setting `lfc`).

    ""          everything in the plain file
    running     the clean-up works on .1 and .2; the plain file has only what came since
    completed   it has written .completed, and was killed before it could rename that
    """
    now = view.now()
    header = HEADERS[(2, 7) if view.version_number < (2, 8) else (2, 8)]
    rows = [_row(lease, now - lease.age_s) for lease in view.leases()]
    old = [_row(Leased(GONE, GONE_MAC, "old-laptop", 0), now - 3 * LEASE_S)]
    taken_away = [_row(Leased(GONE, GONE_MAC, "old-laptop", 0), now - 3 * LEASE_S, lifetime=0)]
    half = len(rows) // 2
    sets = {
        "": {KEA: [*old, *rows, *taken_away]},
        "running": {f"{KEA}.2": [*old, *rows[:half]], f"{KEA}.1": [*taken_away, *rows[half:]], KEA: []},
        "completed": {f"{KEA}.completed": rows, f"{KEA}.2": old, f"{KEA}.1": old, KEA: []},
    }
    extra = "".join(f",{'' if name == 'user_context' else '0'}" for name in header.split(",")[10:])
    return {
        name: "\n".join([header, *(row + extra for row in lines)]) + "\n"
        for name, lines in sets[view.settings["lfc"]].items()
    }


def _row(lease: Leased, start: int, lifetime: int = LEASE_S) -> str:
    name = lease.name.lower().replace(",", "&#x2c")
    return f"{lease.host},{lease.mac},01:{lease.mac},{lifetime},{start + lifetime},1,0,0,{name},0"
