"""What guests say about themselves, and the ways in which they do not."""

import time
from concurrent.futures import ThreadPoolExecutor

NODE = "/nodes/wow-prox1"
INTERFACES = "/agent/network-get-interfaces"


def rows(answer):
    assert answer.status_code == 200, answer.reason
    return {row["name"]: row for row in answer.json()["data"]["result"]}


def addresses(row):
    return [f"{item['ip-address']}/{item['prefix']}" for item in row.get("ip-addresses", [])]


def test_the_agents_answer_is_wrapped_twice_and_full_of_noise(ask):
    found = rows(ask(f"{NODE}/qemu/300{INTERFACES}"))
    assert set(found) == {"lo", "ens18", "docker0", "vethf00d", "sit0"}
    assert found["ens18"]["hardware-address"] == "bc:24:11:03:00:01"
    assert addresses(found["ens18"]) == ["172.16.110.76/24", "fe80::be24:11ff:fe03:1/64"]
    assert "ip-addresses" not in found["sit0"]
    assert "hardware-address" not in found["sit0"]


def test_the_three_refusals_are_three_texts(ask, lab):
    assert ask(f"{NODE}/qemu/351{INTERFACES}").reason == "VM 351 is not running"
    lab.change("set", id=211, key="agent", value=None)
    assert ask(f"{NODE}/qemu/211{INTERFACES}").reason == "No QEMU guest agent configured"
    lab.change("set_agent", id=300, alive=False)
    answer = ask(f"{NODE}/qemu/300{INTERFACES}")
    assert (answer.status_code, answer.reason) == (500, "QEMU guest agent is not running")


def test_an_agent_that_is_switched_off_is_not_configured_even_when_the_guest_is_stopped(ask, lab):
    lab.change("set", id=351, key="agent", value="enabled=0,fstrim_cloned_disks=1")
    assert ask(f"{NODE}/qemu/351{INTERFACES}").reason == "No QEMU guest agent configured"


def test_dead_agents_cost_their_delay_side_by_side(ask, lab):
    lab.change("set_agent_delay", seconds=0.4)
    for guest in (211, 212, 300):
        lab.change("set_agent", id=guest, alive=False)
    started = time.monotonic()
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(ask, [f"{NODE}/qemu/{guest}{INTERFACES}" for guest in (211, 212, 300)]))
    took = time.monotonic() - started
    assert {answer.status_code for answer in answers} == {500}
    assert 0.4 <= took < 1.1


def test_a_stopped_container_has_null_interfaces(ask, lab):
    lab.change("stop", id=210)
    answer = ask(f"{NODE}/lxc/210/interfaces")
    assert (answer.status_code, answer.json()) == (200, {"data": None})


def test_a_containers_list_of_addresses_says_inet_and_its_old_keys_keep_one_per_family(ask, lab):
    lab.change("set_inside", id=101, addresses=["172.16.100.3/24", "2001:db8::2/64"])
    found = {row["name"]: row for row in ask(f"{NODE}/lxc/101/interfaces").json()["data"]}
    assert found["eth0"]["hwaddr"] == found["eth0"]["hardware-address"] == "bc:24:11:01:01:01"
    assert addresses(found["eth0"])[:3] == ["172.16.100.2/24", "172.16.100.3/24", "2001:db8::2/64"]
    assert {item["ip-address-type"] for item in found["eth0"]["ip-addresses"]} == {"inet", "inet6"}
    assert found["eth0"]["inet"] == "172.16.100.3/24"


def test_the_operating_system_is_told_as_the_agent_tells_it(ask):
    system = ask(f"{NODE}/qemu/212/agent/get-osinfo").json()["data"]["result"]
    assert (system["id"], system["version-id"], system["pretty-name"]) == ("ubuntu", "22.04", "Ubuntu 22.04.5 LTS")
    assert ask(f"{NODE}/qemu/212/agent/get-host-name").json()["data"]["result"] == {"host-name": "ipmgmt"}
    assert "version" in ask(f"{NODE}/qemu/212/agent/info").json()["data"]["result"]


def test_an_address_set_by_hand_is_known_to_the_agent_only(ask):
    config = ask(f"{NODE}/qemu/212/config").json()["data"]
    assert not [key for key in config if key.startswith("ipconfig")]
    assert addresses(rows(ask(f"{NODE}/qemu/212{INTERFACES}"))["ens18"])[0] == "172.16.110.213/24"
