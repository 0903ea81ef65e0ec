"""Rule 3: only what was looked at completely can be missing."""

from __future__ import annotations

from typing import Any

import pytest
from nautobot.ipam.models import IPAddressToInterface

from nautobot_wow.models import System
from nautobot_wow.records import Kind, Power
from nautobot_wow.snapshot import Refusal
from tests.reconcile.estate import DB, WEB, address, card, change, platform, without
from tests.reconcile.site import Site, claim, conflicts, gone_for_good, holders, ip, vm

pytestmark = pytest.mark.django_db


class TestRule3SilenceIsNotAbsence:
    @pytest.mark.parametrize("observed", [frozenset(), frozenset({"nodes"})])
    def test_an_unseen_listing_keeps_every_guest(
        self, site: Site, pve: System, synced: list[Any], observed: frozenset[str]
    ) -> None:
        for _ in range(4):
            out = site.sync(pve, platform(), observed=observed)
        assert out.done == {}
        assert vm("web").status.name == "Active"

    def test_an_offline_node_keeps_the_guests_of_all_nodes(self, site: Site, pve: System, synced: list[Any]) -> None:
        for _ in range(4):
            site.sync(pve, without(synced, "lxc/210"), unseen={"guests": "node wow-prox2 is offline"})
        assert claim("lxc/210").missed_runs == 0
        assert vm("web").status.name == "Active"

    @pytest.mark.parametrize("power", [Power.OFF, Power.ON])
    def test_the_address_of_a_guest_that_is_stopped_or_silent_stays(
        self, site: Site, pve: System, synced: list[Any], power: Power
    ) -> None:
        silent = [record for record in synced if record.key != WEB]
        silent = change(silent, "lxc/210", power=power, primary_ip4=None)
        for _ in range(4):
            site.sync(pve, silent, unseen={"guests/lxc/210/addresses": "the agent is silent"})
        assert holders(WEB) == {"web"}
        assert ip(WEB).status.name == "Active"
        assert str(vm("web").primary_ip4) == f"{WEB}/24"
        assert claim(WEB).missed_runs == 0

    def test_an_address_that_an_operator_took_off_a_silent_guest_may_go_to_another(
        self, site: Site, pve: System, synced: list[Any]
    ) -> None:
        IPAddressToInterface.objects.filter(ip_address=ip(WEB)).delete()
        silent = [record for record in synced if record.key != WEB]
        site.sync(
            pve, silent, [address(WEB, "lxc/220/net0")], unseen={"guests/lxc/210/addresses": "the agent is silent"}
        )
        assert holders(WEB) == {"db"}
        assert conflicts() == []

    def test_the_address_of_a_silent_guest_does_not_go_to_another(
        self, site: Site, pve: System, synced: list[Any]
    ) -> None:
        silent = [record for record in synced if record.key != WEB]
        thief = [address(WEB, "lxc/220/net0")]
        site.sync(pve, silent, thief, unseen={"guests/lxc/210/addresses": "the agent is silent"})
        assert holders(WEB) == {"web"}
        assert conflicts() == ["duplicate-address"]

    def test_a_silent_guest_still_has_its_address_when_another_had_it_for_a_while(
        self, site: Site, pve: System, synced: list[Any]
    ) -> None:
        silent = [record for record in synced if record.key != WEB]
        unseen = {"guests/lxc/210/addresses": "the agent is silent"}
        for _ in range(2):
            site.sync(pve, silent, [address(WEB, "lxc/220/net0")], unseen=unseen)
        for _ in range(3):
            site.sync(pve, silent, unseen=unseen)
        assert holders(WEB) == {"web"}
        assert claim(WEB).missed_runs == 0

    def test_a_card_that_is_unplugged_keeps_its_address(self, site: Site, pve: System, synced: list[Any]) -> None:
        site.sync(pve, change(synced, "lxc/210/net0", enabled=False))
        assert holders(WEB) == {"web"}
        assert vm("web").interfaces.get().enabled is False

    def test_an_address_that_a_talking_guest_no_longer_has_is_missing(
        self, site: Site, pve: System, synced: list[Any]
    ) -> None:
        left = change([record for record in synced if record.key != WEB], "lxc/210", primary_ip4=None)
        gone_for_good(site, pve, left)
        assert ip(WEB).status.name == "Deprecated"

    def test_a_row_that_could_not_be_read_is_not_a_missing_one(
        self, site: Site, pve: System, synced: list[Any]
    ) -> None:
        bad = [Refusal(kind=Kind.GUEST, key="lxc/210", reason="memory: 'much' is not a number")]
        left = [record for record in synced if record.key != "lxc/210"]
        for _ in range(3):
            out = site.sync(pve, left, refused=bad)
        assert out.done == {}
        assert list(out.refused) == ["lxc/210"]
        assert claim("lxc/210").missed_runs == 0

    def test_what_belongs_to_a_guest_that_could_not_be_read_is_not_missing(
        self, site: Site, pve: System, synced: list[Any]
    ) -> None:
        bad = [Refusal(kind=Kind.GUEST, key="lxc/210", reason="memory: 'much' is not a number")]
        for _ in range(3):
            out = site.sync(pve, without(synced, "lxc/210"), refused=bad)
        assert out.done == {}
        assert ip(WEB).status.name == "Active"
        assert vm("web").interfaces.get().status.name == "Active"

    def test_what_does_not_belong_to_a_guest_that_could_not_be_read_is_missing(
        self, site: Site, pve: System, synced: list[Any]
    ) -> None:
        bad = [Refusal(kind=Kind.GUEST, key="lxc/210", reason="memory: 'much' is not a number")]
        site.sync(pve, without(synced, "lxc/210", "lxc/220"), refused=bad)
        missed = {key: claim(key).missed_runs for key in ("lxc/210", WEB, "lxc/220", "lxc/220/net0", DB)}
        assert missed == {"lxc/210": 0, WEB: 0, "lxc/220": 1, "lxc/220/net0": 1, DB: 1}

    def test_a_new_card_of_a_guest_that_could_not_be_read_waits_for_it(
        self, site: Site, pve: System, synced: list[Any]
    ) -> None:
        bad = [Refusal(kind=Kind.GUEST, key="lxc/210", reason="memory: 'much' is not a number")]
        left = [record for record in synced if record.key != "lxc/210"]
        out = site.sync(pve, left, [card("lxc/210", 1)], refused=bad)
        assert out.refused["lxc/210/net1"] == "its guest lxc/210 was not accepted"
        assert vm("web").interfaces.get().name == "net0"

    def test_the_interfaces_of_a_node_that_did_not_answer_stay(
        self, site: Site, pve: System, synced: list[Any]
    ) -> None:
        left = [record for record in synced if record.kind is not Kind.INTERFACE]
        for _ in range(3):
            out = site.sync(pve, left, unseen={"nodes/wow-prox1/interfaces": "no answer"})
        assert out.done == {}
