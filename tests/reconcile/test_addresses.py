"""Addresses: which prefix holds them, which cards carry them, which one is a guest's primary address."""

from __future__ import annotations

from typing import Any

import pytest
from nautobot.ipam.models import IPAddress

from nautobot_wow.models import Claim, System
from tests.reconcile.estate import DB, WEB, address, card, change, full, guest, mac, platform
from tests.reconcile.site import Site, claim, conflicts, holders, ip, names, rows_written, vm

pytestmark = pytest.mark.django_db


class TestAddresses:
    def test_a_guest_of_ipv6_only(self, site: Site, pve: System) -> None:
        world = platform() + [
            guest(210, "six", primary_ip6="2001:db8::10"),
            card("lxc/210"),
            address("2001:db8::10", "lxc/210/net0", mask_length=64),
        ]
        assert site.sync(pve, world).refused == {}
        assert (vm("six").primary_ip4, str(vm("six").primary_ip6)) == (None, "2001:db8::10/64")
        vm("six").full_clean()
        assert site.sync(pve, world).done == {}

    def test_a_guest_of_both_families(self, site: Site, pve: System) -> None:
        world = platform() + full(210, "both", WEB, primary_ip6="2001:db8::10")
        world.append(address("2001:db8::10", "lxc/210/net0", mask_length=64))
        site.sync(pve, world)
        machine = vm("both")
        assert (str(machine.primary_ip4), str(machine.primary_ip6)) == (f"{WEB}/24", "2001:db8::10/64")
        machine.full_clean()

    def test_two_addresses_of_one_card_have_their_own_prefixes(self, site: Site, pve: System) -> None:
        world = platform() + full(210, "web", WEB) + [address("172.16.110.10", "lxc/210/net0")]
        site.sync(pve, world)
        assert str(ip(WEB).parent.prefix) == "172.16.100.0/24"
        assert str(ip("172.16.110.10").parent.prefix) == "172.16.110.0/24"
        assert vm("web").interfaces.get().ip_addresses.count() == 2

    def test_one_address_on_two_cards_of_a_guest_is_on_both(self, site: Site, pve: System) -> None:
        world = platform() + full(210, "web", WEB) + [card("lxc/210", 1)]
        world = change(world, WEB, interfaces=frozenset({"lxc/210/net0", "lxc/210/net1"}))
        site.sync(pve, world)
        assert ip(WEB).vm_interfaces.count() == 2
        assert conflicts() == []
        assert site.sync(pve, world).done == {}

    def test_of_several_cards_only_those_that_are_known_carry_the_address(self, site: Site, pve: System) -> None:
        world = platform() + full(210, "web", WEB)
        world = change(world, WEB, interfaces=frozenset({"lxc/210/net0", "lxc/999/net0"}))
        assert site.sync(pve, world).refused == {}
        assert holders(WEB) == {"web"}
        assert conflicts() == []

    def test_an_address_of_which_no_card_is_known_is_refused(self, site: Site, pve: System, world: list[Any]) -> None:
        out = site.sync(pve, change(world, WEB, interfaces=frozenset({"lxc/999/net0", "lxc/998/net0"})))
        assert out.refused == {WEB: "its interface lxc/998/net0, lxc/999/net0 was not accepted"}
        assert not IPAddress.objects.filter(host=WEB).exists()
        assert not Claim.objects.filter(external_id=WEB).exists()
        assert vm("web").primary_ip4 is None
        assert conflicts() == []

    def test_an_address_that_is_there_stays_where_it_is_though_no_card_is_known(
        self, site: Site, pve: System, synced: list[Any]
    ) -> None:
        unknown = change(synced, WEB, interfaces=frozenset({"lxc/999/net0"}))
        for _ in range(3):
            out = site.sync(pve, unknown)
        assert list(out.refused) == [WEB]
        assert out.done == {}
        assert holders(WEB) == {"web"}
        assert str(vm("web").primary_ip4) == f"{WEB}/24"
        assert claim(WEB).missed_runs == 0

    def test_an_address_that_no_card_has_is_written_without_one(
        self, site: Site, pve: System, world: list[Any]
    ) -> None:
        assert site.sync(pve, change(world, WEB, interfaces=frozenset())).refused == {}
        assert holders(WEB) == set()
        assert vm("web").primary_ip4 is None

    def test_one_address_on_two_guests_stays_with_the_first_and_is_a_conflict(
        self, site: Site, pve: System, synced: list[Any]
    ) -> None:
        both = change(
            synced,
            WEB,
            interfaces=frozenset({"lxc/210/net0", "lxc/220/net0"}),
            scopes=("guests/lxc/210/addresses", "guests/lxc/220/addresses"),
        )
        site.sync(pve, both)
        assert holders(WEB) == {"web"}
        assert conflicts() == ["duplicate-address"]
        with rows_written() as rows:
            site.sync(pve, both)
        assert rows == {}
        site.sync(pve, synced)
        assert conflicts() == []

    def test_one_address_on_two_guests_stays_with_the_one_that_has_it(
        self, site: Site, pve: System, synced: list[Any]
    ) -> None:
        site.sync(pve, change(synced, DB, interfaces=frozenset({"lxc/210/net0", "lxc/220/net0"})))
        assert holders(DB) == {"db"}
        assert conflicts() == ["duplicate-address"]

    def test_a_new_address_on_two_guests_goes_to_the_one_whose_card_comes_first(
        self, site: Site, pve: System, synced: list[Any]
    ) -> None:
        both = address("172.16.100.30", "lxc/220/net0", "lxc/210/net0")
        site.sync(pve, synced, [both])
        assert holders("172.16.100.30") == {"web"}
        assert conflicts() == ["duplicate-address"]

    def test_a_clone_with_the_same_cards_is_a_guest_of_its_own(
        self, site: Site, pve: System, synced: list[Any]
    ) -> None:
        clone = [guest(310, "web-clone", fingerprint=synced[3].fingerprint), card("lxc/310", mac=mac(210))]
        site.sync(pve, synced, clone)
        assert names() == ["db", "web", "web-clone"]

    def test_an_address_that_moves_while_both_guests_speak_moves(
        self, site: Site, pve: System, synced: list[Any]
    ) -> None:
        moved = change(synced, WEB, interfaces=frozenset({"lxc/220/net0"}), scopes=("guests/lxc/220/addresses",))
        moved = change(moved, "lxc/210", primary_ip4=None)
        site.sync(pve, moved)
        assert holders(WEB) == {"db"}
        assert claim(WEB).scopes == ["guests/lxc/220/addresses"]
        assert vm("web").primary_ip4 is None
        vm("web").full_clean()

    def test_the_primary_address_changes_to_another_that_the_guest_already_has(
        self, site: Site, pve: System, synced: list[Any]
    ) -> None:
        more = synced + [address("172.16.100.11", "lxc/210/net0")]
        site.sync(pve, more)
        site.sync(pve, change(more, "lxc/210", primary_ip4="172.16.100.11"))
        assert str(vm("web").primary_ip4) == "172.16.100.11/24"
        vm("web").full_clean()

    @pytest.mark.parametrize("unseen", [{}, {"guests/lxc/210/addresses": "the agent is silent"}])
    def test_an_address_whose_card_is_learned_later_is_put_on_it(
        self, site: Site, pve: System, world: list[Any], unseen: dict[str, str]
    ) -> None:
        site.sync(pve, change(world, WEB, interfaces=None))
        assert holders(WEB) == set()
        site.sync(pve, world, unseen=unseen)
        assert holders(WEB) == {"web"}
        assert str(vm("web").primary_ip4) == f"{WEB}/24"

    def test_a_primary_address_that_the_guest_does_not_have_is_not_taken(
        self, site: Site, pve: System, world: list[Any]
    ) -> None:
        site.sync(pve, change(world, "lxc/210", primary_ip4=DB))
        assert vm("web").primary_ip4 is None
        vm("web").full_clean()
