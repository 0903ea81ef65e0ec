"""The box and its ports: cards, LAGGs, bridges, VLAN interfaces, and what else carries an assigned interface.

    says                     configuration          ifconfig
    which ports there are    assigned, VLANs, …     cards that nothing was assigned to
    LAGG, bridge, parent     yes                    -
    VLANs on a port          yes                    -
    MAC, MTU, up, speed      -                      yes

What kind of plug a card has is not said: an SFP+ cage with a copper module calls itself 1000baseT.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping

from ...records import InterfaceRecord, PortType, VlanRecord
from .parse.config import Config
from .parse.ifconfig import LivePort

DEVICE = "device"
SCOPES = ("config/interfaces", "config/vlans", "live")
VLAN_SCOPES = ("config/vlans",)
# Interfaces that software makes: VPNs, tunnels, dial-up, loopback.
SOFTWARE = re.compile(r"(?:ovpn[cs]|tun_wg|wg|gif|gre|pppoe|ppp|pptp|l2tp|vxlan|ipsec|stf|tap|tun|lo|enc)[0-9]+")


def port_key(name: str) -> str:
    """Return the key of a port."""
    return f"{DEVICE}/{name}"


def port_records(config: Config, live: Mapping[str, LivePort] | None) -> Iterator[InterfaceRecord]:
    """Yield every port, by name."""
    ports = _Ports(config, live or {})
    for name in sorted(ports.names()):
        yield ports.record(name)


def port_names(config: Config, live: Mapping[str, LivePort] | None) -> frozenset[str]:
    """Return the names of the ports that make records."""
    return frozenset(_Ports(config, live or {}).names())


def vlan_records(config: Config) -> Iterator[VlanRecord]:
    """Yield the VLANs that are defined, each once: several ports may carry one."""
    titles: dict[int, str] = {}
    called = {one.port: one.title for one in config.interfaces.values()}
    for vlan in config.vlans:
        titles[vlan.vid] = titles.get(vlan.vid) or vlan.title or called.get(vlan.port, "")
    for vid, title in sorted(titles.items()):
        yield VlanRecord(key=f"vlan/{vid}", scopes=VLAN_SCOPES, vid=vid, title=title, description=title)


class _Ports:
    """Who belongs to whom."""

    def __init__(self, config: Config, live: Mapping[str, LivePort]) -> None:
        self.config, self.live = config, live
        self.titles = {one.port: one.title for one in config.interfaces.values()}
        self.vlans = {vlan.port: vlan for vlan in config.vlans}
        self.lags = {member: group.port for group in config.laggs for member in group.members}
        self.bridges = {member: group.port for group in config.bridges for member in group.members}
        self.carried: dict[str, set[int]] = defaultdict(set)
        for vlan in config.vlans:
            self.carried[vlan.parent].add(vlan.vid)
        groups = (*config.laggs, *config.bridges)
        self.types = {group.port: PortType.LAG for group in config.laggs}
        self.types |= {group.port: PortType.BRIDGE for group in config.bridges}
        self.descriptions = {
            **{group.port: group.title for group in groups},
            **{vlan.port: vlan.title for vlan in config.vlans},
            **self.titles,
        }

    def names(self) -> set[str]:
        """Return the ports there are; what software makes and nobody uses is none."""
        cards = {name for name, port in self.live.items() if port.is_card and not SOFTWARE.fullmatch(name)}
        owners = set(self.types) | set(self.lags) | set(self.bridges)
        return cards | owners | set(self.vlans) | {vlan.parent for vlan in self.vlans.values()} | set(self.titles)

    def record(self, name: str) -> InterfaceRecord:
        """Return a port with everything that is known of it."""
        live = self.live.get(name)
        vlan = self.vlans.get(name)
        return InterfaceRecord(
            key=port_key(name),
            scopes=SCOPES,
            device=DEVICE,
            name=name,
            type=self._type(name),
            enabled=live.up if live else None,
            mtu=live.mtu if live else None,
            mac=live.mac if live else None,
            speed_kbps=live.speed_kbps if live and not vlan else None,
            description=self.descriptions.get(name, ""),
            lag=self.lags.get(name, ""),
            bridge=self.bridges.get(name, ""),
            parent=vlan.parent if vlan else self._outer(name),
            vid=vlan.vid if vlan else None,
            tagged=frozenset() if vlan else frozenset(self.carried[name]) or None,
        )

    def _type(self, name: str) -> PortType:
        if name in self.types:
            return self.types[name]
        software = name in self.vlans or self._outer(name) or SOFTWARE.fullmatch(name)
        return PortType.VIRTUAL if software else PortType.OTHER

    def _outer(self, name: str) -> str:
        """Return the QinQ that an inner VLAN interface such as igb1.100.20 stands on, empty for others."""
        outer = name.rpartition(".")[0]
        return outer if outer in self.vlans else ""
