"""A worker killed with SIGKILL at every moment of every step: the next one finishes, and nothing is there twice."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from nautobot.virtualization.models import VirtualMachine

from development.paths import REPOSITORY
from nautobot_wow.models import Allocation
from nautobot_wow.provisioning import ask, create, move, remove

pytestmark = pytest.mark.django_db(transaction=True)

MOMENTS = ("before", "between", "after")


class Victims:
    """The process whose children are killed."""

    def __init__(self) -> None:
        environment = {**os.environ, "WOW_DATABASE": str(connection.settings_dict["NAME"])}
        environment.pop("WOW_TESTING", None)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.provisioning.victims"],
            cwd=REPOSITORY,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        while self._answer() != "ready":
            pass

    def run(self, request: Any, step: str, when: str) -> str:
        """Let a child carry the request out and die; return how it ended."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{request.pk} {step.replace(' ', '_')} {when}\n")
        self.process.stdin.flush()
        return self._answer()

    def _answer(self) -> str:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, "the process of the victims has ended"
        return line.strip()

    def end(self) -> None:
        """Let it end."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(timeout=30)


@pytest.fixture
def victims(shop: Any) -> Iterator[Victims]:
    process = Victims()
    yield process
    process.end()


def moments(steps: Any) -> list[tuple[str, str]]:
    found = [(step.name, when) for step in steps for when in MOMENTS]
    return [*found, ("guest", "lost")] if steps is create.STEPS else found


def test_a_guest_is_created_once_whenever_its_worker_dies(shop: Any, victims: Victims) -> None:
    for number, (step, when) in enumerate(moments(create.STEPS)):
        request = ask.submit(shop.want(f"web{number}"))
        assert victims.run(request, step, when) == "killed", (step, when)
        request = shop.carry_out(request)
        assert request.stage == "active", (step, when, request.error)
        assert [guest.name for guest in shop.ours()].count(request.name) == 1, (step, when)
        assert Allocation.objects.filter(state="used").count() == number + 1, (step, when)
        assert VirtualMachine.objects.filter(name=request.name).count() == 1, (step, when)
    run, _ = shop.sync()
    assert run.changes == []


def test_a_guest_is_moved_whenever_its_worker_dies(shop: Any, victims: Victims) -> None:
    made = shop.create("web1")
    places = [shop.mgmt, shop.apps]
    for number, (step, when) in enumerate(moments(move.STEPS)):
        request = ask.submit(
            ask.for_guest(shop.user, "move", made.guest, profile=places[number % 2], justification="A move")
        )
        assert victims.run(request, step, when) == "killed", (step, when)
        request = shop.carry_out(request)
        assert request.stage == "active", (step, when, request.error)
        assert Allocation.objects.filter(state="used").count() == 1, (step, when)
    run, _ = shop.sync()
    assert run.changes == []


def test_a_guest_is_decommissioned_whenever_its_worker_dies(shop: Any, victims: Victims) -> None:
    before = shop.traces()
    for number, (step, when) in enumerate(moments(remove.STEPS)):
        made = shop.create(f"web{number}")
        request = ask.submit(ask.for_guest(shop.user, "decommission", made.guest, backup_storage="TSVMDS01"))
        assert victims.run(request, step, when) == "killed", (step, when)
        request = shop.carry_out(request)
        assert request.stage == "released", (step, when, request.error)
        assert shop.traces() == before, (step, when)
        archives = [file for file in shop.lab.world.storages["TSVMDS01"].files if file["content"] == "backup"]
        assert len(archives) == number + 1, (step, when)
    run, _ = shop.sync()
    assert run.changes == []
