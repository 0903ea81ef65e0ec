"""Stretches of addresses, without a database."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nautobot_wow.ipam.stretch import LARGEST_STEP, Stretch, drawn, steps, text_of, usable, within, without

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


@given(st.lists(st.tuples(NUMBERS, NUMBERS)), NUMBERS, NUMBERS)
def test_taking_closed_stretches_out_leaves_exactly_the_rest(pairs: list[tuple[int, int]], one: int, two: int) -> None:
    outer = Stretch(min(one, two), max(one, two))
    closed = sorted(Stretch(min(pair), max(pair)) for pair in pairs)
    left = [number for part in without(outer, closed) for number in range(part.first, part.last + 1)]
    shut = {number for part in closed for number in range(part.first, part.last + 1)}
    assert left == [number for number in range(outer.first, outer.last + 1) if number not in shut]


@given(st.lists(st.tuples(NUMBERS, st.integers(0, 40)), max_size=5))
def test_lots_fall_on_every_address_and_on_nothing_else(pairs: list[tuple[int, int]]) -> None:
    stretches, position = [], 0
    for gap, size in pairs:
        stretches.append(Stretch(position + gap, position + gap + size))
        position = stretches[-1].last + 1
    every = {number for part in stretches for number in range(part.first, part.last + 1)}
    assert drawn(stretches, 5000) == every


def test_a_draw_from_a_network_of_2_to_the_64_is_no_larger_than_asked_for() -> None:
    whole = usable("2001:db8::/64")
    found = drawn([whole], 256)
    assert 250 <= len(found) <= 256
    assert all(whole.first <= number <= whole.last for number in found)
