"""Wires in memory: ports by "device/port", for tests without a database."""

from __future__ import annotations

import uuid
from typing import Any

from nautobot_wow.wiring.path import Way, follow
from nautobot_wow.wiring.ports import BRIDGE, VIRTUAL, Port, Wiring


def key(text: str) -> uuid.UUID:
    """Return the same id for the same text."""
    return uuid.uuid5(uuid.NAMESPACE_OID, text)


class World:
    """Ports and cables that tests change one by one."""

    def __init__(self) -> None:
        self.ports: dict[str, Port] = {}
        self.cables: list[tuple[str, str]] = []
        self.switches: set[str] = set()

    def port(self, name: str, tagged: tuple[int, ...] | None = None, **more: Any) -> Port:
        """Make or replace a port; `bridge`, `parent` and `lag` are names on the same device."""
        device, _, own = name.partition("/")
        for field in ("bridge", "parent", "lag"):
            if field in more:
                more[field] = key(f"{device}/{more[field]}")
        if tagged is not None:
            more |= {"tagged": frozenset(tagged), "mode": "tagged"}
        elif more.get("untagged") and "mode" not in more:
            more["mode"] = "access"
        port = Port(pk=key(name), name=own, device=key(device), device_name=device, **more)
        self.ports[name] = port
        return port

    def cable(self, a: str, b: str) -> None:
        """Plug a cable in."""
        self.cables.append((a, b))

    def wiring(self) -> Wiring:
        """Return the wires as they are now."""
        ends: dict[uuid.UUID, set[uuid.UUID]] = {}
        for a, b in self.cables:
            ends.setdefault(key(a), set()).add(key(b))
            ends.setdefault(key(b), set()).add(key(a))
        far_ends = {pk: frozenset(others) for pk, others in ends.items()}
        ports = {port.pk: port for port in self.ports.values()}
        return Wiring(ports=ports, far_ends=far_ends, switches=frozenset(key(name) for name in self.switches))

    def way(self, start: str, vid: int | None, *carriers: str, others_known: bool = True) -> Way:
        """Follow a VLAN."""
        ends = [self.ports[name] for name in carriers]
        return follow(self.wiring(), self.ports[start], vid, "10.0.0.1", ends, others_known=others_known)


def rack() -> World:
    """Return the lab's rack: a node, two switches and a firewall, wired as fixtures/lab/world.yaml says."""
    world = World()
    world.switches = {"mik", "sg300"}
    world.port("prox/vmbr0", kind=BRIDGE, mode="tagged-all")
    world.port("prox/eno1", bridge="vmbr0")
    world.port("mik/bridge", kind=BRIDGE)
    world.port("mik/sfp1", untagged=100, bridge="bridge")
    world.port("mik/sfp2", tagged=(110, 120, 130, 160), bridge="bridge")
    world.port("mik/sfp3", tagged=(110, 120), untagged=100, bridge="bridge")
    world.port("mik/sfp16", tagged=(100,), bridge="bridge")
    world.port("mik/ether1")
    world.port("sg300/gi25", untagged=100)
    world.port("sg300/gi27", tagged=(100,))
    world.port("sg300/gi28", untagged=1)
    world.port("pf/ix3")
    world.port("pf/ix4")
    world.port("pf/ix5")
    for vid in (110, 130, 160):
        world.port(f"pf/ix5.{vid}", kind=VIRTUAL, parent="ix5", untagged=vid)
    world.cable("prox/eno1", "mik/sfp3")
    world.cable("mik/sfp1", "pf/ix3")
    world.cable("mik/sfp2", "pf/ix5")
    world.cable("mik/sfp16", "sg300/gi27")
    world.cable("mik/ether1", "sg300/gi25")
    world.cable("sg300/gi28", "pf/ix4")
    return world
