"""Rule 1: a guest is what its system never changes; names, nodes and cards are attributes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from nautobot.extras.models import Note

from nautobot_wow.models import Conflict, System
from nautobot_wow.records import GuestType
from tests.reconcile.estate import WEB, address, change, full, guest, mac, node, platform, without
from tests.reconcile.site import Site, attrs, claim, conflicts, gone_for_good, holders, ip, names, vm

pytestmark = pytest.mark.django_db


class TestRule1IdentityIsWhatNeverChanges:
    def test_a_renamed_guest_is_the_same_object_with_its_notes(
        self, site: Site, pve: System, synced: list[Any]
    ) -> None:
        before = vm("web")
        Note.objects.create(assigned_object=before, note="ask Ann before reboots", user=site.user, user_name="syncer")
        site.sync(pve, change(synced, "lxc/210", name="www"))
        after = vm("www")
        assert after.pk == before.pk
        assert [note.note for note in after.notes] == ["ask Ann before reboots"]
        assert "web" not in names()

    def test_a_guest_that_moved_to_another_node_is_the_same_object(
        self, site: Site, pve: System, synced: list[Any]
    ) -> None:
        before = vm("web")
        out = site.sync(pve, change(synced, "lxc/210", node="wow-prox2"), [node("wow-prox2")])
        after = vm("web")
        assert after.pk == before.pk
        assert after.cf["proxmox_node"] == "wow-prox2"
        assert attrs(out.run, "lxc/210") == {"proxmox_node": "wow-prox2"}

    def test_an_id_that_is_re_used_is_another_guest(self, site: Site, pve: System, synced: list[Any]) -> None:
        before = vm("web")
        rebuilt = full(210, "shop", WEB, fingerprint=frozenset({"mac:BC:24:11:FF:FF:01"}))
        left = without(synced, "lxc/210")
        site.sync(pve, left, rebuilt)
        assert vm("shop").pk != before.pk
        assert conflicts() == ["reused-id"]
        gone_for_good(site, pve, left + rebuilt)
        before.refresh_from_db()
        assert before.status.name == "Decommissioning"
        assert before.name == "web (gone 210)"
        assert holders(WEB) == {"shop"}
        assert str(vm("shop").primary_ip4) == f"{WEB}/24"

    def test_what_belonged_to_the_guest_before_goes_with_it_and_what_is_alike_stays_apart(
        self, site: Site, pve: System, synced: list[Any]
    ) -> None:
        world = synced + full(2100, "mail", "172.16.100.21")
        site.sync(pve, world)
        before = vm("web")
        other = frozenset({"mac:BC:24:11:FF:FF:01"})
        rebuilt = full(210, "shop", "172.16.100.30", fingerprint=other)
        left = without(world, "lxc/210") + rebuilt
        gone_for_good(site, pve, left)
        assert before.interfaces.get().status.name == "Decommissioning"
        assert ip(WEB).status.name == "Deprecated"
        assert holders(WEB) == {"web (gone 210)"}
        assert vm("shop").interfaces.get().status.name == "Active"
        assert holders("172.16.100.30") == {"shop"}
        assert claim("lxc/2100/net0").missed_runs == 0
        assert vm("mail").interfaces.get().status.name == "Active"
        assert site.sync(pve, left).done == {}

    def test_the_address_of_the_guest_before_can_be_taken_later_when_the_new_one_was_silent_at_first(
        self, site: Site, pve: System, synced: list[Any]
    ) -> None:
        rebuilt = full(210, "shop", WEB, fingerprint=frozenset({"mac:BC:24:11:FF:FF:01"}))
        silent = change(rebuilt[:2], "lxc/210", primary_ip4=None)
        left = without(synced, "lxc/210")
        site.sync(pve, left, silent, unseen={"guests/lxc/210/addresses": "the agent is silent"})
        assert holders(WEB) == {"web"}
        site.sync(pve, left, rebuilt)
        assert holders(WEB) == {"shop"}
        assert conflicts() == ["reused-id"]

    def test_an_id_is_re_used_beside_an_address_of_which_nobody_says_whose_it_is(
        self, site: Site, pve: System, synced: list[Any]
    ) -> None:
        world = synced + change([address("172.16.100.99", "lxc/220/net0")], "172.16.100.99", interfaces=None)
        site.sync(pve, world)
        rebuilt = full(210, "shop", WEB, fingerprint=frozenset({"mac:BC:24:11:FF:FF:01"}))
        assert site.sync(pve, without(world, "lxc/210"), rebuilt).refused == {}
        assert holders("172.16.100.99") == set()

    def test_a_guest_that_got_a_new_card_and_kept_its_name_is_the_same(
        self, site: Site, pve: System, synced: list[Any]
    ) -> None:
        before = vm("web")
        other = frozenset({"mac:BC:24:11:FF:FF:01"})
        site.sync(pve, change(synced, "lxc/210", fingerprint=other))
        assert vm("web").pk == before.pk
        site.sync(pve, change(synced, "lxc/210", fingerprint=other, name="www"))
        assert vm("www").pk == before.pk

    def test_a_guest_that_was_renamed_and_kept_one_card_is_the_same(
        self, site: Site, pve: System, synced: list[Any]
    ) -> None:
        before = vm("web")
        both = frozenset({f"mac:{mac(210)}", "mac:BC:24:11:FF:FF:01"})
        site.sync(pve, change(synced, "lxc/210", fingerprint=both, name="www"))
        assert vm("www").pk == before.pk

    @pytest.mark.parametrize(("uuid", "name", "same"), [("a", "www", True), ("b", "web", False)])
    def test_a_uuid_decides_where_both_have_one(
        self, site: Site, pve: System, uuid: str, name: str, same: bool
    ) -> None:
        def world(uuid: str, name: str, number: str) -> list[Any]:
            tokens = frozenset({f"uuid:{uuid}", f"mac:BC:24:11:00:00:{number}"})
            return platform() + [guest(300, name, type=GuestType.VM, fingerprint=tokens), guest(301, "other")]

        site.sync(pve, world("a", "web", "01"))
        before = vm("web").pk
        site.sync(pve, world(uuid, name, "02"))
        assert (claim("qemu/300").object_id == before) is same

    def test_a_guest_of_which_less_is_known_than_before_is_the_same(
        self, site: Site, pve: System, synced: list[Any]
    ) -> None:
        before = vm("web").pk
        site.sync(pve, change(synced, "lxc/210", fingerprint=frozenset(), name="www"))
        assert claim("lxc/210").object_id == before

    @pytest.mark.parametrize("unread", [frozenset({"mac:BC:24:11:FF:FF:01"}), frozenset()])
    def test_a_machine_whose_uuid_could_not_be_read_is_the_same(
        self, site: Site, pve: System, unread: frozenset[str]
    ) -> None:
        tokens = frozenset({"uuid:a", "mac:BC:24:11:00:00:01"})
        known = platform() + [guest(300, "web", type=GuestType.VM, fingerprint=tokens)]
        site.sync(pve, known)
        before = vm("web").pk
        site.sync(pve, change(known, "qemu/300", fingerprint=unread))
        assert claim("qemu/300").object_id == before

    @pytest.mark.parametrize("bare", [frozenset(), frozenset({"uuid:a"})])
    def test_a_guest_that_was_renamed_and_got_its_first_card_is_the_same(
        self, site: Site, pve: System, bare: frozenset[str]
    ) -> None:
        site.sync(pve, platform() + [guest(210, "web", fingerprint=bare)])
        before = vm("web").pk
        site.sync(pve, platform() + [guest(210, "www")])
        assert vm("www").pk == before
        assert conflicts() == []

    def test_a_guest_with_a_new_card_whose_name_is_not_said_is_the_same(
        self, site: Site, pve: System, synced: list[Any]
    ) -> None:
        before = vm("web").pk
        site.sync(pve, change(synced, "lxc/210", fingerprint=frozenset({"mac:BC:24:11:FF:FF:01"}), name=None))
        assert claim("lxc/210").object_id == before

    def test_what_is_known_of_a_guest_survives_a_run_that_could_not_read_it(
        self, site: Site, pve: System, synced: list[Any]
    ) -> None:
        before = vm("web").pk
        site.sync(pve, change(synced, "lxc/210", fingerprint=frozenset(), name=None))
        rebuilt = full(210, "shop", WEB, fingerprint=frozenset({"mac:BC:24:11:FF:FF:01"}))
        site.sync(pve, without(synced, "lxc/210"), rebuilt)
        assert vm("shop").pk != before
        assert Conflict.objects.get().title == "lxc/210 was web and is now shop"

    def test_a_name_learned_while_the_cards_could_not_be_read_is_the_name_from_then_on(
        self, site: Site, pve: System, synced: list[Any]
    ) -> None:
        before = vm("web").pk
        site.sync(pve, change(synced, "lxc/210", fingerprint=frozenset(), name="www"))
        other = frozenset({"mac:BC:24:11:FF:FF:01"})
        site.sync(pve, change(synced, "lxc/210", fingerprint=other, name="www"))
        assert claim("lxc/210").object_id == before
        assert conflicts() == []

    def test_only_guests_have_fingerprints(self, site: Site, pve: System, synced: list[Any]) -> None:
        assert claim("lxc/210").fingerprint == [f"mac:{mac(210)}", "name:web"]
        assert claim(WEB).fingerprint == []

    def test_equal_ids_of_two_kinds_of_guest_are_two_guests(self, site: Site, pve: System, synced: list[Any]) -> None:
        site.sync(pve, synced, full(210, "win", "172.16.100.30", type=GuestType.VM))
        assert names() == ["db", "web", "win"]

    def test_what_a_system_reports_twice_is_refused_once(self, site: Site, pve: System, world: list[Any]) -> None:
        out = site.sync(pve, world, [replace(world[3], memory_mb=1)])
        assert out.refused == {"lxc/210": "the system reports this key twice"}
        assert vm("web").memory == 2048
