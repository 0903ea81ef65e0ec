"""Rule 2: what a system does not say blanks nothing; what it says is empty clears what we wrote."""

from __future__ import annotations

from typing import Any

import pytest
from nautobot.extras.models import Tag

from nautobot_wow.models import System
from tests.reconcile.estate import DB, WEB, address, change, full, platform
from tests.reconcile.site import Site, holders, vm

pytestmark = pytest.mark.django_db


class TestRule2NoneMeansNotSaid:
    @pytest.mark.parametrize(
        "unsaid",
        ["name", "power", "node", "vcpus", "memory_mb", "disk_gb", "platform", "description", "tags", "primary_ip4"],
    )
    def test_none_blanks_nothing(self, site: Site, pve: System, unsaid: str) -> None:
        said = {"platform": "Debian 12", "description": "shop", "tags": frozenset({"gold"})}
        world = platform() + full(210, "web", WEB, **said)
        site.sync(pve, world)
        out = site.sync(pve, change(world, "lxc/210", **{unsaid: None}))
        assert out.done == {}

    def test_empty_clears_what_we_wrote(self, site: Site, pve: System) -> None:
        world = platform() + full(210, "web", WEB, description="shop", tags=frozenset({"gold"}))
        site.sync(pve, world)
        assert (vm("web").comments, [tag.name for tag in vm("web").tags.all()]) == ("shop", ["gold"])
        site.sync(pve, change(world, "lxc/210", description="", tags=frozenset()))
        assert (vm("web").comments, list(vm("web").tags.all())) == ("", [])

    def test_empty_does_not_clear_what_others_wrote(self, site: Site, pve: System, synced: list[Any]) -> None:
        machine = vm("web")
        machine.comments = "call Ann"
        machine.validated_save()
        machine.tags.add(Tag.objects.create(name="mine"))
        site.sync(pve, synced)
        machine.refresh_from_db()
        assert (machine.comments, [tag.name for tag in machine.tags.all()]) == ("call Ann", ["mine"])

    def test_an_address_whose_interfaces_are_not_said_stays_where_it_is(
        self, site: Site, pve: System, synced: list[Any]
    ) -> None:
        out = site.sync(pve, change(synced, WEB, interfaces=None))
        assert out.done == {}
        assert holders(WEB) == {"web"}

    def test_an_address_whose_interfaces_are_not_said_may_become_the_primary_one_of_the_guest_that_has_it(
        self, site: Site, pve: System, synced: list[Any]
    ) -> None:
        more = synced + [address("172.16.100.11", "lxc/210/net0")]
        site.sync(pve, more)
        more = change(more, "172.16.100.11", interfaces=None)
        site.sync(pve, change(more, "lxc/210", primary_ip4="172.16.100.11"))
        assert str(vm("web").primary_ip4) == "172.16.100.11/24"
        site.sync(pve, change(more, "lxc/220", primary_ip4="172.16.100.11"))
        assert str(vm("db").primary_ip4) == f"{DB}/24"

    def test_an_interface_without_a_mac_loses_the_one_that_we_wrote(
        self, site: Site, pve: System, synced: list[Any]
    ) -> None:
        site.sync(pve, change(synced, "lxc/210/net0", mac=""))
        assert vm("web").interfaces.get().mac_address is None
