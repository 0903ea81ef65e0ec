"""Waiting for a guest: seen by whoever follows the request, bounded, and undone or gone on with like any other step."""

from __future__ import annotations

from typing import Any

import pytest

from nautobot_wow.choices import WaitFor
from nautobot_wow.errors import RemoteError
from nautobot_wow.provisioning import ask, create, queue, waits
from tests.provisioning.shop import FAST

pytestmark = pytest.mark.django_db

SHORT = {**FAST, "boot_s": 0.5, "tell_s": 0.0}


class Killed(BaseException):
    """A worker that is gone: nothing catches it, nothing is undone."""


def after_start(monkeypatch: pytest.MonkeyPatch, happens: Any) -> None:
    """Let something happen to each guest once it was started."""
    started = create.Start.do

    def do(self: create.Start, work: Any) -> Any:
        found = started(self, work)
        happens(work.request.vmid)
        return found

    monkeypatch.setattr(create.Start, "do", do)


def given_up(shop: Any, said: str, waited: str, **more: Any) -> None:
    """Ask for a guest that never is ready: the error says so, the wait was told, nothing is left."""
    before, told = shop.traces(), []
    request = ask.submit(shop.want("web1", **more))
    with pytest.raises(RemoteError, match=said):
        queue.run(request, shop.user, told.append, **SHORT)
    request.refresh_from_db()
    assert request.stage == "failed"
    assert request.error.startswith("check: ")
    assert any(line.startswith(f"Waiting {waited}") for line in told), told
    assert shop.traces() == before


def test_a_guest_that_says_nothing_of_its_address_is_given_up(shop: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    after_start(monkeypatch, lambda vmid: shop.lab.change("set_agent", id=vmid, alive=False))
    given_up(shop, "reports no address instead of 172.16.100", "until it reports 172.16.100.", image=shop.ubuntu)


def test_a_guest_whose_ssh_never_answers_is_given_up(shop: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waits, "why_silent", lambda host, port: "Connection refused")
    said = r"web1: 172\.16\.100\.\d+ does not answer on port 22 within 0\.5 s \(Connection refused\); the workers of"
    given_up(shop, said, "for SSH on 172.16.100.", wait_for=WaitFor.SSH)


def test_a_guest_whose_cloud_init_never_ends_is_given_up(shop: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    after_start(monkeypatch, lambda vmid: shop.lab.change("set_cloud_init", id=vmid, done=False))
    said = r"web1: cloud-init was not done within 0\.5 s"
    given_up(shop, said, "for cloud-init to be done", image=shop.ubuntu, wait_for=WaitFor.CLOUD_INIT)


def test_the_page_of_a_request_says_what_is_waited_for_until_it_is_there(
    shop: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = ask.submit(shop.want("web1", wait_for=WaitFor.SSH))
    seen: list[str] = []

    def answers_at_last(host: str, port: int) -> str:
        kept = type(request).objects.get(pk=request.pk).step("check")
        assert kept is not None
        seen.append(kept["detail"].get("waiting", ""))
        return "" if len(seen) == 4 else "No route to host"

    monkeypatch.setattr(waits, "why_silent", answers_at_last)
    queue.run(request, shop.user, **FAST, tell_s=0.0)
    assert seen[0] == ""
    assert seen[-1].startswith(f"for SSH on {request.allocation.host}, for 0 s (No route to host)")
    request.refresh_from_db()
    step = request.step("check")
    assert (request.stage, step["detail"]["ssh"]) == ("active", "answers")
    assert "waiting" not in step["detail"], "what was waited for is over"


def test_cloud_init_that_is_done_is_told_and_one_that_cannot_be_asked_is_no_failure(shop: Any) -> None:
    for image, told in ((shop.ubuntu, "done"), (shop.debian, "cannot be asked")):
        request = shop.create(f"of-{image.name}", image=image, wait_for=WaitFor.CLOUD_INIT)
        assert request.stage == "active"
        assert request.step("check")["detail"]["cloud-init"].startswith(told)


@pytest.mark.parametrize("wait_for", [WaitFor.SSH, WaitFor.CLOUD_INIT])
def test_a_worker_that_dies_while_it_waits_is_followed_by_one_that_waits_anew(
    shop: Any, monkeypatch: pytest.MonkeyPatch, wait_for: str
) -> None:
    request = ask.submit(shop.want("web1", image=shop.ubuntu, wait_for=wait_for))
    with monkeypatch.context() as patched:

        def die(watch: waits.Watch, text: str) -> None:
            if text.startswith(("for SSH", "for cloud-init")):
                raise Killed

        after_start(patched, lambda vmid: shop.lab.change("set_cloud_init", id=vmid, done=False))
        patched.setattr(waits, "why_silent", lambda host, port: "No route to host")
        patched.setattr(waits.Watch, "_tell", die)
        with pytest.raises(Killed):
            queue.run(request, shop.user, **FAST, tell_s=0.0)
    request.refresh_from_db()
    assert (request.stage, request.step("check")["state"]) == ("created", "begun")
    shop.lab.change("set_cloud_init", id=request.vmid, done=True)
    monkeypatch.setattr(waits, "why_silent", lambda host, port: "")
    request = shop.carry_out(request)
    assert request.stage == "active"
    assert len(shop.ours()) == 1
