"""From a page to what it says: each rule on a page that is no longer than the rule."""

from __future__ import annotations

import pytest

from nautobot_wow.errors import ParseError
from nautobot_wow.records import AddressRecord, AddressType, PrefixRecord, RangeRecord
from nautobot_wow.systems.inventory.parse.page import Asks, Entry, Outcome, Page, Place
from nautobot_wow.systems.inventory.parse.reading import read_page
from nautobot_wow.systems.inventory.report import report_of
from nautobot_wow.systems.inventory.said import snapshot_of

TABLE = """\
| IP | Hostname | Type | Description | Status |
|----|----------|------|-------------|--------|"""


def page_of(*parts: str) -> Page:
    return read_page("page.md", "\n".join(parts))


def in_apps(rows: str) -> Page:
    """Return a page of one network with one table."""
    return page_of("## 172.16.100.0/24 - Apps", TABLE, rows)


def row(page: Page) -> Entry:
    """Return the entry of the only row."""
    (entry,) = (entry for entry in page.entries if entry.place is Place.ROW)
    return entry


def address(page: Page, host: str) -> AddressRecord:
    found = {record.key: record for record in snapshot_of(page).records if isinstance(record, AddressRecord)}
    return found[host]


def ranges(page: Page) -> dict[str, RangeRecord]:
    return {f"{one.first}-{one.last}": one for one in snapshot_of(page).records if isinstance(one, RangeRecord)}


# ------------------------------------------------------------------------------------------------------------- networks


def test_a_network_with_a_network_below_it_is_a_container() -> None:
    page = page_of("## 10.0.0.0/8 - Transit", "### 10.1.1.0/24 - pfSense (VLAN 10)")
    outer, inner = (record for record in snapshot_of(page).records if isinstance(record, PrefixRecord))
    assert (outer.network, outer.type, outer.vid, outer.description) == ("10.0.0.0/8", "container", None, "Transit")
    assert (inner.network, inner.type, inner.vid, inner.description) == ("10.1.1.0/24", None, 10, "pfSense")


@pytest.mark.parametrize(
    ("heading", "vid", "bridge"),
    [
        ("(VLAN 110)", 110, ""),
        ("(VLAN 110, tagged)", 110, ""),
        ("(Native VLAN on vmbr0)", None, "vmbr0"),
        ("(Native VLAN 100 on vmbr0)", 100, "vmbr0"),
        ("(the old one) (VLAN 7)", 7, ""),
    ],
)
def test_the_vlan_in_a_heading(heading: str, vid: int | None, bridge: str) -> None:
    (network,) = page_of(f"## 172.16.110.0/24 - Management {heading}").networks.values()
    assert (network.vid, network.bridge) == (vid, bridge)


@pytest.mark.parametrize(
    "heading",
    [
        "## 172.16.110.0/244 - Management",
        "## 172.16.110.1/24 - Management",
        "## 172.16.110/24 - Management",
        "## 172.16.110.0/24 - Management (VLAN 5000)",
        "## 172.16.110.0/24 - Management (VLAN unknown)",
        "## Management network 172.16.110.0/24",
    ],
)
def test_a_heading_that_may_be_a_network_but_cannot_be_read_leaves_the_whole_page_unseen(heading: str) -> None:
    page = page_of("## 172.16.100.0/24 - Apps", heading, TABLE, "| 172.16.110.9 | x | - | - | Active |")
    snapshot = snapshot_of(page)
    assert page.rejects[0].line == 2
    assert "documents/page.md" in snapshot.unseen
    assert not any(snapshot.covers(record.scopes) for record in snapshot.records)


