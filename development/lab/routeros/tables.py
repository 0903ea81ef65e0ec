"""The menus of the lab's switch, each row as RouterOS says it: text, what is empty usually left out.

`values` of the box changes what its world does not hold: `rows` are more rows by menu, `without` menus that this router
does not have, `over` attributes that a row of a menu has instead, by the row's name.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from typing import Any

from development.lab.fabric import Box, BoxPort, Fabric, members
from development.lab.world import World

Row = dict[str, Any]
BRIDGE = "bridge"
YES, NO = "true", "false"
MODULES = {"sfp+": ("SFP/SFP+/SFP28", "S+85DLC03D"), "sfp": ("SFP/SFP+/SFP28", "S-RJ01")}
SINGLE = ("/system/identity", "/system/resource", "/system/routerboard")


def truth(value: object) -> str:
    """Return a truth as the API says it."""
    return YES if value else NO


class Tables:
    """What a print of each menu shows now."""

    def __init__(self, world: World, name: str) -> None:
        self._world = world
        self._name = name
        self.menus = {
            "/system/identity": self._identity,
            "/system/resource": self._resource,
            "/system/routerboard": self._routerboard,
            "/interface": self._interfaces,
            "/interface/ethernet": self._ethernet,
            "/interface/bonding": self._bonding,
            "/interface/vlan": self._vlans,
            "/interface/bridge": self._bridges,
            "/interface/bridge/port": self._bridge_ports,
            "/interface/bridge/vlan": self._bridge_vlans,
            "/interface/bridge/host": self._bridge_hosts,
            "/ip/address": self._addresses,
            "/ipv6/address": _nothing,
            "/ip/arp": self._arp,
            "/ip/neighbor": self._neighbours,
            "/ip/dhcp-server": _nothing,
            "/ip/dhcp-server/network": _nothing,
            "/ip/dhcp-server/lease": _nothing,
            "/ip/pool": _nothing,
            "/ip/route": self._routes,
        }

    @property
    def box(self) -> Box:
        """The switch in the world, as it is now."""
        return self._world.fabric.box(self._name)

    @property
    def fabric(self) -> Fabric:
        """The wires of the world."""
        return self._world.fabric

    @property
    def release(self) -> tuple[int, ...]:
        """The release that runs, as numbers."""
        return tuple(int(part) for part in self.box.version.split(".") if part.isdigit())

    def has(self, menu: str) -> bool:
        """Tell whether this router has the menu."""
        return menu in self.menus and menu not in self.box.values.get("without", ())

    def rows(self, menu: str) -> list[Row]:
        """Return the rows of a menu, with their ids."""
        over: Mapping[str, Row] = self.box.values.get("over", {}).get(menu, {})
        found = [*self.menus[menu](), *map(dict, self.box.values.get("rows", {}).get(menu, ()))]
        changed = [{**row, **over.get(row.get("name", ""), {})} for row in found]
        if menu in SINGLE:
            return changed[-1:]
        return [{".id": f"*{number:X}", **row} for number, row in enumerate(changed, start=1)]

    # ---------------------------------------------------------------------------------------------------------- system

    def _identity(self) -> Iterator[Row]:
        yield {"name": self.box.name}

    def _resource(self) -> Iterator[Row]:
        yield {
            "uptime": "5w2d3h4m5s", "version": f"{self.box.version} (stable)", "cpu": "ARMv7", "cpu-count": "2",
            "free-memory": "893386752", "architecture-name": "arm", "board-name": self.box.model,
            "platform": "MikroTik",
        }  # fmt: skip

    def _routerboard(self) -> Iterator[Row]:
        yield {
            "routerboard": YES, "model": self.box.model, "serial-number": self.box.serial, "firmware-type": "dx3230L",
            "current-firmware": self.box.version, "upgrade-firmware": self.box.version,
        }  # fmt: skip

    # ------------------------------------------------------------------------------------------------------ interfaces

    @property
    def bonds(self) -> dict[str, list[str]]:
        """The members of every bond."""
        found: dict[str, list[str]] = {}
        for port in self.box.ports.values():
            if port.lag:
                found.setdefault(port.lag, []).append(port.name)
        return found

    def _interfaces(self) -> Iterator[Row]:
        for port in self.box.ports.values():
            is_bond = port.name in self.bonds
            yield {
                "name": port.name,
                **({} if is_bond else {"default-name": port.name}),
                "type": "bond" if is_bond else "ether",
                "mtu": "1500", "actual-mtu": "1500", "l2mtu": "1592", "mac-address": port.mac,
                "running": truth(self.fabric.is_up(self.box, port)), "slave": truth(self.box.switches(port.name)),
                "disabled": truth(not port.enabled), "rx-byte": "123456789", "tx-byte": "987654321",
                **({"comment": port.description} if port.description else {}),
            }  # fmt: skip
        yield {
            "name": BRIDGE, "type": "bridge", "mtu": "auto", "actual-mtu": "1500", "mac-address": self.box.mac,
            "running": YES, "disabled": NO,
        }  # fmt: skip
        for interface in self.box.interfaces:
            if interface.name not in self.box.ports:
                yield {
                    "name": interface.name, "type": "vlan", "mtu": "1500", "actual-mtu": "1500",
                    "mac-address": interface.mac, "running": YES, "disabled": NO,
                    **({"comment": interface.description} if interface.description else {}),
                }  # fmt: skip

    def _ethernet(self) -> Iterator[Row]:
        for port in self.box.ports.values():
            if port.name not in self.bonds:
                yield {
                    "name": port.name, "default-name": port.name, "mtu": "1500", "mac-address": port.mac,
                    "orig-mac-address": port.mac, "auto-negotiation": YES, "disabled": truth(not port.enabled),
                    "rx-bytes": "123456789",
                }  # fmt: skip

    def monitor(self, port_id: str) -> Row | None:
        """Return what a port says of its link, None where it is no Ethernet port."""
        name = next((row["name"] for row in self.rows("/interface") if port_id in (row[".id"], row["name"])), "")
        port = self.box.ports.get(name)
        if port is None or name in self.bonds:
            return None
        up = self.fabric.is_up(self.box, port)
        rate = f"{port.speed_mbps // 1000}Gbps" if port.speed_mbps >= 1000 else f"{port.speed_mbps}Mbps"
        return {
            "name": name, "status": "link-ok" if up else "no-link", "auto-negotiation": "done",
            **({"rate": rate, "full-duplex": YES} if up else {}), **_module(port, up=up),
        }  # fmt: skip

    def _bonding(self) -> Iterator[Row]:
        for name, slaves in self.bonds.items():
            yield {"name": name, "mode": "802.3ad", "slaves": ",".join(slaves), "running": YES, "disabled": NO}

    def _vlans(self) -> Iterator[Row]:
        for interface in self.box.interfaces:
            if interface.name not in self.box.ports:
                yield {
                    "name": interface.name, "vlan-id": str(interface.vlan), "interface": interface.parent or BRIDGE,
                    "use-service-tag": NO, "mtu": "1500", "disabled": NO,
                }  # fmt: skip

    # --------------------------------------------------------------------------------------------------------- bridges

    def _bridges(self) -> Iterator[Row]:
        yield {
            "name": BRIDGE, "vlan-filtering": YES, "pvid": "1", "frame-types": "admit-only-vlan-tagged",
            "protocol-mode": "rstp", "running": YES, "disabled": NO, "mac-address": self.box.mac,
        }  # fmt: skip

    def _bridged(self) -> Iterator[BoxPort]:
        return (port for port in self.box.ports.values() if self.box.switches(port.name) and not port.lag)

    def _bridge_ports(self) -> Iterator[Row]:
        for port in self._bridged():
            yield {
                "interface": port.name, "bridge": BRIDGE, "pvid": str(port.native or 1), "hw": YES,
                "frame-types": "admit-all" if port.native else "admit-only-vlan-tagged",
                "inactive": truth(not self.fabric.is_up(self.box, port)), "disabled": NO, "dynamic": NO,
            }  # fmt: skip

    def _bridge_vlans(self) -> Iterator[Row]:
        up = {port.name for port in self._bridged() if self.fabric.is_up(self.box, port)}
        for vid, (untagged, tagged) in members(self.box).items():
            made = vid in self.box.vlans
            running = [port for port in untagged if port in up]
            own = (
                [BRIDGE]
                if any(one.vlan == vid and one.name not in self.box.ports for one in self.box.interfaces)
                else []
            )
            if made or running:
                yield {
                    "bridge": BRIDGE, "vlan-ids": str(vid), "tagged": ",".join([*own, *tagged]) if made else "",
                    "untagged": "", "current-tagged": ",".join([*own, *(port for port in tagged if port in up)]),
                    "current-untagged": ",".join(running), "dynamic": truth(not made), "disabled": NO,
                    **({"comment": self.box.vlans[vid]} if made and self.box.vlans[vid] else {}),
                }  # fmt: skip

    def _bridge_hosts(self) -> Iterator[Row]:
        for heard in self.fabric.heard(self._name, self._world):
            if self.box.switches(heard.port):
                yield self._host(heard.station.mac, heard.port, vid=heard.station.vlan)
        for port in self._bridged():
            yield {**self._host(port.mac, port.name), "local": YES, "external": NO}

    def _host(self, mac: str, port: str, vid: int | None = None) -> Row:
        where = {"interface": port, "bridge": BRIDGE, "on-interface": port}
        flags = {"dynamic": YES, "local": NO, "external": YES, "invalid": NO, "disabled": NO}
        return {"mac-address": mac, **({"vid": str(vid)} if vid else {}), **where, **flags}

    # ----------------------------------------------------------------------------------------------------- the network

    def _addresses(self) -> Iterator[Row]:
        for interface in self.box.interfaces:
            for address in interface.addresses:
                yield {
                    "address": address, "network": str(ipaddress.ip_interface(address).network.network_address),
                    "interface": interface.name, "actual-interface": interface.name, "invalid": NO, "dynamic": NO,
                    "disabled": NO, **({"comment": interface.description} if interface.description else {}),
                }  # fmt: skip

    def _arp(self) -> Iterator[Row]:
        for interface, host, station in self.fabric.answering(self._name, self._world):
            status = {"status": "reachable"} if self.release >= (7, 12) else {}
            yield {
                "address": host, "mac-address": station.mac, "interface": interface.name, "published": NO,
                "invalid": NO, "DHCP": NO, "dynamic": YES, "complete": YES, "disabled": NO, **status,
            }  # fmt: skip

    def _neighbours(self) -> Iterator[Row]:
        for far in self.fabric.neighbours(self._name):
            addresses = [address for one in far.box.interfaces for address in one.addresses]
            host = str(ipaddress.ip_interface(addresses[0]).ip) if addresses else ""
            yield {
                "interface": f"{far.port},{BRIDGE}" if self.box.switches(far.port) else far.port,
                **({"address": host, "address4": host} if host else {}), "mac-address": far.far_port.mac,
                "identity": far.box.name, "platform": far.box.kind, "version": far.box.version, "unpack": "none",
                "age": "17s", "interface-name": far.far_port.name, "system-description": far.box.model,
                "system-caps": "bridge", **({"discovered-by": "lldp"} if self.release >= (7,) else {}),
            }  # fmt: skip

    def _routes(self) -> Iterator[Row]:
        seven = self.release >= (7,)
        for interface in self.box.interfaces:
            for address in interface.addresses:
                way = {"gateway": interface.name, "distance": "0", "scope": "10"}
                flags = {"active": YES, "dynamic": YES, "connect": YES, "disabled": NO}
                yield {"dst-address": str(ipaddress.ip_interface(address).network), **way, **flags}
        gateway = self.box.values.get("gateway", "172.16.100.1")
        name = self.box.interfaces[0].name if self.box.interfaces else BRIDGE
        status = f"{gateway} reachable via  {name}"
        through = (
            {"immediate-gw": f"{gateway}%{name}", "routing-table": "main"} if seven else {"gateway-status": status}
        )
        yield {
            "dst-address": "0.0.0.0/0", "gateway": gateway, **through, "distance": "1", "scope": "30", "active": YES,
            "static": YES, "disabled": NO, **({"dynamic": NO} if seven else {}),
        }  # fmt: skip


def _nothing() -> Iterator[Row]:
    return iter(())


def _module(port: BoxPort, *, up: bool) -> Row:
    """Return what is said of the module in a port that takes one."""
    if port.media not in MODULES:
        return {}
    kind, part = MODULES[port.media]
    if not up:
        return {"sfp-module-present": NO}
    return {
        "sfp-module-present": YES, "sfp-type": kind, "sfp-vendor-name": "MikroTik", "sfp-vendor-part-number": part,
        "sfp-vendor-serial": f"S{port.mac.replace(':', '')[-8:]}",
    }  # fmt: skip
