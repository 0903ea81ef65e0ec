"""The servers that stand beside the Proxmox API and render the same world in other systems' words.

Each is one class here in the list. It gets the world, a folder of its own for keys and secrets, and starts listening on
the loopback address; what clients need to know of it is written to DIR/<slug>.json.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from development.lab.pfsense.server import Firewall
from development.lab.routeros.server import Router
from development.lab.sg300.server import Switch
from development.lab.world import World


class SideServer(Protocol):
    """One server of the lab."""

    slug: str
    port: int

    async def start(self) -> None:
        """Listen on `port`, or on a free one where it is 0; `port` is the real one from here on."""

    async def stop(self) -> None:
        """Stop listening, and end the sessions."""

    def describe(self) -> dict[str, Any]:
        """Return where it is and how to log in."""

    def set(self, **values: Any) -> None:
        """Change how it behaves. Raises WorldError for what it does not have."""

    def fault(self, action: str, *, command: str = "", **how: Any) -> None:
        """Let something go wrong from now on. Raises WorldError for what cannot go wrong."""

    def reset(self) -> None:
        """Behave as at the start."""


SIDES: tuple[Callable[[World, Path], SideServer], ...] = (Firewall, Router, Switch)
"""How each server is made, with the world and a folder of its own that outlives a restart."""
