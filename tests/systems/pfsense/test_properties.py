"""Whatever the box prints: what was written is read back, and nothing fails but with a ParseError."""

from __future__ import annotations

import contextlib
import ipaddress
import time
from collections.abc import Callable
from typing import Any
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nautobot_wow.errors import ParseError
from nautobot_wow.records import Kind
from nautobot_wow.systems.pfsense.parse.arp import parse_arp
from nautobot_wow.systems.pfsense.parse.box import parse_listing, parse_routes, parse_serial, parse_time, parse_version
from nautobot_wow.systems.pfsense.parse.config import parse_config
from nautobot_wow.systems.pfsense.parse.ifconfig import parse_ifconfig
from nautobot_wow.systems.pfsense.parse.isc import parse_isc_leases
from nautobot_wow.systems.pfsense.parse.kea import load_order, parse_kea_leases
from nautobot_wow.systems.pfsense.parse.leases import Lease, holding
from nautobot_wow.systems.pfsense.parse.sections import parse_sections
from nautobot_wow.systems.pfsense.parse.values import to_text
from tests.systems.pfsense.boxes import by_key, snapshot, xml

HOSTS = st.integers(1, 254).map(lambda last: f"10.0.0.{last}")
MACS = st.integers(0, 2**46 - 1).map(lambda number: ":".join(f"{number:012x}"[at : at + 2] for at in range(0, 12, 2)))
NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=12)
TIMES = st.integers(0, 4_000_000_000)
PORTS = st.sampled_from(["igb0", "igb1", "igb1.20", "lagg0.7", "bridge0"])


def survives(parse: Callable[[], object]) -> None:
    with contextlib.suppress(ParseError):
        parse()


# --------------------------------------------------------------------------------------------- what was written is read


def quote(name: str) -> str:
    """Return a name as dhcpd prints it: what is not plain ASCII as octal escapes."""
    plain = {ord('"'): '\\"', ord("\\"): "\\\\"}
    return "".join(plain.get(byte, chr(byte) if 32 <= byte < 127 else f"\\{byte:03o}") for byte in name.encode("utf-8"))


@given(
    st.lists(
        st.tuples(HOSTS, MACS, NAMES, st.none() | TIMES, st.sampled_from(["active", "free", "released"])), max_size=6
    ),
    st.booleans(),
)
def test_leases_that_isc_wrote_are_read_back(rows: list[Any], epoch: bool) -> None:
    text, expected = "", []
    for host, mac, name, ends, state in rows:
        stamp = time.strftime("%w %Y/%m/%d %H:%M:%S", time.gmtime(ends or 0))
        end = "never" if ends is None else (f"epoch {ends}" if epoch else stamp)
        text += f"lease {host} {{\n  starts {stamp};\n  ends {end};\n  binding state {state};\n"
        text += f'  hardware ethernet {mac};\n  uid "\\001;{{}}\\"";\n  client-hostname "{quote(name)}";\n}}\n'
        wanted = name.strip()
        expected.append(Lease(host=host, mac=mac.upper(), name=wanted, ends=ends, held=state == "active"))
    assert list(parse_isc_leases(text)) == expected
    assert len(parse_isc_leases(text.rstrip("\n"))) == len(rows)


@given(
    st.lists(st.tuples(HOSTS, MACS, NAMES, TIMES, st.integers(0, 10**6), st.sampled_from("01234")), max_size=6),
    st.sampled_from(["", ",user_context", ",user_context,pool_id"]),
)
def test_leases_that_kea_wrote_are_read_back(rows: list[Any], more: str) -> None:
    header = f"address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state{more}"
    lines = [header]
    for host, mac, name, expire, lifetime, state in rows:
        escaped = name.replace("&", "&#x26").replace(",", "&#x2c")
        lines.append(f"{host},{mac},,{lifetime},{expire},1,0,0,{escaped},{state}" + more.count(",") * ",")
    found = parse_kea_leases("\n".join(lines) + "\n")
    assert [(lease.host, lease.mac, lease.name, lease.ends) for lease in found] == [
        (host, mac.upper(), name.rstrip("."), expire) for host, mac, name, expire, _, _ in rows
    ]


@given(
    st.permutations([f"dhcp4.leases{end}" for end in ("", ".1", ".2", ".completed", ".output", ".pid")]),
    st.integers(0, 6),
)
def test_the_plain_file_is_always_the_last_one_and_no_other_is_read(names: list[str], kept: int) -> None:
    order = load_order(names[:kept])
    assert set(order) <= set(names[:kept]) - {"dhcp4.leases.output", "dhcp4.leases.pid"}
    assert "dhcp4.leases" not in order[:-1]
    assert not {"dhcp4.leases.completed", "dhcp4.leases.1"} <= set(order)


@given(st.lists(st.tuples(HOSTS, MACS, st.booleans()), max_size=6), st.integers(0, 10))
def test_of_each_address_the_last_word_counts(rows: list[tuple[str, str, bool]], now: int) -> None:
    leases = [Lease(host=host, mac=mac, held=held, ends=5) for host, mac, held in rows]
    last = {lease.host: lease for lease in leases}
    assert {lease.host for lease in holding(leases, now)} == {
        host for host, lease in last.items() if lease.held and now < 5
    }


STATES = st.sampled_from(["", " permanent", " expired", " expires in 12 seconds"])


