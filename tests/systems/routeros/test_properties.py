"""Random answers cross a real socket and the real library and come back exactly; whatever else is said is our error."""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from development.lab.routeros.codec import encode, length_of
from nautobot_wow.errors import ParseError, SourceError
from nautobot_wow.systems.connection import Connection, Secret
from nautobot_wow.systems.routeros.client import RouterOsClient
from nautobot_wow.systems.routeros.menus import TABLES, Menu
from nautobot_wow.systems.routeros.options import RouterOsOptions
from nautobot_wow.systems.routeros.parse.addresses import parse_addresses, parse_routes
from nautobot_wow.systems.routeros.parse.bridge import (
    parse_bridge_hosts,
    parse_bridge_ports,
    parse_bridge_vlans,
    parse_bridges,
)
from nautobot_wow.systems.routeros.parse.device import parse_identity, parse_resource, parse_routerboard
from nautobot_wow.systems.routeros.parse.dhcp import parse_leases, parse_networks, parse_pools, parse_servers
from nautobot_wow.systems.routeros.parse.heard import parse_arp, parse_neighbours
from nautobot_wow.systems.routeros.parse.interfaces import (
    parse_bonding,
    parse_ethernet,
    parse_interfaces,
    parse_link,
    parse_vlans,
)
from nautobot_wow.systems.routeros.parse.values import pool_ranges, vlan_ids

Rows = list[dict[str, str]]
PATIENCE_S = 2.0
PARSERS: tuple[Callable[[Sequence[Any]], object], ...] = (
    *(parse_identity, parse_resource, parse_routerboard, parse_interfaces, parse_ethernet, parse_bonding, parse_vlans),
    *(parse_bridges, parse_bridge_ports, parse_bridge_vlans, parse_bridge_hosts, parse_servers, parse_networks),
    *(parse_leases, parse_pools, parse_arp, parse_neighbours, parse_routes),
    lambda rows: parse_link("ether1", rows),
    lambda rows: parse_addresses(Menu(path="/ip/address", scope="addresses"), rows),
)

texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=200)
lookalikes = st.sampled_from(["7", "007", "-1", "yes", "no", "true", "false", "", "=", "!done", ".tag=1", "?x=y"])
keys = st.from_regex(r"[.a-z][a-z0-9-]{0,20}", fullmatch=True).filter(lambda key: key != ".tag")
tables = st.lists(st.dictionaries(keys, texts | lookalikes, max_size=6), max_size=8)
FIELDS = sorted(
    {name for menu in TABLES for name in menu.properties}
    | {"pvid", "vid", "bridge", "vlan-ids", "tagged", "current-tagged", "address", "active-address", "status", "ranges"}
    | {"address4", "identity", "interface-name", "on-interface", "complete", "dst-address", "rate", "vlan-filtering"}
)
odd = (
    texts
    | lookalikes
    | st.sampled_from(["4095", "10,20-22", "22-20", "1.2.3.4", "1.2.3.4/33", "AA:BB:CC:00:11:22", "²"])
)
odd_tables = st.lists(st.dictionaries(st.sampled_from(FIELDS), odd, max_size=20), max_size=4)


