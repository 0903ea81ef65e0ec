"""The page through the engine: into an empty place, beside a system that knows more, and back again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from nautobot.ipam.models import VLAN, IPAddress, IPAddressRange, Prefix
from nautobot.virtualization.models import VirtualMachine

from nautobot_wow.ipam.written_down import written_down
from nautobot_wow.models import Claim, Conflict, NetworkProfile, System
from nautobot_wow.snapshot import Snapshot
from nautobot_wow.systems.inventory.parse.reading import read_page
from nautobot_wow.systems.inventory.said import snapshot_of
from nautobot_wow.systems.inventory.write import write_page
from tests.reconcile.estate import WEB, full, platform
from tests.reconcile.site import Site, claim, conflicts, holders, ip, rows_written

pytestmark = pytest.mark.django_db

LAB = (Path(__file__).resolve().parents[2] / "fixtures" / "inventory" / "wow-dc.md").read_text(encoding="utf-8")


def said(text: str, name: str = "wow-dc.md") -> Snapshot:
    return snapshot_of(read_page(name, text))


@pytest.fixture
def page(site: Site) -> System:
    """A System that is only a page."""
    return site.system("page", kind="inventory")


def load(site: Site, page: System, text: str) -> Any:
    run = site.plan_of(page, said(text))
    written = site.apply(run)
    assert written.refused == {}
    return run


def test_the_lab_page_is_loaded_whole(site: Site, page: System) -> None:
    run = load(site, page, LAB)
    assert run.decision.refused == []
    assert IPAddress.objects.count() == 44
    assert IPAddressRange.objects.count() == 15
    assert VLAN.objects.filter(vid__in=[100, 110, 120, 130, 160]).count() == 5
    assert Prefix.objects.get(network="10.0.0.0").type == "network"  # so a person said
    assert Prefix.objects.get(network="10.1.1.0").parent.network == "10.0.0.0"
    assert Prefix.objects.get(network="172.16.110.0").vlan.vid == 110
    assert ip("172.16.100.105").role.name == "VIP"
    assert ip("172.16.100.1").role.name == "Gateway"
    assert ip("172.16.100.3").status.name == "Reserved"
    assert ip("172.16.100.10").mask_length == 24
    assert IPAddressRange.objects.get(name="MetalLB machine-pool").role.name == "Load Balancer Pool"


def test_no_guest_and_no_device_is_made_of_a_page(site: Site, page: System) -> None:
    load(site, page, LAB)
    assert VirtualMachine.objects.count() == 0
    assert not ip("172.16.100.10").vm_interfaces.exists()


def test_a_second_run_writes_nothing(site: Site, page: System) -> None:
    load(site, page, LAB)
    with rows_written() as written:
        run = load(site, page, LAB)
    assert run.changes == []
    assert written == {}


def test_every_claim_knows_the_line(site: Site, page: System) -> None:
    load(site, page, LAB)
    assert claim("172.16.100.10", "page").origin == "wow-dc.md:31"
    assert claim("prefix/172.16.110.0/24", "page").origin == "wow-dc.md:75"
    assert not Claim.objects.filter(origin="").exists()


def test_the_page_of_an_address_shows_the_line(site: Site, page: System) -> None:
    load(site, page, LAB)
    client = Client()
    client.force_login(site.user)
    html = client.get(ip("172.16.100.10").get_absolute_url()).content.decode()
    assert "in use, by wow-dc.md:31" in html
    assert 'title="The document, and the line in it">wow-dc.md:31</a>' in html


def test_what_a_person_must_settle_is_a_conflict_with_its_lines(site: Site, page: System) -> None:
    load(site, page, LAB)
    assert conflicts() == ["contradiction"] * 2 + ["question"] * 8 + ["unknown-host"] * 3
    row = Conflict.objects.get(title="vaultwarden at 172.16.110.105 should move to apps")
    assert row.object == ip("172.16.110.105")
    assert [side["source"] for side in row.evidence] == ["wow-dc.md:112", "wow-dc.md:215"]
    assert "Move a guest to another network" in row.cure


def test_a_question_ends_when_the_page_does_not_ask_it_any_more(site: Site, page: System) -> None:
    load(site, page, LAB)
    load(site, page, LAB.replace("- 172.16.100.79 - DHCP client\n", ""))
    assert conflicts(kind="unknown-host") == ["unknown-host"] * 2


# ------------------------------------------------------------------------------------------------- beside others

ROWS = """\
## 172.16.100.0/24 - Apps

