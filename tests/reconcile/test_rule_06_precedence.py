"""Rule 6: of several Systems that claim one object the higher precedence writes, and the other disagrees openly."""

from __future__ import annotations

from typing import Any

import pytest

from nautobot_wow.models import Claim, Conflict, System
from tests.reconcile.estate import change, without
from tests.reconcile.site import Site, conflicts, gone_for_good, names, vm

pytestmark = pytest.mark.django_db


class TestRule6SeveralSystemsOneObject:
    @pytest.fixture
    def inventory(self, site: Site, synced: list[Any]) -> System:
        """A System that is believed less, and claims the same guests."""
        return site.system("inventory", kind="paper", precedence=10)

    def test_the_higher_precedence_writes_and_the_difference_is_a_conflict(
        self, site: Site, pve: System, synced: list[Any], inventory: System
    ) -> None:
        site.sync(inventory, change(synced, "lxc/210", memory_mb=1024))
        assert vm("web").memory == 2048
        assert conflicts(system=inventory) == ["disagreement"]
        assert Conflict.objects.get(system=inventory).evidence[1]["says"] == "2048"

    def test_the_higher_precedence_takes_a_field_over_from_the_lower(
        self, site: Site, pve: System, synced: list[Any], inventory: System
    ) -> None:
        better = site.system("better", kind="paper", precedence=200)
        site.sync(better, change(synced, "lxc/210", memory_mb=1024))
        assert vm("web").memory == 1024
        assert site.sync(pve, synced).done == {}
        assert vm("web").memory == 1024

    def test_equals_are_settled_by_who_came_first(self, site: Site, pve: System, synced: list[Any]) -> None:
        twin = site.system("twin", kind="paper", precedence=100)
        other = change(synced, "lxc/210", memory_mb=1024)
        for _ in range(2):
            site.sync(twin, other)
            assert vm("web").memory == 2048
            site.sync(pve, synced)
            assert vm("web").memory == 2048
        site.sync(pve, change(synced, "lxc/210", memory_mb=4096))
        assert vm("web").memory == 4096

    def test_a_disagreement_ends_when_both_say_the_same(
        self, site: Site, pve: System, synced: list[Any], inventory: System
    ) -> None:
        site.sync(inventory, change(synced, "lxc/210", memory_mb=1024))
        assert conflicts() == ["disagreement"]
        site.sync(inventory, synced)
        assert conflicts() == []

    def test_a_field_that_only_the_lower_says_is_its_to_write(
        self, site: Site, pve: System, synced: list[Any], inventory: System
    ) -> None:
        site.sync(pve, change(synced, "lxc/210", platform=None))
        site.sync(inventory, change(synced, "lxc/210", platform="Debian 12"))
        assert vm("web").platform.name == "Debian 12"

    @pytest.mark.parametrize("policy", ["retire", "delete"])
    def test_what_another_system_claims_is_not_removed(
        self, site: Site, pve: System, synced: list[Any], inventory: System, policy: str
    ) -> None:
        site.sync(inventory, synced)
        System.objects.update(delete_policy=policy)
        gone_for_good(site, pve, without(synced, "lxc/210"))
        assert vm("web").status.name == "Active"
        assert set(conflicts(system=pve)) == {"gone-at-source"}
        assert "another system claims it, too" in Conflict.objects.filter(system=pve).first().message

    def test_what_two_systems_lost_goes_when_the_other_released_it(
        self, site: Site, pve: System, synced: list[Any], inventory: System
    ) -> None:
        site.sync(inventory, synced)
        left = without(synced, "lxc/210")
        gone_for_good(site, pve, left)
        Claim.objects.filter(system=inventory).delete()
        site.sync(pve, left)
        assert names() == ["db", "web (gone 210)"]
        assert conflicts() == []

    def test_tags_of_one_system_survive_the_other(
        self, site: Site, pve: System, synced: list[Any], inventory: System
    ) -> None:
        site.sync(inventory, change(synced, "lxc/210", tags=frozenset({"billed"})))
        site.sync(pve, change(synced, "lxc/210", tags=frozenset({"gold"})))
        site.sync(pve, synced)
        assert [tag.name for tag in vm("web").tags.all()] == ["billed"]
