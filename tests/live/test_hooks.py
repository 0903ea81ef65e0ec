"""What users attach to changes of guests happens after a sync, too, although a sync writes in bulk.

    by a sync                            compared with
    a job hook's receiver runs           the change it was told of, in the change log
    an event is published                the event of a Job that saves the same change as Nautobot does
    a webhook is queued                  the webhook of the same change through the REST API

Nautobot sends no webhook to this machine, so it is caught where it is queued.
"""

from __future__ import annotations

import contextlib
import json
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from development import main_job
from development.paths import Paths
from development.stack import Stack
from tests.live.api import Api
from tests.live.git_server import GitServer
from tests.live.wiretap import Wiretap, tapped, until
from tests.live_stack import LiveStack

pytestmark = pytest.mark.live
SLUG = "wow_ears"
EARS = Path(__file__).with_name("ears")
VM, HOST = "/api/virtualization/virtual-machines/", "http://localhost:9/"
WEBHOOK = "nautobot.extras.tasks.process_webhook"
TOPIC = "nautobot.update.virtualization.virtualmachine"
TRAEFIK, OLD, NEW = 210, "traefik", "proxy"
TIMES = ("last_updated", "timestamp", "request_id", "change_context_detail")
ON_CHANGE = {
    "content_types": ["virtualization.virtualmachine"],
    "enabled": True,
    "type_create": True,
    "type_update": True,
    "type_delete": True,
}


@dataclass
class Told:
    """What was heard of a guest's renaming, by who renamed it."""

    guest: str
    by_rest: list[list[Any]] = field(default_factory=list)
    by_job: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    by_sync: Wiretap = field(default_factory=Wiretap)
    changes: list[dict[str, Any]] = field(default_factory=list)
    said: dict[str, str] = field(default_factory=dict)


@pytest.fixture(scope="module")
def ears(api: Api, git_server: GitServer, live_stack: LiveStack) -> Iterator[None]:
    """Jobs that listen, from a Git repository; a worker that has started since knows their event broker."""
    with api.having_repository(SLUG, git_server.publish(EARS, SLUG)):
        api.enable(f"{SLUG}.jobs", "Rename")
        job = api.enable(f"{SLUG}.jobs", "Receiver")
        restart_worker(live_stack.folder)
        with (
            api.having("/api/extras/job-hooks/", name="Ears", job=job["id"], **ON_CHANGE),
            api.having("/api/extras/webhooks/", name="Ears", payload_url=HOST, http_method="POST", **ON_CHANGE),
        ):
            yield


def restart_worker(folder: Path) -> None:
    stack = Stack(Paths(folder))
    stack.supervisor.stop(stack.supervisor.known()["worker"])
    stack.nautobot.start("worker")
    stack.nautobot.wait("worker")


@pytest.fixture(scope="module")
def told(ears: None, api: Api, live_stack: LiveStack) -> Told:
    """Rename a guest through the REST API, by a Job, and at its source; and undo it each time."""
    facts = live_stack.facts
    found = Told(api.only(VM, name=OLD)["id"])
    for name in (NEW, OLD):  # Nautobot remembers the guest as it was at its last change, its address included
        api.patch(f"{VM}{found.guest}/", {"name": name})
    with tapped(facts["redis_url"]) as tap:
        for name in (NEW, OLD):
            api.patch(f"{VM}{found.guest}/", {"name": name})
        found.by_rest = until(lambda: len(tap.arguments_of(WEBHOOK)) == 2 and tap.arguments_of(WEBHOOK))
    with tapped(facts["redis_url"]) as tap:
        for name in (NEW, OLD):
            api.run(f"{SLUG}.jobs", "Rename", guest=found.guest, new_name=name)
        found.by_job = until(lambda: len(tap.events) == 2 and tap.events)
    with tapped(facts["redis_url"]) as found.by_sync, renamed(facts):
        main_job.sync(api, "wow-proxmox", dry_run=False, what="a guest was renamed")
        found.changes = api.find("/api/extras/object-changes/", changed_object_id=found.guest, sort="-time")
        found.said = said_by_receiver(api, found.changes[0]["id"])
    main_job.sync(api, "wow-proxmox", dry_run=False, what="its name is as before")
    return found


@contextlib.contextmanager
def renamed(facts: dict[str, Any]) -> Iterator[None]:
    """Rename a guest of the lab for the time of the block."""
    change(facts, {"op": "rename", "id": TRAEFIK, "name": NEW})
    try:
        yield
    finally:
        change(facts, {"op": "rename", "id": TRAEFIK, "name": OLD})


def change(facts: dict[str, Any], what: dict[str, Any]) -> None:
    lab = facts["lab"]["proxmox"]
    request = urllib.request.Request(
        f"{lab['control_url']}/changes",
        data=json.dumps([what]).encode(),
        headers={"Authorization": f"Bearer {lab['control_token']}"},
    )
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10) as answer:
        assert answer.status == 200


def said_by_receiver(api: Api, change_id: str) -> dict[str, str]:
    """Return what the receiver said in the run that was told of a change."""

    def look() -> dict[str, str]:
        runs = api.find("/api/extras/job-results/", name="Say what changed", status="SUCCESS")
        logs = {run["id"]: api.log_of(run["id"]) for run in runs}
        return {key: log for key, log in logs.items() if change_id in log}

    return until(look)


def settled(value: Any) -> Any:
    """Return data without what differs between any two changes."""
    if isinstance(value, dict):
        return {name: settled(part) for name, part in value.items() if name not in TIMES}
    return [settled(part) for part in value] if isinstance(value, list) else value


# --------------------------------------------------------------------------------------------------------- job hooks


def test_a_job_hook_runs_once_for_the_guest_and_is_told_its_change(told: Told) -> None:
    newest = told.changes[0]
    ((_, log),) = told.said.items()
    assert f"update {told.guest} {NEW} {newest['id']}" in log
    assert (newest["object_data"]["name"], newest["user_name"]) == (NEW, "admin")


# ------------------------------------------------------------------------------------------------------------ events


def test_one_event_is_published_with_the_payload_that_nautobot_gives_it(told: Told) -> None:
    (topic, mine), (their_topic, theirs) = told.by_sync.events[0], told.by_job[0]
    assert topic == their_topic == TOPIC
    assert (mine["prechange"]["name"], mine["postchange"]["name"]) == (OLD, NEW)
    assert settled(mine) == settled(theirs)
    assert mine["context"].keys() == theirs["context"].keys()
    assert len(told.by_sync.events) == 1


# ---------------------------------------------------------------------------------------------------------- webhooks


def test_one_webhook_is_queued_as_nautobot_queues_it_for_the_same_change_through_rest(told: Told) -> None:
    (mine,), theirs = told.by_sync.arguments_of(WEBHOOK), told.by_rest[0]
    hook, data, model, action, _, user, _, snapshots = mine
    assert (data["name"], model, action, user) == (NEW, "virtualmachine", "update", "admin")
    assert [snapshots["differences"][side]["name"] for side in ("removed", "added")] == [OLD, NEW]
    assert [hook, settled(data), model, action, user, settled(snapshots)] == [
        theirs[0],
        settled(theirs[1]),
        theirs[2],
        theirs[3],
        theirs[5],
        settled(theirs[7]),
    ]
    assert [type(part) for part in mine] == [type(part) for part in theirs]