@given(st.lists(st.tuples(HOSTS, st.none() | MACS, PORTS, STATES, st.sampled_from(["", " [ethernet]", " [vlan]"]))))
def test_neighbours_that_were_printed_are_read_back(rows: list[Any]) -> None:
    text = "".join(
        f"? ({host}) at {mac or '(incomplete)'} on {on}{state}{kind}\n" for host, mac, on, state, kind in rows
    )
    assert [(row.host, row.mac, row.port, row.permanent) for row in parse_arp(text)] == [
        (host, (mac or "").upper(), on, state == " permanent") for host, mac, on, state, _ in rows
    ]


ADDRESSES = st.tuples(HOSTS, st.integers(8, 32)).map(lambda pair: ipaddress.ip_interface(f"{pair[0]}/{pair[1]}"))


@given(
    st.dictionaries(
        PORTS,
        st.tuples(st.booleans(), MACS, st.integers(68, 65535), st.lists(ADDRESSES, max_size=3)),
        min_size=1,
    )
)
def test_interfaces_that_were_printed_are_read_back(ports: dict[str, Any]) -> None:
    text = ""
    for name, (up, mac, mtu, addresses) in ports.items():
        text += f"{name}: flags={'8843<UP,RUNNING>' if up else '8802<BROADCAST>'} metric 0 mtu {mtu}\n\tether {mac}\n"
        text += "".join(f"\tinet {one.ip} netmask {int(one.netmask):#010x}\n" for one in addresses)
    found = parse_ifconfig(text)
    assert {name: (one.up, one.mac, one.mtu, one.addresses) for name, one in found.items()} == {
        name: (up, mac.upper(), mtu, addresses) for name, (up, mac, mtu, addresses) in ports.items()
    }


@given(st.integers(10, 100), st.integers(0, 50), st.lists(st.tuples(HOSTS, MACS, NAMES), max_size=4))
def test_a_scope_that_was_written_is_read_back(first: int, size: int, mappings: list[Any]) -> None:
    static = "".join(
        f"<staticmap><mac>{mac}</mac><ipaddr>{host}</ipaddr><descr>{escape(name)}</descr></staticmap>"
        for host, mac, name in mappings
    )
    span = f"<range><from>10.0.0.{first}</from><to>10.0.0.{first + size}</to></range>"
    found = snapshot(xml(f"<dhcpd><lan><enable/>{span}{static}</lan></dhcpd>"))
    (pool,) = by_key(found, Kind.RANGE).values()
    assert (pool.first, pool.last) == (f"10.0.0.{first}", f"10.0.0.{first + size}")
    addresses = by_key(found, Kind.ADDRESS)
    assert {host for host, _, _ in mappings} <= set(addresses)
    assert found.refused == ()


# --------------------------------------------------------------------------------------- anything is read or refused


LINES = st.lists(
    st.sampled_from(
        [
            *("lease 10.0.0.5 {", "}", "binding state active;", "ends never;", 'client-hostname "x";', "{", ";"),
            *(
                "igb0: flags=8843<UP> metric 0 mtu 1500",
                "\tinet 10.0.0.1 netmask 0xffffff00",
                "\tether 00:",
                "\tvlan: 7",
            ),
            *("? (10.0.0.9) at 02:00:00:00:00:09 on igb1 expired [ethernet]", "Routing tables", "Internet:"),
            *("Destination Gateway Flags Netif Expire", "default 10.0.0.1 UGS igb0", "2.7.2-RELEASE", "1800000000"),
            *("address,hwaddr,valid_lifetime,expire,hostname", "10.0.0.5,02:00:00:00:00:01,1,2,x", "12 dhcp4.leases"),
        ]
    )
    | st.text(max_size=30)
)
PARSERS = [
    parse_isc_leases,
    parse_kea_leases,
    parse_arp,
    parse_ifconfig,
    parse_routes,
    parse_version,
    parse_serial,
    parse_time,
    parse_listing,
]


@pytest.mark.parametrize("parse", PARSERS, ids=lambda parse: parse.__name__)
@given(lines=LINES)
def test_any_text_is_read_or_refused(parse: Callable[[str], object], lines: list[str]) -> None:
    survives(lambda: parse("\n".join(lines) + "\n"))
    survives(lambda: parse("\n".join(lines)))


@pytest.mark.parametrize("parse", PARSERS, ids=lambda parse: parse.__name__)
@given(raw=st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(parse: Callable[[str], object], raw: bytes) -> None:
    survives(lambda: parse(to_text(raw, "x")))


ELEMENTS = "pfsense system hostname interfaces lan if enable ipaddr subnet dhcpd range from to vlans vlan"
TAGS = st.sampled_from(ELEMENTS.split(" "))
WORDS = st.sampled_from(["", "10.0.0.1", "24", "igb1", "dhcp", "zz", "4096", "lan", "2001:db8::1", "carp", "&amp;"])
TREES: st.SearchStrategy[str] = st.recursive(
    WORDS, lambda inner: st.lists(st.tuples(TAGS, inner).map(lambda one: f"<{one[0]}>{one[1]}</{one[0]}>")).map("".join)
)


@given(TREES, st.lists(st.integers(0, 200), max_size=4))
def test_any_configuration_is_read_or_refused_in_any_pieces(tree: str, cuts: list[int]) -> None:
    raw = f"<pfsense><system><hostname>fw</hostname></system><interfaces>{tree}</interfaces>{tree}</pfsense>".encode()
    ends = sorted({0, *cuts, len(raw)})
    pieces = [raw[start:end] for start, end in zip(ends, ends[1:], strict=False)]
    survives(lambda: parse_config(parse_sections(pieces)))
    survives(lambda: snapshot(raw.decode()))


@given(st.binary(max_size=80))
def test_any_bytes_are_no_configuration_or_one(raw: bytes) -> None:
    survives(lambda: parse_sections([raw]))
    survives(lambda: parse_sections([b"<pfsense>", raw]))
