"""The firewall as its own system sees it: which interface is called what, who has a lease, who is in its ARP table."""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from development.lab.fabric import Box, BoxInterface, BoxPort, Station
from development.lab.world import Network, World

BOX = "pfsense"
DOMAIN = "wow.example"
LEASE_S = 7200


@dataclass(frozen=True)
class Leased:
    """A lease in force: whose, and since when in seconds before now."""

    host: str
    mac: str
    name: str
    age_s: int


class View:
    """Reads the world with the firewall's eyes. `settings` are those of the server."""

    def __init__(self, world: World, settings: dict[str, Any]) -> None:
        self.world = world
        self.settings = settings

    @property
    def box(self) -> Box:
        """The firewall itself."""
        return self.world.fabric.box(BOX)

    @property
    def version(self) -> str:
        """What is installed."""
        return str(self.settings["version"] or self.box.version)

    @property
    def kea_folder(self) -> str:
        """Where Kea keeps its leases: the place was changed with 2.8.1."""
        moved = self.version_number >= (2, 8, 1)
        return str(self.settings["kea_folder"] or ("/var/db/kea" if moved else "/var/lib/kea"))

    @property
    def version_number(self) -> tuple[int, ...]:
        """The version as numbers, 2.7.2-RELEASE as (2, 7, 2)."""
        return tuple(int(part) for part in self.version.partition("-")[0].split("."))

    def tags(self) -> list[tuple[str, BoxInterface | BoxPort]]:
        """Return the interfaces that people see: the first with addresses is the LAN, a port without any the WAN."""
        used = {name for one in self.box.interfaces for name in (one.port, one.parent)}
        spare = next((port for port in self.box.ports.values() if port.name not in used), None)
        wan: list[tuple[str, BoxInterface | BoxPort]] = [("wan", spare)] if spare else []
        names = ["lan", *(f"opt{number}" for number in range(1, len(self.box.interfaces)))]
        return wan + list(zip(names, self.box.interfaces, strict=True))

    def network_of(self, interface: BoxInterface) -> Network | None:
        """Return the network that an interface is in."""
        own = [ipaddress.ip_interface(address).network for address in interface.addresses]
        return next((network for network in self.world.networks if network.network in own), None)

    def is_up(self, name: str) -> bool:
        """Tell whether the link of a port is up."""
        return self.world.fabric.is_up(self.box, self.box.ports[name])

    def name_of(self, mac: str) -> str:
        """Return what a guest with this card is called, empty for none."""
        found = (station for station in self.world.fabric.stations(self.world) if station.mac.upper() == mac.upper())
        return next((station.hostname for station in found), "")

    def arp(self) -> list[tuple[str, str, str]]:
        """Return (host, MAC, interface) of everybody that the firewall has talked to."""
        rows = self.world.fabric.answering(BOX, self.world)
        return sorted({(host, station.mac.lower(), interface.name) for interface, host, station in rows}, key=_by_host)

    def leases(self) -> list[Leased]:
        """Return the leases in force: clients that got their address from a pool, static mappings left out."""
        pools = [network for network in self.world.networks if network.dhcp]
        found = {
            host: Leased(host, station.mac.lower(), station.hostname, 600 + int(host.rpartition(".")[2]))
            for station in self.world.fabric.stations(self.world)
            if station.dhcp and station.mac.upper() not in self.world.reservations
            for host in _hosts(station)
            if any(ipaddress.IPv4Address(host) in pool.network for pool in pools)
        }
        return sorted(found.values(), key=lambda lease: ipaddress.IPv4Address(lease.host))

    def now(self) -> int:
        """Return the clock of the box in seconds since 1970."""
        return int(time.time()) + int(self.settings["clock_ahead_s"])


def _hosts(station: Station) -> Iterator[str]:
    for address in station.addresses:
        yield str(ipaddress.ip_interface(address).ip)


def _by_host(row: tuple[str, str, str]) -> Any:
    return ipaddress.ip_address(row[0])
