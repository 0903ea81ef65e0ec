"""The estate: reads the lab's description from YAML and makes the world of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml

from development.lab.fabric import Box, BoxInterface, BoxPort, End, Fabric, Link, Station
from development.lab.proxmox.boot import power_on
from development.lab.proxmox.records import record_of
from development.lab.proxmox.setup import version_of
from development.lab.world import Guest, Network, Node, OperatingSystem, Port, Sdn, Storage, World

ESTATE_FILE = Path(__file__).resolve().parents[2] / "fixtures" / "lab" / "world.yaml"
CLUSTER_FILE = ESTATE_FILE.with_name("cluster.yaml")
PORT_FIELDS = ("name", "kind")


def read_estate(path: Path = ESTATE_FILE) -> dict[str, Any]:
    """Return the estate's description as it is written."""
    with path.open(encoding="utf-8") as file:
        estate: dict[str, Any] = yaml.safe_load(file)
    return estate


def world_of(estate: Mapping[str, Any]) -> World:
    """Return the world that the estate describes, with its guests running where it says so."""
    world = World(
        networks=[_network(spec) for spec in estate.get("networks", [])],
        nodes={spec["name"]: _node(spec) for spec in estate["nodes"]},
        storages={spec["name"]: Storage(**spec) for spec in estate["storages"]},
        pools=dict(estate.get("pools", {})),
        reservations={mac.upper(): address for mac, address in estate.get("reservations", {}).items()},
        images={name: OperatingSystem(**spec) for name, spec in estate["images"].items()},
        cluster=estate.get("cluster"),
        sdn=_sdn(estate.get("sdn", {})),
        fabric=_fabric(estate.get("fabric", {})),
    )
    for spec in estate["guests"]:
        add_guest(world, spec)
    for spec in estate.get("templates", []):
        add_guest(world, {**spec, "template": True, "running": False})
    return world


def add_guest(world: World, spec: Mapping[str, Any]) -> Guest:
    """Add the guest that `spec` describes to the world, running unless the spec says otherwise."""
    guest = Guest(
        id=spec["id"],
        kind=spec["kind"],
        name=spec["name"],
        node=spec["node"],
        record=record_of(spec),
        os=world.images[spec["image"]],
        template=bool(spec.get("template")),
        pool=spec.get("pool"),
        inside={0: [spec["inside"]]} if "inside" in spec else {},
        docker=bool(spec.get("docker")),
    )
    world.guests[guest.id] = guest
    if spec.get("running", True):
        power_on(world, guest)
    return guest


def _sdn(spec: Mapping[str, Any]) -> Sdn:
    sdn = Sdn()
    for section, id_of in SDN_IDS.items():
        sdn.config[section] = {id_of(row): dict(row) for row in spec.get(section, [])}
    sdn.apply()
    return sdn


def _fabric(spec: Mapping[str, Any]) -> Fabric:
    return Fabric(
        boxes={row["name"]: _box(row) for row in spec.get("boxes", [])},
        links=[Link(_end(a), _end(b)) for a, b in spec.get("links", [])],
        hosts=[_station(row) for row in spec.get("hosts", [])],
    )


def _box(spec: Mapping[str, Any]) -> Box:
    ports = [port for row in spec["ports"] for port in _box_ports(row)]
    interfaces = [BoxInterface(**row) for row in spec.get("interfaces", [])]
    return Box(**{**spec, "ports": {port.name: port for port in ports}, "interfaces": interfaces})


def _box_ports(spec: Mapping[str, Any]) -> list[BoxPort]:
    """Return the port that `spec` describes, or, for a name like gi1-24, each of those; MACs count on from `mac`."""
    stem, first, last = re.fullmatch(r"(.*?)(?:(\d+)-(\d+))?", spec["name"]).groups()  # type: ignore[union-attr]
    if first is None:
        return [BoxPort(**spec)]
    start = int(spec["mac"].replace(":", ""), 16)
    return [
        BoxPort(**{**spec, "name": f"{stem}{number}", "mac": _mac(start + number - int(first))})
        for number in range(int(first), int(last) + 1)
    ]


def _mac(number: int) -> str:
    return ":".join(f"{number:012X}"[at : at + 2] for at in range(0, 12, 2))


def _station(spec: Mapping[str, Any]) -> Station:
    return Station(**{**spec, "end": _end(spec["end"]), "addresses": tuple(spec.get("addresses", ()))})


def _end(text: str) -> End:
    """Return the device and port that a text like wow-prox1/eno1 names."""
    device, _, port = text.partition("/")
    return (device, port)


# How an object of each section is named; a subnet by its vnet's zone on the real system, by its vnet here.
SDN_IDS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "zones": lambda row: str(row["zone"]),
    "vnets": lambda row: str(row["vnet"]),
    "subnets": lambda row: f"{row['vnet']} {row['cidr']}",
}


def _network(spec: Mapping[str, Any]) -> Network:
    dhcp = spec.get("dhcp")
    return Network(**{**spec, "dhcp": (dhcp[0], dhcp[1]) if dhcp else None})


def _node(spec: Mapping[str, Any]) -> Node:
    version = version_of(spec["version"]) if "version" in spec else {}
    return Node(**{**spec, "ports": [port_of(port) for port in spec["ports"]], "version": version})


def port_of(spec: Mapping[str, Any]) -> Port:
    """Return the port of a node that `spec` describes."""
    return Port(spec["name"], spec["kind"], {key: value for key, value in spec.items() if key not in PORT_FIELDS})
