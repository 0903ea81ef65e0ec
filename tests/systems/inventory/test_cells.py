"""What one cell says, and what it refuses to say."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nautobot_wow.systems.inventory.parse.cells import (
    Host,
    Stretch,
    Unclear,
    host_in,
    network_in,
    place_in,
    split_remark,
    type_in,
)
from nautobot_wow.systems.inventory.parse.words import Status, range_role_of, section_of, status_of


@pytest.mark.parametrize(
    ("text", "address", "mask", "remark"),
    [
        ("172.16.100.10", "172.16.100.10", None, ""),
        (" 172.16.110.76 (DHCP) ", "172.16.110.76", None, "DHCP"),
        ("172.16.100.105/32", "172.16.100.105", 32, ""),
        ("2001:db8::10", "2001:db8::10", None, ""),
        ("172.16.100.1 (pfSense (ix3))", "172.16.100.1", None, "pfSense (ix3)"),
    ],
)
def test_a_cell_with_one_address(text: str, address: str, mask: int | None, remark: str) -> None:
    place = place_in(text)
    assert isinstance(place, Host)
    assert (str(place.address), place.mask_length, place.remark) == (address, mask, remark)


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("172.16.100.3-9", "172.16.100.3-172.16.100.9"),
        ("172.16.110.200 - 254", "172.16.110.200-172.16.110.254"),
        ("172.16.100.50–99", "172.16.100.50-172.16.100.99"),
        ("172.16.100.50-172.16.100.99", "172.16.100.50-172.16.100.99"),
        ("10.1.1.250-2.5", "10.1.1.250-10.1.2.5"),
        ("2001:db8::10-2001:db8::1f", "2001:db8::10-2001:db8::1f"),
    ],
)
def test_a_cell_with_a_range(text: str, ends: str) -> None:
    place = place_in(text)
    assert isinstance(place, Stretch)
    assert str(place) == ends


@pytest.mark.parametrize(
    "text",
    [
        "",
        "172.16.100",
        "172.16.100.300",
        "172.16.100.010",
        "172.16.100.9-3",
        "172.16.100.3-",
        "172.16.100.3-9-12",
        "172.16.100.10, 172.16.100.11",
        "172.16.100.10/33",
        "172.16.100.10/",
        "172.16.100.3-2001:db8::1",
        "fe80::1%eth0",
        "１７２.16.100.1",
        "somewhere",
    ],
)
def test_a_cell_that_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(Unclear):
        place_in(text)


@given(st.text(max_size=40))
def test_whatever_a_cell_holds_it_is_read_or_refused(text: str) -> None:
    for read in (place_in, network_in):
        with contextlib.suppress(Unclear):
            read(text)
    host_in(text)
    type_in(text)
    status_of(text)


@given(st.ip_addresses(v=4), st.integers(0, 300))
def test_a_short_range_is_the_long_one(first: object, offset: int) -> None:
    start, last = str(first), int(str(first).rpartition(".")[2]) + offset
    if last <= 255:
        long = place_in(f"{start}-{start.rpartition('.')[0]}.{last}")
        assert place_in(f"{start}-{last}") == long
    else:
        with pytest.raises(Unclear):
            place_in(f"{start}-{last}")


@pytest.mark.parametrize(
    ("text", "name", "rest"),
    [
        ("wow-ts01 (truenas)", "wow-ts01", "truenas"),
        ("traefik", "traefik", ""),
        ("Plex Media Server", "", "Plex Media Server"),
        ("-", "", ""),
        ("—", "", ""),
    ],
)
def test_a_host_with_an_alias(text: str, name: str, rest: str) -> None:
    assert host_in(text) == (name, rest)


@pytest.mark.parametrize(
    ("text", "word", "id_"),
    [
        ("LXC (101)", "lxc", "101"),
        ("VM (211)", "vm", "211"),
        ("VM 211", "vm", "211"),
        ("VIP", "vip", ""),
        ("Bare Metal", "bare metal", ""),
        ("🖥️ Bare Metal", "bare metal", ""),
        ("VM (KubeVirt)", "vm", "KubeVirt"),
        ("-", "", ""),
    ],
)
def test_a_type_with_an_id(text: str, word: str, id_: str) -> None:
    assert type_in(text) == (word, id_)


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("In Use", Status.ACTIVE),
        ("✅ In Use", Status.ACTIVE),
        ("✅", Status.ACTIVE),
        ("Active", Status.ACTIVE),
        ("Stopped", Status.ACTIVE),
        ("Planned", Status.RESERVED),
        ("🔒 Reserved", Status.RESERVED),
        ("Available", Status.FREE),
        ("Deprecated", Status.DEPRECATED),
        ("-", Status.SILENT),
        ("", Status.SILENT),
        ("Perhaps", None),
        ("⚠️", None),
    ],
)
def test_the_words_of_a_status(text: str, status: Status | None) -> None:
    assert status_of(text) is status


@pytest.mark.parametrize(
    ("text", "role"),
    [
        ("DHCP Pool", "DHCP"),
        ("MetalLB machine-pool", "Load Balancer Pool"),
        ("OpenShift Control Plane", "Reserved"),
        ("Static Guests", None),
    ],
)
def test_the_role_of_a_range_is_read_from_its_heading(text: str, role: str | None) -> None:
    assert range_role_of(text) == role


def test_parentheses_that_do_not_match_are_text() -> None:
    assert split_remark("a) b)") == ("a) b)", "")
    assert split_remark("(all)") == ("", "all")
    assert section_of("Networks to Avoid") is not None
