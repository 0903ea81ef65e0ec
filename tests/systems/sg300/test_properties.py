"""Random switches: what their tables say is read back exactly; anything else is refused with an error of ours."""

from __future__ import annotations

import contextlib
import string
from collections.abc import Callable
from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from development.lab.fabric import Box, BoxInterface, BoxPort, Fabric, Link, Station
from development.lab.sg300.config import running_config
from development.lab.sg300.layouts import LLDP, MAC_TABLE
from development.lab.sg300.show import Show
from development.lab.sg300.tables import table
from development.lab.world import World
from nautobot_wow.errors import SourceError
from nautobot_wow.systems.sg300.parse.addresses import parse_addresses
from nautobot_wow.systems.sg300.parse.config import parse_config
from nautobot_wow.systems.sg300.parse.device import parse_inventory, parse_system, parse_system_id, parse_version
from nautobot_wow.systems.sg300.parse.interfaces import (
    parse_channels,
    parse_configuration,
    parse_descriptions,
    parse_status,
)
from nautobot_wow.systems.sg300.parse.lldp import parse_neighbours
from nautobot_wow.systems.sg300.parse.mac_table import parse_mac_table
from nautobot_wow.systems.sg300.parse.vlans import parse_switchport, parse_vlans

WORD = string.ascii_letters + string.digits + "-_./+#%:"
words = st.text(WORD, min_size=1, max_size=32)
names = st.lists(words, min_size=1, max_size=4).map(" ".join).map(lambda text: text[:32].strip())
descriptions = st.lists(words, max_size=4).map(" ".join).map(lambda text: text[:64].strip())
vids = st.integers(min_value=2, max_value=4094)
macs = st.integers(min_value=0, max_value=2**48 - 1).map(
    lambda number: ":".join(f"{number:012x}"[at : at + 2] for at in range(0, 12, 2))
)
port_sets = st.sampled_from(["gi{}", "fa{}", "gi1/{}", "gi1/0/{}", "te2/0/{}"])


@dataclass
class Switch:
    """A random switch, alone in its world."""

    ports: list[BoxPort]
    vlans: dict[int, str]
    version: str = "1.4.11.5"
    interfaces: list[BoxInterface] = field(default_factory=list)

    def show(self, layout: str = "tags") -> Show:
        box = Box(
            name="sw", kind="switch", model="SG300-28", serial="ABC", version=self.version, mac="54:78:1A:00:00:01",
            ports={port.name: port for port in self.ports}, vlans=self.vlans, interfaces=self.interfaces,
        )  # fmt: skip
        links = [Link(("sw", port.name), ("host", port.name)) for port in self.ports[::2]]
        hosts = [
            Station("host", port.mac, ("host", port.name), port.native)
            for port in self.ports[::2]
            if port.native is not None and not port.lag
        ]
        return Show(World(fabric=Fabric(boxes={"sw": box}, links=links, hosts=hosts)), "sw", layout=layout)


@st.composite
def switches(draw: st.DrawFn) -> Switch:
    vlans = draw(st.dictionaries(vids, names, max_size=12))
    numbers = sorted(draw(st.sets(st.integers(min_value=1, max_value=52), min_size=1, max_size=30)))
    pattern = draw(port_sets)
    ports = [
        BoxPort(
            name=pattern.format(number),
            mac=f"24:6E:96:00:00:{number:02X}",
            speed_mbps=draw(st.sampled_from([10, 100, 1000, 10000])),
            enabled=draw(st.booleans()),
            description=draw(descriptions),
            native=draw(st.sampled_from([None, 1, *vlans])),
            lag=draw(st.sampled_from(["", "", "", "Po1", "Po8"])),
        )
        for number in numbers
    ]
    for port in ports:
        port.tagged = sorted(draw(st.sets(st.sampled_from([0, *vlans]), max_size=6)) - {0, port.native or 0})
    return Switch(ports, vlans)


def named(vid: int, name: str) -> str:
    """A VLAN whose name is its number, or a dash, has none."""
    return "" if name in (str(vid), "-") else name


# ---------------------------------------------------------------------------------------------------- read back exactly


@given(switches())
def test_vlans_with_tags_are_read_back_exactly(switch: Switch) -> None:
    found = parse_vlans(switch.show("tags").vlan())
    assert set(found) == {1, *switch.vlans}
    for vid, row in found.items():
        mine = [port for port in switch.ports if not port.lag]
        assert row.tagged == {port.name for port in mine if vid in port.tagged}
        channels = {f"Po{number}" for number in range(1, 9)} if vid == 1 else set()
        assert row.untagged == {port.name for port in mine if port.native == vid} | channels
        assert row.name == named(vid, switch.vlans.get(vid, "1"))


@given(switches(), st.sampled_from(["created", "type"]))
def test_vlans_of_older_releases_are_read_back_exactly(switch: Switch, layout: str) -> None:
    found = parse_vlans(switch.show(layout).vlan())
    for vid, row in found.items():
        mine = {port.name for port in switch.ports if not port.lag and vid in (port.native, *port.tagged)}
        assert set(row.members) - {f"Po{number}" for number in range(1, 9)} == mine
        assert row.name == named(vid, switch.vlans.get(vid, "1"))


@given(switches())
def test_every_port_says_its_vlans_as_the_table_does(switch: Switch) -> None:
    show = switch.show()
    for port in switch.ports:
        found = parse_switchport(show.switchport(port.name), port.name)
        assert found.tagged == frozenset(() if port.lag else port.tagged)
        assert found.vid == (0 if port.lag else port.native or 0)


