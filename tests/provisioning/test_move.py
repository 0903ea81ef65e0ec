"""A guest moves to another network with an address of that network, or stays as it was."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from nautobot.ipam.models import IPAddress
from nautobot.virtualization.models import VirtualMachine

from development.lab.proxmox import strings
from nautobot_wow.errors import RemoteError, Unusable, WowError
from nautobot_wow.ipam import allocator
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


WAITING = {
    "lxc/105": "172.16.110.105",
    "qemu/211": "172.16.110.211",
    "qemu/212": "172.16.110.213",
    "qemu/300": "172.16.110.76",
}
"""The guests of the lab that are on the management network and should be on apps: one of them has its address by DHCP,
one was configured by hand."""


BY_HAND = "qemu/212"


@contextlib.contextmanager
def change_by_hand(shop: Any) -> Iterator[None]:
    """Somebody at the console of the guest who sets the address that the request holds, while it is waited for."""

    def sit_there() -> None:
        for _ in range(200):
            if shop.there(212).nics[0].vlan is None:
                shop.lab.change("set_inside", id=212, addresses=expected)
                return
            time.sleep(0.05)

    expected = [f"{allocator.preview(allocator.Ask(profile=shop.apps, key='only to look'))[0]}/24"]
    console = threading.Thread(target=sit_there)
    console.start()
    yield
    console.join()


def test_a_guest_that_was_configured_by_hand_stays_where_it_was_and_the_request_says_what_to_do(shop: Any) -> None:
    """Proxmox VE has no way to change an address that somebody typed into the guest."""
    with pytest.raises(RemoteError, match="set in the guest"):
        shop.about("move", shop.guest(BY_HAND), profile=shop.apps)
    assert shop.there(212).nics[0].vlan == 110
    assert str(shop.guest(BY_HAND).primary_ip4.host) == WAITING[BY_HAND]


def test_all_four_guests_of_the_lab_that_wait_for_it_move_and_the_next_sync_finds_nothing(shop: Any) -> None:
    new = {}
    for key, old in WAITING.items():
        assert str(shop.guest(key).primary_ip4.host) == old
        with change_by_hand(shop) if key == BY_HAND else contextlib.nullcontext():
            request = shop.about("move", shop.guest(key), profile=shop.apps)
        assert request.stage == "active", (key, request.error)
        new[key] = request.allocation.host
        guest = shop.there(int(key.partition("/")[2]))
        assert [address.partition("/")[0] for nic in guest.nics for address in nic.addresses] == [new[key]]
        assert guest.nics[0].vlan is None
    assert len(set(new.values())) == len(WAITING)
    run, _ = shop.sync()
    assert run.changes == []
    for key, old in WAITING.items():
        guest = shop.guest(key)
        assert str(guest.primary_ip4.host) == new[key]
        assert guest.cf["network_profile"] == "apps"
        resting = Allocation.objects.filter(host=old, state="resting").exists()
        assert resting is (old != WAITING["qemu/300"]), "what the DHCP server gives out is not ours to let rest"
        assert not IPAddress.objects.filter(host=old).exists()


def test_a_move_to_where_it_is_makes_no_sense(shop: Any) -> None:
    made = shop.create("web1")
    with pytest.raises(Unusable, match="is on apps already"):
        shop.about("move", made.guest, profile=shop.apps)


# ------------------------------------------------------------------------------------------------------------- exactly


def told(shop: Any, vmid: int) -> dict[str, Any]:
    """Return all that the guest's hypervisor was told of it."""
    return dict(shop.there(vmid).record)


@pytest.mark.parametrize("what", ["container", "virtual machine"])
def test_after_a_move_the_guest_has_exactly_what_the_network_says_and_its_own_mac(shop: Any, what: str) -> None:
    shop.mgmt.dns_servers, shop.mgmt.search_domain = ["172.16.110.100"], "mgmt.wow.example"
    shop.mgmt.validated_save()
    is_container = what == "container"
    made = shop.create("web1", image=shop.debian if is_container else shop.ubuntu)
    net = str(shop.there(made.vmid).record["net0"])
    shop.lab.change("set", id=made.vmid, key="net0", value=f"{net.replace(',firewall=1', '')},firewall=1,trunks=5;6")
    before = told(shop, made.vmid)
    request = shop.about("move", made.guest, profile=shop.mgmt, justification="A move")
    after = told(shop, made.vmid)
    card = strings.parse(after["net0"]) if is_container else strings.parse_vm_net(after["net0"])
    given = card if is_container else strings.parse(after["ipconfig0"])
    assert (card["bridge"], card["tag"], card["firewall"]) == ("vmbr0", "110", "1")
    assert made.mac == card["hwaddr" if is_container else "macaddr"]
    assert {name: given[name] for name in ("ip", "gw")} == {"ip": request.allocation.cidr, "gw": "172.16.110.1"}
    assert not {"ip6", "gw6", "trunks"} & {*card, *given}
    assert (after["nameserver"], after["searchdomain"]) == ("172.16.110.100", "mgmt.wow.example")
    network = {"net0", "ipconfig0", "nameserver", "searchdomain"}
    assert {key: value for key, value in after.items() if key not in network} == {
        key: value for key, value in before.items() if key not in network
    }
    assert request.detail("check")["reported"] == request.allocation.host


