"""What people change in Nautobot is sent to Proxmox: where the options allow it, and nobody changed it there."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from nautobot.extras.models import Job, JobResult, Tag
from nautobot_ssot.models import Sync, SyncLogEntry

from nautobot_wow.errors import RemoteError, Unreachable
from nautobot_wow.models import Claim, Conflict, Plan
from nautobot_wow.systems.proxmox.provision.guests import ProxmoxProvisioner
from tests.reconcile.site import rows_written

pytestmark = pytest.mark.django_db(databases=["default", "job_logs"])

EVERYTHING = ["name", "tags", "description"]


class Pusher:
    """The Job, as a worker would run it, over the lab."""

    def __init__(self, estate: Any) -> None:
        self.estate = estate
        self.job = Job.objects.get(module_name="nautobot_wow.jobs.push", job_class_name="PushSystem")
        self.job.enabled = True
        self.job.validated_save()

    def __call__(self, user: Any = None, **given: Any) -> SimpleNamespace:
        """Run it; return how it ended."""
        result = JobResult.execute_job(
            self.job,
            user or self.estate.user,
            job_kwargs={"system": self.estate.system.pk, "dryrun": False, **given},
        )
        result.refresh_from_db()
        why = " ".join((result.result or {}).get("exc_message", ()))
        return SimpleNamespace(result=result, status=result.status, why=why)

    def plan(self) -> Plan:
        """Make a plan, and return it."""
        done = self(dryrun=True)
        assert done.status == "SUCCESS", done.why
        return Plan.objects.get(job_result=done.result)


@pytest.fixture
def push(estate: Any, monkeypatch: pytest.MonkeyPatch) -> Pusher:
    """The lab, synced, with a System to which everything may be sent."""
    # Jobs log over a second connection, which cannot see what the transaction of a test has not committed.
    monkeypatch.setattr("nautobot.extras.models.jobs.JOB_LOGS", None)
    estate.sync()
    estate.set(options={"push": EVERYTHING})
    return Pusher(estate)


def edit(estate: Any, key: str, **values: Any) -> None:
    """A person changes a guest in Nautobot."""
    guest = estate.guest(key)
    tags = values.pop("tags", None)
    for name, value in values.items():
        setattr(guest, name, value)
    guest.validated_save()
    if tags is not None:
        guest.tags.set([Tag.objects.get_or_create(name=name)[0] for name in tags])


def there(estate: Any, vmid: int) -> dict[str, Any]:
    """What the lab says of a guest."""
    guest = estate.lab.world.guests[vmid]
    return {
        "name": guest.name,
        "tags": set(filter(None, str(guest.record.get("tags", "")).split(";"))),
        "description": str(guest.record.get("description", "")),
    }


def change_there(estate: Any, vmid: int, **values: str) -> None:
    """Somebody changes a guest in Proxmox."""
    estate.lab.call(lambda: estate.lab.world.guests[vmid].record.update(values))


# ------------------------------------------------------------------------------------------------------------- the way


def test_what_people_changed_is_planned_shown_and_sent_by_its_digest(push: Pusher) -> None:
    estate = push.estate
    edit(estate, "lxc/210", name="edge", comments="Ask Ann first", tags=["proxy", "gold"])
    plan = push.plan()
    (change,) = plan.content["changes"]
    assert plan.content["direction"] == "to system"
    assert (change["key"], change["attrs"]["name"]) == ("lxc/210", ["traefik", "edge"])
    assert there(estate, 210)["name"] == "traefik"
    done = push(approve=plan.digest)
    assert done.status == "SUCCESS", done.why
    assert there(estate, 210)["name"] == "edge"
    assert there(estate, 210)["tags"] == {"proxy", "gold"}
    assert there(estate, 210)["description"].strip() == "Ask Ann first"
    plan.refresh_from_db()
    assert plan.applied_by == estate.user


def test_the_next_runs_of_both_directions_find_nothing_to_do(push: Pusher) -> None:
    estate = push.estate
    edit(estate, "lxc/210", name="edge", comments="  Ask Ann\r\nfirst ", tags=["Proxy", "gold"])
    push()
    run, _ = estate.sync()
    assert run.changes == []
    assert push.plan().content["changes"] == []
    with rows_written() as rows:
        estate.sync()
    assert rows == {}


def test_nothing_but_what_people_changed_is_asked_for_or_sent(push: Pusher) -> None:
    plan = push.plan()
    assert plan.content["changes"] == []
    before = {vmid: there(push.estate, vmid) for vmid in push.estate.lab.world.guests}
    edit(push.estate, "lxc/210", memory=9999)
    assert push().status == "SUCCESS"
    assert {vmid: there(push.estate, vmid) for vmid in push.estate.lab.world.guests} == before


def test_only_the_fields_that_the_options_name_are_sent(push: Pusher) -> None:
    push.estate.set(options={"push": ["tags"]})
    edit(push.estate, "lxc/210", name="edge", tags=["gold"])
    push()
    assert there(push.estate, 210)["name"] == "traefik"
    assert there(push.estate, 210)["tags"] == {"gold"}


def test_a_system_whose_options_say_nothing_gets_nothing(push: Pusher) -> None:
    push.estate.set(options={})
    edit(push.estate, "lxc/210", name="edge")
    done = push()
    assert done.status == "FAILURE"
    assert "options do not allow" in done.why
    assert there(push.estate, 210)["name"] == "traefik"


def test_a_name_that_is_only_told_apart_in_nautobot_is_sent_without_the_number(push: Pusher) -> None:
    estate = push.estate
    estate.lab.change("rename", id=216, name="traefik")
    estate.sync()
    assert estate.guest("lxc/216").name == "traefik (216)"
    assert push.plan().content["changes"] == []
    edit(estate, "lxc/216", name="dns2 (216)")
    push()
    assert there(estate, 216)["name"] == "dns2"
    run, _ = estate.sync()
    assert run.changes == []
    assert estate.guest("lxc/216").name == "dns2 (216)"


def test_notes_keep_the_line_of_the_request(push: Pusher) -> None:
    estate = push.estate
    change_there(estate, 210, description="Proxy\n\nwow-request: 4711\n")
    estate.sync()
    assert estate.guest("lxc/210").comments == "Proxy"
    edit(estate, "lxc/210", comments="")
    push()
    assert there(estate, 210)["description"].strip() == "wow-request: 4711"
    run, _ = estate.sync()
    assert run.changes == []


# ----------------------------------------------------------------------------------------------------------- both sides


def test_what_changed_on_both_sides_is_a_conflict_and_nothing_is_sent(push: Pusher) -> None:
    estate = push.estate
    edit(estate, "lxc/210", name="edge")
    estate.lab.change("rename", id=210, name="gate")
    assert push().status == "SUCCESS"
    assert there(estate, 210)["name"] == "gate"
    conflict = Conflict.objects.get(kind="edited-both-sides", state="open")
    assert "name changed on both sides" in conflict.title
    estate.sync()
    assert list(Conflict.objects.filter(kind="edited-both-sides", state="open")) == [conflict]
    assert estate.guest("lxc/210").name == "edge"


def test_tags_are_merged_one_by_one_and_those_of_the_system_still_come(push: Pusher) -> None:
    estate = push.estate
    change_there(estate, 210, tags="proxy;old")
    estate.sync()
    edit(estate, "lxc/210", tags=["proxy", "gold"])
    change_there(estate, 210, tags="proxy;old;new")
    push()
    assert there(estate, 210)["tags"] == {"proxy", "gold", "new"}
    estate.sync()
    assert set(estate.guest("lxc/210").tags.values_list("name", flat=True)) == {"proxy", "gold", "new"}


def test_a_tag_that_proxmox_cannot_have_is_left_out_and_said(push: Pusher) -> None:
    edit(push.estate, "lxc/210", tags=["gold", "Needs review"])
    plan = push.plan()
    assert any("'needs review' cannot be a tag" in note for note in plan.content["notes"])
    push()
    assert there(push.estate, 210)["tags"] == {"gold"}
    assert push.plan().content["changes"] == []


def test_what_another_system_says_is_no_persons_edit(push: Pusher) -> None:
    guest = push.estate.guest("lxc/210")
    claim = Claim.objects.get(object_id=guest.pk)
    System = type(push.estate.system)
    paper = System.objects.create(name="paper", kind="proxmox", precedence=200)
    values = {**claim.values, "name": "edge"}
    Claim.objects.create(
        system=paper, kind="guest", external_id="x", object_type=claim.object_type, object_id=guest.pk, values=values
    )
    edit(push.estate, "lxc/210", name="edge")
    assert push.plan().content["changes"] == []


# ------------------------------------------------------------------------------------------------------------- refusals


def test_a_plan_that_the_world_left_behind_is_refused(push: Pusher) -> None:
    edit(push.estate, "lxc/210", name="edge")
    plan = push.plan()
    edit(push.estate, "lxc/210", name="gate")
    done = push(approve=plan.digest)
    assert done.status == "FAILURE"
    assert "the world moved" in done.why
    assert there(push.estate, 210)["name"] == "traefik"


def test_plans_of_both_directions_stand_side_by_side_and_are_not_mistaken(push: Pusher) -> None:
    edit(push.estate, "lxc/210", name="edge")
    outward = push.plan()
    push.estate.lab.change("rename", id=211, name="dns3")
    inward = push.estate.plan()
    inward.store_plan()
    assert push.plan().digest == outward.digest
    assert Plan.objects.filter(digest=inward.digest).exists()
    done = push(approve=inward.digest)
    assert "there is no open plan" in done.why
    assert there(push.estate, 210)["name"] == "traefik"


def test_a_guard_stops_what_would_change_most_guests_until_it_is_approved(push: Pusher) -> None:
    for claim in Claim.objects.filter(system=push.estate.system, kind="guest"):
        edit(push.estate, claim.external_id, comments="Changed by a script")
    done = push()
    assert done.status == "FAILURE"
    assert "10 of 10 guests would be updated" in done.why
    assert "Changed by a script" not in there(push.estate, 210)["description"]
    plan = Plan.objects.get(refused__gt="")
    assert push(approve=plan.digest).status == "SUCCESS"
    assert "Changed by a script" in there(push.estate, 210)["description"]


def test_who_may_not_apply_plans_at_most(push: Pusher, django_user_model: Any) -> None:
    edit(push.estate, "lxc/210", name="edge")
    stranger = django_user_model.objects.create(username="ben")
    done = push(stranger)
    assert done.status == "FAILURE"
    assert "apply_system" in done.why
    assert there(push.estate, 210)["name"] == "traefik"


def test_one_guest_that_fails_does_not_stop_the_others_and_the_job_says_which(
    push: Pusher, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename = ProxmoxProvisioner.rename

    def fails_for_one(self: ProxmoxProvisioner, vmid: int, name: str) -> None:
        if vmid == 102:
            raise RemoteError("it is locked (backup)")
        rename(self, vmid, name)

    monkeypatch.setattr(ProxmoxProvisioner, "rename", fails_for_one)
    edit(push.estate, "lxc/102", name="boot")
    edit(push.estate, "lxc/105", name="My vault")
    edit(push.estate, "lxc/210", name="edge")
    done = push()
    assert done.status == "FAILURE"
    assert "lxc/102 (it is locked (backup))" in done.why
    assert "'My vault' is no host name" in done.why
    assert there(push.estate, 210)["name"] == "edge"
    sync = Sync.objects.get(job_result=done.result)
    assert dict(SyncLogEntry.objects.filter(sync=sync).values_list("object_repr", "status")) == {
        "guest boot (lxc/102)": "error",
        "guest edge (lxc/210)": "success",
    }
    monkeypatch.setattr(ProxmoxProvisioner, "rename", rename)
    edit(push.estate, "lxc/105", name="vaultwarden")
    assert push().status == "SUCCESS"
    assert there(push.estate, 102)["name"] == "boot"


def test_guests_are_sent_to_side_by_side_and_never_more_than_the_options_say(
    push: Pusher, monkeypatch: pytest.MonkeyPatch
) -> None:
    estate = push.estate
    estate.set(options={"push": EVERYTHING, "concurrency": 3})
    keys = sorted(Claim.objects.filter(system=estate.system, kind="guest").values_list("external_id", flat=True))[:6]
    together, inside, most = threading.Barrier(3), 0, 0
    lock = threading.Lock()
    set_notes = ProxmoxProvisioner.set_notes

    def meets_two_others(self: ProxmoxProvisioner, vmid: int, text: str) -> None:
        nonlocal inside, most
        with lock:
            inside += 1
            most = max(most, inside)
        together.wait(timeout=60)  # breaks unless three are here at once
        set_notes(self, vmid, text)
        with lock:
            inside -= 1

    monkeypatch.setattr(ProxmoxProvisioner, "set_notes", meets_two_others)
    for key in keys:
        edit(estate, key, comments=f"Notes of {key}")
    done = push()
    assert done.status == "SUCCESS", done.why
    assert most == 3
    for key in keys:
        assert there(estate, int(key.partition("/")[2]))["description"].strip() == f"Notes of {key}"
    entries = SyncLogEntry.objects.filter(sync__job_result=done.result).order_by("timestamp")
    assert [entry.object_repr.rpartition("(")[2].rstrip(")") for entry in entries] == keys


def test_after_the_endpoint_is_gone_the_others_are_not_tried_and_all_are_named(
    push: Pusher, monkeypatch: pytest.MonkeyPatch
) -> None:
    estate = push.estate
    estate.set(options={"push": EVERYTHING, "concurrency": 1})
    asked: list[int] = []

    def unplugged(self: ProxmoxProvisioner, vmid: int, name: str) -> None:
        asked.append(vmid)
        raise Unreachable("wow-proxmox does not answer")

    monkeypatch.setattr(ProxmoxProvisioner, "rename", unplugged)
    for key in ("lxc/102", "lxc/210", "qemu/211"):
        edit(estate, key, name=f"new-{key.partition('/')[2]}")
    done = push()
    assert done.status == "FAILURE"
    assert asked == [102]
    assert "3 guests were not changed" in done.why
    assert done.why.count("not tried: wow-proxmox does not answer") == 2


def test_what_arrived_before_a_guest_failed_is_in_its_claim(push: Pusher, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(self: ProxmoxProvisioner, vmid: int, text: str) -> None:
        raise RemoteError("it is locked (backup)")

    monkeypatch.setattr(ProxmoxProvisioner, "set_notes", fails)
    edit(push.estate, "lxc/210", name="edge", comments="Front door")
    assert push().status == "FAILURE"
    claim = Claim.objects.get(external_id="lxc/210", kind="guest")
    assert (claim.values["name"], claim.values["comments"]) == ("edge", "Reverse proxy")


def test_another_guest_under_the_same_id_gets_nothing(push: Pusher) -> None:
    edit(push.estate, "lxc/210", name="edge")
    push.estate.lab.change("reuse", id=210, spec={"name": "jump", "kind": "container", "image": "ubuntu24"})
    assert push().status == "SUCCESS"
    assert there(push.estate, 210)["name"] == "jump"


# ---------------------------------------------------------------------------------------------------------------- pages


def test_the_dashboard_shows_it_and_the_page_of_a_plan_says_which_way_it_goes(push: Pusher, client: Client) -> None:
    edit(push.estate, "lxc/210", name="edge")
    plan = push.plan()
    client.force_login(push.estate.user)
    assert "Sync to system" in client.get(reverse("plugins:nautobot_ssot:dashboard")).content.decode()
    page = client.get(plan.get_absolute_url()).content.decode()
    assert "from Nautobot to wow-proxmox" in page
    asked = client.get(reverse("plugins:nautobot_wow:plan_apply", kwargs={"pk": plan.pk})).content.decode()
    assert "sends them to wow-proxmox" in asked
