"""What a reading makes of answers that the lab's switch cannot give."""

from __future__ import annotations

from typing import Any

import pytest

from development.lab.estate import read_estate, world_of
from development.lab.sg300.config import running_config
from development.lab.sg300.show import Show
from nautobot_wow.records import DeviceRecord, InterfaceRecord, PartRecord, VlanRecord
from nautobot_wow.snapshot import Snapshot
from nautobot_wow.systems.sg300.answers import snapshot_of
from nautobot_wow.systems.sg300.options import Sg300Options
from nautobot_wow.systems.sg300.read import ask

BOX = "cisco-sg300-28"
ANSWERS = {
    "version": Show.version,
    "system_facts": Show.system,
    "system_id": Show.system_id,
    "inventory": Show.inventory,
    "status": Show.status,
    "configuration": Show.configuration,
    "descriptions": Show.descriptions,
    "channels": Show.port_channels,
    "vlans": Show.vlan,
    "mac_table": Show.mac_table,
    "neighbours": Show.neighbours,
    "addresses": Show.ip_interface,
    "running_config": running_config,
}


class Asked:
    """A client of the lab's world without a wire; what is said can be replaced."""

    system, privilege, hostname, learned = "wow-sg300", 15, BOX, {}  # noqa: RUF012

    def __init__(self, **replaced: str) -> None:
        self._show = Show(world_of(read_estate()), BOX)
        self._replaced = replaced
        self.asked: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return lambda: self._replaced.get(name) or ANSWERS[name](self._show)

    def switchport(self, port: str) -> str:
        self.asked.append(port)
        return self._replaced.get("switchport") or self._show.switchport(port)


def reading(client: Asked, endpoint: str = "127.0.0.1", **options: Any) -> Snapshot:
    return snapshot_of(ask(client, Sg300Options(**options)), endpoint)  # type: ignore[arg-type]


def port(snapshot: Snapshot, name: str) -> InterfaceRecord:
    return next(one for one in snapshot.records if isinstance(one, InterfaceRecord) and one.name == name)


def primary(snapshot: Snapshot) -> str | None:
    return next(one.primary_ip4 for one in snapshot.records if isinstance(one, DeviceRecord))


def test_a_port_that_is_untagged_in_several_vlans_is_asked_which_it_comes_in_to() -> None:
    client = Asked()
    vlans = client.vlans().replace("    gi5-7,gi25    ", "gi1,gi5-7,gi25    ")
    assert vlans != client.vlans()
    general = Asked(vlans=vlans)
    snapshot = reading(general)
    assert general.asked == ["gi1"]
    assert port(snapshot, "gi1").vid == 1


def test_a_port_whose_answer_is_not_understood_keeps_what_it_has() -> None:
    client = Asked()
    vlans = client.vlans().replace("    gi5-7,gi25    ", "gi1,gi5-7,gi25    ")
    snapshot = reading(Asked(vlans=vlans, switchport="Name: gi1\nSwitchport: enable\n"))
    assert (port(snapshot, "gi1").vid, port(snapshot, "gi2").vid) == (None, 1)
    assert "Switchport: enable" in snapshot.unseen["interfaces/vlans/gi1"]


def test_further_units_of_a_stack_are_parts() -> None:
    inventory = (
        'NAME: "1"   DESCR: "SG500-52"\nPID: SG500-52-K9   VID: V02   SN: AAA\n\n'
        'NAME: "2"   DESCR: "SG500-28"\nPID: SG500-28-K9   VID: V02   SN: BBB\n'
    )
    ids = "Unit    Serial number\n---- -------------------\n 1       AAA\n 2       BBB\n"
    snapshot = reading(Asked(inventory=inventory, system_id=ids))
    (device,) = (one for one in snapshot.records if isinstance(one, DeviceRecord))
    (part,) = (one for one in snapshot.records if isinstance(one, PartRecord))
    assert (device.serial, part.name, part.serial) == ("AAA", "Unit 2", "BBB")


ADDRESSES = """
IP Address         I/F       I/F Status Type    Directed  Prec Redirect Status
                             admin/oper         Broadcast
------------------ --------- ---------- ------- --------- ---- -------- ------
10.1.1.2/24        vlan 1    UP/UP      Static  disable   No   enable   Valid
10.2.2.2/24        vlan 2    UP/UP      DHCP    disable   No   enable   Valid
10.3.3.3/24        oob       UP/UP      Static  disable   No   enable   Valid

"""


@pytest.mark.parametrize(
    ("endpoint", "gateway", "expected"),
    [("10.3.3.3", "10.2.2.1", "10.3.3.3"), ("sw.wow.example", "10.2.2.1", "10.2.2.2"), ("sw", "192.0.2.1", None)],
    ids=["the one that was asked", "beside the gateway", "nobody knows"],
)
def test_of_several_addresses_the_primary_one_is_chosen(endpoint: str, gateway: str, expected: str | None) -> None:
    gateways = f"Gateway IP Address      Type\n----------------------- --------\n{gateway:<24}static\n"
    assert primary(reading(Asked(addresses=ADDRESSES + gateways), endpoint)) == expected


def test_the_out_of_band_port_is_for_management_and_its_card_is_not_known() -> None:
    oob = port(reading(Asked(addresses=ADDRESSES)), "oob")
    assert (oob.mgmt_only, oob.mac, oob.vid) == (True, None, None)


def test_the_configuration_is_not_read_where_it_is_not_wanted() -> None:
    long_name = "A name of exactly thirty-two ch."
    config = f"config-file-header\nvlan database\nvlan 100\nexit\ninterface vlan 100\n name {long_name!r}\n!\n".replace(
        "'", '"'
    )
    names = [
        {one.vid: one.name for one in reading(client, **options).records if isinstance(one, VlanRecord)}[100]
        for client, options in (
            (Asked(running_config=config), {}),
            (Asked(running_config=config), {"read_running_config": False}),
        )
    ]
    assert names == [long_name, "apps"]


def test_a_vlan_that_was_only_announced_is_no_vlan_of_the_switch() -> None:
    client = Asked()
    vlans = client.vlans() + "200        guests          gi8                                      G\n"
    snapshot = reading(Asked(vlans=vlans))
    assert [one.vid for one in snapshot.records if isinstance(one, VlanRecord)] == [1, 100]
    assert port(snapshot, "gi8").tagged == {200}