def test_a_network_without_dns_servers_leaves_those_of_the_host(shop: Any) -> None:
    shop.mgmt.dns_servers = []
    shop.mgmt.validated_save()
    made = shop.create("web1")
    assert told(shop, made.vmid)["nameserver"] == " ".join(shop.apps.dns_servers)
    shop.about("move", made.guest, profile=shop.mgmt, justification="A move")
    assert "nameserver" not in told(shop, made.vmid)


@pytest.mark.parametrize(
    ("values", "said"),
    [({"bridge": "vmbr9"}, "There is no bridge vmbr9"), ({"vlan_tag": 4095}, "4095 is not a VLAN")],
)
def test_a_network_that_cannot_be_is_refused_before_anything_is_touched(
    shop: Any, values: dict[str, Any], said: str
) -> None:
    made = shop.create("web1", image=shop.ubuntu)
    type(shop.mgmt).objects.filter(pk=shop.mgmt.pk).update(**values)
    before, traces = told(shop, made.vmid), shop.traces()
    with pytest.raises(Unusable, match=said):
        shop.about("move", made.guest, profile=shop.mgmt, justification="A move")
    assert (told(shop, made.vmid), shop.traces()) == (before, traces)


def test_a_token_that_may_not_use_the_network_is_told_before_anything_is_touched(shop: Any) -> None:
    made = shop.create("web1")
    rights = shop.lab.endpoint.acl.roles["WowAutomation"]
    shop.lab.change("set_role", name="WowAutomation", privileges=sorted(set(rights) - {"SDN.Use"}))
    with pytest.raises(Unusable, match=r"lacks SDN\.Use on /sdn/zones/localnetwork/vmbr0/110"):
        shop.about("move", made.guest, profile=shop.mgmt, justification="A move")


def test_a_vm_that_does_not_start_on_the_new_network_runs_again_on_the_old_one(shop: Any) -> None:
    made = shop.create("web1", image=shop.ubuntu)
    before = told(shop, made.vmid)

    shop.lab.change("fault", action="status", status=500, path=r"POST .*/status/reboot", times=1)
    with pytest.raises(RemoteError):
        shop.about("move", made.guest, profile=shop.mgmt, justification="A move")
    assert told(shop, made.vmid) == before
    assert shop.there(made.vmid).running
    assert shop.there(made.vmid).nics[0].addresses == [made.allocation.cidr]


@pytest.mark.parametrize("power", ["running", "switched off"])
@pytest.mark.parametrize("what", ["container", "virtual machine"])
@pytest.mark.parametrize("name", [step.name for step in move.STEPS[:-1]])
def test_a_step_that_fails_leaves_the_guest_to_the_letter_as_it_was(
    shop: Any, monkeypatch: pytest.MonkeyPatch, name: str, what: str, power: str
) -> None:
    made = shop.create("web1", image=shop.debian if what == "container" else shop.ubuntu)
    net = str(shop.there(made.vmid).record["net0"])
    shop.lab.change("set", id=made.vmid, key="net0", value=net.replace("bridge", "mtu=1400,bridge"))
    if power == "switched off":
        shop.lab.change("stop", id=made.vmid)
    shop.sync()
    before, record = shop.traces(), told(shop, made.vmid)
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
    assert told(shop, made.vmid) == record
    guest = VirtualMachine.objects.get(pk=made.guest_id)
    assert (guest.primary_ip4.host, guest.cf["network_profile"]) == (made.allocation.host, "apps")
    assert shop.there(made.vmid).running is (power == "running")
    wire = [address for nic in shop.there(made.vmid).nics for address in nic.addresses]
    assert wire == ([made.allocation.cidr] if power == "running" else [])


def test_a_guest_with_an_address_by_dhcp_has_it_by_dhcp_again_when_its_move_fails(
    shop: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = told(shop, 300)

    def fail(*_: Any) -> None:
        raise RemoteError("the power went")

    monkeypatch.setattr(move.Check, "do", fail)
    with pytest.raises(RemoteError):
        shop.about("move", shop.guest("qemu/300"), profile=shop.apps)
    assert told(shop, 300) == record
    assert shop.there(300).nics[0].addresses == [f"{WAITING['qemu/300']}/24"]


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