def test_the_list_of_a_network() -> None:
    page = page_of(
        "## 172.16.110.0/24 - Management (VLAN 110)",
        "### Network Information",
        "- **Gateway:** 172.16.110.1 (pfSense)",
        "- **Subnet:** 255.255.255.0 (/24)",
        "- **VLAN ID:** 110 (proxmox-mgmt)",
        "- **DNS Servers:** 172.16.100.2, 172.16.110.211 (dns2)",
        "- **Purpose:** All that manages: hypervisors",
        "- **RESTRICTED** - ask first",
        "- **Contact:** the operator",
    )
    (network,) = page.networks.values()
    assert [entry.outcome for entry in page.entries] == [
        Outcome.OBJECT,
        Outcome.NOTE,
        Outcome.OBJECT,
        Outcome.NOTE,
        Outcome.OBJECT,
        Outcome.NOTE,
        Outcome.NOTE,
    ]
    assert network.dns_servers == ("172.16.100.2", "172.16.110.211")
    assert (network.vlan_name, network.restriction) == ("proxmox-mgmt", "restricted")
    assert network.description == "All that manages: hypervisors"
    assert address(page, "172.16.110.1").role == "Gateway"


@pytest.mark.parametrize(
    "item",
    [
        "- **Gateway:** 172.16.200.1",
        "- **Gateway:** 172.16.110.1-9",
        "- **Subnet:** 255.255.0.0",
        "- **Subnet:** 172.16.111.0/24",
        "- **VLAN:** 111",
        "- **VLAN:** many",
        "- **DNS Servers:** the usual",
        "- **DHCP Range:** 172.16.111.50-99",
        "- **Printer:** 172.16.110.7",
        "- 172.16.110.7 is the printer",
    ],
)
def test_an_item_that_does_not_fit_is_named(item: str) -> None:
    page = page_of("## 172.16.110.0/24 - Management (VLAN 110)", "", "### Network Information", "", item)
    assert [(entry.line, entry.raw) for entry in page.rejects] == [(5, item)]
    assert list(snapshot_of(page).unseen) == ["documents/page.md/172.16.110.0_24"]


def test_a_gateway_that_is_only_assumed_is_kept_for_nobody_else_and_asked_about() -> None:
    page = page_of("## 172.16.120.0/24 - VLAN 120", "- **Gateway:** 172.16.120.1 (assumed)")
    record = address(page, "172.16.120.1")
    assert (record.role, record.status) == ("Gateway", "Reserved")
    assert [(one.asks, one.host) for one in page.questions] == [(Asks.ASSUMED, "172.16.120.1")]


# ----------------------------------------------------------------------------------------------------------------- rows


@pytest.mark.parametrize(
    "cells",
    [
        "172.16.100.20 | - | - | - | Available",
        "172.16.100.20 | - | - | Free | 🆓 Free",
        "172.16.100.20 | Available | - | - | -",
        "172.16.100.221-254 | - | - | Static services | Available",
        "- | - | - | - | -",
        "TBD | wow-new | VM | To come | Planned",
    ],
)
def test_a_row_about_nobody_creates_no_address(cells: str) -> None:
    page = in_apps(f"| {cells} |")
    assert row(page).outcome is Outcome.NOTE
    assert not page.sayings
    assert not page.ranges


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ("172.16.100.999 | x | VM | - | Active", "no address"),
        ("172.16.110.20 | x | VM | - | Active", "not in 172.16.100.0/24"),
        ("172.16.100.255 | x | VM | - | Active", "broadcast"),
        ("172.16.100.20 | wow-x | VM | - | Available", "it is free and has a host"),
        ("172.16.100.20 | x | VM | Active", "4 cells where the table has 5 columns"),
        ("172.16.100.20 | x | VM | a | b | Active", "6 cells where the table has 5 columns"),
        ("172.16.100.20 and others | x | VM | - | Active", "no address"),
    ],
)
def test_a_row_that_is_not_understood_is_named_with_its_line_and_reason(cells: str, reason: str) -> None:
    page = in_apps(f"| {cells} |")
    snapshot = snapshot_of(page)
    assert reason in row(page).says
    assert [refusal.key for refusal in snapshot.refused] == ["page.md:4"]
    assert reason in snapshot.refused[0].reason
    assert cells[:13] in snapshot.refused[0].reason
    assert not page.sayings
    assert list(snapshot.unseen) == ["documents/page.md/172.16.100.0_24"]


