"""Snapshots around the automation: as the policy says, remembered, removed in time, and no others touched."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from nautobot_wow.errors import RemoteError
from nautobot_wow.models import GuestRequest, System
from nautobot_wow.provisioning import ask, queue, snapshots
from nautobot_wow.systems.proxmox.provision.guests import ProxmoxProvisioner
from tests.provisioning.shop import FAST

pytestmark = pytest.mark.django_db


def there(shop: Any, request: GuestRequest) -> list[str]:
    """The names of all snapshots that the guest has."""
    return [item["name"] for item in shop.there(request.vmid).snapshots]


def kept(request: GuestRequest) -> dict[str, float]:
    """For how many hours each is kept, rounded."""
    found = {}
    for row in request.steps:
        if "snapshot" in row["detail"]:
            until = timezone.datetime.fromisoformat(row["detail"]["until"])
            found[row["detail"]["when"]] = round((until - request.created).total_seconds() / 3600)
    return found


def pruned(**later: int) -> snapshots.Pruned:
    return snapshots.prune(timezone.now() + timedelta(**later))


@pytest.mark.parametrize(
    ("policy", "hours"),
    [
        ("none", {}),
        ("default", {"before": 24}),
        ("standard", {"before": 48, "after": 7 * 24}),
        ("production", {"before": 7 * 24, "after": 30 * 24}),
    ],
)
def test_a_policy_takes_what_it_says_and_remembers_until_when(shop: Any, policy: str, hours: dict[str, int]) -> None:
    request = shop.create("web1", snapshot_policy=policy)
    assert request.stage == "active"
    assert kept(request) == hours
    names = there(shop, request)
    assert names == [row["detail"]["snapshot"] for row in request.steps if "snapshot" in row["detail"]]
    assert len(set(names)) == len(hours)
    assert all(name.startswith(f"{policy}-") for name in names)


def test_each_is_removed_when_its_time_is_over(shop: Any) -> None:
    request = shop.create("web1", snapshot_policy="standard")
    before, after = there(shop, request)
    assert pruned(hours=47).removed == []
    assert pruned(hours=49).removed == [f"web1: {before}"]
    assert there(shop, request) == [after]
    assert pruned(hours=49).removed == []
    assert pruned(days=8).removed == [f"web1: {after}"]
    assert there(shop, request) == []


def test_snapshots_of_others_are_never_touched(shop: Any) -> None:
    request = shop.create("web1", snapshot_policy="default")
    theirs = [
        {"name": name, "config": {}, "description": "", "snaptime": 1}
        for name in ("before-upgrade", "default-1763000000")
    ]
    shop.lab.call(lambda: shop.there(request.vmid).snapshots.extend(theirs))
    pruned(days=400)
    assert there(shop, request) == [item["name"] for item in theirs]


def test_what_is_gone_already_is_no_error(shop: Any) -> None:
    one, two = (shop.create(name, snapshot_policy="default") for name in ("web1", "web2"))
    shop.lab.call(lambda: shop.there(one.vmid).snapshots.clear())
    shop.lab.change("destroy", id=two.vmid)
    found = pruned(days=2)
    assert (len(found.removed), found.failed, found.left) == (2, {}, {})
    assert pruned(days=2).removed == []


def test_another_guest_under_the_same_id_is_left_alone(shop: Any) -> None:
    request = shop.create("web1", snapshot_policy="default")
    (name,) = there(shop, request)
    shop.lab.change("reuse", id=request.vmid, spec={"name": "jump", "kind": "container", "image": "ubuntu24"})
    shop.lab.call(
        lambda: shop.there(request.vmid).snapshots.append(
            {"name": name, "config": {}, "description": "", "snaptime": 1}
        )
    )
    found = pruned(days=2)
    assert found.removed == []
    assert "does not carry its mark" in next(iter(found.left.values()))
    assert there(shop, request) == [name]


def test_a_guest_that_was_given_back_is_not_looked_for(shop: Any) -> None:
    request = shop.create("web1", snapshot_policy="default")
    shop.about("decommission", request.guest)
    System.objects.update(external_integration=None)
    assert pruned(days=2) == snapshots.Pruned()


def test_one_that_fails_does_not_keep_the_others(shop: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = (shop.create(name, snapshot_policy="default") for name in ("web1", "web2"))
    delete = ProxmoxProvisioner.delete_snapshot

    def fails_for_one(self: ProxmoxProvisioner, vmid: int, name: str) -> None:
        if vmid == one.vmid:
            raise RemoteError("the storage is busy")
        delete(self, vmid, name)

    monkeypatch.setattr(ProxmoxProvisioner, "delete_snapshot", fails_for_one)
    found = pruned(days=2)
    assert found.failed == {str(one): "the storage is busy"}
    assert [text.partition(":")[0] for text in found.removed] == ["web2"]
    assert (len(there(shop, one)), there(shop, two)) == (1, [])


def test_one_that_cannot_be_taken_afterwards_does_not_cost_the_guest(
    shop: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[str] = []
    snapshot = ProxmoxProvisioner.snapshot

    def once(self: ProxmoxProvisioner, vmid: int, name: str) -> None:
        if taken:
            raise RemoteError("the storage is full")
        taken.append(name)
        snapshot(self, vmid, name)

    monkeypatch.setattr(ProxmoxProvisioner, "snapshot", once)
    request = ask.submit(shop.want("web1", snapshot_policy="standard"))
    queue.run(request, shop.user, **FAST)
    request.refresh_from_db()
    assert request.stage == "active"
    assert request.detail("snapshot after")["problem"] == "the storage is full"
