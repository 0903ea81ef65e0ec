"""The lab's inventory page against a result that was written by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from nautobot_wow.records import AddressRecord, Kind, PrefixRecord, ProfileRecord, RangeRecord, Record, VlanRecord
from nautobot_wow.snapshot import Snapshot
from nautobot_wow.systems.inventory.parse.page import Outcome, Page, Place
from nautobot_wow.systems.inventory.parse.reading import read_page
from nautobot_wow.systems.inventory.said import snapshot_of

PAGES = Path(__file__).resolve().parents[3] / "fixtures" / "inventory"
EXPECTED: dict[str, Any] = yaml.safe_load((PAGES / "wow-dc.expected.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def page() -> Page:
    return read_page("wow-dc.md", (PAGES / "wow-dc.md").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def snapshot(page: Page) -> Snapshot:
    return snapshot_of(page)


def said(record: Record, *names: str) -> dict[str, Any]:
    """Return what a record says in the form of the expected result."""
    values: dict[str, Any] = {"line": int(record.origin.removeprefix("wow-dc.md:"))}
    for name in names:
        value = getattr(record, name)
        if isinstance(value, (frozenset, tuple)):
            value = sorted(value)
        if value is not None:
            values[name] = getattr(value, "value", value)
    return values


def of(snapshot: Snapshot, kind: type[Record]) -> list[Any]:
    return [record for record in snapshot.records if isinstance(record, kind)]


def test_the_networks_and_their_vlans(snapshot: Snapshot) -> None:
    vlans = {record.vid: said(record, "name") for record in of(snapshot, VlanRecord)}
    prefixes = {
        record.network: said(record, "vid", "type", "role", "description") for record in of(snapshot, PrefixRecord)
    }
    assert vlans == EXPECTED["vlans"]
    assert prefixes == EXPECTED["prefixes"]


def test_the_ranges(snapshot: Snapshot) -> None:
    ranges = {
        f"{record.first}-{record.last}": said(record, "name", "role", "description")
        for record in of(snapshot, RangeRecord)
    }
    assert ranges == EXPECTED["ranges"]


def test_what_a_guest_is_told_of_a_network(snapshot: Snapshot) -> None:
    names = ("name", "gateway", "bridge", "vlan_tag", "dns_servers", "restricted")
    profiles = {record.prefix: said(record, *names) for record in of(snapshot, ProfileRecord)}
    assert profiles == EXPECTED["profiles"]


def test_the_addresses(snapshot: Snapshot) -> None:
    names = ("mask_length", "type", "interfaces", "role", "status", "dns_name", "description", "tags")
    assert {record.key: said(record, *names) for record in of(snapshot, AddressRecord)} == EXPECTED["addresses"]


def test_no_guest_is_made_of_a_row_about_one(snapshot: Snapshot) -> None:
    kinds = {Kind.VLAN, Kind.PREFIX, Kind.RANGE, Kind.PROFILE, Kind.ADDRESS}
    assert {record.kind for record in snapshot.records} == kinds


def test_what_a_person_is_asked(snapshot: Snapshot) -> None:
    found = [
        {
            "kind": finding.kind.value,
            "severity": finding.severity.value,
            "host": finding.host,
            "lines": [int(source.removeprefix("wow-dc.md:")) for source, _ in finding.evidence],
        }
        for finding in snapshot.findings
    ]
    assert found == EXPECTED["findings"]
    assert all(finding.cure and finding.scopes for finding in snapshot.findings)


@pytest.mark.parametrize(("place", "name"), [(Place.ROW, "rows"), (Place.ITEM, "items")])
def test_every_line_is_accounted_for(page: Page, place: Place, name: str) -> None:
    counts = page.counts([place])
    assert {f"{outcome.value}s": counts[outcome] for outcome in Outcome} == EXPECTED[name]


def test_the_whole_page_was_seen_and_nothing_was_refused(snapshot: Snapshot) -> None:
    assert snapshot.observed == {"documents/wow-dc.md"}
    assert not snapshot.unseen
    assert not snapshot.refused
    assert all(snapshot.covers(record.scopes) for record in snapshot.records)