@given(switches())
def test_ports_are_read_back_exactly(switch: Switch) -> None:
    show = switch.show()
    status, enabled = parse_status(show.status()), parse_configuration(show.configuration())
    described = parse_descriptions(show.descriptions())
    assert set(status) == set(enabled) == set(described)
    for port in switch.ports:
        assert enabled[port.name] == port.enabled
        assert described[port.name] == port.description
        assert status[port.name].up == show.is_up(port)
        assert status[port.name].speed_kbps == (port.speed_mbps * 1000 if show.is_up(port) else None)


@given(switches())
def test_members_of_port_channels_are_read_back_exactly(switch: Switch) -> None:
    found = parse_channels(switch.show().port_channels())
    config = parse_config(running_config(switch.show()))
    expected = {port.name: port.lag for port in switch.ports if port.lag}
    assert {port: channel for channel, ports in found.items() for port in ports} == expected
    assert config.channel_of == expected


@given(switches())
def test_the_configuration_gives_names_and_descriptions_exactly(switch: Switch) -> None:
    config = parse_config(running_config(switch.show()))
    assert config.vids == set(switch.vlans)
    assert config.vlan_names == {vid: name for vid, name in switch.vlans.items() if name != str(vid)}
    assert config.descriptions == {port.name: port.description for port in switch.ports if port.description}


@given(switches())
def test_who_is_heard_is_read_back_exactly(switch: Switch) -> None:
    show = switch.show()
    heard = {(one.station.vlan, one.station.mac, show.box.ports[one.port].lag or one.port)
             for one in show.world.fabric.heard("sw", show.world)}  # fmt: skip
    assert {(row.vid, row.mac, row.port) for row in parse_mac_table(show.mac_table())} == heard


@given(st.lists(st.tuples(vids, macs, st.sampled_from(["gi1", "te1/0/48", "Po8"])), max_size=20))
def test_any_mac_table_is_read_back_exactly(rows: list[tuple[int, str, str]]) -> None:
    text = "Aging time is 300 sec\n\n" + table(MAC_TABLE, [(str(v), mac, port, "dynamic") for v, mac, port in rows])
    assert [(row.vid, row.mac.lower(), row.port) for row in parse_mac_table(text)] == rows


@given(st.lists(st.tuples(macs, words, names, st.sampled_from(["B", "B, R", "B, R, C", "O", "TP, S"])), max_size=8))
def test_neighbours_are_read_back_exactly(rows: list[tuple[str, str, str, str]]) -> None:
    body = [(f"gi{at}", mac, port, name, kinds, "99") for at, (mac, port, name, kinds) in enumerate(rows, 1)]
    found = parse_neighbours(table(LLDP, body, trailing=True))
    assert [(one.device_id, one.far_port, one.name, ", ".join(one.capabilities)) for one in found] == rows


# ------------------------------------------------------------------------------------------------ whatever else is said

PARSERS: list[Callable[[str], object]] = [
    parse_version,
    parse_system,
    parse_system_id,
    parse_inventory,
    parse_status,
    parse_configuration,
    parse_descriptions,
    parse_channels,
    parse_vlans,
    lambda text: parse_switchport(text, "gi1"),
    parse_mac_table,
    parse_neighbours,
    parse_addresses,
    parse_config,
]
PIECES = [
    *("---- ----- ------", "----", "-------   -----------", "Vlan Name", "Vlan       Name           Tagged Ports"),
    *("\n", " ", "Port      Description", "gi1", "gi1-4,", "Po1", "--", "1", "4095", "% x", "%", "\r", "\x1b[0m"),
    *("config-file-header", "vlan database", "vlan 1-", "interface vlan 1", 'name "', "Active-image: x"),
    *("  Version: 1", "SW version 1", "PID: ", 'NAME: "1" DESCR: "x"', "PID: x VID: y SN: z", "Unit Serial number"),
    *("Port : gi1", "Port Mode: Trunk", "\x00", "System Name:", "System MAC Address: 00:11:22:33:44:55", "Flags: I"),
    *("IP Address I/F Type Status", "ÿ", "\u2028"),
]
noise = st.lists(st.sampled_from(PIECES) | st.text(max_size=12), max_size=12).map("\n".join) | st.text(max_size=200)


def survives(text: str) -> None:
    for parse in PARSERS:
        with contextlib.suppress(SourceError):
            parse(text)


@given(noise)
def test_any_text_is_read_or_refused_with_an_error_of_ours(text: str) -> None:
    survives(text)


@given(switches(), st.integers(0, 10_000), st.integers(0, 200), st.text(max_size=5))
def test_a_table_with_a_hole_in_it_is_read_or_refused(switch: Switch, start: int, length: int, patch: str) -> None:
    show = switch.show()
    for text in (show.vlan(), show.status(), show.descriptions(), show.mac_table(), running_config(show)):
        at = start % (len(text) + 1)
        survives(text[:at] + patch + text[at + length :])


@given(switches(), st.integers(min_value=0))
def test_a_table_of_vlans_that_was_cut_off_never_loses_ports_in_silence(switch: Switch, cut: int) -> None:
    whole = parse_vlans(text := switch.show().vlan())
    at = cut % len(text)
    try:
        found = parse_vlans(text[:at])
    except SourceError:
        return
    rows = [vid for vid in whole if vid in found]
    # A row may be missing as a whole, or the last one may have lost its end; what is there before it is complete.
    for vid in rows[:-1]:
        assert found[vid] == whole[vid]
