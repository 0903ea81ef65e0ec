"""What the switch answers: every command that it knows, computed from the world.

`layout` is that of the release: "type" and "created" do not tell tags in `show vlan`, "tags" does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from development.lab.fabric import Box, BoxPort, members
from development.lab.sg300.config import running_config
from development.lab.sg300.layouts import (
    ADDRESSES,
    CHANNEL_CONFIGURATION,
    CHANNEL_STATUS,
    CONFIGURATION,
    GATEWAYS,
    IPV6,
    LEGEND,
    LLDP,
    MAC_TABLE,
    STATUS,
    SWITCHPORT,
    VLAN_LAYOUTS,
)
from development.lab.sg300.tables import Col, order, ranges, split, table
from development.lab.world import World

CHANNELS = 8
MEDIA = {"copper": "1G-Copper", "combo": "1G-Combo-C", "combo-fiber": "1G-Combo-F", "sfp": "1G-Fiber"}


@dataclass
class Show:
    """The switch that is looked at, as a release: `image` is how its version looks, `no_commands` what it lacks."""

    world: World
    name: str
    layout: str = "tags"
    image: str = "1.x"
    no_commands: set[str] = field(default_factory=set)

    @property
    def box(self) -> Box:
        """The switch in the world."""
        return self.world.fabric.box(self.name)

    @property
    def ports(self) -> list[BoxPort]:
        """The real ports in order."""
        found = [port for port in self.box.ports.values() if not port.name.startswith("Po")]
        return sorted(found, key=lambda port: order(split(port.name)))

    @property
    def channels(self) -> list[str]:
        """The port channels: they are all there, most of them without a port."""
        return [f"Po{number}" for number in range(1, CHANNELS + 1)]

    def members_of(self, channel: str) -> list[str]:
        """Return the ports in a port channel."""
        return [port.name for port in self.ports if port.lag == channel]

    def is_up(self, port: BoxPort) -> bool:
        """Whether the port has a link."""
        return self.world.fabric.is_up(self.box, port)

    # ------------------------------------------------------------------------------------------------------- what it is

    def version(self) -> str:
        """Return the firmware."""
        if self.image != "1.x":
            block = f"  Version: {self.box.version}\n  MD5 Digest: {'0' * 32}\n  Date: 07-Aug-2019\n  Time: 15:02:27\n"
            return (
                f"Active-image: flash://system/images/image1.bin\n{block}"
                f"Inactive-image: flash://system/images/_image1.bin\n{block.replace(self.box.version, '2.4.0.94')}"
            )
        return (
            f"SW version    {self.box.version} ( date  07-Aug-2019 time  15:02:27 )\n"
            "Boot version    1.3.5.06 ( date  21-Jul-2013 time  15:12:10 )\n"
            "HW version    V03\n"
        )

    def system(self) -> str:
        """Return name, place and MAC address, the place wrapped where it is long."""
        rows = [
            ("System Description:", f"{len(self.ports)}-Port Gigabit Managed Switch"),
            ("System Up Time (days,hour:min:sec):", "12,04:33:21"),
            ("System Contact:", ""),
            ("System Name:", self.box.name),
            ("System Location:", str(self.box.values.get("location", "WOW-DC, RACK 1, unit 42 at the rear side"))),
            ("System MAC Address:", self.box.mac.lower()),
            ("System Object ID:", "1.3.6.1.4.1.9.6.1.83.28.1"),
        ]
        lines = [line for label, value in rows for line in _labelled(label, value)]
        return "\n".join([*lines, "", f"{'Fans Status:':<42}OK"]) + "\n"

    def system_id(self) -> str:
        """Return the serial number."""
        return f"Serial number : {self.box.serial}\n"

    def inventory(self) -> str:
        """Return the switch and the transceivers in it."""
        lines = [
            "",
            f'NAME: "1"   DESCR: "{self.box.model} {len(self.ports)}-Port Gigabit Managed Switch"   ',
            f"PID: {self.box.model}-K9   VID: V03   SN: {self.box.serial}   ",
            "",
        ]
        for port in self.ports:
            if port.media in ("sfp", "combo-fiber"):
                long_name = f"GigabitEthernet{port.name[2:]}"
                lines += [
                    f'NAME: "{long_name}"    DESCR: "SFP-1000Base-SX"    ',
                    f"PID: MGBSX1    VID: Information Unavailable    SN: FNS{split(port.name)[1]:08d}    ",
                    "",
                ]
        return "\n".join(lines) + "\n"

    # ------------------------------------------------------------------------------------------------------------ ports

    def status(self) -> str:
        """Return the ports' links, and those of the port channels."""
        rows = []
        for port in self.ports:
            if self.is_up(port):
                state = ("Full", str(port.speed_mbps), "Enabled", "Off", "Up", "Disabled", "Off")
            else:
                state = ("  --", "  --", "   --", " --", "Down", "   --", "  --")
            rows.append((port.name, MEDIA.get(port.media, "1G-Copper"), *state))
        return table(STATUS, rows) + "\n" + table(CHANNEL_STATUS, map(self._channel_status, self.channels))

    def _channel_status(self, channel: str) -> tuple[str, ...]:
        own = [self.box.ports[name] for name in self.members_of(channel)]
        if not own:
            return channel, "   --", "  --", "  --", "   --", "   --", "Not Present"
        if not any(self.is_up(port) for port in own):
            return channel, "1G", "  --", "  --", "   --", "   --", "Down"
        return channel, "1G", "Full", "1000", "Enabled", "Off", "Up"

    def configuration(self) -> str:
        """Return which ports are switched on."""
        rows = [
            (port.name, MEDIA.get(port.media, "1G-Copper"), "Full", "1000", "Enabled", "Off", _admin(port.enabled),
             "Disabled", "Auto") for port in self.ports
        ]  # fmt: skip
        channels = [(name, "   --", "  --", "Enabled", "Off", "Up") for name in self.channels]
        return table(CONFIGURATION, rows) + "\n" + table(CHANNEL_CONFIGURATION, channels)

    def descriptions(self) -> str:
        """Return what people wrote to each port."""
        ports = [(port.name, port.description) for port in self.ports]
        channels = [(name, self.channel(name).description) for name in self.channels]
        return (
            table([Col(("Port",), 7, free=True), Col(("Description",), 11, gap=3, free=True)], ports)
            + "\n"
            + table([Col(("Ch",), 7), Col(("Description",), 11, gap=3, free=True)], channels)
        )

    def port_channels(self) -> str:
        """Return the members of the port channels."""
        rows = []
        for channel in self.channels:
            up = [name for name in self.members_of(channel) if self.is_up(self.box.ports[name])]
            down = [name for name in self.members_of(channel) if name not in up]
            parts = [f"{label}: {ranges(found)}" for label, found in (("Active", up), ("Inactive", down)) if found]
            rows.append((channel, " ".join(parts)))
        return "Load balancing: src-dst-mac.\n\n" + table(
            [Col(("Channel",), 8), Col(("Ports",), 45, gap=2, free=True)], rows
        )

    def switchport(self, name: str) -> str:
        """Return how a port treats VLANs."""
        port = self.channel(name) if name.startswith("Po") else self.box.ports[name]
        untagged, tagged = self._untagged(port), [] if port.lag else port.tagged
        rules = {**dict.fromkeys(tagged, "Tagged"), **dict.fromkeys(untagged, "Untagged")}
        rows = [(str(vid), self.box.vlans.get(vid, str(vid)), rule, "Static") for vid, rule in sorted(rules.items())]
        native = untagged[0] if untagged else 4095
        return (
            f"Port : {name}\nPort Mode: {'Trunk' if port.tagged or port.native == 1 else 'Access'}\n"
            "Gvrp Status: disabled\nIngress Filtering: true\nAcceptable Frame Type: admitAll\n"
            f"Ingress UnTagged VLAN ( NATIVE ): {native}\n\nPort is member in:\n\n"
            f"{table(SWITCHPORT, rows)}\n\nForbidden VLANS:\n"
            f"{table(SWITCHPORT[:2], [])}\n\nClassification rules:\n\nMac based VLANs:\n"
            f"{table([Col(('Group ID',), 12, centred=True), Col(('Vlan ID',), 7, centred=True)], [])}"
        )

    def channel(self, name: str) -> BoxPort:
        """Return a port channel; nobody wrote anything about most of them: a trunk in VLAN 1."""
        return self.box.ports.get(name) or BoxPort(name=name, mac=self.box.mac)

    @staticmethod
    def _untagged(port: BoxPort) -> list[int]:
        return [port.native] if port.native is not None and not port.lag else []

    # ------------------------------------------------------------------------------------------------------------ VLANs

    def vlan(self) -> str:
        """Return the VLANs and their ports, in the layout of the release."""
        found = members(self.box)
        for name in self.channels:
            if name not in self.box.ports:
                found.setdefault(1, ([], []))[0].append(name)
        rows = {vid: (self.box.vlans.get(vid, str(vid)), *found.get(vid, ([], [])))
                for vid in sorted({1, *found, *self.box.vlans})}  # fmt: skip
        return VLAN_LAYOUTS[self.layout](rows)

    # ----------------------------------------------------------------------------------------------- who is on the wire

    def mac_table(self) -> str:
        """Return who was heard on which port, and the switch's own address in its VLAN."""
        rows = {(vlan, self.box.mac.lower()): ("0", "self") for vlan in self._own_vlans()}
        for heard in self.world.fabric.heard(self.name, self.world):
            port = self.box.ports[heard.port]
            rows[heard.station.vlan, heard.station.mac.lower()] = (port.lag or port.name, "dynamic")
        body = [(str(vlan), mac, port, kind) for (vlan, mac), (port, kind) in sorted(rows.items())]
        return "Flags: I - Internal usage VLAN\nAging time is 300 sec\n\n" + table(MAC_TABLE, body)

    def _own_vlans(self) -> list[int]:
        return sorted({interface.vlan for interface in self.box.interfaces})

    def neighbours(self) -> str:
        """Return who speaks LLDP at the other ends."""
        rows = [
            (found.port, found.box.mac.lower(), found.far_port.name, found.box.name, "B, R", "103")
            for found in self.world.fabric.neighbours(self.name)
        ]
        rows.sort(key=lambda row: order(split(row[0])))
        return LEGEND + table(LLDP, rows, trailing=True)

    def ip_interface(self) -> str:
        """Return the switch's addresses and its gateway."""
        rows = [(address, interface.name, "UP/UP", "Static", "disable", "No", "enable", "Valid")
                for interface in self.box.interfaces for address in interface.addresses]  # fmt: skip
        rows += [("0.0.0.0/32", "vlan 4000", "UP/DOWN", "DHCP", "disable", "No", "enable", "Not received")
                 for _ in range(self.box.values.get("waits_for_dhcp", 0))]  # fmt: skip
        gateway = str(self.box.values.get("gateway", "10.1.1.1"))
        gateways = table(GATEWAYS, [(gateway, "Active", "static")])
        return f"\n\n{table(ADDRESSES, rows)}\n\n{gateways}\n"

    # -------------------------------------------------------------------------------------------------- for others only

    def cpu(self) -> str:
        """Return how busy it is."""
        load = "five seconds: 7%; one minute: 6%; five minutes: 6%"
        return f"\nCPU utilization service is on.\n\nCPU utilization\n{'-' * 49}\n{load}\n"

    def jumbo_frames(self) -> str:
        """Return whether frames may be longer than usual."""
        return "\n\nJumbo frames are disabled\nJumbo frames will be disabled after reset\n"

    def ipv6_interfaces(self) -> str:
        """Return that IPv6 is not used."""
        return "\n".join(["", table(IPV6, [])])

    def files(self) -> str:
        """Return what is in the flash memory."""
        return "Directory of flash:\n\nTotal size of flash: 33292288 bytes\nFree size of flash: 20708893 bytes\n\n"


