"""One running lab: the Proxmox endpoint's HTTPS server, the servers beside it, and the control API of their world."""

from __future__ import annotations

import asyncio
import hashlib
import os
import pickle
import secrets
from pathlib import Path
from typing import Any

from development.lab.certificates import certificates_in
from development.lab.changes import Changes
from development.lab.control import ControlServer
from development.lab.estate import ESTATE_FILE, read_estate, world_of
from development.lab.files import read_json, write_json, write_private
from development.lab.proxmox.endpoint import Endpoint, Settings
from development.lab.proxmox.server import ProxmoxServer
from development.lab.proxmox.setup import endpoint_of
from development.lab.scale import add_guests
from development.lab.side import SIDES, SideServer
from development.lab.world import Network, World

TOKEN = "wow@pve!nautobot"
AUTOMATION_TOKEN = "wow@pve!automation"
KEPT_FILE = "proxmox-kept.json"
WORLD_FILE = "world.pickle"
READY_FILE = "proxmox.json"


class ProxmoxLab:
    """The servers over one world. `folder` keeps certificates, secrets and ports, so that a restart changes none."""

    def __init__(
        self,
        folder: Path,
        *,
        settings: Settings | None = None,
        guests: int = 0,
        port: int = 0,
        estate_file: Path = ESTATE_FILE,
        keep_world: bool = False,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._kept = read_json(folder / KEPT_FILE)
        self._certificates = certificates_in(folder / "tls")
        self._control_token = self._kept.get("control_token") or secrets.token_urlsafe(32)
        estate = read_estate(estate_file)
        world = world_of(estate)
        add_guests(world, guests)
        # What was made in the world outlives its server, as on real machines, unless another world is asked for.
        self._world_key = hashlib.sha256(estate_file.read_bytes() + str(guests).encode()).hexdigest()
        self._keeps_world = keep_world
        if keep_world and (kept := self._world_of_last_time()) is not None:
            world = kept
        self.endpoint: Endpoint = endpoint_of(estate, world, settings or Settings(), self._kept.get("secrets", {}))
        self.changes = Changes(self.endpoint, estate, guests)
        self._port = port
        self.server = ProxmoxServer(self.endpoint, self._certificates.server_context())
        self.control = ControlServer(self.changes, self._control_token)
        self.sides: dict[str, SideServer] = {}
        for make in SIDES if world.fabric.boxes else ():
            side = make(world, folder)
            self.sides[side.slug] = side
        self.changes.sides = self.sides

    def _world_of_last_time(self) -> World | None:
        """Return the world as it was when it was last stopped, None if there is none that fits."""
        path = self.folder / WORLD_FILE
        try:
            key, world = pickle.loads(path.read_bytes())  # noqa: S301  (we wrote it, for ourselves)
        except (OSError, pickle.UnpicklingError, AttributeError, EOFError, ImportError, ValueError, TypeError):
            return None
        return world if key == self._world_key and isinstance(world, World) else None

    async def start(self) -> dict[str, Any]:
        """Start the servers and return what clients need; the same is then in the folder's proxmox.json."""
        await _listen(self.server, self._port, self._kept.get("port", 0))
        await _listen(self.control, 0, self._kept.get("control_port", 0))
        for slug, side in self.sides.items():
            await _listen(side, 0, self._kept.get("ports", {}).get(slug, 0))
        logins = self.endpoint.logins
        write_json(
            self.folder / KEPT_FILE,
            {"control_port": self.control.port, "control_token": self._control_token, "port": self.server.port,
             "ports": {slug: side.port for slug, side in self.sides.items()},
             "secrets": {**logins.passwords, **logins.tokens}},
        )  # fmt: skip
        for slug, side in self.sides.items():
            write_json(self.folder / f"{slug}.json", side.describe())
        described = self.describe()
        write_json(self.folder / READY_FILE, described)
        return described

    async def stop(self) -> None:
        """Stop the servers and say so by taking proxmox.json away."""
        (self.folder / READY_FILE).unlink(missing_ok=True)
        for slug, side in self.sides.items():
            (self.folder / f"{slug}.json").unlink(missing_ok=True)
            await side.stop()
        await self.server.stop()
        await self.control.stop()
        if self._keeps_world:
            write_private(self.folder / WORLD_FILE, pickle.dumps((self._world_key, self.endpoint.world)))

    def describe(self) -> dict[str, Any]:
        """Return where the servers are and how to log in."""
        logins = self.endpoint.logins
        return {
            "url": f"https://127.0.0.1:{self.server.port}",
            "ca_file": str(self._certificates.ca_file.resolve()),
            "token_id": TOKEN,
            "token_secret": logins.tokens[TOKEN],
            "automation_token_id": AUTOMATION_TOKEN,
            "automation_token_secret": logins.tokens.get(AUTOMATION_TOKEN, ""),
            "tokens": dict(logins.tokens),
            "passwords": dict(logins.passwords),
            "control_url": f"http://127.0.0.1:{self.control.port}",
            "control_token": self._control_token,
            "networks": [network_facts(network) for network in self.endpoint.world.networks],
            "pid": os.getpid(),
        }


def network_facts(network: Network) -> dict[str, Any]:
    """Return what a seed needs to know of a network."""
    return {"prefix": network.prefix, "vlan": network.vlan, "name": network.name, "gateway": network.gateway}


async def _listen(server: ProxmoxServer | ControlServer | SideServer, asked: int, kept: int) -> None:
    """Start on the port asked for; without one on the port of the last time, or on a free one if that is taken."""
    server.port = asked or kept
    try:
        await server.start()
    except OSError:
        if asked or not kept:
            raise
        await server.stop()
        server.port = 0
        await server.start()


async def serve(lab: ProxmoxLab, stopped: asyncio.Event) -> None:
    """Run the lab until `stopped` is set."""
    await lab.start()
    try:
        await stopped.wait()
    finally:
        await lab.stop()