def test_a_row_that_is_not_understood_does_not_stop_the_others() -> None:
    page = in_apps("| 172.16.100.20 | a | - | - | Active |\n| what? | b |\n| 172.16.100.22 | c | - | - | Active |")
    assert [saying.dns_name for saying in page.sayings] == ["a", "c"]
    assert page.counts()[Outcome.REJECT] == 1


def test_what_a_row_says_of_its_address() -> None:
    page = in_apps("| 172.16.110.76 (DHCP) | x (y) | VM (300) | Box \\| two | Planned |".replace(".110.", ".100."))
    record = address(page, "172.16.100.76")
    assert record.type is AddressType.DHCP
    assert (record.dns_name, record.description, record.status) == ("x", "Box | two; also y", "Reserved")
    assert record.tags == {"dhcp", "proxmox", "reserved"}
    assert record.origin == "page.md:4"
    assert record.interfaces is None


def test_words_that_are_in_no_table_are_kept_and_not_interpreted() -> None:
    page = page_of(
        "## 172.16.100.0/24 - Apps",
        "| IP | Hostname | Type | Port | Status |",
        "|----|----------|------|------|--------|",
        "| 172.16.100.20 | x | Toaster | gi7 | Perhaps |",
    )
    record = address(page, "172.16.100.20")
    assert (record.status, record.description) == (None, "Toaster; Port: gi7; status Perhaps")


def test_columns_for_role_and_tags_are_taken_as_they_are() -> None:
    page = page_of(
        "## 172.16.100.0/24 - Apps",
        "#### MetalLB and OpenShift (172.16.100.200-220)",
        "| IP | Hostname | Type | Role | Tags | Status |",
        "|----|----------|------|------|------|--------|",
        "| 172.16.100.201 | x | VIP | Anycast | a, b | Active |",
        "| 172.16.100.202 | y | LXC (7) | - | - | Reserved |",
    )
    assert (address(page, "172.16.100.201").role, address(page, "172.16.100.201").tags) == ("Anycast", {"a", "b"})
    assert (address(page, "172.16.100.202").role, address(page, "172.16.100.202").tags) == (None, frozenset())


def test_a_row_of_somebody_unknown_is_an_address_and_a_question() -> None:
    page = in_apps("| 172.16.100.54 | Unknown | - | Answers to ping | ⚠️ |")
    assert address(page, "172.16.100.54").dns_name is None
    assert [(one.asks, one.host) for one in page.questions] == [(Asks.UNKNOWN, "172.16.100.54")]


def test_one_address_for_two_holders_is_kept_without_a_name_and_reported() -> None:
    page = in_apps("| 172.16.100.4 | node | Bare Metal | - | Active |\n| 172.16.100.4 | api | VIP | - | Active |")
    record = address(page, "172.16.100.4")
    assert (record.dns_name, record.role) == (None, None)
    (finding,) = snapshot_of(page).findings
    assert finding.title == "172.16.100.4 is written down for node and api"
    assert [source for source, _ in finding.evidence] == ["page.md:4", "page.md:5"]


def test_a_gateway_of_the_list_and_its_row_are_one_address() -> None:
    page = page_of(
        "## 172.16.100.0/24 - Apps",
        "- **Gateway:** 172.16.100.1 (pfSense)",
        "",
        TABLE,
        "| 172.16.100.1 | pfsense | Bare Metal | Router | Active |",
    )
    record = address(page, "172.16.100.1")
    assert (record.role, record.dns_name, record.origin) == ("Gateway", "pfsense", "page.md:6")
    assert not snapshot_of(page).findings


# --------------------------------------------------------------------------------------------------------------- ranges


