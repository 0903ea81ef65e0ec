"""Whatever stands on a page: what was written is read back, every line is accounted for, and garbage is named."""

from __future__ import annotations

import contextlib
from collections import Counter
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from nautobot_wow.errors import ParseError
from nautobot_wow.records import AddressRecord, PrefixRecord, RangeRecord, Record, VlanRecord
from nautobot_wow.systems.inventory.parse.page import Outcome, Place
from nautobot_wow.systems.inventory.parse.reading import read_page
from nautobot_wow.systems.inventory.report import report_of
from nautobot_wow.systems.inventory.said import snapshot_of
from nautobot_wow.systems.inventory.write import Address, AddressNetwork, reads_back, write_page
from tests.systems.inventory.estates import estates

slow = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)

# ------------------------------------------------------------------------------------------ written, and read back


def said(record: Record, *names: str) -> dict[str, Any]:
    """Return what a record says, without what it does not say."""
    return {name: value for name in names if (value := getattr(record, name)) is not None}


def of(text: str, kind: type[Record]) -> list[Any]:
    return [record for record in snapshot_of(read_page("page.md", text)).records if isinstance(record, kind)]


@slow
@given(estates())
def test_a_page_that_was_written_is_understood_to_the_last_line(estate: list[AddressNetwork]) -> None:
    page = read_page("page.md", write_page("Page", estate))
    assert page.rejects == []


@slow
@given(estates())
def test_networks_are_read_back(estate: list[AddressNetwork]) -> None:
    for record in of(write_page("Page", estate), PrefixRecord):
        (one,) = (one for one in estate if str(one.network) == record.network)
        assert record.vid == one.vid
        assert record.type in (one.type, "container", None)
        assert record.description in (one.description.strip(), None)
        if one.type != "network":
            assert record.type == one.type


@slow
@given(estates())
def test_vlans_are_read_back(estate: list[AddressNetwork]) -> None:
    written = {one.vid: one.vlan_name for one in estate if one.vid}
    found = {record.vid: record.name for record in of(write_page("Page", estate), VlanRecord)}
    assert found.keys() == written.keys()
    assert all(name in (None, written[vid]) for vid, name in found.items())


@slow
@given(estates())
def test_ranges_are_read_back(estate: list[AddressNetwork]) -> None:
    found = {f"{one.first}-{one.last}": one for one in of(write_page("Page", estate), RangeRecord)}
    assert found.keys() == {str(each.stretch) for one in estate for each in one.ranges}
    for each in (each for one in estate for each in one.ranges):
        record = found[str(each.stretch)]
        assert said(record, "name", "role", "description").items() <= {
            ("name", each.name),
            ("role", each.role),
            ("description", each.description),
        }
        assert record.role == (each.role or None)


@slow
@given(estates())
def test_addresses_are_read_back(estate: list[AddressNetwork]) -> None:
    found = {record.key: record for record in of(write_page("Page", estate), AddressRecord)}
    written = {str(each.address): (each, one) for one in estate for each in one.addresses}
    assert found.keys() == written.keys()
    for host, (each, network) in written.items():
        assert_same(found[host], each, network)


def assert_same(record: AddressRecord, each: Address, network: AddressNetwork) -> None:
    """Tell that the record says what was written, or nothing where a page cannot say it; never anything else."""
    assert record.mask_length == (None if each.mask_length == network.network.prefixlen else each.mask_length)
    assert record.role == (each.role or None)
    assert record.status == (each.status if each.status in ("Reserved", "Deprecated") else None)
    assert record.interfaces is None
    assert record.dns_name in (each.dns_name, None)
    assert record.description in (each.description, None)
    assert record.tags is not None
    assert record.tags <= each.tags
    if record.type is not None:
        assert record.type.value.upper() == each.mode
    if each.dns_name == "api.ossus.wow.example":
        assert record.dns_name == each.dns_name
    if each.description.isprintable() and len(each.description.split()) > 1 and reads_back(each.description):
        assert record.description == each.description


@slow
@given(estates())
def test_writing_again_what_was_written_changes_nothing(estate: list[AddressNetwork]) -> None:
    text = write_page("Page", estate)
    assert write_page("Page", list(reversed(estate))) == text


# --------------------------------------------------------------------------------------------------------- accounting

