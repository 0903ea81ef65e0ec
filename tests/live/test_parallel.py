"""Addresses over HTTP, asked for by many clients of several processes at once, on a web server of two processes.

The stock endpoint answers 400 to some of two callers at once, and an empty 204 where nothing is free; this is what ours
does instead, also while others write through the stock one.
"""

from __future__ import annotations

import ipaddress
import itertools
import os
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from development.bench.askers import Answer, Clients, Wish, mixed, numbered
from development.processes import members
from tests.live.api import Api
from tests.live_stack import LiveStack

pytestmark = pytest.mark.live

WOW = "/api/plugins/wow"
ALLOCATE = f"{WOW}/allocations/allocate/"
PREFIXES, PROFILES, RANGES = "/api/ipam/prefixes/", f"{WOW}/network-profiles/", "/api/ipam/ip-address-ranges/"
ADDRESSES = "/api/ipam/ip-addresses/"
numbers = itertools.count(1)


@dataclass(frozen=True)
class Network:
    """A network of its own with a profile, and who asks for addresses in it."""

    api: Api
    name: str
    prefix: dict[str, Any]

    @property
    def stock(self) -> str:
        """Nautobot's own endpoint."""
        return f"{PREFIXES}{self.prefix['id']}/available-ips/"

    @property
    def network(self) -> ipaddress.IPv4Network:
        return ipaddress.IPv4Network(self.prefix["prefix"])

    def host(self, number: int) -> str:
        return str(self.network[number])

    def wishes(self, count: int, key: str = "asker {}") -> list[Wish]:
        return numbered(ALLOCATE, count, profile=self.name, key=f"{self.name} {key}")

    def ask(self, wishes: list[Wish], clients: int = 32) -> list[Answer]:
        return Clients(url=self.api.url, token=self.api.token, count=clients).ask(wishes)

    def hosts(self) -> list[str]:
        """Return every address that Nautobot has in it now."""
        return [row["host"] for row in self.api.find(ADDRESSES, parent=self.prefix["id"])]


@pytest.fixture
def network(api: Api) -> Iterator[Callable[[int], Network]]:
    """Makes networks; afterwards, what was written in them is no concern of other tests."""
    made = []

    def make(length: int) -> Network:
        number = next(numbers)
        values = {"prefix": f"10.99.{number}.0/{length}", "status": "Active", "namespace": "Global"}
        prefix = api.post(PREFIXES, values)
        name = f"parallel-{number}"
        made.append(api.post(PROFILES, {"name": name, "prefix": prefix["id"], "bridge": "vmbr0"}))
        return Network(api, name, prefix)

    yield make
    for profile in made:
        api.patch(f"{PROFILES}{profile['id']}/", {"enabled": False})


def statuses(answers: list[Answer]) -> Counter[int]:
    return Counter(answer.status for answer in answers)


def given(answers: list[Answer]) -> list[str]:
    return [answer.content["host"] for answer in answers if answer.status in (200, 201)]


