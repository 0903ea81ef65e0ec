"""The main job, as a user would run it: a dry run, the real one, and a second one that must change nothing."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from .problems import Problem
from .progress import step
from .rest import Rest

MODULE = "nautobot_wow.jobs.sync"
NAME = "SyncSystem"
PATIENCE_S = 30 * 60
# the order of reports
KINDS = (
    "location",
    "rack",
    "device_type",
    "cluster",
    "vlan_group",
    "vlan",
    "prefix",
    "range",
    "profile",
    "size",
    "device",
    "bay",
    "part",
    "interface",
    "guest",
    "guest_interface",
    "address",
    "cable",
    "image",
)
QUIET = ("missing",)  # noted, but no change of an object
FINAL = ("active", "failed", "released")


@dataclass(frozen=True, kw_only=True)
class Made:
    """A guest that was asked for: its address, the steps that were taken, and where its request is."""

    name: str
    address: str
    steps: list[str]
    url: str


@dataclass(frozen=True, kw_only=True)
class Run:
    """What one run of the Job did: counts by kind and action, and where its log is."""

    what: str
    status: str
    message: str
    summary: dict[str, dict[str, int]]
    url: str

    def changes(self) -> int:
        """Return how many objects were, or would be, changed."""
        return sum(
            number for actions in self.summary.values() for action, number in actions.items() if action not in QUIET
        )


def run(rest: Rest, names: list[str]) -> list[Run]:
    """Reconcile the systems: dry run, apply, and once more. A run that fails, or is not quiet at last, is a Problem."""
    runs = []
    for name in in_order(rest, names):
        place(rest, name)
        runs.append(sync(rest, name, dry_run=True, what=f"{name}: what would change"))
        runs.append(sync(rest, name, dry_run=False, what=f"{name}: reconciled"))
        again = sync(rest, name, dry_run=False, what=f"{name}: once more")
        runs.append(again)
        if again.changes():
            raise Problem(f"{name}: the second run changed {again.changes()} objects; see {again.url}")
    return runs


WRITTEN = ("site-design",)
"""Kinds of Systems that say which places and networks there are: they are read before those that are in them."""
PLACE = "WOW-DC"


def in_order(rest: Rest, names: list[str]) -> list[str]:
    """Return the Systems in the order in which they can be read."""
    kinds = {name: _kind(system_of(rest, name)) for name in names}
    return sorted(names, key=lambda name: (kinds[name] not in WRITTEN, kinds[name] == "inventory", name))


def place(rest: Rest, name: str) -> None:
    """Say where a System of the lab stands, once the design has made that place."""
    system = system_of(rest, name)
    if _kind(system) in WRITTEN or system.get("location"):
        return
    found = rest.find("/api/dcim/locations/", name=PLACE)
    if found:
        rest.patch(f"/api/plugins/wow/systems/{system['id']}/", {"location": found[0]["id"]})


def _kind(system: dict[str, Any]) -> str:
    kind = system["kind"]
    return str(kind.get("value") if isinstance(kind, dict) else kind)


def sync(rest: Rest, name: str, *, dry_run: bool, what: str) -> Run:
    """Run the Job for one System and wait until it is done."""
    system = system_of(rest, name)
    with step(what) as current:

        def tell(status: str) -> None:
            current.note = status

        result = rest.run_job(MODULE, NAME, {"system": system["id"], "dryrun": dry_run}, PATIENCE_S, tell)
        url = f"{rest.url}/extras/job-results/{result['id']}/"
        if result["status"]["value"] != "SUCCESS":
            raise Problem(
                f"{what}: the Job ended as {result['status']['value']}; see {url}\n{complaints(rest, result)}"
            )
        done = _run_of(rest, system["id"], what, url, dry_run)
        current.note = describe(done.summary)
    return done


GUESTS: tuple[dict[str, Any], ...] = (
    {"name": "wow-web1", "image": "debian-12-standard_12.7-1", "size": "small", "applications": ["nginx"]},
    {"name": "wow-db1", "image": "ubuntu24", "size": "medium", "applications": []},
)
"""What the lab shows: a container and a virtual machine, created on addresses that Nautobot gave first."""


def create_guests(rest: Rest, system: str) -> list[Made]:
    """Ask for the two guests and wait until they are there; asking again finds them."""
    return [_create(rest, system, guest) for guest in GUESTS]


def _create(rest: Rest, system: str, guest: dict[str, Any]) -> Made:
    body = {
        "key": f"up:{guest['name']}",
        "name": guest["name"],
        "system": system,
        "profile": "apps",
        "size": guest["size"],
        "image": guest["image"],
        "application_list": guest["applications"],
    }
    with step(f"{guest['name']}: created IP-first") as current:
        was_there = bool(rest.find("/api/plugins/wow/guest-requests/", key=body["key"]))
        request = rest.post("/api/plugins/wow/guest-requests/", body)
        path = f"/api/plugins/wow/guest-requests/{request['id']}/"
        deadline = time.monotonic() + PATIENCE_S
        while request["stage"] not in FINAL and time.monotonic() < deadline:
            time.sleep(0.5)
            request = rest.get(path)
            current.note = str(request["stage"])
        url = f"{rest.url}/plugins/wow/guest-requests/{request['id']}/"
        if request["stage"] != "active":
            raise Problem(f"{guest['name']}: the request is {request['stage']}: {request['error']}; see {url}")
        address = _address_of(request)
        current.note = f"{address}, it was there already" if was_there else address
    return Made(name=guest["name"], address=address, steps=[row["name"] for row in request["steps"]], url=url)


def _address_of(request: dict[str, Any]) -> str:
    found: dict[str, Any] = next((row for row in request["steps"] if row["name"] == "address"), {})
    return str(found.get("detail", {}).get("address", ""))


def system_of(rest: Rest, name: str) -> dict[str, Any]:
    """Return a System by its name."""
    found = rest.find("/api/plugins/wow/systems/", name=name)
    if not found:
        known = ", ".join(sorted(system["name"] for system in rest.find("/api/plugins/wow/systems/"))) or "none"
        raise Problem(f"Nautobot has no System {name}; it has: {known}")
    return found[0]


def system_names(rest: Rest) -> list[str]:
    """Return the enabled Systems, sorted."""
    return sorted(row["name"] for row in rest.find("/api/plugins/wow/systems/") if row.get("enabled", True))


def _run_of(rest: Rest, system_id: str, what: str, url: str, dry_run: bool) -> Run:
    system = rest.get(f"/api/plugins/wow/systems/{system_id}/")
    summary = system.get("last_summary") or {}
    if dry_run:
        plans = rest.get("/api/plugins/wow/plans/", system=system["id"], sort="-created", limit="1")["results"]
        summary = plans[0]["summary"] if plans else {}
    status = system.get("last_status") or {}
    return Run(
        what=what,
        status=str(status.get("value", "") if isinstance(status, dict) else status),
        message=str(system.get("last_message") or ""),
        summary={kind: actions for kind, actions in summary.items() if isinstance(actions, dict)},
        url=url,
    )


def complaints(rest: Rest, result: dict[str, Any]) -> str:
    """Return what a Job ended with, and the warnings and errors of its log, the last ones."""
    rows = rest.find("/api/extras/job-logs/", job_result=result["id"])
    telling = [f"  {row['log_level']}: {row['message']}" for row in rows if _is_bad(row)]
    outcome = result.get("result")
    last_words = outcome.get("exc_message") or () if isinstance(outcome, dict) else ()
    return "\n".join([*telling[-10:], *(f"  {word}" for word in last_words)])


def _is_bad(row: dict[str, Any]) -> bool:
    return row["log_level"] in ("warning", "failure", "error", "critical")


def describe(summary: dict[str, dict[str, int]]) -> str:
    """Return the counts of a summary in a line: `guest 10 create, 2 update; address 12 create`."""
    parts = []
    for kind in sorted(summary, key=_rank):
        actions = summary[kind]
        counts = [f"{number} {action}" for action, number in actions.items() if number]
        if counts:
            parts.append(f"{kind} {', '.join(counts)}")
    return "; ".join(parts) or "nothing to change"


def _rank(kind: str) -> tuple[int, str]:
    return (KINDS.index(kind) if kind in KINDS else len(KINDS), kind)
