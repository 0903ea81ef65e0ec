"""The running configuration of the switch, with the secrets that a real one holds too (here of nobody)."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from development.lab.fabric import BoxPort
from development.lab.sg300.tables import ranges, split

if TYPE_CHECKING:
    from development.lab.sg300.show import Show

LONG_NAMES = {"gi": "gigabitethernet", "fa": "fastethernet", "te": "tengigabitethernet", "Po": "Port-channel"}


def running_config(show: Show) -> str:
    """Return the configuration, with the secrets that a real one holds too (here of nobody)."""
    made = sorted(set(show.box.vlans) - {1})
    lines = ["config-file-header", show.box.name, f"v{show.box.version} / R800_NIK_1_4_220_026", "CLI v1.0"]
    lines += [
        "set system queues-mode 4 ",
        "",
        "file SSD indicator encrypted",
        "@",
        "ssd-control-start",
        "ssd config",
    ]
    lines += ["ssd-control-end 00112233445566778899aabbccddeeff", "!", *_vlan_database(made)]
    lines += [f"hostname {show.box.name}", "ip ssh server", "ip ssh password-auth"]
    lines += [f"username admin password encrypted {'5' * 40} privilege 15", "!"]
    for vid in made:
        if show.box.vlans[vid] != str(vid):
            lines += [f"interface vlan {vid}", f" name {_quoted(show.box.vlans[vid])}", "!"]
    for interface in show.box.interfaces:
        lines += [
            f"interface {interface.name}",
            *(f" ip address {_spelled(one)}" for one in interface.addresses),
            "!",
        ]
    for port in [*show.ports, *(show.channel(name) for name in show.channels)]:
        lines += _port_config(port)
    return "\n".join([*lines, "exit", f"ip default-gateway {show.box.values.get('gateway', '10.1.1.1')}"]) + "\n"


def _vlan_database(vids: list[int]) -> list[str]:
    return ["vlan database", f"vlan {ranges(f'v{vid}' for vid in vids).replace('v', '')}", "exit"] if vids else []


def _spelled(address: str) -> str:
    interface = ipaddress.ip_interface(address)
    return f"{interface.ip} {interface.netmask}"


def _quoted(text: str) -> str:
    return f'"{text}"' if " " in text else text


def _port_config(port: BoxPort) -> list[str]:
    lines = [f" description {_quoted(port.description)}"] if port.description else []
    if not port.enabled:
        lines.append(" shutdown")
    if port.lag:
        lines.append(f" channel-group {port.lag[2:]} mode auto")
    else:
        lines += [f" switchport trunk allowed vlan add {vid}" for vid in port.tagged]
        if port.native != 1:
            lines.append(f" switchport trunk native vlan {port.native or 'none'}")
    stem, number = split(port.name)
    kind, unit = stem[:2], stem[2:]
    return [f"interface {LONG_NAMES[kind]}{unit}{number}", *lines, "!"] if lines else []