CELLS = (
    "172.16.100.5",
    "172.16.100.3-9",
    "172.16.110.7",
    "-",
    "x",
    "LXC (101)",
    "Available",
    "Reserved",
    "✅",
    "a\\|b",
    "",
)
LINES = (
    *("## 172.16.100.0/24 - Apps", "### Network Information", "#### DHCP Pool (172.16.100.50-99)", "## Migration Plan"),
    *(
        "## Unknown Hosts",
        "## Guidelines",
        "## 172.16.110.0/244",
        "#### X (172.16.100.90-110)",
        "# Title",
        "Text | bar",
    ),
    *(
        "- **Gateway:** 172.16.100.1",
        "- **Subnet:** 172.16.100.0/25",
        "- 172.16.100.77",
        "- plain",
        "  - nested",
        "",
        "",
    ),
    *("```", "---", "> quoted", "<!-- comment -->", "1. one", "172.16.100.9", "    indented", "| loose | row |"),
)
cells = st.lists(st.sampled_from(CELLS), min_size=1, max_size=6).map(lambda found: f"| {' | '.join(found)} |")
headers = st.sampled_from(
    [
        "| IP | Hostname | Type | Description | Status |\n|---|---|---|---|---|",
        "| IP Range | Description | Managed By | Status |\n|:--|--:|:-:|---|",
        "| Hostname | Current IP | Suggested IP |\n|---|---|---|",
        "| Name | Port |\n|---|---|",
        "| IP | Hostname |\n|---|",
    ]
)
documents = st.lists(st.sampled_from(LINES) | cells | headers, max_size=40).map("\n".join)


def bars_in(text: str) -> dict[int, str]:
    """Return the lines that start with a bar, outside fenced code, with nothing but the standard library."""
    fenced, found = False, {}
    for number, line in enumerate(text.split("\n"), 1):
        if line.startswith("```"):
            fenced = not fenced
        elif line.startswith("|") and not fenced:
            found[number] = line
    return found


def is_dashes(line: str) -> bool:
    return "-" in line and set(line) <= set("|-: ")


@slow
@given(documents)
@example("| x |\n---")
@example("| - |\n---")
def test_every_row_becomes_exactly_one_thing(text: str) -> None:
    text = f"## 10.0.0.0/8 - So that there is a network\n\n{text}"
    page = read_page("page.md", text)
    named = Counter(entry.line for entry in page.entries)
    assert set(named.values()) <= {1}
    bars, lines = bars_in(text), dict(enumerate(text.split("\n"), 1))
    for number in bars.keys() - named.keys():  # only the header of a table and its line of dashes become nothing
        header = number if is_dashes(lines.get(number + 1, "")) else number - 1
        assert is_dashes(lines[header + 1])  # which needs no bars where the table has one column
        assert header in bars


@slow
@given(documents)
def test_the_sum_of_a_page_is_right(text: str) -> None:
    page = read_page("page.md", f"## 10.0.0.0/8 - So that there is a network\n\n{text}")
    for place in (Place.ROW, Place.ITEM):
        counts = page.counts([place])
        assert sum(counts[outcome] for outcome in Outcome) == sum(entry.place is place for entry in page.entries)
    assert len(snapshot_of(page).refused) == len(page.rejects)
    assert all(f"page.md:{entry.line}: " in report_of(page) for entry in page.rejects)


@slow
@given(documents)
def test_where_something_was_not_understood_nothing_of_that_part_can_be_missing(text: str) -> None:
    page = read_page("page.md", f"## 10.0.0.0/8 - So that there is a network\n\n{text}")
    snapshot = snapshot_of(page)
    parts = {entry.part for entry in page.rejects}
    for record in snapshot.records:
        networks = {scope.rpartition("/")[2].replace("_", "/") for scope in record.scopes}
        assert snapshot.covers(record.scopes) == (not networks & parts and "" not in parts)


@given(st.text(max_size=300))
def test_any_text_is_a_page_or_refused(text: str) -> None:
    with contextlib.suppress(ParseError):
        snapshot_of(read_page("page.md", text))


# ------------------------------------------------------------------------------------------------------------ garbage

GARBAGE = (
    "| 172.16.100.999 | a | - | - | - | - | - |",
    "| 172.16.100.20 |",
    "| ?? | ?? | ?? | ?? | ?? | ?? | ?? |",
    "|||",
)


@slow
@given(estates(), st.data())
def test_garbage_in_a_table_is_named_and_costs_nothing_else(estate: list[AddressNetwork], data: st.DataObject) -> None:
    lines = write_page("Page", estate).split("\n")
    rows = [place for place, line in enumerate(lines) if line.startswith("| ") and lines[place - 1].startswith("|")]
    before = {record.key for record in snapshot_of(read_page("page.md", "\n".join(lines))).records}
    if not rows:
        return
    place = data.draw(st.sampled_from(rows))
    garbage = data.draw(st.sampled_from(GARBAGE))
    page = read_page("page.md", "\n".join([*lines[:place], garbage, *lines[place:]]))
    snapshot = snapshot_of(page)
    assert [(entry.line, entry.raw) for entry in page.rejects] == [(place + 1, garbage)]
    assert snapshot.refused[0].key == f"page.md:{place + 1}"
    assert {record.key for record in snapshot.records} == before
    assert len(snapshot.unseen) == 1
