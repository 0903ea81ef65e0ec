"""Many askers at once, each with a connection of its own: nobody gets what another has, and nobody gets an error."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, close_old_connections, connection
from nautobot.ipam.models import IPAddress

from nautobot_wow.errors import KeyInUse, Unavailable
from nautobot_wow.ipam import lifecycle
from nautobot_wow.ipam.allocator import allocate
from nautobot_wow.models import Allocation
from tests.ipam.net import APPS, Net

pytestmark = pytest.mark.django_db(transaction=True)

ASKERS = 12


def at_once(work: Callable[[int], Any], times: int = ASKERS) -> list[Any]:
    """Do it that many times, all beginning together; return what came of each."""
    start = threading.Barrier(min(times, ASKERS))

    def one(number: int) -> Any:
        close_old_connections()
        try:
            if number < ASKERS:
                start.wait(30)
            return work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(ASKERS) as pool:
        return list(pool.map(one, range(times)))


def test_fifty_askers_get_fifty_addresses(net: Net) -> None:
    profile = net.add_profile("wide", net.add_prefix("10.20.0.0/24"))
    given = at_once(lambda number: allocate(net.ask(f"asker {number}", profile))[0].host, 50)
    assert len(set(given)) == 50
    assert IPAddress.objects.count() == Allocation.objects.count() == 50


def test_one_key_that_is_asked_for_by_many_gets_one_address(net: Net) -> None:
    answers = at_once(lambda number: allocate(net.ask("web")))
    assert {given.pk for given, _ in answers} == {Allocation.objects.get().pk}
    assert [is_new for _, is_new in answers].count(True) == 1
    assert IPAddress.objects.count() == 1


def test_one_key_in_two_networks_at_once_names_one_of_them(net: Net) -> None:
    other = net.add_profile("other", net.add_prefix("10.20.0.0/24"))

    def ask(number: int) -> str:
        try:
            return allocate(net.ask("web", other if number % 2 else net.profile))[0].host
        except KeyInUse:
            return "KeyInUse"

    answers = set(at_once(ask))
    assert "KeyInUse" in answers
    assert answers - {"KeyInUse"} == {Allocation.objects.get().host}
    assert IPAddress.objects.count() == 1


def test_the_last_addresses_go_to_as_many_askers_and_the_others_are_told(net: Net) -> None:
    for number in range(10, 45):
        net.add_address(f"{APPS}.{number}")

    def ask(number: int) -> str:
        try:
            return allocate(net.ask(f"asker {number}"))[0].host
        except Unavailable:
            return "Unavailable"

    answers = at_once(ask)
    assert answers.count("Unavailable") == ASKERS - 5
    assert len(set(answers)) == 6


def test_writers_that_do_not_lock_are_made_way_for(net: Net) -> None:
    profile = net.add_profile("wide", net.add_prefix("10.20.0.0/24"))

    def work(number: int) -> str:
        if number % 3:
            return allocate(net.ask(f"asker {number}", profile))[0].host
        row = IPAddress(host=f"10.20.0.{number + 1}", mask_length=24, namespace=net.namespace, status=net.active)
        with suppress(ValidationError, IntegrityError):  # as people see it who are too late
            row.validated_save()
        return f"written {number}"

    answers = [host for host in at_once(work, 30) if not host.startswith("written")]
    assert len(set(answers)) == len(answers) == 20
    hosts = list(IPAddress.objects.values_list("host", flat=True))
    assert len(set(hosts)) == len(hosts)


def test_giving_back_and_asking_again_at_once_ends_with_one_address_or_none(net: Net) -> None:
    given = net.give("web")

    def work(number: int) -> str:
        if number % 2:
            return allocate(net.ask("web"))[0].state
        return lifecycle.release(given).state

    at_once(work)
    now = Allocation.objects.get(key="web")
    assert (now.state == "held") == IPAddress.objects.exists()
