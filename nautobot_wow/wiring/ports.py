"""Ports, what they carry, and how they hang together: a picture of the wires in memory, without a database."""

from __future__ import annotations

import re
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

PHYSICAL, BRIDGE, LAG, VIRTUAL = "physical", "bridge", "lag", "virtual"
"""What a port is, as far as frames care."""

VID_IN_NAME = re.compile(r"(?:.*[.]|[Vv]lan ?)([0-9]{1,4})")


@dataclass(frozen=True, kw_only=True)
class Port:
    """An interface of a device. `mode` is Nautobot's; without one, `said` tells whether a system says so.

    `untagged` is the VLAN of its untagged frames, `tagged` those with a tag; a port with the mode tagged-all takes all.
    """

    pk: uuid.UUID
    name: str
    device: uuid.UUID
    device_name: str
    kind: str = PHYSICAL
    enabled: bool = True
    mode: str = ""
    untagged: int | None = None
    tagged: frozenset[int] = frozenset()
    said: bool = False
    mac: str = ""
    lag: uuid.UUID | None = None
    bridge: uuid.UUID | None = None
    parent: uuid.UUID | None = None

    def __str__(self) -> str:
        return f"{self.name} of {self.device_name}"

    @property
    def is_known(self) -> bool:
        """Whether anybody said which VLANs it carries, also that it carries none."""
        return bool(self.mode) or self.said

    def takes(self, tag: int | None) -> bool:
        """Tell whether frames with this tag (None: without one) pass; only asked where it is known."""
        if tag is None:
            return self.untagged is not None
        return self.mode == "tagged-all" or tag in self.tagged or tag == self.untagged

    @property
    def vlan(self) -> int | None:
        """The VLAN that a VLAN interface is in: what is said of it, else what its name spells (ix5.110, vlan 100)."""
        if self.untagged is not None or self.kind != VIRTUAL:
            return self.untagged
        spelled = VID_IN_NAME.fullmatch(self.name)
        return int(spelled[1]) if spelled else None


@dataclass(frozen=True)
class Wiring:
    """All ports, the cables between them, and the devices that forward frames from port to port."""

    ports: Mapping[uuid.UUID, Port]
    far_ends: Mapping[uuid.UUID, frozenset[uuid.UUID]] = field(default_factory=dict)
    switches: frozenset[uuid.UUID] = frozenset()

    @cached_property
    def of_device(self) -> Mapping[uuid.UUID, tuple[Port, ...]]:
        """The ports of each device."""
        return _grouped((port.device, port) for port in self.ports.values())

    @cached_property
    def members(self) -> Mapping[uuid.UUID, tuple[Port, ...]]:
        """The members of each LAG."""
        return _grouped((port.lag, port) for port in self.ports.values())

    @cached_property
    def in_bridge(self) -> Mapping[uuid.UUID, tuple[Port, ...]]:
        """The ports of each bridge."""
        return _grouped((port.bridge, port) for port in self.ports.values())

    def domain_of(self, port: Port) -> uuid.UUID | None:
        """Return what forwards frames between this port and others: its bridge, else its switch; None for neither.

        A switch that names bridges forwards between their ports only, as RouterOS does.
        """
        if port.kind == BRIDGE:
            return port.pk
        if port.bridge is not None:
            return port.bridge
        is_switched = port.device in self.switches and port.device not in self.bridged and port.kind != VIRTUAL
        return port.device if is_switched else None

    @cached_property
    def bridged(self) -> frozenset[uuid.UUID]:
        """The devices with bridges that have ports."""
        return frozenset(port.device for port in self.ports.values() if port.bridge is not None)

    def switched(self, domain: uuid.UUID) -> tuple[Port, ...]:
        """Return the ports between which a bridge or switch forwards; members of a LAG stand behind it."""
        if domain in self.ports:
            return tuple(port for port in self.in_bridge.get(domain, ()) if port.lag is None)
        mine = self.of_device.get(domain, ())
        return tuple(port for port in mine if port.kind in (PHYSICAL, LAG) and port.lag is None)

    def plugs(self, port: Port) -> tuple[Port, ...]:
        """Return what cables are plugged into where frames leave by a port: its LAG's members, its parent, itself."""
        if port.kind == VIRTUAL and port.parent is not None and port.parent in self.ports:
            return self.plugs(self.ports[port.parent])
        return self.members.get(port.pk, ()) if port.kind == LAG else (port,)


def _grouped(pairs: Iterable[tuple[uuid.UUID | None, Port]]) -> dict[uuid.UUID, tuple[Port, ...]]:
    found: dict[uuid.UUID, list[Port]] = defaultdict(list)
    for key, port in pairs:
        if key is not None:
            found[key].append(port)
    return {key: tuple(sorted(ports, key=lambda port: (port.name, str(port.pk)))) for key, ports in found.items()}
