"""The control API: looks at the world and changes it while it runs. Plain HTTP on the loopback address, bearer token.

GET  /world       everything that exists
GET  /operations  what can be done, with the text that says what it does
POST /changes     {"op": "rename", "id": 210, "name": "proxy"}, or a list of such objects
"""

from __future__ import annotations

import hmac
import inspect
from dataclasses import asdict
from typing import Any

from aiohttp import web

from development.lab.changes import OPERATIONS, Changes
from development.lab.world import World, WorldError


class ControlServer:
    """Serves the control API."""

    def __init__(self, changes: Changes, token: str, port: int = 0) -> None:
        self.port = port
        self._changes = changes
        self._token = token
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        """Listen; `port` is the real one from here on."""
        app = web.Application(middlewares=[self._guard])
        app.router.add_get("/world", self._world)
        app.router.add_get("/operations", self._operations)
        app.router.add_post("/changes", self._change)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Stop listening."""
        if self._runner:
            await self._runner.cleanup()

    @web.middleware
    async def _guard(self, request: web.Request, handler: Any) -> web.StreamResponse:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if not hmac.compare_digest(given.encode(), self._token.encode()):
            return web.json_response({"error": "the control token is missing or wrong"}, status=401)
        response: web.StreamResponse = await handler(request)
        return response

    async def _world(self, _: web.Request) -> web.Response:
        return web.json_response(described(self._changes.endpoint.world))

    async def _operations(self, _: web.Request) -> web.Response:
        return web.json_response({name: inspect.getdoc(function) for name, function in OPERATIONS.items()})

    async def _change(self, request: web.Request) -> web.Response:
        try:
            asked = await request.json()
        except ValueError:
            return web.json_response({"error": "the body is no JSON"}, status=400)
        results = []
        for operation in asked if isinstance(asked, list) else [asked]:
            try:
                results.append(self._changes.apply(operation.get("op", ""), _without_op(operation)))
            except WorldError as error:
                return web.json_response({"error": str(error), "done": len(results)}, status=400)
        return web.json_response({"results": results})


def described(world: World) -> dict[str, Any]:
    """Return the world as plain data; the guests by their ids as text."""
    plain = asdict(world)
    plain["guests"] = {str(guest_id): guest for guest_id, guest in plain["guests"].items()}
    return plain


def _without_op(operation: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in operation.items() if name != "op"}
