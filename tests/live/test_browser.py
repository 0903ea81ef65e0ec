"""The story of a guest in a real browser: asked for, followed, moved, decommissioned, by what the pages offer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.live.api import Api
from tests.live.browser import Browser, browser_of
from tests.live_stack import LiveStack

pytestmark = pytest.mark.live

NAME = "story1"
RUN = "button[name=_run], form button[type=submit].btn-primary"
JOBS = ("CreateGuest", "MoveGuest", "DecommissionGuest", "CarryOutRequest")
REQUESTS = "/api/plugins/wow/guest-requests/"


@pytest.fixture(scope="module")
def browser(live_stack: LiveStack, api: Api, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A window in which the administrator is logged in."""
    for name in JOBS:
        api.enable("nautobot_wow.jobs.provision", name)
    with browser_of(live_stack.rest.url, tmp_path_factory.mktemp("browser")) as window:
        window.log_in(live_stack.facts["admin"]["user"], live_stack.password)
        yield window


@pytest.fixture(scope="module")
def guest(browser: Browser, api: Api) -> Iterator[dict[str, Any]]:
    """A guest that was asked for on the page of its network; gone in the end, whatever a test left of it."""
    ask_for_it(browser, api)
    request = api.only(REQUESTS, name=NAME, action="create")
    yield request
    for row in api.find("/api/virtualization/virtual-machines/", name=NAME):
        api.run("nautobot_wow.jobs.provision", "DecommissionGuest", guest=row["id"], confirm=NAME)


def ask_for_it(browser: Browser, api: Api) -> None:
    """Fill the form in, look at the dry run, then do it."""
    network = api.only("/api/plugins/wow/network-profiles/", name="proxmox-mgmt")
    system = api.only("/api/plugins/wow/systems/", name="wow-proxmox")
    for dry_run in (True, False):
        browser.open(f"/plugins/wow/network-profiles/{network['id']}/")
        browser.follow("Create a guest")
        assert (browser.chosen("network"), browser.chosen("system")) == (network["id"], system["id"])
        browser.write("guest_name", NAME)
        browser.write("justification", "A story")
        for field, path, name in (
            ("size", "guest-sizes", "small"),
            ("image", "guest-images", "debian-12-standard_12.7-1"),
        ):
            browser.choose(field, api.only(f"/api/plugins/wow/{path}/", name=name)["id"], name)
        browser.tick("dryrun", dry_run)
        said = run(browser)
        assert ("Nothing stands in the way" in said) is dry_run, said
        assert bool(api.find(REQUESTS, name=NAME)) is not dry_run
    assert f"Create {NAME}: Active" in said


def run(browser: Browser) -> str:
    """Run the Job whose form is filled in, and return what its page says in the end."""
    browser.click(RUN)
    browser.wait("the page of the result", lambda: "/job-results/" in browser.url)
    return browser.wait("the end of the Job", lambda: ended(browser))


def ended(browser: Browser) -> str:
    """Return the text of the page of a result once the Job is over; looked at anew, like a person who reloads."""
    browser.open(browser.url)
    text = browser.text
    return text if "Job completed" in text or "Failed" in text else ""


def page_of(api: Api) -> str:
    """Return the path of the guest's page."""
    return f"/virtualization/virtual-machines/{api.only('/api/virtualization/virtual-machines/', name=NAME)['id']}/"


def test_it_was_created_on_the_address_that_its_page_and_its_request_show(
    browser: Browser, api: Api, guest: dict[str, Any]
) -> None:
    browser.open(f"/plugins/wow/guest-requests/{guest['id']}/")
    text = browser.text
    assert "10 of 10 steps done" in text
    assert "172.16.110." in text
    browser.follow(NAME)
    browser.wait("the page of the guest", lambda: page_of(api) in browser.url)
    assert "Primary IPv4\t172.16.110." in browser.text


def test_it_is_moved_and_its_request_is_followed_to_the_end_without_a_touch(
    browser: Browser, api: Api, guest: dict[str, Any]
) -> None:
    vm = api.only("/api/virtualization/virtual-machines/", name=NAME)
    profile = api.only("/api/plugins/wow/network-profiles/", name="apps")
    browser.open(page_of(api))
    browser.follow("Move to another network")
    assert browser.chosen("guest") == vm["id"]
    browser.choose("network", profile["id"], "apps")
    browser.click(RUN)
    moved = browser.wait("the request", lambda: api.find(REQUESTS, name=NAME, action="move"))[0]
    browser.open(f"/plugins/wow/guest-requests/{moved['id']}/")
    browser.wait("the end of the move", lambda: "6 of 6 steps done" in browser.text and "Active" in browser.text)
    browser.wait("the page as a whole", lambda: "follows it by itself" not in browser.text)
    browser.open(page_of(api))
    assert "Primary IPv4\t172.16.100." in browser.text


def test_it_is_decommissioned_only_by_its_name(browser: Browser, api: Api, guest: dict[str, Any]) -> None:
    path = page_of(api)
    for name in ("payroll", NAME):
        browser.open(path)
        browser.follow("Decommission")
        browser.write("confirm", name)
        said = run(browser)
        is_there = bool(api.find("/api/virtualization/virtual-machines/", name=NAME))
        assert is_there is (name != NAME), said
    assert f"Decommission {NAME}: Released" in said
    browser.open("/plugins/wow/guest-requests/")
    browser.wait("the list", lambda: "Decommission" in browser.text and "Released" in browser.text)
