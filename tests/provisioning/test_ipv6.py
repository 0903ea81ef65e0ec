"""A guest on a network with an IPv6 prefix has an address of each family, from its first start to its last."""

from __future__ import annotations

from typing import Any

import pytest
from nautobot.ipam.models import IPAddress
from nautobot.virtualization.models import VirtualMachine

from nautobot_wow.errors import RemoteError, Unavailable, WowError
from nautobot_wow.models import Allocation, Conflict
from nautobot_wow.provisioning import ask, create, move, queue
from tests.provisioning.shop import FAST

pytestmark = pytest.mark.django_db

ROUTER = "fe80::1"


@pytest.fixture
def both(shop: Any) -> Any:
    """The lab with IPv6 on the apps network; a link-local router, as IPv6 has them."""
    shop.with_ipv6(shop.apps, "2001:db8:100::/64", ROUTER)
    return shop


def hosts(request: Any) -> set[str]:
    return {request.allocation.host, request.allocation6.host}


@pytest.mark.parametrize("what", ["container", "virtual machine"])
def test_a_guest_boots_with_both_addresses_and_both_are_registered(both: Any, what: str) -> None:
    request = both.create("web1", image=both.debian if what == "container" else both.ubuntu)
    assert request.stage == "active"
    assert str(request.allocation6.host).startswith("2001:db8:100::")
    there = both.there(request.vmid)
    lengths = {request.allocation.cidr, request.allocation6.cidr}
    assert set(there.nics[0].addresses) == lengths == {*lengths, request.allocation6.host + "/64"}
    told = str(there.record["net0" if what == "container" else "ipconfig0"])
    assert f"ip6={request.allocation6.host}/64" in told
    assert f"gw6={ROUTER}" in told
    guest = request.guest
    assert (guest.primary_ip4.host, guest.primary_ip6.host) == (request.allocation.host, request.allocation6.host)
    assert {request.allocation.state, request.allocation6.state} == {"used"}
    assert set(request.detail("check")["reported"].split(", ")) == hosts(request)
    run, _ = both.sync()
    assert run.changes == []


def test_a_guest_that_was_told_nothing_of_ipv6_has_none(shop: Any) -> None:
    request = shop.create("web1")
    assert (request.allocation6, request.guest.primary_ip6) == (None, None)
    assert "ip6" not in str(shop.there(request.vmid).record["net0"])


def test_a_dry_run_shows_both_and_holds_none(both: Any) -> None:
    before = both.traces()
    shown = ask.preview(both.want("web1"))
    assert shown["problems"] == []
    assert shown["address6"].startswith("2001:db8:100::")
    assert shown["parameters"]["nic"]["address6"] == shown["address6"]
    assert shown["parameters"]["nic"]["gateway6"] == ROUTER
    assert both.traces() == before


def test_the_steps_and_the_summary_name_both(both: Any) -> None:
    request = both.create("web1")
    held = request.detail("address")
    assert held == {"address": request.allocation.cidr, "address6": request.allocation6.cidr}
    assert {name: ask.summary(request)[name] for name in held} == held


def test_a_full_ipv6_network_gives_the_ipv4_address_back(both: Any) -> None:
    narrow = both.apps.ranges.get(name="apps static6")
    narrow.end_host = narrow.start_host
    narrow.validated_save()
    both.create("web1")
    before = both.traces()
    with pytest.raises(Unavailable, match="no address of 2001:db8:100::/64 is free"):
        both.create("web2")
    assert both.traces() == before


