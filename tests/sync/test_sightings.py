"""What the lab's guests report of themselves is evidence, once an hour, whether or not it makes a record."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from nautobot.ipam.models import IPAddress

from nautobot_wow.models import Sighting
from tests.reconcile.site import rows_written

pytestmark = pytest.mark.django_db


def seen(estate: Any, key: str) -> set[str]:
    rows = Sighting.objects.filter(system=estate.system, where=key, source="agent", seen_by=estate.system.name)
    return set(rows.values_list("host", flat=True))


def test_what_a_guest_reports_is_seen_with_its_card(estate: Any) -> None:
    estate.sync()
    assert seen(estate, "lxc/210") == {"172.16.100.10"}
    assert seen(estate, "qemu/300") == {"172.16.110.76"}
    row = Sighting.objects.get(where="lxc/210")
    assert row.mac == str(estate.guest("lxc/210").interfaces.get().mac_address).upper()
    assert row.namespace == estate.system.namespace


def test_what_is_only_configured_was_not_seen(estate: Any) -> None:
    estate.sync()
    assert seen(estate, "qemu/351") == set()
    assert IPAddress.objects.filter(host="172.16.100.30").exists()


def test_an_address_that_nautobot_has_no_prefix_for_was_seen_all_the_same(estate: Any) -> None:
    estate.lab.change("set_inside", id=210, addresses=["192.168.7.7/24"])
    estate.sync()
    assert "192.168.7.7" in seen(estate, "lxc/210")


def test_a_second_sync_writes_not_one_row(estate: Any) -> None:
    estate.sync()
    with rows_written() as rows:
        estate.sync()
    assert rows == {}


def test_an_hour_later_only_the_ends_move(estate: Any) -> None:
    estate.sync()
    count = Sighting.objects.count()
    Sighting.objects.update(
        first_seen=F("first_seen") - timedelta(hours=2), last_seen=F("last_seen") - timedelta(hours=2)
    )
    with rows_written() as rows:
        estate.sync()
    assert rows == {"nautobot_wow_sighting": count}
    assert Sighting.objects.count() == count


def test_a_plan_records_nothing(estate: Any) -> None:
    estate.plan()
    assert not Sighting.objects.exists()


def test_each_card_is_known_with_the_bridge_it_is_plugged_into(estate: Any) -> None:
    estate.sync()
    row = Sighting.objects.get(source="bridge", where="qemu/211/net0")
    assert (row.host, row.mac, row.vid) == (None, str(estate.guest("qemu/211").interfaces.get().mac_address), 110)
    assert (row.interface.device.name, row.interface.name) == ("wow-prox1", "vmbr0")


def test_a_guest_that_is_off_is_plugged_in_all_the_same(estate: Any) -> None:
    estate.sync()
    assert Sighting.objects.filter(source="bridge", where="qemu/351/net0").exists()
