"""A guest is created on an address that Nautobot gave first, or not at all."""

from __future__ import annotations

from typing import Any

import pytest
from nautobot.ipam.models import IPAddress
from nautobot.virtualization.models import VirtualMachine

from nautobot_wow.errors import KeyInUse, RemoteError, Unavailable, Unusable, WowError
from nautobot_wow.models import Allocation, Conflict, GuestRequest
from nautobot_wow.provisioning import ask, create, queue
from tests.provisioning.shop import FAST, KEYS

pytestmark = pytest.mark.django_db


def test_a_container_is_created_on_the_first_free_address_and_registered(shop: Any) -> None:
    request = shop.create("web1", application_list=None, applications="nginx, certbot")
    assert request.stage == "active"
    guest = request.guest
    assert str(guest.primary_ip4) == f"{request.allocation.host}/24"
    assert request.allocation.state == "used"
    assert IPAddress.objects.get(host=request.allocation.host).status.name == "Active"
    assert (guest.cf["t_shirt_size"], guest.cf["network_profile"]) == ("small", "apps")
    assert guest.cf["application_list"] == ["nginx", "certbot"]
    assert (guest.cf["proxmox_vmid"], guest.cf["proxmox_vmtype"]) == (request.vmid, "lxc")
    assert str(guest.interfaces.get().mac_address).upper() == request.mac
    assert [step["state"] for step in request.steps] == ["done"] * len(create.STEPS)
    there = shop.there(request.vmid)
    assert (there.running, there.name) == (True, "web1")
    guest.full_clean()


def test_addresses_that_are_known_are_not_given(shop: Any) -> None:
    """172.16.100.10, .15, .16 and .30 are guests of the lab."""
    hosts = {shop.create(f"web{number}").allocation.host for number in range(3)}
    assert hosts.isdisjoint(set(IPAddress.objects.filter(dns_name="x").values_list("host", flat=True)))
    assert "172.16.100.10" not in hosts


def test_the_next_sync_finds_nothing_to_do(shop: Any) -> None:
    shop.create("web1")
    run, _ = shop.sync()
    assert run.changes == []


def test_a_virtual_machine_is_cloned_and_comes_up_with_its_address(shop: Any) -> None:
    request = shop.create("vm1", image=shop.ubuntu, size=shop.medium, ssh_keys="\n".join(KEYS))
    assert request.stage == "active"
    guest = request.guest
    assert str(guest.primary_ip4) == f"{request.allocation.host}/24"
    assert (guest.vcpus, guest.memory, guest.disk) == (2, 2048, 50)
    assert guest.cf["proxmox_vmtype"] == "qemu"
    assert shop.there(request.vmid).ssh_keys == list(KEYS)


def test_the_same_request_again_is_the_same_guest(shop: Any) -> None:
    first = shop.create("web1", key="ticket-7")
    again = shop.create("web1", key="ticket-7")
    assert again.pk == first.pk
    assert len(shop.ours()) == 1
    assert Allocation.objects.filter(state="used").count() == 1
    with pytest.raises(KeyInUse, match="name differ"):
        shop.create("web2", key="ticket-7")


def test_a_dry_run_shows_what_would_be_and_touches_nothing(shop: Any) -> None:
    before = shop.traces()
    shown = ask.preview(shop.want("web1"))
    assert shown["problems"] == []
    assert shown["address"].startswith("172.16.100.")
    assert shown["parameters"]["cores"] == 1
    assert shop.traces() == before
    assert not GuestRequest.objects.exists()


