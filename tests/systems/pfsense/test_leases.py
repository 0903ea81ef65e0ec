"""Lease files: both are logs in which the last word counts, and what cannot be read is never a lease less."""

from __future__ import annotations

import pytest

from nautobot_wow.errors import ParseError
from nautobot_wow.systems.pfsense.parse.isc import parse_isc_leases
from nautobot_wow.systems.pfsense.parse.kea import load_order, parse_kea_leases
from nautobot_wow.systems.pfsense.parse.leases import Lease, holding, shunned

NOW = 1_800_000_000
HEADER = "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname"
MAC, OTHER = "02:00:00:00:00:01", "02:00:00:00:00:02"


def block(*lines: str, host: str = "10.0.0.5") -> str:
    return f"lease {host} {{\n" + "".join(f"  {line};\n" for line in lines) + "}\n"


def isc(text: str) -> Lease:
    (found,) = parse_isc_leases(text)
    return found


# ----------------------------------------------------------------------------------------------------------------- ISC


def test_the_last_block_of_an_address_counts() -> None:
    first = block("binding state active", f"hardware ethernet {MAC}", "ends never")
    last = block("binding state active", f"hardware ethernet {OTHER}", "ends never")
    assert [lease.mac for lease in holding(parse_isc_leases(first + last), NOW)] == [OTHER]
    freed = block("binding state free", f"hardware ethernet {OTHER}")
    assert holding(parse_isc_leases(first + last + freed), NOW) == ()


@pytest.mark.parametrize("state", ["free", "backup", "expired", "released", "abandoned", "reset"])
def test_only_an_active_lease_holds(state: str) -> None:
    text = block(f"binding state {state}", f"hardware ethernet {MAC}", "ends never")
    assert holding(parse_isc_leases(text), NOW) == ()


def test_a_lease_that_has_ended_does_not_hold_whatever_its_state() -> None:
    text = block("binding state active", "ends 5 2027/01/15 07:59:59", f"hardware ethernet {MAC}")
    assert isc(text).ends == NOW - 1
    assert holding(parse_isc_leases(text), NOW) == ()
    assert holding(parse_isc_leases(text), NOW - 2) != ()


def test_times_are_utc_or_seconds_or_never() -> None:
    assert isc(block("ends 5 2027/01/15 08:00:00")).ends == NOW
    assert isc(block(f"ends epoch {NOW}")).ends == NOW
    assert isc(f"lease 10.0.0.5 {{\n  ends epoch {NOW}; # Fri Jan 15 09:00:00 2027\n}}\n").ends == NOW
    assert isc(block("ends never")).ends is None


def test_a_block_may_lack_its_card_its_name_and_its_end() -> None:
    assert isc(block("binding state backup")) == Lease(host="10.0.0.5", held=False)


def test_an_abandoned_address_is_one_where_somebody_else_answered() -> None:
    text = block("binding state abandoned", "ends never")
    assert [lease.host for lease in shunned(parse_isc_leases(text))] == ["10.0.0.5"]


def test_failover_and_server_blocks_stand_between_leases() -> None:
    text = (
        'server-duid "\\000\\001";\n\nauthoring-byte-order little-endian;\n'
        'failover peer "dhcp_lan" state {\n  my state normal at 1 2026/01/05 10:00:00;\n'
        "  partner state normal at 1 2026/01/05 10:00:00;\n  mclt 600;\n}\n" + block("binding state active")
    )
    assert isc(text).host == "10.0.0.5"


def test_octal_escapes_and_quoted_semicolons_are_text() -> None:
    assert isc(block(r'client-hostname "M\303\274ller; {PC}"', r'uid "\001\000!\314;\""')).name == "Müller; {PC}"


def test_what_the_server_shall_do_when_a_lease_ends_is_passed_over() -> None:
    text = (
        'lease 10.0.0.5 {\n  on expiry {\n    set x = "}";\n    execute ("a", "b");\n  }\n  binding state active;\n}\n'
    )
    assert isc(text).held


def test_the_last_line_may_lack_its_end() -> None:
    assert isc(block("binding state active").rstrip("\n")).held