@contextlib.contextmanager
def answering(raw: bytes, at_login: bytes = encode(["!done"])) -> Iterator[RouterOsClient]:
    """Let a client log in where every question is answered with these bytes, and nothing follows them."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with contextlib.suppress(OSError), server.accept()[0] as peer:
                peer.settimeout(PATIENCE_S)
                for answer in (at_login, raw) if raw else (at_login,):
                    peer.recv(65536)
                    peer.sendall(answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        connection = Connection(
            system="odd", url=f"http://127.0.0.1:{server.getsockname()[1]}", username="a", secret=Secret("secret-word"),
            timeout_s=PATIENCE_S,
        )  # fmt: skip
        with RouterOsClient(connection, RouterOsOptions(allow_plaintext=True)) as client:
            yield client
        thread.join(PATIENCE_S)


def sentences(rows: Rows) -> bytes:
    raw = b"".join(encode(["!re", *(f"={key}={value}" for key, value in row.items())]) for row in rows)
    return raw + encode(["!done"])


# ---------------------------------------------------------------------------------------------------- read back exactly


@settings(deadline=None, max_examples=50)
@given(tables)
def test_rows_cross_the_wire_and_the_library_unchanged(rows: Rows) -> None:
    with answering(sentences(rows)) as client:
        assert client.print(TABLES[0]) == rows


@pytest.mark.parametrize("size", [0, 1, 0x7F, 0x80, 0x3FFF, 0x4000, 0x1FFF00])
def test_words_of_every_length_arrive(size: int) -> None:
    rows = [{"comment": "x" * min(size, 1_000_000)}]
    with answering(sentences(rows)) as client:
        assert client.print(TABLES[0]) == rows


@given(st.lists(st.tuples(st.integers(1, 4094), st.integers(0, 50)), min_size=1, max_size=6))
def test_spans_of_vlans_are_read_back_exactly(drawn: list[tuple[int, int]]) -> None:
    spans = tuple((first, min(first + more, 4094)) for first, more in drawn)
    text = ",".join(str(first) if first == last else f"{first}-{last}" for first, last in spans)
    assert vlan_ids(text) == spans


@given(st.lists(st.tuples(st.ip_addresses(v=4), st.integers(0, 300)), min_size=1, max_size=4))
def test_ranges_of_pools_are_read_back_exactly(drawn: list[tuple[ipaddress.IPv4Address, int]]) -> None:
    top = 2**32 - 1
    spans = tuple((first, ipaddress.IPv4Address(min(int(first) + more, top))) for first, more in drawn)
    assert pool_ranges(",".join(f"{first}-{last}" for first, last in spans)) == spans


# -------------------------------------------------------------------------------------------------------- anything else


def failure_of(reading: Callable[[], object]) -> SourceError | None:
    """Return the error of ours that a reading ends with, None where it has an answer; others come through."""
    try:
        reading()
    except SourceError as error:
        return error
    return None


@settings(deadline=None, max_examples=50)
@given(st.binary(max_size=300))
def test_arbitrary_bytes_are_our_error_or_an_answer(raw: bytes) -> None:
    with answering(raw) as client:
        error = failure_of(lambda: client.print(TABLES[0]))
    assert error is None or str(error).startswith("odd: ")
    assert "secret-word" not in repr(error)


@settings(deadline=None, max_examples=50)
@given(st.binary(max_size=100))
def test_arbitrary_bytes_at_the_login_are_our_error_or_a_login(raw: bytes) -> None:
    def log_in() -> None:
        with answering(b"", raw):
            pass

    error = failure_of(log_in)
    assert error is None or str(error).startswith("odd: ")


def test_a_word_larger_than_any_router_sends_is_refused_before_it_is_read() -> None:
    with answering(length_of(200 * 1024 * 1024) + b"x" * 1000) as client, pytest.raises(ParseError, match="a word of"):
        client.print(TABLES[0])


@pytest.mark.parametrize("sentence", [[".tag=3", "!re"], ["!re", "naked"], ["!re", "=a=1", "=a=2"], ["!what"]])
def test_a_sentence_that_is_none_of_the_api_is_our_error(sentence: list[str]) -> None:
    with (
        answering(encode(sentence) + encode(["!done"])) as client,
        pytest.raises(ParseError, match="not one of RouterOS"),
    ):
        client.print(TABLES[0])


@pytest.mark.parametrize("trap", [["!trap"], ["!trap", "=message=a", "=odd=b", "=category=9"], ["!trap", ".tag=1"]])
def test_a_trap_of_any_shape_is_an_error_and_no_crash(trap: list[str]) -> None:
    with answering(encode(trap) + encode(["!done"])) as client, pytest.raises(SourceError, match="failed"):
        client.print(TABLES[0])


@settings(deadline=None)
@given(odd_tables)
def test_whatever_a_row_says_is_read_or_is_a_parse_error(rows: Rows) -> None:
    for parse in PARSERS:
        with contextlib.suppress(ParseError):
            parse(rows)
