"""A guest goes with everything it had, and only if it is the right one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from nautobot.extras.models import Note, Status
from nautobot.ipam.models import IPAddress, Service
from nautobot.virtualization.models import VirtualMachine

from development.lab.proxmox.backup import _archive as archive
from nautobot_wow.errors import RemoteError, Unavailable, Unusable, WowError
from nautobot_wow.ipam import lifecycle
from nautobot_wow.ipam.allocator import Ask, allocate
from nautobot_wow.models import Allocation, Claim, GuestRequest
from nautobot_wow.provisioning import ask, queue, remove
from nautobot_wow.systems.provisioner import Mismatch
from tests.provisioning.shop import FAST

pytestmark = pytest.mark.django_db

REST = timedelta(days=4)


def test_a_guest_goes_and_its_address_rests(shop: Any) -> None:
    before = shop.traces()
    made = shop.create("web1")
    host, vmid = made.allocation.host, made.vmid
    request = shop.about("decommission", made.guest)
    assert request.stage == "released"
    assert shop.there(vmid) is None
    assert shop.traces() == before
    assert not VirtualMachine.objects.filter(name="web1").exists()
    assert not Claim.objects.filter(external_id=f"lxc/{vmid}").exists()
    given = Allocation.objects.get(host=host)
    assert given.state == "resting"
    with pytest.raises(Unavailable, match="resting"):
        allocate(Ask(profile=shop.apps, key="another", host=host))
    made.refresh_from_db()
    assert made.stage == "released"
    run, _ = shop.sync()
    assert run.changes == []


def test_the_address_of_a_guest_that_went_can_be_given_again_after_its_rest(shop: Any) -> None:
    made = shop.create("web1")
    host = made.allocation.host
    shop.about("decommission", made.guest)
    assert lifecycle.sweep(timezone.now() + REST).rested == 1
    assert allocate(Ask(profile=shop.apps, key="another", host=host))[0].host == host


@pytest.fixture
def destroyed(shop: Any) -> str:
    """The address of a guest that somebody destroyed on the system, after the grace: its record is retired."""
    made = shop.create("web1")
    shop.lab.change("destroy", id=made.vmid)
    shop.sync(3)
    host = str(made.allocation.host)
    assert IPAddress.objects.get(host=host).status.name == "Deprecated"
    assert Allocation.objects.get(host=host).state == "resting"
    return host


def test_an_address_that_has_rested_gives_its_retired_record_back(shop: Any, destroyed: str) -> None:
    assert lifecycle.sweep(timezone.now()).removed == []
    assert lifecycle.sweep(timezone.now() + REST).removed == [destroyed]
    assert not IPAddress.objects.filter(host=destroyed).exists()
    assert not Claim.objects.filter(external_id=destroyed).exists()
    assert allocate(Ask(profile=shop.apps, key="another", host=destroyed))[0].host == destroyed
    shop.sync()
    assert IPAddress.objects.get(host=destroyed).status.name == "Reserved"


@pytest.mark.parametrize("has_it", ["a card", "a system", "a person", "a service"])
def test_a_retired_record_that_somebody_has_stays(shop: Any, destroyed: str, has_it: str) -> None:
    address = IPAddress.objects.get(host=destroyed)
    if has_it == "a card":
        card = shop.guest("lxc/210").interfaces.get()
        card.ip_addresses.add(address)
    elif has_it == "a system":
        Claim.objects.filter(external_id=destroyed).update(missed_runs=0, retired=False)
    elif has_it == "a person":
        address.status = Status.objects.get(name="Active")
        address.validated_save()
    else:
        service = Service.objects.create(name="web", protocol="tcp", ports=[80], virtual_machine=shop.guest("lxc/210"))
        service.ip_addresses.add(address)
    swept = lifecycle.sweep(timezone.now() + REST)
    assert (swept.removed, swept.rested) == ([], 1)
    assert IPAddress.objects.filter(host=destroyed).exists()


def test_a_guest_that_was_never_asked_for_goes_the_same_way(shop: Any) -> None:
    guest = shop.guest("lxc/210")
    shop.about("decommission", guest)
    assert shop.there(210) is None
    assert not VirtualMachine.objects.filter(name="traefik").exists()
    assert Allocation.objects.get(host="172.16.100.10").state == "resting"


def test_a_guest_that_is_gone_already_is_still_taken_off_the_books(shop: Any) -> None:
    made = shop.create("web1")
    shop.lab.change("destroy", id=made.vmid)
    request = shop.about("decommission", made.guest)
    assert request.stage == "released"
    assert request.detail("guest")["was"] == "gone already"
    assert not VirtualMachine.objects.filter(name="web1").exists()
    assert Allocation.objects.get(key=f"guest-request:{made.pk}").state == "resting"


def backups(shop: Any) -> list[dict[str, Any]]:
    files = [file for storage in shop.lab.world.storages.values() for file in storage.files]
    return [file for file in files if file["content"] == "backup"]


def test_a_last_backup_is_made_before_the_guest_is_destroyed_and_outlives_it(shop: Any) -> None:
    made = shop.create("web1")
    request = shop.about("decommission", made.guest, backup_storage="TSVMDS01")
    assert request.stage == "released"
    assert shop.there(made.vmid) is None
    (backup,) = backups(shop)
    assert (backup["vmid"], backup["volid"]) == (made.vmid, request.detail("backup")["volume"])
    assert str(request.pk) in backup["notes"]
    assert request.detail("backup")["size"].endswith("MiB")


def test_the_last_backup_is_kept_by_what_prunes_the_storage(shop: Any) -> None:
    made = shop.create("web1")
    older = {"content": "backup", "format": "tar.zst", "size": 5, "vmid": made.vmid, "volid": "TSVMDS01:backup/older"}
    shop.lab.call(lambda: shop.lab.world.storages["TSVMDS01"].files.append(older))
    request = shop.about("decommission", made.guest, backup_storage="TSVMDS01")
    shop.lab.change("prune", storage="TSVMDS01")
    assert [row["volid"] for row in backups(shop)] == [request.detail("backup")["volume"]]


@pytest.mark.parametrize("how", ["the task fails", "it is not protected"])
def test_a_backup_that_comes_to_nothing_keeps_the_guest(shop: Any, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    made = shop.create("web1")
    if how == "the task fails":
        shop.lab.change("set_outcome", type="vzdump", exitstatus="job errors")
    else:
        monkeypatch.setattr("development.lab.proxmox.backup._archive", without_protection)
    with pytest.raises(RemoteError, match="job errors" if how == "the task fails" else "is not protected"):
        shop.about("decommission", made.guest, backup_storage="TSVMDS01")
    request = GuestRequest.objects.get(action="decommission")
    assert (request.stage, request.step("destroy")) == ("failed", None)
    assert shop.there(made.vmid).running
    assert VirtualMachine.objects.filter(name="web1").exists()


def without_protection(call: Any, guest: Any, storage: str) -> dict[str, Any]:
    """Return an archive whose storage did not take the protection."""
    return {**archive(call, guest, storage), "protected": 0}


def test_without_being_asked_for_there_is_no_backup(shop: Any) -> None:
    made = shop.create("web1")
    assert shop.about("decommission", made.guest).stage == "released"
    assert backups(shop) == []


@pytest.mark.parametrize(
    ("storage", "why"),
    [("nowhere", "There is no storage nowhere on node wow-prox1"), ("local", "Storage local holds no backups")],
)
def test_a_backup_that_cannot_be_made_is_refused_before_anything_is_touched(shop: Any, storage: str, why: str) -> None:
    made = shop.create("web1")
    with pytest.raises(Unusable, match=why):
        shop.about("decommission", made.guest, backup_storage=storage)
    assert shop.there(made.vmid).running
    assert GuestRequest.objects.get(action="decommission").step("stop") is None


def test_a_token_that_may_not_back_up_is_told_which_right_it_lacks(shop: Any) -> None:
    made = shop.create("web1")
    rights = shop.lab.endpoint.acl.roles["WowAutomation"]
    shop.lab.change("set_role", name="WowAutomation", privileges=sorted(set(rights) - {"VM.Backup"}))
    with pytest.raises(Unusable, match=r"lacks VM\.Backup on /vms/"):
        shop.about("decommission", made.guest, backup_storage="TSVMDS01")
    assert shop.there(made.vmid).running


def test_a_guest_whose_backup_fails_runs_again_and_is_not_destroyed(shop: Any) -> None:
    made = shop.create("web1")
    shop.lab.change("fault", action="status", status=500, path=r"POST /nodes/wow-prox1/vzdump")
    with pytest.raises(RemoteError):
        shop.about("decommission", made.guest, backup_storage="TSVMDS01")
    request = GuestRequest.objects.get(action="decommission")
    assert (request.stage, request.step("destroy")) == ("failed", None)
    assert shop.there(made.vmid).running


def test_a_guest_that_was_switched_off_is_not_started_when_its_decommission_fails(shop: Any) -> None:
    made = shop.create("web1")
    shop.lab.change("stop", id=made.vmid)
    shop.lab.change("fault", action="status", status=500, path=r"POST /nodes/wow-prox1/vzdump")
    with pytest.raises(RemoteError):
        shop.about("decommission", made.guest, backup_storage="TSVMDS01")
    assert not shop.there(made.vmid).running


def test_other_backups_of_the_guest_stay(shop: Any) -> None:
    made = shop.create("web1")
    older = {"content": "backup", "format": "tar.zst", "size": 5, "vmid": made.vmid, "volid": "TSVMDS01:backup/older"}
    shop.lab.call(lambda: shop.lab.world.storages["TSVMDS01"].files.append(older))
    shop.about("decommission", made.guest, backup_storage="TSVMDS01")
    assert len(backups(shop)) == 2
    assert older in backups(shop)


def test_only_a_guest_that_goes_has_a_last_backup(shop: Any) -> None:
    with pytest.raises(Unusable, match="backup_storage"):
        shop.want("web1", backup_storage="TSVMDS01")


# --------------------------------------------------------------------------------------------------- the right guest


def test_a_guest_that_somebody_protected_is_refused_and_runs_on(shop: Any) -> None:
    made = shop.create("web1")
    shop.lab.change("set", id=made.vmid, key="protection", value=1)
    with pytest.raises(Mismatch, match="is protected there, because somebody does not want it to be destroyed"):
        shop.about("decommission", made.guest)
    assert shop.there(made.vmid).running
    request = GuestRequest.objects.get(action="decommission")
    assert (request.stage, request.step("stop")) == ("failed", None)


@pytest.mark.parametrize("text", ["", "wow-request: 11111111-2222-3333-4444-555555555555"])
def test_a_guest_of_the_same_id_and_name_without_our_mark_is_refused(shop: Any, text: str) -> None:
    """Somebody made it anew: by its id and name it is the same, and what is on it is not what was meant to go."""
    made = shop.create("web1")
    shop.lab.change("set_description", id=made.vmid, text=text)
    with pytest.raises(Mismatch, match=f'put the line "wow-request: {made.pk}" back'):
        shop.about("decommission", made.guest)
    assert shop.there(made.vmid).running
    shop.lab.change("set_description", id=made.vmid, text=f"Made by hand\nwow-request: {made.pk}")
    assert shop.about("decommission", made.guest).stage == "released"


CHANGED = {
    "its name": ("rename", {"name": "payroll"}),
    "its mark": ("set_description", {"text": ""}),
    "its protection": ("set", {"key": "protection", "value": 1}),
}


@pytest.mark.parametrize("before", ["stop", "backup", "destroy"])
@pytest.mark.parametrize("what", CHANGED)
def test_the_guest_is_looked_at_again_immediately_before_each_step(
    shop: Any, monkeypatch: pytest.MonkeyPatch, what: str, before: str
) -> None:
    made = shop.create("web1")
    step = next(step for step in remove.STEPS if step.name == before)
    done, (change, values) = type(step).do, CHANGED[what]

    def change_and_do(self: Any, work: Any) -> Any:
        shop.lab.change(change, id=made.vmid, **values)
        return done(self, work)

    monkeypatch.setattr(type(step), "do", change_and_do)
    with pytest.raises(Mismatch):
        shop.about("decommission", made.guest, backup_storage="TSVMDS01")
    assert shop.there(made.vmid) is not None
    assert GuestRequest.objects.get(action="decommission").stage == "failed"
    assert VirtualMachine.objects.filter(name="web1").exists()
    assert made.allocation.state == "used"


@pytest.mark.parametrize("change", ["rename", "reuse"])
def test_another_guest_under_the_same_id_is_not_destroyed(shop: Any, change: str) -> None:
    made = shop.create("web1")
    if change == "rename":
        shop.lab.change("rename", id=made.vmid, name="payroll")
    else:
        shop.lab.change("reuse", id=made.vmid, spec={"name": "payroll", "kind": "container", "image": "debian12"})
    with pytest.raises(Mismatch, match="payroll"):
        shop.about("decommission", made.guest)
    assert shop.there(made.vmid).name == "payroll"
    assert VirtualMachine.objects.filter(name="web1").exists()
    assert Allocation.objects.get(key=f"guest-request:{made.pk}").state == "used"


def test_what_a_person_changed_stays_as_a_retired_record(shop: Any) -> None:
    made = shop.create("web1")
    Note.objects.create(assigned_object=made.guest, user=shop.user, note="Audited in March")
    shop.about("decommission", made.guest)
    kept = VirtualMachine.objects.get(pk=made.guest_id)
    assert kept.status.name == "Decommissioning"
    assert Note.objects.filter(assigned_object_id=kept.pk).exists()
    assert shop.there(made.vmid) is None


def test_an_address_that_a_person_wrote_a_note_about_stays_as_a_retired_record(shop: Any) -> None:
    made = shop.create("web1")
    address = made.allocation.address
    Note.objects.create(assigned_object=address, user=shop.user, note="In the certificate of the customer")
    shop.about("decommission", made.guest)
    address.refresh_from_db()
    assert address.status.name == "Deprecated"
    assert Allocation.objects.get(pk=made.allocation_id).state == "resting"
    lifecycle.sweep(timezone.now() + REST)
    assert IPAddress.objects.filter(pk=address.pk).exists()
    with pytest.raises(Unavailable, match="in Nautobot"):
        allocate(Ask(profile=shop.apps, key="another", host=address.host))


def test_an_address_that_somebody_made_a_service_of_is_left_and_the_step_says_so(shop: Any) -> None:
    made = shop.create("web1")
    address = made.allocation.address
    other = Service.objects.create(name="web", protocol="tcp", ports=[80], virtual_machine=shop.guest("lxc/210"))
    other.ip_addresses.add(address)
    request = shop.about("decommission", made.guest)
    assert request.stage == "released"
    assert "a service" in request.detail("addresses")["left"][address.host]
    assert IPAddress.objects.filter(pk=address.pk).exists()


def test_a_guest_that_no_system_claims_is_refused(shop: Any) -> None:
    stranger = VirtualMachine.objects.create(
        name="stranger", cluster=VirtualMachine.objects.first().cluster, status=VirtualMachine.objects.first().status
    )
    with pytest.raises(Unusable, match="claims stranger"):
        shop.about("decommission", stranger)


@pytest.mark.parametrize("name", ["guest", "stop"])
def test_a_step_that_fails_before_the_end_leaves_the_guest_as_it_was(
    shop: Any, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    made = shop.create("web1")
    before = shop.traces()
    step = next(step for step in remove.STEPS if step.name == name)
    done = type(step).do

    def do_and_fail(self: Any, work: Any) -> Any:
        done(self, work)
        raise RemoteError("the power went")

    monkeypatch.setattr(type(step), "do", do_and_fail)
    with pytest.raises(WowError):
        shop.about("decommission", made.guest)
    assert shop.traces() == before
    assert shop.there(made.vmid).running


class Killed(BaseException):
    """A worker that is gone."""


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("name", [step.name for step in remove.STEPS])
def test_a_worker_that_dies_around_a_step_is_followed_by_one_that_finishes(
    shop: Any, monkeypatch: pytest.MonkeyPatch, name: str, when: str
) -> None:
    before = shop.traces()
    made = shop.create("web1")
    step = next(step for step in remove.STEPS if step.name == name)
    done = type(step).do
    request = ask.submit(ask.for_guest(shop.user, "decommission", made.guest))
    with monkeypatch.context() as patched:

        def do_and_die(self: Any, work: Any) -> Any:
            if when == "after":
                done(self, work)
            raise Killed

        patched.setattr(type(step), "do", do_and_die)
        with pytest.raises(Killed):
            queue.run(request, shop.user, **FAST)
    request = shop.carry_out(request)
    assert request.stage == "released"
    assert shop.traces() == before
    assert Allocation.objects.get(key=f"guest-request:{made.pk}").state == "resting"


def test_a_guest_that_others_destroyed_follows_after_the_grace(shop: Any) -> None:
    made = shop.create("web1")
    host = made.allocation.host
    shop.lab.change("destroy", id=made.vmid)
    shop.sync(times=2)
    made.refresh_from_db()
    assert made.stage == "released"
    assert Allocation.objects.get(host=host).state == "resting"
    assert IPAddress.objects.get(host=host).status.name == "Deprecated"
