"""The community.ciscosmb collection of Ansible and our reader look at one switch, over SSH: they agree."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from development.lab.client import Lab
from development.lab.sg300.server import READER, Switch
from nautobot_wow.records import AddressRecord, DeviceRecord, InterfaceRecord
from nautobot_wow.snapshot import Snapshot
from nautobot_wow.systems.sg300 import SG300
from tests.peers.collection import Ansible, AnsibleFailed
from tests.systems.sg300.conftest import connection_to, options_for

Ask = Callable[..., list[dict[str, Any]]]
BOX = "cisco-sg300-28"
FACTS = "community.ciscosmb.facts"
COMMAND = "community.ciscosmb.command"


@pytest.fixture
def switch(lab: Lab) -> Switch:
    found: Switch = lab.side("sg300")
    return found


@pytest.fixture
def ask(ansible: Ansible, switch: Switch, tmp_path: Path) -> Ask:
    """Run modules of the collection against the switch, whose host key Ansible was told."""
    facts = switch.describe()
    known = tmp_path / "home" / ".ssh" / "known_hosts"
    known.parent.mkdir(parents=True)
    known.write_text(f"[127.0.0.1]:{switch.port} {facts['host_key']}\n", encoding="utf-8")

    def asking(*tasks: dict[str, Any], user: str = "", password: str = "") -> list[dict[str, Any]]:
        play = {
            "hosts": "localhost",
            "connection": "ansible.netcommon.network_cli",
            "gather_facts": False,
            "vars": {
                "ansible_host": "127.0.0.1",
                "ansible_port": switch.port,
                "ansible_user": user or facts["username"],
                "ansible_password": password or facts["password"],
                "ansible_network_os": "community.ciscosmb.ciscosmb",
                "ansible_network_cli_ssh_type": "paramiko",
            },
            "tasks": [{"name": f"task {number}", **task} for number, task in enumerate(tasks)],
        }
        book = tmp_path / "switch.yml"
        book.write_text(yaml.safe_dump([play]), encoding="utf-8")
        return ansible.play(book)

    return asking


@pytest.fixture
def mine(switch: Switch) -> Callable[[], Snapshot]:
    return lambda: SG300.read(connection_to(switch), options_for(switch))


def ports_of(snapshot: Snapshot) -> dict[str, InterfaceRecord]:
    records = (record for record in snapshot.records if isinstance(record, InterfaceRecord))
    return {record.name: record for record in records if record.name.startswith("gi")}


def test_the_facts_of_the_switch_are_those_that_our_reader_found(ask: Ask, mine: Callable[[], Snapshot]) -> None:
    (said,) = ask({FACTS: {"gather_subset": ["default"]}})
    facts = said["ansible_facts"]
    (device,) = (record for record in mine().records if isinstance(record, DeviceRecord))
    assert (facts["ansible_net_hostname"], facts["ansible_net_serialnum"], facts["ansible_net_version"]) == (
        device.name,
        device.serial,
        device.version,
    )
    assert facts["ansible_net_model"] == mine().facts["model"]


def test_every_port_is_described_switched_on_and_as_fast_as_our_reader_says(
    ask: Ask, mine: Callable[[], Snapshot], lab: Lab
) -> None:
    lab.change("set_box_port", box=BOX, port="gi9", enabled=False)
    (said,) = ask({FACTS: {"gather_subset": ["interfaces"]}})
    theirs = said["ansible_facts"]["ansible_net_interfaces"]
    ours = ports_of(mine())
    assert len(ours) == 28
    for name, port in ours.items():
        row = theirs[f"GigabitEthernet{name[2:]}"]
        assert (row["description"] or "") == port.description
        assert (row["admin_state"] == "up") == port.enabled
        assert row["bandwidth"] == port.speed_kbps
    assert not ours["gi9"].enabled


def test_addresses_and_neighbours_are_the_same(ask: Ask, mine: Callable[[], Snapshot]) -> None:
    (said,) = ask({FACTS: {"gather_subset": ["interfaces"]}})
    facts, snapshot = said["ansible_facts"], mine()
    ours = {record.key for record in snapshot.records if isinstance(record, AddressRecord)}
    assert set(facts["ansible_net_all_ipv4_addresses"]) == ours
    theirs = {
        (port.replace("GigabitEthernet", "gi"), row["host"], row["port"])
        for port, rows in facts["ansible_net_neighbors"].items()
        for row in rows
    }
    assert theirs == {(one.where, one.name, one.far_port) for one in snapshot.seen if one.source == "neighbour"}


def test_the_command_module_gets_the_whole_of_a_long_answer(ask: Ask, switch: Switch) -> None:
    (said,) = ask({COMMAND: {"commands": ["show running-config", "show mac address-table"]}})
    config, macs = said["stdout"]
    assert "More:" not in config + macs
    assert config.splitlines()[-1] == "ip default-gateway 10.1.1.1"
    assert macs.count("dynamic") == switch.show.mac_table().count("dynamic")


def test_an_error_of_the_command_line_is_one_for_the_module_as_well(ask: Ask) -> None:
    with pytest.raises(AnsibleFailed, match="Unrecognized command"):
        ask({COMMAND: {"commands": ["show everything"]}})


def test_a_user_who_may_only_look_may_not_read_the_configuration_with_it_either(ask: Ask, switch: Switch) -> None:
    with pytest.raises(AnsibleFailed, match="Unrecognized command"):
        ask({COMMAND: {"commands": ["show running-config"]}}, user=READER, password=switch.passwords[READER])