def test_an_empty_file_has_no_lease() -> None:
    assert parse_isc_leases("# The format of this file is documented\n\n") == ()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("lease 10.0.0.5 {\n  binding state active;\n", "ends in the middle"),
        ("lease 10.0.0.5 {\n  binding sta", "ends in the middle"),
        (block("binding state strange"), "line 2: 'binding state strange;'"),
        (block("something new 5"), "line 2: 'something new 5;'"),
        (block("ends 5 2027/13/15 08:00:00"), "line 2"),
        (block("hardware ethernet zz:00"), "line 2: 'zz:00' is no MAC address"),
        ("lease 10.0.0.500 {\n}\n", "'10.0.0.500' is no address"),
        ("\x1b[2J garbage {{{\n", "line 1"),
        ("<html>no leases here</html>\n", "ends in the middle"),
    ],
)
def test_what_cannot_be_read_is_quoted(text: str, says: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse_isc_leases(text)
    assert says in str(caught.value)


# ----------------------------------------------------------------------------------------------------------------- Kea


def row(host: str = "10.0.0.5", mac: str = MAC, lifetime: int = 3600, expire: int = NOW + 60, more: str = ",pc") -> str:
    return f"{host},{mac},01:{mac},{lifetime},{expire},1,0,0{more}"


def kea(*rows: str, more: str = "") -> tuple[Lease, ...]:
    return parse_kea_leases("\n".join([HEADER + more, *rows]) + "\n")


def test_a_later_row_replaces_an_earlier_one() -> None:
    assert [lease.mac for lease in holding(kea(row(), row(mac=OTHER)), NOW)] == [OTHER]


def test_a_row_with_a_lifetime_of_nothing_takes_the_address_away() -> None:
    assert holding(kea(row(), row(lifetime=0)), NOW) == ()


def test_columns_are_found_by_name_and_old_rows_may_be_shorter() -> None:
    found = kea(row(), row(more=",pc,0,,7"), more=",state,user_context,pool_id")
    assert [lease.held for lease in found] == [True, True]


def test_a_declined_row_has_no_card_and_is_an_address_where_somebody_else_answered() -> None:
    found = kea("10.0.0.5,,,3600,1800000060,1,0,0,,1", more=",state")
    assert holding(found, NOW) == ()
    assert [lease.host for lease in shunned(found)] == ["10.0.0.5"]


@pytest.mark.parametrize(("state", "held"), [("0", True), ("2", False), ("3", False), ("4", True)])
def test_the_state_of_a_row_says_whether_it_holds(state: str, held: bool) -> None:
    assert [lease.held for lease in kea(row(more=f",pc,{state}"), more=",state")] == [held]


def test_commas_within_a_value_are_escaped() -> None:
    (found,) = kea(row(more=',a&#x2cb,0,{ "x": 1&#x2c "y": 2 }'), more=",state,user_context")
    assert found.name == "a,b"


def test_the_longest_lifetime_never_ends() -> None:
    (found,) = holding(kea(row(lifetime=2**32 - 1, expire=1)), NOW)
    assert found.ends is None


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["dhcp4.leases"], ["dhcp4.leases"]),
        (["dhcp4.leases", "dhcp4.leases.1", "dhcp4.leases.2"], ["dhcp4.leases.2", "dhcp4.leases.1", "dhcp4.leases"]),
        (
            ["dhcp4.leases", "dhcp4.leases.1", "dhcp4.leases.2", "dhcp4.leases.completed", "dhcp4.leases.output"],
            ["dhcp4.leases.completed", "dhcp4.leases"],
        ),
        (["dhcp4.leases.pid", "dhcp6.leases", "kea-leases4.csv"], []),
        ([], []),
    ],
)
def test_files_are_read_in_the_order_in_which_kea_loads_them(names: list[str], expected: list[str]) -> None:
    assert list(load_order(names)) == expected


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("10.0.0.5,02:00:00:00:00:01\n", "line 1 is no header"),
        (f"{HEADER}\n10.0.0.5,02:00\n", "line 2: '10.0.0.5,02:00'"),
        (f"{HEADER}\n{row()}\n{row()[:30]}", "ends in the middle of line 3"),
        (f"{HEADER}\n{row(host='10.0.0')}\n", "line 2 (address: '10.0.0' is no address)"),
        (f"{HEADER}\n{row(host='2001:db8::1')}\n", "no IPv4 address"),
        (f"{HEADER},state\n{row(more=',pc,9')}\n", "state"),
        ("garbage\n", "line 1 is no header"),
    ],
)
def test_a_row_that_cannot_be_read_is_quoted(text: str, says: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse_kea_leases(text)
    assert says in str(caught.value)


def test_a_file_that_was_just_made_is_empty() -> None:
    assert parse_kea_leases("") == ()
    assert parse_kea_leases(f"{HEADER}\n") == ()