def test_a_heading_and_its_row_are_one_range() -> None:
    page = page_of(
        "## 172.16.100.0/24 - Apps",
        "#### DHCP Pool (172.16.100.50-99)",
        "| IP Range | Description | Managed By | Status |",
        "|----------|-------------|------------|--------|",
        "| 172.16.100.50-99 | Clients | pfSense | Active |",
    )
    (record,) = ranges(page).values()
    assert (record.name, record.role, record.description) == ("DHCP Pool", "DHCP", "Clients; managed by pfSense")
    assert row(page).outcome is Outcome.RANGE


def test_what_is_reserved_within_a_range_of_ours_is_reserved_address_by_address() -> None:
    page = page_of(
        "## 172.16.100.0/24 - Apps",
        "#### Infrastructure (172.16.100.1-9)",
        TABLE,
        "| 172.16.100.7-9 | - | Reserved | Later | Reserved |",
        "| 172.16.100.8 | switch | - | - | Active |",
    )
    assert {saying.host: saying.status for saying in page.sayings} == {
        "172.16.100.7": "Reserved",
        "172.16.100.8": None,
        "172.16.100.9": "Reserved",
    }
    assert list(ranges(page)) == ["172.16.100.1-172.16.100.9"]


def test_a_part_of_a_dhcp_pool_is_a_note() -> None:
    page = page_of(
        "## 172.16.100.0/24 - Apps",
        "#### DHCP Pool (172.16.100.50-99)",
        TABLE,
        "| 172.16.100.60-69 | - | - | Cameras | Active |",
    )
    assert row(page).outcome is Outcome.NOTE
    assert not page.sayings


@pytest.mark.parametrize("heading", ["DHCP Pool (172.16.100.50-9999)", "DHCP Pool (172.16.110.50-99)"])
def test_a_range_that_cannot_be_is_named(heading: str) -> None:
    page = page_of("## 172.16.100.0/24 - Apps", f"#### {heading}", TABLE, "| 172.16.100.50 | a | - | - | Active |")
    assert [entry.line for entry in page.rejects] == [2]
    assert list(snapshot_of(page).unseen) == ["documents/page.md/172.16.100.0_24"]
    assert [saying.host for saying in page.sayings] == ["172.16.100.50"]


def test_ranges_that_overlap_in_part_are_named() -> None:
    page = page_of("## 172.16.100.0/24 - Apps", "#### A (172.16.100.10-49)", "#### B (172.16.100.40-59)")
    assert [entry.line for entry in page.rejects] == [3]
    assert list(ranges(page)) == ["172.16.100.10-172.16.100.49"]


def test_a_range_stays_the_same_when_it_grows() -> None:
    keys = [
        next(iter(ranges(page_of("## 172.16.100.0/24 - Apps", f"#### Guests (172.16.100.10-{last})")).values())).key
        for last in (49, 59)
    ]
    assert keys[0] == keys[1]


# ------------------------------------------------------------------------------------------ what is no address in use


AFTER = """
## 172.16.100.0/24 - Apps

## Migration Plan

| Hostname | Current IP | Suggested IP | Reason |
|---|---|---|---|
| dns2 | 172.16.100.211 | 172.16.100.20 | wrong network |

## Unknown Hosts

| IP | Notes |
|---|---|
| 172.16.100.54 | phone? |

- 172.16.100.55 - answers

## Guidelines

- Take 172.16.100.10-49 first.

| IP | Use |
|---|---|
| 172.16.100.12 | as an example |

### 172.16.100.0/24 is full on Mondays

## Checklist

- [ ] ping 172.16.100.13

```
| 172.16.100.14 | x |
```

<!--
| 172.16.100.15 | x |
-->
"""


def test_what_comes_after_the_networks_creates_no_address() -> None:
    page = page_of(AFTER)
    snapshot = snapshot_of(page)
    assert not [record for record in snapshot.records if isinstance(record, AddressRecord)]
    assert not page.rejects
    assert [(one.asks, one.host) for one in page.questions] == [
        (Asks.MOVE, "172.16.100.211"),
        (Asks.UNKNOWN, "172.16.100.54"),
        (Asks.UNKNOWN, "172.16.100.55"),
    ]
    assert [finding.subject for finding in snapshot.findings] == [None] * 3
    assert {finding.scopes for finding in snapshot.findings} == {("documents/page.md/other",)}


