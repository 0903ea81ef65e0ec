"""The lab inside a test's own process: real sockets, with its event loop in a thread.

with Lab() as lab:
    api = ProxmoxAPI(lab.host, port=lab.port, user=lab.user, token_name=lab.token_name, token_value=lab.secret,
                     verify_ssl=lab.ca_file)
    lab.change("stop", id=210)

Another estate, such as the small cluster in CLUSTER_FILE, makes another endpoint; several can run side by side.
"""

from __future__ import annotations

import asyncio
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from development.lab.estate import ESTATE_FILE
from development.lab.proxmox.endpoint import Endpoint, Settings
from development.lab.proxmox_lab import TOKEN, ProxmoxLab
from development.lab.world import World

Result = TypeVar("Result")
START_TIMEOUT_S = 60.0


class Lab:
    """A Proxmox lab that lives as long as its `with` block; answers fast unless told otherwise, and strictly."""

    host = "127.0.0.1"
    token_id = TOKEN
    user, _, token_name = TOKEN.partition("!")

    def __init__(
        self,
        *,
        guests: int = 0,
        agent_delay_s: float = 0.05,
        task_pause_s: float = 0.02,
        strict: bool = True,
        folder: Path | None = None,
        estate: Path = ESTATE_FILE,
    ) -> None:
        self._temporary = tempfile.TemporaryDirectory(prefix="wow-lab-") if folder is None else None
        settings = Settings(agent_delay_s=agent_delay_s, task_pause_s=task_pause_s, strict=strict)
        self._lab = ProxmoxLab(folder or Path(self._temporary.name if self._temporary else ""), settings=settings,
                               guests=guests, estate_file=estate)  # fmt: skip
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="lab", daemon=True)
        self.facts: dict[str, Any] = {}

    def __enter__(self) -> Lab:
        self._thread.start()
        self.facts = self._wait(self._lab.start())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._wait(self._lab.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        if self._temporary:
            self._temporary.cleanup()

    @property
    def url(self) -> str:
        """The base address, https://127.0.0.1:PORT."""
        return str(self.facts["url"])

    @property
    def port(self) -> int:
        """The HTTPS port."""
        return self._lab.server.port

    @property
    def ca_file(self) -> str:
        """The certificate that clients verify the server with."""
        return str(self.facts["ca_file"])

    @property
    def secret(self) -> str:
        """The secret of the read-only token."""
        return self.secret_of(TOKEN)

    @property
    def endpoint(self) -> Endpoint:
        """The endpoint itself; look at it, and change it through `change`."""
        return self._lab.endpoint

    @property
    def world(self) -> World:
        """The world itself; look at it, and change it through `change`."""
        return self._lab.endpoint.world

    def side(self, slug: str) -> Any:
        """Return one of the servers beside Proxmox: where it is is in `describe()`."""
        return self._lab.sides[slug]

    def secret_of(self, token_id: str) -> str:
        """Return the secret of a token of the estate."""
        return self._lab.endpoint.logins.tokens[token_id]

    def header(self, token_id: str = TOKEN) -> dict[str, str]:
        """Return the header that logs a token in."""
        return {"Authorization": f"PVEAPIToken={token_id}={self.secret_of(token_id)}"}

    def change(self, op: str, **values: Any) -> Any:
        """Carry out an operation of `changes` between two requests."""
        return self.call(lambda: self._lab.changes.apply(op, values))

    def call(self, function: Callable[[], Result]) -> Result:
        """Run a function in the lab's thread and return its result."""

        async def run() -> Result:
            return function()

        return self._wait(run())

    def _wait(self, coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(timeout=START_TIMEOUT_S)
