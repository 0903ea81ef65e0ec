"""The playbook of the documentation, run as it is by Ansible, on the running Nautobot and its lab."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from development.paths import REPOSITORY
from development.rest import Rest
from tests.live_stack import LiveStack
from tests.peers.collection import Ansible, AnsibleFailed
from tests.peers.conftest import demand_peers

pytestmark = pytest.mark.live

PAGE = REPOSITORY / "docs" / "user" / "ansible.md"
BOOK = REPOSITORY / "docs" / "user" / "ansible" / "container.yml"
GUEST = "play-web1"
ALLOCATIONS = "/api/plugins/wow/allocations/"

Play = Callable[..., list[dict[str, Any]]]


@dataclass(frozen=True)
class RunningProxmox:
    """The lab of a running stack, and the token that may change something there."""

    port: int
    url: str
    ca_file: str
    secret: str
    user: str
    token_name: str
    host: str = "127.0.0.1"


def proxmox_of(facts: dict[str, Any]) -> RunningProxmox:
    lab = facts["lab"]["proxmox"]
    user, _, token_name = lab["automation_token_id"].partition("!")
    return RunningProxmox(
        port=int(lab["url"].rpartition(":")[2]),
        url=lab["url"],
        ca_file=lab["ca_file"],
        secret=lab["automation_token_secret"],
        user=user,
        token_name=token_name,
    )


@pytest.fixture(scope="module")
def rest(live_stack: LiveStack) -> Rest:
    return live_stack.rest


@pytest.fixture(scope="module")
def play(live_stack: LiveStack, rest: Rest, tmp_path_factory: pytest.TempPathFactory) -> Play:
    """Runs the playbook."""
    demand_peers()
    nautobot = {"NAUTOBOT_URL": rest.url, "NAUTOBOT_TOKEN": rest.token}
    ansible = Ansible(tmp_path_factory.mktemp("play"), proxmox_of(live_stack.facts), variables=nautobot)
    return lambda **variables: ansible.play(BOOK, **variables)


@pytest.fixture(scope="module")
def first(play: Play) -> list[dict[str, Any]]:
    """What the first run said."""
    return play(guest=GUEST)


def said(tasks: list[dict[str, Any]], beginning: str) -> dict[str, Any]:
    (found,) = [task for task in tasks if task["task"].startswith(beginning)]
    return found


def test_the_page_shows_the_playbook_that_is_run() -> None:
    shown = re.search(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S)
    assert shown is not None
    assert shown[1] == BOOK.read_text(encoding="utf-8")


def test_the_guest_is_in_nautobot_with_the_address_that_was_allocated(first: list[dict[str, Any]], rest: Rest) -> None:
    allocation = said(first, "Allocate an address")
    assert (allocation["status"], allocation["json"]["state"]) == (201, "held")
    (guest,) = rest.find("/api/virtualization/virtual-machines/", name=GUEST, depth="1")
    assert guest["primary_ip4"]["address"] == allocation["json"]["cidr"]
    assert guest["custom_fields"]["proxmox_vmid"] == int(said(first, "Create the container")["vmid"])
    assert rest.get(f"{ALLOCATIONS}{allocation['json']['id']}/")["state"] == "used"


def test_a_second_run_changes_nothing(first: list[dict[str, Any]], play: Play, rest: Rest) -> None:
    before = rest.find(ALLOCATIONS)
    again = play(guest=GUEST)
    assert [task["task"] for task in again if task["changed"]] == []
    allocation = said(again, "Allocate an address")
    assert (allocation["status"], allocation["json"]["state"]) == (200, "used")
    assert allocation["json"]["host"] == said(first, "Allocate an address")["json"]["host"]
    assert said(again, "Create the container")["vmid"] == said(first, "Create the container")["vmid"]
    assert said(again, "Have Nautobot look")["skip_reason"] == "Conditional result was False"
    assert rest.find(ALLOCATIONS) == before


def test_where_nothing_is_free_the_play_ends_with_the_reason_and_creates_nothing(
    first: list[dict[str, Any]], play: Play, rest: Rest, live_stack: LiveStack
) -> None:
    prefix = rest.post("/api/ipam/prefixes/", {"prefix": "10.98.0.0/30", "status": "Active", "namespace": "Global"})
    full = {"name": "full", "prefix": prefix["id"], "bridge": "vmbr0"}
    rest.post("/api/plugins/wow/network-profiles/", full)
    for key in ("one", "two"):
        rest.post(f"{ALLOCATIONS}allocate/", {"profile": "full", "key": f"full {key}"})
    with pytest.raises(AnsibleFailed, match=r"no address of 10\.98\.0\.0/30 is free \(2 considered\)"):
        play(guest="play-web2", profile="full")
    assert rest.find("/api/virtualization/virtual-machines/", name="play-web2") == []


def test_the_next_sync_of_everything_has_nothing_to_do(first: list[dict[str, Any]], live_stack: LiveStack) -> None:
    done = live_stack.command("sync", "wow-proxmox")
    assert done.returncode == 0, done.stderr
    assert "nothing to change" in done.stdout