@pytest.mark.parametrize("name", [step.name for step in create.STEPS])
def test_a_step_that_fails_gives_both_back(both: Any, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    before = both.traces()
    step = next(step for step in create.STEPS if step.name == name)
    done = type(step).do

    def do_and_fail(self: Any, work: Any) -> Any:
        done(self, work)
        raise RemoteError("the power went")

    monkeypatch.setattr(type(step), "do", do_and_fail)
    with pytest.raises(RemoteError):
        both.create("web1")
    assert both.traces() == before
    assert not IPAddress.objects.filter(ip_version=6).exists()


def test_a_guest_that_comes_up_with_another_ipv6_address_is_a_conflict(
    both: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = next(step for step in create.STEPS if step.name == "start")
    started = type(start).do

    def start_elsewhere(self: Any, work: Any) -> Any:
        found = started(self, work)
        four = work.request.allocation.cidr
        both.lab.change("set", id=work.request.vmid, key="net0", value=both.there(work.request.vmid).record["net0"])
        both.lab.call(
            lambda: setattr(both.there(work.request.vmid).nics[0], "addresses", [four, "2001:db8:100::77/64"])
        )
        return found

    monkeypatch.setattr(type(start), "do", start_elsewhere)
    with pytest.raises(RemoteError, match=r"and 2001:db8:100::77 instead of 172"):
        both.create("web1")
    assert "2001:db8:100::77" in Conflict.objects.get(kind="address-mismatch").title
    assert both.ours() == []


def test_a_decommission_lets_both_rest(both: Any) -> None:
    made = both.create("web1")
    request = both.about("decommission", made.guest)
    assert request.stage == "released"
    assert set(Allocation.objects.filter(state="resting").values_list("host", flat=True)) == hosts(made)
    assert not IPAddress.objects.filter(host__in=hosts(made)).exists()


def test_a_guest_that_others_destroyed_lets_both_rest(both: Any) -> None:
    made = both.create("web1")
    both.lab.change("destroy", id=made.vmid)
    both.sync(times=3)
    assert set(Allocation.objects.filter(state="resting").values_list("host", flat=True)) == hosts(made)


# ---------------------------------------------------------------------------------------------------------------- moves


def moved(shop: Any, guest: Any, profile: Any) -> Any:
    return shop.about("move", VirtualMachine.objects.get(pk=guest.pk), profile=profile, justification="A move")


@pytest.mark.parametrize("what", ["container", "virtual machine"])
def test_a_move_to_a_network_without_ipv6_takes_it_away_and_one_back_gives_it_anew(both: Any, what: str) -> None:
    made = both.create("web1", image=both.debian if what == "container" else both.ubuntu)
    away = moved(both, made.guest, both.mgmt)
    guest = VirtualMachine.objects.get(pk=made.guest_id)
    assert (guest.primary_ip4.host, guest.primary_ip6) == (away.allocation.host, None)
    assert both.there(made.vmid).nics[0].addresses == [away.allocation.cidr]
    assert set(Allocation.objects.filter(state="resting").values_list("host", flat=True)) == hosts(made)
    back = moved(both, made.guest, both.apps)
    guest = VirtualMachine.objects.get(pk=made.guest_id)
    assert {guest.primary_ip4.host, guest.primary_ip6.host} == hosts(back)
    assert hosts(back).isdisjoint(hosts(made)), "those rest"
    run, _ = both.sync()
    assert run.changes == []


def test_a_move_between_two_networks_with_ipv6_changes_both(both: Any) -> None:
    both.with_ipv6(both.mgmt, "2001:db8:110::/64", "2001:db8:110::1")
    made = both.create("web1")
    request = moved(both, made.guest, both.mgmt)
    guest = VirtualMachine.objects.get(pk=made.guest_id)
    assert {guest.primary_ip4.host, guest.primary_ip6.host} == hosts(request)
    held = {"address": request.allocation.cidr, "address6": request.allocation6.cidr}
    assert {name: request.detail("record")[name] for name in held} == held
    assert set(Allocation.objects.filter(state="resting").values_list("host", flat=True)) == hosts(made)


@pytest.mark.parametrize("name", [step.name for step in move.STEPS[:-2]])
def test_a_move_that_fails_leaves_both_addresses_where_they_were(
    both: Any, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    made = both.create("web1")
    before, addresses = both.traces(), list(both.there(made.vmid).nics[0].addresses)
    step = next(step for step in move.STEPS if step.name == name)
    done = type(step).do

    def do_and_fail(self: Any, work: Any) -> Any:
        done(self, work)
        raise RemoteError("the power went")

    monkeypatch.setattr(type(step), "do", do_and_fail)
    with pytest.raises(WowError):
        moved(both, made.guest, both.mgmt)
    assert both.traces() == before
    assert both.there(made.vmid).nics[0].addresses == addresses
    run, _ = both.sync()
    assert run.changes == []


def test_a_worker_that_dies_between_the_two_holds_is_followed_by_one_that_finishes(
    both: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nautobot_wow.provisioning import addresses

    class Killed(BaseException):
        """A worker that is gone."""

    allocate = addresses.allocate
    request = ask.submit(both.want("web1"))
    with monkeypatch.context() as patched:

        def allocate_and_die(wanted: Any) -> Any:
            if wanted.family == 6:
                raise Killed
            return allocate(wanted)

        patched.setattr(addresses, "allocate", allocate_and_die)
        with pytest.raises(Killed):
            queue.run(request, both.user, **FAST)
    request = both.carry_out(request)
    assert request.stage == "active"
    assert Allocation.objects.filter(state="used").count() == 2
