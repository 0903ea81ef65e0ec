"""A run that is limited to one guest or node touches that one, on both sides."""

from __future__ import annotations

from typing import Any

import pytest
from nautobot.dcim.models import Interface
from nautobot.ipam.models import IPAddress

from nautobot_wow.models import Conflict, System
from nautobot_wow.records import GuestType, PortType
from tests.reconcile.estate import address, card, change, cluster, full, node, platform, port, snapshot, without
from tests.reconcile.site import Outcome, Site, action, claim, conflicts, holders, rows_written, vm

pytestmark = pytest.mark.django_db

WEB, DB = full(210, "web", "172.16.100.10"), full(220, "db", "172.16.100.20")


def scoped(records: list[Any]) -> list[Any]:
    """Give guests the scope of their own that a reader gives them."""
    return [
        record.__class__(**{**vars(record), "scopes": (f"guests/{record.key}",)})
        if record.kind.value == "guest"
        else record
        for record in records
    ]


@pytest.fixture
def world(site: Site, pve: System) -> list[Any]:
    records = scoped([*platform(), port("vmbr9"), *WEB, *DB])
    site.sync(pve, records)
    return records


def only(site: Site, pve: System, key: str, records: list[Any], observed: set[str] | None = None) -> Outcome:
    """Run as the reader would be asked: the cluster, what belongs to the key, and nothing else seen."""
    site_run = site.plan_of(pve, snapshot(records, observed=observed or {f"guests/{key}"}), only={key})
    site_run.guard()
    return Outcome(site_run, site.apply(site_run))


def test_one_guest_is_brought_up_to_date_and_no_other(site: Site, pve: System, world: list[Any]) -> None:
    news = change(change(world, "lxc/210", memory_mb=4096), "lxc/220", memory_mb=4096)
    mine = [record for record in news if record.key in ("cluster", "lxc/210", "lxc/210/net0", "172.16.100.10")]
    out = only(site, pve, "lxc/210", mine)
    assert out.done == {"lxc/210": "update"}
    assert (vm("web").memory, vm("db").memory) == (4096, 2048)


def test_a_second_limited_run_writes_nothing(site: Site, pve: System, world: list[Any]) -> None:
    mine = [record for record in world if record.key in ("cluster", "lxc/210", "lxc/210/net0", "172.16.100.10")]
    with rows_written() as written:
        assert only(site, pve, "lxc/210", mine).done == {}
    assert written == {}


def test_a_guest_that_is_gone_is_seen_to_be_gone_and_the_others_are_not(
    site: Site, pve: System, world: list[Any]
) -> None:
    out = only(site, pve, "lxc/210", [cluster()])
    assert out.done == {"lxc/210": "missing", "lxc/210/net0": "missing", "172.16.100.10": "missing"}
    assert claim("lxc/220").missed_runs == 0


def test_what_people_removed_in_nautobot_is_only_released_where_the_run_looks(
    site: Site, pve: System, world: list[Any]
) -> None:
    vm("db").delete()
    mine = [record for record in world if record.key in ("cluster", "lxc/210", "lxc/210/net0", "172.16.100.10")]
    assert only(site, pve, "lxc/210", mine).done == {}
    assert site.plan(pve, world).changes != []


def test_a_new_guest_can_be_fetched_alone(site: Site, pve: System, world: list[Any]) -> None:
    new = scoped([cluster(), *full(230, "new", "172.16.100.30", type=GuestType.VM)])
    out = only(site, pve, "qemu/230", new)
    assert set(out.done) == {"qemu/230", "qemu/230/net0", "172.16.100.30"}
    assert holders("172.16.100.30") == {"new"}


def test_a_system_that_never_ran_as_a_whole_says_so(site: Site, pve: System) -> None:
    out = only(site, pve, "lxc/210", scoped([cluster(), *WEB]))
    assert "run the System once as a whole" in out.refused["cluster"]
    assert not IPAddress.objects.exists()


def test_conflicts_about_others_stay_open(site: Site, pve: System, world: list[Any]) -> None:
    more = [*world, *scoped(full(240, "lost", "192.0.2.40"))]
    site.sync(pve, more)
    before = conflicts()
    assert before == ["no-prefix"]
    Conflict.objects.update(scopes=[])  # some conflicts belong to no listing
    mine = [record for record in world if record.key in ("cluster", "lxc/210", "lxc/210/net0", "172.16.100.10")]
    only(site, pve, "lxc/210", mine)
    assert conflicts() == before


def test_an_address_that_two_guests_have_is_not_taken_from_the_one_that_was_not_asked(
    site: Site, pve: System, world: list[Any]
) -> None:
    mine = [
        cluster(),
        *scoped(WEB)[:2],
        address("172.16.100.10", "lxc/210/net0"),
        address("172.16.100.20", "lxc/210/net0"),
    ]
    only(site, pve, "lxc/210", mine)
    assert holders("172.16.100.20") == {"db"}
    assert conflicts() == ["duplicate-address"]


def test_one_node_is_brought_up_to_date_with_its_ports(site: Site, pve: System, world: list[Any]) -> None:
    records = [cluster(), node(version="9.2.0"), port("vmbr1", type=PortType.BRIDGE), port("vmbr9")]
    out = only(site, pve, "node/wow-prox1", records, {"nodes/wow-prox1/interfaces"})
    assert out.done["node/wow-prox1"] == "update"
    assert out.done["node/wow-prox1/vmbr0"] == "missing"
    assert Interface.objects.filter(name="vmbr1").exists()
    assert claim("lxc/210").missed_runs == 0


def test_the_plan_says_what_it_is_limited_to(site: Site, pve: System, world: list[Any]) -> None:
    from nautobot_wow.reconcile.run import plan_scope

    run = site.plan_of(pve, snapshot([cluster()], observed={"guests/lxc/210"}), only={"lxc/210"})
    plan = run.store_plan()
    assert plan.content["only"] == ["lxc/210"]
    assert plan_scope(pve, plan.digest) == {"lxc/210"}
    assert action(run, "lxc/210") is not None
    assert site.plan(pve, without(world, "lxc/210")).store_plan().content["only"] == []


def test_a_card_that_is_new_on_one_guest_comes_alone(site: Site, pve: System, world: list[Any]) -> None:
    mine = [record for record in world if record.key in ("cluster", "lxc/210", "lxc/210/net0", "172.16.100.10")]
    assert only(site, pve, "lxc/210", [*mine, card("lxc/210", 1)]).done == {"lxc/210/net1": "create"}
