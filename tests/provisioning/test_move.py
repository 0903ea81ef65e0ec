"""A guest moves to another network with an address of that network, or stays as it was."""

from __future__ import annotations

from typing import Any

import pytest

from nautobot_wow.errors import RemoteError, Unusable, WowError
from nautobot_wow.models import Allocation
from nautobot_wow.provisioning import ask, move, queue
from tests.provisioning.shop import FAST

pytestmark = pytest.mark.django_db


def test_a_container_moves_and_its_old_address_rests(shop: Any) -> None:
    made = shop.create("web1")
    old = made.allocation.host
    request = shop.about("move", made.guest, profile=shop.mgmt, justification="It manages the hypervisor")
    assert request.stage == "active"
    guest = type(made.guest).objects.get(pk=made.guest_id)
    assert str(guest.primary_ip4) == f"{request.allocation.host}/24"
    assert request.allocation.host.startswith("172.16.110.")
    assert guest.cf["network_profile"] == "proxmox-mgmt"
    assert guest.interfaces.get().untagged_vlan.vid == 110
    assert Allocation.objects.get(host=old).state == "resting"
    run, _ = shop.sync()
    assert run.changes == []


def test_a_guest_of_the_lab_that_waits_for_it_moves_to_the_apps_network(shop: Any) -> None:
    """Vaultwarden is on the restricted management network and should be on apps."""
    request = shop.about("move", shop.guest("lxc/105"), profile=shop.apps)
    assert request.stage == "active"
    assert str(shop.guest("lxc/105").primary_ip4).startswith("172.16.100.")
    assert Allocation.objects.get(host="172.16.110.105").state == "resting"


def test_a_move_to_where_it_is_makes_no_sense(shop: Any) -> None:
    made = shop.create("web1")
    with pytest.raises(Unusable, match="is on apps already"):
        shop.about("move", made.guest, profile=shop.apps)


@pytest.mark.parametrize("name", ["now", "address", "card", "check"])
def test_a_step_that_fails_leaves_the_guest_where_it_was(shop: Any, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    made = shop.create("web1")
    before = shop.traces()
    step = next(step for step in move.STEPS if step.name == name)
    done = type(step).do

    def do_and_fail(self: Any, work: Any) -> Any:
        done(self, work)
        raise RemoteError("the power went")

    monkeypatch.setattr(type(step), "do", do_and_fail)
    with pytest.raises(WowError):
        shop.about("move", made.guest, profile=shop.mgmt, justification="It manages the hypervisor")
    assert shop.traces() == before
    run, _ = shop.sync()
    assert run.changes == []
    assert shop.there(made.vmid).nics[0].addresses == [f"{made.allocation.host}/24"]


class Killed(BaseException):
    """A worker that is gone."""


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("name", [step.name for step in move.STEPS])
def test_a_worker_that_dies_around_a_step_is_followed_by_one_that_finishes(
    shop: Any, monkeypatch: pytest.MonkeyPatch, name: str, when: str
) -> None:
    made = shop.create("web1")
    step = next(step for step in move.STEPS if step.name == name)
    done = type(step).do
    request = ask.submit(
        ask.for_guest(shop.user, "move", made.guest, profile=shop.mgmt, justification="It manages the hypervisor")
    )
    with monkeypatch.context() as patched:

        def do_and_die(self: Any, work: Any) -> Any:
            if when == "after":
                done(self, work)
            raise Killed

        patched.setattr(type(step), "do", do_and_die)
        with pytest.raises(Killed):
            queue.run(request, shop.user, **FAST)
    request = shop.carry_out(request)
    assert request.stage == "active"
    assert str(type(made.guest).objects.get(pk=made.guest_id).primary_ip4).startswith("172.16.110.")
    assert Allocation.objects.filter(state="used").count() == 1
