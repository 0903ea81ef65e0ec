"""Stretches of addresses, without a database."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nautobot_wow.ipam.stretch import LARGEST_STEP, Stretch, steps, text_of, usable, within

NUMBERS = st.integers(0, 5000)


@pytest.mark.parametrize(
    ("network", "first", "last"),
    [
        ("172.16.100.0/24", "172.16.100.1", "172.16.100.254"),
        ("10.0.0.0/31", "10.0.0.0", "10.0.0.1"),
        ("10.0.0.7/32", "10.0.0.7", "10.0.0.7"),
        ("2001:db8::/64", "2001:db8::1", "2001:db8::ffff:ffff:ffff:ffff"),
        ("2001:db8::/127", "2001:db8::", "2001:db8::1"),
    ],
)
def test_network_and_broadcast_are_no_hosts(network: str, first: str, last: str) -> None:
    version = ipaddress.ip_network(network).version
    found = usable(network)
    assert (text_of(found.first, version), text_of(found.last, version)) == (first, last)


@given(first=NUMBERS, size=st.integers(0, 20_000))
def test_steps_cover_a_stretch_without_gap_or_overlap_and_stay_bounded(first: int, size: int) -> None:
    parts = list(steps(first, first + size))
    assert parts[0][0] == first
    assert parts[-1][1] == first + size
    assert all(end + 1 == start for (_, end), (start, _) in zip(parts, parts[1:], strict=False))
    assert all(end - start < LARGEST_STEP for start, end in parts)


@given(st.lists(st.tuples(NUMBERS, NUMBERS)), NUMBERS, NUMBERS)
def test_cutting_keeps_exactly_what_lies_inside(pairs: list[tuple[int, int]], one: int, two: int) -> None:
    outer = Stretch(min(one, two), max(one, two))
    inner = [Stretch(min(pair), max(pair)) for pair in pairs]
    cut = within(outer, inner)
    held = {number for part in cut for number in range(part.first, part.last + 1)}
    wanted = {number for part in inner for number in range(part.first, part.last + 1)}
    assert held == {number for number in wanted if outer.first <= number <= outer.last}
    assert cut == sorted(cut)
