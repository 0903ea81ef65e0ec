"""What is really wrong in the lab, as far as its design, its inventory page and Proxmox VE can show it, is found.

It is written down at one place here, because the lab is one: no rule names a value of it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from nautobot.extras.models import Status

from nautobot_wow.conflicts.check import check
from nautobot_wow.models import Conflict, Document, System
from tests.sync.conftest import world  # noqa: F401

pytestmark = pytest.mark.django_db

NODES = ("wow-ocp-node2", "wow-ocp-node3", "wow-ocp-node4")
ON_MANAGEMENT = ("dns2", "ipmgmt", "vaultwarden", "wow-clawdbot")
EXPECTED = {
    "one address of a node and of a VIP": [("contradiction", "172.16.100.104", "api-int")],
    "storage addresses in two places": [("question", node, "172.16.160.") for node in NODES],
    "ends of a pool": [("range-disagreement", "172.16.130.40", "workload-pool")],
    "a fixed address in a DHCP range": [("static-in-dhcp", "172.16.100.50", "DHCP")],
    "a guest in a range of something else": [("foreign-range", "iventoy", "172.16.100.110")],
    "guests on the restricted network": [("restricted-network", name, "proxmox-mgmt") for name in ON_MANAGEMENT],
    "a gateway that is only assumed": [("question", "172.16.120.1", "assumed")],
    "hosts that nobody knows": [("unknown-host", f"172.16.100.{last}", "Nobody knows") for last in (54, 55, 79)],
    "two switches at one address": [("contradiction", "172.16.100.50", "cisco-sg300-28")],
    "a storage interface in two places": [("other-interface", "172.16.160.101", "vmbr0.160")],
}
NOTES = [("question", name, "should move") for name in ON_MANAGEMENT]
"""What the page itself says should be done; not a contradiction, but in the ledger."""


@pytest.fixture
def lab(db: None, world: Any, tmp_path: Path) -> Any:  # noqa: F811
    """Everything that is written down and everything that Proxmox VE says, in Nautobot."""
    from tests.sync.estate import Estate

    estate = Estate(world, tmp_path)
    _read("site-design", estate)
    estate.sync()
    _read("inventory", estate)
    return estate


def _read(kind: str, estate: Any) -> None:
    from development.inside.design import read

    read(System.objects.get(kind=kind), estate.user)


def found() -> list[tuple[str, str]]:
    """Check; return kind and title of everything that is open."""
    assert check(timezone.now()).failed == {}
    return list(Conflict.objects.filter(state="open").order_by("kind", "title").values_list("kind", "title"))


def told(kind: str, *words: str) -> list[tuple[str, str]]:
    rows = Conflict.objects.filter(state="open", kind=kind).values_list("kind", "title")
    return [(kind, title) for kind, title in rows if all(word in title for word in words)]


def test_every_contradiction_that_can_be_seen_is_in_the_ledger_and_nothing_else(lab: Any) -> None:
    everything = found()
    expected = [one for group in EXPECTED.values() for one in group] + NOTES
    matched = [told(kind, *words) for kind, *words in expected]
    assert all(len(rows) == 1 for rows in matched), [
        one for one, rows in zip(expected, matched, strict=True) if not rows
    ]
    assert sorted(everything) == sorted(row for rows in matched for row in rows)


def test_every_one_of_them_says_what_to_do_and_who_says_what(lab: Any) -> None:
    found()
    for row in Conflict.objects.filter(state="open"):
        assert row.cure, row
        assert len(row.evidence) >= 1, row
        assert row.message, row
    pool = Conflict.objects.get(kind="range-disagreement")
    assert any("wow-dc.md:" in side["source"] for side in pool.evidence)
    assert pool.location.name == "WOW-DC"


def test_a_storage_interface_that_the_page_names_rightly_is_none(lab: Any) -> None:
    page = Document.objects.get(system__kind="inventory")
    row = "| 172.16.160.101 | wow-prox1 | Bare Metal | vmbr{}.160 |"
    assert row.format(0) in page.content
    Document.objects.filter(pk=page.pk).update(content=page.content.replace(row.format(0), row.format(1)))
    _read("inventory", lab)
    found()
    assert not told("other-interface")


def test_a_record_that_the_automation_would_build_on_the_wrong_network_is_found(lab: Any) -> None:
    guest = lab.guest("lxc/210")
    guest._custom_field_data["network_profile"] = ""
    guest.primary_ip4 = None
    guest.save()
    found()
    assert told("misread-record", "traefik", "no primary address and no network profile")


def test_what_is_settled_is_resolved_by_the_next_check(lab: Any) -> None:
    found()
    before = Conflict.objects.get(kind="foreign-range")
    guest = before.object
    guest.status = Status.objects.get(name="Decommissioning")
    guest.save()
    found()
    before.refresh_from_db()
    assert before.state == "resolved"


def test_a_second_check_of_the_lab_changes_nothing(lab: Any) -> None:
    first = found()
    report = check(timezone.now())
    assert report.changes.counts() == {"opened": 0, "reopened": 0, "refreshed": 0, "resolved": 0}
    assert found() == first
