"""The community.routeros collection and our reader look at one router: they agree, or a test says why they do not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import yaml

from development.lab.client import Lab
from development.lab.routeros.server import Router
from nautobot_wow.records import AddressRecord, DeviceRecord, InterfaceRecord, VlanRecord
from nautobot_wow.snapshot import Snapshot
from nautobot_wow.systems.connection import Connection, Secret
from nautobot_wow.systems.routeros import ROUTEROS
from nautobot_wow.systems.routeros.options import RouterOsOptions
from tests.peers.collection import Ansible, AnsibleFailed

Ask = Callable[..., list[dict[str, Any]]]
BOX = "wow-10gb-mik-sw"
PATHS = (
    *("ip address", "interface vlan", "interface bridge port", "interface bridge vlan", "interface bonding"),
    "ip pool",
)


@pytest.fixture
def router(lab: Lab) -> Router:
    """The lab's switch."""
    found: Router = lab.side("routeros")
    return found


@pytest.fixture
def ask(ansible: Ansible, router: Router) -> Ask:
    """Run modules of the collection one after the other in one play; return what each says."""

    def asking(*tasks: tuple[str, dict[str, Any]], **changes: Any) -> list[dict[str, Any]]:
        facts = router.describe()
        login = {
            "hostname": "127.0.0.1", "port": router.port, "username": facts["username"], "password": facts["password"],
            "tls": True, "validate_certs": True, "validate_cert_hostname": True, "ca_path": facts["ca_file"],
            "encoding": "UTF-8", **changes,
        }  # fmt: skip
        modules = [{f"community.routeros.{name}": {**login, **arguments}} for name, arguments in tasks]
        book = ansible.folder / "routeros.yml"
        book.write_text(yaml.safe_dump([{"hosts": "localhost", "connection": "local", "gather_facts": False,
                                         "tasks": modules}]))  # fmt: skip
        return ansible.play(book)

    return asking


@pytest.fixture
def ours(router: Router) -> Callable[[], Snapshot]:
    """Read the router as the app does."""

    def reading() -> Snapshot:
        facts = router.describe()
        connection = Connection(
            system="wow-crs317", url=facts["url"], username=facts["username"], secret=Secret(facts["password"]),
            ca_file=facts["ca_file"],
        )  # fmt: skip
        return ROUTEROS.read(connection, RouterOsOptions())

    return reading


def of(snapshot: Snapshot, kind: type[Any]) -> list[Any]:
    return [record for record in snapshot.records if isinstance(record, kind)]


# --------------------------------------------------------------------------------------------------- they agree


def test_the_facts_say_of_the_device_and_its_ports_what_our_reader_says(ask: Ask, ours: Callable[[], Snapshot]) -> None:
    (answer,) = ask(("api_facts", {"gather_subset": ["default", "hardware", "interfaces"]}))
    theirs, snapshot = answer["ansible_facts"], ours()
    (device,) = of(snapshot, DeviceRecord)
    assert (theirs["ansible_net_hostname"], theirs["ansible_net_serialnum"]) == (device.name, device.serial)
    assert theirs["ansible_net_version"] == f"{device.version} (stable)"
    assert theirs["ansible_net_model"] == "CRS317-1G-16S+"
    ports = {one.name: (one.mac, one.type.value == "bridge") for one in of(snapshot, InterfaceRecord)}
    assert {name: (row["mac-address"], row["type"] == "bridge") for name, row in
            theirs["ansible_net_interfaces"].items()} == ports  # fmt: skip
    assert set(theirs["ansible_net_all_ipv4_addresses"]) == {one.key for one in of(snapshot, AddressRecord)}
    heard = {(one.where, one.name) for one in snapshot.seen if one.source == "neighbour"}
    assert {(row["interface"].split(",")[0], row["identity"]) for row in theirs["ansible_net_neighbors"]} == heard


def test_the_configuration_of_vlans_is_what_our_reader_says(ask: Ask, ours: Callable[[], Snapshot], lab: Lab) -> None:
    lab.change("set_box_port", box=BOX, port="sfp-sfpplus15", native=None, tagged=[110, 160])
    answers = ask(*(("api_info", {"path": path}) for path in PATHS))
    found = dict(zip(PATHS, (answer["result"] for answer in answers), strict=True))
    snapshot = ours()
    ports = {one.name: one for one in of(snapshot, InterfaceRecord)}
    for row in found["interface bridge port"]:
        is_open = row.get("frame-types") != "admit-only-vlan-tagged"
        assert ports[row["interface"]].vid == (row.get("pvid", 1) if is_open else 0)
    tagged: dict[str, set[int]] = {}
    for row in found["interface bridge vlan"]:
        for name in filter(None, str(row.get("tagged", "")).split(",")):
            tagged.setdefault(name, set()).add(int(row["vlan-ids"]))
    assert {name: set(one.tagged) for name, one in ports.items() if one.tagged} == tagged
    assert {int(row["vlan-ids"]) for row in found["interface bridge vlan"]} <= {
        one.vid for one in of(snapshot, VlanRecord)
    }
    assert [row["address"] for row in found["ip address"]] == ["172.16.100.50/24"]
    assert found["ip pool"] == []


@pytest.mark.parametrize("version", ["7.18.2", "7.17", "6.49.18"])
def test_they_log_in_to_every_release_that_they_know(ask: Ask, lab: Lab, version: str) -> None:
    lab.change("set_box", box=BOX, version=version)
    (answer,) = ask(("api", {"path": "system identity"}))
    assert answer["msg"] == [{"name": BOX}]


def test_they_ask_a_router_without_certificate_as_our_reader_does(ask: Ask, router: Router) -> None:
    (answer,) = ask(
        ("api", {"path": "system identity"}), port=router.anonymous_port, force_no_cert=True, validate_certs=False
    )
    assert answer["msg"] == [{"name": BOX}]


def test_a_wrong_password_fails_for_them_too(ask: Ask) -> None:
    with pytest.raises(AnsibleFailed, match="invalid user name or password"):
        ask(("api", {"path": "system identity"}), password="wrong")


def test_nothing_can_be_changed_with_the_user_who_reads(ask: Ask) -> None:
    with pytest.raises(AnsibleFailed, match="not enough permissions"):
        ask(("api", {"path": "ip address", "add": "address=10.0.0.1/24 interface=ether1"}))


# --------------------------------------------------------------------------------------- they differ, for a reason


def test_a_comment_that_looks_like_a_number_is_one_for_them_and_text_for_us(
    ask: Ask, ours: Callable[[], Snapshot], lab: Lab
) -> None:
    """The library that they use guesses the type of every value; we do not."""
    lab.change("set_box_port", box=BOX, port="ether1", description="7")
    (answer,) = ask(("api", {"path": "interface", "query": ".id name comment"}))
    assert next(row for row in answer["msg"] if row["name"] == "ether1")["comment"] == 7
    assert next(one for one in of(ours(), InterfaceRecord) if one.name == "ether1").description == "7"