def test_a_table_of_addresses_under_no_network_is_not_understood() -> None:
    page = page_of("## 172.16.100.0/24 - Apps", "## The Basement", TABLE, "| 172.16.100.9 | x | - | - | Active |")
    assert "under no network" in row(page).says
    assert list(snapshot_of(page).unseen) == ["documents/page.md"]


def test_a_network_that_stands_only_in_guidelines_is_asked_about() -> None:
    page = page_of("## 172.16.100.0/24 - Apps", "## Networks to avoid", "### 172.16.130.0/24 - Workload")
    assert [(entry.line, entry.place) for entry in page.rejects] == [(3, Place.HEADING)]
    assert "only mentioned" in page.rejects[0].says


def test_the_title_of_the_page_may_hold_any_word() -> None:
    page = page_of(
        "# Reference, checklist and unknown hosts", "## 172.16.100.0/24 - Apps", TABLE, "| 172.16.100.9 | x |"
    )
    assert "2 cells" in row(page).says


# ------------------------------------------------------------------------------------------------------------- garbage


@pytest.mark.parametrize(
    "garbage",
    [
        "| 172.16.100.10 | a | - | - | Active |",  # a table without its header
        "| IP | Hostname |\n|---|\n| 172.16.100.10 | a |",  # dashes that do not fit
        "    | 172.16.100.10 | a | - | - | Active |",  # indented: code, for Markdown
        "<div>\n| 172.16.100.10 | a |\n</div>",
        "IP | Hostname | Type\n172.16.100.10 | a | VM",
    ],
)
def test_rows_that_markdown_does_not_take_for_rows_are_named(garbage: str) -> None:
    page = page_of("## 172.16.100.0/24 - Apps", "", garbage)
    assert page.rejects
    assert all(entry.place is Place.LINE for entry in page.rejects)
    assert not page.sayings
    assert list(snapshot_of(page).unseen) == ["documents/page.md/172.16.100.0_24"]


def test_a_row_in_place_of_the_header_is_named() -> None:
    page = page_of("## 172.16.100.0/24 - Apps", "| 172.16.100.10 | a |", "|---|---|", "| 172.16.100.11 | b |")
    assert [entry.line for entry in page.rejects] == [2, 4]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no heading of a network"),
        ("# Title\n\nSome text.", "no heading of a network"),
        ("## 172.16.100.0/24\n\0", "page.md:2"),
        ("## 172.16.100.0/24\n\ufffd", "page.md:2: a character that is no text"),
        ("## 172.16.100.0/24\n" + "x" * 5000, "page.md:2: a line of 5,000 characters"),
        ("x\n" * 1_000_001, "Split it"),
    ],
)
def test_what_is_no_inventory_page_is_not_read_as_an_empty_one(text: str, says: str) -> None:
    with pytest.raises(ParseError, match=says):
        read_page("page.md", text)


def test_lines_are_counted_as_editors_count_them() -> None:
    page = read_page("page.md", "\ufeff# T\r\n\r\n## 172.16.100.0/24 - Apps\r\n\r\n- **Gateway:** 172.16.100.1\r\n")
    assert address(page, "172.16.100.1").origin == "page.md:5"


def test_the_report_names_every_line_and_what_was_not_understood_first() -> None:
    page = in_apps("| 172.16.100.20 | a | - | - | Active |\n| what? | b |")
    report = report_of(page)
    assert "table rows: 2 = 1 objects + 0 ranges + 0 notes + 1 not understood" in report
    assert "page.md:5: 2 cells where the table has 5 columns\n        | what? | b |" in report
    assert "     4  object  address 172.16.100.20" in report
