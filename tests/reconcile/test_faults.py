"""What is left when a run breaks off: nothing; and what a dry run leaves: nothing either."""

from __future__ import annotations

from typing import Any

import pytest
from nautobot.dcim.models import Platform
from nautobot.extras.models import ObjectChange, Tag
from nautobot.virtualization.models import VirtualMachine

from nautobot_wow.models import Claim, Plan, System
from nautobot_wow.reconcile import disputes, ledger
from nautobot_wow.reconcile.writer import BulkWriter
from tests.reconcile.estate import change, full, guest, platform, without
from tests.reconcile.site import Site, conflicts, names, rows_written, vm

pytestmark = pytest.mark.django_db

WEB = "172.16.100.10"


class Killed(BaseException):
    """What a worker gets when its time is over; nobody's `except Exception` may hold it."""


STEPS = [
    (BulkWriter, "_create"),
    (BulkWriter, "_update"),
    (BulkWriter, "_link"),
    (BulkWriter, "_log"),
    (BulkWriter, "_delete"),
    (ledger, "store"),
    (disputes, "store"),
]
NAMES = [step for _, step in STEPS[:-2]] + ["ledger", "disputes"]


@pytest.fixture
def world() -> list[Any]:
    return platform() + full(210, "web", WEB) + full(220, "db", "172.16.100.20") + [guest(300, "web")]


@pytest.fixture
def news(world: list[Any]) -> list[Any]:
    """The world later: one guest changed with a new platform and tag, one is gone, one is new."""
    later = change(world, "lxc/210", memory_mb=4096, platform="Debian 13", tags=frozenset({"new"}))
    return without(later, "lxc/220") + full(230, "mail", "172.16.100.30")


def contents() -> dict[str, Any]:
    return {
        "guests": sorted(VirtualMachine.objects.values_list("pk", "name", "memory", "status__name", "platform__name")),
        "claims": sorted(Claim.objects.values_list("external_id", "missed_runs", "retired")),
        "platforms": sorted(Platform.objects.values_list("name", flat=True)),
        "tags": sorted(Tag.objects.values_list("name", flat=True)),
        "changes": ObjectChange.objects.count(),
        "conflicts": conflicts(),
        "plans": sorted(Plan.objects.values_list("digest", "applied_at")),
    }


@pytest.mark.parametrize(("owner", "step"), STEPS, ids=NAMES)
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_run_that_is_killed_leaves_the_world_as_it_was_and_the_next_one_converges(
    site: Site,
    pve: System,
    world: list[Any],
    news: list[Any],
    monkeypatch: pytest.MonkeyPatch,
    owner: Any,
    step: str,
    when: str,
) -> None:
    System.objects.update(grace_runs=1, delete_policy="delete")
    site.sync(pve, world)
    before = contents()
    stock = getattr(owner, step)

    def killed(*args: Any, **kwargs: Any) -> Any:
        if when == "after":
            stock(*args, **kwargs)
        raise Killed

    with monkeypatch.context() as fault:
        fault.setattr(owner, step, killed)
        with pytest.raises(Killed):
            site.sync(pve, news)
    assert contents() == before

    out = site.sync(pve, news)
    assert out.refused == {}
    assert names() == ["mail", "web", "web (300)"]
    assert (vm("web").memory, vm("web").platform.name) == (4096, "Debian 13")
    assert [tag.name for tag in vm("web").tags.all()] == ["new"]
    assert site.sync(pve, news).done == {}


def test_a_crash_among_the_batches_of_one_kind_leaves_nothing_of_it(
    site: Site, pve: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = platform() + [guest(100 + number, f"g{number}") for number in range(6)]
    stock, calls = VirtualMachine.objects.bulk_create, []

    def second_fails(rows: Any, *args: Any, **kwargs: Any) -> Any:
        calls.append(len(rows))
        if len(calls) == 2:
            raise Killed
        return stock(rows, *args, **kwargs)

    with monkeypatch.context() as fault:
        fault.setattr("nautobot_wow.reconcile.writer.BATCH", 2)
        fault.setattr(type(VirtualMachine.objects), "bulk_create", lambda _, *args, **more: second_fails(*args, **more))
        with pytest.raises(Killed):
            site.sync(pve, world)
    assert calls[0] == 2
    assert not VirtualMachine.objects.exists()
    assert not Claim.objects.exists()
    site.sync(pve, world)
    assert len(names()) == 6


def test_many_small_batches_write_what_one_writes(
    site: Site, pve: System, world: list[Any], news: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("writer", "ledger", "changelog"):
        monkeypatch.setattr(f"nautobot_wow.reconcile.{module}.BATCH", 1)
    System.objects.update(grace_runs=1, delete_policy="delete")
    site.sync(pve, world)
    assert site.sync(pve, news).refused == {}
    assert names() == ["mail", "web", "web (300)"]
    assert site.sync(pve, news).done == {}


def test_what_a_run_learned_of_nautobot_is_not_believed_by_the_next_one(
    site: Site, pve: System, world: list[Any], news: list[Any]
) -> None:
    site.sync(pve, world)
    site.plan(pve, news)
    Tag.objects.filter(name="proxmox").delete()
    Platform.objects.filter(name="Debian 13").delete()
    assert site.sync(pve, news).refused == {}
    assert vm("mail").primary_ip4.tags.get().name == "proxmox"


def test_a_plan_that_is_not_applied_leaves_every_table_as_it_was(
    site: Site, pve: System, world: list[Any], news: list[Any]
) -> None:
    site.sync(pve, world)
    with rows_written() as rows:
        run = site.plan(pve, news, [guest(400, "web")], full(230, "lost", "192.0.2.1"))
    assert rows == {}
    assert run.changes
    assert run.decision.disputes
    with rows_written() as rows:
        run.store_plan(user=site.user)
    assert set(rows) == {"nautobot_wow_plan"}


def test_a_plan_for_an_id_that_was_re_used_leaves_the_claims_as_they_were(
    site: Site, pve: System, world: list[Any]
) -> None:
    site.sync(pve, world)
    other = full(210, "shop", WEB, fingerprint=frozenset({"mac:BC:24:11:FF:FF:01"}))
    with rows_written() as rows:
        run = site.plan(pve, without(world, "lxc/210"), other)
    assert rows == {}
    assert "lxc/210" in {change.key for change in run.changes}


def test_writing_outside_of_a_transaction_is_refused() -> None:
    from django.db import connections

    assert connections["default"].in_atomic_block
    with pytest.MonkeyPatch.context() as outside:
        outside.setattr(connections["default"], "in_atomic_block", False)
        with pytest.raises(RuntimeError, match="must run inside a transaction"):
            BulkWriter.write(object.__new__(BulkWriter), [])