def seconds_of(pid: int) -> float:
    """Return the CPU seconds that a process has used."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_fifty_clients_get_fifty_addresses_and_no_error(network: Callable[[int], Network]) -> None:
    here = network(24)
    answers = here.ask(here.wishes(50), clients=50)
    assert statuses(answers) == {201: 50}, answers
    assert len(set(given(answers))) == 50
    assert sorted(here.hosts()) == sorted(given(answers))


@pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="what a process has used is read from /proc")
def test_two_processes_of_the_web_server_share_the_work(
    network: Callable[[int], Network], live_stack: LiveStack
) -> None:
    here, web = network(24), members(live_stack.facts["processes"]["web"]["pid"])
    before = {pid: seconds_of(pid) for pid in web}
    answers = here.ask(here.wishes(50))
    assert statuses(answers) == {201: 50}, answers
    worked = [pid for pid in web if seconds_of(pid) - before[pid] > 0.1]
    assert len(worked) >= 2


def test_one_key_of_many_clients_is_one_address(network: Callable[[int], Network]) -> None:
    here = network(24)
    answers = here.ask(here.wishes(32, key="the same"))
    assert statuses(answers) == {201: 1, 200: 31}, answers
    assert {answer.content["id"] for answer in answers} == {answers[0].content["id"]}
    assert here.hosts() == [given(answers)[0]]


def test_a_key_that_gives_its_address_back_leaves_the_others_theirs(network: Callable[[int], Network]) -> None:
    here = network(24)
    first, second = given(here.ask(here.wishes(2), clients=1))
    back = Wish(f"{WOW}/allocations/release/", {"key": f"{here.name} asker 0"})
    assert statuses(here.ask([back] * 8, clients=8)) == {200: 8}
    assert here.hosts() == [second]
    assert set(given(here.ask(here.wishes(2) * 4, clients=8))) == {first, second}  # resting is for others


def test_where_nothing_is_free_the_answer_is_409_with_the_reasons(network: Callable[[int], Network]) -> None:
    here = network(28)
    answers = here.ask(here.wishes(40))
    assert statuses(answers) == {201: 14, 409: 26}, answers
    assert len(set(given(answers))) == 14
    for refused in (answer.content for answer in answers if answer.status == 409):
        assert f"no address of {here.prefix['prefix']} is free (14 considered)" in refused["detail"]
        assert refused["considered"] == 14
        (reason,) = refused["passed_over"]
        assert (reason["reason"], reason["count"]) == ("in Nautobot", 14)
        assert reason["first"]


def test_what_others_may_use_is_passed_over_with_a_reason(network: Callable[[int], Network], api: Api) -> None:
    here = network(28)
    add_what_others_use(here, api)
    answers = here.ask(here.wishes(20))
    assert statuses(answers) == {201: 5, 409: 15}, answers
    assert sorted(given(answers)) == sorted(here.host(number) for number in range(10, 15))
    last = next(answer for answer in answers if answer.status == 409).content
    assert {row["reason"]: row["count"] for row in last["passed_over"]} == {
        "in the DHCP range leases": 3,
        "in the Load Balancer Pool range MetalLB": 3,
        "in Nautobot": 1 + 5,
        "seen on the network": 1,
        "a gateway": 1,
    }


def add_what_others_use(here: Network, api: Api) -> None:
    """A DHCP scope .1-.3, a MetalLB pool .4-.6, a VIP .7, an address seen by ARP .8, the gateway .9."""
    for first, last, name, role in ((1, 3, "leases", "DHCP"), (4, 6, "MetalLB", "Load Balancer Pool")):
        ends = {"start_address": here.host(first), "end_address": here.host(last)}
        api.post(RANGES, {**ends, "name": name, "role": role, "status": "Active", "namespace": "Global"})
    vip = {"address": f"{here.host(7)}/28", "role": "VIP", "status": "Active", "namespace": "Global"}
    api.post(ADDRESSES, vip)
    seen = {"host": here.host(8), "source": "arp", "mac": "bc:24:11:0a:00:01", "where": "ix3", "seen_by": "test"}
    here.ask([Wish(f"{WOW}/sightings/record/", [seen])], clients=1)
    profile = api.only(PROFILES, name=here.name)
    api.patch(f"{PROFILES}{profile['id']}/", {"gateway": here.host(9)})


def test_nothing_is_allocated_for_a_request_that_names_what_is_not_there(network: Callable[[int], Network]) -> None:
    here = network(28)
    wrong = [
        Wish(ALLOCATE, {"profile": "no such profile", "key": "k"}),
        Wish(ALLOCATE, {"profile": here.name, "key": "k", "tenant": "nobody"}),
        Wish(ALLOCATE, {"profile": here.name, "key": "k", "family": 6}),
    ]
    assert sorted(statuses(here.ask(wrong * 4, clients=12))) == [400, 404]
    assert here.hosts() == []


def test_writers_through_the_stock_endpoint_are_made_way_for(network: Callable[[int], Network]) -> None:
    here = network(24)
    theirs = numbered(here.stock, 40, status="Active", description="written by others {}")
    answers = here.ask(mixed(here.wishes(40), theirs))
    ours = [answer for answer in answers if answer.path == ALLOCATE]
    assert statuses(ours) == {201: 40}, ours
    foreign = [answer.content["host"] for answer in answers if answer.path == here.stock and answer.status == 201]
    assert foreign
    everyone = [*given(ours), *foreign]
    assert len(set(everyone)) == len(everyone)
    assert sorted(here.hosts()) == sorted(everyone)


def test_a_prefix_that_others_fill_at_the_same_time_ends_full_and_said_so(network: Callable[[int], Network]) -> None:
    here = network(28)
    theirs = numbered(here.stock, 20, status="Active", description="written by others {}")
    answers = here.ask(mixed(here.wishes(20), theirs))
    ours = [answer for answer in answers if answer.path == ALLOCATE]
    assert set(statuses(ours)) <= {201, 409}, ours
    assert all("considered" in answer.content for answer in ours if answer.status == 409)
    hosts = here.hosts()
    assert len(hosts) == len(set(hosts)) == 14
    assert set(given(ours)) <= set(hosts)