# ------------------------------------------------------------------------------------------------------------ refusals


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"guest_name": "bad name"}, "name:"),
        ({"ssh_keys": "nonsense"}, "ssh_keys: 'nonsense' is no public key"),
        ({"guest_name": "traefik"}, "traefik"),
        ({"node": "nowhere"}, "nowhere"),
        ({"storage": "nowhere"}, "nowhere"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_touched(shop: Any, more: dict[str, Any], said: str) -> None:
    before = shop.traces()
    name = more.pop("guest_name", "web1")
    with pytest.raises(WowError, match=said):
        shop.create(name, **more)
    assert shop.traces() == before


def test_a_restricted_network_wants_a_reason(shop: Any) -> None:
    shop.mgmt.restricted = True
    shop.mgmt.save()
    with pytest.raises(Unusable, match="justification"):
        shop.create("web1", profile=shop.mgmt)
    assert shop.create("web2", profile=shop.mgmt, justification="It manages the hypervisor").stage == "active"


def test_a_full_network_gives_nothing_and_creates_nothing(shop: Any) -> None:
    for number in range(10, 50):
        IPAddress.objects.get_or_create(
            host=f"172.16.100.{number}",
            defaults={
                "mask_length": 24,
                "ip_version": 4,
                "parent": shop.apps.prefix,
                "status": IPAddress.objects.first().status,
            },
        )
    before = shop.traces()
    with pytest.raises(Unavailable, match="no address of 172.16.100.0/24 is free"):
        shop.create("web1")
    assert shop.traces() == before


# ----------------------------------------------------------------------------------------------------------- failures


@pytest.mark.parametrize("name", [step.name for step in create.STEPS])
def test_a_step_that_fails_leaves_nothing_behind_and_the_request_explains(
    shop: Any, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    before = shop.traces()
    step = next(step for step in create.STEPS if step.name == name)
    done = type(step).do

    def do_and_fail(self: Any, work: Any) -> Any:
        done(self, work)
        raise RemoteError("the power went")

    monkeypatch.setattr(type(step), "do", do_and_fail)
    request = ask.submit(shop.want("web1"))
    with pytest.raises(RemoteError):
        queue.run(request, shop.user, **FAST)
    request.refresh_from_db()
    assert (request.stage, request.error) == ("failed", f"{name}: the power went")
    assert shop.traces() == before
    assert not VirtualMachine.objects.filter(name="web1").exists()
    run, _ = shop.sync()
    assert not [change for change in run.changes if change.action.value in ("create", "delete")]


class Killed(BaseException):
    """A worker that is gone: nothing catches it, nothing is undone."""


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("name", [step.name for step in create.STEPS])
def test_a_worker_that_dies_around_a_step_is_followed_by_one_that_finishes(
    shop: Any, monkeypatch: pytest.MonkeyPatch, name: str, when: str
) -> None:
    step = next(step for step in create.STEPS if step.name == name)
    done = type(step).do
    with monkeypatch.context() as patched:

        def do_and_die(self: Any, work: Any) -> Any:
            if when == "after":
                done(self, work)
            raise Killed

        patched.setattr(type(step), "do", do_and_die)
        request = ask.submit(shop.want("web1"))
        with pytest.raises(Killed):
            queue.run(request, shop.user, **FAST)
    request = shop.carry_out(request)
    assert request.stage == "active"
    assert len(shop.ours()) == 1
    assert Allocation.objects.filter(state="used").count() == 1
    assert VirtualMachine.objects.filter(name="web1").count() == 1


def test_a_guest_that_comes_up_with_another_address_is_a_conflict_and_no_overwrite(
    shop: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = type(create.STEPS[6]).do

    def start_elsewhere(self: Any, work: Any) -> Any:
        found = started(self, work)
        shop.lab.change("set_address", id=work.request.vmid, address="172.16.100.77/24")
        return found

    monkeypatch.setattr(type(create.STEPS[6]), "do", start_elsewhere)
    request = ask.submit(shop.want("web1"))
    with pytest.raises(RemoteError, match=r"reports 172\.16\.100\.77 instead of"):
        queue.run(request, shop.user, **FAST)
    conflict = Conflict.objects.get(kind="address-mismatch")
    assert "172.16.100.77" in conflict.title
    assert not IPAddress.objects.filter(host="172.16.100.77").exists()
    assert shop.ours() == []


def test_a_vmid_that_somebody_takes_meanwhile_is_left_alone(shop: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    numbered = type(create.STEPS[2]).do

    def number_and_lose(self: Any, work: Any) -> Any:
        found = numbered(self, work)
        shop.lab.change("create", spec={"id": work.request.vmid, "name": "stranger"})
        return found

    monkeypatch.setattr(type(create.STEPS[2]), "do", number_and_lose)
    request = shop.create("web1")
    names = {guest.name: guest.id for guest in shop.lab.world.guests.values()}
    assert names["stranger"] != names["web1"] == request.vmid
