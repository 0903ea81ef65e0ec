"""The servers that stand beside the Proxmox API and render the same world in other systems' words.

Each is one class here in the list. It gets the world, a folder of its own for keys and secrets, and starts listening on
the loopback address; what clients need to know of it is written to DIR/<slug>.json.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

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


SIDES: tuple[Callable[[World, Path], SideServer], ...] = ()
"""How each server is made, with the world and a folder of its own that outlives a restart."""
