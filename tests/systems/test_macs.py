"""MAC addresses: one spelling, and what is known to be nobody's card."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nautobot_wow import macs


@pytest.mark.parametrize("text", ["bc:24:11:0a:00:01", "BC-24-11-0A-00-01", "bc24.110a.0001", " bc24110a0001 "])
def test_every_usual_way_of_writing_is_read(text: str) -> None:
    assert macs.normal(text) == "BC:24:11:0A:00:01"


@given(st.binary(min_size=6, max_size=6), st.sampled_from([":", "-"]))
def test_what_is_written_is_read_back(raw: bytes, separator: str) -> None:
    assert macs.normal(raw.hex(separator)) == raw.hex(":").upper()


@pytest.mark.parametrize("text", ["", "incomplete", "BC:24:11:0A:00", "BC:24:11:0A:00:01:02", "GG:24:11:0A:00:01"])
def test_what_is_no_mac_address_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match="is no MAC address"):
        macs.normal(text)
    assert macs.is_junk(text)


@pytest.mark.parametrize("mac", ["00:00:00:00:00:00", "FF:FF:FF:FF:FF:FF", "01:00:5E:00:00:FB", "33:33:00:00:00:01"])
def test_zero_broadcast_and_multicast_are_nobody(mac: str) -> None:
    assert macs.is_junk(mac)


def test_a_card_is_somebody_also_a_locally_administered_one() -> None:
    assert not macs.is_junk("BC:24:11:0A:00:01")
    assert not macs.is_junk("02:5F:5A:13:02:10")


def test_shared_addresses_of_routers_are_known_by_their_number() -> None:
    assert macs.virtual_router("00:00:5e:00:01:0a") == "VRRP or CARP 10"
    assert macs.virtual_router("00:00:5E:00:02:01") == "VRRP 1"
    assert macs.virtual_router("00:00:0C:07:AC:05") == "HSRP 5"
    assert macs.virtual_router("BC:24:11:0A:00:01") == ""
