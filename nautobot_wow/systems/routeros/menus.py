"""The menus that are read: their paths, which properties are asked for, and which rows.

Where `properties` is empty every property is asked for. Tables with counters name theirs, so that two answers about the
same thing are the same. A query is in the words of the API, which are a stack: `?#|` joins the two before it by "or".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Answer = Mapping[str, str]
"""One row of an answer: its attributes by name, as text."""


@dataclass(frozen=True, kw_only=True)
class Menu:
    """One print. `scope` is what is unseen where it cannot be read."""

    path: str
    scope: str
    properties: tuple[str, ...] = ()
    query: tuple[str, ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        """Return what the command is followed by."""
        wanted = (f"=.proplist={','.join(self.properties)}",) if self.properties else ()
        return (*wanted, *self.query)


IDENTITY = Menu(path="/system/identity", scope="device")
RESOURCE = Menu(
    path="/system/resource", scope="device", properties=("version", "board-name", "platform", "architecture-name")
)
ROUTERBOARD = Menu(path="/system/routerboard", scope="device/serial")
INTERFACES = Menu(
    path="/interface",
    scope="interfaces",
    properties=(
        *(".id", "name", "default-name", "type", "mtu", "actual-mtu", "mac-address", "disabled", "dynamic", "running"),
        "comment",
    ),
)
ETHERNET = Menu(
    path="/interface/ethernet",
    scope="interfaces/ethernet",
    properties=(".id", "name", "default-name", "mac-address", "orig-mac-address"),
)
BONDING = Menu(path="/interface/bonding", scope="interfaces/bonding")
VLANS = Menu(
    path="/interface/vlan",
    scope="interfaces/vlan",
    properties=(".id", "name", "vlan-id", "interface", "use-service-tag", "disabled"),
)
BRIDGES = Menu(
    path="/interface/bridge",
    scope="interfaces/bridge",
    properties=(".id", "name", "vlan-filtering", "pvid", "frame-types", "disabled"),
)
BRIDGE_PORTS = Menu(path="/interface/bridge/port", scope="interfaces/bridge")
BRIDGE_VLANS = Menu(path="/interface/bridge/vlan", scope="vlans")
BRIDGE_HOSTS = Menu(path="/interface/bridge/host", scope="bridge-hosts")
ADDRESSES = Menu(path="/ip/address", scope="addresses/ipv4")
ADDRESSES6 = Menu(path="/ipv6/address", scope="addresses/ipv6")
ARP = Menu(path="/ip/arp", scope="arp")
NEIGHBOURS = Menu(path="/ip/neighbor", scope="neighbours")
DHCP_SERVERS = Menu(path="/ip/dhcp-server", scope="ranges")
DHCP_NETWORKS = Menu(path="/ip/dhcp-server/network", scope="dhcp-networks")
LEASES = Menu(path="/ip/dhcp-server/lease", scope="leases")
POOLS = Menu(path="/ip/pool", scope="ranges", properties=(".id", "name", "ranges", "next-pool", "comment"))
# Routes that somebody or a DHCP server set: those of a routing protocol may be a million.
ROUTES = Menu(path="/ip/route", scope="routes", query=("?static=true", "?dhcp=true", "?#|"))

TABLES = (
    *(ROUTERBOARD, INTERFACES, ETHERNET, BONDING, VLANS, BRIDGES, BRIDGE_PORTS, BRIDGE_VLANS, BRIDGE_HOSTS, ADDRESSES),
    *(ADDRESSES6, ARP, NEIGHBOURS, DHCP_SERVERS, DHCP_NETWORKS, LEASES, POOLS, ROUTES),
)
"""The tables, in the order in which they are asked for."""
