"""Rule 10: a second run writes nothing, and its questions do not grow with the estate."""

from __future__ import annotations

from typing import Any

import pytest

from nautobot_wow.models import System
from nautobot_wow.records import Kind
from tests.reconcile.estate import DB, WEB, change, full, guest, platform
from tests.reconcile.site import Site, rows_written, stranger, vm

pytestmark = pytest.mark.django_db


class TestRule10ASecondRunWritesNothing:
    @staticmethod
    def estate(number: int, **more: Any) -> list[Any]:
        world = platform()
        for count in range(number):
            tags = frozenset({"gold", f"team{count % 3}"})
            world += full(200 + count, f"g{count}", f"10.1.0.{count + 1}", tags=tags, platform="Debian 12", **more)
        return world

    def test_not_one_row(self, site: Site, pve: System) -> None:
        world = self.estate(6)
        site.sync(pve, world)
        with rows_written() as rows:
            out = site.sync(pve, world)
        assert rows == {}
        assert out.done == {}

    def test_not_one_row_where_people_edited_and_systems_disagree(
        self, site: Site, pve: System, synced: list[Any]
    ) -> None:
        machine = vm("web")
        machine.memory = 9999
        machine.validated_save()
        stranger(site, host=DB)
        twin = site.system("twin", kind="paper", precedence=100)
        other = change(synced, "lxc/210", memory_mb=4096) + [guest(300, "web")]
        for _ in range(2):
            site.sync(twin, other)
            site.sync(pve, change(synced, "lxc/220", name="web"))
        with rows_written() as rows:
            site.sync(twin, other)
            site.sync(pve, change(synced, "lxc/220", name="web"))
        assert rows == {}

    def test_scopes_in_any_order_are_the_same_scopes(self, site: Site, pve: System, world: list[Any]) -> None:
        mixed = change(world, WEB, scopes=("guests/lxc/210/addresses", "guests/lxc/1/addresses"))
        site.sync(pve, mixed)
        with rows_written() as rows:
            site.sync(pve, mixed)
        assert rows == {}

    def test_questions_do_not_grow_with_the_estate(self, site: Site) -> None:
        counts = []
        for number, name in ((5, "small"), (60, "large")):
            system = site.system(name)
            world = change(self.estate(number), "cluster", name=name)
            world = [record for record in world if record.kind is not Kind.ADDRESS]
            first = site.sync(system, world)
            again = site.sync(system, world)
            assert len(first.done) > number
            counts.append((len(again.reading), len(again.writing)))
        assert counts[0] == counts[1]
        assert sum(counts[0]) <= 25

    def test_what_changed_costs_the_same_in_any_estate(self, site: Site, pve: System) -> None:
        counts = []
        for number in (5, 60):
            world = self.estate(number)
            site.sync(pve, world)
            site.sync(pve, world)
            touched = change(world, "lxc/201", memory_mb=number, tags=frozenset({"gold"}), name=f"new{number}")
            out = site.sync(pve, touched)
            assert out.done == {"lxc/201": "update"}
            counts.append((len(out.reading), len(out.writing)))
        assert counts[0] == counts[1]

    def test_a_first_sync_asks_as_often_for_many_as_for_few(self, site: Site, pve: System) -> None:
        counts = []
        site.sync(pve, self.estate(3))
        for number in (5, 60):
            out = site.sync(site.system(f"pve{number}"), change(self.estate(number), "cluster", name=f"c{number}"))
            counts.append((len(out.reading), len(out.writing)))
        assert counts[0] == counts[1]