| IP | Hostname | Type | Description | Status |
|----|----------|------|-------------|--------|
| {web} | web | LXC (210) | The web | In Use |
"""


def test_an_address_stays_on_the_card_that_the_hypervisor_knows(site: Site, page: System, pve: System) -> None:
    site.sync(pve, platform() + full(210, "web", WEB))
    load(site, page, ROWS.format(web=WEB))
    assert holders(WEB) == {"web"}
    assert (ip(WEB).dns_name, ip(WEB).description) == ("web", "The web")
    assert claim(WEB, "page").created_object is False


def test_the_hypervisor_takes_over_what_the_page_wrote_first(site: Site, page: System, pve: System) -> None:
    load(site, page, ROWS.format(web=WEB))
    assert holders(WEB) == set()
    site.sync(pve, platform() + full(210, "web", WEB))
    assert holders(WEB) == {"web"}
    with rows_written() as written:
        load(site, page, ROWS.format(web=WEB))
    assert written == {}


def test_who_is_believed_less_disagrees_on_facts_and_not_on_words(site: Site, page: System) -> None:
    design = LAB.replace("| Test guest | Stopped |", "| A guest | Deprecated |").replace("Management plane", "Plane")
    load(site, site.system("design", kind="paper"), design)
    page.precedence = 5
    page.save()
    load(site, page, LAB)
    assert [row.title for row in Conflict.objects.filter(system=page, kind="disagreement")] == [
        "172.16.100.30: status is Active or Deprecated"
    ]
    assert Prefix.objects.get(network="172.16.110.0").description == "Plane"


def test_what_a_person_entered_is_not_written_over(site: Site, page: System) -> None:
    IPAddress.objects.create(
        address=f"{WEB}/24", status=site.active, namespace=site.namespace, dns_name="shop", description="The shop"
    )
    load(site, page, ROWS.format(web=WEB))
    assert (ip(WEB).dns_name, ip(WEB).description) == ("shop", "The shop")


def test_a_row_that_cannot_be_read_costs_no_address(site: Site, page: System) -> None:
    load(site, page, LAB)
    garbled = LAB.replace("| 172.16.100.15 | nautobot |", "| 172.16.100.15 nautobot |")
    for _ in range(page.grace_runs + 1):
        run = site.plan_of(page, said(garbled))
        site.apply(run)
        assert [refusal.key for refusal in run.decision.refused] == ["wow-dc.md:33"]
    assert ip("172.16.100.15").status.name == "Active"
    assert claim("172.16.100.15", "page").missed_runs == 0


def test_a_row_that_was_taken_out_is_retired_after_the_grace(site: Site, page: System) -> None:
    load(site, page, LAB)
    shorter = "\n".join(line for line in LAB.split("\n") if "| 172.16.100.15 |" not in line)
    for _ in range(page.grace_runs):
        load(site, page, shorter)
    assert ip("172.16.100.15").status.name == "Deprecated"


def test_a_range_that_grows_on_the_page_grows(site: Site, page: System) -> None:
    load(site, page, LAB)
    load(
        site,
        page,
        LAB.replace(
            "#### Monitoring and Backup (172.16.110.151-199)", "#### Monitoring and Backup (172.16.110.151-189)"
        ),
    )
    assert str(IPAddressRange.objects.get(name="Monitoring and Backup").end_host) == "172.16.110.189"


# ------------------------------------------------------------------------------------------------ and back again


def written(site: Site, page: System) -> str:
    for prefix in Prefix.objects.filter(namespace=site.namespace):
        prefix.locations.add(site.location)
    return write_page("Page", written_down(page, site.user).networks.values())


def test_reading_the_page_that_was_written_changes_nothing(site: Site, page: System, pve: System) -> None:
    load(site, page, LAB)
    site.sync(pve, platform() + full(210, "web", WEB))
    text = written(site, page)
    for system in (page, site.system("second page", kind="inventory")):
        run = site.plan_of(system, said(text, "written.md"))
        assert [(change.key, change.attrs) for change in run.changes if change.writes] == []
        assert run.decision.refused == []
        assert site.apply(run).refused == {}


def test_a_page_that_was_written_and_read_is_written_the_same_again(site: Site, page: System) -> None:
    load(site, page, LAB)
    text = written(site, page)
    site.apply(site.plan_of(page, said(text, "written.md")))
    assert written(site, page) == text
    assert site.plan_of(page, said(text, "written.md")).changes == []


def profiles() -> dict[str, tuple[Any, ...]]:
    rows = NetworkProfile.objects.values_list("name", "enabled", "bridge", "vlan_tag", "gateway", "restricted")
    return {name: tuple(rest) for name, *rest in rows}


def test_a_network_without_a_profile_gets_one_that_is_not_enabled(site: Site, page: System) -> None:
    load(site, page, LAB)
    assert profiles() == {
        "Apps Network": (False, "vmbr0", None, "172.16.100.1", False),
        "Proxmox Management": (False, "vmbr0", 110, "172.16.110.1", True),
        "VLAN 120": (False, "vmbr0", 120, "172.16.120.1", False),
        "Storage": (False, "vmbr1", 160, "172.16.160.1", True),
    }
    assert NetworkProfile.objects.get(name="Apps Network").dns_servers == ["172.16.100.2", "172.16.110.100"]


def test_a_profile_that_is_there_is_verified_and_keeps_its_name(site: Site, page: System) -> None:
    """It is the profile of that prefix; what people decided of it is theirs."""
    mine = NetworkProfile(name="mgmt", prefix=Prefix.objects.get(network="172.16.110.0"), bridge="vmbr9", vlan_tag=110)
    mine.validated_save()
    load(site, page, LAB)
    mine.refresh_from_db()
    assert (mine.name, mine.enabled, mine.restricted) == ("mgmt", True, True)
    assert "Proxmox Management" not in profiles()
    assert claim("profile/172.16.110.0/24", "page").object_id == mine.pk
