"""How the switch lays its tables out: the columns of each, and `show vlan` in the layouts of three releases."""

from __future__ import annotations

from collections.abc import Callable

from development.lab.sg300.tables import Col, ranges, table

LEGEND = """
System capability legend:
B - Bridge; R - Router; W - Wlan Access Point; T - telephone;
D - DOCSIS Cable Device; H - Host; r - Repeater;
TP - Two Ports MAC Relay; S - S-VLAN; C - C-VLAN; O - Other

"""
VLAN_COL = Col(("Vlan",), 4, centred=True)
NAME_COL = Col(("Name",), 17, centred=True)
PORTS_COL = Col(("Ports",), 27, centred=True, lists=True)
STATUS = (
    Col(("Port",), 8), Col(("Type",), 12), Col(("Duplex",), 6), Col(("Speed",), 5, gap=2), Col(("Neg",), 8),
    Col(("Flow", "ctrl"), 4), Col(("Link", "State"), 11), Col(("Back", "Pressure"), 8), Col(("Mdix", "Mode"), 7),
)  # fmt: skip
CHANNEL_STATUS = (
    Col(("Ch",), 8), Col(("Type",), 7), Col(("Duplex",), 6), Col(("Speed",), 5, gap=2), Col(("Neg",), 8, gap=2),
    Col(("Flow", "control"), 7), Col(("Link", "State"), 11, gap=2),
)  # fmt: skip
CONFIGURATION = (
    Col(("Port",), 8), Col(("Type",), 12), Col(("Duplex",), 6), Col(("Speed",), 5, gap=2), Col(("Neg",), 8, gap=2),
    Col(("Flow", "control"), 7), Col(("Admin", "State"), 5, gap=2), Col(("Back", "Pressure"), 8, gap=3),
    Col(("Mdix", "Mode"), 4),
)  # fmt: skip
CHANNEL_CONFIGURATION = (
    Col(("Ch",), 8), Col(("Type",), 7), Col(("Speed",), 5), Col(("Neg",), 8, gap=2), Col(("Flow", "control"), 7),
    Col(("Admin", "State"), 5, gap=2),
)  # fmt: skip
SWITCHPORT = (
    VLAN_COL, Col(("Name",), 32, centred=True), Col(("Egress rule",), 11, centred=True),
    Col(("Port Membership Type",), 20, centred=True),
)  # fmt: skip
MAC_TABLE = (
    Col(("Vlan",), 12, centred=True), Col(("Mac Address",), 21, centred=True), Col(("Port",), 10, centred=True),
    Col(("Type",), 10, centred=True),
)  # fmt: skip
LLDP = (
    Col(("Port",), 9), Col(("Device ID",), 17, centred=True), Col(("Port ID",), 13, centred=True),
    Col(("System Name",), 17, centred=True), Col(("Capabilities",), 12, centred=True), Col(("TTL",), 5, centred=True),
)  # fmt: skip
ADDRESSES = (
    Col(("IP Address", ""), 18), Col(("I/F", ""), 9), Col(("I/F Status", "admin/oper"), 10), Col(("Type", ""), 7),
    Col(("Directed", "Broadcast"), 9), Col(("Prec", ""), 4), Col(("Redirect", ""), 8), Col(("Status", ""), 6),
)  # fmt: skip
GATEWAYS = (
    Col(("Gateway IP Address",), 23, centred=True), Col(("Activity status",), 23, centred=True),
    Col(("Type",), 8, centred=True),
)  # fmt: skip
IPV6 = (
    Col(("Interface",), 14), Col(("Interface", "State"), 10), Col(("IPv6", "State"), 10),
    Col(("Link Local", "IPv6 Address"), 28), Col(("MLD", "Version"), 8), Col(("Number of", "Global Addresses"), 16),
)  # fmt: skip

Rows = dict[int, tuple[str, list[str], list[str]]]


def _with_tags(rows: Rows) -> str:
    body = [(str(vid), name, ranges(tagged), ranges(untagged), "DV" if vid == 1 else "S")
            for vid, (name, untagged, tagged) in rows.items()]  # fmt: skip
    return "Created by: D-Default, S-Static, G-GVRP, R-Radius Assigned VLAN, V-Voice VLAN\n\n" + table(
        [VLAN_COL, NAME_COL, Col(("Tagged Ports",), 18, centred=True, lists=True),
         Col(("UnTagged Ports",), 18, centred=True, lists=True), Col(("Created by",), 16, centred=True)],
        body,
    )  # fmt: skip


def _with_creator(rows: Rows) -> str:
    body = [(str(vid), name, ranges([*untagged, *tagged]), "D" if vid == 1 else "S")
            for vid, (name, untagged, tagged) in rows.items()]  # fmt: skip
    return "Created by: D-Default, S-Static, G-GVRP, R-Radius Assigned VLAN\n\n" + table(
        [VLAN_COL, NAME_COL, PORTS_COL, Col(("Created by",), 16, centred=True)], body
    )


def _with_type(rows: Rows) -> str:
    body = [(str(vid), name, ranges([*untagged, *tagged]), "Default" if vid == 1 else "static", "Required")
            for vid, (name, untagged, tagged) in rows.items()]  # fmt: skip
    return table(
        [VLAN_COL, NAME_COL, PORTS_COL, Col(("Type",), 12, centred=True), Col(("Authorization",), 13, centred=True)],
        body,
    )


VLAN_LAYOUTS: dict[str, Callable[[Rows], str]] = {"tags": _with_tags, "created": _with_creator, "type": _with_type}