def _labelled(label: str, value: str) -> list[str]:
    """Return a value beside its label, broken between words where it is longer than the line."""
    lines = [""]
    for word in value.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > 37:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return [f"{label:<42}{lines[0]}", *(f"{'':<42}{line}" for line in lines[1:])]


def _admin(enabled: bool) -> str:
    return "Up" if enabled else "Down"


COMMANDS: dict[str, Callable[[Show], str]] = {
    "show version": Show.version,
    "show system": Show.system,
    "show system id": Show.system_id,
    "show inventory": Show.inventory,
    "show interfaces status": Show.status,
    "show interfaces configuration": Show.configuration,
    "show interfaces description": Show.descriptions,
    "show interfaces port-channel": Show.port_channels,
    "show vlan": Show.vlan,
    "show mac address-table": Show.mac_table,
    "show mac-address-table": Show.mac_table,
    "show lldp neighbors": Show.neighbours,
    "show ip interface": Show.ip_interface,
    "show cpu utilization": Show.cpu,
    "show ports jumbo-frame": Show.jumbo_frames,
    "show ipv6 interface brief": Show.ipv6_interfaces,
    "dir": Show.files,
}
PRIVILEGED: dict[str, Callable[[Show], str]] = {
    "show running-config": running_config,
    "show running-config detailed": running_config,
}
PER_PORT = "show interfaces switchport "
"""What a user of privilege 1 may ask, what only one of privilege 15 may, and the one question about a single port."""
